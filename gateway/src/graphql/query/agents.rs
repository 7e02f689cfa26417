//! The agents that there are.

use async_graphql::{Context, Object, Result};

use crate::{
    graphql::{Ask, object::agent::Agent},
    operation::agents::{GetAgent, ListAgents},
};

#[derive(Default)]
pub(crate) struct AgentsQuery;

#[Object]
impl AgentsQuery {
    /// All agents that you may run.
    async fn agents(&self, ctx: &Context<'_>) -> Result<Option<Vec<Agent>>> {
        let agents = ctx.door().await?.perform(ListAgents).await?;
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
        let agent = ctx.door().await?.find(GetAgent { name }).await?;
        Ok(agent.map(Agent))
    }
}
