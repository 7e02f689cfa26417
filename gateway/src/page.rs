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
    config::Exposure,
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
const INDEX_TEXT: &str = include_str!("page/index.html");

/// What the index says of the explorer, until it is known to whom that is shown.
const EXPLORER: &str = "data-explorer=\"everybody\"";
/// The place of the link to the source, which is shown where Cargo.toml says where that is.
const SOURCE: &str = "href=\"#source\" id=\"to-source\" hidden";

/// What the page consists of, beside the index.
const FILES: &[File] = &[
    File::text("account.css", include_str!("page/account.css")),
    File::text("account.js", include_str!("page/account.js")),
    File::text("address.js", include_str!("page/address.js")),
    File::text("api.js", include_str!("page/api.js")),
    File::text("app.js", include_str!("page/app.js")),
    File::text("book.css", include_str!("page/book.css")),
    File::text("bible.js", include_str!("page/bible.js")),
    File::text("book.js", include_str!("page/book.js")),
    File::text("chat.css", include_str!("page/chat.css")),
    File::text("chat.js", include_str!("page/chat.js")),
    File::text(CONFIRM, include_str!("page/confirm.html")),
    File::text("confirm.js", include_str!("page/confirm.js")),
    File::text("dom.js", include_str!("page/dom.js")),
    File::text("factor.js", include_str!("page/factor.js")),
    File::text("fields.js", include_str!("page/fields.js")),
    File::text("fiction.js", include_str!("page/fiction.js")),
    File::text("form.js", include_str!("page/form.js")),
    File::text("graph.js", include_str!("page/graph.js")),
    File::text("home.js", include_str!("page/home.js")),
    File::text("icon.svg", include_str!("page/icon.svg")),
    File::text("keeping.js", include_str!("page/keeping.js")),
    File::text("live.js", include_str!("page/live.js")),
    File::text("menus.js", include_str!("page/menus.js")),
    File::text("picture.js", include_str!("page/picture.js")),
    File::text("player.js", include_str!("page/player.js")),
    File::text("queries.js", include_str!("page/queries.js")),
    File::binary("sample.mp3", include_bytes!("page/sample.mp3")),
    File::text("samples.js", include_str!("page/samples.js")),
    File::text("session.js", include_str!("page/session.js")),
    File::text("signin.js", include_str!("page/signin.js")),
    File::text("socket.js", include_str!("page/socket.js")),
    File::text("story.css", include_str!("page/story.css")),
    File::text("story.js", include_str!("page/story.js")),
    File::text("style.css", include_str!("page/style.css")),
    File::text("theme.js", include_str!("page/theme.js")),
    File::text("told.js", include_str!("page/told.js")),
    File::text("transcript.js", include_str!("page/transcript.js")),
    File::text("workflow.css", include_str!("page/workflow.css")),
    File::text("workflow.js", include_str!("page/workflow.js")),
    File::text("workflows.js", include_str!("page/workflows.js")),
    File::text("words.js", include_str!("page/words.js")),
];

/// `explorer`: who may open `/graphiql`, so that nobody is shown a link that leads nowhere.
pub(crate) fn files(explorer: Exposure, development: bool) -> Files {
    let index = File::from_text(
        INDEX,
        write_index(explorer, development, env!("CARGO_PKG_REPOSITORY")),
    );
    Files::new(POLICY, FILES.iter().cloned().chain([index]))
}

fn write_index(explorer: Exposure, development: bool, source: &str) -> String {
    let open_to = match explorer {
        Exposure::On => "everybody",
        Exposure::Auto if development => "everybody",
        Exposure::Auto => "accounts",
        Exposure::Off => "nobody",
    };
    let text = INDEX_TEXT.replace(EXPLORER, &format!("data-explorer=\"{open_to}\""));
    if source.is_empty() {
        return text;
    }

    text.replace(
        SOURCE,
        &format!("href=\"{source}\" id=\"to-source\" rel=\"noopener\""),
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explorer_is_linked_for_whom_it_is_there() {
        for (exposure, development, told) in [
            (Exposure::Auto, true, "everybody"),
            (Exposure::Auto, false, "accounts"),
            (Exposure::On, false, "everybody"),
            (Exposure::Off, true, "nobody"),
        ] {
            let index = write_index(exposure, development, "");

            assert!(
                index.contains(&format!("data-explorer=\"{told}\"")),
                "{exposure:?} {development}"
            );
        }
    }

    #[test]
    fn the_source_is_linked_where_it_is_known() {
        let index = write_index(Exposure::On, true, "https://example.org/saga");

        assert!(index.contains("href=\"https://example.org/saga\" id=\"to-source\" rel"));
        assert!(write_index(Exposure::On, true, "").contains("id=\"to-source\" hidden"));
    }
}
