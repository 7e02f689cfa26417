//! The prose weaver: one scene of a planned book, as prose and as a ledger. By a model or by the offline author. What a model says
//! is held against the book before it is taken: what can't be so goes out of the ledger, and the model is told, twice at most.

mod ledger;

use std::sync::Arc;

use fiction::FictionError;
use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::fiction::PROSE_WEAVER;
use proto::tasks::fiction::plan::ScenePlan;
use proto::tasks::fiction::scene::{ProseWeaverInput, WrittenScene};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::ledger::{ModelLearning, ModelMove, ModelNews, ModelPromiseStep};
use super::{LekhTools, or_offline, prompts, refuse};
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: PROSE_WEAVER,
    description: "Prose weaver: writes one scene of a planned book, with the ledger of what it changed.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "Prose Weaver";
/// How often a scene may be mended.
const REWRITES: usize = 2;
/// A paragraph that is longer is no paragraph.
const PARAGRAPH: usize = 8_000;

pub(super) fn agent(tools: Arc<LekhTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<ModelText>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

/// A model's answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelText {
    /// The prose; an empty line between paragraphs.
    prose: String,
    #[schemars(length(max = 20))]
    moved: Vec<ModelMove>,
    #[schemars(length(max = 20))]
    learned: Vec<ModelLearning>,
    #[schemars(length(max = 10))]
    promises: Vec<ModelPromiseStep>,
    /// What is so from now on and was not before.
    #[schemars(length(max = 10))]
    news: Vec<ModelNews>,
}

async fn run(
    tools: &LekhTools,
    desk: &AgentContext,
    input: ProseWeaverInput,
) -> Result<Answer<WrittenScene>, AgentError> {
    let planned = input.outline.scenes().find(|(_, plan)| plan.key == input.scene);
    let Some((chapter, plan)) = planned.map(|(chapter, plan)| (chapter, plan.clone())) else {
        return Err(AgentError::field(
            desk.agent,
            "scene",
            "the key of a scene of the outline",
        ));
    };

    let made = match tools.engines.models.available(desk) {
        true => {
            or_offline(
                desk,
                SPEAKER,
                write_by_model(tools, desk, &input, (chapter, &plan)).await,
            )
            .await?
        }
        false => None,
    };
    let (output, offline) = match made {
        Some(written) => (written, false),
        None => (write_offline(tools, desk, input, (chapter, &plan)).await?, true),
    };

    let details = json!({ "tool": "write_scene", "scene": plan.key, "chapter": chapter, "words": output.count_words() });
    let action = format!("Wrote “{}”", plan.title);
    desk.log_with(SPEAKER, action, details, Level::Info).await;
    Ok(Answer { output, offline })
}

/// Told paragraph by paragraph, as a model's text is told.
async fn write_offline(
    tools: &LekhTools,
    desk: &AgentContext,
    input: ProseWeaverInput,
    (chapter, plan): (u32, &ScenePlan),
) -> Result<WrittenScene, AgentError> {
    let written = tools
        .engines
        .bench
        .run(move |_| fiction::write_scene(&input))
        .await?;
    let written = match written {
        Ok(written) => written,
        // A plan of a model's, for which its own writer found no words: what was to happen is told, so that nothing is missing.
        Err(FictionError::ForeignOutline(_)) => tell_plan(chapter, plan),
        Err(error) => return Err(refuse(desk, &error)),
    };
    for paragraph in &written.prose {
        desk.delta(format!("{paragraph}\n\n")).await;
    }

    Ok(written)
}

fn tell_plan(chapter: u32, plan: &ScenePlan) -> WrittenScene {
    let prose = [&plan.goal, &plan.obstacle, &plan.outcome];
    let prose = prose.into_iter().filter(|text| !text.trim().is_empty());

    WrittenScene {
        scene: ledger::begin_scene(chapter, plan),
        prose: prose.cloned().collect(),
    }
}

async fn write_by_model(
    tools: &LekhTools,
    desk: &AgentContext,
    input: &ProseWeaverInput,
    (chapter, plan): (u32, &ScenePlan),
) -> Result<WrittenScene, AgentError> {
    let mut messages = vec![Message::User(material(input, plan))];
    let mut problems = Vec::new();

    for attempt in 0..=REWRITES {
        let question = Question {
            speaker: SPEAKER,
            system: prompts::prose_weaver(),
            messages: messages.clone(),
            tools: None,
            shown: "prose",
        };
        let text: ModelText = tools.engines.models.think(desk, question).await?;
        let paragraphs = split_paragraphs(&text.prose);
        let (scene, against) = ledger::settle(input, (chapter, plan), text);
        problems = judge_length(&paragraphs, plan);
        if paragraphs.is_empty() {
            problems.push("it has no prose".to_owned());
        }

        // What contradicts the book is out of the ledger by now; only the prose may still say it, and the checker reads that.
        let usable = !paragraphs.is_empty();
        problems.extend(against);
        if problems.is_empty() || (usable && attempt == REWRITES) {
            return Ok(WrittenScene {
                scene,
                prose: paragraphs,
            });
        }
        messages.push(Message::User(format!(
            "That scene can not be taken as it is:\n- {}\nWrite the whole corrected scene.",
            problems.join("\n- ")
        )));
    }

    Err(AgentError::Unusable {
        what: "scene",
        problems,
    })
}

fn split_paragraphs(prose: &str) -> Vec<String> {
    let paragraphs = prose.split("\n\n").map(|paragraph| {
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars()
            .filter(|char| !char.is_control())
            .take(PARAGRAPH)
            .collect::<String>()
    });

    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect()
}

/// A fifth more or less than was asked for.
fn judge_length(paragraphs: &[String], plan: &ScenePlan) -> Vec<String> {
    let words: usize = paragraphs.iter().map(|one| one.split_whitespace().count()).sum();
    let wanted = plan.words as usize;
    match words * 5 < wanted * 4 || words * 5 > wanted * 6 {
        true => vec![format!("it has {words} words; about {wanted} are asked for")],
        false => Vec::new(),
    }
}

/// All that a writer has to know, and nothing that happens later.
fn material(input: &ProseWeaverInput, plan: &ScenePlan) -> String {
    let outline = &input.outline;
    let planned = outline.scenes().find(|(_, scene)| scene.key == plan.key);
    let place = (planned.map_or(0, |(chapter, _)| chapter), &plan.key);
    let cast = input.bible.cast_at(&input.cast, place);
    let people: Vec<_> = plan.present.iter().filter_map(|key| cast.person(key)).collect();
    let laid: Vec<_> = input
        .bible
        .resolve(place.0, place.1)
        .into_iter()
        .map(|entry| json!({ "of": entry.subject, "what": entry.property, "is": entry.value }))
        .collect();
    let facts: Vec<_> = input
        .cast
        .facts
        .iter()
        .map(|fact| json!({ "key": fact.fact.key, "says": fact.statement, "hidden": fact.hidden }))
        .collect();
    let findings: Vec<_> = input
        .repair
        .iter()
        .map(|found| format!("- {}", found.message))
        .collect();
    let mut book = json!({
        "title": outline.title, "setting": outline.setting, "person": outline.person, "tense": outline.tense,
        "scene": {
            "title": plan.title, "place": input.cast.place(&plan.place).map(|place| &place.entity.name),
            "point_of_view": plan.point_of_view, "goal": plan.goal, "obstacle": plan.obstacle,
            "outcome": plan.outcome, "words": plan.words,
        },
        "people": people, "facts": facts, "world": input.context,
    });
    if !laid.is_empty() {
        book["laid_down_by_the_author"] = laid.into();
    }
    let again = match findings.is_empty() {
        true => String::new(),
        false => format!("\n\nFindings in the version before:\n{}", findings.join("\n")),
    };

    format!(
        "BOOK\n{book}\nEND OF BOOK\n\nWrite the scene “{}”.{again}",
        plan.title
    )
}
