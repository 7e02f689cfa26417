//! Chat: what does this message ask of that repository, and what do the assistants answer to one? Nothing of a message is kept or
//! logged.

use kit::Problem;
use proto::v1::{ChatEvent, ChatRequest, RunAgentEvent, RunAgentRequest};
use tonic::{Status, Streaming};

use super::{
    Field, Operation, Price, Service,
    caller_kind::{Anyone, SignedIn},
    own_keys,
};
use crate::{
    error::ApiError,
    identity::{RequestContext, RunAgents},
    services::Services,
    view::{
        adiuva::chat::{AskedChat, ExecutionMode},
        intent::{self, AGENT},
    },
};

/// The assistants answer, or say what the client could do instead. It ends with the answer or the plan.
pub(crate) struct AnswerChat {
    pub(crate) asked: AskedChat,
    /// Only the answer is wanted, and not its words as they come.
    pub(crate) whole: bool,
}

impl Operation for AnswerChat {
    type Caller = SignedIn;
    type Scope = RunAgents;
    type Output = Streaming<ChatEvent>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::SubscriptionByInput("chat");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ChatRequest {
            input: self.asked.input.expose().clone(),
            plan: self.asked.mode == ExecutionMode::Plan,
            whole: self.whole,
            provider_key: own_keys::take_provider_key(services, context).await?,
        };
        let events = services.chats(context).chat(request).await?;

        Ok(events.into_inner())
    }

    fn refuse(problem: Problem) -> ApiError {
        own_keys::name_by_headers(ApiError::from_problem(problem, Self::SERVICE.as_str()))
    }
}

/// It is answered with the agent's thinking, of which the output is the last.
pub(crate) struct UnderstandMessage {
    /// The agent's input, as JSON.
    input: String,
}

impl UnderstandMessage {
    /// Refuses what no message can be.
    pub(crate) fn new(message: &str, repo_url: &str) -> Result<Self, ApiError> {
        Ok(Self {
            input: intent::input(message, repo_url)?,
        })
    }
}

impl Operation for UnderstandMessage {
    type Caller = Anyone;
    type Scope = RunAgents;
    type Output = Streaming<RunAgentEvent>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("chatIntent");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = RunAgentRequest {
            name: AGENT.to_owned(),
            input: self.input,
            run_id: String::new(),
            of_caller: true,
        };
        let events = services.working_agents(context).run_agent(request).await?;

        Ok(events.into_inner())
    }

    fn refuse(problem: Problem) -> ApiError {
        ApiError::from_problem(problem, Self::SERVICE.as_str()).by_agent(AGENT)
    }
}
