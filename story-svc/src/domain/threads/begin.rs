//! A thread is given a run: checked, stored, and begun when nothing works before it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use flow::store::{NodeSet, PausePoints};
use flow::{Event, RunId};
use kit::actor::Actor;
use kit::db::WriteTx;
use kit::error::Faults;
use kit::rpc::RequestId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::plan::Start;
use super::{Threads, parse_uuid};
use crate::domain::assistant::Assistant;
use crate::domain::assistants::Assistants;
use crate::domain::thread::{
    MultitaskStrategy, RunPart, ThreadHead, ThreadRecord, ThreadRun, ThreadRunRecord, ThreadRunRequest,
    ThreadRunStatus, ThreadTtl,
};
use crate::domain::workflows::{JSON_MAX, read_object};
use crate::error::StoryError;
use crate::store::runs::stop_run;
use crate::store::threads::{self as store, UNDONE};

/// Longest time until a run begins.
const AFTER_MAX: u32 = 2_592_000;
/// Nodes in one list, and bytes of a node's name.
const NODES_MAX: usize = 100;
const NODE_NAME_MAX: usize = 1_000;
/// Bytes of an address.
const WEBHOOK_MAX: usize = 2_000;
const EVERY_NODE: &str = "*";
/// Runs of one thread that wait for their turn.
const PENDING_MAX: usize = 1_000;

/// As it was sent.
#[derive(Debug, Clone)]
pub(crate) struct RawThreadRun {
    pub(crate) thread_id: Option<String>,
    pub(crate) create_thread: bool,
    pub(crate) assistant_id: String,
    /// JSON texts.
    pub(crate) input: Option<String>,
    pub(crate) resume: Option<String>,
    pub(crate) update: Option<String>,
    pub(crate) goto: Vec<String>,
    pub(crate) config: String,
    pub(crate) metadata: String,
    pub(crate) kwargs: String,
    pub(crate) strategy: MultitaskStrategy,
    pub(crate) checkpoint_id: Option<String>,
    pub(crate) after_seconds: u32,
    /// Nodes; `*` is each of them.
    pub(crate) interrupt_before: Vec<String>,
    pub(crate) interrupt_after: Vec<String>,
    pub(crate) webhook: Option<String>,
    /// Of a thread that is made for it: it goes with the run's end.
    pub(crate) delete_thread: bool,
    pub(crate) worker_share: Uuid,
}

pub(super) struct Checked {
    request: ThreadRunRequest,
    metadata: Map<String, Value>,
    kwargs: Map<String, Value>,
}

impl Threads {
    pub(crate) async fn create_run(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        raw: RawThreadRun,
    ) -> Result<ThreadRun, StoryError> {
        let checked = self.check_run(&raw)?;
        let assistant = self.find_assistant(actor, &raw.assistant_id).await?;
        let (thread, is_new) = self.thread_for(actor, &raw, &assistant).await?;

        let record = self.draft_run(actor, &raw, checked, &assistant, &thread);
        if is_new {
            match self.begin_first(&thread, &record, &assistant, request_id).await {
                // Somebody made it meanwhile.
                Err(StoryError::ThreadExists { .. }) => {
                    let thread = self.record(actor.user_id, &thread.id.to_string()).await?;
                    self.begin_next(&thread, &record, &assistant, request_id).await?;
                }
                begun => begun?,
            }
        } else {
            self.begin_next(&thread, &record, &assistant, request_id).await?;
        }

        // As it was written, whatever has become of it meanwhile.
        Ok(ThreadRun {
            status: ThreadRunStatus::Pending,
            error: None,
            updated_at: record.updated_at,
            record,
        })
    }

    /// A thread and its first run, in one transaction: nothing else works in it.
    async fn begin_first(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        assistant: &Assistant,
        request_id: &RequestId,
    ) -> Result<(), StoryError> {
        let planned = match run.due_at <= run.created_at {
            true => Some(self.plan(thread, &[], run, &assistant.compiled).await?),
            false => None,
        };
        let prepared = match planned {
            Some((Start::Begin(beginning), base)) => Some(
                self.prepare_beginning(thread, run, &assistant.compiled, *beginning, base, request_id)
                    .await?,
            ),
            _ => None,
        };

        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        self.write_thread(&mut tx, thread).await?;
        store::insert_run(&mut tx, run).await?;
        if let Some(prepared) = &prepared {
            self.write_prepared(&mut tx, thread, run, prepared).await?;
        }
        tx.commit().await?;

        match prepared {
            Some(prepared) => self.announce_prepared(&prepared),
            None => self.advance(thread.id, thread.owner_id, Some(request_id)).await?,
        }
        Ok(())
    }

    /// Behind those of the thread that work, or in their place.
    async fn begin_next(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        assistant: &Assistant,
        request_id: &RequestId,
    ) -> Result<(), StoryError> {
        // What does not fit is refused now, unless what is before it has yet to end.
        let runs = self.runs_of(thread).await?;
        let works = self.works_among(&runs).await?;
        if works.is_empty() && run.due_at <= run.created_at {
            self.plan(thread, &runs, run, &assistant.compiled).await?;
        }

        self.write_run(thread, run, &works).await?;
        self.note_graph(thread, assistant).await?;
        self.advance(thread.id, thread.owner_id, Some(request_id)).await
    }

    pub(super) async fn find_assistant(&self, actor: &Actor, id: &str) -> Result<Assistant, StoryError> {
        let assistants = Assistants {
            definitions: self.workflows.definitions.clone(),
            ids: Arc::clone(&self.workflows.ids),
        };
        assistants.get(actor, id).await
    }

    /// # Errors
    /// All wrong fields.
    pub(super) fn check_run(&self, raw: &RawThreadRun) -> Result<Checked, StoryError> {
        let checked = check(raw)?;
        match &raw.webhook {
            Some(url) if url.len() > WEBHOOK_MAX || self.outgoing.check(url).is_err() => {
                let expected = "an https address of the public internet, without user and password";
                Err(StoryError::invalid("webhook", expected))
            }
            _ => Ok(checked),
        }
    }

    /// What the assistant says holds unless the run says otherwise.
    pub(super) fn draft_run(
        &self,
        actor: &Actor,
        raw: &RawThreadRun,
        mut checked: Checked,
        assistant: &Assistant,
        thread: &ThreadRecord,
    ) -> ThreadRunRecord {
        let now = self.workflows.clock.now();
        let given = std::mem::replace(&mut checked.request.config, assistant.settings.context.clone());
        checked.request.config.extend(given);

        ThreadRunRecord {
            id: self.workflows.ids.id(),
            thread_id: thread.id,
            owner_id: actor.user_id,
            place: 0,
            assistant_id: assistant.id,
            graph: assistant.compiled.name.clone(),
            request: checked.request,
            metadata: Value::Object(checked.metadata),
            kwargs: Value::Object(checked.kwargs),
            strategy: raw.strategy,
            actor: actor.clone(),
            worker_share: raw.worker_share,
            due_at: now + Duration::seconds(i64::from(raw.after_seconds)),
            part: RunPart::default(),
            reply: None,
            outcome: None,
            gone: false,
            undone: false,
            error: None,
            webhook: raw.webhook.clone(),
            base: ThreadHead::Nowhere,
            created_at: now,
            updated_at: now,
        }
    }

    /// The thread that was named; one that has yet to be written where that is wanted, and whether it is.
    async fn thread_for(
        &self,
        actor: &Actor,
        raw: &RawThreadRun,
        assistant: &Assistant,
    ) -> Result<(ThreadRecord, bool), StoryError> {
        let draft = |id, ttl| self.draft_thread(actor, id, graph_metadata(assistant), ttl);
        let Some(id) = &raw.thread_id else {
            let ttl = raw.delete_thread.then_some(ThreadTtl::OneRun);
            return Ok((draft(self.workflows.ids.id(), ttl), true));
        };

        match self.record(actor.user_id, id).await {
            Err(StoryError::ThreadNotFound { .. }) if raw.create_thread => {
                Ok((draft(parse_uuid("thread_id", id)?, None), true))
            }
            found => Ok((found?, false)),
        }
    }

    /// A thread says which graph it last ran.
    pub(super) async fn note_graph(
        &self,
        thread: &ThreadRecord,
        assistant: &Assistant,
    ) -> Result<(), StoryError> {
        let wanted = graph_metadata(assistant);
        let knows = |known: &ThreadRecord| {
            wanted
                .iter()
                .all(|(name, value)| known.metadata.get(name) == Some(value))
        };
        if knows(thread) {
            return Ok(());
        }

        // As it is by now: others change it, too.
        let record = self.record(thread.owner_id, &thread.id.to_string()).await?;
        let mut metadata = record.metadata;
        metadata.extend(wanted);
        let (db, now) = (
            self.workflows.db.user(thread.owner_id),
            self.workflows.clock.now(),
        );
        store::write_metadata(&db, (thread.id, thread.owner_id), &metadata, now).await?;
        Ok(())
    }

    /// Writes it behind those that work, or in their place: those are stopped with it.
    async fn write_run(
        &self,
        thread: &ThreadRecord,
        run: &ThreadRunRecord,
        before: &[ThreadRunRecord],
    ) -> Result<(), StoryError> {
        let mut tx = self.workflows.db.user(thread.owner_id).begin_write().await?;
        let stopped = place_run(&mut tx, thread, run, before).await?;
        tx.commit().await?;
        self.tell_stopped(stopped);

        Ok(())
    }

    /// Whoever works on them and whoever watches hears of it.
    pub(super) fn tell_stopped(&self, stopped: Vec<StoppedRun>) {
        for (run, events) in stopped {
            self.workflows.runs.cancelled(run, events);
        }
    }
}

/// Writes a run behind those of its thread that work, or in their place: those are stopped with it. `before` worked when it was looked.
///
/// # Errors
/// The thread is gone, or busy where that is not wanted.
pub(super) async fn place_run(
    tx: &mut WriteTx,
    thread: &ThreadRecord,
    run: &ThreadRunRecord,
    before: &[ThreadRunRecord],
) -> Result<Vec<StoppedRun>, StoryError> {
    let now = run.created_at;
    let held = store::lock(tx, (thread.id, thread.owner_id), now).await?;
    let held = held.ok_or_else(|| StoryError::ThreadNotFound {
        id: thread.id.to_string(),
    })?;
    let open = store::lock_runs(tx, thread.id).await?;
    // What came in meanwhile works, too.
    let works: Vec<_> = open
        .into_iter()
        .filter(|one| {
            one.part.run.is_none() || one.reply.is_some() || before.iter().any(|known| known.id == one.id)
        })
        .collect();
    if works.len() >= PENDING_MAX {
        return Err(StoryError::ThreadBusy { id: thread.id });
    }

    let stopped = match run.strategy {
        MultitaskStrategy::Reject if !works.is_empty() => {
            return Err(StoryError::ThreadBusy { id: thread.id });
        }
        MultitaskStrategy::Reject | MultitaskStrategy::Enqueue => Vec::new(),
        MultitaskStrategy::Interrupt => interrupt(tx, &works, run).await?,
        MultitaskStrategy::Rollback => undo(tx, &held, &works, now).await?,
    };
    let stopped = stop_runs(tx, stopped, now).await?;
    store::insert_run(tx, run).await?;

    Ok(stopped)
}

/// A run of the engine and what was said of its end.
pub(super) type StoppedRun = (RunId, Vec<Event>);

/// Stops runs of the engine with whatever else the transaction does, so that none is left at work that nobody knows of: later ones of
/// the thread wait for it. Those that have ended are let be.
pub(super) async fn stop_runs(
    tx: &mut WriteTx,
    runs: impl IntoIterator<Item = RunId>,
    at: DateTime<Utc>,
) -> Result<Vec<StoppedRun>, StoryError> {
    let mut stopped = Vec::new();
    for run in runs {
        if let Some(events) = stop_run(tx, run, at).await? {
            stopped.push((run, events));
        }
    }

    Ok(stopped)
}

/// Ends a run of the engine that waits, or stopped where it was to: whatever runs of the thread it was have ended well.
pub(super) async fn end_resting(
    tx: &mut WriteTx,
    thread: Uuid,
    resting: Option<RunId>,
    at: DateTime<Utc>,
) -> Result<Vec<StoppedRun>, StoryError> {
    if resting.is_some() {
        let open = store::lock_runs(tx, thread).await?;
        for run in open.iter().filter(|run| run.part.run == resting) {
            let outcome = ThreadRunStatus::Success.as_str();
            store::write_outcome(tx, run.id, outcome, None, run.updated_at).await?;
        }
    }

    stop_runs(tx, resting, at).await
}

/// Ends those that have not begun; those that have are told by the engine's run, which is to be stopped.
async fn interrupt(
    tx: &mut WriteTx,
    works: &[ThreadRunRecord],
    by: &ThreadRunRecord,
) -> Result<Vec<Uuid>, StoryError> {
    for run in works.iter().filter(|run| run.part.run.is_none()) {
        let outcome = ThreadRunStatus::Interrupted.as_str();
        store::write_outcome(tx, run.id, outcome, None, by.created_at).await?;
    }

    Ok(works.iter().filter_map(|run| run.part.run).collect())
}

/// Takes them back: the thread stands where the first of them began.
pub(super) async fn undo(
    tx: &mut WriteTx,
    thread: &ThreadRecord,
    works: &[ThreadRunRecord],
    at: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoryError> {
    for run in works {
        store::write_outcome(tx, run.id, UNDONE, None, at).await?;
    }
    let begun = works.iter().filter(|run| run.part.run.is_some());
    if let Some(first) = begun.clone().min_by_key(|run| run.place) {
        store::move_head(tx, thread, first.base, at).await?;
    }

    Ok(begun.filter_map(|run| run.part.run).collect())
}

pub(super) fn graph_metadata(assistant: &Assistant) -> Map<String, Value> {
    let fields = [
        ("graph_id", Value::from(assistant.compiled.name.clone())),
        ("assistant_id", Value::from(assistant.id.to_string())),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// # Errors
/// All wrong fields.
fn check(raw: &RawThreadRun) -> Result<Checked, StoryError> {
    let mut faults = Faults::default();
    let input = raw
        .input
        .as_deref()
        .map(|text| read_object("input", text, &mut faults));
    let update = raw
        .update
        .as_deref()
        .map(|text| read_object("command.update", text, &mut faults));
    let resume = raw
        .resume
        .as_deref()
        .and_then(|text| read_value("command.resume", text, &mut faults));
    let config = read_object("context", &raw.config, &mut faults);
    let metadata = read_object("metadata", &raw.metadata, &mut faults);
    let kwargs = read_object("kwargs", &raw.kwargs, &mut faults);
    let checkpoint_id = raw.checkpoint_id.as_deref().map(Uuid::try_parse);
    if matches!(checkpoint_id, Some(Err(_))) {
        faults.add("checkpoint_id", "a UUID");
    }
    if raw.after_seconds > AFTER_MAX {
        faults.add("after_seconds", "0 to 2592000");
    }
    if raw.goto.len() > NODES_MAX {
        faults.add("command.goto", "at most 100 nodes");
    }
    let pause = PausePoints {
        before: read_nodes("interrupt_before", &raw.interrupt_before, &mut faults),
        after: read_nodes("interrupt_after", &raw.interrupt_after, &mut faults),
        past_start: false,
    };
    if !faults.is_empty() {
        return Err(StoryError::Invalid { fields: faults.0 });
    }

    Ok(Checked {
        request: ThreadRunRequest {
            input,
            resume,
            update,
            goto: raw.goto.clone(),
            config,
            checkpoint_id: checkpoint_id.and_then(Result::ok),
            pause,
        },
        metadata,
        kwargs,
    })
}

/// Names that the graph does not have change nothing.
fn read_nodes(field: &str, nodes: &[String], faults: &mut Faults) -> NodeSet {
    if nodes.len() > NODES_MAX || nodes.iter().any(|node| node.len() > NODE_NAME_MAX) {
        faults.add(field, "at most 100 nodes");
    }

    match nodes.iter().any(|node| node == EVERY_NODE) {
        true => NodeSet::All,
        false => NodeSet::Named(nodes.iter().cloned().collect()),
    }
}

fn read_value(field: &str, text: &str, faults: &mut Faults) -> Option<Value> {
    if text.len() > JSON_MAX {
        faults.add(field, "at most 1 MiB");
        return None;
    }
    match serde_json::from_str(text) {
        Ok(value) if !text.contains("\\u0000") => Some(value),
        _ => {
            faults.add(field, "JSON without NUL characters");
            None
        }
    }
}
