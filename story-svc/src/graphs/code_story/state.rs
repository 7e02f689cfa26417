//! What a run of the Code Story graph knows. Kept small: the analysis and all audio are blobs, only their keys are here.

use flow::{NodeError, State};
use kit::actor::Actor;
use proto::tasks::code_story::{Analyzed, Chapter, Concatenated, IntentResult, Outline};
use proto::words::Voice;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::code_request::CodeRequest;
use crate::graphs::node_context::ActsFor;

/// Begins as what [`StoryRequest::input`](crate::domain::story::StoryRequest::input) gives; nodes fill in the rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CodeStory {
    pub(crate) story_id: Uuid,
    /// On whose behalf agents are called.
    actor: Actor,
    /// Under which the whole run is logged.
    request_id: String,
    pub(crate) request: CodeRequest,
    intent: Option<IntentResult>,
    analysis: Option<Analyzed>,
    outline: Option<Outline>,
    #[serde(default)]
    chapters: Vec<Chapter>,
    /// For each chapter, its audio chunks in order.
    #[serde(default)]
    narration: Vec<Vec<Chunk>>,
    audio: Option<Audio>,
    /// The deterministic offline author wrote some of it.
    #[serde(default)]
    pub(crate) offline: bool,
}

/// One piece of a chapter as it was spoken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) text: String,
    pub(crate) audio_key: String,
    pub(crate) duration_seconds: f64,
    /// When each sentence begins, from the start of the chunk; checkpoints of older builds have none.
    #[serde(default)]
    pub(crate) sentence_starts: Vec<f64>,
    /// Who says it, when two people talk.
    #[serde(default)]
    pub(crate) voice: Option<Voice>,
}

/// The finished sound and what goes with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Audio {
    #[serde(flatten)]
    pub(crate) whole: Concatenated,
    pub(crate) cover_key: String,
    pub(crate) transcript_key: String,
    pub(crate) captions_key: String,
}

/// One node's result.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Update {
    Understood(IntentResult),
    Analyzed(Analyzed),
    Outlined(Outline),
    Written { chapters: Vec<Chapter>, offline: bool },
    Spoken(Vec<Vec<Chunk>>),
    Assembled(Audio),
    Published,
}

impl CodeStory {
    pub(crate) fn intent(&self) -> Result<&IntentResult, NodeError> {
        self.intent.as_ref().ok_or_else(too_early)
    }

    pub(crate) fn analysis(&self) -> Result<&Analyzed, NodeError> {
        self.analysis.as_ref().ok_or_else(too_early)
    }

    pub(crate) fn outline(&self) -> Result<&Outline, NodeError> {
        self.outline.as_ref().ok_or_else(too_early)
    }

    pub(crate) fn audio(&self) -> Result<&Audio, NodeError> {
        self.audio.as_ref().ok_or_else(too_early)
    }

    pub(crate) fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    /// Each chapter with its chunks.
    pub(crate) fn narrated(&self) -> impl Iterator<Item = (&Chapter, &[Chunk])> {
        self.chapters.iter().zip(self.narration.iter().map(Vec::as_slice))
    }
}

impl ActsFor for CodeStory {
    fn actor(&self) -> Actor {
        self.actor.clone()
    }

    fn request_id(&self) -> &str {
        &self.request_id
    }

    fn story_id(&self) -> Option<Uuid> {
        Some(self.story_id)
    }
}

/// A node ran before the one whose result it needs: only a wrong graph or a foreign checkpoint can do that.
fn too_early() -> NodeError {
    NodeError::fatal("Something went wrong on our side.")
}

impl State for CodeStory {
    type Update = Update;

    fn apply(&mut self, update: Update) {
        match update {
            Update::Understood(intent) => self.intent = Some(intent),
            Update::Analyzed(analysis) => self.analysis = Some(analysis),
            Update::Outlined(outline) => self.outline = Some(outline),
            Update::Written { chapters, offline } => {
                self.chapters = chapters;
                self.offline = offline;
            }
            Update::Spoken(narration) => self.narration = narration,
            Update::Assembled(audio) => self.audio = Some(audio),
            Update::Published => {}
        }
    }
}
