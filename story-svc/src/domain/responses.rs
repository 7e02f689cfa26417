//! Kept answers of language models: begun, read, watched, stopped and deleted. Each is a run, and its owner's alone; what may not be
//! seen does not exist.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow::store::Share;
use flow::{Access, Run, RunOptions, RunStatus, StartRun, StoreError};
use kit::actor::Actor;
use kit::blobs::Blobs;
use kit::db::Db;
use kit::error::Faults;
use kit::ids::SharedIds;
use kit::rpc::RequestId;
use serde_json::json;
use uuid::Uuid;

use super::response::{END_EVENT, KeptResponse, NumberedPiece, PIECE_EVENT, RESPONSE, ResponseWork};
use super::runs::{RunsDomain, Seen, Watch};
use crate::error::StoryError;
use crate::store::owners::OwnerStore;
use crate::store::{owners, runs};

/// Bytes of what whoever asked keeps with the question.
const FRAME_MAX: usize = 16 << 20;
/// Events read in one go.
const EVENTS_AT_ONCE: u32 = 500;
/// How long its state is kept behind its end: 30 days.
const KEPT_SECONDS: u32 = 2_592_000;

/// The rules.
#[derive(Clone)]
pub(crate) struct Responses {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) engine: flow::Runs,
    pub(crate) runs: RunsDomain,
    pub(crate) ids: SharedIds,
}

/// One watcher of an answer.
pub(crate) struct ResponseEvents {
    responses: Responses,
    pub(crate) run: Uuid,
    watch: Watch,
    over: bool,
}

impl Responses {
    /// Writes the question and its queued run.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        (question, frame): (&[u8], &str),
        share: Share,
    ) -> Result<KeptResponse, StoryError> {
        let mut faults = Faults::default();
        if frame.len() > FRAME_MAX {
            faults.add("frame", "at most 16 MiB");
        }
        let frame = serde_json::from_str(frame).unwrap_or_default();
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let owner = actor.user_id;
        let start = StartRun {
            id: self.ids.id(),
            owner,
            share,
            graph: RESPONSE.to_owned(),
            phase: String::new(),
            input: ResponseWork {
                actor: actor.clone(),
                request_id: request_id.as_str().to_owned(),
                question: STANDARD.encode(question),
                frame,
            },
            idempotency: None,
            due_at: None,
            options: RunOptions {
                ttl_seconds: Some(KEPT_SECONDS),
                ..RunOptions::default()
            },
        };
        let prepared = self.engine.prepare(start).await.map_err(StoryError::Runs)?;

        let mut tx = self.db.user(owner).begin_write().await?;
        if owners::is_closed(&mut tx, owner).await? {
            return Err(StoryError::OwnerClosed);
        }
        runs::insert_run(&mut tx, &prepared).await?;
        tx.commit().await?;
        self.engine.started(prepared.id, &prepared.graph);

        let begun = self.get(actor, &prepared.id.to_string()).await?;
        Ok(KeptResponse {
            status: RunStatus::Queued,
            pieces: Vec::new(),
            error_message: None,
            error_reason: None,
            ..begun
        })
    }

    async fn find(&self, actor: &Actor, id: &str) -> Result<Run, StoryError> {
        let none = || StoryError::ResponseNotFound { id: id.to_owned() };
        let known = Uuid::try_parse(id).map_err(|_| none())?;
        match self.engine.get(Access::Owner(actor.user_id), known).await {
            Ok(run) if run.graph == RESPONSE => Ok(run),
            Ok(_) | Err(StoreError::NotFound) => Err(none()),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }

    /// With all that was told so far.
    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<KeptResponse, StoryError> {
        let run = self.find(actor, id).await?;
        let access = Access::Owner(actor.user_id);
        let view = match self.engine.checkpoint(access, run.id, run.step).await {
            Ok(view) => view,
            Err(StoreError::NoCheckpoint | StoreError::NotFound) => {
                return Err(StoryError::ResponseNotFound { id: id.to_owned() });
            }
            Err(error) => return Err(StoryError::Runs(error)),
        };
        let unreadable = || StoryError::Runs(StoreError::NoCheckpoint);
        let work: ResponseWork = serde_json::from_str(&view.state).map_err(|_| unreadable())?;
        let question = STANDARD.decode(&work.question).map_err(|_| unreadable())?;

        let (mut pieces, mut after) = (Vec::new(), 0);
        loop {
            let events = self.engine.events(access, run.id, after, EVENTS_AT_ONCE).await;
            let events = events.map_err(StoryError::Runs)?;
            let Some(last) = events.last() else { break };
            after = last.number;
            let told = events.iter().filter(|event| event.kind == PIECE_EVENT);
            pieces.extend(told.filter_map(|event| {
                let piece: NumberedPiece = serde_json::from_str(&event.data).ok()?;
                Some(piece.piece)
            }));
        }

        Ok(KeptResponse {
            id: run.id,
            status: run.status,
            question,
            frame: work.frame,
            pieces,
            error_message: run.error_message,
            error_reason: run.error_reason,
            created_at: run.created_at,
        })
    }

    /// Stops it, and comes back when it has stopped.
    pub(crate) async fn cancel(&self, actor: &Actor, id: &str) -> Result<KeptResponse, StoryError> {
        let run = self.find(actor, id).await?;
        self.stop(&run).await?;

        self.get(actor, id).await
    }

    async fn stop(&self, run: &Run) -> Result<(), StoryError> {
        if run.status.is_terminal() {
            return Ok(());
        }
        let mut watch = self.runs.watch_run(run.id, run.last_event).await?;
        match self.engine.cancel(Access::Owner(run.owner), run.id).await {
            Ok(_) | Err(StoreError::WrongStatus { .. }) => {}
            Err(error) => return Err(StoryError::Runs(error)),
        }
        while let Some(seen) = watch.next().await {
            seen?;
        }

        Ok(())
    }

    /// With its question. One that works is stopped first.
    pub(crate) async fn delete(&self, actor: &Actor, id: &str) -> Result<(), StoryError> {
        let run = self.find(actor, id).await?;
        self.stop(&run).await?;

        let prefix = format!("runs/{}/", run.id);
        self.blobs
            .delete_prefix(&prefix)
            .await
            .map_err(StoryError::Blobs)?;
        OwnerStore::new(self.db.clone())
            .delete_run(actor.user_id, run.id)
            .await?;
        Ok(())
    }

    /// A watcher of the actor's answer, from its beginning.
    pub(crate) async fn watch(&self, actor: &Actor, id: &str) -> Result<ResponseEvents, StoryError> {
        let run = self.find(actor, id).await?;

        Ok(ResponseEvents {
            responses: self.clone(),
            run: run.id,
            watch: self.runs.watch_run(run.id, 0).await?,
            over: false,
        })
    }
}

impl ResponseEvents {
    /// The next piece, or its end, behind which nothing comes.
    pub(crate) async fn next(&mut self) -> Option<Result<Seen, StoryError>> {
        while !self.over {
            match self.watch.next().await {
                Some(Ok(seen)) if seen.kind == PIECE_EVENT => return Some(Ok(seen)),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    self.over = true;
                    return Some(Err(error));
                }
                None => {
                    self.over = true;
                    return Some(self.end().await);
                }
            }
        }

        None
    }

    async fn end(&self) -> Result<Seen, StoryError> {
        let run = self.responses.engine.get(Access::System, self.run).await;
        let run = run.map_err(StoryError::Runs)?;
        let status = match run.status {
            RunStatus::Completed => "completed",
            RunStatus::Cancelled | RunStatus::Cancelling => "cancelled",
            _ => "failed",
        };
        let data = json!({ "status": status, "message": run.error_message, "reason": run.error_reason });

        Ok(Seen {
            number: run.last_event,
            kind: END_EVENT.to_owned(),
            data: data.to_string(),
            at: None,
        })
    }
}
