//! Asks a model of the agent's class and passes on what it says: text as it is written, usage call by call. What comes
//! out is of the asked type and has passed the sanitizer.

use async_trait::async_trait;
use proto::tasks::Level;
use proto::v1::AgentUsage;
use redaction::{Marks, Sanitizer, is_recognisable};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::llm::{Call, Event, Gateway, Message, Request, Sink, ToolBox, ToolCall, Usage};
use crate::outgoing::Cleaner;
use crate::outgoing::field::FieldStream;
use crate::registry::{answer_texts, tool_texts};
use crate::usage::AccountName;

/// A system prompt, as the fragments that it is put together from.
pub(super) struct Prompt(Vec<&'static str>);

impl Prompt {
    pub(super) fn compose(fragments: &[&'static str]) -> Self {
        Self(fragments.to_vec())
    }

    fn text(&self) -> String {
        let trimmed: Vec<&str> = self.0.iter().map(|fragment| fragment.trim()).collect();

        trimmed.join("\n\n")
    }
}

/// One question to a model.
pub(super) struct Question<'a> {
    /// Who speaks in the log.
    pub(super) speaker: &'static str,
    pub(super) system: Prompt,
    /// What the task is about: facts and wishes.
    pub(super) messages: Vec<Message>,
    pub(super) tools: Option<&'a dyn ToolBox>,
    /// The text field of the answer that people read along with.
    pub(super) shown: &'static str,
}

/// The models that agents think with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Models(Gateway);

impl Models {
    pub(super) fn new(gateway: Gateway) -> Self {
        Self(gateway)
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.0
    }

    /// The models of an agent or a class, the one that is asked first first. Empty: the offline author does the work.
    pub(crate) fn names(&self, class: &str) -> Vec<String> {
        self.0.models(class)
    }

    /// Whether an outside model does the thinking.
    pub(super) fn available(&self, desk: &AgentContext) -> bool {
        self.0.available(desk.agent)
    }

    /// Asks, and gives the whole valid answer.
    ///
    /// # Errors
    /// See [`crate::llm::LlmError`]. [`AgentError::Broken`] when something would be said that the agent's registration
    /// does not name: the sanitizer would not know it.
    pub(super) async fn think<T>(&self, desk: &AgentContext, question: Question<'_>) -> Result<T, AgentError>
    where
        T: DeserializeOwned + Serialize + JsonSchema + 'static,
    {
        let texts = [
            question
                .tools
                .map(|tools| tool_texts(&tools.specs()))
                .unwrap_or_default(),
            answer_texts::<T>(),
        ]
        .concat();
        let mut said = question
            .system
            .0
            .iter()
            .copied()
            .chain(texts.iter().map(String::as_str))
            .filter(|text| is_recognisable(text));
        if !said.all(|text| desk.fingerprints.cover(text)) {
            tracing::error!(
                agent = desk.agent,
                "an agent has instructions that its registration does not name"
            );
            return Err(AgentError::Broken);
        }

        let call = Call {
            user: AccountName::from(&desk.actor).to_string(),
            agent: desk.agent.to_owned(),
            run: desk.run_id.clone(),
            key: desk.actor.api_key,
            cancel: desk.cancel.clone(),
            ..Call::default()
        };

        let request = Request {
            class: desk.agent.to_owned(),
            system: question.system.text(),
            messages: question.messages,
            ..Request::default()
        };

        let mut listener = Listener::new(desk, question.speaker, question.shown);
        let answer = self
            .0
            .structured::<T>(&call, request, question.tools, &mut listener)
            .await;
        let (answer, _) = answer?;

        listener.finish().await;

        cleaned(desk, answer)
    }
}

/// Every text of the value without what must not leave.
fn cleaned<T: DeserializeOwned + Serialize>(desk: &AgentContext, value: T) -> Result<T, AgentError> {
    let agent = desk.agent;
    let mut json = serde_json::to_value(&value).map_err(|source| AgentError::Unwritten { agent, source })?;
    let cleaner = Cleaner {
        agent,
        fingerprints: &desk.fingerprints,
        marks: Marks::Reasoning,
    };

    match cleaner.clean_value(&mut json) {
        true => serde_json::from_value(json).map_err(|source| AgentError::Unwritten { agent, source }),
        false => Ok(value),
    }
}

/// A tool's arguments as a Rust type; the error is for the model.
pub(super) fn arguments<T: DeserializeOwned>(call: &ToolCall) -> Result<T, String> {
    T::deserialize(&call.arguments).map_err(|err| format!("the arguments do not fit: {err}"))
}

/// Hears a call, and says on the desk what people may hear of it.
struct Listener<'a> {
    desk: &'a AgentContext,
    speaker: &'static str,
    shown: &'static str,
    field: FieldStream,
    sanitizer: Sanitizer,
    /// Something of this answer was shown.
    begun: bool,
}

impl<'a> Listener<'a> {
    fn new(desk: &'a AgentContext, speaker: &'static str, shown: &'static str) -> Self {
        Self {
            desk,
            speaker,
            shown,
            field: FieldStream::new(shown),
            sanitizer: begin_cleaning(desk),
            begun: false,
        }
    }

    async fn finish(mut self) {
        let rest = self.sanitizer.finish();
        self.desk.delta(rest).await;
    }

    async fn again(&mut self) {
        self.field = FieldStream::new(self.shown);
        self.sanitizer = begin_cleaning(self.desk);
        if std::mem::take(&mut self.begun) {
            let action = "Starting the text again";
            self.desk
                .log_with(self.speaker, action, json!({}), Level::Warning)
                .await;
        }
    }
}

/// Books and code may have any marks but those of reasoning.
fn begin_cleaning(desk: &AgentContext) -> Sanitizer {
    Sanitizer::with_marks(desk.fingerprints.clone(), Marks::Reasoning)
}

#[async_trait]
impl Sink for Listener<'_> {
    async fn on(&mut self, event: Event) {
        match event {
            Event::Delta(piece) => {
                let text = self.sanitizer.push(&self.field.push(&piece));
                self.begun |= !text.is_empty();
                self.desk.delta(text).await;
            }
            Event::Restart => self.again().await,
            Event::Usage(usage) => self.desk.usage(told(usage)).await,
        }
    }

    async fn pause(&mut self) {
        let text = self.sanitizer.pause();
        if !text.is_empty() {
            self.begun = true;
            self.desk.delta(text).await;
        }
    }
}

fn told(usage: Usage) -> AgentUsage {
    AgentUsage {
        provider: usage.provider,
        model: usage.model,
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cost_micro_usd: usage.cost_micro_usd,
    }
}
