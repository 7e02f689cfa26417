//! What a node can do besides thinking: journal effects, ask, tell, and notice that it should stop. One per task; cheap
//! to clone. Nothing here changes the state; only the node's update does.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::error::{NodeError, NodeErrorKind};
use crate::scope::RunScope;
use crate::store::{Change, Effect, EffectKey, NewEvent, OwnerId, Reply, RunId, RunStatus, StoreError};

/// Why a run's nodes are told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// Someone cancelled the run.
    Cancelled,
    /// It took longer than its soft limit.
    SoftLimit,
}

/// Tells a run's nodes to stop, and why. A cancellation wins over a limit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    any: CancellationToken,
    cancelled: CancellationToken,
}

impl Stop {
    pub(crate) fn stop(&self, reason: StopReason) {
        if reason == StopReason::Cancelled {
            self.cancelled.cancel();
        }
        self.any.cancel();
    }

    pub(crate) fn reason(&self) -> Option<StopReason> {
        if self.cancelled.is_cancelled() {
            Some(StopReason::Cancelled)
        } else {
            self.any.is_cancelled().then_some(StopReason::SoftLimit)
        }
    }

    /// For any reason.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.any
    }

    /// For a cancellation only.
    pub(crate) fn cancellation(&self) -> &CancellationToken {
        &self.cancelled
    }
}

/// Results of effects by key; a cell is filled once.
type Cells = HashMap<String, Arc<OnceCell<Arc<str>>>>;

/// One task of one step: a node, for at most one item.
pub(crate) struct Task {
    pub(crate) scope: Arc<RunScope>,
    pub(crate) step: u64,
    pub(crate) node: String,
    /// Index of the item, or -1.
    pub(crate) index: i64,
    pub(crate) item: Option<Arc<Value>>,
    pub(crate) attempt: u32,
    cells: Mutex<Cells>,
    asked: Mutex<Asked>,
    on_commit: Mutex<OnCommit>,
}

/// What a task says when its step is committed.
#[derive(Default)]
pub(crate) struct OnCommit {
    pub(crate) events: Vec<NewEvent>,
    /// Behind the final status, when the run ends with the step.
    pub(crate) last_words: Vec<NewEvent>,
}

#[derive(Default)]
struct Asked {
    count: u32,
    open: Option<(Value, EffectKey)>,
}

/// A node's view of its run.
#[derive(Clone)]
pub struct Context {
    task: Arc<Task>,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("run", &self.run_id())
            .field("step", &self.task.step)
            .field("node", &self.task.node)
            .field("item", &self.task.index)
            .finish_non_exhaustive()
    }
}

impl Task {
    pub(crate) fn new(
        scope: Arc<RunScope>,
        step: u64,
        node: String,
        item: Option<(i64, Arc<Value>)>,
    ) -> Self {
        let (index, item) = item.map_or((-1, None), |(index, item)| (index, Some(item)));
        Self {
            attempt: scope.attempt() + 1,
            scope,
            step,
            node,
            index,
            item,
            cells: Mutex::default(),
            asked: Mutex::default(),
            on_commit: Mutex::default(),
        }
    }

    pub(crate) fn key(&self, key: String) -> EffectKey {
        EffectKey {
            step: self.step,
            node: self.node.clone(),
            item: self.index,
            key,
        }
    }

    /// The question that the node stopped for, and where its answer belongs.
    pub(crate) fn open_question(&self) -> Option<(Value, EffectKey)> {
        lock(&self.asked).open.take()
    }

    pub(crate) fn take_on_commit(&self) -> OnCommit {
        std::mem::take(&mut *lock(&self.on_commit))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(crate) fn new(task: Arc<Task>) -> Self {
        Self { task }
    }

    /// The run's id.
    pub fn run_id(&self) -> RunId {
        self.task.scope.run
    }

    /// Whom the run belongs to.
    pub fn owner(&self) -> OwnerId {
        self.task.scope.owner
    }

    /// The step that this task belongs to; 1 is the first.
    pub fn step(&self) -> u64 {
        self.task.step
    }

    /// The node's name.
    pub fn node(&self) -> &str {
        &self.task.node
    }

    /// Which attempt of the step this is; 1 is the first.
    pub fn attempt(&self) -> u32 {
        self.task.attempt
    }

    /// The fan-out item that this task is for.
    ///
    /// # Errors
    /// Fatal when the node was not started by a fan-out, or its item is of another type.
    pub fn item<T: DeserializeOwned>(&self) -> Result<T, NodeError> {
        let item = self.task.item.as_deref().cloned().unwrap_or(Value::Null);
        serde_json::from_value(item).map_err(|e| NodeError::internal().caused_by(e))
    }

    /// Done when the node should stop: the run was cancelled, or took too long. A node that does not look is dropped
    /// shortly after a cancellation.
    pub fn cancelled(&self) -> &CancellationToken {
        self.task.scope.stop.token()
    }

    /// Why it should stop.
    pub fn stop_reason(&self) -> Option<StopReason> {
        self.task.scope.stop.reason()
    }

    /// Runs an effect at most once for this task: its result is journalled before it is returned, and read back when
    /// the step runs again after a crash or a failure. Calls with one key at the same time share one effect.
    /// At least once if the process dies between the effect and the journal, so effects should bear repetition.
    ///
    /// # Errors
    /// The effect's own error, which is not journalled; or the journal could not be written.
    pub async fn once<T, F, Fut>(&self, key: &str, effect: F) -> Result<T, NodeError>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, NodeError>>,
    {
        // Keys that begin with @ are the engine's own.
        let key = if key.starts_with('@') {
            format!("@{key}")
        } else {
            key.to_owned()
        };
        let at = self.task.key(key);
        let cell = Arc::clone(lock(&self.task.cells).entry(at.key.clone()).or_default());
        let value = cell
            .get_or_try_init(|| async {
                if let Some(value) = self.task.scope.journalled(&at) {
                    return Ok::<_, NodeError>(value);
                }

                let result = effect().await?;
                let value = serde_json::to_string(&result).map_err(|e| NodeError::internal().caused_by(e))?;
                self.task
                    .scope
                    .journal(Effect {
                        at,
                        value: value.clone(),
                    })
                    .await?;

                Ok(Arc::from(value))
            })
            .await?;

        serde_json::from_str(value).map_err(|e| NodeError::internal().caused_by(e))
    }

    /// Asks a person. Without an answer this returns an error that the node passes on with `?`; the run is parked, and
    /// the node starts again from its beginning once there is an answer. Questions of one node are told apart by their
    /// order.
    ///
    /// # Errors
    /// The interruption; or fatal when the answer is not a `T`, or nobody would answer.
    pub async fn ask<T: DeserializeOwned>(&self, question: impl Serialize) -> Result<T, NodeError> {
        match self.inquire(question).await? {
            Reply::Answer(answer) => serde_json::from_value(answer)
                .map_err(|e| NodeError::fatal("The answer does not have the expected form.").caused_by(e)),
            Reply::Decline => {
                Err(NodeError::fatal("The question was declined.").with_reason("QUESTION_DECLINED"))
            }
            Reply::Expire => {
                Err(NodeError::fatal("Nobody answered the question in time.").with_reason("QUESTION_EXPIRED"))
            }
        }
    }

    /// As [`Context::ask`], for a node that goes on without an answer, too. A question that says `expires_at` (RFC 3339)
    /// waits no longer than that. Several nodes of one step may ask at once.
    ///
    /// # Errors
    /// The interruption.
    pub async fn inquire(&self, question: impl Serialize) -> Result<Reply, NodeError> {
        let question = serde_json::to_value(question).map_err(|e| NodeError::internal().caused_by(e))?;
        let mut asked = lock(&self.task.asked);
        let at = self.task.key(format!("@ask:{}", asked.count));

        asked.count += 1;

        if let Some(answer) = self.task.scope.journalled(&at) {
            let told = serde_json::from_str(&answer);
            return told
                .map(Reply::read)
                .map_err(|e| NodeError::internal().caused_by(e));
        }

        asked.open = Some((question.clone(), at));

        Err(NodeError::new(
            NodeErrorKind::Ask {
                question: Box::new(question),
            },
            "waiting for an answer",
        ))
    }

    /// Writes a numbered event, visible at once. When the step runs again, an equal event is not written twice, so its
    /// data should not hold times or random values.
    ///
    /// # Errors
    /// The event could not be written.
    pub async fn emit(&self, kind: &str, data: impl Serialize) -> Result<(), NodeError> {
        let event = self.event(kind, data)?;
        self.task.scope.emit(event, None).await
    }

    /// Writes a numbered event together with the step's commit: either both happen or neither. At the end of the run it
    /// comes before the final `status`, so that whoever stops there has heard everything.
    ///
    /// # Errors
    /// Fatal when the data can not be written as JSON.
    pub fn emit_on_commit(&self, kind: &str, data: impl Serialize) -> Result<(), NodeError> {
        let event = self.event(kind, data)?;
        lock(&self.task.on_commit).events.push(event);
        Ok(())
    }

    /// The same for what a graph ends with in words of its own: at the end of the run it comes after the final `status`.
    ///
    /// # Errors
    /// Fatal when the data can not be written as JSON.
    pub fn emit_last(&self, kind: &str, data: impl Serialize) -> Result<(), NodeError> {
        let event = self.event(kind, data)?;
        lock(&self.task.on_commit).last_words.push(event);
        Ok(())
    }

    /// Sets what users see of the run, with a `status` event `{status, phase, progress}`.
    ///
    /// # Errors
    /// It could not be written.
    pub async fn progress(&self, phase: &str, percent: f64) -> Result<(), NodeError> {
        let progress = percent.clamp(0.0, 100.0);
        let event = self.event("status", status_data(RunStatus::Running, phase, progress))?;
        let phase = phase.to_owned();
        self.task
            .scope
            .emit(event, Some(Change::Progress { phase, progress }))
            .await
    }

    /// Sends a live value to whoever watches right now. Not kept, not numbered.
    pub fn delta(&self, data: Value) {
        self.task.scope.notify.live(self.task.scope.run, data);
    }

    fn event(&self, kind: &str, data: impl Serialize) -> Result<NewEvent, NodeError> {
        Ok(NewEvent {
            kind: kind.to_owned(),
            data: serde_json::to_string(&data).map_err(|e| NodeError::internal().caused_by(e))?,
            step: Some(self.task.step),
        })
    }
}

/// A store that does not answer is worth another attempt; a fence that moved means the run is no longer ours.
impl From<StoreError> for NodeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fenced => NodeError::lost(),
            other => NodeError::retryable("The run's storage did not answer.").caused_by(other),
        }
    }
}

/// The data of a `status` event.
pub fn status_data(status: RunStatus, phase: &str, progress: f64) -> Value {
    json!({ "status": status.as_str(), "phase": phase, "progress": progress })
}

/// What a user reads of a mistake in our own code.
pub(crate) const INTERNAL: &str = "Something went wrong on our side.";
pub(crate) const INTERNAL_REASON: &str = "INTERNAL_ERROR";
