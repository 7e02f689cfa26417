//! One thing that happened in a workflow.

use async_graphql::{Enum, SimpleObject};
use proto::v1;

use super::event::read_data;
use crate::graphql::scalar::{DateTime, Id, Json};

/// What kind of thing happened.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum WorkflowEventKind {
    /// It stands elsewhere: `status`, `phase`, `progress`.
    Status,
    /// A node began or ended: `node`, `item`, `step`, `state`.
    Task,
    /// A node gave something: `node`, `item`, `step`, `update`.
    Update,
    /// A step is done: `step`, `next` and the whole state as `values`.
    State,
    /// It asks something: `question`.
    Question,
    /// A question was answered, declined, or ran out.
    Answer,
    /// A line for people.
    Log,
    /// A model was used, and at what cost.
    Usage,
    /// Something that its definition says: `node`, `data`.
    Custom,
    /// A piece of text, as an agent writes it. It is live only: it has no number and is not kept.
    Delta,
    /// An agent's whole text: `node`, `agent`, `text`.
    Message,
    /// It is done, and this is what it made: `output`.
    Complete,
    /// Somebody stopped it for good.
    Cancelled,
    /// It failed, and why: `message`, `node`.
    Error,
    /// Something that this schema has no word for yet.
    Other,
}

impl WorkflowEventKind {
    fn read(name: &str) -> Self {
        match name {
            "status" => Self::Status,
            "task" => Self::Task,
            "update" => Self::Update,
            "state" => Self::State,
            "question" => Self::Question,
            "answer" => Self::Answer,
            "log" => Self::Log,
            "usage" => Self::Usage,
            "custom" => Self::Custom,
            "delta" => Self::Delta,
            "message" => Self::Message,
            "complete" => Self::Complete,
            "cancelled" => Self::Cancelled,
            "error" => Self::Error,
            _ => Self::Other,
        }
    }
}

/// One thing that happened in a workflow.
#[derive(SimpleObject)]
pub(crate) struct WorkflowEvent {
    /// It rises through all runs of the workflow: what `workflowEvents(after:)` takes. Null for what is only live.
    number: Option<u64>,
    /// The moment at which it happened; null for what is only live.
    at: Option<DateTime<'static>>,
    /// The run that it happened in.
    run_id: Id<'static>,
    /// The kind of thing that happened.
    kind: WorkflowEventKind,
    /// What there is to say about it; its keys depend on the kind.
    data: Json,
}

impl From<&v1::RunEvent> for WorkflowEvent {
    fn from(event: &v1::RunEvent) -> Self {
        Self {
            number: (event.number > 0).then_some(event.number),
            at: event.at.as_ref().map(DateTime::from),
            run_id: event.run_id.clone().into(),
            kind: WorkflowEventKind::read(&event.kind),
            data: read_data(event),
        }
    }
}
