//! What a kept answer of a language model is: a question, and the pieces that were told of its answer. Both are a run's.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::actor::Actor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Name of the graph.
pub(crate) const RESPONSE: &str = "model_response";
/// Kinds of its events.
pub(crate) const PIECE_EVENT: &str = "piece";
pub(crate) const END_EVENT: &str = "end";

/// What the run knows from its beginning.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ResponseWork {
    pub(crate) actor: Actor,
    pub(crate) request_id: String,
    /// As it is sent to agent-svc, in base64.
    pub(crate) question: String,
    /// Of whoever asked; kept and given back.
    pub(crate) frame: Map<String, Value>,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ResponsePiece {
    Delta(String),
    Call {
        id: String,
        name: String,
        /// JSON text.
        arguments: String,
    },
    End {
        finish: String,
        model: String,
        input_tokens: u64,
        output_tokens: u64,
        offline: bool,
        /// Why no budget had room for more of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut: Option<ResponseCut>,
    },
}

/// Why an answer is not whole: a reason for programs, and a message for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResponseCut {
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// A piece as an event tells it: equal events are written once, so each has its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct NumberedPiece {
    pub(crate) number: u32,
    #[serde(flatten)]
    pub(crate) piece: ResponsePiece,
}

/// A kept answer as it stands.
#[derive(Debug, Clone)]
pub(crate) struct KeptResponse {
    pub(crate) id: Uuid,
    pub(crate) status: RunStatus,
    /// As it was given.
    pub(crate) question: Vec<u8>,
    pub(crate) frame: Map<String, Value>,
    pub(crate) pieces: Vec<ResponsePiece>,
    pub(crate) error_message: Option<String>,
    pub(crate) error_reason: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pieces_are_read_back_as_they_were_written() {
        let call = ResponsePiece::Call {
            id: "c".to_owned(),
            name: "look".to_owned(),
            arguments: "{}".to_owned(),
        };
        let end = |cut| ResponsePiece::End {
            finish: "length".to_owned(),
            model: "m".to_owned(),
            input_tokens: 1,
            output_tokens: 2,
            offline: false,
            cut,
        };
        let rows = [
            (
                ResponsePiece::Delta("Hel".to_owned()),
                json!({ "number": 0, "delta": "Hel" }),
            ),
            (
                call,
                json!({ "number": 1, "call": { "id": "c", "name": "look", "arguments": "{}" } }),
            ),
            (
                end(None),
                json!({ "number": 2, "end": {
                    "finish": "length", "model": "m", "input_tokens": 1, "output_tokens": 2, "offline": false,
                } }),
            ),
            (
                end(Some(ResponseCut {
                    reason: "BUDGET_EXHAUSTED".to_owned(),
                    message: "No room.".to_owned(),
                })),
                json!({ "number": 3, "end": {
                    "finish": "length", "model": "m", "input_tokens": 1, "output_tokens": 2, "offline": false,
                    "cut": { "reason": "BUDGET_EXHAUSTED", "message": "No room." },
                } }),
            ),
        ];
        for (number, (piece, written)) in (0..).zip(rows) {
            let numbered = NumberedPiece { number, piece };
            assert_eq!(json!(numbered), written);
            assert_eq!(
                serde_json::from_value::<NumberedPiece>(written).unwrap(),
                numbered
            );
        }
    }
}
