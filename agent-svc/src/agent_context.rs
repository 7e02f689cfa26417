//! Where an agent works: on whose behalf, until when, and the ways to say what it does. Keeps nothing of what is said.

use kit::actor::Actor;
use proto::tasks::Level;
use proto::v1::run_agent_event::Event;
use proto::v1::{AgentDelta, AgentLog, AgentUsage, RunAgentEvent};
use redaction::Fingerprints;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// The workplace of one call. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct AgentContext {
    pub(crate) agent: &'static str,
    pub(crate) actor: Actor,
    /// The run this call works for.
    pub(crate) run_id: Option<String>,
    /// Cancelled when nobody listens any more: for work that does not end by being dropped.
    pub(crate) cancel: CancellationToken,
    /// Of what is said to models and must not come back.
    pub(crate) fingerprints: Fingerprints,
    out: mpsc::Sender<Result<RunAgentEvent, Status>>,
}

impl AgentContext {
    pub(crate) fn new(
        agent: &'static str,
        actor: Actor,
        run_id: Option<String>,
        cancel: CancellationToken,
        fingerprints: Fingerprints,
        out: mpsc::Sender<Result<RunAgentEvent, Status>>,
    ) -> Self {
        Self {
            agent,
            actor,
            run_id,
            cancel,
            fingerprints,
            out,
        }
    }

    /// One line for people.
    pub(crate) async fn log(&self, speaker: impl Into<&'static str>, action: impl Into<String>) {
        self.log_with(speaker, action, json!({}), Level::Info).await;
    }

    pub(crate) async fn log_with(
        &self,
        speaker: impl Into<&'static str>,
        action: impl Into<String>,
        details: Value,
        level: Level,
    ) {
        let log = AgentLog {
            agent_name: speaker.into().to_owned(),
            action: action.into(),
            details: details.to_string(),
            level: level.as_str().to_owned(),
        };
        self.say(Event::Log(log)).await;
    }

    /// Text as it is written. It must have passed the sanitizer.
    pub(crate) async fn delta(&self, text: String) {
        if !text.is_empty() {
            self.say(Event::Delta(AgentDelta { text })).await;
        }
    }

    pub(crate) async fn usage(&self, usage: AgentUsage) {
        self.say(Event::Usage(usage)).await;
    }

    async fn say(&self, event: Event) {
        // When nobody listens any more the work is being dropped, and there is nobody to tell.
        let _ = self.out.send(Ok(RunAgentEvent { event: Some(event) })).await;
    }
}
