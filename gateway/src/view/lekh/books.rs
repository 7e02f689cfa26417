//! Books as clients know them. What agents made of one passes through as they said it.

use proto::v1::{self, Book, BookFinding, BookScene, RunStatus, Story};
use serde::Serialize;
use serde_json::{Value, value::RawValue};
use utoipa::ToSchema;

use crate::view::stories::{percent, rfc3339};

/// Where a book stands, in Lekh's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum SystemStatus {
    /// It waits for its turn.
    Initializing,
    /// It is being worked on.
    Running,
    /// Its author is asked something: `agent_question`.
    WaitingForInput,
    Completed,
    Failed,
    Cancelled,
}

impl SystemStatus {
    pub(crate) const fn of_run(status: RunStatus) -> Self {
        match status {
            RunStatus::Unspecified | RunStatus::Queued => Self::Initializing,
            RunStatus::Running | RunStatus::Cancelling => Self::Running,
            RunStatus::WaitingForInput => Self::WaitingForInput,
            RunStatus::Completed => Self::Completed,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Cancelled,
        }
    }

    /// As the engine writes it in events.
    pub(super) fn of_word(word: &str) -> Self {
        match word {
            "queued" => Self::Initializing,
            "waiting_for_input" => Self::WaitingForInput,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Running,
        }
    }
}

/// What steers the making of a book.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct ControlState {
    pub(crate) system_status: SystemStatus,
    /// The oldest question that waits for its author: `{id, reason, prompt, value, response_schema, node, asked_at}`.
    #[schema(value_type = Option<Object>)]
    pub(crate) agent_question: Option<Box<RawValue>>,
    /// What is being done, in one word.
    pub(crate) phase: Option<String>,
    /// 0 to 100.
    pub(crate) progress: u8,
}

impl ControlState {
    pub(crate) fn new(story: &Story) -> Self {
        let asked = story.questions.first();
        Self {
            system_status: SystemStatus::of_run(story.status()),
            agent_question: asked.and_then(|text| RawValue::from_string(text.clone()).ok()),
            phase: Some(story.phase.clone()).filter(|phase| !phase.is_empty()),
            progress: percent(story.progress),
        }
    }
}

/// A book that was begun, or is being changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoryBegun {
    #[schema(example = "7d444840-9dc0-41d1-b245-5ffdce74fad2")]
    story_id: String,
    /// The same.
    id: String,
    /// The beginning of the prompt, until the architect has found one.
    title: String,
    control_state: ControlState,
}

impl From<Story> for StoryBegun {
    fn from(story: Story) -> Self {
        Self {
            control_state: ControlState::new(&story),
            story_id: story.id.clone(),
            id: story.id,
            title: story.title,
        }
    }
}

/// What a fiction story was asked to be, and how much there is of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FictionView {
    initial_prompt: String,
    genres: Vec<String>,
    chapters: u32,
    words_per_chapter: u32,
    seed: u64,
    /// Of the whole book; null until it is completed.
    words: Option<u32>,
    /// Findings that nobody called intended; null until it is completed.
    open_findings: Option<u32>,
}

impl FictionView {
    /// `None` for a story of another kind.
    pub(crate) fn new(story: &Story) -> Option<Self> {
        let request = story.fiction()?.clone();
        let made = story.fiction_result();

        Some(Self {
            initial_prompt: request.prompt,
            genres: request.genres,
            chapters: made.map_or(request.chapters, |made| made.chapters),
            words_per_chapter: request.words_per_chapter,
            seed: request.seed,
            words: made.map(|made| made.words),
            open_findings: made.map(|made| made.open_findings),
        })
    }
}

/// A book, as far as it has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct BookView {
    story_id: String,
    /// Counts all that changed it.
    revision: u64,
    /// `{title, logline, genre, setting, themes, point_of_view, person, tense, promises, chapters}`; null before it is made.
    #[schema(value_type = Option<Object>)]
    outline: Option<Box<RawValue>>,
    /// `{people, places, items, facts}`; null before it is made.
    #[schema(value_type = Option<Object>)]
    cast: Option<Box<RawValue>>,
    /// Those that are written, in the order of telling.
    scenes: Vec<SceneView>,
    findings: Vec<FindingView>,
    /// Promises to the reader that are not kept yet.
    #[schema(value_type = Vec<Object>)]
    open_promises: Box<RawValue>,
    /// What can be taken back, the newest first.
    changes: Vec<ChangeView>,
}

/// A scene, with its ledger.
#[derive(Serialize, ToSchema)]
pub(crate) struct SceneView {
    #[schema(example = "s-01-1")]
    key: String,
    chapter: u32,
    /// Within its chapter, from 1.
    number: u32,
    title: String,
    words: u32,
    /// How often it was rewritten.
    take: u32,
    /// `{key, chapter, number, title, place, from, until, ledger}`.
    #[schema(value_type = Object)]
    scene: Box<RawValue>,
    /// A paragraph each; only where one chapter or the whole book is read.
    paragraphs: Vec<String>,
}

/// A place where the book contradicts itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// The same whenever the book is checked.
    id: String,
    #[schema(example = "two_places")]
    kind: String,
    #[schema(example = "error")]
    severity: String,
    chapter: u32,
    scene: String,
    /// `{index, text}`, where a sentence is at fault.
    #[schema(value_type = Option<Object>)]
    sentence: Option<Value>,
    /// `{key, scene, text}`: what is contradicted.
    #[schema(value_type = Option<Object>)]
    contradicts: Option<Value>,
    message: String,
    /// Its owner says that it is meant to be so.
    intended: bool,
}

/// A change of a book.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangeView {
    number: u64,
    #[schema(example = "Rewrote 2 scenes")]
    what: String,
    /// RFC 3339, UTC.
    at: String,
}

impl BookView {
    /// # Errors
    /// A part of it is not what services say.
    pub(crate) fn new(book: Book) -> Result<Self, serde_json::Error> {
        let raw = |text: Option<String>| text.map(RawValue::from_string).transpose();
        let changes = book.changes.into_iter().map(|change| ChangeView {
            number: change.number,
            at: rfc3339(change.at.as_ref()),
            what: change.what,
        });

        Ok(Self {
            story_id: book.story_id,
            revision: book.revision,
            outline: raw(book.outline)?,
            cast: raw(book.cast)?,
            scenes: book
                .scenes
                .into_iter()
                .map(SceneView::new)
                .collect::<Result<_, _>>()?,
            findings: book
                .findings
                .iter()
                .map(FindingView::new)
                .collect::<Result<_, _>>()?,
            open_promises: RawValue::from_string(match book.open_promises.is_empty() {
                true => "[]".to_owned(),
                false => book.open_promises,
            })?,
            changes: changes.collect(),
        })
    }
}

impl SceneView {
    fn new(scene: BookScene) -> Result<Self, serde_json::Error> {
        let told: proto::tasks::fiction::ledger::Scene = serde_json::from_str(&scene.scene)?;

        Ok(Self {
            key: told.key.to_string(),
            chapter: told.chapter,
            number: told.number,
            title: told.title,
            words: scene.words,
            take: scene.take,
            scene: RawValue::from_string(scene.scene)?,
            paragraphs: scene.paragraphs,
        })
    }
}

impl FindingView {
    fn new(found: &BookFinding) -> Result<Self, serde_json::Error> {
        let finding: proto::tasks::fiction::finding::Finding = serde_json::from_str(&found.finding)?;
        let mut told = serde_json::to_value(&finding)?;

        Ok(Self {
            severity: told["severity"].as_str().unwrap_or_default().to_owned(),
            sentence: Some(told["sentence"].take()).filter(|value| !value.is_null()),
            contradicts: Some(told["contradicts"].take()).filter(|value| !value.is_null()),
            kind: finding.kind.as_str().to_owned(),
            id: finding.id,
            chapter: finding.chapter,
            scene: finding.scene.to_string(),
            message: finding.message,
            intended: found.intended,
        })
    }
}

/// A fact that is being changed, and the scenes that go by it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactChangeView {
    story_id: String,
    control_state: ControlState,
    /// As it was: `{fact, statement, scene, dependents: [{scene, chapter, number, how}]}`.
    #[schema(value_type = Object)]
    fact: Box<RawValue>,
}

impl FactChangeView {
    /// # Errors
    /// It is not what services say.
    pub(crate) fn new(change: v1::FactChange) -> Result<Self, serde_json::Error> {
        let story = change.story.unwrap_or_default();
        Ok(Self {
            control_state: ControlState::new(&story),
            story_id: story.id,
            fact: RawValue::from_string(change.fact)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_status_is_told_in_lekhs_words() {
        use RunStatus as R;

        let rows = [
            (R::Queued, "queued", "INITIALIZING"),
            (R::Running, "running", "RUNNING"),
            (R::WaitingForInput, "waiting_for_input", "WAITING_FOR_INPUT"),
            (R::Cancelling, "cancelling", "RUNNING"),
            (R::Completed, "completed", "COMPLETED"),
            (R::Failed, "failed", "FAILED"),
            (R::Cancelled, "cancelled", "CANCELLED"),
        ];
        for (status, word, told) in rows {
            assert_eq!(serde_json::to_value(SystemStatus::of_run(status)).unwrap(), told);
            assert_eq!(serde_json::to_value(SystemStatus::of_word(word)).unwrap(), told);
        }
    }
}
