//! Agents: lists, describes and runs them. A run is one task that lives as long as its stream is held.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use kit::actor::Actor;
use kit::error::{FieldViolation, Problem, into_status};
use kit::rpc::actor_of;
use kit::shutdown::spawn_owned;
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

use crate::agent_context::AgentContext;
use crate::clients::Entitlements;
use crate::error::AgentError;
use crate::registry::{Agent, Answer, Registry};
use crate::usage::UsageRecorder;

/// Events that an agent may be ahead of its listener before it waits.
const EVENTS_AHEAD: usize = 64;
/// Longest run id.
const RUN_ID_MAX: usize = 64;

pub(crate) struct AgentsRpc {
    pub(crate) registry: Arc<Registry>,
    pub(crate) usage: UsageRecorder,
    pub(crate) entitlements: Entitlements,
}

#[tonic::async_trait]
impl Agents for AgentsRpc {
    async fn list_agents(
        &self,
        request: Request<ListAgentsRequest>,
    ) -> Result<Response<ListAgentsResponse>, Status> {
        let actor = actor_of(&request)?;
        let entitled = self.entitlements.find(&actor).await;
        let agents = self.registry.list();
        let agents = agents
            .filter(|agent| entitled.has_agent(&agent.name) && agent.allow(true).is_ok())
            .map(message)
            .collect();

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
        let RunAgentRequest {
            name,
            input,
            run_id,
            of_caller,
        } = request.into_inner();
        let run_id = run_id_of(run_id)?;
        let agent = self.registry.get(&name).map_err(into_status)?;
        self.check_tier(&actor, agent).await.map_err(into_status)?;
        agent.allow(of_caller).map_err(into_status)?;

        let input = agent.read_input(&input).map_err(into_status)?;

        let (out, heard) = mpsc::channel(EVENTS_AHEAD);
        let cancel = CancellationToken::new();
        let desk = AgentContext::new(
            agent.name.name,
            actor,
            run_id,
            cancel.clone(),
            self.registry.fingerprints(),
            out.clone(),
        );
        let account = self.usage.open(&desk);
        let work = agent.run(input, desk);
        let (registry, name) = (Arc::clone(&self.registry), agent.name.name);
        let work = async move {
            let mut outcome = work.await;
            if let (Ok(answer), Ok(agent)) = (&outcome, registry.get(name))
                && let Err(unfit) = agent.check_output(&answer.output)
            {
                tracing::error!(%unfit, "an agent's output is not what it promises");
                outcome = Err(unfit);
            }

            account.close(&outcome);
            // A listener that went away needs no answer.
            let _ = out.send(outcome.map(output).map_err(into_status)).await;
        };

        let span = tracing::info_span!("agent", agent = agent.name.name);
        Ok(Response::new(Working {
            heard,
            done: false,
            _task: spawn_owned(work.instrument(span)),
            _cancel: cancel.drop_guard(),
        }))
    }
}

impl AgentsRpc {
    /// Whether the agent is in what the actor has.
    ///
    /// # Errors
    /// [`AgentError::NotInTier`] that names the least tier that has it.
    async fn check_tier(&self, actor: &Actor, agent: &Agent) -> Result<(), AgentError> {
        if self.entitlements.find(actor).await.has_agent(&agent.name) {
            return Ok(());
        }

        let least = self.entitlements.find_least(actor, &agent.name).await;
        Err(AgentError::agent_not_in_tier(agent.name.name, least))
    }
}

fn message(agent: &Agent) -> AgentMessage {
    AgentMessage {
        name: agent.name.name.to_owned(),
        description: agent.name.description.to_owned(),
        least_tier: agent.name.least_tier.as_str().to_owned(),
        input_schema: agent.input_schema().to_string(),
        output_schema: agent.output_schema().to_string(),
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

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use kit::actor::Tier;
    use kit::clock::ManualClock;
    use kit::db::Db;
    use kit::ids::SystemIds;
    use proto::tasks::code_story::Speaker;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use tonic::Code;
    use uuid::Uuid;

    use super::*;
    use crate::registry::{AgentName, Instructions};
    use crate::store::usage::UsageStore;

    #[derive(Deserialize, JsonSchema)]
    struct In {}

    #[derive(Serialize, JsonSchema)]
    struct Out {
        words: String,
    }

    fn agent<F, W>(name: &'static str, least_tier: Tier, run: F) -> Agent
    where
        F: Fn(In, AgentContext) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Answer<Out>, AgentError>> + Send + 'static,
    {
        Agent::new(
            AgentName {
                name,
                description: "For a test.",
                least_tier,
            },
            Instructions::none(),
            run,
        )
    }

    async fn service(agent: Agent) -> (AgentsRpc, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let config = kit::db::testing::config("");
        let db = Db::open(&config, folder.path(), "agent").await.unwrap();
        db.migrate(&crate::MIGRATIONS).await.unwrap();

        let usage = UsageRecorder::open_with(
            UsageStore::new(db),
            ManualClock::default().shared(),
            SystemIds::shared(),
        );

        let mut registry = Registry::default();
        registry.add(agent);

        (
            AgentsRpc {
                registry: Arc::new(registry),
                usage,
                entitlements: Entitlements::new(None),
            },
            folder,
        )
    }

    fn request(name: &str) -> Request<RunAgentRequest> {
        let run = RunAgentRequest {
            name: name.to_owned(),
            input: "{}".to_owned(),
            run_id: String::new(),
            of_caller: true,
        };
        let mut request = Request::new(run);
        request
            .extensions_mut()
            .insert(Actor::user(Uuid::nil(), Tier::Free));

        request
    }

    #[tokio::test]
    async fn an_agent_above_the_actors_tier_is_permission_denied() {
        let never = agent("lekh.architect", Tier::Pro, |_, _| async {
            Err(AgentError::Broken)
        });
        let (service, _folder) = service(never).await;
        let refused = service
            .run_agent(request("lekh.architect"))
            .await
            .map(drop)
            .unwrap_err();

        assert_eq!(refused.code(), Code::PermissionDenied);
        assert_eq!(Problem::from_status(&refused).reason, "FEATURE_NOT_AVAILABLE");
    }

    #[tokio::test]
    async fn the_output_comes_last_and_then_the_stream_ends() {
        let talks = agent("a.b", Tier::Free, |_, desk| async move {
            desk.log(Speaker::Intent, "one").await;
            desk.delta("two".to_owned()).await;
            Ok(Answer {
                output: Out {
                    words: "three".to_owned(),
                },
                offline: true,
            })
        });
        let (service, _folder) = service(talks).await;
        let stream = service.run_agent(request("b")).await.unwrap().into_inner();
        let events: Vec<Event> = stream.map(|event| event.unwrap().event.unwrap()).collect().await;
        let [Event::Log(log), Event::Delta(delta), Event::Output(output)] = events.as_slice() else {
            panic!("{events:?}")
        };

        assert_eq!(
            (log.action.as_str(), log.details.as_str(), delta.text.as_str()),
            ("one", "{}", "two")
        );
        assert_eq!(
            (output.output.as_str(), output.offline),
            ("{\"words\":\"three\"}", true)
        );
    }

    #[tokio::test]
    async fn an_agent_that_panics_ends_its_stream_with_an_error() {
        let panics = agent("a.b", Tier::Free, |_, _| async { panic!("on purpose") });
        let (service, _folder) = service(panics).await;
        let mut stream = service.run_agent(request("a.b")).await.unwrap().into_inner();
        let status = stream.next().await.unwrap().unwrap_err();
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("on purpose"), "{status:?}");
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn dropping_the_stream_drops_the_work_and_cancels_its_token() {
        let (told, mut hears) = mpsc::unbounded_channel();
        let waits = agent("a.b", Tier::Free, move |_, desk| {
            let told = told.clone();
            async move {
                let _ = told.send(desk.cancel.clone());
                let _held = told;
                std::future::pending().await
            }
        });
        let (service, _folder) = service(waits).await;
        let stream = service.run_agent(request("a.b")).await.unwrap().into_inner();
        let cancel = hears.recv().await.unwrap();

        drop(stream);
        cancel.cancelled().await;
        drop(service);

        assert!(hears.recv().await.is_none(), "nobody holds the work any more");
    }
}
