//! What a node of this graph works at: its run, the state, and the ways to call an agent, to log and to show progress.

use std::future::Future;
use std::sync::Arc;

use flow::{Context, NodeError};
use kit::rpc::RequestId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::Instrument;

use super::Tools;
use super::state::{CodeStory, Update};
use crate::clients::agents::{AgentError, Errand, Said};

/// Who speaks in the log, as clients know them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Speaker {
    Intent,
    Analyzer,
    Architect,
    Synthesizer,
    System,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Info,
    Success,
    Error,
}

/// What clients call the part of the work that is being done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    Analyzing,
    Generating,
    Synthesizing,
}

impl Speaker {
    fn name(self) -> &'static str {
        match self {
            Self::Intent => "Intent",
            Self::Analyzer => "Analyzer",
            Self::Architect => "Architect",
            Self::Synthesizer => "Synthesizer",
            Self::System => "System",
        }
    }
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Error => "error",
        }
    }
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Analyzing => "analyzing",
            Self::Generating => "generating",
            Self::Synthesizing => "synthesizing",
        }
    }
}

/// What an agent answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Answer<T> {
    pub(crate) output: T,
    /// True when the deterministic offline author did the work.
    pub(crate) offline: bool,
}

pub(crate) struct Desk {
    pub(crate) context: Context,
    pub(crate) state: Arc<CodeStory>,
    pub(crate) tools: Arc<Tools>,
    errand: Errand,
}

impl Desk {
    pub(crate) fn new(context: Context, state: Arc<CodeStory>, tools: Arc<Tools>) -> Self {
        let errand = Errand {
            actor: state.actor.clone(),
            request_id: RequestId::parse(&state.request_id).unwrap_or_else(RequestId::random),
            run_id: context.run_id(),
        };

        Self {
            context,
            state,
            tools,
            errand,
        }
    }

    /// Does the node's work: in a span, timed, and dropped at once when the run is told to stop. Dropping it drops the
    /// streams of its agents.
    pub(crate) async fn work(
        &self,
        node: impl Future<Output = Result<Update, NodeError>>,
    ) -> Result<Update, NodeError> {
        let name = self.context.node().to_owned();
        let span = tracing::info_span!(
            "node",
            node = name,
            run_id = %self.context.run_id(),
            story_id = %self.state.story_id,
            request_id = self.errand.request_id.as_str(),
        );

        async {
            let began = tokio::time::Instant::now();
            let outcome = tokio::select! {
                biased;
                () = self.context.cancelled().cancelled() => Err(NodeError::cancelled()),
                outcome = node => outcome,
            };
            let result = if outcome.is_ok() { "ok" } else { "error" };
            metrics::histogram!("saga_story_node_seconds", "node" => name, "result" => result)
                .record(began.elapsed().as_secs_f64());

            outcome
        }
        .instrument(span)
        .await
    }

    /// One line of the log for people. No time is in it: the event has one.
    pub(crate) async fn log(&self, who: Speaker, action: &str, level: Level) -> Result<(), NodeError> {
        self.log_with(who, action, json!({}), level).await
    }

    pub(crate) async fn log_with(
        &self,
        who: Speaker,
        action: &str,
        details: Value,
        level: Level,
    ) -> Result<(), NodeError> {
        self.context
            .emit("log", log_line(who, action, details, level))
            .await
    }

    pub(crate) async fn progress(&self, phase: Phase, percent: f64) -> Result<(), NodeError> {
        self.context.progress(phase.name(), percent).await
    }

    /// Has an agent do a task. What it says on the way goes into the run's log.
    pub(crate) async fn ask<O: DeserializeOwned>(
        &self,
        agent: &str,
        task: &(impl Serialize + Sync),
    ) -> Result<Answer<O>, NodeError> {
        let mut talk = self
            .tools
            .agents
            .start(&self.errand, agent, task)
            .await
            .map_err(node_error)?;

        loop {
            match talk.next().await.map_err(node_error)? {
                Said::Output(output) => {
                    return Ok(Answer {
                        output: output.read().map_err(node_error)?,
                        offline: output.offline,
                    });
                }
                said => self.pass_on(said).await?,
            }
        }
    }

    async fn pass_on(&self, said: Said) -> Result<(), NodeError> {
        match said {
            Said::Log(log) => {
                let details: Value = serde_json::from_str(&log.details).unwrap_or_else(|_| json!({}));
                let line = json!({
                    "agent_name": log.agent_name,
                    "action": log.action,
                    "details": details,
                    "level": log.level,
                });
                self.context.emit("log", line).await
            }
            Said::Delta(text) => {
                self.context
                    .delta(json!({ "node": self.context.node(), "text": text }));
                Ok(())
            }
            Said::Usage(usage) => {
                let data = json!({
                    "node": self.context.node(),
                    "provider": usage.provider,
                    "model": usage.model,
                    "input_tokens": usage.input_tokens,
                    "output_tokens": usage.output_tokens,
                    "cost_micro_usd": usage.cost_micro_usd,
                });

                self.context.emit("usage", data).await
            }
            Said::Output(_) => Ok(()),
        }
    }
}

pub(crate) fn log_line(who: Speaker, action: &str, details: Value, level: Level) -> Value {
    json!({ "agent_name": who.name(), "action": action, "details": details, "level": level.name() })
}

/// The log's last line of a run that has failed.
pub(crate) fn failure_line(message: &str) -> Value {
    log_line(
        Speaker::System,
        &format!("Error: {message}"),
        json!({}),
        Level::Error,
    )
}

/// The agent's words for the user, its cause for our log.
fn node_error(error: AgentError) -> NodeError {
    let message = error.to_string();
    if !error.may_pass() {
        return NodeError::fatal(message).caused_by(error);
    }

    let after = error.retry_after();
    let failed = NodeError::retryable(message).caused_by(error);

    match after {
        Some(wait) => failed.after(wait),
        None => failed,
    }
}
