//! The graph of CodeForge's pipeline: an idea becomes requirements, pages, code and a review of it; what the review finds goes back to
//! the code, as often as the bound allows. This file is the list of nodes and edges; each node is a file of its own below.

mod code;
mod publish;
mod qa;
mod research;
mod save;
mod state;
mod tools;
mod wireframe;

use std::sync::Arc;

use flow::{END, Graph, GraphError, Limits, NodeError, NodeOptions, RetryPolicy, START};
use kit::clock::SharedClock;
use proto::tasks::Level;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use toolchain::Toolchain;

pub(super) use self::code::{WrittenCode, write_code};
pub(super) use self::qa::review_code;
pub(super) use self::research::research_idea;
pub(super) use self::save::{keep_result, save_made};
pub(crate) use self::state::JobState;
pub(super) use self::state::{JobUpdate, ResearchedIdea};
pub(super) use self::wireframe::design_pages;
use super::node::node;
use super::node_context::{AgentAnswer, NodeContext, log_line};
use crate::clients::agents::Agents;
use crate::config::{CodeForgeConfig, StoryConfig};
use crate::domain::job::CODE_PIPELINE;
use crate::domain::jobs::Jobs;

/// Agents of one pipeline beside those of its loop, for its limits.
const BEFORE_THE_LOOP: u32 = 2;

/// What the nodes work with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) agents: Agents,
    pub(crate) jobs: Jobs,
    pub(crate) config: CodeForgeConfig,
    pub(crate) story: StoryConfig,
    pub(crate) clock: SharedClock,
    /// None where nothing of a project may be run.
    pub(crate) toolchain: Option<Arc<Toolchain>>,
}

impl AsRef<Agents> for Tools {
    fn as_ref(&self) -> &Agents {
        &self.agents
    }
}

impl Tools {
    /// How each agent is run: so long, and so often.
    pub(super) fn options(&self) -> NodeOptions {
        NodeOptions {
            retry: RetryPolicy::fixed(self.story.max_retries + 1, *self.story.retry_delay_seconds),
            timeout: Some(*self.config.agent_timeout_seconds),
            ..NodeOptions::default()
        }
    }

    /// How long a run of so many agents may work.
    pub(super) fn limits(&self, agents: u32) -> Limits {
        let more = self
            .config
            .agent_timeout_seconds
            .saturating_mul(agents.saturating_sub(1));
        Limits {
            soft: Some(self.config.soft_limit_seconds.saturating_add(more)),
            hard: Some(self.config.hard_limit_seconds.saturating_add(more)),
        }
    }
}

pub(super) type Node = NodeContext<JobState, Tools>;

/// Who speaks in the log when no agent does.
const SPEAKER: &str = "CodeForge";

/// The last words of a job's run that fails.
pub(super) fn tell_failure(message: &str) -> (&'static str, serde_json::Value) {
    let action = format!("Error: {message}");
    ("log", log_line(SPEAKER, &action, json!({}), Level::Error))
}

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<JobState>, GraphError> {
    let options = tools.options();
    let limits = tools.limits(BEFORE_THE_LOOP + 2 * tools.config.max_iterations);
    let most = tools.config.max_iterations;
    let tools = Arc::new(tools);

    Graph::new(CODE_PIPELINE)
        .limits(limits)
        .last_words(tell_failure)
        .node_with("research", node(&tools, research::run), options.clone())
        .node_with("wireframe", node(&tools, wireframe::run), options.clone())
        .node_with("code", node(&tools, code::run), options.clone())
        .node_with("qa", node(&tools, qa::run), options.clone())
        .node_with("publish", node(&tools, publish::run), options)
        .edge(START, "research")
        .edge("research", "wireframe")
        .edge("wireframe", "code")
        .edge("code", "qa")
        .branch("qa", &["code", "publish"], move |state: &JobState| {
            vec![match state.is_to_be_mended(most) {
                true => "code",
                false => "publish",
            }]
        })
        .edge("publish", END)
        .build()
}

/// What agents say when a model gave nothing that fits however often it was asked.
const UNFIT: [&str; 3] = [
    "MODEL_ANSWER_UNUSABLE",
    "MODEL_ANSWER_INVALID",
    "AGENT_OUTPUT_INVALID",
];

/// Asks an agent once, whatever becomes of the process meanwhile. It has handed back to its model what did not fit: no other attempt.
async fn ask_once<O>(
    node: &Node,
    key: &str,
    agent: &str,
    task: &(impl Serialize + Sync),
) -> Result<AgentAnswer<O>, NodeError>
where
    O: Serialize + DeserializeOwned,
{
    let asked = node.context.once(key, || node.ask(agent, task)).await;
    asked.map_err(|error| match error.reason() {
        Some(reason) if UNFIT.contains(&reason) => {
            let message =
                format!("The agent {agent} gave nothing that can be used, however often it was asked.");
            NodeError::fatal(message)
                .with_reason("AGENT_EXECUTION_ERROR")
                .caused_by(error)
        }
        _ => error,
    })
}
