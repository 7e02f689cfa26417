//! Chat: what does this message ask of that repository, and what do the assistants answer to one? Nothing of a message is kept or
//! logged.

use kit::Problem;
use proto::v1::{ChatEvent, ChatRequest, ProviderKey, RunAgentEvent, RunAgentRequest};
use tonic::{Status, Streaming};

use super::{
    Field, Operation, Price, Service,
    caller_kind::{Anyone, SignedIn},
    features::{OWN_KEYS, require_feature},
};
use crate::{
    error::ApiError,
    identity::{PROVIDER_KEY_SPELLING, PROVIDER_SPELLING, RequestContext, RunAgents},
    services::Services,
    view::{
        adiuva::chat::{AskedChat, ExecutionMode},
        intent::{self, AGENT},
    },
};

/// The assistants answer, or say what the client could do instead. It ends with the answer or the plan.
pub(crate) struct AnswerChat(pub(crate) AskedChat);

impl Operation for AnswerChat {
    type Caller = SignedIn;
    type Scope = RunAgents;
    type Output = Streaming<ChatEvent>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::SubscriptionByInput("chat");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ChatRequest {
            input: self.0.input.expose().clone(),
            plan: self.0.mode == ExecutionMode::Plan,
            provider_key: take_provider_key(services, context).await?,
        };
        let events = services.chats(context).chat(request).await?;

        Ok(events.into_inner())
    }

    /// A key came in headers at every door, so its faults are told by their names.
    fn refuse(problem: Problem) -> ApiError {
        let refused = ApiError::from_problem(problem, Self::SERVICE.as_str());
        refused.rename(|mut fault| {
            fault.field = match fault.field.as_str() {
                "provider_key" => PROVIDER_KEY_SPELLING.to_owned(),
                "provider" => PROVIDER_SPELLING.to_owned(),
                _ => fault.field,
            };
            fault
        })
    }
}

/// The caller's own key at a provider, if one came and the caller's tier has that.
async fn take_provider_key(
    services: &Services,
    context: &RequestContext,
) -> Result<Option<ProviderKey>, Status> {
    let Some(presented) = &context.client.provider_key else {
        return Ok(None);
    };
    let key = presented.parse().map_err(|fault| {
        let message = format!("`{}`: expected {}", fault.field, fault.expected);
        Problem::invalid("INVALID_FIELDS", message, vec![fault]).into_status()
    })?;

    require_feature(services.billing(context), &OWN_KEYS).await?;

    Ok(Some(key))
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
