//! Events of a run as clients know them: `{type, data, seq}` for REST, their facts for GraphQL. Each message is written as
//! JSON once, whoever watches.

use std::borrow::Cow;

use proto::v1::{RunEvent, RunStatus};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use super::code_story;
use super::stories::{Links, StoryStatus, percent, rfc3339, whole_seconds};

/// The event in the words of the product whose graph the run is. What no product claims goes through as it is.
pub(crate) fn project(event: RunEvent) -> RunEvent {
    match event.graph.as_str() {
        code_story::events::GRAPH => code_story::events::project(event),
        _ => event,
    }
}

/// The status that the engine calls so.
pub(crate) fn run_status(word: &str) -> Option<RunStatus> {
    Some(match word {
        "queued" => RunStatus::Queued,
        "running" => RunStatus::Running,
        "waiting_for_input" => RunStatus::WaitingForInput,
        "cancelling" => RunStatus::Cancelling,
        "completed" => RunStatus::Completed,
        "failed" => RunStatus::Failed,
        "cancelled" => RunStatus::Cancelled,
        _ => return None,
    })
}

/// One message of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<'a, T> {
    /// `log`, `status`, `question`, `complete`, `error` or `delta`.
    #[serde(rename = "type")]
    kind: &'a str,
    data: T,
    /// 1, 2, 3… within the run; what `?after=` and `Last-Event-ID` take. A live `delta` has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The run, which is the attempt that `seq` counts in.
    run: &'a str,
}

#[derive(Deserialize)]
struct ErrorEvent<'a> {
    #[serde(borrow, default)]
    error_message: Cow<'a, str>,
}

#[derive(Deserialize)]
struct StatusEvent<'a> {
    #[serde(borrow, default)]
    status: Cow<'a, str>,
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

impl From<StatusEvent<'_>> for StatusData {
    fn from(event: StatusEvent<'_>) -> Self {
        let status = match run_status(&event.status) {
            Some(run) => StoryStatus::of(run, &event.phase),
            None => StoryStatus::of_phase(&event.status),
        };

        Self {
            status,
            progress: percent(event.progress),
        }
    }
}

/// A line for people. The engine numbers and dates events, so the time comes from the event.
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
        if data.timestamp.is_empty() {
            data.timestamp = Cow::Owned(rfc3339(event.at.as_ref()));
        }
        if data.details.is_null() {
            data.details = Value::Object(serde_json::Map::new());
        }
        Ok(data)
    }
}

const fn info() -> Cow<'static, str> {
    Cow::Borrowed("info")
}

#[derive(Deserialize)]
struct CompleteEvent<'a> {
    #[serde(borrow, default)]
    audio_key: Cow<'a, str>,
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
            audio_url: links.url(&event.audio_key),
            audio_chunks: event
                .audio_chunk_keys
                .iter()
                .filter_map(|key| links.url(key))
                .collect(),
            duration: whole_seconds(event.duration_seconds),
        }
    }
}

/// True when the text of this event depends on where the client reaches us.
pub(crate) fn has_links(event: &RunEvent) -> bool {
    event.kind == "complete"
}

/// What an event says, apart from its number and its time.
pub(crate) enum Facts<'a> {
    Log(LogData<'a>),
    Status {
        status: StoryStatus,
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
    pub(crate) fn of(event: &'a RunEvent, links: Links<'_>) -> Result<Self, serde_json::Error> {
        Ok(match event.kind.as_str() {
            "status" => {
                let event: StatusEvent<'a> = serde_json::from_str(&event.data)?;
                let (phase, error_message) = (event.phase.clone(), event.error_message.clone());
                let StatusData { status, progress } = event.into();

                Self::Status {
                    status,
                    progress,
                    phase,
                    error_message,
                }
            }
            "log" => Self::Log(LogData::read(event)?),
            "complete" => Self::Complete(CompleteData::new(&serde_json::from_str(&event.data)?, links)),
            "error" => {
                let event: ErrorEvent<'a> = serde_json::from_str(&event.data)?;
                Self::Error(event.error_message)
            }
            _ => Self::Other,
        })
    }
}

/// The message of an event, as JSON without line breaks.
pub(crate) fn message(event: &RunEvent, links: Links<'_>) -> Result<String, serde_json::Error> {
    let seq = (event.number > 0).then_some(event.number);
    let (kind, run) = (event.kind.as_str(), event.run_id.as_str());

    match kind {
        "status" => {
            let data = StatusData::from(serde_json::from_str::<StatusEvent<'_>>(&event.data)?);
            serde_json::to_string(&Envelope { kind, data, seq, run })
        }
        "log" => {
            let data = LogData::read(event)?;
            serde_json::to_string(&Envelope { kind, data, seq, run })
        }
        "complete" => {
            let data = CompleteData::new(&serde_json::from_str(&event.data)?, links);
            serde_json::to_string(&Envelope { kind, data, seq, run })
        }
        _ => {
            let data = one_line(&event.data)?;
            serde_json::to_string(&Envelope { kind, data, seq, run })
        }
    }
}

/// JSON text that passes through as it is, unless it has line breaks, which SSE could not carry.
fn one_line(json: &str) -> Result<Box<RawValue>, serde_json::Error> {
    if json.contains(['\n', '\r']) {
        let value: Value = serde_json::from_str(json)?;
        return serde_json::value::to_raw_value(&value);
    }
    serde_json::from_str::<IgnoredAny>(json)?;
    RawValue::from_string(json.to_owned())
}

#[cfg(test)]
mod tests {
    use kit::media::MediaSigner;

    use super::*;

    fn told(number: u64, kind: &str, data: &str) -> String {
        let signer = MediaSigner::new(kit::secrets::Key::random());
        let links = Links {
            base: "https://saga.example",
            signer: &signer,
        };

        let event = RunEvent {
            number,
            kind: kind.into(),
            data: data.into(),
            at: "2026-01-01T12:00:00Z".parse().ok(),
            run_id: "r".into(),
            graph: String::new(),
        };

        message(&event, links).unwrap()
    }

    #[test]
    fn each_kind_is_told_in_the_contracts_form() {
        let log = r#"{"agent_name":"Intent","action":"Parsing user request"}"#;
        let told = [
            told(1, "status", r#"{"status":"queued","phase":"","progress":0}"#),
            told(
                2,
                "status",
                r#"{"status":"running","phase":"generating","progress":40.7}"#,
            ),
            told(
                3,
                "status",
                r#"{"status":"cancelled","phase":"generating","progress":41}"#,
            ),
            told(4, "status", r#"{"status":"synthesizing","progress":70}"#),
            told(5, "log", log),
            told(6, "question", "{\n  \"question\": \"Which?\"\n}"),
            told(7, "complete", r#"{"duration":12}"#),
            told(0, "delta", r#"{"text":"Once"}"#),
        ];

        expect_test::expect![[r#"
            {"type":"status","data":{"status":"pending","progress":0},"seq":1,"run":"r"}
            {"type":"status","data":{"status":"generating","progress":40},"seq":2,"run":"r"}
            {"type":"status","data":{"status":"failed","progress":41},"seq":3,"run":"r"}
            {"type":"status","data":{"status":"synthesizing","progress":70},"seq":4,"run":"r"}
            {"type":"log","data":{"agent_name":"Intent","action":"Parsing user request","details":{},"level":"info","timestamp":"2026-01-01T12:00:00Z"},"seq":5,"run":"r"}
            {"type":"question","data":{"question":"Which?"},"seq":6,"run":"r"}
            {"type":"complete","data":{"audio_url":null,"audio_chunks":[],"duration":12},"seq":7,"run":"r"}
            {"type":"delta","data":{"text":"Once"},"run":"r"}"#]].assert_eq(&told.join("\n"));
    }

    #[test]
    fn data_that_is_not_json_is_refused() {
        let signer = MediaSigner::new(kit::secrets::Key::random());
        let links = Links {
            base: "",
            signer: &signer,
        };

        for (kind, data) in [
            ("log", "{"),
            ("status", "7"),
            ("note", "{}{}"),
            ("complete", "7"),
            ("delta", ""),
        ] {
            let event = RunEvent {
                number: 1,
                kind: kind.into(),
                data: data.into(),
                at: None,
                run_id: String::new(),
                graph: String::new(),
            };
            assert!(message(&event, links).is_err(), "{kind} {data}");
        }
    }
}
