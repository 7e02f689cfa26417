//! What owners do with their stories over REST: naming, sharing by a link, deleting one or several.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{Path, State},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view_story;
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, StoryId},
    identity::PublicBase,
    operation::stories::{DeleteStories, DeleteStory, GetSharedStory, RenameStory, ShareStory, UnshareStory},
    rest::answers::Invalid,
    view::stories::{DeletedStories, SharedStory, StoryView},
};

/// What to change of a story.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "How express routes" }))]
pub(crate) struct StoryChange {
    /// Its new name: 1 to 200 characters on one line. It stays when the story is made again.
    title: String,
}

/// Give a story a name.
#[utoipa::path(patch, path = "/api/stories/{id}", tag = "stories", request_body = StoryChange,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = StoryView, description = "The story"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn rename_story(
    State(app): State<Arc<App>>,
    door: Door<RenameStory>,
    base: PublicBase,
    StoryId(id): StoryId,
    Json(change): Json<StoryChange>,
) -> Result<Answer<StoryView>, ApiError> {
    let operation = RenameStory {
        id,
        title: change.title,
    };
    let story = door.perform(operation).await?;

    view_story(story, &app, &base)
}

/// Share a story: whoever has its link may read it. A story that is shared keeps its link.
#[utoipa::path(post, path = "/api/stories/{id}/share", tag = "stories",
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = SharedStory, description = "Its link"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody)))]
pub(crate) async fn share_story(
    door: Door<ShareStory>,
    base: PublicBase,
    StoryId(id): StoryId,
) -> Result<Answer<SharedStory>, ApiError> {
    let story = door.perform(ShareStory { id }).await?;
    let shared = SharedStory::new(story, &base.0).ok_or_else(|| {
        tracing::error!(story = %id, "a story that was shared has no link");
        ApiError::internal()
    })?;

    Ok(Answer(shared))
}

/// Share a story no more. Its link leads nowhere, and is never given again; files that somebody opened by it may be kept.
#[utoipa::path(delete, path = "/api/stories/{id}/share", tag = "stories",
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = StoryView, description = "The story"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody)))]
pub(crate) async fn unshare_story(
    State(app): State<Arc<App>>,
    door: Door<UnshareStory>,
    base: PublicBase,
    StoryId(id): StoryId,
) -> Result<Answer<StoryView>, ApiError> {
    let story = door.perform(UnshareStory { id }).await?;
    view_story(story, &app, &base)
}

/// A story that is shared, for whoever has its link.
#[utoipa::path(get, path = "/api/stories/shared/{token}", tag = "stories",
    params(("token" = String, Path, description = "The token of the link")),
    responses(
        (status = 200, body = StoryView, description = "The story"),
        (status = 404, description = "No story is shared by this link", body = ErrorBody)))]
pub(crate) async fn get_shared_story(
    State(app): State<Arc<App>>,
    door: Door<GetSharedStory>,
    base: PublicBase,
    token: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Answer<StoryView>, ApiError> {
    let Path(token) = token.map_err(|_| ApiError::unknown_story())?;
    let story = door.perform(GetSharedStory { token }).await?;

    view_story(story, &app, &base)
}

/// Delete a story with everything that was made for it.
///
/// It is gone at once; an attempt under way is stopped, and its files are removed soon after.
#[utoipa::path(delete, path = "/api/stories/{id}", tag = "stories",
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, body = DeletedStories, description = "It is deleted"),
        (status = 404, description = "No such story, or not yours", body = ErrorBody)))]
pub(crate) async fn delete_story(
    door: Door<DeleteStory>,
    StoryId(id): StoryId,
) -> Result<Answer<DeletedStories>, ApiError> {
    door.perform(DeleteStory { id }).await?;
    Ok(tell_deleted(vec![id.to_string()], Vec::new()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// The ids with commas between them, instead of a body.
    ids: Option<String>,
}

/// Delete several stories: all of them, or none when one is somebody else's.
#[utoipa::path(delete, path = "/api/stories", tag = "stories", params(DeleteQuery), request_body = Option<Vec<String>>,
    responses(
        (status = 200, body = DeletedStories, description = "They are deleted"),
        (status = 400, description = "Not JSON", body = ErrorBody),
        Invalid))]
pub(crate) async fn delete_stories(
    door: Door<DeleteStories>,
    Query(query): Query<DeleteQuery>,
    body: Option<Json<Vec<String>>>,
) -> Result<Answer<DeletedStories>, ApiError> {
    let mut ids = body.unwrap_or_default().0;
    let listed = query.ids.iter().flat_map(|ids| ids.split(','));
    ids.extend(
        listed
            .map(str::trim)
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
    );

    remove(&door, ids).await
}

/// The same for clients whose bodies are dropped on DELETE.
#[utoipa::path(post, path = "/api/stories/delete", tag = "stories", request_body = Vec<String>,
    responses(
        (status = 200, body = DeletedStories, description = "They are deleted"),
        (status = 400, description = "Not JSON", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "The body is not declared as JSON", body = ErrorBody),
        Invalid))]
pub(crate) async fn delete_stories_by_post(
    door: Door<DeleteStories>,
    Json(ids): Json<Vec<String>>,
) -> Result<Answer<DeletedStories>, ApiError> {
    remove(&door, ids).await
}

async fn remove(door: &Door<DeleteStories>, ids: Vec<String>) -> Result<Answer<DeletedStories>, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::field("ids", "missing", "expected the ids of stories"));
    }

    let answer = door.perform(DeleteStories { ids }).await?;
    Ok(tell_deleted(answer.deleted_ids, answer.unknown_ids))
}

fn tell_deleted(deleted: Vec<String>, unknown: Vec<String>) -> Answer<DeletedStories> {
    let message = match deleted.len() {
        1 => "1 story deleted".to_owned(),
        count => format!("{count} stories deleted"),
    };

    Answer(DeletedStories {
        message,
        deleted,
        unknown,
    })
}
