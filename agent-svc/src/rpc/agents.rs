//! Agents: lists, describes and runs them. A run is one task that lives as long as its stream is held.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use kit::error::{FieldViolation, Problem, into_status};
use kit::rpc::actor_of;
use proto::v1::agents_server::Agents;
use proto::v1::run_agent_event::Event;
use proto::v1::{
    Agent as AgentMessage, AgentOutput, GetAgentRequest, ListAgentsRequest, ListAgentsResponse,
    RunAgentEvent, RunAgentRequest,
};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Request, Response, Status};
use tracing::Instrument;

use crate::books::Books;
use crate::desk::Desk;
use crate::error::AgentError;
use crate::registry::{Agent, Answer, Registry};

/// Events that an agent may be ahead of its listener before it waits.
const EVENTS_AHEAD: usize = 64;
/// Longest run id.
const RUN_ID_MAX: usize = 64;

pub(crate) struct AgentsRpc {
    pub(crate) registry: Arc<Registry>,
    pub(crate) books: Books,
}

#[tonic::async_trait]
impl Agents for AgentsRpc {
    async fn list_agents(
        &self,
        request: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        actor_of(&request)?;
        let agents = self.registry.list().map(message).collect();
        Ok(Response::new(ListAgentsResponse { agents }))
    }

    async fn get_agent(&self, request: Request<GetAgentRequest>) -> Result<Response<AgentMessage>, Status> {
        actor_of(&request)?;
        let agent = self.registry.get(&request.get_ref().name).map_err(into_status)?;
        Ok(Response::new(message(agent)))
    }

    type RunAgentStream = Working;

    async fn run_agent(&self, request: Request<RunAgentRequest>) -> Result<Response<Working>, Status> {
        let actor = actor_of(&request)?;
        let RunAgentRequest { name, input, run_id } = request.into_inner();
        let run_id = run_id_of(run_id)?;
        let agent = self.registry.get(&name).map_err(into_status)?;
        agent.allow(&actor).map_err(into_status)?;
        let input = agent.read_input(&input).map_err(into_status)?;

        let (out, heard) = mpsc::channel(EVENTS_AHEAD);
        let cancel = CancellationToken::new();
        let desk = Desk::new(agent.name.name, actor, run_id, cancel.clone(), out.clone());
        let account = self.books.open(&desk);
        let work = agent.run(input, desk);
        let work = async move {
            let outcome = work.await;
            account.close(&outcome);
            // A listener that went away needs no answer.
            let _ = out.send(outcome.map(output).map_err(into_status)).await;
        };
        let span = tracing::info_span!("agent", agent = agent.name.name);
        Ok(Response::new(Working {
            heard,
            done: false,
            _task: AbortOnDropHandle::new(tokio::spawn(work.instrument(span))),
            _cancel: cancel.drop_guard(),
        }))
    }
}

fn message(agent: &Agent) -> AgentMessage {
    AgentMessage {
        name: agent.name.name.to_owned(),
        description: agent.name.description.to_owned(),
        least_tier: agent.name.least_tier.as_str().to_owned(),
        input_schema: agent.input_schema().to_string(),
        output_schema: agent.output_schema.to_string(),
    }
}

fn output(answer: Answer<serde_json::Value>) -> RunAgentEvent {
    let output = AgentOutput {
        output: answer.output.to_string(),
        offline: answer.offline,
    };
    RunAgentEvent {
        event: Some(Event::Output(output)),
    }
}

fn run_id_of(text: String) -> Result<Option<String>, Status> {
    let fine = text.len() <= RUN_ID_MAX
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fine {
        return Ok((!text.is_empty()).then_some(text));
    }
    let field = FieldViolation::new("run_id", "the id of a run, or nothing");
    Err(Problem::invalid("RUN_ID_INVALID", "the run id is not valid", vec![field]).into_status())
}

/// What an agent says while it works. Dropping it drops the work, and cancels what runs on threads.
pub(crate) struct Working {
    heard: mpsc::Receiver<Result<RunAgentEvent, Status>>,
    /// The last word was heard.
    done: bool,
    _task: AbortOnDropHandle<()>,
    _cancel: DropGuard,
}

impl Stream for Working {
    type Item = Result<RunAgentEvent, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        let said = std::task::ready!(self.heard.poll_recv(cx));
        // The task ended without its last word: it panicked, and the panic is in the log.
        let said = said.unwrap_or_else(|| Err(into_status(AgentError::Broken)));
        self.done = match &said {
            Ok(event) => matches!(event.event, Some(Event::Output(_))),
            Err(_) => true,
        };
        Poll::Ready(Some(said))
    }
}
