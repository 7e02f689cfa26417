//! The agents that there are, and one of them at work.

use kit::Problem;
use proto::v1::{Agent, GetAgentRequest, ListAgentsRequest, RunAgentEvent, RunAgentRequest};
use tonic::{Status, Streaming};

use super::{Field, Operation, Price, Service, caller_kind::Anyone};
use crate::{
    error::ApiError,
    identity::{RequestContext, RunAgents},
    services::Services,
};

/// Those that the caller may run.
pub(crate) struct ListAgents;

impl Operation for ListAgents {
    type Caller = Anyone;
    type Scope = RunAgents;
    type Output = Vec<Agent>;

    const SERVICE: Service = Service::Agent;
    const FIELD: Field = Field::Query("agents");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let list = services.agents(context).list_agents(ListAgentsRequest {}).await?;
        Ok(list.into_inner().agents)
    }
}

pub(crate) struct GetAgent {
    pub(crate) name: String,
}

impl Operation for GetAgent {
    type Caller = Anyone;
    type Scope = RunAgents;
    type Output = Agent;

    const SERVICE: Service = Service::Agent;
    const FIELD: Field = Field::Query("agent");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Agent, Status> {
        let request = GetAgentRequest { name: self.name };
        let agent = services.agents(context).get_agent(request).await?;

        Ok(agent.into_inner())
    }
}

/// It is answered with the agent's thinking, of which the output is the last.
pub(crate) struct ExecuteAgent {
    pub(crate) name: String,
    /// JSON text.
    pub(crate) input: String,
}

impl Operation for ExecuteAgent {
    type Caller = Anyone;
    type Scope = RunAgents;
    type Output = Streaming<RunAgentEvent>;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("executeAgent");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = RunAgentRequest {
            name: self.name,
            input: self.input,
            run_id: String::new(),
            of_caller: true,
        };
        let events = services.working_agents(context).run_agent(request).await?;

        Ok(events.into_inner())
    }

    /// What is wrong inside of the input is named by its path from there.
    fn refuse(mut problem: Problem) -> ApiError {
        for fault in &mut problem.fields {
            fault.field = match fault.field.as_str() {
                "input" | "output" => continue,
                "name" => "type".to_owned(),
                field if field.starts_with("output.") => continue,
                field => format!("input.{field}"),
            };
        }

        ApiError::from_problem(problem, Self::SERVICE.as_str())
    }
}
