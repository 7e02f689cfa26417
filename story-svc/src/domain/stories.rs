//! Stories: made, read, listed, restarted and cancelled. A story is the lasting thing; each attempt at it is a run.
//!
//! A guest's story is readable by whoever knows its id, an account's only by its owner; only the owner changes one.
//! What may not be seen does not exist.

use std::collections::HashMap;
use std::sync::Arc;

use blake3::Hasher;
use chrono::{DateTime, Utc};
use flow::store::NewRun;
use flow::{Access, RunStatus, StartRun, StoreError};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::ids::SharedIds;
use kit::rpc::RequestId;
use kit::sources::SourcePolicy;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::code_request::{CodeRequest, RawCodeRequest, parse_idempotency_key};
use super::page::{BATCH_MAX, Cursor, Page, PageRequest, parse_batch};
use crate::error::StoryError;
use crate::graphs::code_story::{self, CodeStory};
use crate::store::stories::StoryStore;

/// Stories whose chapters fit into one message.
const BATCH_MAX_WITH_CHAPTERS: usize = 20;
/// How often a restart is tried while others restart the same story.
const RESTART_ATTEMPTS: u32 = 5;

/// What a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoryKind {
    Fiction,
    Code,
}

impl StoryKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fiction => "fiction",
            Self::Code => "code",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Fiction, Self::Code]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A story about to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewStory {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) guest_owned: bool,
    pub(crate) kind: StoryKind,
    pub(crate) title: String,
    pub(crate) request: CodeRequest,
    pub(crate) created_at: DateTime<Utc>,
}

/// A story as it stands, with its current run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    pub(crate) id: Uuid,
    pub(crate) kind: StoryKind,
    pub(crate) title: String,
    pub(crate) repo_url: String,
    pub(crate) repo_name: String,
    pub(crate) style: String,
    pub(crate) duration_minutes: u32,
    pub(crate) voice: String,
    pub(crate) focus_areas: Vec<String>,
    pub(crate) technical_depth: String,
    pub(crate) run: CurrentRun,
    /// Only of a run that completed: nothing half-made is shown.
    pub(crate) artefacts: Option<Artefacts>,
    pub(crate) created_at: DateTime<Utc>,
    /// The later of the story's and its run's.
    pub(crate) updated_at: DateTime<Utc>,
}

impl Story {
    /// Where a list goes on after this story.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor {
            created_at: self.created_at,
            id: self.id,
        }
    }
}

/// Several stories, and for each run that was asked for whose story it is.
#[derive(Debug, Default)]
pub(crate) struct Batch {
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
}

/// A story's current attempt, as its owner may replace or stop it.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) story_id: Uuid,
    pub(crate) run_id: Uuid,
    pub(crate) request: CodeRequest,
}

/// What a completed run made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Artefacts {
    pub(crate) title: String,
    pub(crate) audio_key: String,
    /// One blob key a chapter.
    pub(crate) audio_chunk_keys: Vec<String>,
    pub(crate) cover_key: String,
    pub(crate) transcript_key: String,
    pub(crate) captions_key: String,
    pub(crate) chapters: Vec<StoredChapter>,
    pub(crate) duration_seconds: f64,
    /// The deterministic offline author wrote some of it.
    pub(crate) offline: bool,
}

/// The contract's `Chapter`; times are whole seconds of the real audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredChapter {
    pub(crate) title: String,
    pub(crate) content: String,
    pub(crate) code_examples: Vec<Value>,
    pub(crate) files: Vec<String>,
    pub(crate) duration_seconds: u64,
    pub(crate) timestamp_start: u64,
}

/// A request that its sender may repeat: the key and a hash of what was asked.
#[derive(Debug, Clone)]
pub(crate) struct KeyedRequest {
    pub(crate) owner_id: Uuid,
    pub(crate) key: String,
    pub(crate) hash: [u8; 32],
}

/// What a write that carries a [`KeyedRequest`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing like it was asked before: it was written.
    New,
    /// The same was asked before and made this story; nothing was written.
    Repeated { story_id: Uuid },
    /// The key was used for something else; nothing was written.
    KeyReused,
    /// The story's current run is not the expected one any more; nothing was written.
    Moved,
}

/// The rules.
#[derive(Clone)]
pub(crate) struct Stories {
    pub(crate) store: StoryStore,
    pub(crate) runs: flow::Runs,
    pub(crate) policy: Arc<SourcePolicy>,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

impl Stories {
    /// Writes the story and its queued first run together.
    pub(crate) async fn create_code(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        raw: RawCodeRequest,
        idempotency_key: Option<String>,
    ) -> Result<Story, StoryError> {
        let (request, key) = parse(raw, idempotency_key, &self.policy)?;
        let story = NewStory {
            id: self.ids.id(),
            owner_id: actor.user_id,
            guest_owned: actor.guest,
            kind: StoryKind::Code,
            title: request.repo_name.clone(),
            request,
            created_at: self.clock.now(),
        };
        let keyed = key
            .map(|key| keyed(actor, key, "create_code", &story.request))
            .transpose()?;
        let run = self.prepare(actor, request_id, story.id, &story.request).await?;

        match self.store.create(&story, &run, keyed.as_ref()).await? {
            Written::New => self.runs.started(run.id),
            Written::Repeated { story_id } => return self.owned(actor, story_id).await,
            Written::KeyReused => return Err(key_reused(keyed)),
            Written::Moved => {
                return Err(StoryError::Contended {
                    id: story.id.to_string(),
                });
            }
        }

        self.owned(actor, story.id).await
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
        let story_id = Uuid::try_parse(id).map_err(|_| not_found())?;
        self.store
            .visible(story_id, actor.user_id)
            .await?
            .ok_or_else(not_found)
    }

    /// Those that the actor may see of the stories with these ids and of the stories of these runs.
    pub(crate) async fn batch(
        &self,
        actor: &Actor,
        ids: &[String],
        run_ids: &[String],
        with_chapters: bool,
    ) -> Result<Batch, StoryError> {
        let max = if with_chapters {
            BATCH_MAX_WITH_CHAPTERS
        } else {
            BATCH_MAX
        };
        let [ids, run_ids] = parse_batch([("ids", ids), ("run_ids", run_ids)], max)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;

        self.store
            .batch(actor.user_id, &ids, &run_ids, with_chapters)
            .await
    }

    /// Newest first, only the actor's own; without their chapters.
    pub(crate) async fn list(
        &self,
        actor: &Actor,
        kind: Option<StoryKind>,
        status: Option<RunStatus>,
        page: PageRequest,
    ) -> Result<Page<Story>, StoryError> {
        self.store.list(actor.user_id, kind, status, page).await
    }

    /// Queues a new run in place of the current one, which is cancelled if it still works.
    pub(crate) async fn restart(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        idempotency_key: Option<String>,
    ) -> Result<Story, StoryError> {
        let key = parse_idempotency_key(idempotency_key)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;
        let keyed = key.map(|key| keyed(actor, key, "restart", &id)).transpose()?;
        for _ in 0..RESTART_ATTEMPTS {
            let attempt = self.own_attempt(actor, id).await?;
            let run = self
                .prepare(actor, request_id, attempt.story_id, &attempt.request)
                .await?;

            match self.store.restart(&attempt, &run, keyed.as_ref()).await? {
                Written::New => {
                    self.runs.started(run.id);
                    self.stop(attempt.run_id).await?;
                    return self.owned(actor, attempt.story_id).await;
                }
                Written::Repeated { story_id } => return self.owned(actor, story_id).await,
                Written::KeyReused => return Err(key_reused(keyed)),
                Written::Moved => {}
            }
        }

        Err(StoryError::Contended { id: id.to_owned() })
    }

    /// Cancels what is being made.
    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let attempt = self.own_attempt(actor, id).await?;
        if !self.stop(attempt.run_id).await? {
            return Err(StoryError::NothingToCancel { id: attempt.story_id });
        }
        self.owned(actor, attempt.story_id).await
    }

    /// False when the run had ended already.
    async fn stop(&self, run: Uuid) -> Result<bool, StoryError> {
        match self.runs.cancel(Access::System, run).await {
            Ok(_) => Ok(true),
            Err(StoreError::WrongStatus { .. }) => Ok(false),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    async fn own_attempt(&self, actor: &Actor, id: &str) -> Result<Attempt, StoryError> {
        let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
        let story_id = Uuid::try_parse(id).map_err(|_| not_found())?;
        self.store
            .attempt(story_id, actor.user_id)
            .await?
            .ok_or_else(not_found)
    }

    async fn owned(&self, actor: &Actor, id: Uuid) -> Result<Story, StoryError> {
        let story = self.store.visible(id, actor.user_id).await?;
        story.ok_or_else(|| StoryError::StoryNotFound { id: id.to_string() })
    }

    async fn prepare(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        story_id: Uuid,
        request: &CodeRequest,
    ) -> Result<NewRun, StoryError> {
        let start = StartRun {
            id: self.ids.id(),
            owner: actor.user_id,
            graph: code_story::NAME.to_owned(),
            phase: String::new(),
            input: CodeStory::new(story_id, actor.clone(), request_id, request.clone()),
            idempotency: None,
            due_at: None,
        };

        self.runs.prepare(start).await.map_err(StoryError::Runs)
    }
}

/// Reports the faults of the request and of the key together.
fn parse(
    raw: RawCodeRequest,
    idempotency_key: Option<String>,
    policy: &SourcePolicy,
) -> Result<(CodeRequest, Option<String>), StoryError> {
    match (
        CodeRequest::parse(raw, policy),
        parse_idempotency_key(idempotency_key),
    ) {
        (Ok(request), Ok(key)) => Ok((request, key)),
        (request, key) => {
            let mut fields = request.err().unwrap_or_default();
            fields.extend(key.err());
            Err(StoryError::Invalid { fields })
        }
    }
}

fn keyed(
    actor: &Actor,
    key: String,
    verb: &str,
    request: &impl Serialize,
) -> Result<KeyedRequest, StoryError> {
    let request = serde_json::to_vec(request).map_err(|source| StoryError::Unreadable {
        what: "request",
        source,
    })?;
    let mut hash = Hasher::new();
    hash.update(verb.as_bytes()).update(&[0]).update(&request);

    Ok(KeyedRequest {
        owner_id: actor.user_id,
        key,
        hash: *hash.finalize().as_bytes(),
    })
}

fn key_reused(keyed: Option<KeyedRequest>) -> StoryError {
    StoryError::IdempotencyKeyReused {
        key: keyed.map(|keyed| keyed.key).unwrap_or_default(),
    }
}
