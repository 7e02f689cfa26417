//! Stories over REST: Code Story's generate, get, restart and cancel, and the list; naming, sharing and deleting (`change`).

pub(crate) mod change;

use std::sync::Arc;

use axum::{Json as Answer, extract::State};
use proto::{
    v1::{self, CreateCodeStoryRequest, Story, StoryKind},
    words::Minutes,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answers::Invalid;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, IdempotencyKey, Json, Query, StoryId},
    identity::PublicBase,
    operation::stories::{CancelStory, GenerateStory, GetStory, ListStoryTitles, RestartStory},
    view::stories::{StoryAction, StoryItem, StoryStatus, StoryView, Style, TechnicalDepth, Voice},
};

/// What to tell. Only the repository is required. Names may be written in snake_case too.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "repoUrl": "https://github.com/expressjs/express", "style": "documentary", "duration": 5, "voice": "Rachel",
    "focusAreas": ["architecture"], "technicalDepth": "intermediate"
}))]
pub(crate) struct GenerateRequest {
    /// https URL of a git repository on a host that is allowed here.
    #[serde(alias = "repo_url")]
    repo_url: String,
    /// Default: documentary.
    style: Option<Style>,
    /// Minutes; default: 10.
    #[serde(alias = "durationMinutes", alias = "duration_minutes")]
    #[schema(value_type = Option<u32>)]
    duration: Option<Minutes>,
    /// Default: Rachel.
    voice: Option<Voice>,
    /// At most 10, each at most 100 characters.
    #[serde(alias = "focus_areas")]
    focus_areas: Option<Vec<String>>,
    /// Default: intermediate.
    #[serde(alias = "technical_depth")]
    technical_depth: Option<TechnicalDepth>,
}

impl GenerateRequest {
    fn into_proto(self, key: IdempotencyKey) -> CreateCodeStoryRequest {
        CreateCodeStoryRequest {
            repo_url: self.repo_url,
            style: v1::Style::number(self.style.map(Into::into)),
            duration_minutes: self.duration.map(Minutes::get),
            voice: v1::Voice::number(self.voice.map(Into::into)),
            focus_areas: self.focus_areas.unwrap_or_default(),
            technical_depth: v1::TechnicalDepth::number(self.technical_depth.map(Into::into)),
            idempotency_key: key.into_text(),
            worker_share: None,
        }
    }
}

/// Start a story about a repository.
///
/// With an `Idempotency-Key`, sending the same request again answers with the story made before.
#[utoipa::path(post, path = "/api/stories/generate", tag = "stories", request_body = GenerateRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, description = "It is queued", body = StoryAction),
        (status = 400, description = "Not JSON", body = ErrorBody),
        (status = 409, description = "The idempotency key was used for another request", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "The body is not declared as JSON", body = ErrorBody),
        Invalid,
        (status = 503, description = "Not available now", body = ErrorBody)))]
pub(crate) async fn generate_story(
    door: Door<GenerateStory>,
    key: IdempotencyKey,
    Json(body): Json<GenerateRequest>,
) -> Result<Answer<StoryAction>, ApiError> {
    let story = door.perform(GenerateStory(body.into_proto(key))).await?;
    Ok(tell_action(story, "Story generation started"))
}

/// A story and where it stands.
#[utoipa::path(get, path = "/api/stories/{id}", tag = "stories", params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = StoryView, description = "The story"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody)))]
pub(crate) async fn get_story(
    State(app): State<Arc<App>>,
    door: Door<GetStory>,
    base: PublicBase,
    StoryId(id): StoryId,
) -> Result<Answer<StoryView>, ApiError> {
    let story = door.perform(GetStory { id }).await?;
    view_story(story, &app, &base)
}

fn view_story(story: Story, app: &App, base: &PublicBase) -> Result<Answer<StoryView>, ApiError> {
    let id = story.id.clone();
    let view = StoryView::new(story, app.links(base)).map_err(|err| {
        tracing::error!(story = id, %err, "the chapters of a story are not JSON");
        ApiError::internal()
    })?;

    Ok(Answer(view))
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KindFilter {
    #[default]
    Fiction,
    Code,
    All,
}

impl From<KindFilter> for StoryKind {
    fn from(kind: KindFilter) -> Self {
        match kind {
            KindFilter::Fiction => Self::Fiction,
            KindFilter::Code => Self::Code,
            KindFilter::All => Self::Unspecified,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Which stories; default: fiction.
    #[serde(default)]
    #[param(value_type = Option<KindFilter>)]
    kind: KindFilter,
}

/// Your own stories, last changed first, at most 1000.
#[utoipa::path(get, path = "/api/stories", tag = "stories", params(ListQuery),
    responses(
        (status = 200, body = Vec<StoryItem>, description = "The stories"),
        (status = 422, description = "Unknown kind", body = ErrorBody)))]
pub(crate) async fn list_stories(
    door: Door<ListStoryTitles>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<Vec<StoryItem>>, ApiError> {
    let kind = query.kind.into();
    let stories = door.perform(ListStoryTitles { kind }).await?;

    Ok(Answer(stories.into_iter().map(StoryItem::from).collect()))
}

/// Make a story again from the start. An attempt under way is cancelled.
#[utoipa::path(post, path = "/api/stories/{id}/restart", tag = "stories",
    params(("id" = String, Path, description = "Story id"),
        ("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, body = StoryAction, description = "It is queued"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody),
        (status = 409, description = "The idempotency key was used for another request", body = ErrorBody)))]
pub(crate) async fn restart_story(
    door: Door<RestartStory>,
    StoryId(id): StoryId,
    key: IdempotencyKey,
) -> Result<Answer<StoryAction>, ApiError> {
    let operation = RestartStory {
        id,
        idempotency_key: key.into_text(),
    };
    let story = door.perform(operation).await?;

    Ok(tell_action(story, "Story generation restarted"))
}

/// Stop making a story. What was finished is kept.
#[utoipa::path(post, path = "/api/stories/{id}/cancel", tag = "stories", params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = StoryAction, description = "It is stopping, or has stopped"),
        (status = 400, description = "It is not being made now", body = ErrorBody),
        (status = 404, description = "No such story, or not yours", body = ErrorBody)))]
pub(crate) async fn cancel_story(
    door: Door<CancelStory>,
    StoryId(id): StoryId,
) -> Result<Answer<StoryAction>, ApiError> {
    let story = door.perform(CancelStory { id }).await?;
    Ok(tell_action(story, "Story generation cancelled"))
}

fn tell_action(story: Story, message: &'static str) -> Answer<StoryAction> {
    let status = StoryStatus::from_run(story.status(), &story.phase);
    Answer(StoryAction {
        id: story.id,
        status,
        message,
    })
}
