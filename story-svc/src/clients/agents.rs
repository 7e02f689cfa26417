//! The client of agent-svc: has one agent do one task and reads what it says while it works.
//! Dropping a [`AgentStream`] stops the agent's work.

use std::time::Duration;

use kit::actor::Actor;
use kit::error::{ErrorKind, Problem};
use kit::rpc::{CallFailure, Caller, Calling, RequestId, RpcChannel};
use proto::v1::agents_client::AgentsClient;
use proto::v1::run_agent_event::Event;
use proto::v1::{AgentLog, AgentOutput, AgentUsage, RunAgentEvent, RunAgentRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;
use tonic::Streaming;
use uuid::Uuid;

/// Pauses while agent-svc is away: doubled each time, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// Before a task is given to an agent again whose process ended in the middle of it.
const RESTART: Duration = Duration::from_secs(1);

/// Answers hold whole chapters and outlines, not audio: far below this.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// On whose behalf and for which run an agent works.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    pub(crate) actor: Actor,
    pub(crate) request_id: RequestId,
    pub(crate) run_id: Uuid,
    /// The actor says what is to be done, and not a product of ours.
    pub(crate) of_caller: bool,
}

/// What an agent says.
#[derive(Debug)]
pub(crate) enum AgentEvent {
    Log(AgentLog),
    /// Text as a model writes it; live only.
    Delta(String),
    Usage(AgentUsage),
    /// The last word.
    Output(Output),
}

/// What an agent answered at the end.
#[derive(Debug)]
pub(crate) struct Output {
    agent: String,
    /// JSON text.
    text: String,
    /// True when the deterministic offline author did the work.
    pub(crate) offline: bool,
}

impl Output {
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, AgentError> {
        serde_json::from_str(&self.text).map_err(|source| AgentError::Output {
            agent: self.agent.clone(),
            source,
        })
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// The agent's own words.
    #[error("{problem}")]
    Failed {
        problem: Box<Problem>,
        #[source]
        status: tonic::Status,
    },
    /// The stream ended early: by the protocol the agent did not finish.
    #[error("The agent {agent} stopped before it had finished.")]
    Unfinished { agent: String },
    #[error("The agent {agent} gave an answer that can not be used.")]
    Output {
        agent: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("The work for the agent {agent} could not be written down.")]
    Input {
        agent: String,
        #[source]
        source: serde_json::Error,
    },
}

impl AgentError {
    /// Whether another attempt can end better. What is wrong with the request, the repository or our own types stays
    /// wrong; everything else may pass.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            // What is used up stays used up for as long as any run would wait.
            Self::Failed { problem, .. } if problem.quota.is_some() => false,
            Self::Failed { problem, .. } => match problem.kind {
                ErrorKind::InvalidArgument
                | ErrorKind::Unauthenticated
                | ErrorKind::PermissionDenied
                | ErrorKind::NotFound
                | ErrorKind::AlreadyExists
                | ErrorKind::FailedPrecondition => false,
                ErrorKind::Aborted
                | ErrorKind::ResourceExhausted
                | ErrorKind::DeadlineExceeded
                | ErrorKind::Unavailable
                | ErrorKind::Unimplemented
                | ErrorKind::Internal => true,
            },
            Self::Unfinished { .. } => true,
            Self::Output { .. } | Self::Input { .. } => false,
        }
    }

    /// The agent's own word for programs.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Failed { problem, .. } => &problem.reason,
            Self::Unfinished { .. } => "AGENT_UNFINISHED",
            Self::Output { .. } => "AGENT_OUTPUT_UNREAD",
            Self::Input { .. } => "AGENT_INPUT_UNWRITTEN",
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Failed { problem, .. } => problem.retry_after,
            _ => None,
        }
    }

    /// When to try again an agent whose process ended in the middle of its work: another process does it as well.
    pub(crate) fn retry_in(&self) -> Option<Duration> {
        let broken = match self {
            Self::Failed { status, .. } => CallFailure::behind(status) == Some(CallFailure::Broken),
            Self::Unfinished { .. } => true,
            Self::Output { .. } | Self::Input { .. } => false,
        };
        broken.then_some(RESTART)
    }
}

impl From<tonic::Status> for AgentError {
    fn from(status: tonic::Status) -> Self {
        // What the protocol calls it when a process ends is no fault of ours.
        let problem = match CallFailure::behind(&status) {
            Some(CallFailure::Broken | CallFailure::Unsent) => {
                Problem::from_status(&tonic::Status::unavailable(""))
            }
            Some(CallFailure::Late) | None => Problem::from_status(&status),
        };
        Self::Failed {
            problem: Box::new(problem),
            status,
        }
    }
}

/// Runs agents. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Agents {
    channel: RpcChannel,
    caller: Caller,
    /// No single answer takes longer than a whole run may.
    timeout: Duration,
}

impl Agents {
    pub(crate) fn new(channel: RpcChannel, caller: Caller, timeout: Duration) -> Self {
        Self {
            channel,
            caller,
            timeout,
        }
    }

    /// Gives the agent its task. While agent-svc is away it waits for it, for as long as the caller does: a run can do
    /// nothing else, and an attempt that was never made is none.
    pub(crate) async fn start<I: Serialize + Sync>(
        &self,
        asking: &RequestContext,
        agent: &str,
        task: &I,
    ) -> Result<AgentStream, AgentError> {
        let agent = agent.to_owned();
        let input = match serde_json::to_string(task) {
            Ok(input) => input,
            Err(source) => return Err(AgentError::Input { agent, source }),
        };

        let request = RunAgentRequest {
            name: agent.clone(),
            input,
            run_id: asking.run_id.to_string(),
            of_caller: asking.of_caller,
        };
        let calling = Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            asking.actor.clone(),
            asking.request_id.clone(),
            self.timeout,
        );
        let mut client = AgentsClient::new(calling).max_decoding_message_size(ANSWER_BYTES_MAX);
        let mut pause = FIRST_PAUSE;

        loop {
            let status = match client.run_agent(request.clone()).await {
                Ok(answer) => {
                    let stream = answer.into_inner();
                    return Ok(AgentStream { agent, stream });
                }
                Err(status) => status,
            };

            if CallFailure::behind(&status) != Some(CallFailure::Unsent) {
                return Err(status.into());
            }
            tracing::warn!(agent, error = %status, "agent-svc is away; the run waits for it");
            sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

/// An agent at work.
pub(crate) struct AgentStream {
    agent: String,
    stream: Streaming<RunAgentEvent>,
}

impl AgentStream {
    /// The next thing it says. Nothing comes after [`AgentEvent::Output`].
    pub(crate) async fn next(&mut self) -> Result<AgentEvent, AgentError> {
        while let Some(message) = self.stream.message().await? {
            match message.event {
                Some(Event::Log(log)) => return Ok(AgentEvent::Log(log)),
                Some(Event::Delta(delta)) => return Ok(AgentEvent::Delta(delta.text)),
                Some(Event::Usage(usage)) => return Ok(AgentEvent::Usage(usage)),
                Some(Event::Output(AgentOutput { output, offline })) => {
                    return Ok(AgentEvent::Output(Output {
                        agent: self.agent.clone(),
                        text: output,
                        offline,
                    }));
                }
                // Something that a newer agent-svc says: not for us.
                None => {}
            }
        }

        Err(AgentError::Unfinished {
            agent: self.agent.clone(),
        })
    }
}
