//! One watcher of one run of a thread: from its beginning, from the log and then live, until it has ended or waits.

use std::collections::VecDeque;
use std::time::Duration;

use flow::Run;
use kit::actor::Actor;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Threads;
use super::advance::is_still;
use super::history::begins_anew;
use crate::domain::runs::{RunsDomain, Seen, Watch};
use crate::domain::thread::{
    RunPart, ThreadHead, ThreadRecord, ThreadRunRecord, ThreadRunStatus, checkpoint_id, shown_values, task_id,
};
use crate::domain::workflow::event_base;
use crate::error::StoryError;

/// Between two looks at a run whose turn has not come.
const FIRST_LOOK: Duration = Duration::from_millis(20);
const LAST_LOOK: Duration = Duration::from_millis(500);

/// What a watcher is told, one after another.
pub(crate) struct ThreadRunEvents {
    threads: Threads,
    runs: RunsDomain,
    thread: ThreadRecord,
    id: Uuid,
    /// Nothing is told but what is asked and the end, with the values there.
    end_only: bool,
    ready: VecDeque<Seen>,
    /// The id of the checkpoint that it begins at, where that is another run's.
    base: Option<Uuid>,
    /// The engine's step that was told last, and its nodes.
    step: u64,
    nodes: Vec<String>,
    stage: WatchStage,
}

enum WatchStage {
    /// It has not begun, or has not said so.
    Waiting {
        /// As it was found when the watcher came.
        known: Option<Box<ThreadRunRecord>>,
        look: Duration,
    },
    Watching {
        record: Box<ThreadRunRecord>,
        watch: Box<Watch>,
        anew: bool,
    },
    Over,
}

impl Threads {
    /// A watcher of the actor's run.
    pub(crate) async fn watch(
        &self,
        actor: &Actor,
        runs: &RunsDomain,
        (thread, id): (&str, &str),
        end_only: bool,
    ) -> Result<ThreadRunEvents, StoryError> {
        let thread = self.record(actor.user_id, thread).await?;
        let run = self.run_record(&thread, id).await?;

        Ok(ThreadRunEvents {
            threads: self.clone(),
            runs: runs.clone(),
            thread,
            id: run.id,
            end_only,
            ready: VecDeque::new(),
            base: None,
            step: 0,
            nodes: Vec::new(),
            stage: WatchStage::Waiting {
                known: Some(Box::new(run)),
                look: FIRST_LOOK,
            },
        })
    }
}

impl ThreadRunEvents {
    /// The next one, with its number in the thread; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Seen, StoryError>> {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Some(Ok(seen));
            }
            let went = match &mut self.stage {
                WatchStage::Over => return None,
                WatchStage::Waiting { .. } => self.look().await,
                WatchStage::Watching { .. } => self.listen().await,
            };
            if let Err(error) = went {
                self.stage = WatchStage::Over;
                return Some(Err(error));
            }
        }
    }

    /// Whether it has begun.
    async fn look(&mut self) -> Result<(), StoryError> {
        let known = match &mut self.stage {
            WatchStage::Waiting { known, .. } => known.take(),
            _ => None,
        };
        let record = match known {
            Some(record) => *record,
            None => match self.threads.run_record(&self.thread, &self.id.to_string()).await {
                Ok(record) => record,
                // It was taken back.
                Err(StoryError::ThreadRunNotFound { .. }) => {
                    self.end(0, ThreadRunStatus::Interrupted, None);
                    return Ok(());
                }
                Err(error) => return Err(error),
            },
        };

        match (record.part.run, record.outcome, &record.reply) {
            (Some(_), _, None) => self.begin(record).await,
            (None, Some(outcome), _) => self.tell_still(record, outcome).await,
            (Some(_), Some(outcome), Some(_)) => {
                self.end(0, outcome, record.error.as_deref());
                Ok(())
            }
            _ => {
                if let WatchStage::Waiting { look, .. } = &mut self.stage {
                    tokio::time::sleep(*look).await;
                    *look = (*look * 2).min(LAST_LOOK);
                }
                Ok(())
            }
        }
    }

    /// One that had nothing to do, or could not begin.
    async fn tell_still(
        &mut self,
        record: ThreadRunRecord,
        outcome: ThreadRunStatus,
    ) -> Result<(), StoryError> {
        let runs = self.threads.runs_of(&self.thread).await?;
        let point = match record.outcome {
            Some(ThreadRunStatus::Success) => self.threads.point_of(&self.thread, &runs, record.base).await?,
            _ => None,
        };
        let values = point.as_ref().map(|point| shown_values(&point.state));
        self.tell(1, "begin", json!({ "values": values }));
        if let (Some(point), ThreadHead::Run(engine, _)) = (&point, record.base) {
            let run = self.threads.engine_run(engine).await?;
            if is_still(&run) && Some((engine, run.step)) == point.of_run {
                let place = super::told_place(self.thread.id, &runs, point);
                for asked in super::open_interrupts(&run, place) {
                    let data = json!({
                        "interrupt": asked,
                        "values": shown_values(&point.state),
                        "task_name": run.questions.first().map(|open| open.at.node.clone()),
                    });
                    self.tell(2, "interrupt", data);
                }
            }
        }
        self.end(3, outcome, record.error.as_deref());

        Ok(())
    }

    async fn begin(&mut self, record: ThreadRunRecord) -> Result<(), StoryError> {
        let Some(engine) = record.part.run else {
            return Ok(());
        };
        self.step = record.part.first_step;
        let mut anew = false;
        if !self.end_only {
            let data;
            (anew, data) = self.beginning(&record).await?;
            let number = event_base(record.part.ordinal) + record.part.first_event;
            self.tell(number, "begin", data);
        }

        let watch = self.runs.watch_run(engine, record.part.first_event).await?;
        self.stage = WatchStage::Watching {
            record: Box::new(record),
            watch: Box::new(watch),
            anew,
        };
        Ok(())
    }

    /// Whether it begins at the graph's start, and what is told of it. Notes which checkpoint it begins at.
    async fn beginning(&mut self, record: &ThreadRunRecord) -> Result<(bool, Value), StoryError> {
        let runs = self.threads.runs_of(&self.thread).await?;
        let first = runs
            .iter()
            .filter(|run| run.part.run == record.part.run)
            .min_by_key(|run| run.place);
        let is_first = first.is_none_or(|first| first.id == record.id);
        let anew = is_first && begins_anew(record);

        let point = self
            .threads
            .run_point(self.thread.id, record.part, record.part.first_step)
            .await;
        let data = match point {
            Ok(point) => {
                let place = super::told_place(self.thread.id, &runs, &point);
                self.base = (!anew).then_some(place);
                json!({
                    "anew": anew,
                    "values": shown_values(&point.state),
                    "next": point.next,
                    "step": point.step,
                    "checkpoint_id": place,
                    "parent_checkpoint_id": anew.then(|| checkpoint_id(self.thread.id, record.part.ordinal, 0)),
                    "tasks": tasks_of(place, &point.next),
                    "input": record.request.input,
                })
            }
            // Its first state is not kept any more.
            Err(StoryError::CheckpointNotFound { .. }) => json!({ "values": null }),
            Err(error) => return Err(error),
        };

        Ok((anew, data))
    }

    async fn listen(&mut self) -> Result<(), StoryError> {
        let WatchStage::Watching { record, watch, anew } = &mut self.stage else {
            return Ok(());
        };
        let (record, anew) = (record.clone(), *anew);
        let Some(seen) = watch.next().await else {
            self.stage = WatchStage::Over;
            return Ok(());
        };

        let mut seen = seen?;
        let number = match seen.number {
            0 => 0,
            number => event_base(record.part.ordinal) + number,
        };
        seen.number = number;
        let data: Value = serde_json::from_str(&seen.data).unwrap_or_default();
        match seen.kind.as_str() {
            "checkpoint" if self.end_only => self.note_step(&data),
            "checkpoint" => {
                let state = self.state_after(&record, &data, anew).await?;
                self.note_step(&data);
                seen.data = state.to_string();
                self.ready.push_back(seen);
            }
            "question" => {
                if self.end_only && self.step == record.part.first_step {
                    // Which checkpoint it asks at.
                    self.beginning(&record).await?;
                }
                seen.data = self.ask(&record, &data).await?.to_string();
                seen.kind = "interrupt".to_owned();
                self.ready.push_back(seen);
            }
            "status" => {
                let ended = match data["status"].as_str() {
                    Some("waiting_for_input" | "completed") => Some(ThreadRunStatus::Success),
                    Some("failed") => Some(ThreadRunStatus::Error),
                    Some("cancelled") => Some(ThreadRunStatus::Interrupted),
                    _ => None,
                };
                if let Some(status) = ended {
                    let engine = record.part.run.unwrap_or_default();
                    let failed = status == ThreadRunStatus::Error;
                    let run: Option<Run> = if failed {
                        Some(self.threads.engine_run(engine).await?)
                    } else {
                        None
                    };
                    // Behind the last step nothing is left to stop before, but it is told.
                    let after = &record.request.pause.after;
                    let stopped =
                        data["status"] == "completed" && self.nodes.iter().any(|node| after.has(node));
                    let error = run.and_then(|run| run.error_message);
                    let values = self.end_values(&record).await?;
                    self.end_at(number, status, (error.as_deref(), values), stopped);
                }
            }
            // It stopped where it was to; somebody else's pause says no nodes.
            "pause" if data["before"].is_array() => {
                let values = self.end_values(&record).await?;
                self.end_at(number, ThreadRunStatus::Success, (None, values), true);
            }
            "error" => {}
            _ if self.end_only => {}
            _ => self.ready.push_back(seen),
        }

        Ok(())
    }

    /// The values that it came to, where they were not told before.
    async fn end_values(&self, record: &ThreadRunRecord) -> Result<Option<Value>, StoryError> {
        if !self.end_only {
            return Ok(None);
        }

        let point = self
            .threads
            .run_point(self.thread.id, record.part, self.step)
            .await;
        match point {
            Ok(point) => Ok(Some(json!(shown_values(&point.state)))),
            Err(StoryError::CheckpointNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The state that a step came to.
    async fn state_after(
        &self,
        record: &ThreadRunRecord,
        data: &Value,
        anew: bool,
    ) -> Result<Value, StoryError> {
        let step = data["step"].as_u64().unwrap_or_default();
        let part = record.part;
        let point = match self.threads.run_point(self.thread.id, part, step).await {
            Ok(point) => point,
            Err(StoryError::CheckpointNotFound { .. }) => return Ok(json!({ "values": null })),
            Err(error) => return Err(error),
        };
        let before = step
            .checked_sub(1)
            .filter(|before| *before >= part.first_step || anew);

        Ok(json!({
            "values": shown_values(&point.state),
            "next": point.next,
            "step": point.step,
            "engine_step": step,
            "checkpoint_id": point.checkpoint,
            "parent_checkpoint_id": before.map(|before| self.place_of(part, before)),
            "tasks": tasks_of(point.checkpoint, &point.next),
        }))
    }

    /// The checkpoint's id of a step.
    fn place_of(&self, part: RunPart, step: u64) -> Uuid {
        let own = || checkpoint_id(self.thread.id, part.ordinal, step + 1);
        match self.base {
            Some(base) if step == part.first_step => base,
            _ => own(),
        }
    }

    async fn ask(&self, record: &ThreadRunRecord, data: &Value) -> Result<Value, StoryError> {
        let node = data["node"].as_str().unwrap_or_default();
        let point = self
            .threads
            .run_point(self.thread.id, record.part, self.step)
            .await?;
        let id = data["id"].as_str().unwrap_or_default();
        let place = self.place_of(record.part, self.step);

        Ok(json!({
            "interrupt": super::interrupt(id, &data["question"], task_id(place, node)),
            "values": shown_values(&point.state),
            "task_name": node,
        }))
    }

    fn tell(&mut self, number: u64, kind: &str, data: Value) {
        self.ready.push_back(Seen {
            number,
            kind: kind.to_owned(),
            data: data.to_string(),
            at: None,
        });
    }

    /// Several nodes of one step say so one after another.
    fn note_step(&mut self, checkpoint: &Value) {
        let step = checkpoint["step"].as_u64().unwrap_or(self.step);
        if step != self.step {
            self.nodes.clear();
        }
        self.step = step;
        self.nodes.extend(checkpoint["node"].as_str().map(str::to_owned));
    }

    fn end(&mut self, number: u64, status: ThreadRunStatus, error: Option<&str>) {
        self.end_at(number, status, (error, None), false);
    }

    /// `paused`: it stopped where it was to.
    fn end_at(
        &mut self,
        number: u64,
        status: ThreadRunStatus,
        (error, values): (Option<&str>, Option<Value>),
        paused: bool,
    ) {
        let mut data = json!({ "status": status.as_str(), "error": error, "paused": paused });
        if let Some(values) = values {
            data["values"] = values;
        }
        self.tell(number, "end", data);
        self.stage = WatchStage::Over;
    }
}

fn tasks_of(checkpoint: Uuid, next: &[String]) -> Value {
    let tasks = next
        .iter()
        .map(|node| json!({ "id": task_id(checkpoint, node), "name": node }));
    tasks.collect()
}
