//! The published keys of one issuer: fetched when first needed, kept, and fetched again when a token names a key that is
//! not among them, but not sooner than the last fetch allows. A flood of invented key ids costs the issuer nothing.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use kit::clock::SharedClock;
use kit::error::Chain;
use kit::tokens::{Algorithm, KeySet};
use tokio::sync::Mutex;

/// Between two fetches, whatever tokens ask for.
pub(super) const GAP: TimeDelta = TimeDelta::seconds(30);
/// Keys are fetched anew after this time, so that one that was taken back stops counting.
pub(super) const FRESH: TimeDelta = TimeDelta::minutes(10);
const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Key sets have a few kilobytes.
const MAX_BYTES: usize = 256 * 1024;

/// For everything that is fetched from other organisations here. It follows no redirect: only the configured address is
/// asked.
pub(crate) fn build_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent("saga")
        .build()
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("it does not answer")]
    Http(#[from] reqwest::Error),
    #[error("it answers with status {0}")]
    Status(u16),
    #[error("its answer is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("its answer is not UTF-8")]
    Text(#[from] std::string::FromUtf8Error),
    #[error("its answer has no keys")]
    Keys(#[from] kit::tokens::JwksError),
}

pub(super) struct PublishedKeys {
    url: String,
    algorithms: Vec<Algorithm>,
    http: reqwest::Client,
    clock: SharedClock,
    keys: RwLock<Option<CachedKeys>>,
    /// How it was last asked; held while it is asked, so that one fetch serves all who wait.
    last_fetch: Mutex<Option<Fetch>>,
}

#[derive(Clone, Copy)]
struct Fetch {
    at: DateTime<Utc>,
    succeeded: bool,
}

#[derive(Clone)]
struct CachedKeys {
    keys: Arc<KeySet>,
    at: DateTime<Utc>,
}

impl PublishedKeys {
    pub(super) fn new(
        url: String,
        algorithms: Vec<Algorithm>,
        http: reqwest::Client,
        clock: SharedClock,
    ) -> Self {
        Self {
            url,
            algorithms,
            http,
            clock,
            keys: RwLock::default(),
            last_fetch: Mutex::default(),
        }
    }

    /// The keys, fetched when they are old or lack the one of this id. While the issuer does not answer, the old ones go
    /// on serving; `None` when there are none, or when a token needs another one.
    pub(super) async fn find_keys(&self, key_id: Option<&str>) -> Option<KeySet> {
        if let Some(keys) = self.fitting(key_id) {
            return Some(keys);
        }

        let mut last_fetch = self.last_fetch.lock().await;

        // Somebody else may have fetched them while we waited for our turn.
        if let Some(keys) = self.fitting(key_id) {
            return Some(keys);
        }

        let now = self.clock.now();
        if last_fetch.is_none_or(|last| now - last.at >= GAP) {
            let succeeded = self.fetch_anew(now).await;
            *last_fetch = Some(Fetch { at: now, succeeded });
        }
        let succeeded = last_fetch.is_some_and(|last| last.succeeded);

        let kept = self.cached()?;
        let known = key_id.is_none_or(|id| kept.keys.knows(id));
        (succeeded || known).then(|| (*kept.keys).clone())
    }

    /// Whether the issuer gave its keys.
    async fn fetch_anew(&self, now: DateTime<Utc>) -> bool {
        metrics::counter!("auth_jwks_fetches_total").increment(1);

        match self.fetch().await {
            Ok(keys) => {
                let kept = CachedKeys {
                    keys: Arc::new(keys),
                    at: now,
                };
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(kept);
                true
            }
            Err(error) => {
                tracing::warn!(url = %self.url, causes = %Chain(&error), "no keys of an issuer");
                false
            }
        }
    }

    fn cached(&self) -> Option<CachedKeys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fitting(&self, key_id: Option<&str>) -> Option<KeySet> {
        let kept = self.cached()?;
        let fits = key_id.is_none_or(|id| kept.keys.knows(id)) && self.clock.now() - kept.at < FRESH;
        fits.then(|| (*kept.keys).clone())
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let answer = self.http.get(&self.url).send().await?;
        if !answer.status().is_success() {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let body = read_body(answer, MAX_BYTES).await?.ok_or(FetchError::TooLong)?;
        Ok(KeySet::from_jwks(&String::from_utf8(body)?, &self.algorithms)?)
    }
}

/// The body, or `None` when it is longer than `most`.
pub(crate) async fn read_body(
    answer: reqwest::Response,
    most: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    let mut stream = answer.bytes_stream();
    while let Some(piece) = stream.next().await {
        body.extend_from_slice(&piece?);
        if body.len() > most {
            return Ok(None);
        }
    }

    Ok(Some(body))
}
