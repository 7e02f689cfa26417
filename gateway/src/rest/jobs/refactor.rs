//! One piece of a file, written anew.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::GetFileRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, Switch},
    operation::jobs::refactor::RefactorFile,
    rest::answers::Invalid,
};

/// What is to be written anew, and how.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "selected_code": "let total = 0;", "instruction": "rename total to sum" }))]
pub(crate) struct RefactorBody {
    /// At most 50,000 characters; it stands in the file exactly so.
    selected_code: String,
    /// 3 to 2000 characters. Without a model only: `rename A to B`, `use === instead of ==`, `use const instead of let`,
    /// `remove console.log`.
    instruction: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefactorQuery {
    /// Whether the file is written. Default: false.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    apply: Switch,
}

/// The piece as it was and as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefactorView {
    original_code: String,
    refactored_code: String,
    explanation: String,
    /// With the new piece in it.
    full_file_content: String,
    /// Whether the file was written.
    applied: bool,
    /// The version that it has then.
    version: Option<u32>,
}

/// Write one piece of a file anew. With `?apply=true` the file gets its next version.
#[utoipa::path(post, path = "/v1/projects/{id}/files/{path}/refactor", tag = "projects", request_body = RefactorBody,
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "The file's path"), RefactorQuery),
    responses(
        (status = 200, description = "The new piece", body = RefactorView),
        (status = 400, description = "Not JSON, or a file of the scaffold", body = ErrorBody),
        (status = 404, description = "No such project of yours, or file of it", body = ErrorBody),
        Invalid,
        (status = 500, description = "The agent failed (`AGENT_EXECUTION_ERROR`)", body = ErrorBody),
        (status = 504, description = "The agent took too long", body = ErrorBody)))]
pub(crate) async fn refactor_file(
    door: Door<RefactorFile>,
    place: Result<Path<(String, String)>, PathRejection>,
    Query(query): Query<RefactorQuery>,
    Json(body): Json<RefactorBody>,
) -> Result<Answer<RefactorView>, ApiError> {
    let Path((project_id, path)) = place.map_err(|_| ApiError::not_found("There is no such file."))?;
    let made = door
        .perform(RefactorFile {
            file: GetFileRequest { project_id, path },
            selected_code: body.selected_code,
            instruction: body.instruction.trim().to_owned(),
            apply: query.apply.0,
        })
        .await?;

    Ok(Answer(RefactorView {
        original_code: made.result.original_code,
        refactored_code: made.result.refactored_code,
        explanation: made.result.explanation,
        full_file_content: made.result.full_file_content,
        applied: made.version.is_some(),
        version: made.version,
    }))
}
