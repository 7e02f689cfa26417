//! A JSON body: size, media type, syntax and shape are checked here, each with its own status.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRequest, OptionalFromRequest, Request},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{HeaderMap, header};
use http_body::Body as _;
use kit::Problem;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::decode;
use crate::{
    answer_notes::AnswerNotes,
    app::App,
    error::{ApiError, FieldError},
};

/// The longest body that goes to a service as it came.
const TEXT_BYTES: usize = 3 << 20;

/// A body of JSON as it came, which may be larger than others: what is in it is the service's to judge.
pub(crate) struct JsonText(pub(crate) String);

impl FromRequest<Arc<App>> for JsonText {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::unsupported_media_type());
        }

        let time = app.config.request_timeout();
        let bytes = body(request.into_body(), TEXT_BYTES, time).await?;
        serde_json::from_slice::<IgnoredAny>(&bytes).map_err(|err| tell_syntax(&bytes, &err))?;
        let text = String::from_utf8(bytes.into());

        text.map(Self)
            .map_err(|_| ApiError::malformed("The body is not UTF-8."))
    }
}

/// A checked body. How its sender wrote the names is noted for refusals.
#[derive(Default)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Arc<App>> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::unsupported_media_type());
        }
        let notes = AnswerNotes::find(request.extensions());
        Self::parse(&whole(request, app).await?, &notes)
    }
}

/// A body that may be missing: none was sent, or nothing is in it.
impl<T: DeserializeOwned> OptionalFromRequest<Arc<App>> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Option<Self>, ApiError> {
        let declared = is_json(request.headers());
        let notes = AnswerNotes::find(request.extensions());
        let bytes = whole(request, app).await?;
        match (bytes.is_empty(), declared) {
            (true, _) => Ok(None),
            (false, true) => Self::parse(&bytes, &notes).map(Some),
            (false, false) => Err(ApiError::unsupported_media_type()),
        }
    }
}

impl<T: DeserializeOwned> Json<T> {
    fn parse(bytes: &Bytes, notes: &AnswerNotes) -> Result<Self, ApiError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|err| tell_syntax(bytes, &err))?;
        let spelling = Spelling::of(&value);
        let value = decode(value).map_err(|field| spelling.refuse(vec![field]))?;
        notes.note_spelling(spelling);
        Ok(Self(value))
    }
}

async fn whole(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let (limit, time) = (app.config.body_limit_bytes, app.config.request_timeout());
    body(request.into_body(), limit, time).await
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let text = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();

    let essence = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();

    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

pub(super) fn tell_syntax(bytes: &[u8], err: &serde_json::Error) -> ApiError {
    if bytes.is_empty() {
        return ApiError::malformed("The body is empty; a JSON object was expected.");
    }

    // Line and column only: serde_json's sentence is not meant for the one who wrote the JSON.
    ApiError::malformed(format!(
        "The body is not JSON: see line {}, column {}.",
        err.line(),
        err.column()
    ))
}

/// A whole body of at most `limit` bytes that arrives within `time`.
pub(crate) async fn body(body: Body, limit: usize, time: Duration) -> Result<Bytes, ApiError> {
    tokio::time::timeout(time, read(body, limit))
        .await
        .map_err(|_| ApiError::request_timeout())?
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    if body.size_hint().lower() > limit as u64 {
        return Err(ApiError::too_large(limit));
    }

    let mut stream = body.into_data_stream();
    let mut whole = BytesMut::new();
    while let Some(part) = stream.next().await {
        let part = part.map_err(|_| ApiError::malformed("The body ended before it was complete."))?;
        if whole.len() + part.len() > limit {
            return Err(ApiError::too_large(limit));
        }
        whole.extend_from_slice(&part);
    }

    Ok(whole.freeze())
}

/// The names at the top of a body as the caller wrote them, by their snake_case form: services name fields in
/// snake_case, and a refusal should name what the caller can find in the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spelling(HashMap<String, String>);

impl Spelling {
    fn of(value: &Value) -> Self {
        let names = value.as_object().into_iter().flat_map(|fields| fields.keys());
        Self(names.map(|name| (snake_case(name), name.clone())).collect())
    }

    /// A service's refusal, with the caller's names.
    pub(crate) fn problem(&self, mut problem: Problem) -> Problem {
        for violation in &mut problem.fields {
            violation.field = self.written(&violation.field);
        }
        problem
    }

    fn refuse(&self, mut fields: Vec<FieldError>) -> ApiError {
        for field in &mut fields {
            field.field = self.written(&field.field);
        }
        ApiError::fields(fields)
    }

    fn written(&self, path: &str) -> String {
        let (first, rest) = path
            .split_once('.')
            .map_or((path, None), |(first, rest)| (first, Some(rest)));
        let first = self.0.get(&snake_case(first)).map_or(first, String::as_str);
        rest.map_or_else(|| first.to_owned(), |rest| format!("{first}.{rest}"))
    }
}

fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use kit::FieldViolation;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_services_field_is_named_as_the_caller_wrote_it() {
        let spelling = Spelling::of(&json!({ "repoUrl": "x", "focus_areas": [] }));
        let fields =
            ["repo_url", "focus_areas.2", "duration_minutes"].map(|name| FieldViolation::new(name, "x"));
        let problem = spelling.problem(Problem::invalid("R", "m", fields.to_vec()));
        let names: Vec<_> = problem.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(names, ["repoUrl", "focus_areas.2", "duration_minutes"]);
    }

    #[test]
    fn only_json_media_types_are_taken() {
        let check = |text: &str| {
            is_json(&HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                text.parse().unwrap(),
            )]))
        };
        for fine in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
        ] {
            assert!(check(fine), "{fine}");
        }

        for wrong in [
            "text/json",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "",
        ] {
            assert!(!check(wrong), "{wrong}");
        }

        assert!(!is_json(&HeaderMap::new()));
    }
}
