//! The agents that there are.

use async_graphql::{Context, Object, Result};
use kit::ErrorKind;

use crate::{
    graphql::{Ask, object::agent::Agent},
    identity::RunAgents,
};

#[derive(Default)]
pub(crate) struct AgentsQuery;

#[Object]
impl AgentsQuery {
    /// All agents that you may run.
    async fn agents(&self, ctx: &Context<'_>) -> Result<Option<Vec<Agent>>> {
        let call = ctx.scoped::<RunAgents>()?;
        let agents = ctx.backend().clients.list_agents(&call).await;
        let agents = agents.map_err(|problem| ctx.refuse(problem, "agent"))?;
        Ok(Some(agents.into_iter().map(Agent).collect()))
    }

    /// One agent; null when there is none of that name.
    async fn agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Its name, e.g. `codestory.intent`. The part behind the dot is enough while it is clear."
        )]
        name: String,
    ) -> Result<Option<Agent>> {
        let call = ctx.scoped::<RunAgents>()?;
        match ctx.backend().clients.get_agent(&call, name).await {
            Ok(agent) => Ok(Some(Agent(agent))),
            Err(problem) if problem.kind == ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(ctx.refuse(problem, "agent")),
        }
    }
}
