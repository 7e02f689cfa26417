//! Books over REST: begun from a prompt, read, asked and answered; what their owners change (`change`); what they lay down (`bible`).

pub(crate) mod bible;
pub(crate) mod change;
pub(crate) mod export;
pub(crate) mod import;

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{
    AnswerStoryRequest, AskLedgerRequest, Book, CreateFictionStoryRequest, GetBookRequest,
    answer_story_request::Reply,
};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use utoipa::{IntoParams, ToSchema};

use super::answers::Invalid;
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, IdempotencyKey, Json, Query, StoryId, Switch},
    operation::books::{AnswerStory, AskLedger, BeginStory, GetBook},
    view::lekh::books::{BookView, StoryBegun},
};

/// What to write. Only the prompt is required. Names may be written in camelCase too.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "prompt": "A lighthouse keeper finds a letter that was never sent.", "genres": ["mystery"] }))]
pub(crate) struct BeginStoryBody {
    /// At most 8000 characters: people, places, things, a time, a mood.
    pub(crate) prompt: String,
    /// At most 10, each at most 100 characters.
    #[serde(default)]
    pub(crate) genres: Vec<String>,
    /// 1 to 60; default: 8.
    pub(crate) chapters: Option<u32>,
    /// 100 to 5000; default: 1200.
    #[serde(alias = "wordsPerChapter")]
    pub(crate) words_per_chapter: Option<u32>,
    /// The same prompt, genres and seed make the same book; default: another one each time.
    pub(crate) seed: Option<u64>,
    /// The series that it is of, as you call it: what you have laid down for that counts for it. At most 100 characters.
    pub(crate) series: Option<String>,
}

/// Write a story from a prompt.
///
/// It is queued when this answers. It may ask its author something first (`control_state.agent_question`), and can be read
/// while it is written.
#[utoipa::path(post, path = "/api/stories", tag = "books", request_body = BeginStoryBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters")),
    responses(
        (status = 200, description = "It is queued", body = StoryBegun),
        (status = 409, description = "The idempotency key was used for another request", body = ErrorBody),
        Invalid))]
pub(crate) async fn begin_story(
    door: Door<BeginStory>,
    key: IdempotencyKey,
    Json(body): Json<BeginStoryBody>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let request = CreateFictionStoryRequest {
        prompt: body.prompt,
        genres: body.genres,
        chapters: body.chapters,
        words_per_chapter: body.words_per_chapter,
        seed: body.seed,
        series: body.series,
        idempotency_key: key.into_text(),
        worker_share: None,
    };
    let story = door.perform(BeginStory(request)).await?;

    Ok(Answer(story.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BookQuery {
    /// The paragraphs of all scenes too.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    prose: Switch,
}

/// The book of a story, as far as it has come: outline, cast, scenes, findings, promises that are open.
#[utoipa::path(get, path = "/api/stories/{id}/book", tag = "books",
    params(("id" = String, Path, description = "Story id"), BookQuery),
    responses(
        (status = 200, description = "The book", body = BookView),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody)))]
pub(crate) async fn get_book(
    door: Door<GetBook>,
    StoryId(id): StoryId,
    Query(query): Query<BookQuery>,
) -> Result<Answer<BookView>, ApiError> {
    let request = GetBookRequest {
        id: id.to_string(),
        with_prose: query.prose.0,
        chapter: None,
    };

    view_book(door.perform(GetBook(request)).await?)
}

/// One chapter with its prose.
#[utoipa::path(get, path = "/api/stories/{id}/chapters/{chapter}", tag = "books",
    params(("id" = String, Path, description = "Story id"), ("chapter" = u32, Path, description = "From 1")),
    responses(
        (status = 200, description = "The book with the scenes of this chapter only", body = BookView),
        (status = 404, description = "No such fiction story or chapter, or not yours", body = ErrorBody)))]
pub(crate) async fn get_chapter(
    door: Door<GetBook>,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Answer<BookView>, ApiError> {
    let (id, chapter) = parse_chapter(path)?;
    let request = GetBookRequest {
        id,
        with_prose: true,
        chapter: Some(chapter),
    };

    view_book(door.perform(GetBook(request)).await?)
}

/// Story and chapter of a path.
fn parse_chapter(path: Result<Path<(String, String)>, PathRejection>) -> Result<(String, u32), ApiError> {
    let unknown = || ApiError::not_found("There is no such chapter.");
    let Path((id, chapter)) = path.map_err(|_| unknown())?;
    let id = StoryId::parse(&id).ok_or_else(ApiError::unknown_story)?;
    let chapter = chapter.parse().ok().filter(|number| *number > 0);

    Ok((id.0.to_string(), chapter.ok_or_else(unknown)?))
}

fn view_book(book: Book) -> Result<Answer<BookView>, ApiError> {
    let id = book.story_id.clone();
    BookView::new(book).map(Answer).map_err(|err| {
        tracing::error!(story = id, %err, "a part of a book is not what it should be");
        ApiError::internal()
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerQuery {
    /// The key of a character: what it knows, holds and wears, and where it is.
    character: Option<String>,
    /// The key of a scene.
    at: Option<String>,
    /// When the scene has ended, and not when it begins.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    after: Switch,
    /// The key of a fact, instead of the others: what it says, and the scenes that go by it.
    fact: Option<String>,
}

/// Ask what the book remembers.
#[utoipa::path(get, path = "/api/stories/{id}/ledger", tag = "books",
    params(("id" = String, Path, description = "Story id"), LedgerQuery),
    responses(
        (status = 200, description = "The state of the character, or the fact with its `dependents`", body = Object),
        (status = 404, description = "No such story, scene or fact, or not yours", body = ErrorBody)))]
pub(crate) async fn ask_ledger(
    door: Door<AskLedger>,
    StoryId(id): StoryId,
    Query(query): Query<LedgerQuery>,
) -> Result<Answer<Box<RawValue>>, ApiError> {
    let request = AskLedgerRequest {
        id: id.to_string(),
        character: query.character.unwrap_or_default(),
        scene: query.at.unwrap_or_default(),
        after: query.after.0,
        fact: query.fact.unwrap_or_default(),
    };
    let answer = door.perform(AskLedger(request)).await?.answer;

    RawValue::from_string(answer)
        .map(Answer)
        .map_err(|_| ApiError::internal())
}

/// The answer to a question of the book's, or no answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "answer": "first" }))]
pub(crate) struct RespondBody {
    /// What fits the question's `response_schema`.
    #[serde(default, deserialize_with = "keep_null")]
    #[schema(value_type = Option<Object>)]
    answer: Option<Value>,
    /// Which question; default: the oldest open one.
    #[serde(alias = "questionId")]
    question_id: Option<String>,
    /// True: it is not answered, and its default is taken.
    #[serde(default)]
    decline: bool,
}

/// A null that was sent is an answer; only what was not sent is none.
fn keep_null<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Answer what a book asks its author, or decline to.
#[utoipa::path(post, path = "/api/stories/{id}/respond", tag = "books", request_body = RespondBody,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "The book goes on", body = StoryBegun),
        (status = 404, description = "No such fiction story or question, or not yours", body = ErrorBody),
        (status = 409, description = "The question was answered already, or none is open", body = ErrorBody),
        Invalid))]
pub(crate) async fn respond_to_story(
    door: Door<AnswerStory>,
    StoryId(id): StoryId,
    Json(body): Json<RespondBody>,
) -> Result<Answer<StoryBegun>, ApiError> {
    let request = AnswerStoryRequest {
        id: id.to_string(),
        question_id: body.question_id,
        reply: Some(parse_reply(body.answer, body.decline)?),
    };
    let story = door.perform(AnswerStory(request)).await?;

    Ok(Answer(story.into()))
}

/// Exactly one of the two.
pub(crate) fn parse_reply(answer: Option<Value>, decline: bool) -> Result<Reply, ApiError> {
    match (answer, decline) {
        (None, true) => Ok(Reply::Decline(true)),
        (Some(answer), false) => Ok(Reply::Answer(answer.to_string())),
        (Some(_), true) => {
            let expected = "expected no answer to what is declined";
            Err(ApiError::field("answer", "value_error", expected))
        }
        (None, false) => Err(ApiError::field("answer", "missing", "this field is required")),
    }
}
