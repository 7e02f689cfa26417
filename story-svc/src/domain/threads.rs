//! Threads: conversations whose values go from run to run. A thread is its owner's alone; what may not be seen does not exist.

mod advance;
mod begin;
mod dispatch;
mod history;
mod plan;
mod run_webhooks;
mod runs;
mod scheduled;
mod states;
mod storage;
mod sweep;
mod value_index;
mod watch;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use flow::{Access, Run, RunStatus, StoreError};
use kit::actor::Actor;
use kit::db::WriteTx;
use kit::error::Faults;
use kit::rpc::RequestId;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use self::begin::RawThreadRun;
pub(crate) use self::dispatch::ThreadDispatcher;
pub(crate) use self::run_webhooks::RunWebhooks;
pub(crate) use self::scheduled::DraftedRun;
pub(crate) use self::states::StateChange;
pub(crate) use self::sweep::{RawTtl, ThreadSweeper};
use super::item::write_field;
use super::thread::{
    PlacedState, Thread, ThreadHead, ThreadInterrupt, ThreadPoint, ThreadRecord, ThreadRunRecord,
    ThreadRunStatus, ThreadStatus, ThreadTtl, shown_values, task_id,
};
use super::workflows::{Workflows, read_object};
use crate::clients::outgoing::Outgoing;
use crate::error::StoryError;
use crate::store::threads::{self as store, SortThreadsBy, ThreadQuery};
use crate::store::{owners, schedules};

/// Threads, runs or states of one answer.
pub(crate) const PAGE_MAX: u32 = 1_000;
/// How far a list may be paged through.
const OFFSET_MAX: u32 = 100_000;
/// Threads looked through for what only their newest states say.
const SCANNED_MAX: u32 = 10_000;
/// Characters of a thread's metadata.
const METADATA_MAX: usize = 64 * 1024;

/// The rules.
#[derive(Clone)]
pub(crate) struct Threads {
    pub(crate) workflows: Workflows,
    /// Knows which addresses may be told how a run ended.
    pub(crate) outgoing: Outgoing,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawThreadQuery {
    /// JSON objects.
    pub(crate) metadata: String,
    pub(crate) values: String,
    pub(crate) status: Option<ThreadStatus>,
    pub(crate) ids: Vec<String>,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
    pub(crate) sort_by: String,
    pub(crate) ascending: bool,
    pub(crate) with_total: bool,
    pub(crate) brief: bool,
}

/// Threads that were found.
pub(crate) struct FoundThreads {
    pub(crate) threads: Vec<Thread>,
    pub(crate) has_more: bool,
    pub(crate) total: Option<u64>,
}

/// The id in a text.
///
/// # Errors
/// It is none: a fault of this field.
pub(crate) fn parse_uuid(field: &str, text: &str) -> Result<Uuid, StoryError> {
    Uuid::try_parse(text).map_err(|_| StoryError::invalid(field, "a UUID"))
}

fn read_metadata(text: &str) -> Result<Map<String, Value>, StoryError> {
    let mut faults = Faults::default();
    let metadata = read_object("metadata", text, &mut faults);
    if text.len() > METADATA_MAX {
        faults.add("metadata", "at most 64 KiB");
    }

    match faults.is_empty() {
        true => Ok(metadata),
        false => Err(StoryError::Invalid { fields: faults.0 }),
    }
}

impl Threads {
    /// A new one; the one that there is when its id may be taken.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        id: Option<&str>,
        (metadata, ttl): (&str, Option<RawTtl>),
        may_exist: bool,
    ) -> Result<Thread, StoryError> {
        let id = match id {
            Some(text) => parse_uuid("thread_id", text)?,
            None => self.workflows.ids.id(),
        };
        let metadata = read_metadata(metadata)?;
        let ttl = self.read_ttl(ttl.as_ref())?;
        match self.insert(actor, id, metadata, ttl).await {
            Err(StoryError::ThreadExists { .. }) if may_exist => self.get(actor, &id.to_string()).await,
            Err(error) => Err(error),
            Ok(()) => self.get(actor, &id.to_string()).await,
        }
    }

    fn read_ttl(&self, raw: Option<&RawTtl>) -> Result<Option<ThreadTtl>, StoryError> {
        let now = self.workflows.clock.now();
        raw.map(|raw| sweep::read_ttl(raw, now)).transpose()
    }

    async fn insert(
        &self,
        actor: &Actor,
        id: Uuid,
        metadata: Map<String, Value>,
        ttl: Option<ThreadTtl>,
    ) -> Result<(), StoryError> {
        let thread = self.draft_thread(actor, id, metadata, ttl);
        let mut tx = self.workflows.db.user(actor.user_id).begin_write().await?;
        self.write_thread(&mut tx, &thread).await?;

        Ok(tx.commit().await?)
    }

    fn draft_thread(
        &self,
        actor: &Actor,
        id: Uuid,
        metadata: Map<String, Value>,
        ttl: Option<ThreadTtl>,
    ) -> ThreadRecord {
        let now = self.workflows.clock.now();

        ThreadRecord {
            id,
            owner_id: actor.user_id,
            metadata,
            head: ThreadHead::Nowhere,
            fence: 0,
            created_at: now,
            updated_at: now,
            state_updated_at: now,
            ttl,
            kept_from: None,
        }
    }

    /// # Errors
    /// Its id is taken, by whomever; its owner is gone.
    async fn write_thread(&self, tx: &mut WriteTx, thread: &ThreadRecord) -> Result<(), StoryError> {
        if owners::is_closed(tx, thread.owner_id).await? {
            return Err(StoryError::OwnerClosed);
        }

        match store::insert(tx, thread).await? {
            true => Ok(()),
            false => Err(StoryError::ThreadExists {
                id: thread.id.to_string(),
            }),
        }
    }

    pub(crate) async fn get(&self, actor: &Actor, id: &str) -> Result<Thread, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        match self.complete(record, false).await {
            // It may have been deleted while it was read.
            Err(error @ (StoryError::Runs(StoreError::NotFound) | StoryError::CheckpointNotFound { .. })) => {
                self.record(actor.user_id, id).await?;
                Err(error)
            }
            completed => completed,
        }
    }

    pub(super) async fn record(&self, owner: Uuid, id: &str) -> Result<ThreadRecord, StoryError> {
        let id = parse_uuid("thread_id", id)?;
        let found = store::find(&self.workflows.db.user(owner), id, owner).await?;
        found.ok_or_else(|| StoryError::ThreadNotFound { id: id.to_string() })
    }

    /// Newest first; those that are gone, too.
    pub(super) async fn runs_of(&self, thread: &ThreadRecord) -> Result<Vec<ThreadRunRecord>, StoryError> {
        let db = self.workflows.db.user(thread.owner_id);
        Ok(store::list_runs(&db, (thread.id, thread.owner_id)).await?)
    }

    /// With where it stands. `brief` leaves values and questions out.
    async fn complete(&self, record: ThreadRecord, brief: bool) -> Result<Thread, StoryError> {
        let runs = self.runs_of(&record).await?;
        let newest = runs.iter().find(|run| !run.gone);
        let (mut busy, mut ended, mut error, mut stopped) = (false, None::<DateTime<Utc>>, None, false);
        for run in runs.iter().filter(|run| !run.gone && run.outcome.is_none()) {
            let told = self.tell_run(run.clone()).await?;
            busy |= !told.status.is_over();
            ended = ended.max(Some(told.updated_at));
        }
        // A state that was put in place since is no failure.
        if let (Some(newest), false) = (newest, matches!(record.head, ThreadHead::State(_))) {
            let told = self.tell_run(newest.clone()).await?;
            stopped = told.status == ThreadRunStatus::Interrupted;
            error = (told.status == ThreadRunStatus::Error).then_some(told.error.unwrap_or_default());
        }

        let point = self.head_point(&record, &runs).await?;
        let interrupts = match (&point, record.head) {
            (Some(point), ThreadHead::Run(run, None)) if !busy => {
                open_interrupts(&self.engine_run(run).await?, told_place(record.id, &runs, point))
            }
            _ => Vec::new(),
        };
        // One that was stopped waits for nobody.
        let waits = !stopped && point.as_ref().is_some_and(|point| !point.next.is_empty());
        let status = match (busy, &error, waits) {
            (true, ..) => ThreadStatus::Busy,
            (_, Some(_), _) => ThreadStatus::Error,
            (_, None, true) => ThreadStatus::Interrupted,
            (_, None, false) => ThreadStatus::Idle,
        };

        Ok(Thread {
            status,
            updated_at: ended.map_or(record.updated_at, |ended| ended.max(record.updated_at)),
            error,
            values: point.filter(|_| !brief).map(|point| shown_values(&point.state)),
            interrupts: if brief { Vec::new() } else { interrupts },
            record,
        })
    }

    pub(super) async fn engine_run(&self, run: Uuid) -> Result<Run, StoryError> {
        let found = self.workflows.runs.get(Access::System, run).await;
        found.map_err(StoryError::Runs)
    }

    /// The actor's own that the query fits.
    pub(crate) async fn search(
        &self,
        actor: &Actor,
        raw: RawThreadQuery,
    ) -> Result<FoundThreads, StoryError> {
        let (mut query, values) = parse_query(&raw)?;
        // What is written down of each is looked for at once, and the rest one by one.
        let values = value_index::take_indexed(&mut query, values);
        if !query.values.is_empty() {
            self.index_values(actor.user_id).await?;
        }
        let (limit, offset) = (raw.limit.unwrap_or(10), raw.offset);
        let fits = |thread: &Thread| {
            let same = |(name, value): (&String, &Value)| {
                thread.values.as_ref().and_then(|values| values.get(name)) == Some(value)
            };
            raw.status.is_none_or(|status| status == thread.status) && values.iter().all(same)
        };

        // What only the newest states say is looked for one by one.
        let scans = raw.status.is_some() || !values.is_empty() || raw.with_total;
        let (mut threads, mut found, mut from) = (Vec::new(), 0_u64, if scans { 0 } else { offset });
        let page = if scans { 200 } else { limit + 1 };
        let db = self.workflows.db.user(actor.user_id);
        loop {
            let records = store::search(&db, actor.user_id, &query, (page, from)).await?;
            let read = u32::try_from(records.len()).unwrap_or(page);
            for record in records {
                let wanted = threads.len() <= limit as usize;
                let looks = raw.status.is_some() || !values.is_empty();
                if !looks && !wanted {
                    found += 1;
                    continue;
                }
                let completed = self.complete(record, raw.brief && values.is_empty()).await;
                let thread = match completed {
                    // It was deleted while the page was read.
                    Err(StoryError::Runs(StoreError::NotFound)) => continue,
                    completed => completed?,
                };
                if fits(&thread) {
                    if wanted && (!scans || found >= u64::from(offset)) {
                        threads.push(thread);
                    }
                    found += 1;
                }
            }
            from += read;
            let enough = !raw.with_total && threads.len() > limit as usize;
            if read < page || !scans || enough || from >= SCANNED_MAX {
                break;
            }
        }

        let has_more = threads.len() > limit as usize;
        threads.truncate(limit as usize);
        Ok(FoundThreads {
            threads,
            has_more,
            total: raw.with_total.then_some(found),
        })
    }

    /// Merges metadata into what there is; a time takes the place of what there is.
    pub(crate) async fn update(
        &self,
        actor: &Actor,
        id: &str,
        (metadata, ttl): (&str, Option<RawTtl>),
    ) -> Result<Thread, StoryError> {
        let ttl = self.read_ttl(ttl.as_ref())?;
        let record = self.record(actor.user_id, id).await?;
        let mut merged = record.metadata.clone();
        merged.extend(read_metadata(metadata)?);
        if Value::Object(merged.clone()).to_string().len() > METADATA_MAX {
            return Err(StoryError::invalid("metadata", "at most 64 KiB"));
        }

        let (db, now) = (self.workflows.db.user(actor.user_id), self.workflows.clock.now());
        let key = (record.id, record.owner_id);
        let mut is_there = store::write_metadata(&db, key, &merged, now).await?;
        if let (true, Some(ttl)) = (is_there, ttl) {
            is_there = store::write_ttl(&db, key, ttl, now).await?;
        }
        match is_there {
            true => self.get(actor, id).await,
            false => Err(StoryError::ThreadNotFound { id: id.to_owned() }),
        }
    }

    /// With its runs and states; what works is stopped.
    pub(crate) async fn delete(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
    ) -> Result<(), StoryError> {
        let (id, owner) = (self.record(actor.user_id, id).await?.id, actor.user_id);

        let mut tx = self.workflows.db.system().begin_write().await?;
        schedules::delete_of_thread(&mut tx, owner, id).await?;
        // None where it never ran.
        let workflow = self
            .workflows
            .write_deletion(&mut tx, request_id, (id, owner))
            .await?;
        store::delete(&mut tx, id, owner).await?;
        tx.commit().await?;
        workflow
            .iter()
            .for_each(|deleted| self.workflows.announce_deletion(deleted));

        Ok(())
    }

    /// Another one that stands where this one stands.
    pub(crate) async fn copy(&self, actor: &Actor, id: &str) -> Result<Thread, StoryError> {
        let source = self.record(actor.user_id, id).await?;
        let runs = self.runs_of(&source).await?;
        let point = self.head_point(&source, &runs).await?;
        let copy = self.workflows.ids.id();
        self.insert(actor, copy, source.metadata.clone(), None).await?;
        if let Some(point) = point {
            let graph = source.metadata.get("graph_id").and_then(Value::as_str);
            let placed = PlacedState {
                id: self.workflows.ids.id(),
                thread_id: copy,
                owner_id: actor.user_id,
                graph: graph.unwrap_or_default().to_owned(),
                state: point.state,
                frontier: point.frontier,
                next: point.next,
                step: point.step,
                source: "fork".to_owned(),
                parent: None,
                created_at: self.workflows.clock.now(),
            };
            let record = self.record(actor.user_id, &copy.to_string()).await?;
            self.place(&record, placed, None).await?;
        }

        self.get(actor, &copy.to_string()).await
    }
}

/// The checkpoint's id of a point, as histories tell it.
pub(super) fn told_place(thread: Uuid, runs: &[ThreadRunRecord], point: &ThreadPoint) -> Uuid {
    let place = point
        .of_run
        .map(|(engine, step)| ThreadHead::Run(engine, Some(step)));
    let told = place.and_then(|place| history::place_id(thread, runs, place));
    told.unwrap_or(point.checkpoint)
}

/// The questions that a run waits on, as threads tell them.
pub(super) fn open_interrupts(run: &Run, checkpoint: Uuid) -> Vec<ThreadInterrupt> {
    if run.status != RunStatus::WaitingForInput {
        return Vec::new();
    }
    let open = run.questions.iter();
    open.map(|open| {
        interrupt(
            &open.id.to_string(),
            &open.question,
            task_id(checkpoint, &open.at.node),
        )
    })
    .collect()
}

/// A question as threads tell it.
pub(super) fn interrupt(id: &str, question: &Value, task: Uuid) -> ThreadInterrupt {
    ThreadInterrupt {
        id: id.replace('-', ""),
        value: json!({ "reason": question["reason"], "prompt": question["prompt"], "value": question["value"] }),
        response_schema: question
            .get("response_schema")
            .filter(|schema| !schema.is_null())
            .cloned(),
        task_id: task,
    }
}

/// What the query says, and which values are looked for.
fn parse_query(raw: &RawThreadQuery) -> Result<(ThreadQuery, BTreeMap<String, Value>), StoryError> {
    let mut faults = Faults::default();
    let metadata = read_object("metadata", &raw.metadata, &mut faults);
    let values = read_object("values", &raw.values, &mut faults);
    let mut fields = Vec::new();
    for (name, value) in metadata.iter().take(20) {
        match write_field(name, value) {
            Some(field) => fields.push(field),
            None => faults.add(
                format!("metadata.{name}"),
                "a text, a number, true, false or null",
            ),
        }
    }
    if metadata.len() > 20 {
        faults.add("metadata", "at most 20 fields");
    }
    let ids: Vec<Uuid> = raw.ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
    if raw.ids.len() > 1_000 || ids.len() != raw.ids.len() {
        faults.add("ids", "at most 1000 UUIDs");
    }
    if raw.limit.is_some_and(|limit| !(1..=PAGE_MAX).contains(&limit)) {
        faults.add("limit", "1 to 1000");
    }
    if raw.offset > OFFSET_MAX {
        faults.add("offset", "at most 100000");
    }
    let sort_by = match raw.sort_by.as_str() {
        "" | "created_at" => SortThreadsBy::CreatedAt,
        "updated_at" => SortThreadsBy::UpdatedAt,
        "state_updated_at" => SortThreadsBy::StateUpdatedAt,
        "thread_id" => SortThreadsBy::Id,
        _ => {
            faults.add("sort_by", "created_at, updated_at, state_updated_at or thread_id");
            SortThreadsBy::CreatedAt
        }
    };
    if !faults.is_empty() {
        return Err(StoryError::Invalid { fields: faults.0 });
    }

    let query = ThreadQuery {
        fields,
        values: Vec::new(),
        ids,
        sort_by,
        ascending: raw.ascending,
    };
    Ok((query, values.into_iter().collect()))
}
