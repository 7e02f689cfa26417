//! Vectors as OpenAI's clients read them: as numbers, or as the base64 of their bytes, which is what its clients ask for.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proto::v1::EmbedTextsResponse;
use serde::Serialize;
use utoipa::ToSchema;

/// Vectors in the order of their texts.
#[derive(Serialize, ToSchema)]
pub(crate) struct EmbeddingList {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<EmbeddingItem>,
    /// The model that made them; `saga-offline` where none was asked.
    model: String,
    usage: EmbeddingUsage,
}

/// The vector of one text.
#[derive(Serialize, ToSchema)]
struct EmbeddingItem {
    #[schema(example = "embedding")]
    object: &'static str,
    index: usize,
    embedding: VectorForm,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum VectorForm {
    Numbers(Vec<f32>),
    /// Of 32-bit numbers, little-endian.
    Base64(String),
}

/// What the texts took.
#[derive(Serialize, ToSchema)]
struct EmbeddingUsage {
    prompt_tokens: u64,
    total_tokens: u64,
}

impl EmbeddingList {
    pub(crate) fn new(embedded: EmbedTextsResponse, as_base64: bool) -> Self {
        let data = embedded.embeddings.into_iter().enumerate();
        let data = data.map(|(index, embedding)| EmbeddingItem {
            object: "embedding",
            index,
            embedding: match as_base64 {
                true => VectorForm::Base64(write_base64(&embedding.values)),
                false => VectorForm::Numbers(embedding.values),
            },
        });

        Self {
            object: "list",
            data: data.collect(),
            model: embedded.model,
            usage: EmbeddingUsage {
                prompt_tokens: embedded.input_tokens,
                total_tokens: embedded.input_tokens,
            },
        }
    }
}

fn write_base64(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
