//! What stories are: plain data that the rules, the store and the rpcs share. Decides nothing, and asks nobody.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::actor::Actor;
use kit::page::{Cursor, PageRequest};
use kit::rpc::RequestId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::book::BookAudio;
use super::code_request::CodeRequest;
use super::fiction_request::{FICTION, FictionInput, FictionRequest};

/// What a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoryKind {
    Fiction,
    Code,
}

impl StoryKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fiction => "fiction",
            Self::Code => "code",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Fiction, Self::Code]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// What a story was asked to be: one variant a kind. Stored as JSON that says its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum StoryRequest {
    Code(CodeRequest),
    Fiction(FictionRequest),
}

/// Name of the graph that makes a Code Story.
pub(crate) const CODE_STORY: &str = "code_story";

/// What the graph of a Code Story begins with: its first state reads as this.
#[derive(Serialize)]
struct CodeStoryInput<'a> {
    story_id: Uuid,
    actor: &'a Actor,
    request_id: &'a str,
    request: &'a CodeRequest,
}

impl StoryRequest {
    pub(crate) fn kind(&self) -> StoryKind {
        match self {
            Self::Code(_) => StoryKind::Code,
            Self::Fiction(_) => StoryKind::Fiction,
        }
    }

    /// What the story is called until it has a title of its own.
    pub(crate) fn title(&self) -> Cow<'_, str> {
        match self {
            Self::Code(request) => request.repo_name.as_str().into(),
            Self::Fiction(request) => request.first_title().into(),
        }
    }

    /// Name of the graph that makes it.
    pub(crate) fn graph(&self) -> &'static str {
        match self {
            Self::Code(_) => CODE_STORY,
            Self::Fiction(_) => FICTION,
        }
    }

    /// What that graph begins with.
    ///
    /// # Errors
    /// Only when the request cannot be written as JSON.
    pub(crate) fn input(
        &self,
        story_id: Uuid,
        actor: &Actor,
        request_id: &RequestId,
    ) -> Result<Value, serde_json::Error> {
        match self {
            Self::Code(request) => serde_json::to_value(CodeStoryInput {
                story_id,
                actor,
                request_id: request_id.as_str(),
                request,
            }),
            Self::Fiction(request) => serde_json::to_value(FictionInput {
                story_id,
                actor,
                request_id: request_id.as_str(),
                request,
                task: &request.first_task(),
            }),
        }
    }
}

/// A story about to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewStory {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) guest_owned: bool,
    pub(crate) request: StoryRequest,
    pub(crate) created_at: DateTime<Utc>,
}

/// A story as it stands, with its current run. It reads as its headline does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    pub(crate) headline: StoryHeadline,
    pub(crate) request: StoryRequest,
    /// Only of a run that completed: nothing half-made is shown.
    pub(crate) made: Option<MadeStory>,
}

impl Deref for Story {
    type Target = StoryHeadline;

    fn deref(&self) -> &StoryHeadline {
        &self.headline
    }
}

impl DerefMut for Story {
    fn deref_mut(&mut self) -> &mut StoryHeadline {
        &mut self.headline
    }
}

/// What most lists show of a story: neither what was asked for nor what was made, which cost more to read than all of this.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoryHeadline {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) kind: StoryKind,
    /// Its owner's name for it, else the one that an attempt gave it, else what it was asked about.
    pub(crate) title: String,
    pub(crate) run: CurrentRun,
    /// The deterministic offline author wrote some of what its completed run made.
    pub(crate) offline: bool,
    pub(crate) created_at: DateTime<Utc>,
    /// The later of the story's and its run's.
    pub(crate) updated_at: DateTime<Utc>,
    /// While it is shared. For its owner only.
    pub(crate) share: Option<StoryShare>,
}

impl Story {
    /// As it was written with this run, whatever a worker has done with it since.
    pub(crate) fn into_begun(mut self, run: Uuid) -> Self {
        if self.run.id == run {
            self.run.status = RunStatus::Queued;
            self.run.phase = String::new();
            self.run.progress = 0.0;
            (self.run.error_message, self.run.error_reason) = (None, None);
            (self.made, self.headline.offline) = (None, false);
        }

        self
    }
}

impl StoryHeadline {
    /// Where a list in this order goes on after this story.
    pub(crate) fn cursor(&self, order: StoryOrder) -> Cursor {
        Cursor {
            at: match order {
                StoryOrder::Newest | StoryOrder::Oldest => self.created_at,
                StoryOrder::LastChanged | StoryOrder::FirstChanged => self.updated_at,
            },
            id: self.id,
        }
    }
}

/// The link of a story that is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoryShare {
    /// Whoever has it may read the story.
    pub(crate) token: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// Which of an owner's stories a list has. What is empty filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoryFilter {
    pub(crate) kind: Option<StoryKind>,
    /// Of the current run.
    pub(crate) statuses: Vec<RunStatus>,
    pub(crate) phases: Vec<String>,
    pub(crate) phases_not: Vec<String>,
    /// In small letters; the title or what it was asked about has all of them.
    pub(crate) words: Vec<String>,
}

/// What a list is ordered by; equal ones by their ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum StoryOrder {
    #[default]
    Newest,
    Oldest,
    LastChanged,
    FirstChanged,
}

/// Which rows of whose stories, and in which order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoryList<'a> {
    pub(crate) owner: Uuid,
    pub(crate) filter: &'a StoryFilter,
    pub(crate) order: StoryOrder,
    pub(crate) page: PageRequest,
}

/// Stories that were to be deleted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DeletedStories {
    pub(crate) deleted: Vec<String>,
    /// Ids of no story.
    pub(crate) unknown: Vec<String>,
}

/// A story in a list of titles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoryTitle {
    pub(crate) id: Uuid,
    pub(crate) title: String,
    /// The later of the story's and its run's.
    pub(crate) updated_at: DateTime<Utc>,
}

/// Several stories, and for each run that was asked for whose story it is.
#[derive(Debug, Default)]
pub(crate) struct StoryBatch {
    pub(crate) stories: Vec<Story>,
    pub(crate) by_run: HashMap<Uuid, Uuid>,
}

/// Where the current attempt stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CurrentRun {
    pub(crate) id: Uuid,
    pub(crate) status: RunStatus,
    pub(crate) phase: String,
    /// 0 to 100.
    pub(crate) progress: f64,
    pub(crate) error_message: Option<String>,
    pub(crate) error_reason: Option<String>,
}

/// What a completed run made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MadeStory {
    pub(crate) title: String,
    /// The deterministic offline author wrote some of it.
    pub(crate) offline: bool,
    pub(crate) result: StoryResult,
    /// `None` where it was not read.
    pub(crate) content: Option<StoryContent>,
}

/// What there is of a finished story, one variant a kind: small, so that lists have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum StoryResult {
    Code(CodeResult),
    Fiction(FictionResult),
}

/// What is read one story at a time, for it is most of a story's bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum StoryContent {
    Code(CodeContent),
}

/// Blob keys and the length of a Code Story's audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CodeResult {
    pub(crate) audio_key: String,
    /// One blob key a chapter.
    pub(crate) audio_chunk_keys: Vec<String>,
    pub(crate) cover_key: String,
    pub(crate) transcript_key: String,
    pub(crate) captions_key: String,
    pub(crate) duration_seconds: f64,
}

/// How much there is of a book, and where it can be heard. The book has rows of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FictionResult {
    pub(crate) chapters: u32,
    pub(crate) words: u32,
    pub(crate) open_findings: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audio: Option<BookAudio>,
}

/// What a Code Story says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CodeContent {
    pub(crate) chapters: Vec<StoredChapter>,
}

/// The contract's `Chapter`; times are whole seconds of the real audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredChapter {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) code_examples: Vec<Value>,
    pub(crate) files: Vec<String>,
    /// `{text, file, line}` each; none in stories made before they were kept.
    #[serde(default)]
    pub(crate) claims: Vec<Value>,
    pub(crate) duration_seconds: u64,
    pub(crate) timestamp_start: u64,
}
