//! The Intent agent: what somebody wants to hear about which repository. What was chosen stands; a message fills in the
//! rest, understood by a model or by rules.

mod tools;

use std::sync::Arc;

use kit::actor::Tier;
use kit::sources::RepoUrl;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::tools::IntentTools;
use super::{CodeStoryTools, prompts};
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::registry::{Agent, AgentName, Answer, Instructions};
use proto::tasks::Level;
use proto::tasks::code_story::{INTENT, IntentInput, IntentOutput, IntentResult, Speaker};
use proto::words::{Minutes, Style, TechnicalDepth};
use repo::author;

const NAME: AgentName = AgentName {
    name: INTENT,
    description: "Intent: understands what a listener wants to hear about a repository.",
    least_tier: Tier::Free,
};
const FOCUS_AREAS_MAX: usize = 10;

pub(super) fn agent(tools: Arc<CodeStoryTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS)
        .with_tools(&tools::specs())
        .with_answer::<ModelIntent>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

/// What a message says, however it was understood.
#[derive(Debug, Clone, Default)]
struct Heard {
    focus_areas: Vec<String>,
    technical_depth: Option<TechnicalDepth>,
    style: Option<Style>,
    duration_minutes: Option<Minutes>,
    custom_instructions: Option<String>,
    reply: String,
}

/// A model's answer.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct ModelIntent {
    /// The reply to the listener.
    message: String,
    #[schemars(length(max = 10))]
    focus_areas: Vec<String>,
    technical_depth: TechnicalDepth,
    style: Style,
    /// 5, 10, 15 or 20.
    duration_minutes: u32,
    custom_instructions: Option<String>,
}

async fn run(
    tools: &CodeStoryTools,
    desk: &AgentContext,
    input: IntentInput,
) -> Result<Answer<IntentOutput>, AgentError> {
    let url = RepoUrl::parse(&input.repo_url, &tools.engines.sources)?;
    let details = json!({ "tool": "parse_github_url", "owner": url.owner(), "name": url.repo() });
    desk.log_with(
        Speaker::Intent,
        format!("The repository is {}", url.name()),
        details,
        Level::Info,
    )
    .await;

    let message = input.message.as_deref().map(str::trim).unwrap_or_default();
    if input.message.is_some() && message.is_empty() {
        return Err(AgentError::field(
            desk.agent,
            "message",
            "text with words in it, or no message at all",
        ));
    }

    let by_model = !message.is_empty() && tools.engines.models.available(desk);
    let heard = match message {
        "" => Heard::default(),
        message if by_model => by_a_model(tools, desk, &url, &input, message).await?,
        message => by_rules(desk, message).await,
    };
    let intent = settle(&url, input, &heard);
    let message = if heard.reply.is_empty() {
        reply(&intent)
    } else {
        heard.reply
    };

    Ok(Answer {
        output: IntentOutput { intent, message },
        offline: !by_model,
    })
}

/// What was chosen stands; what was heard fills in; the rest is the default.
fn settle(url: &RepoUrl, chosen: IntentInput, heard: &Heard) -> IntentResult {
    let mut focus_areas: Vec<String> = Vec::new();
    for area in chosen.focus_areas.iter().chain(&heard.focus_areas) {
        let area: String = area
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(100)
            .collect();
        let known = focus_areas.iter().any(|known| known.eq_ignore_ascii_case(&area));

        if !area.is_empty() && !known && focus_areas.len() < FOCUS_AREAS_MAX {
            focus_areas.push(area);
        }
    }

    IntentResult {
        repo_url: url.fetch_url().to_owned(),
        repo_owner: url.owner().to_owned(),
        repo_name: url.repo().to_owned(),
        focus_areas,
        technical_depth: chosen
            .technical_depth
            .or(heard.technical_depth)
            .unwrap_or_default(),
        style: chosen.style.or(heard.style).unwrap_or_default(),
        duration_minutes: chosen
            .duration_minutes
            .or(heard.duration_minutes)
            .unwrap_or_default(),
        custom_instructions: heard.custom_instructions.clone(),
        voice: chosen.voice,
    }
}

async fn by_rules(desk: &AgentContext, message: &str) -> Heard {
    let understood = author::understand(message);
    let details = json!({ "tool": "suggest_focus_areas", "focus_areas": understood.focus_areas });
    let action = match understood.focus_areas.is_empty() {
        true => "The message names no topic".to_owned(),
        false => format!("The message is about {}", understood.focus_areas.join(", ")),
    };
    desk.log_with(Speaker::Intent, action, details, Level::Info).await;

    if let Some(minutes) = understood.duration_minutes {
        let details = json!({ "tool": "estimate_duration", "minutes": minutes });
        desk.log_with(
            Speaker::Intent,
            format!("It asks for {minutes} minutes"),
            details,
            Level::Info,
        )
        .await;
    }

    Heard {
        focus_areas: understood.focus_areas,
        technical_depth: understood.technical_depth,
        style: understood.style,
        duration_minutes: understood.duration_minutes.map(nearest),
        custom_instructions: None,
        reply: understood.reply,
    }
}

async fn by_a_model(
    tools: &CodeStoryTools,
    desk: &AgentContext,
    url: &RepoUrl,
    chosen: &IntentInput,
    message: &str,
) -> Result<Heard, AgentError> {
    let fixed = json!({
        "focus_areas": chosen.focus_areas,
        "technical_depth": chosen.technical_depth,
        "style": chosen.style,
        "duration_minutes": chosen.duration_minutes,
    });
    let wish = format!("WISH\nAddress: {url}\nChosen already: {fixed}\nMessage: {message}\nEND OF WISH");
    let tool_box = IntentTools {
        desk,
        sources: &tools.engines.sources,
    };

    let question = Question {
        speaker: Speaker::Intent.as_str(),
        system: prompts::intent(),
        messages: vec![Message::User(wish)],
        tools: Some(&tool_box),
        shown: "message",
    };
    let answer: ModelIntent = tools.engines.models.think(desk, question).await?;

    Ok(Heard {
        focus_areas: answer.focus_areas,
        technical_depth: Some(answer.technical_depth),
        style: Some(answer.style),
        duration_minutes: Some(nearest(answer.duration_minutes)),
        custom_instructions: answer.custom_instructions.filter(|text| !text.trim().is_empty()),
        reply: answer.message,
    })
}

/// The length on offer that is nearest.
fn nearest(minutes: u32) -> Minutes {
    Minutes::ALL
        .into_iter()
        .min_by_key(|offered| offered.get().abs_diff(minutes))
        .unwrap_or_default()
}

fn reply(intent: &IntentResult) -> String {
    let about = match intent.focus_areas.as_slice() {
        [] => String::new(),
        areas => format!(" It will dwell on {}.", areas.join(", ")),
    };
    format!(
        "A {}-minute {} about {}, for {} listeners.{about}",
        intent.duration_minutes.get(),
        intent.style,
        intent.repo_name,
        intent.technical_depth
    )
}
