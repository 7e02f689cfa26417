//! What a thread's states were, newest first: every kept step of its runs, what was before their inputs, and what somebody put in place.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use flow::{Access, HistoryEntry, Run};
use serde_json::Value;
use uuid::Uuid;

use super::{Threads, interrupt};
use crate::domain::thread::{
    KeptFrom, PlacedState, RunPart, ThreadHead, ThreadInterrupt, ThreadPoint, ThreadRecord, ThreadRunRecord,
    ThreadState, ThreadTask, checkpoint_id, read_checkpoint_id, shown_values, task_id,
};
use crate::error::StoryError;
use crate::store::threads as store;
use crate::store::workflows;

/// One place in a thread's history.
#[derive(Debug, Clone)]
pub(super) struct HistoryPlace {
    pub(super) id: Uuid,
    parent: Option<Uuid>,
    pub(super) at: DateTime<Utc>,
    /// Counts through the thread.
    pub(super) step: i64,
    kind: HistoryKind,
}

#[derive(Debug, Clone)]
enum HistoryKind {
    /// A step of a run of the engine.
    Step {
        part: RunPart,
        step: u64,
    },
    /// Before a run's input.
    Input {
        part: RunPart,
    },
    Placed(Box<PlacedState>),
}

/// What is known of one run of the engine.
struct Past {
    run: Run,
    /// Kept steps, newest first.
    kept: Vec<HistoryEntry>,
    updates: Vec<Value>,
    /// Who asked what, and when.
    questions: Vec<(String, Value, DateTime<Utc>)>,
}

/// All of a thread's past, as far as it was read.
pub(super) struct Pasts<'a> {
    threads: &'a Threads,
    thread: &'a ThreadRecord,
    pub(super) runs: Vec<ThreadRunRecord>,
    known: HashMap<Uuid, Past>,
}

impl<'a> Pasts<'a> {
    pub(super) async fn new(threads: &'a Threads, thread: &'a ThreadRecord) -> Result<Self, StoryError> {
        Ok(Self {
            runs: threads.runs_of(thread).await?,
            threads,
            thread,
            known: HashMap::new(),
        })
    }

    async fn past(&mut self, engine: Uuid) -> Result<&Past, StoryError> {
        if !self.known.contains_key(&engine) {
            let db = self.threads.workflows.db.user(self.thread.owner_id);
            let kept = self.threads.workflows.runs.history(Access::System, engine).await;
            let mut questions: Vec<(String, Value, DateTime<Utc>)> = Vec::new();
            for (kind, data, at) in workflows::dialogue(&db, engine).await? {
                let known = questions.iter().any(|(_, asked, _)| asked["id"] == data.0["id"]);
                if kind == "question" && !known {
                    let node = data.0["node"].as_str().unwrap_or_default().to_owned();
                    questions.push((node, data.0, at));
                }
            }
            let past = Past {
                run: self.threads.engine_run(engine).await?,
                kept: kept.map_err(StoryError::Runs)?,
                updates: store::read_updates(&db, engine).await?,
                questions,
            };
            self.known.insert(engine, past);
        }

        self.known
            .get(&engine)
            .ok_or(StoryError::CheckpointNotFound { id: engine })
    }

    /// Where each run of the engine begins in this thread, without those that were taken back.
    fn parts(&self) -> Vec<ThreadRunRecord> {
        let mut first: HashMap<Uuid, &ThreadRunRecord> = HashMap::new();
        for run in &self.runs {
            if let Some(engine) = run.part.run {
                let known = first.entry(engine).or_insert(run);
                if run.place < known.place {
                    *known = run;
                }
            }
        }

        first.into_values().filter(|run| !run.undone).cloned().collect()
    }

    /// Newest first.
    pub(super) async fn entries(&mut self) -> Result<Vec<HistoryPlace>, StoryError> {
        let mut entries = Vec::new();
        for first in self.parts() {
            if let Some(engine) = first.part.run {
                self.past(engine).await?;
                entries.extend(self.entries_of(&first, engine));
            }
        }
        let db = self.threads.workflows.db.user(self.thread.owner_id);
        for placed in store::list_states(&db, self.thread.id, self.thread.owner_id).await? {
            entries.push(HistoryPlace {
                id: placed.id,
                parent: placed.parent,
                at: placed.created_at,
                step: placed.step,
                kind: HistoryKind::Placed(Box::new(placed)),
            });
        }
        entries.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.step)));

        if let Some(from) = self.thread.kept_from {
            leave_older_out(&mut entries, from);
        }
        Ok(entries)
    }

    /// The places of one run of the engine, which was read.
    fn entries_of(&self, first: &ThreadRunRecord, engine: Uuid) -> Vec<HistoryPlace> {
        let Some(past) = self.known.get(&engine) else {
            return Vec::new();
        };
        let (thread, part) = (self.thread.id, first.part);
        let base = self.base_id(first.base);
        let fresh = begins_anew(first);
        let counted = |step: u64| part.step_offset + i64::try_from(step).unwrap_or_default();

        let mut entries = Vec::new();
        for (place, kept) in past.kept.iter().enumerate() {
            // One that begins where another stood says that state again.
            if !fresh && kept.step == part.first_step {
                continue;
            }
            let parent = past.kept.get(place + 1).map(|before| before.step);
            let parent = match parent {
                Some(step) if fresh || step > part.first_step => {
                    Some(checkpoint_id(thread, part.ordinal, step + 1))
                }
                Some(_) => base,
                None => fresh.then(|| checkpoint_id(thread, part.ordinal, 0)),
            };
            entries.push(HistoryPlace {
                id: checkpoint_id(thread, part.ordinal, kept.step + 1),
                parent,
                at: kept.created_at,
                step: counted(kept.step),
                kind: HistoryKind::Step {
                    part,
                    step: kept.step,
                },
            });
        }
        if fresh {
            entries.push(HistoryPlace {
                id: checkpoint_id(thread, part.ordinal, 0),
                parent: base,
                at: past.run.created_at,
                step: part.step_offset - 1,
                kind: HistoryKind::Input { part },
            });
        }

        entries
    }

    fn base_id(&self, base: ThreadHead) -> Option<Uuid> {
        place_id(self.thread.id, &self.runs, base)
    }

    /// The place that an id names; where the thread stands without one.
    pub(super) async fn find(&mut self, id: Option<Uuid>) -> Result<Option<HistoryPlace>, StoryError> {
        let wanted = match (id, self.thread.head) {
            (Some(id), _) => id,
            (None, ThreadHead::Nowhere) => return Ok(None),
            (None, ThreadHead::State(id)) => id,
            (None, ThreadHead::Run(engine, step)) => {
                let step = match step {
                    Some(step) => step,
                    None => self.past(engine).await?.run.step,
                };
                match self.base_id(ThreadHead::Run(engine, Some(step))) {
                    Some(id) => id,
                    None => return Ok(None),
                }
            }
        };

        let mut all = self.entries().await?;
        if let Some(place) = all.iter().position(|entry| entry.id == wanted) {
            return Ok(Some(all.swap_remove(place)));
        }
        // A fork that has not gone on yet stands at what it was forked from.
        let forked = read_checkpoint_id(self.thread.id, wanted).and_then(|(ordinal, _)| {
            self.runs
                .iter()
                .filter(|run| run.part.ordinal == ordinal)
                .min_by_key(|run| run.place)
        });
        let from = forked.and_then(|run| self.base_id(run.base));
        Ok(all.into_iter().find(|entry| Some(entry.id) == from))
    }

    /// All of a place.
    pub(super) async fn tell(&mut self, entry: &HistoryPlace) -> Result<ThreadState, StoryError> {
        let (threads, thread) = (self.threads, self.thread);
        let (point, source, of_run) = match &entry.kind {
            HistoryKind::Placed(placed) => {
                let point = ThreadPoint {
                    checkpoint: entry.id,
                    state: placed.state.clone(),
                    frontier: placed.frontier.clone(),
                    next: placed.next.clone(),
                    step: placed.step,
                    of_run: None,
                };
                (point, placed.source.clone(), None)
            }
            HistoryKind::Step { part, step } => {
                let point = threads.run_point(thread.id, *part, *step).await?;
                (point, "loop".to_owned(), Some((*part, Some(*step))))
            }
            HistoryKind::Input { part } => {
                let runs = std::mem::take(&mut self.runs);
                let point = threads.named_point(thread, &runs, entry.id).await;
                self.runs = runs;
                (point?, "input".to_owned(), Some((*part, None)))
            }
        };

        // What went on from here tells what became of the tasks.
        let worked = self.went_on_from(entry).or(of_run);
        let tasks = match worked {
            Some((part, step)) => self.tasks(entry, part, step, &point.next).await?,
            None => point.next.iter().map(|node| plain_task(entry.id, node)).collect(),
        };
        let run = of_run.and_then(|(part, step)| self.run_of(part, step));
        let graph = match (&entry.kind, run) {
            (HistoryKind::Placed(placed), _) => Some(placed.graph.clone()),
            (_, run) => run.map(|run| run.graph.clone()),
        };

        Ok(ThreadState {
            thread_id: thread.id,
            values: shown_values(&point.state),
            next: point.next,
            tasks,
            checkpoint: Some(entry.id),
            parent: entry.parent,
            step: entry.step,
            source,
            run_id: run.map(|run| run.id),
            assistant_id: run.map(|run| run.assistant_id),
            graph,
            created_at: Some(entry.at),
        })
    }

    /// The newest run that began at this place.
    fn went_on_from(&self, entry: &HistoryPlace) -> Option<(RunPart, Option<u64>)> {
        let forks = self.parts().into_iter().filter(|run| !begins_anew(run));
        let newest = forks
            .filter(|run| self.base_id(run.base) == Some(entry.id))
            .max_by_key(|run| run.place)?;

        Some((newest.part, Some(newest.part.first_step)))
    }

    /// The run of the thread that a step comes from.
    fn run_of(&self, part: RunPart, step: Option<u64>) -> Option<&ThreadRunRecord> {
        let mut of_engine: Vec<_> = self.runs.iter().filter(|run| run.part.run == part.run).collect();
        of_engine.sort_by_key(|run| run.place);
        let began = of_engine
            .iter()
            .rev()
            .find(|run| step.is_some_and(|step| run.part.first_step < step));

        began.or(of_engine.first()).copied()
    }

    async fn tasks(
        &mut self,
        entry: &HistoryPlace,
        part: RunPart,
        step: Option<u64>,
        next: &[String],
    ) -> Result<Vec<ThreadTask>, StoryError> {
        let Some(engine) = part.run else {
            return Ok(Vec::new());
        };
        let input = match step {
            Some(_) => None,
            None => self.first_input(part).await?,
        };
        let past = self.past(engine).await?;
        let newest = step == Some(past.run.step);
        let until = step.and_then(|step| past.kept.iter().rev().find(|kept| kept.step > step));
        let asked = |node: &str| -> Vec<ThreadInterrupt> {
            let asked = past.questions.iter().filter(|(by, data, at)| {
                let open = past
                    .run
                    .questions
                    .iter()
                    .any(|open| data["id"] == open.id.to_string());
                let here = *at >= entry.at && until.is_none_or(|until| *at < until.created_at);
                *by == node && here && (!newest || open || past.run.status.is_terminal())
            });
            let asked = asked.map(|(_, data, _)| {
                let id = data["id"].as_str().unwrap_or_default();
                interrupt(id, &data["question"], task_id(entry.id, node))
            });
            asked.collect()
        };
        let result = |node: &str| {
            let step = step? + 1;
            let found = past
                .updates
                .iter()
                .find(|update| update["node"] == node && update["step"] == step);
            found.and_then(|update| update.get("update")).cloned()
        };
        let failed = past.run.error_message.as_ref().filter(|_| newest);
        let failed = |node: &str| {
            failed
                .filter(|_| past.run.failed_node.as_deref() == Some(node))
                .cloned()
        };

        let tasks = next.iter().map(|node| ThreadTask {
            id: task_id(entry.id, node),
            name: node.clone(),
            interrupts: asked(node),
            result: input.clone().or_else(|| result(node)),
            error: failed(node),
        });
        Ok(tasks.collect())
    }

    /// What the run was given.
    async fn first_input(&self, part: RunPart) -> Result<Option<Value>, StoryError> {
        let first = self
            .runs
            .iter()
            .filter(|run| run.part.run == part.run)
            .min_by_key(|run| run.place);
        Ok(first.and_then(|run| run.request.input.clone()).map(Value::Object))
    }
}

/// What was taken away is nothing's parent, either.
fn leave_older_out(entries: &mut Vec<HistoryPlace>, from: KeptFrom) {
    entries.retain(|entry| (entry.at, entry.step) >= (from.at, from.step));
    let kept: HashSet<Uuid> = entries.iter().map(|entry| entry.id).collect();
    for entry in entries {
        entry.parent = entry.parent.filter(|parent| kept.contains(parent));
    }
}

/// Whether it begins at its graph's start.
pub(super) fn begins_anew(first: &ThreadRunRecord) -> bool {
    first.request.input.is_some() && first.request.update.is_none() && first.request.goto.is_empty()
}

/// The checkpoint's id of a place: a run that begins where another stood has that place, not one of its own.
pub(super) fn place_id(thread: Uuid, runs: &[ThreadRunRecord], place: ThreadHead) -> Option<Uuid> {
    let mut place = place;
    for _ in 0..=runs.len() {
        let (engine, step) = match place {
            ThreadHead::Nowhere => return None,
            ThreadHead::State(id) => return Some(id),
            ThreadHead::Run(engine, step) => (engine, step?),
        };
        let of_engine = runs.iter().filter(|run| run.part.run == Some(engine));
        let first = of_engine.min_by_key(|run| run.place)?;
        if begins_anew(first) || step != first.part.first_step {
            return Some(checkpoint_id(thread, first.part.ordinal, step + 1));
        }
        place = first.base;
    }

    None
}

fn plain_task(checkpoint: Uuid, node: &str) -> ThreadTask {
    ThreadTask {
        id: task_id(checkpoint, node),
        name: node.to_owned(),
        interrupts: Vec::new(),
        result: None,
        error: None,
    }
}
