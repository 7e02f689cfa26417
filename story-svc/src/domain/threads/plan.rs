//! What a run of a thread begins with: decided from where the thread stands and from what the run was asked for. Writes nothing.

use flow::{Access, Frontier, Ready, Run, RunStatus, StoreError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Threads;
use super::advance::rests;
use crate::domain::runs::find_answer_faults;
use crate::domain::schema_faults::find_schema_faults;
use crate::domain::thread::{
    RunPart, ThreadHead, ThreadPoint, ThreadRecord, ThreadRunRecord, change_values, checkpoint_id,
    read_checkpoint_id, take_input,
};
use crate::domain::workflows::read_state;
use crate::error::StoryError;
use crate::graphs::workflow::definition::{Compiled, NodeKind};
use crate::graphs::workflow::state::KeptState;

/// What a run of a thread does first.
pub(super) enum Start {
    /// Nothing: the thread stands at its end, or waits still.
    Still,
    /// Answers a run that waits.
    Reply { run: Box<Run>, answers: Value },
    /// Another run of the engine.
    Begin(Box<RunBeginning>),
}

/// With what a run of the engine begins.
pub(super) struct RunBeginning {
    pub(super) state: KeptState,
    /// Where in the graph; at its start without one.
    pub(super) point: Option<(Uuid, u64, Frontier)>,
    pub(super) step_offset: i64,
    /// Where the thread stood, not with an input.
    pub(super) goes_on: bool,
    /// Given to what it asks first.
    pub(super) resume: Option<Value>,
}

impl Threads {
    /// The state that the thread stands at.
    pub(super) async fn head_point(
        &self,
        thread: &ThreadRecord,
        runs: &[ThreadRunRecord],
    ) -> Result<Option<ThreadPoint>, StoryError> {
        self.point_of(thread, runs, thread.head).await
    }

    pub(super) async fn point_of(
        &self,
        thread: &ThreadRecord,
        runs: &[ThreadRunRecord],
        head: ThreadHead,
    ) -> Result<Option<ThreadPoint>, StoryError> {
        match head {
            ThreadHead::Nowhere => Ok(None),
            ThreadHead::State(id) => self.placed_point(thread, id).await.map(Some),
            ThreadHead::Run(run, step) => {
                let part = part_of(runs, run).ok_or(StoryError::CheckpointNotFound { id: run })?;
                let step = match step {
                    Some(step) => step,
                    None => self.engine_run(run).await?.step,
                };
                self.run_point(thread.id, part, step).await.map(Some)
            }
        }
    }

    async fn placed_point(&self, thread: &ThreadRecord, id: Uuid) -> Result<ThreadPoint, StoryError> {
        let (db, key) = (
            self.workflows.db.user(thread.owner_id),
            (thread.id, thread.owner_id),
        );
        let placed = crate::store::threads::find_state(&db, key, id).await?;
        let placed = placed.ok_or(StoryError::CheckpointNotFound { id })?;

        Ok(ThreadPoint {
            checkpoint: placed.id,
            state: placed.state,
            frontier: placed.frontier,
            next: placed.next,
            step: placed.step,
            of_run: None,
        })
    }

    /// A step of a run of the engine.
    pub(super) async fn run_point(
        &self,
        thread: Uuid,
        part: RunPart,
        step: u64,
    ) -> Result<ThreadPoint, StoryError> {
        let id = checkpoint_id(thread, part.ordinal, step + 1);
        let run = part.run.ok_or(StoryError::CheckpointNotFound { id })?;
        let view = match self.workflows.runs.checkpoint(Access::System, run, step).await {
            Ok(view) => view,
            Err(StoreError::NoCheckpoint | StoreError::NotFound) => {
                return Err(StoryError::CheckpointNotFound { id });
            }
            Err(error) => return Err(StoryError::Runs(error)),
        };
        let state = read_state(&view.state)?;
        let next = match view.frontier == Frontier::start() {
            true => state.definition.start.clone(),
            false => view.next,
        };

        Ok(ThreadPoint {
            checkpoint: id,
            state: KeptState::of_state(&state),
            next,
            step: part.step_offset + i64::try_from(step).unwrap_or_default(),
            frontier: view.frontier,
            of_run: Some((run, step)),
        })
    }

    /// The state that a checkpoint's id names.
    pub(super) async fn named_point(
        &self,
        thread: &ThreadRecord,
        runs: &[ThreadRunRecord],
        id: Uuid,
    ) -> Result<ThreadPoint, StoryError> {
        let Some((ordinal, place)) = read_checkpoint_id(thread.id, id) else {
            return self.placed_point(thread, id).await;
        };
        let part = runs
            .iter()
            .map(|run| run.part)
            .filter(|part| part.ordinal == ordinal && ordinal > 0);
        let part = part
            .min_by_key(|part| part.first_event)
            .ok_or(StoryError::CheckpointNotFound { id })?;

        match place.checked_sub(1) {
            Some(step) => self.run_point(thread.id, part, step).await,
            // Before its input: where the thread stood then.
            None => {
                let base = runs
                    .iter()
                    .find(|run| run.part.ordinal == ordinal && run.part.first_event == part.first_event);
                let base = base.map_or(ThreadHead::Nowhere, |run| run.base);
                let before = Box::pin(self.point_of(thread, runs, base)).await?;
                let state = before.map_or_else(empty_state, |before| before.state);
                Ok(ThreadPoint {
                    checkpoint: id,
                    state,
                    frontier: Frontier::start(),
                    next: vec!["__start__".to_owned()],
                    step: part.step_offset - 1,
                    of_run: None,
                })
            }
        }
    }

    /// What the run does first. `runs` are the thread's, newest first.
    ///
    /// # Errors
    /// All fields that do not fit.
    pub(super) async fn plan(
        &self,
        thread: &ThreadRecord,
        runs: &[ThreadRunRecord],
        run: &ThreadRunRecord,
        compiled: &Compiled,
    ) -> Result<(Start, ThreadHead), StoryError> {
        let (point, waits) = match run.request.checkpoint_id {
            Some(id) => {
                self.require_kept(thread, id).await?;
                (Some(self.named_point(thread, runs, id).await?), None)
            }
            None => (
                self.head_point(thread, runs).await?,
                self.waiting_run(thread).await?,
            ),
        };
        let base = match (&point, run.request.checkpoint_id) {
            (Some(point), _) => match point.of_run {
                Some((engine, step)) => ThreadHead::Run(engine, Some(step)),
                None => ThreadHead::State(point.checkpoint),
            },
            (None, _) => ThreadHead::Nowhere,
        };

        let start = decide(run, compiled, point, waits, &|| self.workflows.ids.id())?;
        Ok((start, base))
    }

    /// The run that the thread stands at, when it waits for answers.
    async fn waiting_run(&self, thread: &ThreadRecord) -> Result<Option<Run>, StoryError> {
        let resting = self.resting_run(thread).await?;
        Ok(resting.filter(|run| run.status == RunStatus::WaitingForInput))
    }

    /// The run that the thread stands at, when it waits for answers or stopped where it was to.
    pub(super) async fn resting_run(&self, thread: &ThreadRecord) -> Result<Option<Run>, StoryError> {
        let ThreadHead::Run(run, None) = thread.head else {
            return Ok(None);
        };
        let run = self.engine_run(run).await?;
        Ok(rests(&run).then_some(run))
    }
}

/// The part of the engine's run that the thread's first run of it is.
pub(super) fn part_of(runs: &[ThreadRunRecord], engine: Uuid) -> Option<RunPart> {
    let parts = runs
        .iter()
        .map(|run| run.part)
        .filter(|part| part.run == Some(engine));
    parts.min_by_key(|part| part.first_event)
}

fn empty_state() -> KeptState {
    KeptState::fresh(json!({}), json!({}), Map::new())
}

fn decide(
    run: &ThreadRunRecord,
    compiled: &Compiled,
    point: Option<ThreadPoint>,
    waits: Option<Run>,
    id: &dyn Fn() -> Uuid,
) -> Result<Start, StoryError> {
    let asked = &run.request;
    let steers = asked.update.is_some() || !asked.goto.is_empty();
    let waiting = waits.is_some();
    if let (Some(resume), Some(run), false) = (&asked.resume, waits, steers) {
        let answers = match_answers(&run, resume)?;
        return Ok(Start::Reply {
            run: Box::new(run),
            answers,
        });
    }

    let mut goes_on = steers || asked.input.is_none();
    let fresh = point.is_none();
    let point = point.unwrap_or_else(|| ThreadPoint {
        checkpoint: Uuid::nil(),
        state: empty_state(),
        frontier: Frontier::start(),
        next: compiled.start.clone(),
        step: -2,
        of_run: None,
    });
    if fresh && goes_on && asked.goto.is_empty() {
        return Err(StoryError::invalid(
            "input",
            "an object: the thread has no values yet",
        ));
    }

    let mut state = point.state;
    set_config(&mut state, compiled, &asked.config)?;
    if let Some(update) = &asked.update {
        change_values(&mut state, update.clone(), id);
    }
    let mut frontier = point.frontier.clone();
    if !asked.goto.is_empty() {
        frontier = frontier_at(compiled, &asked.goto)?;
    }
    if let (Some(input), false) = (&asked.input, steers) {
        take_input(&mut state, input.clone(), id);
        frontier = Frontier::start();
        goes_on = false;
    }
    if frontier == Frontier::start() {
        check_input(&mut state, compiled)?;
    }
    if goes_on && (frontier.is_done() || (waiting && !steers)) {
        return Ok(Start::Still);
    }

    let source = point.of_run;
    // An answer is for what comes next, not for what is asked later.
    let mut next = compiled
        .nodes
        .iter()
        .filter(|node| frontier.ready.iter().any(|ready| ready.node == node.id));
    let asks_next = next.any(|node| matches!(node.kind, NodeKind::Question { .. }));
    let (kept, offset, at) = match frontier == Frontier::start() {
        true => {
            let root = state.root_mut().clone();
            let kept = KeptState::fresh(state.config.clone(), root.input, root.values);
            // An input is a step of its own.
            let offset = if goes_on { point.step } else { point.step + 2 };
            (kept, offset, None)
        }
        false => {
            if !compiled.has_all(frontier.nodes().iter()) {
                return Err(StoryError::invalid(
                    "assistant_id",
                    "one whose graph has the steps that are next",
                ));
            }
            let (source, step) = source.unwrap_or((run.thread_id, 0));
            let offset = point.step - i64::try_from(step).unwrap_or_default();
            (state, offset, Some((source, step, frontier)))
        }
    };

    Ok(Start::Begin(Box::new(RunBeginning {
        state: kept,
        point: at,
        step_offset: offset,
        goes_on,
        resume: asked.resume.clone().filter(|_| asks_next),
    })))
}

/// Nodes of the graph, to go on at.
pub(super) fn frontier_at(compiled: &Compiled, nodes: &[String]) -> Result<Frontier, StoryError> {
    if let Some(unknown) = nodes.iter().find(|node| compiled.node(node).is_none()) {
        return Err(StoryError::invalid(
            "command.goto",
            &format!("nodes of the graph, not {unknown}"),
        ));
    }
    let ready = compiled.nodes.iter().filter(|node| nodes.contains(&node.id));

    Ok(Frontier {
        ready: ready
            .map(|node| Ready {
                node: node.id.clone(),
                items: None,
            })
            .collect(),
        waiting: Vec::new(),
    })
}

fn set_config(
    state: &mut KeptState,
    compiled: &Compiled,
    given: &Map<String, Value>,
) -> Result<(), StoryError> {
    let mut config = state.config.as_object().cloned().unwrap_or_default();
    config.extend(given.clone());
    let config = Value::Object(config);
    let faults = compiled.config_schema.as_ref();
    let faults = faults
        .map(|schema| find_schema_faults(schema, &config, "context"))
        .unwrap_or_default();
    state.config = config;

    match faults.is_empty() {
        true => Ok(()),
        false => Err(StoryError::Invalid { fields: faults }),
    }
}

fn check_input(state: &mut KeptState, compiled: &Compiled) -> Result<(), StoryError> {
    let input = state.root_mut().input.clone();
    let faults = compiled.input_schema.as_ref();
    let faults = faults
        .map(|schema| find_schema_faults(schema, &input, "input"))
        .unwrap_or_default();

    match faults.is_empty() {
        true => Ok(()),
        false => Err(StoryError::Invalid { fields: faults }),
    }
}

/// Which question gets which answer: one for the only question, or an object of answers by the ids of their questions.
pub(super) fn match_answers(run: &Run, resume: &Value) -> Result<Value, StoryError> {
    let by_id = resume.as_object().filter(|answers| {
        let known = |id: &String| {
            run.questions
                .iter()
                .any(|open| open.id.simple().to_string() == *id)
        };
        !answers.is_empty() && answers.keys().all(known)
    });

    let mut matched = Map::new();
    let mut faults = Vec::new();
    for open in &run.questions {
        let id = open.id.simple().to_string();
        let answer = match by_id {
            Some(answers) => answers.get(&id),
            None if run.questions.len() == 1 => Some(resume),
            None => {
                let expected = "an object of answers by the ids of their questions: several are open";
                return Err(StoryError::invalid("command.resume", expected));
            }
        };
        if let Some(answer) = answer {
            let found = find_answer_faults(&open.question, answer);
            faults.extend(found.into_iter().map(|mut fault| {
                fault.field = fault.field.replacen("answer", "command.resume", 1);
                fault
            }));
            matched.insert(open.id.to_string(), answer.clone());
        }
    }

    match faults.is_empty() {
        true => Ok(json!({ "answers": matched })),
        false => Err(StoryError::Invalid { fields: faults }),
    }
}
