//! Kept answers in the words of the Responses API: as far as they were told, and as numbered events from any number on. The numbers follow
//! from what is written down, so they are the same whoever reads it when.

use proto::v1::{
    AnswerCut, AnswerEnd, KeptResponse, PromptToolCall, RunEvent, RunStatus, answer_piece::Piece,
};
use serde_json::{Map, Value, json};

use super::{
    chat::AnswerHead,
    refusal::write_code,
    responses::{ResponseEvents, ResponseFrame},
};

type NamedEvents = Vec<(&'static str, Value)>;

fn response_id(kept: &KeptResponse) -> String {
    format!("resp_{}", kept.id.replace('-', ""))
}

fn read_frame(kept: &KeptResponse) -> Value {
    serde_json::from_str(&kept.frame).unwrap_or_default()
}

fn frame_of(kept: &KeptResponse) -> ResponseFrame {
    let question = kept.question.as_ref();
    let created = kept.created_at.as_ref().map_or(0, |at| at.seconds);

    ResponseFrame {
        head: AnswerHead {
            id: response_id(kept),
            created,
            model: question
                .map(|question| question.model.clone())
                .unwrap_or_default(),
        },
        echoed: read_frame(kept)["echoed"]
            .as_object()
            .cloned()
            .unwrap_or_default(),
    }
}

/// Whether it was begun in the background.
pub(crate) fn is_in_background(kept: &KeptResponse) -> bool {
    read_frame(kept)["echoed"]["background"] == true
}

/// Whether nothing more will be told of it.
pub(crate) fn has_ended(kept: &KeptResponse) -> bool {
    matches!(
        kept.status(),
        RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled
    )
}

/// The answer as far as it was told.
pub(crate) fn write_kept(kept: &KeptResponse) -> Value {
    let mut events = ResponseEvents::new(frame_of(kept));
    events.begin();
    for piece in kept.pieces.iter().filter_map(|piece| piece.piece.clone()) {
        events.write(piece);
    }

    match kept.status() {
        RunStatus::Queued | RunStatus::Unspecified => events.snapshot("queued"),
        RunStatus::Running | RunStatus::WaitingForInput => events.snapshot("in_progress"),
        RunStatus::Completed => events.snapshot("completed"),
        RunStatus::Cancelling | RunStatus::Cancelled => events.snapshot("cancelled"),
        RunStatus::Failed => {
            let mut response = events.snapshot("failed");
            let message = kept.error_message.as_deref().unwrap_or_default();
            response["error"] = json!({ "code": code_of(kept.error_reason.as_deref()), "message": message });
            response
        }
    }
}

fn code_of(reason: Option<&str>) -> String {
    reason.map_or_else(|| "server_error".to_owned(), write_code)
}

/// What it was asked with, in order; each with an id and its content in parts.
pub(crate) fn write_input_items(kept: &KeptResponse) -> Vec<Value> {
    let id = response_id(kept);
    let items = match read_frame(kept)["input"].clone() {
        Value::Array(items) => items,
        text => vec![json!({ "type": "message", "role": "user", "content": text })],
    };

    let written = items.into_iter().enumerate().map(|(index, item)| {
        let mut fields: Map<String, Value> = item.as_object().cloned().unwrap_or_default();
        fields.entry("type").or_insert_with(|| json!("message"));
        let kind = fields["type"].as_str().unwrap_or_default();
        let prefix = if kind == "message" { "msg" } else { "item" };
        fields
            .entry("id")
            .or_insert_with(|| format!("{prefix}_{index}_{id}").into());
        fields.entry("status").or_insert_with(|| json!("completed"));
        if let Some(text) = fields.get("content").and_then(Value::as_str) {
            let kind = match fields.get("role").and_then(Value::as_str) {
                Some("assistant") => "output_text",
                _ => "input_text",
            };
            let part = json!([{ "type": kind, "text": text }]);
            fields.insert("content".to_owned(), part);
        }

        Value::Object(fields)
    });
    written.collect()
}

/// The events of a kept answer behind a number.
pub(crate) struct KeptEvents {
    events: ResponseEvents,
    after: Option<u64>,
}

impl KeptEvents {
    pub(crate) fn new(kept: &KeptResponse, after: Option<u64>) -> Self {
        Self {
            events: ResponseEvents::new(frame_of(kept)),
            after,
        }
    }

    pub(crate) fn begin(&mut self) -> NamedEvents {
        let events = self.events.begin();
        self.keep_new(events)
    }

    /// What an event of the run is told as.
    pub(crate) fn write(&mut self, event: &RunEvent) -> NamedEvents {
        let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
        let events = match event.kind.as_str() {
            "piece" => match read_piece(&data) {
                Some(piece) => self.events.write(piece),
                None => Vec::new(),
            },
            "end" => self.end(&data),
            _ => Vec::new(),
        };

        self.keep_new(events)
    }

    fn end(&mut self, data: &Value) -> NamedEvents {
        match data["status"].as_str() {
            Some("failed") => {
                let message = data["message"].as_str().unwrap_or_default();
                vec![self.events.fail(&code_of(data["reason"].as_str()), message)]
            }
            Some("cancelled") => vec![self.events.cancel()],
            _ => Vec::new(),
        }
    }

    fn keep_new(&self, mut events: NamedEvents) -> NamedEvents {
        let after = self.after;
        events.retain(|(_, data)| {
            let number = data["sequence_number"].as_u64();
            after.is_none() || number > after
        });

        events
    }
}

fn read_piece(data: &Value) -> Option<Piece> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(delta) = data["delta"].as_str() {
        return Some(Piece::Delta(delta.to_owned()));
    }
    if let Some(call) = data.get("call") {
        return Some(Piece::Call(PromptToolCall {
            id: text(&call["id"]),
            name: text(&call["name"]),
            arguments: text(&call["arguments"]),
        }));
    }

    let end = data.get("end")?;
    Some(Piece::End(AnswerEnd {
        finish: text(&end["finish"]),
        model: text(&end["model"]),
        input_tokens: end["input_tokens"].as_u64().unwrap_or_default(),
        output_tokens: end["output_tokens"].as_u64().unwrap_or_default(),
        offline: end["offline"] == true,
        cut: end.get("cut").map(|cut| AnswerCut {
            reason: text(&cut["reason"]),
            message: text(&cut["message"]),
        }),
    }))
}

#[cfg(test)]
mod tests {
    use proto::v1::{AnswerPiece, CompleteChatRequest};

    use super::*;

    fn kept(status: RunStatus) -> KeptResponse {
        KeptResponse {
            id: "7d444840-9dc0-41d1-b245-5ffdce74fad2".to_owned(),
            status: status.into(),
            question: Some(CompleteChatRequest {
                model: "saga".to_owned(),
                ..CompleteChatRequest::default()
            }),
            frame: json!({ "echoed": { "background": true }, "input": "Hello" }).to_string(),
            pieces: vec![AnswerPiece {
                choice: 0,
                piece: Some(Piece::Delta("Once upon".to_owned())),
            }],
            error_message: Some("The budget is used up.".to_owned()),
            error_reason: Some("BUDGET_EXHAUSTED".to_owned()),
            ..KeptResponse::default()
        }
    }

    fn run_events() -> Vec<RunEvent> {
        let rows = [
            ("piece", json!({ "number": 0, "delta": "Once " })),
            ("piece", json!({ "number": 1, "delta": "upon" })),
            (
                "end",
                json!({ "status": "failed", "message": "The budget is used up.", "reason": "BUDGET_EXHAUSTED" }),
            ),
        ];
        rows.map(|(kind, data)| RunEvent {
            kind: kind.to_owned(),
            data: data.to_string(),
            ..RunEvent::default()
        })
        .to_vec()
    }

    fn told(after: Option<u64>) -> NamedEvents {
        let mut events = KeptEvents::new(&kept(RunStatus::Running), after);
        let mut all = events.begin();
        for event in run_events() {
            all.extend(events.write(&event));
        }
        all
    }

    #[test]
    fn whoever_comes_back_behind_any_event_is_told_the_rest_and_nothing_twice() {
        let all = told(None);
        assert!(all.len() > 5, "{all:?}");
        for (cut, (_, data)) in all.iter().enumerate() {
            assert_eq!(data["sequence_number"], cut);
            assert_eq!(told(Some(cut as u64)), all[cut + 1..]);
        }
    }

    #[test]
    fn a_budget_that_runs_out_is_told_with_what_there_is_of_the_answer() {
        let (name, data) = told(None).pop().unwrap();
        assert_eq!(name, "response.failed");
        for response in [data["response"].clone(), write_kept(&kept(RunStatus::Failed))] {
            assert_eq!(response["status"], "failed");
            assert_eq!(response["error"]["code"], "insufficient_quota");
            assert_eq!(response["output"][0]["status"], "incomplete");
            assert_eq!(response["output"][0]["content"][0]["text"], "Once upon");
        }
    }

    #[test]
    fn an_answer_that_a_budget_cut_is_incomplete_and_says_why() {
        let end = json!({ "number": 2, "end": {
            "finish": "length", "model": "m", "input_tokens": 9, "output_tokens": 2, "offline": false,
            "cut": { "reason": "BUDGET_EXHAUSTED", "message": "No room." },
        } });
        let row = |kind: &str, data: Value| RunEvent {
            kind: kind.to_owned(),
            data: data.to_string(),
            ..RunEvent::default()
        };
        let rows = [
            row("piece", json!({ "number": 0, "delta": "Once " })),
            row("piece", end),
        ];

        let mut events = KeptEvents::new(&kept(RunStatus::Running), None);
        let told: NamedEvents = rows.iter().flat_map(|event| events.write(event)).collect();
        let (name, data) = told.last().unwrap();
        assert_eq!(*name, "response.incomplete");
        let response = &data["response"];
        assert_eq!(response["status"], "incomplete");
        assert_eq!(response["incomplete_details"]["reason"], "max_output_tokens");
        assert_eq!(
            response["error"],
            json!({ "code": "insufficient_quota", "message": "No room." })
        );
        let message = &response["output"][0];
        assert_eq!(
            (&message["status"], &message["content"][0]["text"]),
            (&json!("incomplete"), &json!("Once "))
        );
    }

    #[test]
    fn what_works_says_so_and_what_it_was_asked_with() {
        let response = write_kept(&kept(RunStatus::Running));
        assert_eq!(response["status"], "in_progress");
        assert_eq!(response["background"], true);
        assert!(is_in_background(&kept(RunStatus::Running)));

        let items = write_input_items(&kept(RunStatus::Running));
        assert_eq!(
            items[0]["content"],
            json!([{ "type": "input_text", "text": "Hello" }])
        );
    }
}
