//! Adiuva's agents: tasks, calendar, mails and numbers, from what comes with the message. What each takes and gives is in
//! [`proto::tasks::adiuva`]; the work is the crate `assistant`, and no model is asked. Nothing of a message or its context is
//! kept or logged.

use std::sync::Arc;

use assistant::{Assistant, answer_message};
use kit::actor::Tier;
use kit::clock::SharedClock;
use proto::tasks::Level;
use proto::tasks::adiuva::{AssistantInput, AssistantOutput};
use serde_json::json;

use super::Engines;
use crate::agent_context::AgentContext;
use crate::blocking_pool::BlockingPool;
use crate::error::AgentError;
use crate::orchestrator::list_instructions;
use crate::registry::{Agent, AgentName, Answer, Registry};

/// What these agents work with.
pub(crate) struct AdiuvaTools {
    bench: BlockingPool,
    clock: SharedClock,
}

impl AdiuvaTools {
    pub(super) fn new(engines: &Engines, clock: SharedClock) -> Self {
        Self {
            bench: engines.bench.clone(),
            clock,
        }
    }
}

pub(super) fn register(registry: &mut Registry, tools: AdiuvaTools) {
    let tools = Arc::new(tools);
    for assistant in Assistant::ALL {
        registry.add(agent(assistant, Arc::clone(&tools)));
    }
}

/// Who may run it: the numbers are for those who pay.
pub(crate) fn name_of(assistant: Assistant) -> AgentName {
    let (description, least_tier) = match assistant {
        Assistant::Task => ("Tasks: creates, updates, lists and suggests tasks.", Tier::Free),
        Assistant::Calendar => (
            "Calendar: lists events, finds conflicts and proposes other times.",
            Tier::Free,
        ),
        Assistant::Email => (
            "Email: classifies mails, finds what they ask for and drafts answers; by their heads, never their bodies.",
            Tier::Free,
        ),
        Assistant::Analytics => ("Analytics: computes metrics, reports and trends.", Tier::Pro),
    };

    AgentName {
        name: assistant.name(),
        description,
        least_tier,
    }
}

fn agent(assistant: Assistant, tools: Arc<AdiuvaTools>) -> Agent {
    // Models are asked in chats alone; what they are told there leaves nowhere.
    Agent::new(
        name_of(assistant),
        list_instructions(assistant),
        move |input, desk| {
            let tools = Arc::clone(&tools);
            async move { run(assistant, &tools, &desk, input).await }
        },
    )
}

async fn run(
    assistant: Assistant,
    tools: &AdiuvaTools,
    desk: &AgentContext,
    input: AssistantInput,
) -> Result<Answer<AssistantOutput>, AgentError> {
    let now = tools.clock.now();
    let output = tools
        .bench
        .run(move |_| answer_message(assistant, &input, now))
        .await?;

    // Numbers alone: what was said is nobody's business.
    let details = json!({ "results": output.results.len(), "actions": output.actions.len() });
    desk.log_with("Assistant", "Answered without a model", details, Level::Info)
        .await;
    Ok(Answer {
        output,
        offline: true,
    })
}
