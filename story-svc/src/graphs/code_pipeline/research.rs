//! Node `research`: requirements from the idea. What it leaves open and matters is asked of its owner; the run waits for the answers.

use std::sync::Arc;

use flow::{NodeError, Reply};
use proto::tasks::Level;
use proto::tasks::codeforge::documents::{ClarificationQuestion, ResearchResult};
use proto::tasks::codeforge::{AppIdea, ClarificationAnswer, RESEARCH, ResearchInput};
use serde::Deserialize;
use serde_json::json;

use super::{JobUpdate, Node, ResearchedIdea, SPEAKER, ask_once};
use crate::graphs::node_context::AgentAnswer;

/// How often one run asks; then the agent goes by what it has.
const ROUNDS_MAX: usize = 3;
/// Answers that agents take.
const ANSWERS_MAX: usize = 25;

#[derive(Deserialize)]
struct ClarificationReply {
    answers: Vec<ClarificationAnswer>,
}

pub(super) async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    let (researched, offline) = research_idea(&node).await?;
    Ok(JobUpdate::Researched(researched, offline))
}

/// The requirements, and whether the offline author wrote them.
pub(in crate::graphs) async fn research_idea(node: &Node) -> Result<(ResearchedIdea, bool), NodeError> {
    node.progress("research", 5.0).await?;
    let mut app: AppIdea = node.state.task.app.clone();

    for round in 0..=ROUNDS_MAX {
        let input = ResearchInput {
            app: app.clone(),
            may_ask: round < ROUNDS_MAX,
        };
        let key = format!("research:{round}");
        let answer: AgentAnswer<ResearchResult> = ask_once(node, &key, RESEARCH, &input).await?;

        let offline = answer.offline;
        let ResearchResult {
            requirements,
            questions,
            not_built,
        } = answer.output;
        match requirements {
            Some(requirements) => {
                let researched = ResearchedIdea {
                    requirements,
                    not_built,
                    questions,
                    answers: app.answers,
                };
                return Ok((researched, offline));
            }
            None if round < ROUNDS_MAX => app.answers.extend(clarify(node, &questions).await?),
            None => break,
        }
        app.answers.truncate(ANSWERS_MAX);
    }

    let message = "The agent asks more than anybody can answer. Say in a sentence what the app keeps.";
    Err(NodeError::fatal(message).with_reason("AGENT_EXECUTION_ERROR"))
}

/// Asks 1 to 5 questions at once.
async fn clarify(
    node: &Node,
    questions: &[ClarificationQuestion],
) -> Result<Vec<ClarificationAnswer>, NodeError> {
    let prompts: Vec<&str> = questions.iter().map(|one| one.question.as_str()).collect();
    let hours = i64::from(node.tools.config.answer_hours);
    let expires_at = node.tools.clock.now() + chrono::Duration::hours(hours);
    let asked = json!({
        "reason": "The idea leaves something open without which nothing can be built.",
        "prompt": prompts.join("\n"),
        "value": { "questions": questions, "is_complete": false },
        "response_schema": answer_schema(&prompts),
        "expires_at": expires_at.to_rfc3339(),
    });

    match node.context.inquire(asked).await? {
        Reply::Answer(value) => {
            node.log(SPEAKER, "The questions were answered", Level::Info)
                .await?;
            let reply: ClarificationReply = serde_json::from_value(value)
                .map_err(|error| NodeError::fatal("The answers can not be read.").caused_by(error))?;
            Ok(reply.answers)
        }
        Reply::Decline => Err(
            NodeError::fatal("The questions were declined, so nothing was made.")
                .with_reason("QUESTION_DECLINED"),
        ),
        Reply::Expire => {
            Err(NodeError::fatal("Nobody answered the questions in time.").with_reason("QUESTION_EXPIRED"))
        }
    }
}

fn answer_schema(questions: &[&str]) -> serde_json::Value {
    json!({
        "type": "object",
        "required": ["answers"],
        "additionalProperties": false,
        "properties": { "answers": {
            "type": "array",
            "minItems": 1,
            "maxItems": 5,
            "items": {
                "type": "object",
                "required": ["question", "answer"],
                "additionalProperties": false,
                "properties": {
                    "question": { "enum": questions },
                    "answer": { "type": "string", "minLength": 1, "maxLength": 5000 },
                },
            },
        }},
    })
}
