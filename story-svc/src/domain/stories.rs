//! Stories: made, read, listed, restarted, cancelled; named, shared and deleted (`change`). A story is the lasting thing; each
//! attempt at it is a run.
//!
//! A guest's story is readable by whoever knows its id, an account's only by its owner and whoever has the link of one that is
//! shared; only the owner changes one.
//! What may not be seen does not exist.

mod change;

use std::sync::Arc;

use flow::store::{NewRun, Share};
use flow::{Idempotency, RunStatus, StartRun};
use kit::actor::Actor;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::ids::SharedIds;
use kit::page::Page;
use kit::rpc::RequestId;
use kit::sources::SourcePolicy;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::change::{STORY_DELETION, StoryDeletion};
use super::attempts::{Attempt, Attempts, Begun, key_request};
use super::batch::{BATCH_MAX, parse_batch};
use super::book::{BookKey, ImportedBook};
use super::code_request::{CodeRequest, RawCodeRequest, parse_idempotency_key};
use super::story::{
    NewStory, Story, StoryBatch, StoryFilter, StoryHeadline, StoryKind, StoryList, StoryRequest, StoryTitle,
};
use crate::error::StoryError;
use crate::store::{books, stories};

/// Stories whose chapters fit into one message.
const BATCH_MAX_WITH_CONTENT: usize = 20;
/// Stories in one list of titles.
const TITLES_MAX: u32 = 1_000;
/// How often a restart is tried while others restart the same story.
const RESTART_ATTEMPTS: u32 = 5;

/// The rules.
#[derive(Clone)]
pub(crate) struct Stories {
    pub(crate) db: Db,
    pub(crate) runs: flow::Runs,
    pub(crate) attempts: Attempts,
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
        share: Share,
    ) -> Result<Story, StoryError> {
        let (request, key) = parse(raw, idempotency_key, &self.policy)?;
        let key = key
            .map(|key| key_request(key, "create_code", &request))
            .transpose()?;

        self.create(actor, request_id, StoryRequest::Code(request), key, share)
            .await
    }

    /// With a manuscript that was imported, in the same transaction.
    pub(in crate::domain) async fn create_imported(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        request: StoryRequest,
        book: &ImportedBook,
        share: Share,
    ) -> Result<Story, StoryError> {
        let story = self.make_story(actor, request);
        let run = self
            .prepare_run(actor, request_id, story.id, &story.request, None, share)
            .await?;

        let mut begun = match self.attempts.begin(run).await? {
            Begun::New(begun) => begun,
            Begun::Repeated { thing } => return self.get_own(actor, thing).await,
        };
        let run = begun.run();
        stories::insert(begun.tx(), &story, run).await?;
        let of = BookKey {
            story: story.id,
            owner: story.owner_id,
            run,
        };
        books::insert_imported(begun.tx(), of, book, story.created_at).await?;
        begun.commit_first(story.id).await?;

        Ok(self.get_own(actor, story.id).await?.into_begun(run))
    }

    fn make_story(&self, actor: &Actor, request: StoryRequest) -> NewStory {
        NewStory {
            id: self.ids.id(),
            owner_id: actor.user_id,
            guest_owned: actor.guest,
            request,
            created_at: self.clock.now(),
        }
    }

    pub(in crate::domain) async fn create(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        request: StoryRequest,
        key: Option<Idempotency>,
        share: Share,
    ) -> Result<Story, StoryError> {
        let story = self.make_story(actor, request);
        let run = self
            .prepare_run(actor, request_id, story.id, &story.request, key, share)
            .await?;

        let mut begun = match self.attempts.begin(run).await? {
            Begun::New(begun) => begun,
            Begun::Repeated { thing } => return self.get_own(actor, thing).await,
        };
        let run = begun.run();
        stories::insert(begun.tx(), &story, run).await?;
        begun.commit_first(story.id).await?;

        Ok(self.get_own(actor, story.id).await?.into_begun(run))
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
        let story_id = Uuid::try_parse(id).map_err(|_| not_found())?;

        let story = stories::find_visible(&self.db.reader(actor.user_id), story_id, actor.user_id).await?;
        story.ok_or_else(not_found)
    }

    /// What the author of a fiction story is asked, oldest first, as the contract has it.
    pub(crate) async fn list_questions(&self, story: &Story) -> Result<Vec<Value>, StoryError> {
        let waits = story.kind == StoryKind::Fiction && story.run.status == RunStatus::WaitingForInput;
        if !waits {
            return Ok(Vec::new());
        }

        let run = self.runs.get(flow::Access::System, story.run.id).await;
        let run = run.map_err(StoryError::Runs)?;
        let asked = run.questions.into_iter().map(|open| {
            let mut question = open.question;
            question["id"] = open.id.to_string().into();
            question["node"] = open.at.node.into();
            question["asked_at"] = open.asked_at.to_rfc3339().into();
            question
        });
        Ok(asked.collect())
    }

    /// Those that the actor may see of the stories with these ids and of the stories of these runs.
    pub(crate) async fn batch(
        &self,
        actor: &Actor,
        ids: &[String],
        run_ids: &[String],
        with_content: bool,
    ) -> Result<StoryBatch, StoryError> {
        let max = if with_content {
            BATCH_MAX_WITH_CONTENT
        } else {
            BATCH_MAX
        };
        let [ids, run_ids] = parse_batch([("ids", ids), ("run_ids", run_ids)], max)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;

        Ok(stories::find_batch(
            &self.db.reader(actor.user_id),
            actor.user_id,
            &ids,
            &run_ids,
            with_content,
        )
        .await?)
    }

    /// Only the owner's; without their content.
    pub(crate) async fn list(&self, wanted: StoryList<'_>) -> Result<Page<Story>, StoryError> {
        Ok(stories::list(&self.db.user(wanted.owner), wanted).await?)
    }

    /// The same, only what a list shows of them.
    pub(crate) async fn list_headlines(
        &self,
        wanted: StoryList<'_>,
    ) -> Result<Page<StoryHeadline>, StoryError> {
        Ok(stories::list_headlines(&self.db.user(wanted.owner), wanted).await?)
    }

    /// How many of the actor's own there are.
    pub(crate) async fn count(&self, actor: &Actor, filter: &StoryFilter) -> Result<u64, StoryError> {
        Ok(stories::count(&self.db.user(actor.user_id), actor.user_id, filter).await?)
    }

    /// Last changed first, only the actor's own, at most [`TITLES_MAX`].
    pub(crate) async fn list_titles(
        &self,
        actor: &Actor,
        kind: Option<StoryKind>,
    ) -> Result<Vec<StoryTitle>, StoryError> {
        Ok(stories::list_titles(&self.db.user(actor.user_id), actor.user_id, kind, TITLES_MAX).await?)
    }

    /// Queues a new run in place of the current one, which is cancelled if it still works.
    pub(crate) async fn restart(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        idempotency_key: Option<String>,
        share: Share,
    ) -> Result<Story, StoryError> {
        let key = parse_idempotency_key(idempotency_key)
            .map_err(|fault| StoryError::Invalid { fields: vec![fault] })?;
        let key = key.map(|key| key_request(key, "restart", &id)).transpose()?;

        // Another request may replace the run between reading it and writing ours: then ours replaces that one.
        for _ in 0..RESTART_ATTEMPTS {
            let attempt = self.own_attempt(actor, id).await?;
            let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
            let request = stories::find_request(&self.db.user(actor.user_id), attempt.thing).await?;
            let request = request.ok_or_else(not_found)?;
            let run = self
                .prepare_run(actor, request_id, attempt.thing, &request, key.clone(), share)
                .await?;
            let id = run.id;

            match self.attempts.begin(run).await? {
                Begun::Repeated { thing } => return self.get_own(actor, thing).await,
                Begun::New(begun) => {
                    if begun.commit_in_place_of(attempt).await? {
                        return Ok(self.get_own(actor, attempt.thing).await?.into_begun(id));
                    }
                }
            }
        }

        Err(StoryError::Contended { id: id.to_owned() })
    }

    /// Cancels what is being made.
    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<Story, StoryError> {
        let attempt = self.own_attempt(actor, id).await?;
        if !self.attempts.stop(attempt.run).await? {
            return Err(StoryError::NothingToCancel { id: attempt.thing });
        }

        self.get_own(actor, attempt.thing).await
    }

    async fn own_attempt(&self, actor: &Actor, id: &str) -> Result<Attempt, StoryError> {
        let not_found = || StoryError::StoryNotFound { id: id.to_owned() };
        let story_id = Uuid::try_parse(id).map_err(|_| not_found())?;

        let attempt = self.attempts.current(story_id, actor.user_id).await?;
        attempt.ok_or_else(not_found)
    }

    async fn get_own(&self, actor: &Actor, id: Uuid) -> Result<Story, StoryError> {
        let story = stories::find_visible(&self.db.reader(actor.user_id), id, actor.user_id).await?;
        story.ok_or_else(|| StoryError::StoryNotFound { id: id.to_string() })
    }

    async fn prepare_run(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        story_id: Uuid,
        request: &StoryRequest,
        key: Option<Idempotency>,
        share: Share,
    ) -> Result<NewRun, StoryError> {
        let input = request.input(story_id, actor, request_id);
        let input = input.map_err(|source| StoryError::Unreadable {
            what: "request",
            source: source.into(),
        })?;
        let start = StartRun {
            id: self.ids.id(),
            owner: actor.user_id,
            share,
            graph: request.graph().to_owned(),
            phase: String::new(),
            input,
            idempotency: key,
            due_at: None,
            options: flow::RunOptions::default(),
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
