//! How GraphQL travels: one address, `/graphql`, for GET and POST, batches, event streams, multipart streams and
//! WebSocket. Finds out who asks, counts, bounds the time, and hands to the engine what was sent; how that is read and
//! written is `gql::transport`'s.

mod batch;
mod delivery;
mod http;
mod negotiate;
mod refusal;
mod socket;

use std::sync::Arc;

use ::http::{HeaderMap, header, request::Parts};
use axum::{
    extract::{
        Request, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
    routing::{MethodRouter, get},
};

use gql::transport::{RequestBody, read_body, read_query_string};

use self::http::HttpExchange;
pub(crate) use self::refusal::RefusalFormat;
use crate::{app::App, error::ApiError, extract, operation::Price};

/// Where GraphQL is.
pub(crate) const PATH: &str = "/graphql";

/// GET, HEAD, POST and WebSocket. Streams last, so the time limit of other routes must not be around this one; queries
/// and mutations are bounded in here.
pub(crate) fn route() -> MethodRouter<Arc<App>> {
    get(over_get).post(over_post)
}

/// A query in the query string, or a WebSocket.
async fn over_get(
    State(app): State<Arc<App>>,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    parts: Parts,
) -> Result<Response, ApiError> {
    match socket {
        Ok(socket) => {
            let _ = extract::count(&parts, &app, Price::STANDARD).await?;
            socket::open(app, socket, parts)
        }
        Err(_) if parts.headers.contains_key(header::UPGRADE) => Err(ApiError::upgrade_required()),
        Err(_) => {
            let _ = extract::count(&parts, &app, Price::POLL).await?;
            let incoming = read_query_string(parts.uri.query().unwrap_or_default())?;
            HttpExchange::begin(&app, parts).await?.answer(incoming).await
        }
    }
}

/// One request, or a batch of them, as JSON.
async fn over_post(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    // Before anything is read; what does more than a poll is counted again as that.
    let _ = extract::count(&parts, &app, Price::POLL).await?;
    if !is_utf8_json(&parts.headers) {
        return Err(ApiError::unsupported_media_type());
    }

    let (limit, time) = (app.config.body_limit_bytes, app.config.request_timeout());
    let bytes = extract::body(body, limit, time).await?;
    let most = app.config.graphql.batch_requests;
    let read = read_body(&bytes, most)?;
    drop(bytes);

    let exchange = HttpExchange::begin(&app, parts).await?;
    match read {
        RequestBody::One(incoming) => exchange.answer(incoming).await,
        RequestBody::Many(batch) => batch::answer(exchange, batch).await,
    }
}

/// Only JSON is taken: what a form of a page can send without being asked first (`text/plain`, form data) never is.
fn is_utf8_json(headers: &HeaderMap) -> bool {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = text.split(';').map(str::trim);
    let is_json = parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let mut charsets = parts.filter_map(|parameter| parameter.split_once('='));

    is_json
        && charsets.all(|(name, value)| {
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}
