//! Keys for programs, over REST.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use proto::v1::{ApiKeyRequest, CreateApiKeyRequest, CreatedApiKey};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::refused;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Json,
    identity::{Account, Call, ReadAccount, ScopeName, WriteAccount},
    view::accounts::{ApiKeyView, CreatedApiKeyView},
};

const UNKNOWN: &str = "There is no such key.";

/// Your keys, without their secrets.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "accounts",
    responses(
        (status = 200, description = "Your keys", body = Vec<ApiKeyView>),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody)))]
pub(crate) async fn list_api_keys(
    State(app): State<Arc<App>>,
    call: Account<ReadAccount>,
) -> Result<Answer<Vec<ApiKeyView>>, ApiError> {
    let keys = app.clients.list_api_keys(&call).await.map_err(refused)?;
    Ok(Answer(keys.into_iter().map(ApiKeyView::from).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "build server", "scopes": ["stories:read"] }))]
pub(crate) struct CreateKeyBody {
    /// 1 to 100 characters.
    name: String,
    /// What it may do; none means everything that you may.
    #[serde(default)]
    scopes: Vec<ScopeName>,
    /// RFC 3339; default: never.
    #[serde(alias = "expiresAt")]
    expires_at: Option<String>,
}

/// Make a key. Its secret is in the answer, this one time.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "accounts", request_body = CreateKeyBody,
    responses(
        (status = 201, description = "The key", body = CreatedApiKeyView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn create_api_key(
    State(app): State<Arc<App>>,
    call: Account<WriteAccount>,
    Json {
        value: body,
        spelling,
    }: Json<CreateKeyBody>,
) -> Result<Response, ApiError> {
    let request = CreateApiKeyRequest {
        name: body.name,
        scopes: body
            .scopes
            .iter()
            .map(|scope| scope.as_str().to_owned())
            .collect(),
        expires_at: body.expires_at.unwrap_or_default(),
        client: Some(call.client.to_proto()),
    };
    let key = app.clients.create_api_key(&call, request).await;
    let key = key.map_err(|problem| refused(spelling.problem(problem)))?;

    Ok((StatusCode::CREATED, shown(key)?).into_response())
}

/// Give a key a new secret. The old one stops working at once.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/regenerate", tag = "accounts",
    params(("id" = String, Path, description = "Key id")),
    responses(
        (status = 200, description = "The key", body = CreatedApiKeyView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody),
        (status = 404, description = "No such key, or not yours", body = ErrorBody)))]
pub(crate) async fn regenerate_api_key(
    State(app): State<Arc<App>>,
    call: Account<WriteAccount>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<CreatedApiKeyView>, ApiError> {
    let key = app.clients.regenerate_api_key(&call, named(id, &call)?).await;
    app.people.changed(call.actor.user_id);
    shown(key.map_err(refused)?)
}

/// Revoke a key. It stops working at once.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "accounts", params(("id" = String, Path, description = "Key id")),
    responses(
        (status = 200, description = "The key, revoked", body = ApiKeyView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 403, description = "You have no account yet", body = ErrorBody),
        (status = 404, description = "No such key, or not yours", body = ErrorBody)))]
pub(crate) async fn revoke_api_key(
    State(app): State<Arc<App>>,
    call: Account<WriteAccount>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<ApiKeyView>, ApiError> {
    let key = app.clients.revoke_api_key(&call, named(id, &call)?).await;
    app.people.changed(call.actor.user_id);
    Ok(Answer(key.map_err(refused)?.into()))
}

fn named(id: Result<Path<String>, PathRejection>, call: &Call) -> Result<ApiKeyRequest, ApiError> {
    Ok(ApiKeyRequest {
        id: super::uuid(id, UNKNOWN)?,
        client: Some(call.client.to_proto()),
    })
}

fn shown(key: CreatedApiKey) -> Result<Answer<CreatedApiKeyView>, ApiError> {
    let view = CreatedApiKeyView::new(key).ok_or_else(|| {
        tracing::error!("a new key was answered without itself");
        ApiError::internal()
    })?;
    Ok(Answer(view))
}
