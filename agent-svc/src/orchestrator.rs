//! Adiuva's orchestrator: which assistants a message is for, what they answer, one or several in turn, and which plan a client
//! could run instead. With a model the assistants think by it, without one they work by themselves. It keeps, logs and traces
//! nothing of a chat; what a provider was asked is counted without a word of it.

mod chat_input;
mod classify;
#[cfg(any(test, feature = "testing"))]
mod faults;
mod material;
mod outgoing;
mod planning;
mod prompts;
mod responder;
mod tool_use;

use std::sync::Arc;

use assistant::{Assistant, answer_in_turn, answer_message};
use kit::actor::{Actor, Tier};
use kit::clock::SharedClock;
use kit::ephemeral::{Ephemeral, Wipe};
use proto::tasks::adiuva::{AssistantOutput, PlanAction};
use proto::v1::ProviderKey;
use redaction::Fingerprints;
use tokio_util::sync::CancellationToken;

pub(crate) use self::chat_input::{ChatInput, SharedChat, read_chat};
pub(crate) use self::material::write_messages_for_all as write_plugin_messages;
pub(crate) use self::outgoing::{Outgoing, clean_output};
pub(crate) use self::planning::{Planner, TemplateInput};
pub(crate) use self::prompts::{compose_plugin, list_instructions};
use self::responder::Responder;
use self::tool_use::AssistantTools;
use crate::agents::plugin::{self, Plugins};
use crate::agents::{Engines, Models};
use crate::blocking_pool::BlockingPool;
use crate::clients::Entitlements;
use crate::error::AgentError;
use crate::llm::{Call, Event, LlmError, Message, OwnConnections, OwnKey, Request, Silent, Sink};
use crate::own_keys::{self, explain_failure};
use crate::registry::AgentName;
use crate::usage::AccountName;

/// Classes whose routes say which models are asked.
const CLASSIFIER: &str = "adiuva.classify";
const SYNTHESIS: &str = "adiuva.synthesis";
/// Who is at fault for what can't be asked.
const ORCHESTRATOR: &str = "adiuva";

/// Whoever asks, for as long as somebody listens.
pub(crate) struct Asker {
    pub(crate) actor: Actor,
    pub(crate) cancel: CancellationToken,
    /// A key that the asker brought, for this chat alone.
    pub(crate) own_key: Option<OwnKey>,
    /// Over which the chat's calls go, one after another; they end with it.
    pub(crate) connections: OwnConnections,
}

impl Asker {
    fn call(&self, agent: &str) -> Call {
        Call {
            user: AccountName::from(&self.actor).to_string(),
            agent: agent.to_owned(),
            key: self.actor.api_key,
            own_key: self.own_key.clone(),
            own_connections: Some(self.connections.clone()),
            cancel: self.cancel.clone(),
            ..Call::default()
        }
    }

    /// Why a model did not answer, in the words of whose key it was.
    fn explain(&self, error: LlmError) -> AgentError {
        explain_failure(ORCHESTRATOR, self.own_key.as_ref(), error)
    }
}

/// An answer and what it proposes. Its memory is overwritten when it goes.
pub(crate) struct ChatReply {
    pub(crate) response: Ephemeral<String>,
    pub(crate) actions: Ephemeral<ProposedActions>,
    pub(crate) offline: bool,
}

#[derive(Default)]
pub(crate) struct ProposedActions(pub(crate) Vec<PlanAction>);

impl Wipe for ProposedActions {
    fn wipe(&mut self) {
        chat_input::wipe_actions(&mut self.0);
    }
}

pub(crate) struct Orchestrator {
    models: Models,
    bench: BlockingPool,
    clock: SharedClock,
    plugins: Plugins,
    fingerprints: Fingerprints,
    entitlements: Entitlements,
}

impl Orchestrator {
    /// `fingerprints`: of all that must not leave.
    pub(crate) fn new(
        engines: &Engines,
        clock: SharedClock,
        plugins: Plugins,
        fingerprints: Fingerprints,
        entitlements: Entitlements,
    ) -> Self {
        Self {
            models: engines.models.clone(),
            bench: engines.bench.clone(),
            clock,
            plugins,
            fingerprints,
            entitlements,
        }
    }

    pub(crate) fn fingerprints(&self) -> Fingerprints {
        self.fingerprints.clone()
    }

    /// A caller's own key, when a model that answers chats is at its provider.
    ///
    /// # Errors
    /// [`AgentError::Input`] that names the providers that take keys.
    pub(crate) fn take_key(&self, key: ProviderKey) -> Result<OwnKey, AgentError> {
        own_keys::take_key(self.models.gateway(), Assistant::Task.name(), ORCHESTRATOR, key)
    }

    /// Answers a message. The words go out as they are made, and all of them are in the reply.
    ///
    /// # Errors
    /// [`AgentError::NotInTier`] for what the asker's tier has not; [`AgentError::Model`] when a model does not answer.
    pub(crate) async fn answer(
        &self,
        asker: &Asker,
        chat: SharedChat,
        out: Outgoing,
    ) -> Result<ChatReply, AgentError> {
        // Boxed: what it takes to choose is gone while the answer is streamed.
        let responders = Box::pin(self.choose(asker, &chat)).await?;
        match self.asks_models(asker) {
            true => self.answer_by_models(asker, chat, &responders, out).await,
            false => {
                self.answer_offline(chat, responder::need_no_model(&responders)?, out)
                    .await
            }
        }
    }

    /// Whom the message is for, when the asker may ask all of them.
    async fn choose(&self, asker: &Asker, chat: &SharedChat) -> Result<Vec<Responder>, AgentError> {
        let responders = match self.asks_models(asker) {
            true => classify::classify_by_model(self, asker, chat).await?,
            false => classify::classify_by_words(&self.plugins, chat),
        };

        for responder in &responders {
            self.check_tier(&asker.actor, responder.name()).await?;
        }
        Ok(responders)
    }

    /// Whether an agent is in what somebody has.
    ///
    /// # Errors
    /// [`AgentError::NotInTier`] that names the least tier that has it.
    pub(crate) async fn check_tier(&self, actor: &Actor, name: AgentName) -> Result<(), AgentError> {
        if self.entitlements.find(actor).await.has_agent(&name) {
            return Ok(());
        }

        let least = self.entitlements.find_least(actor, &name).await;
        Err(AgentError::agent_not_in_tier(name.name, least))
    }

    /// Whether what is for a tier is in what somebody has.
    pub(crate) async fn has_tier(&self, actor: &Actor, least: Tier) -> bool {
        self.entitlements.find(actor).await.has_tier(least)
    }

    fn asks_models(&self, asker: &Asker) -> bool {
        asker.own_key.is_some() || self.models.gateway().available(Assistant::Task.name())
    }

    async fn answer_offline(
        &self,
        chat: SharedChat,
        assistants: Vec<Assistant>,
        mut out: Outgoing,
    ) -> Result<ChatReply, AgentError> {
        let now = self.clock.now();
        let output = self
            .bench
            .run(move |_| {
                #[cfg(any(test, feature = "testing"))]
                faults::panic_if_wished(&chat.expose().0.message);
                match assistants.as_slice() {
                    [assistant] => answer_message(*assistant, &chat.expose().0, now),
                    several => answer_in_turn(several, &chat.expose().0, now),
                }
            })
            .await?;

        let response = Ephemeral::new(output.response);
        for line in response.expose().split_inclusive('\n') {
            out.say(line).await;
        }
        Ok(finish(out, output.actions, true).await)
    }

    /// One assistant, or several in turn, each of which sees what those before it found; then their answers become one.
    async fn answer_by_models(
        &self,
        asker: &Asker,
        mut chat: SharedChat,
        responders: &[Responder],
        mut out: Outgoing,
    ) -> Result<ChatReply, AgentError> {
        if let [responder] = responders {
            let output = self.ask(asker, responder, &chat, &mut Speaker(&mut out)).await?;
            return Ok(finish(out, output.actions, false).await);
        }

        let mut actions: Vec<PlanAction> = Vec::new();
        for responder in responders {
            let output = self.ask(asker, responder, &chat, &mut Silent).await?;
            let new = output.actions.iter().filter(|action| !actions.contains(action));
            let new: Vec<PlanAction> = new.cloned().collect();
            actions.extend(new);
            chat = chat_input::pass_on(&chat, responder.name().name, output);
        }

        self.synthesise(asker, &chat, &mut out).await?;
        Ok(finish(out, actions, false).await)
    }

    /// What one of them says by its model and its tools.
    async fn ask(
        &self,
        asker: &Asker,
        responder: &Responder,
        chat: &SharedChat,
        sink: &mut dyn Sink,
    ) -> Result<AssistantOutput, AgentError> {
        match responder {
            Responder::Assistant(assistant) => self.ask_assistant(asker, *assistant, chat, sink).await,
            Responder::Plugin(plugin) => {
                let call = asker.call(plugin.name);
                plugin::ask(plugin, &self.models, call, chat, &self.clock, sink)
                    .await
                    .map_err(|error| asker.explain(error))
            }
        }
    }

    async fn ask_assistant(
        &self,
        asker: &Asker,
        assistant: Assistant,
        chat: &SharedChat,
        sink: &mut dyn Sink,
    ) -> Result<AssistantOutput, AgentError> {
        #[cfg(any(test, feature = "testing"))]
        faults::panic_if_wished(&chat.expose().0.message);

        let now = self.clock.now();
        let request = Request {
            class: assistant.name().to_owned(),
            system: prompts::compose_assistant(assistant),
            messages: material::write_messages(&chat.expose().0, assistant, now),
            ..Request::default()
        };

        let tools = AssistantTools::new(assistant, Arc::clone(chat), now);
        let gateway = self.models.gateway();
        let reply = gateway
            .run_tools(&asker.call(assistant.name()), request, &tools, sink)
            .await
            .map_err(|error| asker.explain(error))?;

        let mut output = AssistantOutput {
            response: reply.turn.text,
            ..AssistantOutput::default()
        };
        for outcome in tools.into_outcomes() {
            output.actions.extend(outcome.actions);
            output.results.push(outcome.result);
        }
        Ok(output)
    }

    async fn synthesise(
        &self,
        asker: &Asker,
        chat: &SharedChat,
        out: &mut Outgoing,
    ) -> Result<(), AgentError> {
        let input = &chat.expose().0;
        let answers: Vec<&str> = input
            .previous_results
            .iter()
            .map(|result| result.response.as_str())
            .collect();
        let request = Request {
            class: SYNTHESIS.to_owned(),
            system: prompts::write_synthesis().trim().to_owned(),
            messages: vec![Message::User(format!(
                "{}\n\n====\n{}",
                input.message,
                answers.join("\n====\n")
            ))],
            ..Request::default()
        };

        let gateway = self.models.gateway();
        gateway
            .complete(&asker.call(SYNTHESIS), request, &mut Speaker(out))
            .await
            .map_err(|error| asker.explain(error))?;
        Ok(())
    }
}

async fn finish(out: Outgoing, mut actions: Vec<PlanAction>, offline: bool) -> ChatReply {
    out.clean_actions(&mut actions);

    ChatReply {
        response: out.finish().await,
        actions: Ephemeral::new(ProposedActions(actions)),
        offline,
    }
}

/// Says what a model says.
struct Speaker<'a>(&'a mut Outgoing);

#[async_trait::async_trait]
impl Sink for Speaker<'_> {
    async fn on(&mut self, event: Event) {
        match event {
            Event::Delta(words) => {
                let words = Ephemeral::new(words);
                self.0.say(words.expose()).await;
            }
            Event::Restart => self.0.restart().await,
            // It is written down where the provider was asked.
            Event::Usage(_) => {}
        }
    }

    async fn pause(&mut self) {
        self.0.pause().await;
    }
}
