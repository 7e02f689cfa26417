//! An agent does one task.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    error::ApiError,
    graphql::{Ask, input::inner, scalar::Json},
    operation::{Operation, agents::ExecuteAgent},
    stream::thinking::{Finished, Thinking},
};

#[derive(Default)]
pub(crate) struct AgentsMutation;

/// A task for an agent.
#[derive(InputObject)]
struct ExecuteAgentInput {
    /// The agent's name, e.g. `codestory.intent`. The part behind the dot is enough while it is clear.
    #[graphql(name = "type")]
    kind: String,
    /// The task: what fits the agent's `inputSchema`.
    input: Json,
}

/// What an agent made.
#[derive(SimpleObject)]
struct ExecuteAgentPayload {
    /// The result, which fits the agent's `outputSchema`.
    output: Option<Json>,
    /// Whether it was made without a language model.
    offline: bool,
    /// What language models were asked for it.
    usage: AgentUsage,
}

/// What language models were asked for some work.
#[derive(SimpleObject)]
struct AgentUsage {
    /// Tokens that they read.
    input_tokens: u64,
    /// Tokens that they wrote.
    output_tokens: u64,
    /// The price, in millionths of a US dollar.
    cost_micro_usd: u64,
}

#[Object]
impl AgentsMutation {
    /// Have an agent do one task, and wait for what it makes. It costs, so it is a mutation.
    async fn execute_agent(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agent and its task.")] input: ExecuteAgentInput,
    ) -> Result<Option<ExecuteAgentPayload>> {
        let ExecuteAgentInput { kind, input: task } = input;
        let no_json = |_| ctx.fail(ApiError::field("input.input", "value_error", "expected JSON"));
        let operation = ExecuteAgent {
            name: kind.clone(),
            input: task.0.into_json().map_err(no_json)?.to_string(),
        };
        let events = ctx.door().await?.perform(operation).await?;

        let refuse = |problem| ExecuteAgent::refuse(problem).rename(inner);
        let worked = async { Thinking::begin(kind, events, refuse).await?.finish().await };
        let Finished { output, usage } = worked.await.map_err(|error| ctx.fail(error))?;

        Ok(Some(ExecuteAgentPayload {
            output: Json::read(&output.output),
            offline: output.offline,
            usage: AgentUsage {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                cost_micro_usd: usage.cost_micro_usd,
            },
        }))
    }
}
