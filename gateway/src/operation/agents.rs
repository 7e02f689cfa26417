//! The agents that there are.

use proto::v1::{Agent, GetAgentRequest, ListAgentsRequest};
use tonic::Status;

use super::{Field, Operation, Service, caller_kind::Anyone};
use crate::{
    identity::{RequestContext, RunAgents},
    services::Services,
};

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
