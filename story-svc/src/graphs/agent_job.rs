//! The graph of one agent at work for a project: one node. What the agent makes is kept in the project, as the pipeline keeps it.

use std::sync::Arc;

use flow::{END, Graph, GraphError, NodeError, START};
use serde_json::{Value, json};

use super::code_pipeline::{
    JobState, JobUpdate, Node, ResearchedIdea, Tools, WrittenCode, design_pages, keep_result, research_idea,
    review_code, save_made, tell_failure, write_code,
};
use super::node::node;
use super::node_context::AgentAnswer;
use crate::domain::job::{AGENT_JOB, JobType};
use crate::domain::jobs::MadeProject;

/// # Errors
/// Only when the list below is not a graph.
pub(crate) fn graph(tools: Tools) -> Result<Graph<JobState>, GraphError> {
    let (options, limits) = (tools.options(), tools.limits(1));
    let tools = Arc::new(tools);

    Graph::new(AGENT_JOB)
        .limits(limits)
        .last_words(tell_failure)
        .node_with("agent", node(&tools, run), options)
        .edge(START, "agent")
        .edge("agent", END)
        .build()
}

async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    let state = &node.state;
    if let Some(agent) = state.job_type.tutor() {
        return answer_as_told(&node, agent).await;
    }

    let update = match state.job_type {
        JobType::Wireframe => {
            let (wireframe, offline) = design_pages(&node).await?;
            JobUpdate::Designed(wireframe, offline)
        }
        JobType::Code => {
            let written = WrittenCode {
                files: state.task.files.clone(),
                dependencies: state.task.dependencies.clone(),
            };
            let (code, offline) = write_code(&node, written, state.task.issues.clone()).await?;
            JobUpdate::Coded(code, offline)
        }
        JobType::Qa => review(&node).await?,
        _ => {
            let (researched, offline) = research_idea(&node).await?;
            JobUpdate::Researched(researched, offline)
        }
    };
    keep(&node, &update).await?;

    Ok(update)
}

/// Reviews the files that came with the job, or the project's.
async fn review(node: &Node) -> Result<JobUpdate, NodeError> {
    let state = &node.state;
    let (files, dependencies) = match state.task.files.is_empty() {
        false => (state.task.files.clone(), state.task.dependencies.clone()),
        true => {
            let read = node.tools.jobs.read_files(state.owner(), state.project_id).await;
            let (project, files) = read.map_err(|error| {
                NodeError::retryable("The files of the project could not be read.").caused_by(error)
            })?;
            match files.iter().any(|file| file.path.starts_with("src/")) {
                true => (files, project.dependencies),
                false => (Vec::new(), Vec::new()),
            }
        }
    };
    let (review, offline) = review_code(node, files, dependencies).await?;

    Ok(JobUpdate::Reviewed(review, offline))
}

/// Keeps what was made: in the project, where it belongs there, and as the job's result.
async fn keep(node: &Node, update: &JobUpdate) -> Result<(), NodeError> {
    node.progress("publish", 95.0).await?;

    let mut made = MadeProject::default();
    let (result, message) = match update {
        JobUpdate::Researched(researched, _) => {
            made.requirements = Some(&researched.requirements);
            (tell_research(researched), "Write the requirements")
        }
        JobUpdate::Designed(wireframe, _) => {
            made.wireframe = Some(wireframe);
            (json!(wireframe), "Design the pages")
        }
        JobUpdate::Coded(code, _) => {
            made.code = Some(code);
            (json!(code), "Write the code")
        }
        JobUpdate::Reviewed(review, _) => return keep_result(node, &json!(review)).await,
        JobUpdate::Answered(value) => return keep_result(node, value).await,
        JobUpdate::Published => return Ok(()),
    };
    save_made(node, made, message).await?;

    keep_result(node, &result).await
}

/// The requirements with what is left out of them and what is still open.
fn tell_research(researched: &ResearchedIdea) -> Value {
    let mut told = json!(researched.requirements);
    told["not_built"] = json!(researched.not_built);
    told["open_questions"] = json!(researched.questions);
    told
}

/// Has an agent work on the caller's own words.
async fn answer_as_told(node: &Node, agent: &str) -> Result<JobUpdate, NodeError> {
    let state = &node.state;
    node.progress(state.job_type.as_str(), 20.0).await?;
    let input = Value::Object(state.task.context.clone());
    let answer: AgentAnswer<Value> = node.context.once("answer", || node.ask(agent, &input)).await?;

    keep_result(node, &answer.output).await?;
    Ok(JobUpdate::Answered(answer.output))
}
