//! Manuscripts over REST: the body is the file as it is.

use std::sync::Arc;

use axum::{
    Json as Answer,
    extract::{FromRequest, Request},
};
use proto::v1::{self, ImportStoryRequest};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Query, body},
    operation::books::ImportStory,
    rest::answers::Invalid,
    view::lekh::books::StoryBegun,
};

/// Larger manuscripts are refused here already.
const MANUSCRIPT_BYTES: usize = 5 << 20;

/// What a manuscript is written in.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ManuscriptFormat {
    Markdown,
    Text,
    Epub,
}

impl ManuscriptFormat {
    pub(crate) const fn as_proto(self) -> v1::BookFormat {
        match self {
            Self::Markdown => v1::BookFormat::Markdown,
            Self::Text => v1::BookFormat::Text,
            Self::Epub => v1::BookFormat::Epub,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ManuscriptQuery {
    /// Default: known by the bytes.
    #[param(inline)]
    format: Option<ManuscriptFormat>,
    /// At most 200 characters; default: the manuscript's own.
    title: Option<String>,
    /// Of what kind it is, for what is written when it goes on.
    genre: Option<String>,
}

/// The bytes of a body, whatever type it says that it has.
pub(crate) struct Manuscript(Vec<u8>);

impl FromRequest<Arc<App>> for Manuscript {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let time = app.config.request_timeout();
        let bytes = body(request.into_body(), MANUSCRIPT_BYTES, time).await?;

        Ok(Self(bytes.into()))
    }
}

/// Make a book of a manuscript: Markdown, plain text or EPUB, as the body of the request.
///
/// Its chapters and scenes stay as they are. A run reads who is in them; then it can be gone on with like any other book. What is no
/// book (no headings of chapters, the same number twice) is refused with what it is.
#[utoipa::path(post, path = "/api/stories/import", tag = "books", params(ManuscriptQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "At most 5 MiB"),
    responses(
        (status = 200, description = "It is being read", body = StoryBegun),
        (status = 413, description = "It is larger than 5 MiB", body = ErrorBody),
        Invalid))]
pub(crate) async fn import_story(
    door: Door<ImportStory>,
    Query(query): Query<ManuscriptQuery>,
    Manuscript(bytes): Manuscript,
) -> Result<Answer<StoryBegun>, ApiError> {
    let format = query
        .format
        .map_or(v1::BookFormat::Unspecified, ManuscriptFormat::as_proto);
    let request = ImportStoryRequest {
        manuscript: bytes,
        format: format.into(),
        title: query.title,
        genres: query.genre.into_iter().collect(),
        worker_share: None,
    };
    let story = door.perform(ImportStory(request)).await?;

    Ok(Answer(story.into()))
}
