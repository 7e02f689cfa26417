//! Which models there are.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};

use super::refusals::OpenaiRefusals;
use crate::{
    error::ApiError,
    extract::Door,
    operation::models::{GetModel, ListModels},
    view::openai::models::{ModelCard, ModelCards},
};

/// The models that may be named.
///
/// `saga` is whatever this server has, in its order and with its fallbacks; others are asked alone. `saga-offline` is deterministic
/// and asks nobody.
#[utoipa::path(get, path = "/v1/models", tag = "models",
    responses((status = 200, description = "The models", body = ModelCards), OpenaiRefusals))]
pub(crate) async fn list_models(door: Door<ListModels>) -> Result<Answer<ModelCards>, ApiError> {
    let models = door.perform(ListModels).await?;
    Ok(Answer(ModelCards::new(models)))
}

/// One model.
#[utoipa::path(get, path = "/v1/models/{model}", tag = "models",
    params(("model" = String, Path, description = "Its name", example = "saga")),
    responses((status = 200, description = "The model", body = ModelCard), OpenaiRefusals))]
pub(crate) async fn get_model(
    door: Door<GetModel>,
    model: Result<Path<String>, PathRejection>,
) -> Result<Answer<ModelCard>, ApiError> {
    let Path(model) = model.map_err(|_| unknown())?;
    let model = door.perform(GetModel(model)).await?;

    Ok(Answer(model.into()))
}

/// One model, by its provider and the name that it has there.
#[utoipa::path(get, path = "/v1/models/{provider}/{model}", tag = "models",
    params(("provider" = String, Path, description = "The provider's name here", example = "openai"),
        ("model" = String, Path, description = "The model's name there", example = "gpt-4o")),
    responses((status = 200, description = "The model", body = ModelCard), OpenaiRefusals))]
pub(crate) async fn get_model_of_provider(
    door: Door<GetModel>,
    names: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<ModelCard>, ApiError> {
    let Path((provider, model)) = names.map_err(|_| unknown())?;
    let model = door.perform(GetModel(format!("{provider}/{model}"))).await?;

    Ok(Answer(model.into()))
}

fn unknown() -> ApiError {
    ApiError::not_found("There is no such model.")
}
