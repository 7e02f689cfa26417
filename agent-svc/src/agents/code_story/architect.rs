//! The Story Architect: plans a story and writes its chapters, by a model or by the offline author. Chapters are
//! written apart from each other, from the plan alone.

mod check;
mod claims;
mod conversation;
mod evidence;
mod modelled;
mod reader;
mod tools;

use std::sync::Arc;

use kit::actor::Tier;
use serde_json::json;

use self::claims::ModelClaims;
use self::modelled::{ChapterTask, ModelChapter, ModelOutline};
use self::reader::ModelReading;
use super::{CodeStoryTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};
use crate::voice::VoiceName;
use proto::tasks::Level;
use proto::tasks::code_story::{
    ARCHITECT, ArchitectInput, ArchitectOutput, Chapter, ChapterOutput, IntentResult, Outline, OutlineOutput,
    ReviewOutput, Speaker, StoryScript,
};
use repo::author::{self, CHAPTER_PAUSE, StorySpec};
use repo::narration::Pace;

const NAME: AgentName = AgentName {
    name: ARCHITECT,
    description: "Story Architect: plans the story of a repository and writes its chapters.",
    least_tier: Tier::Free,
};

pub(super) fn agent(tools: Arc<CodeStoryTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS)
        .with_tools(&tools::specs())
        .with_answer::<ModelClaims>()
        .with_answer::<ModelOutline>()
        .with_answer::<ModelChapter>()
        .with_answer::<ModelReading>();

    Agent::new(NAME, instructions, move |input, desk| {
        let architect = Architect {
            tools: Arc::clone(&tools),
            desk,
        };
        async move { architect.run(input).await }
    })
}

/// One task of one story.
struct Architect {
    tools: Arc<CodeStoryTools>,
    desk: AgentContext,
}

impl Architect {
    async fn run(self, input: ArchitectInput) -> Result<Answer<ArchitectOutput>, AgentError> {
        let by_model = self.tools.engines.models.available(&self.desk);

        match input {
            ArchitectInput::Outline { intent, analysis_key } => {
                let outline = match by_model {
                    true => self.outline_by_model(&intent, &analysis_key).await?,
                    false => self.outline_offline(&intent, &analysis_key).await?,
                };

                let details = json!({
                    "tool": "create_outline",
                    "chapters": outline.chapters.iter().map(|chapter| &chapter.title).collect::<Vec<_>>(),
                });
                let action = format!("Planned {} chapters", outline.chapters.len());
                self.desk
                    .log_with(Speaker::Architect, action, details, Level::Info)
                    .await;

                Ok(Answer {
                    output: ArchitectOutput::Outline(OutlineOutput { outline }),
                    offline: !by_model,
                })
            }
            ArchitectInput::Chapter {
                intent,
                analysis_key,
                outline,
                index,
                voice,
                open_questions,
            } => {
                let count = outline.chapters.len();
                if index >= count {
                    return Err(AgentError::NoChapter { index, count });
                }

                let chapter = match by_model {
                    true => {
                        let task = ChapterTask {
                            intent: &intent,
                            analysis_key: &analysis_key,
                            outline: &outline,
                            index,
                            voice,
                            open_questions: &open_questions,
                        };
                        self.chapter_by_model(task).await?
                    }
                    false => {
                        self.chapter_offline(&intent, &analysis_key, &outline, index)
                            .await?
                    }
                };

                self.say_written(&chapter, index, count).await;

                Ok(Answer {
                    output: ArchitectOutput::Chapter(ChapterOutput { chapter }),
                    offline: !by_model,
                })
            }
            ArchitectInput::Review { chapters } => {
                let open = match by_model {
                    true => self.review_by_model(&chapters).await?,
                    false => Vec::new(),
                };

                Ok(Answer {
                    output: ArchitectOutput::Review(ReviewOutput { open }),
                    offline: !by_model,
                })
            }
            ArchitectInput::Script { outline, chapters } => Ok(Answer {
                output: ArchitectOutput::Script {
                    script: script(outline, chapters),
                },
                offline: true,
            }),
        }
    }

    async fn say_written(&self, chapter: &Chapter, index: usize, count: usize) {
        let details = json!({
            "tool": "write_chapter",
            "part": index + 1,
            "of": count,
            "title": chapter.title,
            "words": words(&chapter.content),
            "seconds": chapter.duration_seconds,
            "code_examples": chapter.code_examples.len(),
        });

        let action = format!("Wrote chapter {} of {count}", index + 1);
        self.desk
            .log_with(Speaker::Architect, action, details, Level::Info)
            .await;
    }

    async fn outline_offline(
        &self,
        intent: &IntentResult,
        analysis_key: &str,
    ) -> Result<Outline, AgentError> {
        let analysis = self.tools.analyses.load(analysis_key).await?;
        let (wish, pace) = (wish(intent), self.planned_pace(intent));
        self.tools
            .engines
            .bench
            .run(move |_| author::outline(&analysis, &wish, pace))
            .await
    }

    /// The offline author writes the whole story anew for each chapter: it is quick, always the same, and no sentence
    /// comes twice. So wish and pace must be those of the outline.
    async fn chapter_offline(
        &self,
        intent: &IntentResult,
        analysis_key: &str,
        outline: &Outline,
        index: usize,
    ) -> Result<Chapter, AgentError> {
        let analysis = self.tools.analyses.load(analysis_key).await?;
        let (wish, pace) = (wish(intent), self.planned_pace(intent));
        let chapter = self
            .tools
            .engines
            .bench
            .run(move |_| author::chapter(&analysis, &wish, index, pace))
            .await?;

        // An outline that was not made here may have more chapters than there is to tell.
        chapter.ok_or(AgentError::NoChapter {
            index,
            count: outline.chapters.len(),
        })
    }

    /// The pace that the whole story is planned with. It depends on the intent alone, so that the outline and every
    /// chapter agree on it.
    fn planned_pace(&self, intent: &IntentResult) -> Pace {
        self.tools
            .engines
            .voice
            .pace(intent.voice.unwrap_or(VoiceName::Rachel))
    }
}

fn wish(intent: &IntentResult) -> StorySpec {
    StorySpec {
        focus_areas: intent.focus_areas.clone(),
        technical_depth: intent.technical_depth,
        style: intent.style,
        duration_minutes: intent.duration_minutes.get(),
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The planned start of a chapter: everything before it, with the pauses between.
fn start_of(outline: &Outline, index: usize) -> u32 {
    let before = outline.chapters.iter().take(index);
    let seconds: f64 = before
        .map(|chapter| f64::from(chapter.target_seconds) + CHAPTER_PAUSE)
        .sum();
    seconds.round() as u32
}

/// `calculate_timing` for the whole: each chapter begins where the one before it ended, a pause later.
fn script(outline: Outline, mut chapters: Vec<Chapter>) -> StoryScript {
    let mut at = 0.0;
    for chapter in &mut chapters {
        chapter.timestamp_start = f64::round(at) as u32;
        at += f64::from(chapter.duration_seconds) + CHAPTER_PAUSE;
    }

    let total = if chapters.is_empty() {
        0.0
    } else {
        at - CHAPTER_PAUSE
    };

    StoryScript {
        title: outline.title,
        summary: outline.summary,
        word_count: chapters.iter().map(|chapter| words(&chapter.content)).sum(),
        total_duration_seconds: total.round() as u32,
        chapters,
    }
}
