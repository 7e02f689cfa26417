//! Runs of threads that begin by the clock: drafted by whoever notices that they are due, and written with that.

use kit::db::WriteTx;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Threads;
use super::begin::{RawThreadRun, StoppedRun, graph_metadata, place_run};
use crate::domain::assistant::Assistant;
use crate::domain::schedule::{ScheduledThreadRun, WorkflowSchedule};
use crate::domain::thread::{ThreadRecord, ThreadRunRecord, ThreadTtl};
use crate::error::StoryError;
use crate::store::threads as store;

/// A run that is not stored yet, and its thread, which may not be either.
pub(crate) struct DraftedRun {
    assistant: Assistant,
    thread: ThreadRecord,
    is_new: bool,
    record: ThreadRunRecord,
    /// What worked when it was drafted.
    before: Vec<ThreadRunRecord>,
}

impl DraftedRun {
    pub(crate) fn thread_id(&self) -> Uuid {
        self.thread.id
    }
}

impl Threads {
    /// What a schedule runs.
    ///
    /// # Errors
    /// All fields that do not fit, as far as can be known before it begins; its thread is gone.
    pub(crate) async fn draft_scheduled(
        &self,
        schedule: &WorkflowSchedule,
        run: &ScheduledThreadRun,
    ) -> Result<DraftedRun, StoryError> {
        let actor = &schedule.actor;
        let raw = raw_run(schedule, run);
        let checked = self.check_run(&raw)?;
        let assistant = self.find_assistant(actor, &raw.assistant_id).await?;
        let (thread, is_new) = match &raw.thread_id {
            Some(id) => (self.record(actor.user_id, id).await?, false),
            None => {
                let mut metadata = run.metadata.clone();
                metadata.extend(graph_metadata(&assistant));
                let ttl = run.delete_thread.then_some(ThreadTtl::OneRun);
                (
                    self.draft_thread(actor, self.workflows.ids.id(), metadata, ttl),
                    true,
                )
            }
        };

        let record = self.draft_run(actor, &raw, checked, &assistant, &thread);
        let before = match is_new {
            true => {
                self.plan(&thread, &[], &record, &assistant.compiled).await?;
                Vec::new()
            }
            false => self.works_in(&thread).await?,
        };
        Ok(DraftedRun {
            assistant,
            thread,
            is_new,
            record,
            before,
        })
    }

    /// Stores it, so that it begins when its turn has come.
    ///
    /// # Errors
    /// Its thread is busy or gone.
    pub(crate) async fn write_drafted(
        &self,
        tx: &mut WriteTx,
        drafted: &DraftedRun,
    ) -> Result<Vec<StoppedRun>, StoryError> {
        if drafted.is_new && !store::insert(tx, &drafted.thread).await? {
            return Err(StoryError::ThreadExists {
                id: drafted.thread.id.to_string(),
            });
        }
        place_run(tx, &drafted.thread, &drafted.record, &drafted.before).await
    }

    /// What is done when it is stored for good.
    pub(crate) async fn announce_drafted(
        &self,
        drafted: &DraftedRun,
        stopped: Vec<StoppedRun>,
    ) -> Result<(), StoryError> {
        self.tell_stopped(stopped);
        self.note_graph(&drafted.thread, &drafted.assistant).await
    }
}

fn raw_run(schedule: &WorkflowSchedule, run: &ScheduledThreadRun) -> RawThreadRun {
    let object = |fields: &Map<String, Value>| Value::Object(fields.clone()).to_string();

    RawThreadRun {
        thread_id: run.thread_id.map(|id| id.to_string()),
        create_thread: false,
        assistant_id: run.assistant_id.to_string(),
        input: Some(schedule.user_input.clone()).filter(|input| !input.is_empty()),
        resume: None,
        update: None,
        goto: Vec::new(),
        config: schedule.config.clone(),
        metadata: object(&run.metadata),
        kwargs: object(&run.kwargs),
        strategy: run.strategy,
        checkpoint_id: None,
        after_seconds: 0,
        interrupt_before: run.interrupt_before.clone(),
        interrupt_after: run.interrupt_after.clone(),
        webhook: run.webhook.clone(),
        delete_thread: run.delete_thread,
        worker_share: schedule.actor.user_id,
    }
}
