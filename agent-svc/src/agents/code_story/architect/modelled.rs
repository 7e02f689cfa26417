//! Plans and chapters by a model: claims first, then their order, then prose. What it writes is judged; it is asked again
//! once, with what was measured; then what is left is mended here, or refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::facts::{self, Paths};
use super::super::{analyzer, prompts};
use super::check::Measure;
use super::tools::ArchitectTools;
use super::{Architect, check, claims, conversation, start_of};
use crate::agent_context::AgentContext;
use crate::agents::thinking::Question;
use crate::error::AgentError;
use crate::llm::Message;
use crate::voice::VoiceName;
use proto::tasks::Level;
use proto::tasks::code_story::{
    Chapter, ChapterPlan, CodeExample, IntentResult, Outline, PlannedClaim, Speaker,
};
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
    /// Numbers of the claims that it tells, in order.
    #[serde(default)]
    #[schemars(length(max = 40))]
    claims: Vec<usize>,
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
    pub(super) fn judge(&self, paths: &Paths<'_>, claims: &[PlannedClaim], minutes: u32) -> Draft {
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
                claims: told(&plan.claims, claims),
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

/// The claims with these numbers, which count from 1.
fn told(numbers: &[usize], claims: &[PlannedClaim]) -> Vec<PlannedClaim> {
    let known = numbers
        .iter()
        .filter_map(|number| claims.get(number.checked_sub(1)?));
    known.cloned().collect()
}

/// One chapter to write.
pub(super) struct ChapterTask<'a> {
    pub(super) intent: &'a IntentResult,
    pub(super) analysis_key: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) index: usize,
    pub(super) voice: VoiceName,
    pub(super) open_questions: &'a [String],
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
        let paths = Paths::collect(&analysis);
        let evidence = claims::evidence(&analysis, &paths, &[], &wish_text(intent));
        let tools = ArchitectTools {
            desk: &self.desk,
            analysis: &analysis,
            pace: self.planned_pace(intent),
            minutes: intent.duration_minutes.get(),
            target: None,
            evidence: &evidence,
        };

        let claims = self.claims_by_model(intent, &analysis, &material, &tools).await?;
        let mut messages = vec![Message::User(format!("{material}\n\n{}", claims_text(&claims)))];

        for last in [false, true] {
            let question = Question {
                speaker: Speaker::Architect.as_str(),
                system: prompts::outline(intent.style, intent.technical_depth),
                messages: messages.clone(),
                tools: Some(&tools),
                shown: "summary",
            };
            let plan: ModelOutline = self.tools.engines.models.think(&self.desk, question).await?;
            let Draft {
                mut outline,
                mut problems,
            } = plan.judge(&paths, &claims, intent.duration_minutes.get());
            problems.extend(check::find_unfounded(&plan.summary, &evidence));
            if problems.is_empty() || last {
                // Unknown files and unfounded sentences are left out of what is taken; the rest is a matter of taste.
                outline.summary = check::spoken(&check::keep_founded(&plan.summary, &evidence));
                return Ok(outline);
            }

            ask_again_for(&self.desk, &mut messages, &plan, &problems).await?;
        }

        Err(AgentError::Unusable {
            what: "plan",
            problems: Vec::new(),
        })
    }

    pub(super) async fn chapter_by_model(&self, task: ChapterTask<'_>) -> Result<Chapter, AgentError> {
        let ChapterTask {
            intent,
            outline,
            index,
            ..
        } = task;
        let analysis = self.tools.analyses.load(task.analysis_key).await?;
        let plan = &outline.chapters[index];
        let pace = self.tools.engines.voice.pace(task.voice);
        let target = f64::from(plan.target_seconds).max(SHORTEST);
        let paths = Paths::collect(&analysis);
        let cited: Vec<String> = plan
            .claims
            .iter()
            .flat_map(|claim| &claim.sources)
            .chain(&plan.files)
            .cloned()
            .collect();
        let evidence = claims::evidence(&analysis, &paths, &cited, &wish_text(intent));
        let measure = Measure {
            target,
            pace,
            paths: &paths,
            evidence: &evidence,
        };
        let tools = ArchitectTools {
            desk: &self.desk,
            analysis: &analysis,
            pace,
            minutes: intent.duration_minutes.get(),
            target: Some(target),
            evidence: &evidence,
        };

        let mut messages = vec![Message::User(chapter_material(&analysis, &task, &cited, pace))];
        for last in [false, true] {
            let question = Question {
                speaker: Speaker::Architect.as_str(),
                system: prompts::chapter(intent.style, intent.technical_depth),
                messages: messages.clone(),
                tools: Some(&tools),
                shown: "content",
            };
            let written: ModelChapter = self.tools.engines.models.think(&self.desk, question).await?;
            let judgement = check::judge(&written.content, measure);
            if !judgement.problems.is_empty() && !last {
                ask_again_for(&self.desk, &mut messages, &written, &judgement.problems).await?;
                continue;
            }

            let content = match judgement.problems.is_empty() {
                true => Some(check::spoken(&written.content)),
                false => check::mend(&written.content, measure),
            };
            let problems = judgement.problems;
            let content = content.ok_or(AgentError::Unusable {
                what: "chapter",
                problems,
            })?;

            let (content, turns) = conversation::take_turns(&content);

            return Ok(Chapter {
                title: plan.title.clone(),
                duration_seconds: pace.seconds(&content).round() as u32,
                timestamp_start: start_of(outline, index),
                code_examples: examples(&analysis, &written.code_examples),
                files: plan.files.clone(),
                content,
                claims: Vec::new(),
                turns,
            });
        }

        Err(AgentError::Unusable {
            what: "chapter",
            problems: Vec::new(),
        })
    }
}

/// Adds the answer and what is wrong with it to the conversation.
pub(super) async fn ask_again_for<T: Serialize>(
    desk: &AgentContext,
    messages: &mut Vec<Message>,
    answer: &T,
    problems: &[String],
) -> Result<(), AgentError> {
    let agent = desk.agent;
    let text = serde_json::to_string(answer).map_err(|source| AgentError::Unwritten { agent, source })?;
    let list = problems.join("\n- ");
    messages.push(Message::User(format!(
        "This was your answer:\n{text}\n\nPlease mend this and give the whole answer again:\n- {list}"
    )));

    let details = json!({ "problems": problems.len() });
    desk.log_with(
        Speaker::Architect,
        "Asked for a better version",
        details,
        Level::Info,
    )
    .await;

    Ok(())
}

fn claims_text(claims: &[PlannedClaim]) -> String {
    let list = (1..)
        .zip(claims)
        .map(|(number, claim)| format!("{number}. {} ({})", claim.text, claim.sources.join(", ")));

    format!("CLAIMS\n{}\nEND OF CLAIMS", list.collect::<Vec<_>>().join("\n"))
}

fn wish_text(intent: &IntentResult) -> String {
    format!(
        "WISH\nTopics: {}\nMinutes: {}\nAlso: {}\nEND OF WISH",
        json!(intent.focus_areas),
        intent.duration_minutes.get(),
        json!(intent.custom_instructions)
    )
}

fn chapter_material(analysis: &Analysis, task: &ChapterTask<'_>, cited: &[String], pace: Pace) -> String {
    let plan = &task.outline.chapters[task.index];
    let own = analysis
        .key_files
        .iter()
        .filter(|file| cited.contains(&file.path));
    let target = f64::from(plan.target_seconds);
    let characters = target / (pace.seconds_per_char + pace.seconds_per_sentence / 90.0);
    let open = match task.open_questions {
        [] => String::new(),
        some => format!(
            "\n\nA reader of an earlier version could not answer these; answer them where the material does: {}",
            json!(some)
        ),
    };

    format!(
        "FACTS\n{}\nArchitecture: {}\nDependencies: {}\nThe chapter's key files:\n{}\nEND OF FACTS\n\n{}\n\n{}\n\nThe plan \
         of the whole story: {}\n\nWrite chapter {} of {}, “{}”. It should take {} seconds, which is about {:.0} words.{open}",
        facts::digest(analysis),
        facts::architecture(analysis),
        facts::dependencies(analysis),
        facts::pack(own, CHAPTER_CODE),
        claims_text(&plan.claims),
        wish_text(task.intent),
        json!(task.outline),
        task.index + 1,
        task.outline.chapters.len(),
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
