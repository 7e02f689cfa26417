//! GraphiQL at `/graphiql`: from the files that `graphiql/bundle` made, which are part of the binary, or else from a public
//! CDN with pinned versions and integrity hashes. Shown to whom `gateway.graphql.graphiql` says; for others it is not there.

use std::sync::Arc;

use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use http::{HeaderValue, request::Parts};
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

/// The same, and the three packages of that CDN in just these versions.
const CDN_POLICY: &str = "default-src 'none'; \
     script-src 'self' https://unpkg.com/react@18.3.1/ https://unpkg.com/react-dom@18.3.1/ \
     https://unpkg.com/graphiql@4.1.2/; \
     style-src 'self' 'unsafe-inline' https://unpkg.com/graphiql@4.1.2/; img-src 'self' data:; font-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = "index.html";
const CDN_PAGE: &str = include_str!("graphiql/cdn.html");
const FRAME: File = File::text("frame.css", include_str!("graphiql/frame.css"));

/// GraphiQL and who may see it.
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
    let (policy, own) = if bundled.is_empty() {
        let start = File::text("cdn.js", include_str!("graphiql/cdn.js"));
        (CDN_POLICY, vec![File::text(PAGE, CDN_PAGE), start])
    } else {
        let page = include_str!("graphiql/bundled.html");
        (BUNDLED_POLICY, vec![File::text(PAGE, page)])
    };
    let policy = HeaderValue::from_static(policy);

    Files::new(
        policy,
        own.into_iter().chain([FRAME]).chain(bundled.iter().copied()),
    )
}

/// The page that loads GraphiQL from the CDN and its Content-Security-Policy, whatever was bundled; for tests.
#[must_use]
pub fn graphiql_on_cdn() -> (&'static str, &'static str) {
    (CDN_PAGE, CDN_POLICY)
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

async fn answer(app: &App, name: &str, parts: &Parts) -> Result<Response, ApiError> {
    let asker = app.identity.identify(&parts.headers, &parts.extensions).await;
    // Whoever could not be identified is nobody in particular.
    let actor = asker.map_or_else(|_| Actor::guest(Uuid::nil()), |asker| asker.actor);
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
