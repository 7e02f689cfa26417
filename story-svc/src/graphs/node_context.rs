//! What a node works with: its run, the state, its product's tools, and the ways to call an agent, to log and to show
//! progress. It knows no product.

use std::future::Future;
use std::sync::Arc;

use flow::{Context, NodeError, State};
use kit::actor::Actor;
use kit::rpc::RequestId;
use proto::tasks::Level;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tracing::Instrument;
use uuid::Uuid;

use crate::clients::agents::{AgentError, AgentEvent, Agents, RequestContext};

/// A graph's state that says on whose behalf its nodes work.
pub(super) trait ActsFor {
    fn actor(&self) -> Actor;

    /// Under which the whole run is logged.
    fn request_id(&self) -> &str;

    /// The story that the run makes, for the log.
    fn story_id(&self) -> Option<Uuid> {
        None
    }

    /// Whether agents are told what the actor wrote, and not what a product of ours makes of it.
    fn speaks_for_itself(&self) -> bool {
        false
    }

    /// What a node is called where its time is measured.
    fn node_label(&self, node: &str) -> String {
        node.to_owned()
    }
}

/// What an agent answered, as it is kept in the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AgentAnswer<T> {
    pub(super) output: T,
    /// True when the deterministic offline author did the work.
    pub(super) offline: bool,
}

pub(super) struct NodeContext<S, T> {
    pub(super) context: Context,
    pub(super) state: Arc<S>,
    pub(super) tools: Arc<T>,
    asking: RequestContext,
}

impl<S: State + ActsFor, T> NodeContext<S, T> {
    pub(super) fn new(context: Context, state: Arc<S>, tools: Arc<T>) -> Self {
        let asking = RequestContext {
            actor: state.actor(),
            request_id: RequestId::parse(state.request_id()).unwrap_or_else(RequestId::random),
            run_id: context.run_id(),
            of_caller: state.speaks_for_itself(),
        };

        Self {
            context,
            state,
            tools,
            asking,
        }
    }

    /// Does the node's work: in a span, timed, and dropped at once when the run is told to stop. Dropping it drops the
    /// streams of its agents.
    pub(super) async fn work(
        &self,
        node: impl Future<Output = Result<S::Update, NodeError>>,
    ) -> Result<S::Update, NodeError> {
        let name = self.context.node().to_owned();
        let span = tracing::info_span!(
            "node",
            node = name.as_str(),
            run_id = %self.context.run_id(),
            story_id = self.state.story_id().map(tracing::field::display),
            request_id = self.asking.request_id.as_str(),
        );

        async {
            let began = tokio::time::Instant::now();
            let outcome = tokio::select! {
                biased;
                () = self.context.cancelled().cancelled() => Err(NodeError::cancelled()),
                outcome = node => outcome,
            };

            let result = if outcome.is_ok() { "ok" } else { "error" };
            let label = self.state.node_label(&name);
            metrics::histogram!("saga_story_node_seconds", "node" => label, "result" => result)
                .record(began.elapsed().as_secs_f64());

            outcome
        }
        .instrument(span)
        .await
    }

    /// One line of the log for people. No time is in it: the event has one.
    pub(super) async fn log(
        &self,
        speaker: impl Into<&'static str>,
        action: &str,
        level: Level,
    ) -> Result<(), NodeError> {
        self.log_with(speaker, action, json!({}), level).await
    }

    pub(super) async fn log_with(
        &self,
        speaker: impl Into<&'static str>,
        action: &str,
        details: Value,
        level: Level,
    ) -> Result<(), NodeError> {
        self.context
            .emit("log", log_line(speaker, action, details, level))
            .await
    }

    pub(super) async fn progress(
        &self,
        phase: impl Into<&'static str>,
        percent: f64,
    ) -> Result<(), NodeError> {
        self.context.progress(phase.into(), percent).await
    }

    async fn pass_on(&self, said: AgentEvent) -> Result<(), NodeError> {
        match said {
            AgentEvent::Log(log) => {
                let details: Value = serde_json::from_str(&log.details).unwrap_or_else(|_| json!({}));
                let line = json!({
                    "agent_name": log.agent_name,
                    "action": log.action,
                    "details": details,
                    "level": log.level,
                });

                self.context.emit("log", line).await
            }
            AgentEvent::Delta(text) => {
                self.context
                    .delta(json!({ "node": self.context.node(), "text": text }));

                Ok(())
            }
            AgentEvent::Usage(usage) => {
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
            AgentEvent::Output(_) => Ok(()),
        }
    }
}

impl<S: State + ActsFor, T: AsRef<Agents>> NodeContext<S, T> {
    /// Has an agent do a task. What it says on the way goes into the run's log.
    pub(super) async fn ask<O: DeserializeOwned>(
        &self,
        agent: &str,
        task: &(impl Serialize + Sync),
    ) -> Result<AgentAnswer<O>, NodeError> {
        let agents: &Agents = (*self.tools).as_ref();
        let mut talk = agents
            .start(&self.asking, agent, task)
            .await
            .map_err(node_error)?;

        loop {
            match talk.next().await.map_err(node_error)? {
                AgentEvent::Output(output) => {
                    return Ok(AgentAnswer {
                        output: output.read().map_err(node_error)?,
                        offline: output.offline,
                    });
                }
                said => self.pass_on(said).await?,
            }
        }
    }
}

pub(super) fn log_line(
    speaker: impl Into<&'static str>,
    action: &str,
    details: Value,
    level: Level,
) -> Value {
    json!({
        "agent_name": speaker.into(),
        "action": action,
        "details": details,
        "level": level.as_str(),
    })
}

/// The agent's words for the user, its cause for our log.
pub(super) fn node_error(error: AgentError) -> NodeError {
    let (message, reason) = (error.to_string(), error.reason().to_owned());
    if !error.may_pass() {
        return NodeError::fatal(message).with_reason(reason).caused_by(error);
    }

    let (after, soon) = (error.retry_after(), error.retry_in());
    let failed = NodeError::retryable(message).with_reason(reason).caused_by(error);

    match (soon, after) {
        (Some(wait), _) => failed.retry_in(wait),
        (None, Some(wait)) => failed.retry_after(wait),
        (None, None) => failed,
    }
}
