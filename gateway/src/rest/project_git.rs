//! Every project is a git remote, for stock git: an API key is the password, with any user name.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequestParts, Path, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, header, request::Parts};
use proto::v1::{GetGitPackRequest, GetGitRefsRequest};

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, RawBody, UploadBody},
    operation::project_git::{FetchGitPack, ListFetchRefs, ListPushRefs, PushGitPack},
};

const PUSH: &str = "git-receive-pack";

/// The door to what the query asks for: whoever may only read learns of the refs for a fetch alone.
pub(crate) enum RefsDoor {
    Fetch(Door<ListFetchRefs>),
    Push(Door<ListPushRefs>),
}

impl FromRequestParts<Arc<App>> for RefsDoor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        match service_of(parts) == PUSH {
            true => Door::from_request_parts(parts, app).await.map(Self::Push),
            false => Door::from_request_parts(parts, app).await.map(Self::Fetch),
        }
    }
}

/// Which refs there are. Clone with `git clone https://any:KEY@HOST/v1/projects/ID/git`, `KEY` an API key.
///
/// Of a project that is there: its revisions are the commits of `main`, the only branch.
#[utoipa::path(get, path = "/v1/projects/{id}/git/info/refs", tag = "projects",
    params(("id" = String, Path, description = "The project"), 
        ("service" = String, Query, description = "`git-upload-pack` to fetch, `git-receive-pack` to push")),
    responses(
        (status = 200, description = "As git reads it", content_type = "application/x-git-upload-pack-advertisement", body = Vec<u8>),
        (status = 400, description = "No service of git's, which speaks to a smart server only", body = ErrorBody),
        (status = 404, description = "No such project, or not yours", body = ErrorBody)))]
pub(crate) async fn list_git_refs(
    door: RefsDoor,
    id: Result<Path<String>, PathRejection>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let service = service_of(&parts);
    let request = GetGitRefsRequest {
        project_id: project_of(id)?,
        protocol: protocol_of(&parts.headers),
        service: service.clone(),
    };
    let refs = match door {
        RefsDoor::Fetch(door) => door.perform(ListFetchRefs(request)).await?,
        RefsDoor::Push(door) => door.perform(ListPushRefs(request)).await?,
    };

    let kind = match service == PUSH {
        true => "application/x-git-receive-pack-advertisement",
        false => "application/x-git-upload-pack-advertisement",
    };
    Ok(answer(kind, Body::from(refs.data)))
}

/// Fetch what is lacking of a project's history: git's own request and answer.
#[utoipa::path(post, path = "/v1/projects/{id}/git/git-upload-pack", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    request_body(content = Vec<u8>, content_type = "application/x-git-upload-pack-request"),
    responses(
        (status = 200, description = "A pack, or a word of the negotiation about it", content_type = "application/x-git-upload-pack-result", body = Vec<u8>),
        (status = 400, description = "No request of git's", body = ErrorBody),
        (status = 404, description = "No such project, or not yours", body = ErrorBody)))]
pub(crate) async fn fetch_git_pack(
    door: Door<FetchGitPack>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let request = GetGitPackRequest {
        project_id: project_of(id)?,
        protocol: protocol_of(&headers),
        body: body.into(),
    };
    let pack = door.perform(FetchGitPack(request)).await?;
    let bytes = pack.map(|piece| piece.map(|piece| piece.data));

    Ok(answer(
        "application/x-git-upload-pack-result",
        Body::from_stream(bytes),
    ))
}

/// Push commits to `main`: git's own request and answer.
///
/// Each commit becomes a revision and keeps its name. Taken are plain text files below `src/` whose names end as those of the file
/// list may; the scaffold has to stay as it is, and so has the history. What is refused, git shows to whoever pushes, with the
/// reason and the file.
#[utoipa::path(post, path = "/v1/projects/{id}/git/git-receive-pack", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    request_body(content = Vec<u8>, content_type = "application/x-git-receive-pack-request"),
    responses(
        (status = 200, description = "What became of each ref", content_type = "application/x-git-receive-pack-result", body = Vec<u8>),
        (status = 400, description = "No request of git's, or it broke off", body = ErrorBody),
        (status = 404, description = "No such project, or not yours", body = ErrorBody)))]
pub(crate) async fn push_git_pack(
    door: Door<PushGitPack>,
    id: Result<Path<String>, PathRejection>,
    body: UploadBody,
) -> Result<Response, ApiError> {
    let project_id = project_of(id)?;
    let report = door.perform(PushGitPack { project_id, body }).await?;

    Ok(answer(
        "application/x-git-receive-pack-result",
        Body::from(report.data),
    ))
}

fn answer(kind: &'static str, body: Body) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], body).into_response()
}

fn project_of(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    match id {
        Ok(Path(id)) => Ok(id),
        Err(_) => Err(ApiError::not_found("There is no such project.")),
    }
}

fn service_of(parts: &Parts) -> String {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let mut pairs = url::form_urlencoded::parse(query);

    pairs
        .find(|(name, _)| name == "service")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Whatever is no text counts as nothing.
fn protocol_of(headers: &HeaderMap) -> String {
    let protocol = headers.get("git-protocol").and_then(|value| value.to_str().ok());

    protocol.unwrap_or_default().to_owned()
}
