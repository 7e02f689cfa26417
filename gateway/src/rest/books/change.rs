//! What owners do with books over REST: they go on with them, rewrite them, change their facts, take changes back, call findings
//! intended, and have them read aloud. Each begins a run, one at a time.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{
    self, ChangeFactRequest, ContinueStoryRequest, NarrateStoryRequest, RewriteScenesRequest,
    UndoChangeRequest, WaiveFindingRequest,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{parse_chapter, view_book};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, StoryId},
    operation::books::{ChangeFact, ContinueStory, NarrateStory, RewriteScenes, UndoChange, WaiveFinding},
    rest::answers::Invalid,
    view::{
        lekh::books::{BookView, FactChangeView, StoryBegun},
        stories::Voice,
    },
};

/// How the book is to go on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "prompt": "The letter's writer comes back.", "chapters": 2 }))]
pub(crate) struct ContinueBody {
    /// At most 8000 characters.
    prompt: String,
    /// How many chapters more; default: 1. A book has 60 at most.
    chapters: Option<u32>,
}

/// Go on with a book: more chapters behind the last one.
#[utoipa::path(post, path = "/api/stories/{id}/continue", tag = "books", request_body = ContinueBody,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn continue_story(
    door: Door<ContinueStory>,
    StoryId(id): StoryId,
    Json(body): Json<ContinueBody>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let request = ContinueStoryRequest {
        id: id.to_string(),
        prompt: body.prompt,
        chapters: body.chapters,
        worker_share: None,
    };
    let story = door.perform(ContinueStory(request)).await?;

    Ok(Answer(story.into()))
}

/// Write one chapter anew. No other is touched.
#[utoipa::path(post, path = "/api/stories/{id}/chapters/{chapter}/rewrite", tag = "books",
    params(("id" = String, Path, description = "Story id"), ("chapter" = u32, Path, description = "From 1")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story or chapter, or not yours", body = ErrorBody)))]
pub(crate) async fn rewrite_chapter(
    door: Door<RewriteScenes>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let (id, chapter) = parse_chapter(path)?;
    let request = RewriteScenesRequest {
        id,
        chapter: Some(chapter),
        ..RewriteScenesRequest::default()
    };
    let story = door.perform(RewriteScenes(request)).await?;

    Ok(Answer(story.into()))
}

/// Which scenes to write anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewriteBody {
    /// Keys of scenes.
    #[serde(default)]
    scenes: Vec<String>,
    /// The key of a fact: all scenes that go by it.
    fact: Option<String>,
}

/// Write some scenes anew. No other is touched.
#[utoipa::path(post, path = "/api/stories/{id}/rewrite", tag = "books", request_body = RewriteBody,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story, scene or fact, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn rewrite_scenes(
    door: Door<RewriteScenes>,
    StoryId(id): StoryId,
    Json(body): Json<RewriteBody>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let request = RewriteScenesRequest {
        id: id.to_string(),
        scenes: body.scenes,
        fact: body.fact,
        ..RewriteScenesRequest::default()
    };
    let story = door.perform(RewriteScenes(request)).await?;

    Ok(Answer(story.into()))
}

/// What a fact is to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "object": "the north tower", "rewrite": true }))]
pub(crate) struct FactBody {
    /// The key of a character, a place or an item where one stood; else words, at most 500 characters.
    object: String,
    /// How the prose says it, as a clause; made of the fact when left out.
    statement: Option<String>,
    /// Write the scenes anew that go by it.
    #[serde(default)]
    rewrite: bool,
}

/// Change a fact of a book. The answer names the scenes that go by it.
#[utoipa::path(put, path = "/api/stories/{id}/facts/{fact}", tag = "books", request_body = FactBody,
    params(("id" = String, Path, description = "Story id"), ("fact" = String, Path, description = "The key of the fact")),
    responses(
        (status = 200, description = "It is queued", body = FactChangeView),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story or fact, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn change_fact(
    door: Door<ChangeFact>,
    path: Result<Path<(String, String)>, PathRejection>,
    Json(body): Json<FactBody>,
) -> Result<Answer<FactChangeView>, ApiError> {
    let (id, fact) = parse_part(path)?;
    let request = ChangeFactRequest {
        id,
        fact,
        object: body.object,
        statement: body.statement,
        rewrite: body.rewrite,
        worker_share: None,
    };
    let change = door.perform(ChangeFact(request)).await?;

    FactChangeView::new(change)
        .map(Answer)
        .map_err(|_| ApiError::internal())
}

/// Story and name of a part of its book.
fn parse_part(path: Result<Path<(String, String)>, PathRejection>) -> Result<(String, String), ApiError> {
    let Path((id, part)) = path.map_err(|_| ApiError::unknown_story())?;
    let id = StoryId::parse(&id).ok_or_else(ApiError::unknown_story)?;

    Ok((id.0.to_string(), part))
}

/// Take the newest change of a book back: what was rewritten, continued, or made of a fact.
#[utoipa::path(post, path = "/api/stories/{id}/undo", tag = "books",
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 400, description = "Nothing was changed", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody)))]
pub(crate) async fn undo_change(
    door: Door<UndoChange>,
    StoryId(id): StoryId,
) -> Result<Answer<StoryBegun>, ApiError> {
    let request = UndoChangeRequest {
        id: id.to_string(),
        worker_share: None,
    };
    let story = door.perform(UndoChange(request)).await?;

    Ok(Answer(story.into()))
}

/// Whether a finding is meant to be so.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingBody {
    intended: bool,
}

/// Say that a finding is meant to be so: there are liars, and narrators who err.
#[utoipa::path(put, path = "/api/stories/{id}/findings/{finding}", tag = "books", request_body = FindingBody,
    params(("id" = String, Path, description = "Story id"), ("finding" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The book", body = BookView),
        (status = 404, description = "No such fiction story or finding, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn waive_finding(
    door: Door<WaiveFinding>,
    path: Result<Path<(String, String)>, PathRejection>,
    Json(body): Json<FindingBody>,
) -> Result<Answer<BookView>, ApiError> {
    let (id, finding) = parse_part(path)?;
    let request = WaiveFindingRequest {
        id,
        finding,
        intended: body.intended,
    };

    view_book(door.perform(WaiveFinding(request)).await?)
}

/// Who reads.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NarrateBody {
    /// Default: Rachel.
    voice: Option<Voice>,
}

/// Have a book read aloud. Its story has `audio_url` and `audio_chunks`, one a chapter, when that is done.
#[utoipa::path(post, path = "/api/stories/{id}/narrate", tag = "books", request_body = Option<NarrateBody>,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 409, description = "It is being worked on", body = ErrorBody),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn narrate_story(
    door: Door<NarrateStory>,
    StoryId(id): StoryId,
    body: Option<Json<NarrateBody>>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let voice = body.unwrap_or_default().0.voice;
    let request = NarrateStoryRequest {
        id: id.to_string(),
        voice: v1::Voice::number(voice.map(Into::into)),
        worker_share: None,
    };
    let story = door.perform(NarrateStory(request)).await?;

    Ok(Answer(story.into()))
}
