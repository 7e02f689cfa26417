//! `saga.v1.Chats`: chats are answered and forgotten. A chat is worked on by whoever listens to its stream, and lives as long as that
//! is held: no task and no queue is between a model's word and its listener. No word of one is logged, and no span is opened for one.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use assistant::plans::{self, find_playbook, list_playbooks};
use futures::future::BoxFuture;
use futures::{FutureExt, Stream};
use kit::actor::Tier;
use kit::ephemeral::{Ephemeral, hush_panics, hush_panics_of};
use kit::error::into_status;
use kit::rpc::actor_of;
use proto::tasks::adiuva::ExecutionPlan;
use proto::v1::chat_event::Event;
use proto::v1::chats_server::Chats;
use proto::v1::{
    ChatAnswer, ChatEvent, ChatRequest, GetPlaybookRequest, ListPlaybooksRequest, ListPlaybooksResponse,
    Playbook, TemplateAnswer, TemplateQuestion,
};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, Response, Status};

use crate::error::AgentError;
use crate::llm::OwnConnections;
use crate::orchestrator::{
    Asker, ChatReply, Orchestrator, Outgoing, Planner, SharedChat, TemplateInput, read_chat,
};

/// Words that an answer may be ahead of its listener before it waits.
const EVENTS_AHEAD: usize = 64;
/// Who is at fault for a question that is none.
const ORCHESTRATOR: &str = "adiuva";

pub(crate) struct ChatsRpc {
    pub(crate) orchestrator: Arc<Orchestrator>,
    pub(crate) planner: Arc<Planner>,
}

#[tonic::async_trait]
impl Chats for ChatsRpc {
    type ChatStream = ChatAnswering;

    async fn chat(&self, request: Request<ChatRequest>) -> Result<Response<ChatAnswering>, Status> {
        let actor = actor_of(&request)?;
        let ChatRequest {
            input,
            plan,
            provider_key,
            whole,
        } = request.into_inner();
        let input = Ephemeral::new(input);
        let own_key = provider_key
            .map(|key| self.orchestrator.take_key(key))
            .transpose();
        let own_key = own_key.map_err(into_status)?;
        let chat = hush_panics(|| read_chat(input.expose())).map_err(into_status)?;
        drop(input);

        let cancel = CancellationToken::new();
        let asker = Asker {
            actor,
            cancel,
            own_key,
            connections: OwnConnections::default(),
        };
        Ok(Response::new(self.begin(asker, chat, (plan, whole))))
    }

    async fn answer_template(
        &self,
        request: Request<TemplateQuestion>,
    ) -> Result<Response<TemplateAnswer>, Status> {
        let actor = actor_of(&request)?;
        let TemplateQuestion { template, input } = request.into_inner();
        let input = Ephemeral::<TemplateInput>::read_json(input)
            .map_err(|_| AgentError::field(ORCHESTRATOR, "input", "variables, data and user_profile"))
            .map_err(into_status)?;

        let answer = Planner::answer_template(&self.orchestrator, &actor, &template, &input).await;
        let answer = answer.map_err(into_status)?;
        Ok(Response::new(TemplateAnswer {
            result: write_json(&answer)?,
        }))
    }

    async fn list_playbooks(
        &self,
        request: Request<ListPlaybooksRequest>,
    ) -> Result<Response<ListPlaybooksResponse>, Status> {
        let actor = actor_of(&request)?;
        let mut playbooks = Vec::new();
        for playbook in list_playbooks() {
            if self.orchestrator.has_tier(&actor, least_tier(&playbook)).await {
                playbooks.push(message(&playbook.plan)?);
            }
        }

        Ok(Response::new(ListPlaybooksResponse { playbooks }))
    }

    async fn get_playbook(&self, request: Request<GetPlaybookRequest>) -> Result<Response<Playbook>, Status> {
        let actor = actor_of(&request)?;
        let id = &request.get_ref().id;
        let found = find_playbook(id).ok_or_else(|| AgentError::NoSuch {
            what: "playbook",
            id: id.chars().take(100).collect(),
        });

        let playbook = found.map_err(into_status)?;
        let least = least_tier(&playbook);
        if !self.orchestrator.has_tier(&actor, least).await {
            return Err(into_status(AgentError::NotInTier {
                what: "this playbook".into(),
                feature: playbook.plan.id.into(),
                least,
            }));
        }
        message(&playbook.plan).map(Response::new)
    }
}

impl ChatsRpc {
    fn begin(&self, asker: Asker, chat: SharedChat, (plan, whole): (bool, bool)) -> ChatAnswering {
        let (out, heard) = mpsc::channel(EVENTS_AHEAD);
        let cancel = asker.cancel.clone();
        let (orchestrator, planner) = (Arc::clone(&self.orchestrator), Arc::clone(&self.planner));

        let work = async move {
            let words = (!whole).then(|| out.clone());
            let outgoing = Outgoing::new(orchestrator.fingerprints(), words);
            let last = match plan {
                true => planner
                    .plan(&orchestrator, &asker, &chat)
                    .await
                    .map(|plan| write_plan(&plan)),
                false => orchestrator
                    .answer(&asker, chat, outgoing)
                    .await
                    .map(|reply| write_reply(&reply)),
            };

            let last = last.map_err(into_status).flatten();
            // A listener that went away needs no answer.
            let _ = out.send(last.map(|event| ChatEvent { event: Some(event) })).await;
        };

        ChatAnswering {
            heard,
            done: false,
            work: Some(AssertUnwindSafe(hush_panics_of(work)).catch_unwind().boxed()),
            _cancel: cancel.drop_guard(),
        }
    }
}

fn least_tier(playbook: &plans::Playbook) -> Tier {
    playbook.plan.min_tier.parse().unwrap_or(Tier::Team)
}

fn write_reply(reply: &ChatReply) -> Result<Event, Status> {
    let actions = serde_json::to_vec(&reply.actions.expose().0);
    let actions = actions.map_err(|source| {
        into_status(AgentError::Unwritten {
            agent: ORCHESTRATOR,
            source,
        })
    });

    Ok(Event::Answer(ChatAnswer {
        response: reply.response.expose().clone(),
        actions: actions?,
        offline: reply.offline,
    }))
}

fn write_plan(plan: &ExecutionPlan) -> Result<Event, Status> {
    Ok(Event::Plan(message(plan)?.plan.into_bytes()))
}

fn message(plan: &ExecutionPlan) -> Result<Playbook, Status> {
    let plan = serde_json::to_string(plan);
    let plan = plan.map_err(|source| {
        into_status(AgentError::Unwritten {
            agent: ORCHESTRATOR,
            source,
        })
    });

    Ok(Playbook { plan: plan? })
}

fn write_json(value: &Ephemeral<serde_json::Value>) -> Result<Vec<u8>, Status> {
    let text = value.write_json().map_err(|_| into_status(AgentError::Broken))?;
    Ok(text.expose().clone())
}

/// What is said while a chat is answered. Dropping it drops the work, down to the request to a provider.
pub(crate) struct ChatAnswering {
    heard: mpsc::Receiver<Result<ChatEvent, Status>>,
    /// The last word was heard.
    done: bool,
    /// None once it has ended, by a panic too.
    work: Option<BoxFuture<'static, std::thread::Result<()>>>,
    _cancel: DropGuard,
}

impl Stream for ChatAnswering {
    type Item = Result<ChatEvent, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }

        if let Poll::Ready(Some(said)) = self.heard.poll_recv(cx) {
            return self.tell(said);
        }
        if let Some(work) = &mut self.work
            && work.as_mut().poll(cx).is_ready()
        {
            // With it goes whoever could still say something.
            self.work = None;
        }

        let said = std::task::ready!(self.heard.poll_recv(cx));
        // The work ended without its last word: it panicked, and the panic is in the log.
        self.tell(said.unwrap_or_else(|| Err(into_status(AgentError::Broken))))
    }
}

impl ChatAnswering {
    fn tell(&mut self, said: Result<ChatEvent, Status>) -> Poll<Option<Result<ChatEvent, Status>>> {
        self.done = match &said {
            Ok(event) => matches!(event.event, Some(Event::Answer(_) | Event::Plan(_))),
            Err(_) => true,
        };

        Poll::Ready(Some(said))
    }
}
