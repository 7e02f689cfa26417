//! The events of a run in Code Story's words (contract, Code Story.4 and .5). The engine and the graph say what happened in
//! their own; one event stays one event with its number.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use proto::v1::{RunEvent, RunStatus};
use serde_json::{Value, json};

use crate::view::{events::run_status, stories::whole_seconds};

/// Name of the graph that makes a Code Story.
pub(crate) const GRAPH: &str = "code_story";
/// What the phase is called before the first node has named one.
const FIRST_PHASE: &str = "analyzing";

/// The event as clients know it. What is not JSON goes through: whoever reads it says so.
pub(crate) fn project(mut event: RunEvent) -> RunEvent {
    let write: fn(Value, &RunEvent) -> Value = match event.kind.as_str() {
        "status" => |data, _| status(&data),
        "log" => stamped,
        "retry" => |data, event| stamped(retry(&data), event),
        _ => return event,
    };
    let Ok(data) = serde_json::from_str::<Value>(&event.data) else {
        return event;
    };
    if !data.is_object() {
        return event;
    }

    event.data = write(data, &event).to_string();
    if event.kind == "retry" {
        "log".clone_into(&mut event.kind);
    }
    event
}

/// The status of the run in Code Story's words: queued is `pending`, work is named by its phase, and what was cancelled
/// has failed.
fn status(data: &Value) -> Value {
    let phase = data["phase"]
        .as_str()
        .filter(|phase| !phase.is_empty())
        .unwrap_or(FIRST_PHASE);
    let run = data["status"]
        .as_str()
        .and_then(run_status)
        .unwrap_or(RunStatus::Running);
    let name = match run {
        RunStatus::Unspecified | RunStatus::Queued => "pending",
        RunStatus::Running | RunStatus::WaitingForInput | RunStatus::Cancelling => phase,
        RunStatus::Completed => "completed",
        RunStatus::Failed | RunStatus::Cancelled => "failed",
    };
    let progress = whole_seconds(data["progress"].as_f64().unwrap_or_default());

    let mut status = json!({ "status": name, "progress": progress, "phase": phase });
    if run == RunStatus::Cancelled {
        status["error_message"] = json!("cancelled");
    }
    status
}

/// The engine's word that an attempt failed and is made again, as a line for people.
fn retry(data: &Value) -> Value {
    json!({
        "agent_name": "System",
        "action": "Trying again",
        "details": {
            "error_message": data["error"],
            "attempt": data["attempt"],
            "retry_in_seconds": data["in_seconds"],
        },
        "level": "warning",
    })
}

/// A line of the log with the time of its event.
fn stamped(mut line: Value, event: &RunEvent) -> Value {
    let at = event.at.and_then(|at| SystemTime::try_from(at).ok());
    if let Some(at) = at.map(DateTime::<Utc>::from) {
        line["timestamp"] = json!(at.to_rfc3339_opts(SecondsFormat::Millis, true));
    }
    line
}

#[cfg(test)]
mod tests;
