//! Texts as vectors.

use axum::Json as Answer;
use proto::v1::EmbedTextsRequest;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{OpenaiBody, OpenaiParameters, refusals::OpenaiRefusals};
use crate::{
    error::ApiError, extract::Door, operation::models::EmbedTexts, view::openai::embeddings::EmbeddingList,
};

/// Texts that become vectors.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "model": "saga", "input": ["How does routing work?"] }))]
pub(crate) struct EmbeddingBody {
    #[schema(example = "saga")]
    model: String,
    /// A text, or up to 2048 of them.
    #[schema(value_type = Vec<String>)]
    input: Value,
    /// Numbers of each vector, where the model can choose.
    dimensions: Option<u32>,
    #[serde(default)]
    encoding_format: EncodingFormat,
}

impl OpenaiParameters for EmbeddingBody {
    const HINTS: &'static [&'static str] = &["user"];
    const REFUSED: &'static [(&'static str, &'static str)] = &[];
}

/// How vectors are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
enum EncodingFormat {
    #[default]
    Float,
    Base64,
}

/// Turn texts into vectors.
#[utoipa::path(post, path = "/v1/embeddings", tag = "models", request_body = EmbeddingBody,
    responses((status = 200, description = "A vector for each text", body = EmbeddingList), OpenaiRefusals))]
pub(crate) async fn create_embeddings(
    door: Door<EmbedTexts>,
    OpenaiBody(body): OpenaiBody<EmbeddingBody>,
) -> Result<Answer<EmbeddingList>, ApiError> {
    let request = EmbedTextsRequest {
        texts: read_texts(body.input)?,
        model: body.model,
        dimensions: body.dimensions,
    };
    let embedded = door.perform(EmbedTexts(request)).await?;
    let as_base64 = body.encoding_format == EncodingFormat::Base64;

    Ok(Answer(EmbeddingList::new(embedded, as_base64)))
}

fn read_texts(input: Value) -> Result<Vec<String>, ApiError> {
    let items = match input {
        Value::String(text) => return Ok(vec![text]),
        Value::Array(items) => items,
        _ => {
            return Err(ApiError::field(
                "input",
                "type_error",
                "expected a text or a list of texts",
            ));
        }
    };

    let texts = items.into_iter().enumerate().map(|(index, item)| match item {
        Value::String(text) => Ok(text),
        _ => Err(ApiError::field(
            format!("input.{index}"),
            "type_error",
            "expected a text; numbers of tokens mean nothing here",
        )),
    });
    texts.collect()
}
