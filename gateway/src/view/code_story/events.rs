//! The events of a Code Story's run: the engine's own words become the contract's (Code Story.4 and .5), one event for one
//! event with its number; and what each of them says, read from those words.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat};
use proto::{Timestamp, v1::RunEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::view::{
    events::write_message,
    stories::{Links, StoryStatus, percent, whole_seconds},
};

/// What the engine says about where a run stands.
#[derive(Deserialize)]
struct EngineStatus<'a> {
    #[serde(borrow, default)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    phase: Cow<'a, str>,
    #[serde(default)]
    progress: f64,
}

/// What the engine says about a step that failed and is taken again.
#[derive(Deserialize)]
struct EngineRetry {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    attempt: Value,
    #[serde(default)]
    in_seconds: Value,
}

/// The event of the engine in Code Story's words.
pub(crate) fn project(event: RunEvent) -> Result<RunEvent, serde_json::Error> {
    let (kind, data) = match event.kind.as_str() {
        "status" => ("status", status(&serde_json::from_str(&event.data)?)),
        "log" => ("log", stamp(serde_json::from_str(&event.data)?, event.at)),
        "retry" => ("log", stamp(retry(serde_json::from_str(&event.data)?), event.at)),
        _ => return Ok(event),
    };

    Ok(RunEvent {
        kind: kind.to_owned(),
        data: data.to_string(),
        ..event
    })
}

/// Queued is `pending`, work is named by its phase, and what was cancelled has failed.
fn status(event: &EngineStatus<'_>) -> Value {
    let status = match event.status.as_ref() {
        "queued" => StoryStatus::Pending,
        "completed" => StoryStatus::Completed,
        "failed" | "cancelled" => StoryStatus::Failed,
        _ => StoryStatus::of_phase(&event.phase),
    };

    // No node has named a phase yet: the first thing to be done is reading the repository.
    let phase = match event.phase.as_ref() {
        "" => json!(StoryStatus::Analyzing),
        phase => json!(phase),
    };

    let progress = whole_seconds(event.progress);
    let mut data =
        json!({ "status": status, "progress": progress, "phase": phase, "run_status": event.status });
    if event.status == "cancelled" {
        data["error_message"] = json!("cancelled");
    }

    data
}

/// The engine's next try is a warning in the log.
fn retry(event: EngineRetry) -> Map<String, Value> {
    let details = json!({
        "error_message": event.error,
        "attempt": event.attempt,
        "retry_in_seconds": event.in_seconds,
    });

    let line = [
        ("agent_name", "System".into()),
        ("action", "Trying again".into()),
        ("details", details),
        ("level", "warning".into()),
    ];
    line.map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
}

/// A line of the log with the time of its event, which the engine keeps apart from it.
fn stamp(mut line: Map<String, Value>, at: Option<Timestamp>) -> Value {
    let at = at.and_then(|at| DateTime::from_timestamp(at.seconds, at.nanos.try_into().ok()?));
    let at = at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    line.insert("timestamp".to_owned(), at.unwrap_or_default().into());

    line.into()
}

#[derive(Deserialize)]
struct ErrorEvent<'a> {
    #[serde(borrow, default)]
    error_message: Cow<'a, str>,
}

#[derive(Deserialize)]
struct StatusEvent<'a> {
    status: StoryStatus,
    #[serde(borrow, default)]
    run_status: Cow<'a, str>,
    #[serde(borrow, default)]
    phase: Cow<'a, str>,
    #[serde(default)]
    progress: f64,
    #[serde(borrow, default)]
    error_message: Cow<'a, str>,
}

#[derive(Serialize)]
struct StatusData {
    status: StoryStatus,
    progress: u8,
}

impl From<&StatusEvent<'_>> for StatusData {
    fn from(event: &StatusEvent<'_>) -> Self {
        Self {
            status: event.status,
            progress: percent(event.progress),
        }
    }
}

/// A line for people.
#[derive(Serialize, Deserialize)]
pub(crate) struct LogData<'a> {
    #[serde(borrow, default)]
    pub(crate) agent_name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) action: Cow<'a, str>,
    #[serde(default)]
    pub(crate) details: Value,
    #[serde(borrow, default = "info")]
    pub(crate) level: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) timestamp: Cow<'a, str>,
}

impl<'a> LogData<'a> {
    fn read(event: &'a RunEvent) -> Result<Self, serde_json::Error> {
        let mut data: Self = serde_json::from_str(&event.data)?;
        if data.details.is_null() {
            data.details = Value::Object(Map::new());
        }

        Ok(data)
    }
}

const fn info() -> Cow<'static, str> {
    Cow::Borrowed("info")
}

#[derive(Deserialize)]
struct CompleteEvent<'a> {
    /// None for a book that was not read aloud.
    #[serde(borrow, default)]
    audio_key: Option<Cow<'a, str>>,
    #[serde(default, alias = "audio_chunks")]
    audio_chunk_keys: Vec<String>,
    #[serde(default, alias = "duration")]
    duration_seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct CompleteData {
    pub(crate) audio_url: Option<String>,
    pub(crate) audio_chunks: Vec<String>,
    /// Seconds.
    pub(crate) duration: u64,
}

impl CompleteData {
    fn new(event: &CompleteEvent<'_>, links: Links<'_>) -> Self {
        Self {
            audio_url: event.audio_key.as_ref().and_then(|key| links.url(key)),
            audio_chunks: event
                .audio_chunk_keys
                .iter()
                .filter_map(|key| links.url(key))
                .collect(),
            duration: whole_seconds(event.duration_seconds),
        }
    }
}

/// What an event says, apart from its number and its time.
pub(crate) enum Facts<'a> {
    Log(LogData<'a>),
    Status {
        status: StoryStatus,
        /// The engine's word for it, which knows more of them.
        run_status: Cow<'a, str>,
        progress: u8,
        phase: Cow<'a, str>,
        error_message: Cow<'a, str>,
    },
    Complete(CompleteData),
    Error(Cow<'a, str>),
    /// Of any other kind.
    Other,
}

impl<'a> Facts<'a> {
    /// `event` is in Code Story's words.
    pub(crate) fn read(event: &'a RunEvent, links: Links<'_>) -> Result<Self, serde_json::Error> {
        Ok(match event.kind.as_str() {
            "status" => {
                let event: StatusEvent<'a> = serde_json::from_str(&event.data)?;
                let StatusData { status, progress } = StatusData::from(&event);

                Self::Status {
                    status,
                    run_status: event.run_status,
                    progress,
                    phase: event.phase,
                    error_message: event.error_message,
                }
            }
            // Lekh's name for it.
            "log" | "agent_step" => Self::Log(LogData::read(event)?),
            "complete" => Self::Complete(CompleteData::new(&serde_json::from_str(&event.data)?, links)),
            "error" => {
                let event: ErrorEvent<'a> = serde_json::from_str(&event.data)?;
                Self::Error(event.error_message)
            }
            _ => Self::Other,
        })
    }
}

/// The message of an event in Code Story's words; `None` when it says what the event says as it is.
pub(crate) fn message(event: &RunEvent, links: Links<'_>) -> Option<Result<String, serde_json::Error>> {
    let message = match event.kind.as_str() {
        "status" => serde_json::from_str::<StatusEvent<'_>>(&event.data)
            .and_then(|status| write_message(event, StatusData::from(&status))),
        "log" => LogData::read(event).and_then(|line| write_message(event, line)),
        "complete" => serde_json::from_str::<CompleteEvent<'_>>(&event.data)
            .and_then(|complete| write_message(event, CompleteData::new(&complete, links))),
        _ => return None,
    };

    Some(message)
}

#[cfg(test)]
mod tests;
