//! The Responses API: an answer as one object, and as the numbered events that build it up.

use proto::v1::{AnswerEnd, PromptToolCall, answer_piece::Piece};
use serde_json::{Map, Value, json};

use super::{
    chat::{AnswerHead, WholeAnswer},
    refusal::write_code,
};

/// What an answer repeats of its question.
#[derive(Clone, Debug)]
pub(crate) struct ResponseFrame {
    pub(crate) head: AnswerHead,
    /// Parameters as they were sent, or as they are when nobody sends them.
    pub(crate) echoed: Map<String, Value>,
}

impl ResponseFrame {
    fn write(&self, status: &str, output: &[Value], end: Option<&AnswerEnd>) -> Value {
        let mut response = json!({
            "id": self.head.id, "object": "response", "created_at": self.head.created, "status": status,
            "error": null, "incomplete_details": null, "output": output,
            "model": end.map_or(&self.head.model, |end| &end.model),
            "usage": null,
        });
        if let Some(fields) = response.as_object_mut() {
            fields.extend(self.echoed.clone());
        }

        if let Some(end) = end {
            response["usage"] = json!({
                "input_tokens": end.input_tokens, "input_tokens_details": { "cached_tokens": 0 },
                "output_tokens": end.output_tokens, "output_tokens_details": { "reasoning_tokens": 0 },
                "total_tokens": end.input_tokens + end.output_tokens,
            });
            if is_incomplete(end) {
                response["status"] = json!("incomplete");
                response["incomplete_details"] = json!({ "reason": "max_output_tokens" });
            }
            // There is no reason of that name: it says that it ended early, and the error says why.
            if let Some(cut) = &end.cut {
                response["error"] = json!({ "code": write_code(&cut.reason), "message": cut.message });
            }
        }

        response
    }

    /// The whole answer.
    pub(crate) fn write_whole(&self, answer: WholeAnswer) -> Value {
        let mut output = Vec::new();
        let end = answer.end.unwrap_or_default();
        if !answer.text.is_empty() || answer.calls.is_empty() {
            output.push(self.write_message(status_of(&end), &[write_text(&answer.text)]));
        }

        output.extend(
            answer
                .calls
                .iter()
                .enumerate()
                .map(|(index, call)| self.write_call(index, call, "completed")),
        );

        self.write("completed", &output, Some(&end))
    }

    fn write_message(&self, status: &str, content: &[Value]) -> Value {
        json!({
            "id": format!("msg_{}", self.head.id), "type": "message", "role": "assistant", "status": status,
            "content": content,
        })
    }

    fn write_call(&self, index: usize, call: &PromptToolCall, status: &str) -> Value {
        json!({
            "id": format!("fc_{index}_{}", self.head.id), "type": "function_call", "status": status,
            "call_id": call.id, "name": call.name, "arguments": call.arguments,
        })
    }
}

/// Whether it stopped at a limit.
fn is_incomplete(end: &AnswerEnd) -> bool {
    end.finish == "length"
}

/// Of a message that ends with the answer.
fn status_of(end: &AnswerEnd) -> &'static str {
    match is_incomplete(end) {
        true => "incomplete",
        false => "completed",
    }
}

fn write_text(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [] })
}

/// Makes the events of a streamed answer, each with its number.
pub(crate) struct ResponseEvents {
    frame: ResponseFrame,
    number: u64,
    text: String,
    /// Whether the message is open: its words come.
    speaking: bool,
    output: Vec<Value>,
    ended: Option<AnswerEnd>,
}

impl ResponseEvents {
    pub(crate) fn new(frame: ResponseFrame) -> Self {
        Self {
            frame,
            number: 0,
            text: String::new(),
            speaking: false,
            output: Vec::new(),
            ended: None,
        }
    }

    pub(crate) fn begin(&mut self) -> Vec<(&'static str, Value)> {
        let response = self.frame.write("in_progress", &[], None);
        vec![
            self.event("response.created", json!({ "response": response })),
            self.event("response.in_progress", json!({ "response": response })),
        ]
    }

    /// The events that tell a piece.
    pub(crate) fn write(&mut self, piece: Piece) -> Vec<(&'static str, Value)> {
        match piece {
            Piece::Delta(text) => self.speak(text),
            Piece::Call(call) => {
                let mut events = self.close_message("completed");
                events.extend(self.call(&call));
                events
            }
            Piece::End(end) => self.end(&end),
        }
    }

    /// The answer ends early, for this reason. What was told of it stays.
    pub(crate) fn fail(&mut self, code: &str, message: &str) -> (&'static str, Value) {
        let mut response = self.snapshot("failed");
        response["error"] = json!({ "code": code, "message": message });

        self.event("response.failed", json!({ "response": response }))
    }

    /// Somebody stopped it. There is no event of that name: clients are told that it is not whole, and the status says why.
    pub(crate) fn cancel(&mut self) -> (&'static str, Value) {
        let response = self.snapshot("cancelled");
        self.event("response.incomplete", json!({ "response": response }))
    }

    /// The answer as far as it was told.
    pub(crate) fn snapshot(&self, status: &str) -> Value {
        let mut output = self.output.clone();
        if self.speaking {
            let told = if status == "in_progress" {
                status
            } else {
                "incomplete"
            };
            output.push(self.frame.write_message(told, &[write_text(&self.text)]));
        }

        self.frame.write(status, &output, self.ended.as_ref())
    }

    fn speak(&mut self, text: String) -> Vec<(&'static str, Value)> {
        let mut events = Vec::new();
        let place = self.output.len();
        let item = self.message_id();
        if !self.speaking {
            self.speaking = true;
            let message = self.frame.write_message("in_progress", &[]);
            events.push(self.event(
                "response.output_item.added",
                json!({ "output_index": place, "item": message }),
            ));
            events.push(self.event(
                "response.content_part.added",
                json!({ "item_id": item, "output_index": place, "content_index": 0, "part": write_text("") }),
            ));
        }

        self.text.push_str(&text);
        events.push(self.event(
            "response.output_text.delta",
            json!({ "item_id": item, "output_index": place, "content_index": 0, "delta": text, "logprobs": [] }),
        ));

        events
    }

    fn close_message(&mut self, status: &str) -> Vec<(&'static str, Value)> {
        if !std::mem::take(&mut self.speaking) {
            return Vec::new();
        }

        let (place, item) = (self.output.len(), self.message_id());
        let part = write_text(&self.text);
        let message = self.frame.write_message(status, std::slice::from_ref(&part));
        self.output.push(message.clone());
        let text = std::mem::take(&mut self.text);

        vec![
            self.event(
                "response.output_text.done",
                json!({ "item_id": item, "output_index": place, "content_index": 0, "text": text, "logprobs": [] }),
            ),
            self.event(
                "response.content_part.done",
                json!({ "item_id": item, "output_index": place, "content_index": 0, "part": part }),
            ),
            self.event(
                "response.output_item.done",
                json!({ "output_index": place, "item": message }),
            ),
        ]
    }

    fn call(&mut self, call: &PromptToolCall) -> Vec<(&'static str, Value)> {
        let place = self.output.len();
        let mut opened = call.clone();
        opened.arguments.clear();
        let opened = self.frame.write_call(place, &opened, "in_progress");
        let whole = self.frame.write_call(place, call, "completed");
        let item = whole["id"].clone();
        self.output.push(whole.clone());

        vec![
            self.event(
                "response.output_item.added",
                json!({ "output_index": place, "item": opened }),
            ),
            self.event(
                "response.function_call_arguments.delta",
                json!({ "item_id": item, "output_index": place, "delta": call.arguments }),
            ),
            self.event(
                "response.function_call_arguments.done",
                json!({ "item_id": item, "output_index": place, "name": call.name, "arguments": call.arguments }),
            ),
            self.event(
                "response.output_item.done",
                json!({ "output_index": place, "item": whole }),
            ),
        ]
    }

    fn end(&mut self, end: &AnswerEnd) -> Vec<(&'static str, Value)> {
        let mut events = self.close_message(status_of(end));
        self.ended = Some(end.clone());
        let response = self.frame.write("completed", &self.output, Some(end));
        let name = match is_incomplete(end) {
            true => "response.incomplete",
            false => "response.completed",
        };
        events.push(self.event(name, json!({ "response": response })));

        events
    }

    fn message_id(&self) -> String {
        format!("msg_{}", self.frame.head.id)
    }

    fn event(&mut self, name: &'static str, mut data: Value) -> (&'static str, Value) {
        data["type"] = json!(name);
        data["sequence_number"] = json!(self.number);
        self.number += 1;

        (name, data)
    }
}
