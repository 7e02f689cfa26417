//! The rows and requests that cross [`super::Store`]. Plain data: nothing here decides anything beyond which statuses
//! are terminal.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::pause::PausePoints;

/// A run's id.
pub type RunId = Uuid;
/// Whoever the run belongs to.
pub type OwnerId = Uuid;

/// Where a run stands. `queued → running | cancelled`; `running → waiting_for_input | completed | failed | cancelling`;
/// `waiting_for_input → queued | cancelled`; `cancelling → cancelled`. The last three are terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunStatus {
    Queued,
    Running,
    WaitingForInput,
    Cancelling,
    Completed,
    Failed,
    Cancelled,
}

impl RunStatus {
    /// Every status, in the order above.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::WaitingForInput,
        Self::Cancelling,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its name in the database and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::WaitingForInput => "waiting_for_input",
            Self::Cancelling => "cancelling",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// Whether nothing will happen to the run any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks: an owner sees only what is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only this owner's runs.
    Owner(OwnerId),
    /// The platform itself.
    System,
}

impl Access {
    /// Whether this access covers the owner's rows.
    pub fn covers(self, owner: OwnerId) -> bool {
        match self {
            Self::Owner(id) => id == owner,
            Self::System => true,
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub owner: OwnerId,
    pub graph: String,
    pub status: RunStatus,
    /// Free text of the graph.
    pub phase: String,
    /// 0 to 100.
    pub progress: f64,
    /// Last committed step; 0 before the first.
    pub step: u64,
    /// Rises with every claim.
    pub fence: i64,
    /// Who holds the run.
    pub worker: Option<String>,
    /// The run may be claimed from this time on.
    pub lease_until: DateTime<Utc>,
    /// Failed attempts of the current step.
    pub attempt: u32,
    /// Workers in a row that vanished with this run before they committed anything.
    pub lost: u32,
    /// Why it failed, in words for its user.
    pub error_message: Option<String>,
    /// The same for programs: a stable word in capitals.
    pub error_reason: Option<String>,
    /// The node that failed it.
    pub failed_node: Option<String>,
    /// Nobody takes it up before it is resumed.
    pub paused: bool,
    /// It is paused because it stopped at one of its own pause points.
    pub held: bool,
    /// The oldest open question.
    pub question: Option<Value>,
    /// All open questions, oldest first.
    pub questions: Vec<OpenQuestion>,
    pub idempotency_key: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    /// When the work began, or began again after an answer; time limits count from here.
    pub active_since: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub forked_from: Option<RunId>,
    /// Number of the newest event.
    pub last_event: u64,
    pub options: RunOptions,
}

/// What its owner wants of a run beyond its graph's own rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// A higher one is taken first among the runs of one share.
    pub priority: i32,
    /// Runs of one owner with the same key run one after another, in the order of their creation.
    pub concurrency_key: Option<String>,
    /// Checkpoints kept while it works; the worker's number when not given.
    pub keep_last: Option<u32>,
    /// So long after its end only its newest checkpoint stays; the worker's time when not given.
    pub ttl_seconds: Option<u32>,
    /// Where it stops by itself.
    pub pause: PausePoints,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenQuestion {
    pub id: Uuid,
    /// Where its answer is written.
    pub at: EffectKey,
    /// As the node asked it.
    pub question: Value,
    pub asked_at: DateTime<Utc>,
    /// From then on it counts as declined.
    pub expires_at: Option<DateTime<Utc>>,
}

impl OpenQuestion {
    /// A question has the same id however often its node runs.
    pub fn id_of(run: RunId, at: &EffectKey) -> Uuid {
        let mut hash = blake3::Hasher::new();
        hash.update(run.as_bytes());
        hash.update(&at.step.to_le_bytes());
        hash.update(at.node.as_bytes());
        hash.update(&at.item.to_le_bytes());
        hash.update(at.key.as_bytes());

        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// What a person says to a question, or the clock.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Answer(Value),
    Decline,
    /// Nobody said anything in time.
    Expire,
}

/// The key under which the journal keeps that a question was closed without an answer.
const CLOSED: &str = "@closed";

impl Reply {
    /// What the asking node reads.
    pub fn journalled(&self) -> Value {
        match self {
            Self::Answer(answer) => answer.clone(),
            Self::Decline => serde_json::json!({ CLOSED: "declined" }),
            Self::Expire => serde_json::json!({ CLOSED: "expired" }),
        }
    }

    /// What the asking node was told.
    pub(crate) fn read(journalled: Value) -> Self {
        match journalled.get(CLOSED).and_then(Value::as_str) {
            Some("declined") => Self::Decline,
            Some("expired") => Self::Expire,
            _ => Self::Answer(journalled),
        }
    }

    /// The event that says so.
    pub fn event(&self, question: Uuid) -> NewEvent {
        let mut data = serde_json::json!({
            "question_id": question,
            "declined": matches!(self, Self::Decline),
            "expired": matches!(self, Self::Expire),
        });
        if let Self::Answer(answer) = self {
            data["answer"] = answer.clone();
        }

        NewEvent {
            kind: "answer".to_owned(),
            data: data.to_string(),
            step: None,
        }
    }
}

/// What somebody outside wants of a run that a worker holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steered {
    Cancel,
    /// Hand it back after the step.
    Pause,
}

/// A run that ended badly and is to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Reopen {
    pub access: Access,
    pub run: RunId,
    /// A full record that takes the place of the newest checkpoint, which has the same step.
    pub checkpoint: Option<SavedCheckpoint>,
    pub at: DateTime<Utc>,
}

/// Makes starting a run safe to repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Unique for the owner.
    pub key: String,
    /// A hash of the request: the same key with another request is refused.
    pub fingerprint: Vec<u8>,
}

/// Whose share of the workers a run counts to, so that nobody holds all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The owner; or what stands for all owners who may be one and the same person.
    pub key: Uuid,
    /// Comes after everybody who is no guest.
    pub guest: bool,
}

impl Share {
    /// The owner's own.
    pub fn of_owner(owner: OwnerId) -> Self {
        Self {
            key: owner,
            guest: false,
        }
    }
}

/// A run to be written. [`crate::Runs::prepare`] makes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    pub id: RunId,
    pub owner: OwnerId,
    pub share: Share,
    pub graph: String,
    pub phase: String,
    /// The first state, as a full record of [`crate::codec`].
    pub input: Vec<u8>,
    /// The step that the input is the checkpoint of; 0 for a run that begins at the beginning.
    pub first_step: u64,
    pub forked_from: Option<RunId>,
    pub options: RunOptions,
    pub idempotency: Option<Idempotency>,
    pub created_at: DateTime<Utc>,
    /// Not to be claimed before this.
    pub due_at: DateTime<Utc>,
    /// Of which trace the work is a part, as whoever follows traces wrote it down.
    pub trace: Option<String>,
    pub events: Vec<NewEvent>,
}

/// What [`super::Store::create`] did.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// The run was written.
    New(Run),
    /// The key had made this run before; nothing was written.
    Existing(Run),
}

impl Created {
    /// The run, new or not.
    pub fn run(self) -> Run {
        match self {
            Self::New(run) | Self::Existing(run) => run,
        }
    }
}

/// Which of an owner's runs to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    pub status: Option<RunStatus>,
    pub graph: Option<String>,
    /// Runs older than this one: (created_at, id) of the last run of the previous page.
    pub before: Option<(DateTime<Utc>, RunId)>,
    pub limit: u32,
}

/// A worker's wish for work.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Unique for the life of the worker.
    pub worker: String,
    pub graphs: Vec<String>,
    /// Runs of guests, or of all others.
    pub guests: bool,
    pub limit: u32,
    /// Runs of one share that this worker may hold, those it holds already included.
    pub most_of_share: u32,
    pub now: DateTime<Utc>,
    pub lease_until: DateTime<Utc>,
}

/// A run in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub run: Run,
    /// As in [`NewRun::input`].
    pub input: Vec<u8>,
    /// This claim is where the run begins, or begins again after an answer.
    pub began: bool,
    /// As in [`NewRun::trace`].
    pub trace: Option<String>,
}

/// One run that the worker still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    pub run: RunId,
    pub fence: i64,
    pub cancelling: bool,
}

/// One recorded checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedCheckpoint {
    pub step: u64,
    /// The step of the full record this one is read from; its own when it is full; 0 when that is the run's input.
    pub base: u64,
    /// See [`crate::codec`].
    pub record: Vec<u8>,
    /// Where the record's body lies when it was moved out.
    pub spilled: Option<String>,
}

/// A checkpoint in the history of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointInfo {
    pub step: u64,
    /// Encoded; [`crate::codec::frontier`] reads what runs next.
    pub record: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

/// Where an effect's result is kept: once per task of a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectKey {
    /// The step that the task belongs to.
    pub step: u64,
    pub node: String,
    /// Index of the fan-out item, or -1.
    pub item: i64,
    pub key: String,
}

/// The journalled result of an effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub at: EffectKey,
    /// JSON text.
    pub value: String,
}

/// Everything a worker needs to go on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resume {
    /// The chain of the newest checkpoint, oldest first; empty before the first step was committed.
    pub chain: Vec<SavedCheckpoint>,
    /// Effects of steps that are not committed.
    pub effects: Vec<Effect>,
    /// Events that nodes of the step after the newest checkpoint have emitted.
    pub events: Vec<Event>,
}

/// An event to be numbered.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub kind: String,
    /// JSON text.
    pub data: String,
    /// The step whose node emitted it; `None` for the engine's own.
    pub step: Option<u64>,
}

/// A numbered event. Its number is its place in the run: 1, 2, 3…
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub number: u64,
    pub kind: String,
    /// JSON text.
    pub data: String,
    pub at: DateTime<Utc>,
}

/// What a commit does to the run's own row.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Phase and progress, both shown to users.
    Progress { phase: String, progress: f64 },
    /// The step failed and is tried again at `until`; the lease is given back until then.
    Retry { attempt: u32, until: DateTime<Utc> },
    /// Handed back: anyone may go on with it from `until`.
    Release { until: DateTime<Utc> },
    /// Parked until [`super::Store::answer`] has closed all of them, oldest first.
    Wait { questions: Vec<OpenQuestion> },
    /// Stopped at a pause point: paused, and time limits count anew when it goes on. From now on these are its points. A run that
    /// is being cancelled does not stop.
    Hold { points: PausePoints },
    /// Ended well; progress becomes 100.
    Complete,
    /// Ended badly.
    Fail(RunFailure),
    /// Ended by request.
    Cancel,
}

/// Why a run ends badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// In words for its user.
    pub message: String,
    /// For programs: a stable word in capitals.
    pub reason: Option<String>,
    /// The node that failed it, when one did.
    pub node: Option<String>,
}

impl RunFailure {
    /// One that no node is to blame for.
    pub fn new(message: impl Into<String>, reason: &str) -> Self {
        Self {
            message: message.into(),
            reason: Some(reason.to_owned()),
            node: None,
        }
    }
}

/// One fenced write. Empty parts are left out; a commit of only a change, an effect or events is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    pub run: RunId,
    pub fence: i64,
    pub at: DateTime<Utc>,
    pub checkpoint: Option<SavedCheckpoint>,
    pub effect: Option<Effect>,
    /// Numbered in this order, after whatever the run has.
    pub events: Vec<NewEvent>,
    pub change: Option<Change>,
    /// Forget failed attempts and lost workers: the run got somewhere.
    pub reset: bool,
    /// Delete effects of this step and those before it.
    pub drop_effects: Option<u64>,
    /// Delete checkpoints of steps below this.
    pub prune_below: Option<u64>,
}

impl Commit {
    /// Nothing yet.
    pub fn new(run: RunId, fence: i64, at: DateTime<Utc>) -> Self {
        Self {
            run,
            fence,
            at,
            checkpoint: None,
            effect: None,
            events: Vec::new(),
            change: None,
            reset: false,
            drop_effects: None,
            prune_below: None,
        }
    }
}

/// What a write has numbered and deleted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Committed {
    /// The commit's events with their numbers.
    pub events: Vec<Event>,
    /// Large bodies that no checkpoint needs any more.
    pub spilled: Vec<String>,
}

/// A run that starts at another's checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFork {
    pub id: RunId,
    /// Only when it may see the source; the fork belongs to the source's owner.
    pub access: Access,
    pub source: RunId,
    /// A full record of the source's state and frontier at that step.
    pub checkpoint: SavedCheckpoint,
    pub events: Vec<NewEvent>,
    pub at: DateTime<Utc>,
}

/// How much history is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Newest checkpoints kept of a run while it works; older ones go with the step that makes them superfluous.
    pub keep_last: u32,
    /// So long after the end of a run only its newest checkpoint stays.
    pub max_age: chrono::Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            keep_last: 10,
            max_age: chrono::Duration::hours(24),
        }
    }
}

/// What [`super::Store::expire`] deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    pub checkpoints: u64,
    /// Large bodies that no checkpoint needs any more.
    pub spilled: Vec<String>,
    /// There is more to delete: call again soon.
    pub more: bool,
}
