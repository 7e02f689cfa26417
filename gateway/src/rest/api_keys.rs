//! Keys for programs, over REST.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    answers::{Invalid, NotProven},
    parse_id,
};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    identity::ScopeName,
    operation::api_keys::{CreateApiKey, ListApiKeys, RegenerateApiKey, RevokeApiKey},
    view::accounts::{ApiKeyView, CreatedApiKeyView},
};

const UNKNOWN: &str = "There is no such key.";

/// Your keys, without their secrets.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "accounts",
    responses((status = 200, description = "Your keys", body = Vec<ApiKeyView>)))]
pub(crate) async fn list_api_keys(door: Door<ListApiKeys>) -> Result<Answer<Vec<ApiKeyView>>, ApiError> {
    let keys = door.perform(ListApiKeys).await?;
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
///
/// Needs a sign-in of the last ten minutes, and no API key.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "accounts", request_body = CreateKeyBody,
    responses((status = 201, description = "The key", body = CreatedApiKeyView), NotProven, Invalid))]
pub(crate) async fn create_api_key(
    door: Door<CreateApiKey>,
    Json(body): Json<CreateKeyBody>,
) -> Result<(StatusCode, Answer<CreatedApiKeyView>), ApiError> {
    let CreateKeyBody {
        name,
        scopes,
        expires_at,
    } = body;
    let operation = CreateApiKey {
        name,
        scopes,
        expires_at,
    };
    let created = door.perform(operation).await?;

    Ok((StatusCode::CREATED, Answer(created.into())))
}

/// Give a key a new secret. The old one stops working at once.
///
/// Needs a sign-in of the last ten minutes, and no API key.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/regenerate", tag = "accounts",
    params(("id" = String, Path, description = "Key id")),
    responses(
        (status = 200, description = "The key", body = CreatedApiKeyView),
        NotProven,
        (status = 404, description = "No such key, or not yours", body = ErrorBody)))]
pub(crate) async fn regenerate_api_key(
    door: Door<RegenerateApiKey>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<CreatedApiKeyView>, ApiError> {
    let id = parse_id(id, UNKNOWN)?;
    let created = door.perform(RegenerateApiKey { id }).await?;

    Ok(Answer(created.into()))
}

/// Revoke a key. It stops working at once.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "accounts", params(("id" = String, Path, description = "Key id")),
    responses(
        (status = 200, description = "The key, revoked", body = ApiKeyView),
        (status = 404, description = "No such key, or not yours", body = ErrorBody)))]
pub(crate) async fn revoke_api_key(
    door: Door<RevokeApiKey>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<ApiKeyView>, ApiError> {
    let id = parse_id(id, UNKNOWN)?;
    let key = door.perform(RevokeApiKey { id }).await?;

    Ok(Answer(key.into()))
}
