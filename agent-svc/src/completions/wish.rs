//! What callers ask of a model, checked: the order of a conversation, bounds, tools and the form of the answer. What is wrong is
//! named as they wrote it.

use std::collections::BTreeMap;

use kit::error::Faults;
use serde_json::{Value, json};

use crate::error::AgentError;
use crate::llm::{
    CallerSchema, Message, OwnKey, Request, Sampling, ToolCall, ToolResult, ToolSpec, ToolUse, Turn,
};

/// Answers to one question.
pub(crate) const CHOICES_MAX: u32 = 8;
const MESSAGES_MAX: usize = 4_096;
const TOOLS_MAX: usize = 128;
const STOPS_MAX: usize = 4;
const STOP_CHARS: usize = 200;
const TEXTS_MAX: usize = 2_048;
/// Of one text that becomes a vector.
const TEXT_BYTES_MAX: usize = 64 * 1024;
const DIMENSIONS_MAX: u32 = 4_096;
const SCHEMA_BYTES_MAX: usize = 64 * 1024;

/// One message as it came.
#[derive(Debug, Default)]
pub(crate) struct PromptItem {
    pub(crate) role: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) call_id: String,
}

/// One tool as it came; its parameters are JSON Schema text.
#[derive(Debug, Default)]
pub(crate) struct ToolWish {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) parameters: String,
}

/// The form that an answer must have.
pub(crate) enum AnswerForm {
    Text,
    Fitting(Box<CallerSchema>),
}

/// A conversation to go on with.
pub(crate) struct ChatWish {
    pub(crate) model: String,
    /// Without class and model.
    pub(crate) request: Request,
    pub(crate) form: AnswerForm,
    pub(crate) choices: u32,
    pub(crate) streamed: bool,
    /// A key that the caller brought, for this answer alone.
    pub(crate) own_key: Option<OwnKey>,
}

/// Texts to become vectors.
#[derive(Debug)]
pub(crate) struct TextsWish {
    pub(crate) model: String,
    pub(crate) texts: Vec<String>,
    pub(crate) dimensions: Option<u32>,
}

/// What is wrong with a wish, field by field.
#[derive(Default)]
pub(crate) struct WishFaults(Faults);

impl WishFaults {
    fn refuse_if(&mut self, wrong: bool, field: impl Into<String>, expected: &str) {
        if wrong {
            self.0.add(field, expected);
        }
    }

    /// # Errors
    /// [`AgentError::Wish`] when there is any.
    pub(crate) fn check(self) -> Result<(), AgentError> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(AgentError::Wish(self.0)),
        }
    }

    /// The system's words in their order, and the rest of the conversation.
    pub(crate) fn read_messages(&mut self, items: Vec<PromptItem>) -> (String, Vec<Message>) {
        self.refuse_if(
            items.is_empty() || items.len() > MESSAGES_MAX,
            "messages",
            "1 to 4096 messages",
        );

        let mut system: Vec<String> = Vec::new();
        let mut messages: Vec<Message> = Vec::new();
        let mut called: BTreeMap<String, String> = BTreeMap::new();
        for (index, item) in items.into_iter().enumerate() {
            match item.role.as_str() {
                "system" | "developer" => system.push(item.text),
                "user" => messages.push(Message::User(item.text)),
                "assistant" => {
                    called.extend(item.calls.iter().map(|call| (call.id.clone(), call.name.clone())));
                    messages.push(Message::Assistant(Turn::from_words(item.text, item.calls)));
                }
                "tool" => {
                    let name = called.get(&item.call_id).cloned();
                    self.refuse_if(
                        name.is_none(),
                        format!("messages.{index}.tool_call_id"),
                        "the id of a call that an earlier assistant message made",
                    );
                    let result = ToolResult {
                        id: item.call_id,
                        name: name.unwrap_or_default(),
                        content: item.text,
                    };
                    match messages.last_mut() {
                        Some(Message::ToolResults(results)) => results.push(result),
                        _ => messages.push(Message::ToolResults(vec![result])),
                    }
                }
                _ => self.0.add(
                    format!("messages.{index}.role"),
                    "system, developer, user, assistant or tool",
                ),
            }
        }

        // Every provider wants to be asked something.
        if messages.is_empty() && !system.is_empty() {
            messages.push(Message::User(system.pop().unwrap_or_default()));
        }

        (system.join("\n\n"), messages)
    }

    pub(crate) fn read_tools(&mut self, tools: Vec<ToolWish>) -> Vec<ToolSpec> {
        self.refuse_if(tools.len() > TOOLS_MAX, "tools", "at most 128 tools");

        let mut specs: Vec<ToolSpec> = Vec::with_capacity(tools.len());
        for (index, tool) in tools.into_iter().enumerate() {
            let at = |field: &str| format!("tools.{index}.function.{field}");
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            let named = !tool.name.is_empty() && tool.name.len() <= 64 && tool.name.bytes().all(fits);
            self.refuse_if(!named, at("name"), "1 to 64 letters, digits, _ and -");
            self.refuse_if(
                specs.iter().any(|known| known.name == tool.name),
                at("name"),
                "a name of its own",
            );

            let schema = match tool.parameters.is_empty() {
                true => json!({ "type": "object", "properties": {} }),
                false => serde_json::from_str(&tool.parameters).unwrap_or(Value::Null),
            };
            let is_schema = schema.is_object()
                && tool.parameters.len() <= SCHEMA_BYTES_MAX
                && CallerSchema::compile(&tool.name, schema.clone()).is_ok();
            self.refuse_if(
                !is_schema,
                at("parameters"),
                "a JSON Schema of an object, without references to elsewhere or to too much",
            );

            specs.push(ToolSpec {
                name: tool.name,
                description: tool.description,
                schema,
            });
        }

        specs
    }

    pub(crate) fn read_tool_use(&mut self, choice: &str, name: String, tools: &[ToolSpec]) -> ToolUse {
        match choice {
            "" | "auto" => ToolUse::Free,
            "none" => ToolUse::Never,
            "required" => {
                self.refuse_if(
                    tools.is_empty(),
                    "tool_choice",
                    "auto or none where there are no tools",
                );
                ToolUse::Must
            }
            "named" => {
                let there = tools.iter().any(|tool| tool.name == name);
                self.refuse_if(!there, "tool_choice", "the name of one of the tools");
                ToolUse::MustCall(name)
            }
            _ => {
                self.0
                    .add("tool_choice", "auto, none, required or one of the tools");
                ToolUse::Free
            }
        }
    }

    pub(crate) fn read_sampling(
        &mut self,
        temperature: Option<f64>,
        top_p: Option<f64>,
        stop: Vec<String>,
        max_tokens: Option<u32>,
    ) -> Sampling {
        let outside = |value: Option<f64>, most: f64| value.is_some_and(|v| !(0.0..=most).contains(&v));
        self.refuse_if(outside(temperature, 2.0), "temperature", "a number from 0 to 2");
        self.refuse_if(outside(top_p, 1.0), "top_p", "a number from 0 to 1");
        self.refuse_if(max_tokens == Some(0), "max_tokens", "at least 1");
        let stops_fit = stop.len() <= STOPS_MAX
            && stop
                .iter()
                .all(|text| !text.is_empty() && text.chars().count() <= STOP_CHARS);
        self.refuse_if(!stops_fit, "stop", "at most 4 texts of 1 to 200 characters");

        Sampling {
            top_p,
            stop,
            keeps_truncated: true,
            ..Sampling::default()
        }
    }

    pub(crate) fn read_form(&mut self, form: &str, name: &str, schema: &str) -> AnswerForm {
        let (field, schema) = match form {
            "" | "text" => return AnswerForm::Text,
            "json" => ("response_format", Some(json!({ "type": "object" }))),
            "schema" if schema.len() <= SCHEMA_BYTES_MAX => (
                "response_format.json_schema.schema",
                serde_json::from_str(schema).ok(),
            ),
            _ => ("response_format", None),
        };

        let compiled = schema
            .filter(Value::is_object)
            .and_then(|schema| CallerSchema::compile(name, schema).ok());
        match compiled {
            Some(schema) => AnswerForm::Fitting(Box::new(schema)),
            None => {
                self.0.add(
                    field,
                    "a JSON Schema of at most 64 KiB, without references to elsewhere or to too much",
                );
                AnswerForm::Text
            }
        }
    }

    pub(crate) fn read_choices(&mut self, choices: u32) -> u32 {
        self.refuse_if(choices > CHOICES_MAX, "n", "1 to 8");
        choices.clamp(1, CHOICES_MAX)
    }
}

impl ChatWish {
    /// Whether a model's words are passed on as they come: an answer in a form is judged whole first.
    pub(super) fn is_told_live(&self) -> bool {
        self.streamed && matches!(self.form, AnswerForm::Text)
    }
}

impl TextsWish {
    /// # Errors
    /// [`AgentError::Wish`].
    pub(crate) fn check(self) -> Result<Self, AgentError> {
        let mut faults = WishFaults::default();
        let counted = !self.texts.is_empty() && self.texts.len() <= TEXTS_MAX;
        faults.refuse_if(!counted, "input", "1 to 2048 texts");
        for (index, text) in self.texts.iter().enumerate().take(TEXTS_MAX) {
            let fits = !text.is_empty() && text.len() <= TEXT_BYTES_MAX;
            faults.refuse_if(!fits, format!("input.{index}"), "a text of 1 byte to 64 KiB");
        }

        let dimensions = self.dimensions.unwrap_or(1);
        faults.refuse_if(
            !(1..=DIMENSIONS_MAX).contains(&dimensions),
            "dimensions",
            "1 to 4096",
        );
        faults.check()?;

        Ok(self)
    }
}
