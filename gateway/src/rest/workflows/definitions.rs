//! Types of workflows over REST, and graphs as data: judged, kept in versions, read and deleted.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{
    DeleteDefinitionRequest, GetDefinitionRequest, ListDefinitionVersionsRequest, ListWorkflowTypesRequest,
    PutDefinitionRequest, ValidateDefinitionRequest,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query},
    operation::workflows::definitions::{
        DeleteDefinition, GetDefinition, ListDefinitionVersions, ListWorkflowTypes, PutDefinition,
        ValidateDefinition,
    },
    rest::answers::Invalid,
    view::{
        accounts::Done,
        akd::workflows::{DefinitionView, ValidationView, WorkflowTypeView},
    },
};

/// A graph as data.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefinitionBody {
    /// The graph as an object, or as a text of JSON or YAML.
    #[schema(value_type = Object)]
    source: Value,
}

impl DefinitionBody {
    fn into_text(self) -> Result<String, ApiError> {
        match self.source {
            Value::String(text) => Ok(text),
            Value::Object(_) => Ok(self.source.to_string()),
            _ => {
                let expected = "expected a graph: an object, or a text of JSON or YAML";
                Err(ApiError::field("source", "type_error", expected))
            }
        }
    }
}

/// The kinds of workflows that you can create.
#[utoipa::path(get, path = "/api/v1/workflows/types", tag = "workflows",
    responses((status = 200, description = "The kinds, by their names", body = Vec<WorkflowTypeView>)))]
pub(crate) async fn list_workflow_types(
    door: Door<ListWorkflowTypes>,
) -> Result<Answer<Vec<WorkflowTypeView>>, ApiError> {
    let list = door
        .perform(ListWorkflowTypes(ListWorkflowTypesRequest {}))
        .await?;
    Ok(Answer(
        list.types.into_iter().map(WorkflowTypeView::from).collect(),
    ))
}

/// Find out what is wrong with a definition. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/workflow-definitions/validate", tag = "workflows", request_body = DefinitionBody,
    responses((status = 200, description = "Its faults, each at its node and field", body = ValidationView), Invalid))]
pub(crate) async fn validate_definition(
    door: Door<ValidateDefinition>,
    Json(body): Json<DefinitionBody>,
) -> Result<Answer<ValidationView>, ApiError> {
    let source = body.into_text()?;
    let judged = door
        .perform(ValidateDefinition(ValidateDefinitionRequest { source }))
        .await?;

    Ok(Answer(judged.into()))
}

fn parse_name(name: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    let Path(name) = name.map_err(|_| ApiError::not_found("There is no such definition."))?;
    Ok(name)
}

/// Keep the next version of a definition. The same text again is the same version.
#[utoipa::path(put, path = "/api/v1/workflow-definitions/{name}", tag = "workflows", request_body = DefinitionBody,
    params(("name" = String, Path, description = "1 to 64 of a-z, 0-9, `_` and `-`, a letter first")),
    responses(
        (status = 200, description = "The version", body = DefinitionView),
        (status = 409, description = "A type that is built in has this name", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_definition(
    door: Door<PutDefinition>,
    name: Result<Path<String>, PathRejection>,
    Json(body): Json<DefinitionBody>,
) -> Result<Answer<DefinitionView>, ApiError> {
    let request = PutDefinitionRequest {
        name: parse_name(name)?,
        source: body.into_text()?,
    };
    let definition = door.perform(PutDefinition(request)).await?;

    Ok(Answer(definition.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionQuery {
    /// Default: the newest.
    #[param(value_type = Option<u32>)]
    version: Option<Version>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Version(u32);

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = text.parse().ok().filter(|number| *number > 0);
        number
            .map(Self)
            .ok_or("expected the number of a version: 1, 2, 3…")
    }
}

/// One version of a definition.
#[utoipa::path(get, path = "/api/v1/workflow-definitions/{name}", tag = "workflows",
    params(("name" = String, Path, description = "Its name"), VersionQuery),
    responses(
        (status = 200, description = "The version", body = DefinitionView),
        (status = 404, description = "No such definition or version of yours", body = ErrorBody)))]
pub(crate) async fn get_definition(
    door: Door<GetDefinition>,
    name: Result<Path<String>, PathRejection>,
    Query(query): Query<VersionQuery>,
) -> Result<Answer<DefinitionView>, ApiError> {
    let request = GetDefinitionRequest {
        name: parse_name(name)?,
        version: query.version.map(|version| version.0),
    };
    let definition = door.perform(GetDefinition(request)).await?;

    Ok(Answer(definition.into()))
}

/// All versions of a definition, newest first.
#[utoipa::path(get, path = "/api/v1/workflow-definitions/{name}/versions", tag = "workflows",
    params(("name" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The versions, without their sources", body = Vec<DefinitionView>),
        (status = 404, description = "No such definition of yours", body = ErrorBody)))]
pub(crate) async fn list_definition_versions(
    door: Door<ListDefinitionVersions>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Answer<Vec<DefinitionView>>, ApiError> {
    let name = parse_name(name)?;
    let list = door
        .perform(ListDefinitionVersions(ListDefinitionVersionsRequest { name }))
        .await?;

    Ok(Answer(
        list.versions.into_iter().map(DefinitionView::from).collect(),
    ))
}

/// Delete a definition. Workflows that there are keep their version.
#[utoipa::path(delete, path = "/api/v1/workflow-definitions/{name}", tag = "workflows",
    params(("name" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 404, description = "No such definition of yours", body = ErrorBody)))]
pub(crate) async fn delete_definition(
    door: Door<DeleteDefinition>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Answer<Done>, ApiError> {
    let name = parse_name(name)?;
    door.perform(DeleteDefinition(DeleteDefinitionRequest { name }))
        .await?;

    Ok(Answer(Done::YES))
}
