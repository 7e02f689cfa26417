//! Projects over REST: made, listed, changed, archived, downloaded.

use axum::{
    Json as Answer,
    body::Body,
    extract::{Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use futures::TryStreamExt;
use http::{StatusCode, header};
use proto::v1::{
    CreateProjectRequest, GetProjectRequest, ListProjectsRequest, ListRevisionsRequest, UpdateProjectRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, parse_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, PageNumber, PageSize, Query, VersionNumber},
    operation::{
        project_files::{GetArchive, ListRevisions},
        projects::{ArchiveProject, CreateProject, GetProject, ListProjects, UpdateProject},
    },
    view::projects::{ProjectMode, ProjectPage, ProjectStatus, ProjectView, RevisionList, RevisionView},
};

/// Projects on one page.
const PAGE_SIZE_MAX: u32 = 50;

pub(super) fn parse_project_id(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    Ok(parse_id(id, "There is no such project.")?.to_string())
}

/// A project to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Recipes", "description": "Keeps my recipes with ingredients and a rating.", "mode": "builder" }))]
pub(crate) struct CreateProjectBody {
    /// 3 to 200 characters.
    title: String,
    /// At most 1000 characters.
    #[serde(default)]
    description: String,
    /// Default: builder.
    #[schema(inline)]
    mode: Option<ProjectMode>,
    /// At most 10 words of up to 100 characters.
    #[serde(default, alias = "techStack")]
    tech_stack: Vec<String>,
}

/// Begin a project. At most 500.
#[utoipa::path(post, path = "/v1/projects", tag = "projects", request_body = CreateProjectBody,
    responses((status = 201, description = "The project", body = ProjectView), Invalid))]
pub(crate) async fn create_project(
    door: Door<CreateProject>,
    Json(body): Json<CreateProjectBody>,
) -> Result<(StatusCode, Answer<ProjectView>), ApiError> {
    let request = CreateProjectRequest {
        title: body.title,
        description: body.description,
        mode: body.mode.map_or("", ProjectMode::as_str).to_owned(),
        tech_stack: body.tech_stack,
    };
    let project = door.perform(CreateProject(request)).await?;

    Ok((StatusCode::CREATED, Answer(project.into())))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProjectListQuery {
    /// Default: 1.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 2000)]
    page: PageNumber,
    /// 1 to 50; default: 20.
    #[serde(default, alias = "pageSize")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 50)]
    page_size: PageSize,
    /// Only of this mode.
    #[param(inline)]
    mode: Option<ProjectMode>,
    /// Only in this status. Without it, all but archived ones.
    #[param(inline)]
    status: Option<ProjectStatus>,
}

/// Your projects, newest first. Archived ones only with `status=archived`.
#[utoipa::path(get, path = "/v1/projects", tag = "projects", params(ProjectListQuery),
    responses((status = 200, description = "One page of them", body = ProjectPage), Invalid))]
pub(crate) async fn list_projects(
    door: Door<ListProjects>,
    Query(query): Query<ProjectListQuery>,
) -> Result<Answer<ProjectPage>, ApiError> {
    let (page, page_size) = (query.page.0, query.page_size.0);
    if page_size > PAGE_SIZE_MAX {
        let expected = format!("expected a number from 1 to {PAGE_SIZE_MAX}");
        return Err(ApiError::field("page_size", "value_error", expected));
    }
    let request = ListProjectsRequest {
        page_size: Some(page_size),
        page: Some(page),
        mode: query.mode.map_or("", ProjectMode::as_str).to_owned(),
        status: query.status.map_or("", ProjectStatus::as_str).to_owned(),
        ..ListProjectsRequest::default()
    };
    let list = door.perform(ListProjects(request)).await?;

    Ok(Answer(ProjectPage {
        items: list.projects.into_iter().map(ProjectView::from).collect(),
        total: list.total,
        page,
        page_size,
        has_more: !list.next_page_token.is_empty(),
    }))
}

/// One project of yours.
#[utoipa::path(get, path = "/v1/projects/{id}", tag = "projects",
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The project", body = ProjectView),
        (status = 404, description = "No such project of yours", body = ErrorBody)))]
pub(crate) async fn get_project(
    door: Door<GetProject>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<ProjectView>, ApiError> {
    let id = parse_project_id(id)?;
    let project = door.perform(GetProject(GetProjectRequest { id })).await?;

    Ok(Answer(project.into()))
}

/// What to change of a project: at least one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "status": "in-progress" }))]
pub(crate) struct UpdateProjectBody {
    /// 3 to 200 characters.
    title: Option<String>,
    /// At most 1000 characters.
    description: Option<String>,
    #[schema(inline)]
    status: Option<ProjectStatus>,
}

/// Change what a project says of itself.
#[utoipa::path(put, path = "/v1/projects/{id}", tag = "projects", request_body = UpdateProjectBody,
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The project", body = ProjectView),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_project(
    door: Door<UpdateProject>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<UpdateProjectBody>,
) -> Result<Answer<ProjectView>, ApiError> {
    let request = UpdateProjectRequest {
        id: parse_project_id(id)?,
        title: body.title,
        description: body.description,
        status: body.status.map(|status| status.as_str().to_owned()),
    };
    let project = door.perform(UpdateProject(request)).await?;

    Ok(Answer(project.into()))
}

/// Archive a project: it stays, out of the lists and closed for writers, until it gets another status.
#[utoipa::path(delete, path = "/v1/projects/{id}", tag = "projects",
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The project, archived", body = ProjectView),
        (status = 404, description = "No such project of yours", body = ErrorBody)))]
pub(crate) async fn archive_project(
    door: Door<ArchiveProject>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<ProjectView>, ApiError> {
    let id = parse_project_id(id)?;
    let project = door.perform(ArchiveProject(GetProjectRequest { id })).await?;

    Ok(Answer(project.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RevisionsQuery {
    /// Only older ones than this number.
    #[param(value_type = Option<u32>, minimum = 1)]
    before: Option<VersionNumber>,
    /// 1 to 100; default: 20.
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: PageSize,
}

/// What a project went through, newest first: each change of its files.
#[utoipa::path(get, path = "/v1/projects/{id}/revisions", tag = "projects",
    params(("id" = String, Path, description = "Project id"), RevisionsQuery),
    responses(
        (status = 200, description = "Revisions", body = RevisionList),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn list_revisions(
    door: Door<ListRevisions>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<RevisionsQuery>,
) -> Result<Answer<RevisionList>, ApiError> {
    let project_id = parse_project_id(id)?;
    let request = ListRevisionsRequest {
        project_id: project_id.clone(),
        before: query.before.map(|revision| revision.0),
        limit: Some(query.limit.0),
    };
    let list = door.perform(ListRevisions(request)).await?;

    Ok(Answer(RevisionList {
        project_id,
        revisions: list.revisions.into_iter().map(RevisionView::from).collect(),
    }))
}

/// All files of a project as a zip: it installs, builds and runs.
#[utoipa::path(get, path = "/v1/projects/{id}/archive", tag = "projects",
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The zip, scaffold included", body = Vec<u8>, content_type = "application/zip"),
        (status = 404, description = "No such project of yours", body = ErrorBody)))]
pub(crate) async fn get_project_archive(
    door: Door<GetArchive>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let id = parse_project_id(id)?;
    let name = format!("attachment; filename=\"project-{id}.zip\"");
    let pieces = door.perform(GetArchive(GetProjectRequest { id })).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];

    Ok((headers, Body::from_stream(pieces.map_ok(|piece| piece.data))).into_response())
}
