//! The events of a workflow's runs in AKD's words, and which of them a client that chose its modes is told.

use async_graphql::Enum;
use proto::v1::RunEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::workflows::WorkflowStatus;

/// What a client wants to be told of. Questions, answers and the end are told to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[graphql(name = "WorkflowEventMode")]
pub(crate) enum Mode {
    /// The whole state after each step.
    State,
    /// What each node gave.
    Updates,
    /// What agents write: while they write it, and whole.
    Messages,
    /// Lines for people, and what was used.
    Log,
    /// Status, phase and per cent.
    Progress,
    /// Nodes that begin and end.
    Tasks,
    /// What a definition says by itself.
    Custom,
}

/// The modes of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modes(u8);

impl Modes {
    /// Everything but the whole state.
    pub(crate) const USUAL: Self = Self(!(1 << Mode::State as u8));

    pub(crate) fn has(self, mode: Mode) -> bool {
        self.0 & (1 << mode as u8) != 0
    }

    /// Whether events of this kind are told.
    pub(crate) fn show(self, kind: &str) -> bool {
        let mode = match kind {
            "checkpoint" => Mode::State,
            "update" => Mode::Updates,
            "delta" | "message" => Mode::Messages,
            "log" | "usage" => Mode::Log,
            "status" => Mode::Progress,
            "task" => Mode::Tasks,
            "custom" => Mode::Custom,
            _ => return true,
        };

        self.has(mode)
    }
}

/// None chosen means the usual ones.
impl From<Vec<Mode>> for Modes {
    fn from(chosen: Vec<Mode>) -> Self {
        match chosen.is_empty() {
            true => Self::USUAL,
            false => Self(chosen.into_iter().fold(0, |bits, mode| bits | 1 << mode as u8)),
        }
    }
}

/// The event of the engine in AKD's words. The last status of a run that went well is `complete`, and of one that was stopped
/// `cancelled`, whatever a client wants to be told of; of one that failed, `error` says so.
pub(crate) fn project(mut event: RunEvent) -> Result<RunEvent, serde_json::Error> {
    match event.kind.as_str() {
        "status" => {
            let mut data: Value = serde_json::from_str(&event.data)?;
            let status = data["status"].as_str().map(WorkflowStatus::of_run);
            // One that waits for a worker again had begun before.
            let status = status.map(|word| match word {
                "created" if event.number > 1 => "running",
                word => word,
            });
            if let Some(status) = status {
                data["status"] = status.into();
            }

            event.kind = match status {
                Some("completed") => "complete",
                Some("cancelled") => "cancelled",
                _ => "status",
            }
            .to_owned();
            event.data = data.to_string();
        }
        "error" => {
            let mut data: Value = serde_json::from_str(&event.data)?;
            data["message"] = data["error_message"].clone();
            event.data = data.to_string();
        }
        _ => {}
    }

    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_shows_its_kinds_and_all_show_questions_and_the_end() {
        let shown = |modes: Modes| {
            let kinds = [
                "checkpoint",
                "update",
                "delta",
                "message",
                "log",
                "usage",
                "status",
                "task",
                "custom",
            ];
            let shown: Vec<_> = kinds.into_iter().filter(|kind| modes.show(kind)).collect();
            shown.join(" ")
        };

        assert_eq!(
            shown(Modes::USUAL),
            "update delta message log usage status task custom"
        );
        assert_eq!(shown(vec![Mode::State].into()), "checkpoint");
        assert_eq!(
            shown(vec![Mode::Messages, Mode::Tasks].into()),
            "delta message task"
        );
        assert_eq!(Modes::from(Vec::new()), Modes::USUAL);
        for kind in ["question", "answer", "complete", "cancelled", "error"] {
            assert!(Modes::from(vec![Mode::Log]).show(kind), "{kind}");
        }
    }

    #[test]
    fn a_status_is_told_in_akds_word() {
        let status = |word: &str| {
            let event = RunEvent {
                kind: "status".into(),
                data: format!(r#"{{"status":"{word}","progress":4}}"#),
                ..RunEvent::default()
            };
            project(event).unwrap().data
        };

        assert!(status("waiting_for_input").contains(r#""status":"interrupted""#));
        assert!(status("queued").contains(r#""status":"created""#));
        assert!(status("cancelling").contains(r#""status":"running""#));
    }

    #[test]
    fn the_end_has_a_kind_of_its_own() {
        let kind = |word: &str| {
            let event = RunEvent {
                kind: "status".into(),
                data: format!(r#"{{"status":"{word}"}}"#),
                ..RunEvent::default()
            };
            project(event).unwrap().kind
        };

        let kinds = ["running", "failed", "completed", "cancelled"].map(kind);
        assert_eq!(kinds, ["status", "status", "complete", "cancelled"]);
    }
}
