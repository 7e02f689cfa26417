//! Profiles over REST: CodeForge's `/v1/profiles/` and `/v1/profiles/me`, which are the same.

use axum::Json as Answer;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answers::Invalid;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json},
    operation::profiles::{GetProfile, PutProfile, SkillLevel},
    view::accounts::ProfileView,
};

/// Your profile.
#[utoipa::path(get, path = "/v1/profiles", tag = "accounts",
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 404, description = "You have none yet", body = ErrorBody)))]
pub(crate) async fn get_profile(door: Door<GetProfile>) -> Result<Answer<ProfileView>, ApiError> {
    let profile = door.perform(GetProfile).await?;
    Ok(Answer(profile.into()))
}

/// The same under its longer name.
#[utoipa::path(get, path = "/v1/profiles/me", tag = "accounts",
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 404, description = "You have none yet", body = ErrorBody)))]
pub(crate) async fn get_my_profile(door: Door<GetProfile>) -> Result<Answer<ProfileView>, ApiError> {
    get_profile(door).await
}

/// What to change; a field that is missing stays. Names may be written in camelCase too.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "full_name": "Ada Lovelace", "skill_level": "advanced" }))]
pub(crate) struct ProfileBody {
    /// 2 to 50 characters, not taken.
    username: Option<String>,
    /// At most 200 characters.
    #[serde(alias = "fullName")]
    full_name: Option<String>,
    /// At most 500 characters, an http or https URL.
    #[serde(alias = "avatarUrl")]
    avatar_url: Option<String>,
    #[serde(alias = "skillLevel")]
    skill_level: Option<SkillLevel>,
}

/// Make your profile.
#[utoipa::path(post, path = "/v1/profiles", tag = "accounts", request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 409, description = "The username is taken", body = ErrorBody),
        Invalid))]
pub(crate) async fn create_profile(
    door: Door<PutProfile>,
    body: Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    put_profile(door, body).await
}

/// Change your profile.
#[utoipa::path(put, path = "/v1/profiles", tag = "accounts", request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 409, description = "The username is taken", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_profile(
    door: Door<PutProfile>,
    Json(body): Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    let operation = PutProfile {
        username: body.username,
        full_name: body.full_name,
        avatar_url: body.avatar_url,
        skill_level: body.skill_level,
    };
    let profile = door.perform(operation).await?;

    Ok(Answer(profile.into()))
}

/// The same under its longer name.
#[utoipa::path(put, path = "/v1/profiles/me", tag = "accounts", request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 409, description = "The username is taken", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_my_profile(
    door: Door<PutProfile>,
    body: Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    put_profile(door, body).await
}
