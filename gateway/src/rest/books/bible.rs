//! Bibles over REST: what authors lay down for a series, a book, a chapter or a scene, and what of it counts in a scene.

use axum::Json as Answer;
use proto::v1::{AskBibleRequest, GetBibleRequest, PutBibleRequest};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, StoryId},
    operation::books::{AskBible, GetBible, PutBible},
    rest::answers::Invalid,
    view::lekh::bible::{BibleEntryView, BibleView, LaidDownView},
};

/// What is laid down for a book of yours, and for its series.
#[utoipa::path(get, path = "/api/stories/{id}/bible", tag = "books",
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "All of it", body = BibleView),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody)))]
pub(crate) async fn get_bible(
    door: Door<GetBible>,
    StoryId(id): StoryId,
) -> Result<Answer<BibleView>, ApiError> {
    let request = GetBibleRequest { id: id.to_string() };
    let bible = door.perform(GetBible(request)).await?;

    Ok(Answer(bible.into()))
}

/// All that is to be laid down.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BibleBody {
    /// The series that the book is of, as you call it; default: none. At most 100 characters.
    series: Option<String>,
    /// At most 500.
    entries: Vec<BibleEntryView>,
}

/// Lay down what counts in a book of yours, in place of what was laid down before.
///
/// Entries of the level `series` count for all books of that series, and take the place of what those have. The prose that is there
/// stays; what is written from now on goes by it. A run checks this book against it at once, and another book of the series when it is
/// next worked at.
#[utoipa::path(put, path = "/api/stories/{id}/bible", tag = "books", request_body = BibleBody,
    params(("id" = String, Path, description = "Story id")),
    responses(
        (status = 200, description = "All of it, as it counts now", body = BibleView),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_bible(
    door: Door<PutBible>,
    StoryId(id): StoryId,
    Json(body): Json<BibleBody>,
) -> Result<Answer<BibleView>, ApiError> {
    let request = PutBibleRequest {
        id: id.to_string(),
        series: body.series,
        entries: body.entries.into_iter().map(Into::into).collect(),
        worker_share: None,
    };
    let bible = door.perform(PutBible(request)).await?;

    Ok(Answer(bible.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LaidDownQuery {
    /// The key of a scene of the outline.
    scene: String,
    /// Only what is about this.
    subject: Option<String>,
}

/// What counts in a scene: of each subject and property the nearest of series, book, chapter and scene.
#[utoipa::path(get, path = "/api/stories/{id}/bible/at", tag = "books",
    params(("id" = String, Path, description = "Story id"), LaidDownQuery),
    responses(
        (status = 200, description = "What counts there", body = LaidDownView),
        (status = 404, description = "No such fiction story or scene, or not yours", body = ErrorBody)))]
pub(crate) async fn ask_bible(
    door: Door<AskBible>,
    StoryId(id): StoryId,
    Query(query): Query<LaidDownQuery>,
) -> Result<Answer<LaidDownView>, ApiError> {
    let request = AskBibleRequest {
        id: id.to_string(),
        scene: query.scene,
        subject: query.subject,
    };
    let laid = door.perform(AskBible(request)).await?;

    Ok(Answer(laid.into()))
}
