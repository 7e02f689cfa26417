//! Plans over REST: those that are ready to be run by a client, and what a step of one asks the server.

use axum::{
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::header;
use kit::ephemeral::{Ephemeral, Wipe};
use proto::v1::Playbook;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use super::answers::Invalid;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, EphemeralBody, decode, read_json_text},
    operation::plans::{AnswerTemplate, GetPlaybook, ListPlaybooks},
    view::adiuva::chat::{ExecutionPlan, read_raw_json},
};

/// The playbooks of your tier.
#[utoipa::path(get, path = "/api/v1/plans/playbook", tag = "chat",
    responses((status = 200, description = "The plans, by their ids", body = Vec<ExecutionPlan>)))]
pub(crate) async fn list_playbooks(door: Door<ListPlaybooks>) -> Result<Response, ApiError> {
    let playbooks = door.perform(ListPlaybooks).await?;
    let plans: Vec<Box<RawValue>> = playbooks.into_iter().map(read_plan).collect::<Result<_, _>>()?;

    Ok(axum::Json(plans).into_response())
}

/// One playbook.
#[utoipa::path(get, path = "/api/v1/plans/playbook/{plan_id}", tag = "chat",
    params(("plan_id" = String, Path, description = "Its id", example = "weekly-report")),
    responses(
        (status = 200, description = "The plan", body = ExecutionPlan),
        (status = 403, description = "It is for a higher tier (`FEATURE_NOT_AVAILABLE`), or this credential may not do that",
            body = ErrorBody),
        (status = 404, description = "No such playbook", body = ErrorBody)))]
pub(crate) async fn get_playbook(
    door: Door<GetPlaybook>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let Path(id) = id.map_err(|_| ApiError::not_found("There is no such playbook."))?;
    let playbook = door.perform(GetPlaybook { id }).await?;

    Ok(axum::Json(read_plan(playbook)?).into_response())
}

/// What a step that names a template asks.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateRequest {
    /// Those of the step, with the results of earlier ones in their places.
    #[serde(default)]
    #[schema(value_type = Object)]
    variables: Map<String, Value>,
    /// The result of the step that `data_from_step` names.
    #[serde(default)]
    data: Value,
    /// `timezone`, `locale`, `name`.
    #[serde(default, alias = "userProfile")]
    #[schema(value_type = Object)]
    user_profile: Map<String, Value>,
}

impl Wipe for TemplateRequest {
    fn wipe(&mut self) {
        self.variables.wipe();
        self.data.wipe();
        self.user_profile.wipe();
    }
}

/// Answer a step of a plan.
///
/// The answer is the step's result: an object such as a task or `{"title","text"}`, or null where the data says nothing.
#[utoipa::path(post, path = "/api/v1/plans/templates/{template_id}", tag = "chat", request_body = TemplateRequest,
    params(("template_id" = String, Path, description = "The `prompt_template` of the step", example = "task.from_email")),
    responses(
        (status = 200, description = "The result", body = Value),
        (status = 403, description = "It is for a higher tier (`FEATURE_NOT_AVAILABLE`), or this credential may not do that",
            body = ErrorBody),
        (status = 404, description = "No such template", body = ErrorBody),
        Invalid))]
pub(crate) async fn answer_template(
    door: Door<AnswerTemplate>,
    template: Result<Path<String>, PathRejection>,
    EphemeralBody(text): EphemeralBody,
) -> Result<Response, ApiError> {
    let Path(template) = template.map_err(|_| ApiError::not_found("There is no such template."))?;
    let request = decode::<TemplateRequest>(read_json_text(text.expose())?);
    let request = Ephemeral::new(request.map_err(|fault| ApiError::fields(vec![fault]))?);
    let input = request.write_json().map_err(|_| ApiError::internal())?;

    let result = door.perform(AnswerTemplate { template, input }).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], result).into_response())
}

fn read_plan(playbook: Playbook) -> Result<Box<RawValue>, ApiError> {
    read_raw_json(playbook.plan.into_bytes())
}
