//! What went wrong with one provider call, read from the provider library's error, and whether trying again can help.
//! Keeps status and codes; provider bodies end here, because they can repeat the prompt or a part of a key.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use genai::webc;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::clients::SpendRefusal;

/// Longest error code kept; the providers' own are below 50 characters.
const CODE_LENGTH: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// 429.
    RateLimited,
    /// 500, 502, 503, 504, 529, or an error event in the stream that says as much.
    Overloaded,
    Timeout,
    /// No connection, or one that broke before the answer began.
    Connection,
    /// The answer ended before its last event.
    Cut,
    /// The answer was not what its protocol says.
    Malformed,
    /// The breaker of the provider is open: no call was made.
    BreakerOpen,
    ModelNotFound,
    /// The key was refused.
    Credentials,
    /// The account behind the key has nothing left.
    OutOfCredit,
    /// The provider will not write this.
    Refused,
    /// The provider says that the request is wrong.
    Rejected,
    /// No budget has room for it: no call was made.
    Unaffordable,
}

impl FailureKind {
    /// Whether the same call may succeed a moment later.
    pub fn is_transient(self) -> bool {
        match self {
            Self::RateLimited
            | Self::Overloaded
            | Self::Timeout
            | Self::Connection
            | Self::Cut
            | Self::Malformed => true,
            Self::BreakerOpen
            | Self::ModelNotFound
            | Self::Credentials
            | Self::OutOfCredit
            | Self::Refused
            | Self::Rejected
            | Self::Unaffordable => false,
        }
    }

    /// Whether another model may succeed where this one did not. A refusal or a wrong request stays what it is, and a
    /// refused key is a mistake that someone must see.
    pub fn allows_fallback(self) -> bool {
        self.is_transient() || matches!(self, Self::BreakerOpen | Self::ModelNotFound | Self::OutOfCredit)
    }
}

/// A failed provider call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: FailureKind,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's own error code, such as `overloaded_error`.
    pub code: Option<String>,
    /// When the provider wants to be asked again.
    pub retry_after: Option<Duration>,
    /// Why there is no room.
    pub(super) refusal: Option<SpendRefusal>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        Ok(())
    }
}

impl StdError for Failure {}

impl Failure {
    pub(super) fn new(kind: FailureKind) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            retry_after: None,
            refusal: None,
        }
    }

    pub(super) fn new_unaffordable(refusal: SpendRefusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..Self::new(FailureKind::Unaffordable)
        }
    }

    /// Why no budget has room.
    pub(super) fn spend_refusal(&self) -> Option<&SpendRefusal> {
        self.refusal.as_ref()
    }

    pub(super) fn new_refusal(code: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            ..Self::new(FailureKind::Refused)
        }
    }

    /// Reads the library's error. `now` turns a `Retry-After` date into a wait.
    pub(super) fn read(error: &genai::Error, now: DateTime<Utc>) -> Self {
        use genai::Error as E;

        match error {
            E::HttpError {
                status,
                body,
                headers,
                ..
            } => Self::answered(*status, body, headers, now),
            E::WebModelCall { webc_error, .. } | E::WebAdapterCall { webc_error, .. } => {
                Self::read_web(webc_error, now)
            }
            E::WebStream { error, .. } => match error.downcast_ref::<genai::Error>() {
                Some(inner) => Self::read(inner, now),
                None => Self::new(transport(error.as_ref())),
            },
            E::ChatResponse { body, .. } => Self::event(body),
            E::StreamParse { .. }
            | E::SerdeJson(_)
            | E::JsonValueExt(_)
            | E::NoChatResponse { .. }
            | E::InvalidJsonResponseElement { .. }
            | E::ChatResponseGeneration { .. } => Self::new(FailureKind::Malformed),
            _ => Self {
                code: Some("request".to_owned()),
                ..Self::new(FailureKind::Rejected)
            },
        }
    }

    fn read_web(error: &webc::Error, now: DateTime<Utc>) -> Self {
        match error {
            webc::Error::ResponseFailedStatus {
                status,
                body,
                headers,
            } => Self::answered(*status, body, headers, now),
            webc::Error::Reqwest(error) => Self::new(transport(error)),
            webc::Error::ResponseFailedNotJson { .. }
            | webc::Error::ResponseFailedInvalidJson { .. }
            | webc::Error::JsonValueExt(_) => Self::new(FailureKind::Malformed),
        }
    }

    fn answered(status: StatusCode, body: &str, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let codes = codes(&body);
        Self {
            kind: kind_of_status(status, &codes),
            status: Some(status.as_u16()),
            code: codes.into_iter().next(),
            retry_after: retry_after(headers, now).or_else(|| retry_delay(&body)),
            refusal: None,
        }
    }

    /// An error that arrived as an event of a stream that had begun with 200.
    fn event(body: &Value) -> Self {
        let codes = codes(body);
        let status = codes.iter().find_map(|code| kind_of_code(code));
        Self {
            code: codes.into_iter().next(),
            ..Self::new(status.unwrap_or(FailureKind::Overloaded))
        }
    }
}

fn kind_of_status(status: StatusCode, codes: &[String]) -> FailureKind {
    let says = |wanted: &[&str]| codes.iter().any(|code| wanted.contains(&code.as_str()));
    if says(&["insufficient_quota", "billing_error"]) {
        return FailureKind::OutOfCredit;
    }

    if says(&["content_policy_violation", "content_filter"]) {
        return FailureKind::Refused;
    }

    if says(&["model_not_found"]) {
        return FailureKind::ModelNotFound;
    }

    match status.as_u16() {
        429 => FailureKind::RateLimited,
        408 | 524 => FailureKind::Timeout,
        // Cloudflare, before most providers: it got no connection or no sense out of them.
        520..=523 => FailureKind::Connection,
        500 | 502 | 503 | 504 | 529 => FailureKind::Overloaded,
        404 => FailureKind::ModelNotFound,
        401 | 403 => FailureKind::Credentials,
        402 => FailureKind::OutOfCredit,
        400 if says(&["API_KEY_INVALID"]) => FailureKind::Credentials,
        _ => FailureKind::Rejected,
    }
}

/// Codes of Anthropic, OpenAI and Google in that order; `None` for those that only say that something broke.
fn kind_of_code(code: &str) -> Option<FailureKind> {
    Some(match code {
        "rate_limit_error" | "rate_limit_exceeded" | "RESOURCE_EXHAUSTED" | "429" => FailureKind::RateLimited,
        "timeout_error" | "DEADLINE_EXCEEDED" => FailureKind::Timeout,
        "invalid_request_error" | "request_too_large" | "INVALID_ARGUMENT" | "FAILED_PRECONDITION" => {
            FailureKind::Rejected
        }
        "authentication_error"
        | "permission_error"
        | "invalid_api_key"
        | "UNAUTHENTICATED"
        | "PERMISSION_DENIED" => FailureKind::Credentials,
        "billing_error" | "insufficient_quota" => FailureKind::OutOfCredit,
        "not_found_error" | "model_not_found" | "NOT_FOUND" => FailureKind::ModelNotFound,
        "content_policy_violation" | "content_filter" => FailureKind::Refused,
        _ => return None,
    })
}

/// Every place where the three dialects put a code: `error.code` and `error.type` (OpenAI), `error.type` (Anthropic),
/// `error.status` and `error.details[].reason` (Google). The most telling one comes first.
fn codes(body: &Value) -> Vec<String> {
    let error = error_of(body);
    let own = ["code", "status", "type"]
        .into_iter()
        .filter_map(|key| error.get(key)?.as_str());
    let reasons = details(error).filter_map(|detail| detail.get("reason")?.as_str());
    own.chain(reasons).map(code).collect()
}

fn error_of(body: &Value) -> &Value {
    // Google's stream wraps the error in a list when it fails before the first event.
    let body = body.get(0).unwrap_or(body);
    body.get("error").unwrap_or(body)
}

fn details(error: &Value) -> impl Iterator<Item = &Value> {
    error
        .get("details")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// Google says in the body when to come back (`google.rpc.RetryInfo`, seconds with an `s`), not in a header.
fn retry_delay(body: &Value) -> Option<Duration> {
    let text = details(error_of(body)).find_map(|detail| detail.get("retryDelay")?.as_str())?;
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// A code as we repeat it: only the characters that codes are made of, so that no text of a body slips through.
pub(super) fn code(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .take(CODE_LENGTH)
        .collect()
}

fn transport(error: &(dyn StdError + 'static)) -> FailureKind {
    if error.is::<webc::StreamTimeout>() {
        return FailureKind::Timeout;
    }

    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => FailureKind::Timeout,
        Some(error) if error.is_builder() => FailureKind::Rejected,
        Some(error) if error.is_body() || error.is_decode() => FailureKind::Cut,
        Some(_) => FailureKind::Connection,
        // The rest are bytes that are not UTF-8.
        None => FailureKind::Malformed,
    }
}

/// RFC 9110 §10.2.3: seconds or an HTTP date. A date in the past means now.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?);
    Some((date - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::header::RETRY_AFTER, value.parse().expect("a header value"))])
    }

    #[test]
    fn retry_after_reads_seconds_dates_and_nonsense() {
        let now = DateTime::parse_from_rfc3339("2026-01-02T03:04:05Z")
            .expect("a date")
            .to_utc();

        assert_eq!(retry_after(&headers("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after(&headers("Fri, 02 Jan 2026 03:04:35 GMT"), now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            retry_after(&headers("Fri, 02 Jan 2026 03:04:00 GMT"), now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after(&headers("-3"), now), None);
        assert_eq!(retry_after(&headers("soon"), now), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn a_code_keeps_nothing_that_could_be_a_sentence() {
        assert_eq!(code("overloaded_error"), "overloaded_error");
        assert_eq!(code("the prompt: \"tell me\""), "theprompttellme");
        assert_eq!(code(&"x".repeat(500)).len(), CODE_LENGTH);
    }

    #[test]
    fn an_empty_account_is_not_a_rate_limit() {
        let body = json!({"error": {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"}});
        let failure = Failure::answered(
            StatusCode::TOO_MANY_REQUESTS,
            &body.to_string(),
            &HeaderMap::new(),
            DateTime::UNIX_EPOCH,
        );
        assert_eq!(failure.kind, FailureKind::OutOfCredit);
    }

    #[test]
    fn error_events_are_told_apart_by_their_codes() {
        let kind = |body: Value| Failure::event(&body).kind;
        assert_eq!(
            kind(json!({"type": "error", "error": {"type": "overloaded_error"}})),
            FailureKind::Overloaded
        );

        assert_eq!(
            kind(json!({"type": "error", "error": {"type": "rate_limit_error"}})),
            FailureKind::RateLimited
        );
        assert_eq!(
            kind(json!({"message": "x", "type": "server_error"})),
            FailureKind::Overloaded
        );
        assert_eq!(
            kind(json!({"error": {"code": 400, "status": "INVALID_ARGUMENT"}})),
            FailureKind::Rejected
        );
        assert_eq!(kind(json!("?")), FailureKind::Overloaded);
    }
}
