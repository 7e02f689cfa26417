//! Chat completions: whole, and in chunks as they are streamed.

use std::collections::BTreeMap;

use proto::v1::{AnswerEnd, AnswerPiece, PromptToolCall, answer_piece::Piece};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::refusal::write_code;

/// What all parts of one answer share.
#[derive(Clone, Debug)]
pub(crate) struct AnswerHead {
    pub(crate) id: String,
    pub(crate) created: i64,
    /// As it was asked for; the end says who answered.
    pub(crate) model: String,
}

/// One of the answers, when it is whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct WholeAnswer {
    pub(crate) text: String,
    pub(crate) calls: Vec<PromptToolCall>,
    pub(crate) end: Option<AnswerEnd>,
}

impl WholeAnswer {
    pub(crate) fn add(&mut self, piece: Piece) {
        match piece {
            Piece::Delta(text) => self.text.push_str(&text),
            Piece::Call(call) => self.calls.push(call),
            Piece::End(end) => self.end = Some(end),
        }
    }
}

/// An answer to a conversation.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatCompletion {
    id: String,
    #[schema(example = "chat.completion")]
    object: &'static str,
    created: i64,
    /// The model that answered; `saga-offline` where none was asked.
    model: String,
    choices: Vec<ChatChoice>,
    usage: CompletionUsage,
    /// `offline` where no model was asked.
    system_fingerprint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<AnswerNotice>,
}

/// Why an answer that ended with `length` was cut, where that was a budget's end.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AnswerNotice {
    /// As a refusal's.
    #[schema(example = "insufficient_quota")]
    code: String,
    /// For a person.
    message: String,
}

impl AnswerNotice {
    fn read(end: &AnswerEnd) -> Option<Self> {
        let cut = end.cut.as_ref()?;
        Some(Self {
            code: write_code(&cut.reason),
            message: cut.message.clone(),
        })
    }
}

/// One of the answers.
#[derive(Serialize, ToSchema)]
struct ChatChoice {
    index: usize,
    message: AnswerMessage,
    #[schema(value_type = Option<String>)]
    logprobs: Option<()>,
    /// `stop`, `length` or `tool_calls`.
    finish_reason: String,
}

/// What the model says.
#[derive(Serialize, ToSchema)]
struct AnswerMessage {
    #[schema(example = "assistant")]
    role: &'static str,
    content: Option<String>,
    #[schema(value_type = Option<String>)]
    refusal: Option<()>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCallItem>,
}

/// A tool that the model wants called.
#[derive(Serialize, ToSchema)]
struct ToolCallItem {
    id: String,
    #[serde(rename = "type")]
    #[schema(example = "function")]
    kind: &'static str,
    function: FunctionCall,
}

#[derive(Serialize, ToSchema)]
struct FunctionCall {
    name: String,
    /// JSON text.
    arguments: String,
}

/// What the answers took.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct CompletionUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
}

impl CompletionUsage {
    pub(crate) fn add(&mut self, end: &AnswerEnd) {
        self.prompt_tokens += end.input_tokens;
        self.completion_tokens += end.output_tokens;
        self.total_tokens = self.prompt_tokens + self.completion_tokens;
    }
}

/// Which of the providers' machines answered is not told; that none did, is.
fn fingerprint_of(end: &AnswerEnd) -> Option<&'static str> {
    end.offline.then_some("offline")
}

impl From<PromptToolCall> for ToolCallItem {
    fn from(call: PromptToolCall) -> Self {
        Self {
            id: call.id,
            kind: "function",
            function: FunctionCall {
                name: call.name,
                arguments: call.arguments,
            },
        }
    }
}

impl ChatCompletion {
    pub(crate) fn new(head: AnswerHead, answers: Vec<WholeAnswer>) -> Self {
        let mut usage = CompletionUsage::default();
        let (mut model, mut fingerprint, mut notice) = (head.model, None, None);
        let mut choices = Vec::with_capacity(answers.len());
        for (index, answer) in answers.into_iter().enumerate() {
            let end = answer.end.unwrap_or_default();
            usage.add(&end);
            fingerprint = fingerprint_of(&end);
            notice = notice.or_else(|| AnswerNotice::read(&end));

            let says = !answer.text.is_empty() || answer.calls.is_empty();
            choices.push(ChatChoice {
                index,
                message: AnswerMessage {
                    role: "assistant",
                    content: says.then_some(answer.text),
                    refusal: None,
                    tool_calls: answer.calls.into_iter().map(ToolCallItem::from).collect(),
                },
                logprobs: None,
                finish_reason: end.finish,
            });
            model = end.model;
        }

        Self {
            id: head.id,
            object: "chat.completion",
            created: head.created,
            model,
            choices,
            usage,
            system_fingerprint: fingerprint,
            notice,
        }
    }
}

/// Makes the chunks of a streamed answer.
pub(crate) struct Chunks {
    head: AnswerHead,
    /// Whether what it took is told behind the end.
    tells_usage: bool,
    usage: CompletionUsage,
    /// Answers that have begun, and how many tools each has called.
    begun: BTreeMap<u32, u32>,
}

impl Chunks {
    pub(crate) fn new(head: AnswerHead, tells_usage: bool) -> Self {
        Self {
            head,
            tells_usage,
            usage: CompletionUsage::default(),
            begun: BTreeMap::new(),
        }
    }

    /// The chunks that tell a piece.
    pub(crate) fn write(&mut self, piece: AnswerPiece) -> Vec<Value> {
        let choice = piece.choice;
        let mut chunks = Vec::new();
        let calls = self.begun.get(&choice).copied();
        if calls.is_none() {
            self.begun.insert(choice, 0);
            let role = json!({ "role": "assistant", "content": "", "refusal": null });
            chunks.push(self.chunk(choice, &role, None));
        }

        match piece.piece {
            Some(Piece::Delta(text)) => chunks.push(self.chunk(choice, &json!({ "content": text }), None)),
            Some(Piece::Call(call)) => {
                let mut call = json!(ToolCallItem::from(call));
                call["index"] = json!(calls.unwrap_or_default());
                self.begun.insert(choice, calls.unwrap_or_default() + 1);
                chunks.push(self.chunk(choice, &json!({ "tool_calls": [call] }), None));
            }
            Some(Piece::End(end)) => {
                self.usage.add(&end);
                self.head.model.clone_from(&end.model);
                let mut chunk = self.chunk(choice, &json!({}), Some(&end.finish));
                chunk["system_fingerprint"] = json!(fingerprint_of(&end));
                if let Some(notice) = AnswerNotice::read(&end) {
                    chunk["notice"] = json!(notice);
                }
                chunks.push(chunk);
            }
            None => {}
        }

        chunks
    }

    /// What comes behind all answers.
    pub(crate) fn finish(self) -> Option<Value> {
        self.tells_usage.then(|| {
            let mut chunk = self.envelope(&json!([]));
            chunk["usage"] = json!(self.usage);
            chunk
        })
    }

    fn chunk(&self, choice: u32, delta: &Value, finish: Option<&str>) -> Value {
        self.envelope(
            &json!([{ "index": choice, "delta": delta, "logprobs": null, "finish_reason": finish }]),
        )
    }

    fn envelope(&self, choices: &Value) -> Value {
        let mut chunk = json!({
            "id": self.head.id, "object": "chat.completion.chunk", "created": self.head.created,
            "model": self.head.model, "choices": choices,
        });
        if self.tells_usage {
            chunk["usage"] = Value::Null;
        }

        chunk
    }
}

#[cfg(test)]
mod tests {
    use proto::v1::AnswerCut;

    use super::*;

    fn head() -> AnswerHead {
        AnswerHead {
            id: "chatcmpl-1".to_owned(),
            created: 1,
            model: "saga".to_owned(),
        }
    }

    fn end(cut: bool) -> AnswerEnd {
        AnswerEnd {
            finish: "length".to_owned(),
            model: "m".to_owned(),
            input_tokens: 9,
            output_tokens: 2,
            cut: cut.then(|| AnswerCut {
                reason: "BUDGET_EXHAUSTED".to_owned(),
                message: "No room.".to_owned(),
            }),
            ..AnswerEnd::default()
        }
    }

    #[test]
    fn an_answer_that_a_budget_cut_has_a_notice_beside_its_finish_reason() {
        let notice = json!({ "code": "insufficient_quota", "message": "No room." });
        for (cut, expected) in [(true, &notice), (false, &Value::Null)] {
            let answer = WholeAnswer {
                text: "Once ".to_owned(),
                end: Some(end(cut)),
                ..WholeAnswer::default()
            };
            let whole = json!(ChatCompletion::new(head(), vec![answer]));
            assert_eq!(&whole["notice"], expected);
            assert_eq!(whole["choices"][0]["finish_reason"], "length");
            assert_eq!(whole["choices"][0]["message"]["content"], "Once ");

            let piece = AnswerPiece {
                choice: 0,
                piece: Some(Piece::End(end(cut))),
            };
            let last = Chunks::new(head(), false).write(piece).pop().unwrap();
            assert_eq!(&last["notice"], expected);
            assert_eq!(last["choices"][0]["finish_reason"], "length");
        }
    }
}
