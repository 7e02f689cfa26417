//! The explorer at `/graphiql`: GraphiQL, from the files that `graphiql/bundle` made before the build, or else a small one of
//! our own. Both are part of the binary and ask no other host. Shown to whom `gateway.graphql.graphiql` says; for others it is
//! not there.

use std::{borrow::Cow, sync::Arc};

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header, request::Parts};
use kit::actor::Actor;
use uuid::Uuid;

use crate::{
    app::App,
    assets::{File, Files},
    config::Exposure,
    error::ApiError,
};

/// Made by `build.rs`; empty when nothing was bundled.
const BUNDLED: &[File] = include!(concat!(env!("OUT_DIR"), "/graphiql.rs"));

/// Scripts from here alone. The editor writes style elements as it goes, so styles may be inline; its fonts and icons are
/// `data:` inside its style sheet.
const BUNDLED_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Nothing inline at all, and no markup out of text.
const OWN_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const PAGE: &str = "index.html";
const FRAME: File = File::text("frame.css", include_str!("graphiql/frame.css"));

/// The explorer of our own.
const OWN: &[File] = &[
    File::text(PAGE, include_str!("explorer/index.html")),
    File::text("browser.js", include_str!("explorer/browser.js")),
    File::text("complete.js", include_str!("explorer/complete.js")),
    File::text("editor.js", include_str!("explorer/editor.js")),
    File::text("explorer.css", include_str!("explorer/explorer.css")),
    File::text("explorer.js", include_str!("explorer/explorer.js")),
    File::text("history.js", include_str!("explorer/history.js")),
    File::text("language.js", include_str!("explorer/language.js")),
    File::text("run.js", include_str!("explorer/run.js")),
    File::text("schema.js", include_str!("explorer/schema.js")),
];

/// The explorer and who may see it.
pub(crate) struct Graphiql {
    files: Files,
    exposure: Exposure,
    development: bool,
}

impl Graphiql {
    pub(crate) fn new(exposure: Exposure, development: bool) -> Self {
        Self {
            files: files(BUNDLED),
            exposure,
            development,
        }
    }
}

fn files(bundled: &[File]) -> Files {
    if bundled.is_empty() {
        return Files::new(HeaderValue::from_static(OWN_POLICY), OWN.iter().cloned());
    }

    let own = [File::text(PAGE, include_str!("graphiql/bundled.html")), FRAME];
    Files::new(
        HeaderValue::from_static(BUNDLED_POLICY),
        own.into_iter().chain(bundled.iter().cloned()),
    )
}

/// The page of our own explorer, its Content-Security-Policy and its other files by name, whatever was bundled; for tests.
#[must_use]
pub fn read_own_explorer() -> (&'static str, Vec<(&'static str, Cow<'static, [u8]>)>) {
    let files = OWN.iter().map(|file| (file.name, file.bytes.clone()));
    (OWN_POLICY, files.collect())
}

pub(crate) async fn page(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, ApiError> {
    answer(&app, PAGE, &parts).await
}

pub(crate) async fn file(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
    parts: Parts,
) -> Result<Response, ApiError> {
    let name = name.map_or_else(|_| String::new(), |Path(name)| name);
    answer(&app, &name, &parts).await
}

/// The schema as text, for whom introspection is open.
pub(crate) async fn schema_text(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, ApiError> {
    let actor = identify(&app, &parts).await;
    let open = app.config.graphql.introspection;
    if !open.open_to(app.development, &actor) {
        return Err(ApiError::not_found("There is nothing at this address."));
    }

    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, super::sdl()).into_response())
}

/// Whoever could not be identified is nobody in particular.
async fn identify(app: &App, parts: &Parts) -> Actor {
    let asker = app.identity.identify(&parts.headers, &parts.extensions).await;
    asker.map_or_else(|_| Actor::guest(Uuid::nil()), |asker| asker.actor)
}

async fn answer(app: &App, name: &str, parts: &Parts) -> Result<Response, ApiError> {
    let actor = identify(app, parts).await;
    let Graphiql {
        files,
        exposure,
        development,
    } = &app.graphiql;
    if !exposure.open_to(*development, &actor) {
        return Err(ApiError::not_found("There is nothing at this address."));
    }

    files.answer(name, &parts.headers)
}
