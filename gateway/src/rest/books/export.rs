//! Books as files over REST.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use proto::v1::{self, ExportBookRequest};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{Door, Query, StoryId},
    operation::books::ExportBook,
};

/// Where it is told how many findings are open.
const OPEN_FINDINGS: HeaderName = HeaderName::from_static("x-open-findings");

/// What a book is written down as.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ExportFormat {
    #[default]
    Markdown,
    Epub,
    Docx,
    Text,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Default: markdown.
    #[serde(default)]
    #[param(value_type = Option<ExportFormat>)]
    format: ExportFormat,
}

/// A book as a file, as far as it is written. Findings that are open stand at its end.
#[utoipa::path(get, path = "/api/stories/{id}/export", tag = "books",
    params(("id" = String, Path, description = "Story id"), ExportQuery),
    responses(
        (status = 200, description = "The file; `X-Open-Findings` says how many are open", content(
            (String = "text/markdown"),
            (String = "text/plain"),
            (Vec<u8> = "application/epub+zip"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"))),
        (status = 400, description = "Nothing of it is written", body = ErrorBody),
        (status = 404, description = "No such fiction story, or not yours", body = ErrorBody)))]
pub(crate) async fn export_book(
    State(app): State<Arc<App>>,
    door: Door<ExportBook>,
    StoryId(id): StoryId,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let (format, extension) = match query.format {
        ExportFormat::Markdown => (v1::BookFormat::Markdown, "md"),
        ExportFormat::Epub => (v1::BookFormat::Epub, "epub"),
        ExportFormat::Docx => (v1::BookFormat::Docx, "docx"),
        ExportFormat::Text => (v1::BookFormat::Text, "txt"),
    };
    let request = ExportBookRequest {
        id: id.to_string(),
        format: format.into(),
    };
    let exported = door.perform(ExportBook(request)).await?;

    let found = app.blobs.get(&exported.key, None).await.map_err(|error| {
        tracing::error!(story = %id, %error, "an exported book could not be read");
        ApiError::internal()
    })?;
    let blob = found.ok_or_else(ApiError::internal)?;
    let name = format!("attachment; filename=\"book-{id}.{extension}\"");
    let headers = [
        (header::CONTENT_TYPE, read_header(&exported.content_type)),
        (header::CONTENT_DISPOSITION, read_header(&name)),
        (OPEN_FINDINGS, HeaderValue::from(exported.open_findings)),
    ];

    Ok((headers, Body::from_stream(blob.stream)).into_response())
}

fn read_header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
