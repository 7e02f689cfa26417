//! Models as OpenAI's clients list them.

use proto::v1::LanguageModel;
use serde::Serialize;
use utoipa::ToSchema;

/// When this door was first opened: models of a configuration have no birthday.
const CREATED: i64 = 1_795_737_600;

/// One model.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelCard {
    #[schema(example = "saga")]
    id: String,
    #[schema(example = "model")]
    object: &'static str,
    created: i64,
    /// Its provider.
    #[schema(example = "saga")]
    owned_by: String,
}

/// All models that may be named.
#[derive(Serialize, ToSchema)]
pub(crate) struct ModelCards {
    #[schema(example = "list")]
    object: &'static str,
    data: Vec<ModelCard>,
}

impl From<LanguageModel> for ModelCard {
    fn from(model: LanguageModel) -> Self {
        Self {
            id: model.id,
            object: "model",
            created: CREATED,
            owned_by: model.owner,
        }
    }
}

impl ModelCards {
    pub(crate) fn new(models: Vec<LanguageModel>) -> Self {
        Self {
            object: "list",
            data: models.into_iter().map(ModelCard::from).collect(),
        }
    }
}
