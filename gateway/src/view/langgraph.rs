//! LangGraph's shapes, as its own clients read them: assistants, threads, states, runs and their events.

pub(crate) mod assistants;
pub(crate) mod crons;
pub(crate) mod events;
pub(crate) mod threads;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use proto::{Timestamp, v1};
use serde_json::Value;

use super::stories::rfc3339;

/// A time with its offset in digits, which every version of the clients reads.
fn write_time(at: Option<&Timestamp>) -> Value {
    match at {
        Some(at) => rfc3339(Some(at)).replace('Z', "+00:00").into(),
        None => Value::Null,
    }
}

/// JSON that a service wrote.
fn read(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

fn read_optional(json: Option<&String>) -> Value {
    json.map_or(Value::Null, |json| read(json))
}

/// How many there are, and where the next page begins when there is one.
pub(crate) fn page_headers(total: u64, next: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if total > 0 {
        headers.insert(HeaderName::from_static("x-pagination-total"), total.into());
    }
    if next < total {
        headers.insert(HeaderName::from_static("x-pagination-next"), next.into());
    }

    headers
}

/// Where a run is found, and under which name its end is waited for: without the prefix of this door, which clients add.
pub(crate) fn run_headers(run: &v1::ThreadRun, joined_by: Option<&str>) -> HeaderMap {
    let place = format!("/threads/{}/runs/{}", run.thread_id, run.id);
    let mut headers = HeaderMap::new();
    if let Some(word) = joined_by
        && let Ok(location) = HeaderValue::try_from(format!("{place}/{word}"))
    {
        headers.insert(header::LOCATION, location);
    }
    if let Ok(place) = HeaderValue::try_from(place) {
        headers.insert(header::CONTENT_LOCATION, place);
    }

    headers
}
