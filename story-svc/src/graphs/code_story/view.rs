//! How clients of a Code Story see the events of its run: the engine's own words become the contract's messages
//! (Code Story.4 and .5). One event stays one event with its number.

use chrono::{DateTime, SecondsFormat, Utc};
use flow::{Event, RunStatus};
use serde_json::{Value, json};

use crate::graphs::whole_seconds;

/// What the phase is called before the first node has named one.
const FIRST_PHASE: &str = "analyzing";

/// Kind and data of the event as clients see it.
pub(crate) fn view(event: &Event) -> (String, Value) {
    let data: Value = serde_json::from_str(&event.data).unwrap_or(Value::Null);
    match event.kind.as_str() {
        "status" => ("status".to_owned(), status(&data)),
        "log" => ("log".to_owned(), stamped(data, event.at)),
        "retry" => ("log".to_owned(), stamped(retry(&data), event.at)),
        other => (other.to_owned(), data),
    }
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
        .and_then(RunStatus::parse)
        .unwrap_or(RunStatus::Running);

    let name = match run {
        RunStatus::Queued => "pending",
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

fn stamped(mut line: Value, at: DateTime<Utc>) -> Value {
    line["timestamp"] = json!(at.to_rfc3339_opts(SecondsFormat::Millis, true));
    line
}

#[cfg(test)]
mod tests;
