//! What threads and their runs are: plain data that the rules, the store and the rpcs share; and how a checkpoint's id says which one
//! it is.

use chrono::{DateTime, Utc};
use flow::store::PausePoints;
use flow::{Frontier, RunId};
use kit::actor::Actor;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::graphs::workflow::state::KeptState;

/// The value that grows from run to run instead of being replaced.
const MESSAGES: &str = "messages";

/// Where a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadHead {
    /// Before its first run.
    Nowhere,
    /// At a step of a run of the engine; the newest without a number.
    Run(RunId, Option<u64>),
    /// At a state that somebody put in place.
    State(Uuid),
}

/// A thread as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct ThreadRecord {
    pub(crate) id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) head: ThreadHead,
    pub(crate) fence: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) state_updated_at: DateTime<Utc>,
    pub(crate) ttl: Option<ThreadTtl>,
    /// None: all of them.
    pub(crate) kept_from: Option<KeptFrom>,
}

/// How long a thread is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadTtl {
    /// It was made for one run, and goes when that has ended.
    OneRun,
    /// Its owner said so.
    Timed {
        strategy: TtlStrategy,
        seconds: i64,
        expires_at: DateTime<Utc>,
    },
}

/// What becomes of a thread whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TtlStrategy {
    Delete,
    /// Its older states go.
    KeepLatest,
}

impl TtlStrategy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::KeepLatest => "keep_latest",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "delete" => Some(Self::Delete),
            "keep_latest" => Some(Self::KeepLatest),
            _ => None,
        }
    }
}

/// The oldest state that a thread has still: older ones were taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptFrom {
    pub(crate) at: DateTime<Utc>,
    /// Counts through the thread.
    pub(crate) step: i64,
}

/// Where a thread stands, for its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadStatus {
    Idle,
    Busy,
    Interrupted,
    Error,
}

/// Where a run of a thread stands, for its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThreadRunStatus {
    Pending,
    Running,
    Success,
    Error,
    Interrupted,
}

impl ThreadRunStatus {
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::Success | Self::Error | Self::Interrupted)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Error => "error",
            Self::Interrupted => "interrupted",
        }
    }

    /// How one ended, from its row.
    pub(crate) fn of_outcome(outcome: &str) -> Self {
        match outcome {
            "error" => Self::Error,
            "interrupted" => Self::Interrupted,
            _ => Self::Success,
        }
    }
}

/// What becomes of a busy thread that is given another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MultitaskStrategy {
    Enqueue,
    Reject,
    Interrupt,
    Rollback,
}

impl MultitaskStrategy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enqueue => "enqueue",
            Self::Reject => "reject",
            Self::Interrupt => "interrupt",
            Self::Rollback => "rollback",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "reject" => Self::Reject,
            "interrupt" => Self::Interrupt,
            "rollback" => Self::Rollback,
            _ => Self::Enqueue,
        }
    }
}

/// What a run of a thread does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ThreadRunRequest {
    pub(crate) input: Option<Map<String, Value>>,
    pub(crate) resume: Option<Value>,
    pub(crate) update: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) goto: Vec<String>,
    #[serde(default)]
    pub(crate) config: Map<String, Value>,
    pub(crate) checkpoint_id: Option<Uuid>,
    /// Where it stops.
    #[serde(default)]
    pub(crate) pause: PausePoints,
}

/// A run of a thread as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct ThreadRunRecord {
    pub(crate) id: Uuid,
    pub(crate) thread_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) place: i64,
    pub(crate) assistant_id: Uuid,
    pub(crate) graph: String,
    pub(crate) request: ThreadRunRequest,
    pub(crate) metadata: Value,
    pub(crate) kwargs: Value,
    pub(crate) strategy: MultitaskStrategy,
    pub(crate) actor: Actor,
    pub(crate) worker_share: Uuid,
    pub(crate) due_at: DateTime<Utc>,
    pub(crate) part: RunPart,
    /// Answers that were not given yet.
    pub(crate) reply: Option<Value>,
    pub(crate) outcome: Option<ThreadRunStatus>,
    /// No list has it any more.
    pub(crate) gone: bool,
    /// What it did is left, too.
    pub(crate) undone: bool,
    pub(crate) error: Option<String>,
    /// Who is told how it ended.
    pub(crate) webhook: Option<String>,
    /// Where the thread stood.
    pub(crate) base: ThreadHead,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// Which part of a run of the engine a run of a thread is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RunPart {
    /// None before it has begun, and where there was nothing to do.
    pub(crate) run: Option<RunId>,
    /// The engine's run among those of the workflow.
    pub(crate) ordinal: u32,
    pub(crate) first_step: u64,
    /// Added to a step of the engine's run, it counts through the thread.
    pub(crate) step_offset: i64,
    /// Its events are above this number.
    pub(crate) first_event: u64,
}

/// A state from which a thread may go on.
#[derive(Debug, Clone)]
pub(crate) struct ThreadPoint {
    pub(crate) checkpoint: Uuid,
    pub(crate) state: KeptState,
    pub(crate) frontier: Frontier,
    pub(crate) next: Vec<String>,
    /// Counts through the thread.
    pub(crate) step: i64,
    /// The engine's run and step, where it is one's.
    pub(crate) of_run: Option<(RunId, u64)>,
}

/// A state that somebody put in place.
#[derive(Debug, Clone)]
pub(crate) struct PlacedState {
    pub(crate) id: Uuid,
    pub(crate) thread_id: Uuid,
    pub(crate) owner_id: Uuid,
    pub(crate) graph: String,
    pub(crate) state: KeptState,
    pub(crate) frontier: Frontier,
    pub(crate) next: Vec<String>,
    pub(crate) step: i64,
    pub(crate) source: String,
    pub(crate) parent: Option<Uuid>,
    pub(crate) created_at: DateTime<Utc>,
}

/// A task of a state.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ThreadTask {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) interrupts: Vec<ThreadInterrupt>,
    pub(crate) result: Option<Value>,
    pub(crate) error: Option<String>,
}

/// A question, as threads tell it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ThreadInterrupt {
    pub(crate) id: String,
    pub(crate) value: Value,
    pub(crate) response_schema: Option<Value>,
    pub(crate) task_id: Uuid,
}

/// A state as it is told.
#[derive(Debug, Clone)]
pub(crate) struct ThreadState {
    pub(crate) thread_id: Uuid,
    pub(crate) values: Map<String, Value>,
    pub(crate) next: Vec<String>,
    pub(crate) tasks: Vec<ThreadTask>,
    pub(crate) checkpoint: Option<Uuid>,
    pub(crate) parent: Option<Uuid>,
    pub(crate) step: i64,
    pub(crate) source: String,
    pub(crate) run_id: Option<Uuid>,
    pub(crate) assistant_id: Option<Uuid>,
    pub(crate) graph: Option<String>,
    pub(crate) created_at: Option<DateTime<Utc>>,
}

/// A thread as it is told.
#[derive(Debug, Clone)]
pub(crate) struct Thread {
    pub(crate) record: ThreadRecord,
    pub(crate) status: ThreadStatus,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) error: Option<String>,
    pub(crate) values: Option<Map<String, Value>>,
    pub(crate) interrupts: Vec<ThreadInterrupt>,
}

/// How many rows, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StorageUse {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

/// What a thread's states occupy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ThreadStorage {
    pub(crate) checkpoints: StorageUse,
    /// What steps in progress have noted.
    pub(crate) pending: StorageUse,
    /// The newest values by name, each with its bytes as JSON.
    pub(crate) values: Vec<(String, u64)>,
}

/// A run of a thread as it is told.
#[derive(Debug, Clone)]
pub(crate) struct ThreadRun {
    pub(crate) record: ThreadRunRecord,
    pub(crate) status: ThreadRunStatus,
    pub(crate) error: Option<String>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// The id of a checkpoint: a UUID of version 8 that holds the run's place, its step (0 is before its input) and a mark of the thread.
pub(crate) fn checkpoint_id(thread: Uuid, ordinal: u32, place: u64) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&ordinal.to_be_bytes());
    let [.., a, b, c, d] = place.to_be_bytes();
    bytes[4..8].copy_from_slice(&[a << 4 | b >> 4, b << 4 | c >> 4, 0x80 | (c & 0x0f), d]);
    bytes[8..].copy_from_slice(&mark_of(thread));

    Uuid::from_bytes(bytes)
}

/// The run's place and step that such an id says, when it is one of this thread.
pub(crate) fn read_checkpoint_id(thread: Uuid, id: Uuid) -> Option<(u32, u64)> {
    let bytes = id.into_bytes();
    if bytes[8..] != mark_of(thread) || bytes[6] >> 4 != 8 {
        return None;
    }

    let ordinal = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    let (high, middle) = (u64::from(bytes[4]), u64::from(bytes[5]));
    let place = high << 20 | middle << 12 | u64::from(bytes[6] & 0x0f) << 8 | u64::from(bytes[7]);
    Some((ordinal, place))
}

fn mark_of(thread: Uuid) -> [u8; 8] {
    let bytes = thread.into_bytes();
    let mut mark = [0; 8];
    for (at, byte) in bytes.iter().enumerate() {
        mark[at % 8] ^= byte;
    }
    mark[0] = 0x80 | (mark[0] & 0x3f);

    mark
}

/// The id of a task: the same for the same node at the same checkpoint.
pub(crate) fn task_id(checkpoint: Uuid, node: &str) -> Uuid {
    derive_id(&[checkpoint.as_bytes(), node.as_bytes()])
}

/// The id of the assistant that runs a type of workflows.
pub(crate) fn assistant_id(graph: &str) -> Uuid {
    derive_id(&[b"assistant", graph.as_bytes()])
}

fn derive_id(parts: &[&[u8]]) -> Uuid {
    let mut hash = blake3::Hasher::new();
    for part in parts {
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..16]);

    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// What a thread's clients call its values: what it was given, and what its nodes gave.
pub(crate) fn shown_values(state: &KeptState) -> Map<String, Value> {
    let Some(root) = state.scopes.get("") else {
        return Map::new();
    };
    let mut values = root.input.as_object().cloned().unwrap_or_default();
    values.extend(root.values.clone());

    values
}

/// Takes what a thread is given into its state. Messages are added by their ids; `id` makes ids for those that have none.
pub(crate) fn take_input(state: &mut KeptState, given: Map<String, Value>, id: impl Fn() -> Uuid) {
    let known = shown_values(state).remove(MESSAGES);
    let root = state.root_mut();
    let mut input = root.input.as_object().cloned().unwrap_or_default();
    for (name, value) in given {
        root.values.remove(&name);
        let value = match (name.as_str(), value) {
            (MESSAGES, value @ (Value::Array(_) | Value::Object(_))) => {
                add_messages(known.as_ref(), value, &id)
            }
            (_, value) => value,
        };
        input.insert(name, value);
    }

    root.input = Value::Object(input);
}

/// Changes values where they are: what was given stays given.
pub(crate) fn change_values(state: &mut KeptState, changes: Map<String, Value>, id: impl Fn() -> Uuid) {
    let known = shown_values(state).remove(MESSAGES);
    let root = state.root_mut();

    for (name, value) in changes {
        let value = match (name.as_str(), value) {
            (MESSAGES, value @ (Value::Array(_) | Value::Object(_))) => {
                add_messages(known.as_ref(), value, &id)
            }
            (_, value) => value,
        };
        let given = root
            .input
            .as_object_mut()
            .filter(|input| input.contains_key(&name));
        match (given, value) {
            (Some(input), value) => {
                root.values.remove(&name);
                input.insert(name, value);
            }
            (None, Value::Null) => drop(root.values.remove(&name)),
            (None, value) => drop(root.values.insert(name, value)),
        }
    }
}

fn add_messages(known: Option<&Value>, given: Value, id: &impl Fn() -> Uuid) -> Value {
    let mut all = known.and_then(Value::as_array).cloned().unwrap_or_default();
    let given = match given {
        Value::Array(list) => list,
        one => vec![one],
    };
    for mut message in given {
        if let Some(fields) = message.as_object_mut()
            && !fields.get("id").is_some_and(Value::is_string)
        {
            fields.insert("id".to_owned(), id().to_string().into());
        }
        let same = message["id"]
            .as_str()
            .and_then(|id| all.iter().position(|one| one["id"] == id));
        match same {
            Some(place) => all[place] = message,
            None => all.push(message),
        }
    }

    Value::Array(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_checkpoints_id_says_which_one_it_is_and_of_which_thread() {
        let (thread, other) = (Uuid::from_u128(7), Uuid::from_u128(8));
        for (ordinal, place) in [(1, 0), (1, 1), (2, 255), (u32::MAX, 10_001), (3, (1 << 28) - 1)] {
            let id = checkpoint_id(thread, ordinal, place);
            assert_eq!(read_checkpoint_id(thread, id), Some((ordinal, place)));
            assert_eq!(read_checkpoint_id(other, id), None);
            assert_eq!(id.get_version_num(), 8);
        }
        assert!(
            checkpoint_id(thread, 1, 300) > checkpoint_id(thread, 1, 299),
            "they rise"
        );
    }

    #[test]
    fn what_is_given_again_replaces_what_a_node_gave_and_messages_grow() {
        let fresh = json!({ "topic": "cats", "messages": [{ "id": "1", "content": "hi" }] });
        let mut state = KeptState::fresh(json!({}), fresh, object(json!({ "draft": "About cats" })));

        let given = json!({ "draft": "mine", "messages": [{ "id": "1", "content": "hello" }, { "content": "there" }] });
        take_input(&mut state, object(given), Uuid::nil);
        assert_eq!(
            Value::Object(shown_values(&state)),
            json!({ "topic": "cats", "draft": "mine", "messages": [
                { "id": "1", "content": "hello" }, { "id": Uuid::nil().to_string(), "content": "there" } ] })
        );

        change_values(
            &mut state,
            object(json!({ "topic": "dogs", "review": 1, "gone": null })),
            Uuid::nil,
        );
        assert_eq!(state.root_mut().input["topic"], "dogs");
        assert_eq!(state.root_mut().values, object(json!({ "review": 1 })));
    }
}
