//! GitHub's REST API as far as an export needs it: repositories, Git objects, references and pull requests. A token is used for
//! the calls of one export, and is in no log, no error and no table.

use std::time::Duration;

use chrono::DateTime;
use kit::clock::SharedClock;
use kit::error::ErrorKind;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::outgoing::{Outgoing, OutgoingError};

const API_VERSION: &str = "2022-11-28";
/// The largest answer that is read: a tree of some 50,000 files.
const ANSWER_MAX: usize = 16 * 1024 * 1024;
/// Characters of what GitHub says that are told on.
const TOLD_MAX: usize = 300;
/// Commits in which an earlier export is looked for.
pub(crate) const COMMITS: u32 = 50;

/// Why an export stopped, for whoever asked for it.
#[derive(Debug, thiserror::Error)]
pub enum GithubError {
    #[error("GitHub does not take this token.")]
    Token,
    #[error("GitHub wants no more calls with this token for now.")]
    RateLimited { retry_after: Duration },
    #[error(
        "With this token GitHub does not let us {step}. It needs write access to contents, and to pull requests for one."
    )]
    Forbidden { step: &'static str },
    #[error("GitHub found nothing when we wanted to {step}.")]
    Missing { step: &'static str },
    #[error(
        "Somebody else changed the repository when we wanted to {step}. Nothing was changed by us; export again."
    )]
    Conflict { step: &'static str },
    #[error(
        "Since the last export somebody changed {files} at GitHub. Nothing was changed by us; take those changes into the project, export to a new branch with a pull request, or export with `overwrite`."
    )]
    Edited { files: String },
    #[error(
        "The repository has {files} already, and none of its newest {COMMITS} commits is an export of this project. Nothing was changed by us; export to a new branch with a pull request, to another repository, or with `overwrite`."
    )]
    Present { files: String },
    #[error("GitHub refused to {step}: {told}")]
    Refused { step: &'static str, told: String },
    #[error("GitHub did not answer as it should when we wanted to {step}")]
    Unavailable {
        step: &'static str,
        #[source]
        source: Option<OutgoingError>,
    },
}

impl GithubError {
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Token | Self::Refused { .. } => ErrorKind::InvalidArgument,
            Self::RateLimited { .. } => ErrorKind::ResourceExhausted,
            Self::Forbidden { .. } => ErrorKind::PermissionDenied,
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Conflict { .. } | Self::Edited { .. } | Self::Present { .. } => ErrorKind::Aborted,
            Self::Unavailable { .. } => ErrorKind::Unavailable,
        }
    }

    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Token => "GITHUB_TOKEN_REFUSED",
            Self::RateLimited { .. } => "GITHUB_RATE_LIMITED",
            Self::Forbidden { .. } => "GITHUB_FORBIDDEN",
            Self::Missing { .. } => "GITHUB_NOT_FOUND",
            Self::Conflict { .. } => "GITHUB_CONFLICT",
            Self::Edited { .. } => "GITHUB_FILES_CHANGED",
            Self::Present { .. } => "GITHUB_FILES_EXIST",
            Self::Refused { .. } => "GITHUB_REFUSED",
            Self::Unavailable { .. } => "GITHUB_UNAVAILABLE",
        }
    }
}

/// The way to one GitHub. Cheap to clone.
#[derive(Clone)]
pub(crate) struct GithubClient {
    pub(crate) outgoing: Outgoing,
    /// Address of the API, e.g. `https://api.github.com`.
    pub(crate) base: String,
    pub(crate) clock: SharedClock,
}

/// Calls with one token, over connections that end with them.
pub(crate) struct GithubSession<'a> {
    client: &'a GithubClient,
    outgoing: Outgoing,
    headers: HeaderMap,
    /// What must not be told on, whoever says it.
    token: &'a SecretString,
}

impl GithubClient {
    /// # Errors
    /// `Token` for one that no header can hold; `Unavailable` when this machine has no TLS roots.
    pub(crate) fn sign_in<'a>(&'a self, token: &'a SecretString) -> Result<GithubSession<'a>, GithubError> {
        let bearer = SecretString::from(format!("Bearer {}", token.expose_secret()));
        let mut bearer = HeaderValue::from_str(bearer.expose_secret()).map_err(|_| GithubError::Token)?;
        bearer.set_sensitive(true);
        let outgoing = self.outgoing.separate().map_err(|_| GithubError::Unavailable {
            step: "begin",
            source: None,
        })?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, bearer),
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (
                HeaderName::from_static("x-github-api-version"),
                HeaderValue::from_static(API_VERSION),
            ),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ]);

        Ok(GithubSession {
            client: self,
            outgoing,
            headers,
            token,
        })
    }
}

impl GithubSession<'_> {
    /// What is there; `None` when nothing is.
    pub(crate) async fn find(&self, step: &'static str, path: &str) -> Result<Option<Value>, GithubError> {
        match self.ask(step, Method::GET, path, None).await {
            Ok(value) => Ok(Some(value)),
            Err(GithubError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) async fn get(&self, step: &'static str, path: &str) -> Result<Value, GithubError> {
        self.ask(step, Method::GET, path, None).await
    }

    pub(crate) async fn post(
        &self,
        step: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Value, GithubError> {
        self.ask(step, Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(
        &self,
        step: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Value, GithubError> {
        self.ask(step, Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn patch(
        &self,
        step: &'static str,
        path: &str,
        body: Value,
    ) -> Result<Value, GithubError> {
        self.ask(step, Method::PATCH, path, Some(body)).await
    }

    async fn ask(
        &self,
        step: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, GithubError> {
        let url = format!("{}{path}", self.client.base.trim_end_matches('/'));
        let text = body.map(|body| body.to_string());
        let exchanged = self
            .outgoing
            .exchange((method, &url), self.headers.clone(), text, ANSWER_MAX)
            .await;
        let (status, headers, bytes) = exchanged.map_err(|source| GithubError::Unavailable {
            step,
            source: Some(source),
        })?;

        let value = serde_json::from_slice(&bytes);
        match (status, value) {
            (200..=299, Ok(value)) => Ok(value),
            (200..=299, Err(_)) => Err(GithubError::Unavailable { step, source: None }),
            (status, value) => Err(self.judge(step, status, &headers, &value.unwrap_or_default())),
        }
    }

    fn judge(&self, step: &'static str, status: u16, headers: &HeaderMap, body: &Value) -> GithubError {
        match (status, self.wait_told(status, headers)) {
            (403 | 429, Some(retry_after)) => GithubError::RateLimited { retry_after },
            (401, _) => GithubError::Token,
            (403, _) => GithubError::Forbidden { step },
            (404, _) => GithubError::Missing { step },
            (409, _) => GithubError::Conflict { step },
            (500.., _) => GithubError::Unavailable { step, source: None },
            _ => GithubError::Refused {
                step,
                told: shorten(body, self.token),
            },
        }
    }

    /// How long GitHub wants to be left alone, when it does.
    fn wait_told(&self, status: u16, headers: &HeaderMap) -> Option<Duration> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<i64>().ok();
        if let Some(seconds) = number("retry-after") {
            return Some(Duration::from_secs(seconds.unsigned_abs()));
        }
        if number("x-ratelimit-remaining") != Some(0) {
            return (status == 429).then_some(Duration::from_secs(60));
        }

        let reset = number("x-ratelimit-reset").and_then(|at| DateTime::from_timestamp(at, 0));
        let wait = reset.and_then(|at| (at - self.client.clock.now()).to_std().ok());
        Some(wait.unwrap_or(Duration::from_secs(60)))
    }
}

/// What it says, and the first of what it says in detail, without the token.
fn shorten(body: &Value, token: &SecretString) -> String {
    let detail = &body["errors"][0];
    let detail = detail["message"].as_str().or_else(|| detail.as_str());
    let said = [body["message"].as_str(), detail].into_iter().flatten();
    let text: Vec<&str> = said.collect();
    let clean = |letter: char| if letter.is_control() { ' ' } else { letter };

    let text = text.join(": ").replace(token.expose_secret(), "…");
    text.chars().map(clean).take(TOLD_MAX).collect()
}
