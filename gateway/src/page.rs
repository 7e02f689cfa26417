//! The page at `/`, for people. Its files are part of the binary; it speaks GraphQL to `/graphql` like any frontend and asks
//! no other host.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, HeaderValue};

use crate::{
    app::App,
    assets::{File, Files},
    error::ApiError,
};

/// Everything from here and nothing inline. Text never becomes markup: no script may even try (`trusted-types`).
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'",
);

const INDEX: &str = "index.html";
/// Where links of mail lead, and who signs in with a provider and has a second factor.
const CONFIRM: &str = "confirm.html";

/// What the page consists of.
const FILES: &[File] = &[
    File::text(INDEX, include_str!("page/index.html")),
    File::text("account.css", include_str!("page/account.css")),
    File::text("account.js", include_str!("page/account.js")),
    File::text(CONFIRM, include_str!("page/confirm.html")),
    File::text("confirm.js", include_str!("page/confirm.js")),
    File::text("api.js", include_str!("page/api.js")),
    File::text("app.js", include_str!("page/app.js")),
    File::text("dom.js", include_str!("page/dom.js")),
    File::text("form.js", include_str!("page/form.js")),
    File::text("home.js", include_str!("page/home.js")),
    File::text("icon.svg", include_str!("page/icon.svg")),
    File::text("live.js", include_str!("page/live.js")),
    File::text("player.js", include_str!("page/player.js")),
    File::text("queries.js", include_str!("page/queries.js")),
    File::text("session.js", include_str!("page/session.js")),
    File::text("signin.js", include_str!("page/signin.js")),
    File::text("socket.js", include_str!("page/socket.js")),
    File::text("story.css", include_str!("page/story.css")),
    File::text("story.js", include_str!("page/story.js")),
    File::text("style.css", include_str!("page/style.css")),
    File::text("theme.js", include_str!("page/theme.js")),
    File::text("transcript.js", include_str!("page/transcript.js")),
    File::text("words.js", include_str!("page/words.js")),
];

pub(crate) fn files() -> Files {
    Files::new(POLICY, FILES.iter().copied())
}

pub(crate) async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    app.page.answer(INDEX, &headers)
}

pub(crate) async fn confirm(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, ApiError> {
    app.page.answer(CONFIRM, &headers)
}

pub(crate) async fn file(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    app.page.answer(&name, &headers)
}
