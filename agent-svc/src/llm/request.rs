//! What callers say to the gateway and hear from it: requests, messages, replies, events. No provider's types show.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use genai::chat::MessageContent;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sampling::Sampling;
use super::usage::Usage;
use super::wire::OwnConnections;
use crate::clients::SpendRefusal;

/// For whom a call is made and how long it may take.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Accounting only; none of it reaches a provider.
    pub user: String,
    pub agent: String,
    pub run: Option<String>,
    /// The API key that the user came with.
    pub key: Option<Uuid>,
    /// The caller's own key at a provider. Then that provider alone is asked, and whoever gave the key pays it.
    pub own_key: Option<OwnKey>,
    /// Of a call of which nothing may stay behind: the connections that it goes over, which end with the last clone of this. Without
    /// them a call with an own key has its own, too, for itself alone.
    pub own_connections: Option<OwnConnections>,
    /// The earlier of this and the configured call timeout ends the call.
    pub deadline: Option<Instant>,
    /// Ends the call at once; dropping the future does the same.
    pub cancel: CancellationToken,
}

/// A caller's own key at a provider. It lives as long as the call, is overwritten when it goes, and is never printed.
#[derive(Debug, Clone)]
pub struct OwnKey {
    /// As the configuration names it: `openai`.
    pub provider: String,
    pub key: SecretString,
}

#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Agent class that chooses the route: `codestory.intent` uses the route `codestory` unless it has its own.
    pub class: String,
    pub system: String,
    pub messages: Vec<Message>,
    pub tools: Vec<ToolSpec>,
    /// Output tokens, thinking included; the model's own default when absent.
    pub max_tokens: Option<u32>,
    /// Dropped for models that take none.
    pub temperature: Option<f64>,
    pub sampling: Sampling,
}

#[derive(Debug, Clone)]
pub enum Message {
    User(String),
    Assistant(Turn),
    ToolResults(Vec<ToolResult>),
}

/// What a model said in one turn.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    pub text: String,
    pub tool_calls: Vec<ToolCall>,
    /// The provider's own form with its signed thoughts, given back only to the model it came from.
    pub(super) native: Option<Native>,
}

impl Turn {
    /// One that somebody tells of: without anything that only its provider can read.
    pub fn from_words(text: String, tool_calls: Vec<ToolCall>) -> Self {
        Self {
            text,
            tool_calls,
            native: None,
        }
    }
}

#[derive(Clone)]
pub(super) struct Native {
    pub(super) model: String,
    pub(super) content: Arc<MessageContent>,
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native")
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToolSpec {
    pub name: String,
    pub description: String,
    /// JSON Schema of the arguments, an object.
    pub schema: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: String,
    pub name: String,
    /// An object; a string when the model wrote something that is not JSON.
    pub arguments: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToolResult {
    pub id: String,
    pub name: String,
    pub content: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    Stop,
    /// The model waits for the results of `tool_calls`.
    ToolCalls,
    /// It stopped at its token limit or where a budget had no room for more, and whoever asked takes that.
    Length,
}

/// A complete answer: the provider sent its last event and a reason to stop.
#[derive(Debug, Clone)]
pub struct Reply {
    pub turn: Turn,
    pub finish: Finish,
    /// `provider/model` that answered.
    pub model: String,
    /// Why there was no room for more of it.
    pub cut: Option<SpendRefusal>,
    /// One for each provider call that was made, the failed ones included.
    pub usage: Vec<Usage>,
}

impl Reply {
    pub fn text(&self) -> &str {
        &self.turn.text
    }
}

/// What happens during a call. The deltas since the last `Restart`, put together, are the text so far.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Delta(String),
    /// The deltas so far are void: the answer begins again.
    Restart,
    /// A provider call ended.
    Usage(Usage),
}

/// Hears events in order. A slow sink slows the provider's stream down.
#[async_trait]
pub trait Sink: Send {
    async fn on(&mut self, event: Event);

    /// The model has said nothing for a moment ([`PAUSE`](super::PAUSE)), and may go on: whoever holds words back may let go of those
    /// that are harmless so far. Told once for each pause.
    async fn pause(&mut self) {}
}

/// Hears nothing.
#[derive(Debug, Default)]
pub struct Silent;

#[async_trait]
impl Sink for Silent {
    async fn on(&mut self, _event: Event) {}
}

#[async_trait]
impl Sink for mpsc::Sender<Event> {
    async fn on(&mut self, event: Event) {
        // A receiver that went away has dropped the call too, or wants only the reply.
        let _ = self.send(event).await;
    }
}

#[async_trait]
impl Sink for Vec<Event> {
    async fn on(&mut self, event: Event) {
        self.push(event);
    }
}
