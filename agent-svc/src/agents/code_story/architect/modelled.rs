//! Plans and chapters by a model. What it writes is judged; it is asked again once, with what was measured; then what
//! is left is mended here, or refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::facts::{self, Paths};
use super::super::{analyzer, prompts};
use super::tools::ArchitectTools;
use super::{Architect, check, start_of};
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::voice::VoiceName;
use proto::tasks::Level;
use proto::tasks::code_story::{Chapter, ChapterPlan, CodeExample, IntentResult, Outline, Speaker};
use repo::analysis::Analysis;
use repo::author::CHAPTER_PAUSE;
use repo::narration::Pace;

/// Tokens of packed code that a chapter's writer sees.
const CHAPTER_CODE: usize = 6_000;
/// Lines of code shown beside a chapter, and how many examples.
const EXAMPLE_LINES: usize = 28;
const EXAMPLES: usize = 2;
/// Chapters of a story, at least and at most.
const CHAPTERS: std::ops::RangeInclusive<usize> = 1..=12;
/// The shortest chapter, in seconds.
const SHORTEST: f64 = 15.0;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelOutline {
    title: String,
    summary: String,
    #[schemars(length(min = 1, max = 12))]
    chapters: Vec<ModelPlan>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct ModelPlan {
    title: String,
    purpose: String,
    files: Vec<String>,
    /// Share of the time, 1 to 10.
    #[schemars(range(min = 1, max = 10))]
    weight: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(super) struct ModelChapter {
    /// The narration.
    content: String,
    /// Key files to show beside it.
    #[schemars(length(max = 4))]
    code_examples: Vec<Shown>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Shown {
    path: String,
    /// Why it is shown, one sentence.
    note: String,
}

/// A plan as it would be taken, and what is wrong with it.
pub(super) struct Draft {
    pub(super) outline: Outline,
    pub(super) problems: Vec<String>,
}

impl ModelOutline {
    /// Shares the time by weight, and looks for mistakes.
    pub(super) fn judge(&self, paths: &Paths<'_>, minutes: u32) -> Draft {
        let mut problems = Vec::new();
        let count = self.chapters.len();
        if !CHAPTERS.contains(&count) {
            problems.push(format!(
                "it has {count} chapters; {} to {} are possible",
                CHAPTERS.start(),
                CHAPTERS.end()
            ));
        }

        let mut chapters = Vec::with_capacity(count);
        for (plan, target_seconds) in self.chapters.iter().zip(self.shares(minutes)) {
            let unknown: Vec<&str> = plan
                .files
                .iter()
                .map(String::as_str)
                .filter(|file| !paths.has(file))
                .collect();
            if !unknown.is_empty() {
                problems.push(format!(
                    "chapter “{}” names files that do not exist: {}",
                    plan.title,
                    unknown.join(", ")
                ));
            }

            if self
                .chapters
                .iter()
                .filter(|other| other.title.eq_ignore_ascii_case(&plan.title))
                .count()
                > 1
            {
                problems.push(format!("more than one chapter is called “{}”", plan.title));
            }

            chapters.push(ChapterPlan {
                title: one_line(&plan.title),
                purpose: one_line(&plan.purpose),
                files: plan
                    .files
                    .iter()
                    .filter(|file| paths.has(file))
                    .cloned()
                    .collect(),
                target_seconds,
            });
        }

        let outline = Outline {
            title: one_line(&self.title),
            summary: check::spoken(&self.summary),
            chapters,
        };

        Draft { outline, problems }
    }

    /// Seconds of each chapter: together, with the pauses between them, the whole time.
    fn shares(&self, minutes: u32) -> Vec<u32> {
        let pauses = CHAPTER_PAUSE * self.chapters.len().saturating_sub(1) as f64;
        let time = f64::from(minutes) * 60.0 - pauses;
        let weights: f64 = self
            .chapters
            .iter()
            .map(|plan| f64::from(plan.weight.max(1)))
            .sum();

        let share = |plan: &ModelPlan| {
            (time * f64::from(plan.weight.max(1)) / weights)
                .max(SHORTEST)
                .round() as u32
        };

        self.chapters.iter().map(share).collect()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_matches(['#', '*', '`', '"', ' '])
        .to_owned()
}

impl Architect {
    pub(super) async fn outline_by_model(
        &self,
        intent: &IntentResult,
        analysis_key: &str,
    ) -> Result<Outline, AgentError> {
        let analysis = self.tools.analyses.load(analysis_key).await?;
        let reading = analyzer::find_reading(&self.tools, analysis_key, &intent.focus_areas).await?;
        let material = format!(
            "FACTS\n{}\nArchitecture: {}\nDependencies: {}\nA first reading: {}\nEND OF FACTS\n\n{}",
            facts::digest(&analysis),
            facts::architecture(&analysis),
            facts::dependencies(&analysis),
            json!(reading),
            wish_text(intent)
        );
        let mut messages = vec![Message::User(material)];
        let paths = Paths::collect(&analysis);
        let tools = ArchitectTools {
            desk: &self.desk,
            analysis: &analysis,
            pace: self.planned_pace(intent),
            minutes: intent.duration_minutes.get(),
            target: None,
        };

        for last in [false, true] {
            let question = Question {
                speaker: Speaker::Architect.as_str(),
                system: prompts::outline(intent.style, intent.technical_depth),
                messages: messages.clone(),
                tools: Some(&tools),
                shown: "summary",
            };
            let plan: ModelOutline = self.tools.engines.models.think(&self.desk, question).await?;
            let Draft { outline, problems } = plan.judge(&paths, intent.duration_minutes.get());
            if problems.is_empty() || last {
                // Unknown files are left out of what is taken; the rest is a matter of taste.
                return Ok(outline);
            }

            self.ask_again(&mut messages, &plan, &problems).await?;
        }

        Err(AgentError::Unusable {
            what: "plan",
            problems: Vec::new(),
        })
    }

    pub(super) async fn chapter_by_model(
        &self,
        intent: &IntentResult,
        analysis_key: &str,
        outline: &Outline,
        index: usize,
        voice: VoiceName,
    ) -> Result<Chapter, AgentError> {
        let analysis = self.tools.analyses.load(analysis_key).await?;
        let plan = &outline.chapters[index];
        let pace = self.tools.engines.voice.pace(voice);
        let target = f64::from(plan.target_seconds).max(SHORTEST);
        let tools = ArchitectTools {
            desk: &self.desk,
            analysis: &analysis,
            pace,
            minutes: intent.duration_minutes.get(),
            target: Some(target),
        };

        let mut messages = vec![Message::User(chapter_material(
            &analysis, intent, outline, index, pace,
        ))];
        let paths = Paths::collect(&analysis);
        for last in [false, true] {
            let question = Question {
                speaker: Speaker::Architect.as_str(),
                system: prompts::chapter(intent.style, intent.technical_depth),
                messages: messages.clone(),
                tools: Some(&tools),
                shown: "content",
            };
            let written: ModelChapter = self.tools.engines.models.think(&self.desk, question).await?;
            let judgement = check::judge(&written.content, target, pace, &paths);
            if !judgement.problems.is_empty() && !last {
                self.ask_again(&mut messages, &written, &judgement.problems)
                    .await?;
                continue;
            }

            let content = match judgement.problems.is_empty() {
                true => Some(check::spoken(&written.content)),
                false => check::mend(&written.content, target, pace, &paths),
            };
            let problems = judgement.problems;
            let content = content.ok_or(AgentError::Unusable {
                what: "chapter",
                problems,
            })?;

            return Ok(Chapter {
                title: plan.title.clone(),
                duration_seconds: pace.seconds(&content).round() as u32,
                timestamp_start: start_of(outline, index),
                code_examples: examples(&analysis, &written.code_examples),
                files: plan.files.clone(),
                content,
                claims: Vec::new(),
                turns: Vec::new(),
            });
        }

        Err(AgentError::Unusable {
            what: "chapter",
            problems: Vec::new(),
        })
    }

    /// Adds the answer and what is wrong with it to the conversation.
    async fn ask_again<T: Serialize>(
        &self,
        messages: &mut Vec<Message>,
        answer: &T,
        problems: &[String],
    ) -> Result<(), AgentError> {
        let agent = self.desk.agent;
        let text = serde_json::to_string(answer).map_err(|source| AgentError::Unwritten { agent, source })?;
        let list = problems.join("\n- ");
        messages.push(Message::User(format!(
            "This was your answer:\n{text}\n\nPlease mend this and give the whole answer again:\n- {list}"
        )));

        let details = json!({ "problems": problems.len() });
        self.desk
            .log_with(
                Speaker::Architect,
                "Asked for a better version",
                details,
                Level::Info,
            )
            .await;

        Ok(())
    }
}

fn wish_text(intent: &IntentResult) -> String {
    format!(
        "WISH\nTopics: {}\nMinutes: {}\nAlso: {}\nEND OF WISH",
        json!(intent.focus_areas),
        intent.duration_minutes.get(),
        json!(intent.custom_instructions)
    )
}

fn chapter_material(
    analysis: &Analysis,
    intent: &IntentResult,
    outline: &Outline,
    index: usize,
    pace: Pace,
) -> String {
    let plan = &outline.chapters[index];
    let own = analysis
        .key_files
        .iter()
        .filter(|file| plan.files.contains(&file.path));
    let target = f64::from(plan.target_seconds);
    let characters = target / (pace.seconds_per_char + pace.seconds_per_sentence / 90.0);

    format!(
        "FACTS\n{}\nArchitecture: {}\nDependencies: {}\nThe chapter's key files:\n{}\nEND OF FACTS\n\n{}\n\nThe plan of the \
         whole story: {}\n\nWrite chapter {} of {}, “{}”. It should take {} seconds, which is about {:.0} words.",
        facts::digest(analysis),
        facts::architecture(analysis),
        facts::dependencies(analysis),
        facts::pack(own, CHAPTER_CODE),
        wish_text(intent),
        json!(outline),
        index + 1,
        outline.chapters.len(),
        plan.title,
        plan.target_seconds,
        characters / 6.0
    )
}

/// The code itself comes from the analysis, never from the model.
fn examples(analysis: &Analysis, shown: &[Shown]) -> Vec<CodeExample> {
    let mut examples: Vec<CodeExample> = Vec::new();
    for Shown { path, note } in shown {
        let Some(file) = analysis.key_files.iter().find(|file| file.path == *path) else {
            continue;
        };

        if examples.len() == EXAMPLES || examples.iter().any(|example| example.path == *path) {
            continue;
        }

        examples.push(CodeExample {
            path: file.path.clone(),
            language: file.language.clone().unwrap_or_default(),
            code: file
                .excerpt
                .lines()
                .take(EXAMPLE_LINES)
                .collect::<Vec<_>>()
                .join("\n"),
            note: one_line(note),
        });
    }

    examples
}
