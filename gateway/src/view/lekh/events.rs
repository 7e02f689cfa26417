//! The events of a book's run: the engine's own words become Lekh's (Lekh.2), one event for one event with its number. What Code
//! Story's clients read of a status stands beside it.

use chrono::{DateTime, SecondsFormat};
use proto::v1::RunEvent;
use serde_json::{Value, json};

use super::books::SystemStatus;
use crate::view::{
    events::write_message,
    stories::{Links, StoryStatus, whole_seconds},
};

/// The event of the engine in Lekh's words: `agent_step`, `status`, `question`; what the graph says itself is as it was.
pub(crate) fn project(event: RunEvent) -> Result<RunEvent, serde_json::Error> {
    let read = || serde_json::from_str::<Value>(&event.data);
    let (kind, data) = match event.kind.as_str() {
        "status" => ("status", tell_status(&read()?)),
        "log" => ("agent_step", tell_step(read()?, &event)),
        "retry" => ("agent_step", tell_retry(&read()?, &event)),
        "question" => ("question", tell_question(read()?)),
        "error" => ("error", tell_error(read()?)),
        _ => return Ok(event),
    };

    Ok(RunEvent {
        kind: kind.to_owned(),
        data: data.to_string(),
        ..event
    })
}

fn tell_status(said: &Value) -> Value {
    let word = said["status"].as_str().unwrap_or_default();
    let phase = said["phase"].as_str().unwrap_or_default();
    let status = match word {
        "queued" => StoryStatus::Pending,
        "completed" => StoryStatus::Completed,
        "failed" | "cancelled" => StoryStatus::Failed,
        _ => StoryStatus::of_phase(phase),
    };

    let mut data = json!({
        "system_status": SystemStatus::of_word(word),
        "status": status,
        "run_status": word,
        "phase": if phase.is_empty() { "planning" } else { phase },
        "progress": whole_seconds(said["progress"].as_f64().unwrap_or_default()),
    });
    if word == "cancelled" {
        data["error_message"] = "cancelled".into();
    }

    data
}

/// `agent` is Lekh's word and `agent_name` Code Story's.
fn tell_step(said: Value, event: &RunEvent) -> Value {
    let mut data = said;
    let agent = data["agent_name"].clone();
    if data["details"].is_null() {
        data["details"] = json!({});
    }
    if let Some(map) = data.as_object_mut() {
        map.insert("agent".to_owned(), agent);
        map.insert("timestamp".to_owned(), timestamp(event).into());
    }

    data
}

/// The engine's next try is a warning.
fn tell_retry(said: &Value, event: &RunEvent) -> Value {
    let line = json!({
        "agent_name": "Editor",
        "action": "Trying again",
        "details": {
            "error_message": said["error"],
            "attempt": said["attempt"],
            "retry_in_seconds": said["in_seconds"],
        },
        "level": "warning",
    });

    tell_step(line, event)
}

/// The question under Lekh's name, with all that the engine says of it.
fn tell_question(said: Value) -> Value {
    let mut question = said["question"].clone();
    if let Some(map) = question.as_object_mut() {
        map.insert("id".to_owned(), said["id"].clone());
        map.insert("node".to_owned(), said["node"].clone());
    }

    let mut data = said;
    data["agent_question"] = question;
    data
}

fn tell_error(said: Value) -> Value {
    let mut data = said;
    data["message"] = data["error_message"].clone();
    data
}

fn timestamp(event: &RunEvent) -> String {
    let at = event
        .at
        .and_then(|at| DateTime::from_timestamp(at.seconds, at.nanos.try_into().ok()?));
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// The last message has links in place of the store's keys; `None` for all others.
pub(crate) fn message(event: &RunEvent, links: Links<'_>) -> Option<Result<String, serde_json::Error>> {
    if event.kind != "complete" {
        return None;
    }

    let told = serde_json::from_str::<Value>(&event.data).and_then(|mut data| {
        let link = |key: &Value| key.as_str().and_then(|key| links.url(key));
        let audio = link(&data["audio_key"]);
        let chunks: Vec<String> = data["audio_chunk_keys"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(link)
            .collect();
        if let Some(map) = data.as_object_mut() {
            map.remove("audio_key");
            map.remove("audio_chunk_keys");
            map.insert("audio_url".to_owned(), json!(audio));
            map.insert("audio_chunks".to_owned(), json!(chunks));
        }

        write_message(event, data)
    });
    Some(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, data: &Value) -> (String, Value) {
        let event = RunEvent {
            number: 3,
            kind: kind.to_owned(),
            data: data.to_string(),
            ..RunEvent::default()
        };
        let event = project(event).unwrap();
        (event.kind, serde_json::from_str(&event.data).unwrap())
    }

    #[test]
    fn a_line_of_the_log_is_a_step_of_an_agent() {
        let (kind, data) = told(
            "log",
            &json!({ "agent_name": "Architect", "action": "Planning", "level": "info" }),
        );
        assert_eq!(kind, "agent_step");
        assert_eq!(
            (&data["agent"], &data["action"], &data["details"]),
            (&json!("Architect"), &json!("Planning"), &json!({}))
        );
    }

    #[test]
    fn a_status_is_told_in_both_products_words() {
        let (kind, data) = told(
            "status",
            &json!({ "status": "waiting_for_input", "phase": "planning", "progress": 2.0 }),
        );
        assert_eq!(kind, "status");
        assert_eq!(
            (&data["system_status"], &data["status"]),
            (&json!("WAITING_FOR_INPUT"), &json!("analyzing"))
        );

        let (_, data) = told(
            "status",
            &json!({ "status": "running", "phase": "writing", "progress": 40.0 }),
        );
        assert_eq!(
            (&data["status"], &data["progress"]),
            (&json!("generating"), &json!(40))
        );
    }

    #[test]
    fn a_question_is_told_as_the_agents_with_its_id() {
        let (_, data) = told(
            "question",
            &json!({ "id": "q", "node": "plan", "question": { "prompt": "Who tells?" } }),
        );
        assert_eq!(
            data["agent_question"],
            json!({ "prompt": "Who tells?", "id": "q", "node": "plan" })
        );
    }
}
