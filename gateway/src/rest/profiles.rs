//! Profiles over REST: CodeForge's `/v1/profiles/` and `/v1/profiles/me`, which are the same.

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use proto::v1::PutProfileRequest;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::refused;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Json,
    identity::{Member, ReadAccount, WriteAccount},
    view::accounts::ProfileView,
};

/// Your profile.
#[utoipa::path(get, path = "/v1/profiles", tag = "accounts",
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "You have none yet", body = ErrorBody)))]
pub(crate) async fn get_profile(
    State(app): State<Arc<App>>,
    call: Member<ReadAccount>,
) -> Result<Answer<ProfileView>, ApiError> {
    let profile = app.clients.get_profile(&call).await.map_err(refused)?;
    Ok(Answer(profile.into()))
}

/// The same under its longer name.
#[utoipa::path(get, path = "/v1/profiles/me", tag = "accounts",
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 404, description = "You have none yet", body = ErrorBody)))]
pub(crate) async fn get_my_profile(
    app: State<Arc<App>>,
    call: Member<ReadAccount>,
) -> Result<Answer<ProfileView>, ApiError> {
    get_profile(app, call).await
}

/// How much somebody knows already.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SkillLevel {
    Beginner,
    Intermediate,
    Advanced,
}

impl SkillLevel {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
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
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 409, description = "The username is taken", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn create_profile(
    app: State<Arc<App>>,
    call: Member<WriteAccount>,
    body: Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    put_profile(app, call, body).await
}

/// Change your profile.
#[utoipa::path(put, path = "/v1/profiles", tag = "accounts", request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 409, description = "The username is taken", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn put_profile(
    State(app): State<Arc<App>>,
    call: Member<WriteAccount>,
    Json {
        value: body,
        spelling,
    }: Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    let request = PutProfileRequest {
        username: body.username,
        full_name: body.full_name,
        avatar_url: body.avatar_url,
        skill_level: body.skill_level.map(|level| level.as_str().to_owned()),
    };
    let profile = app.clients.put_profile(&call, request).await;
    let profile = profile.map_err(|problem| refused(spelling.problem(problem)))?;

    Ok(Answer(profile.into()))
}

/// The same under its longer name.
#[utoipa::path(put, path = "/v1/profiles/me", tag = "accounts", request_body = ProfileBody,
    responses(
        (status = 200, description = "The profile", body = ProfileView),
        (status = 401, description = "Not signed in", body = ErrorBody),
        (status = 409, description = "The username is taken", body = ErrorBody),
        (status = 422, description = "A field is wrong; `details.errors` says which and why", body = ErrorBody)))]
pub(crate) async fn put_my_profile(
    app: State<Arc<App>>,
    call: Member<WriteAccount>,
    body: Json<ProfileBody>,
) -> Result<Answer<ProfileView>, ApiError> {
    put_profile(app, call, body).await
}
