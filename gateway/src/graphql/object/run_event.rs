//! One thing that happened in a run.

use async_graphql::{Context, Enum, Object, Value, to_value};

use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Json},
    },
    stream::event_buffer::Frame,
    view::events,
};

/// What kind of thing happened.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunEventKind {
    /// A line for people: who does what.
    Log,
    /// It stands elsewhere: status, phase and per cent.
    Status,
    /// It has asked a question and waits for the answer.
    Question,
    /// A model was used, and at what cost.
    Usage,
    /// It is done, and this is what it made.
    Complete,
    /// It could not be done, and why.
    Error,
    /// A piece of text, as it is being written. It is live only: it has no number and is not kept.
    Delta,
    /// Something that this schema has no word for yet.
    Other,
}

impl RunEventKind {
    /// The kind that services call so.
    pub(crate) fn from_name(name: &str) -> Self {
        match name {
            "log" => Self::Log,
            "status" => Self::Status,
            "question" => Self::Question,
            "usage" => Self::Usage,
            "complete" => Self::Complete,
            "error" => Self::Error,
            "delta" => Self::Delta,
            _ => Self::Other,
        }
    }
}

pub(crate) struct RunEvent(pub(crate) Frame);

/// One thing that happened in a run.
#[Object]
impl RunEvent {
    /// 1, 2, 3… within the run, without gaps: what `runEvents(after:)` takes. A live `DELTA` has none.
    async fn number(&self) -> Option<u64> {
        let number = self.0.event().number;
        (number > 0).then_some(number)
    }

    /// What kind of thing.
    async fn kind(&self) -> RunEventKind {
        RunEventKind::from_name(&self.0.event().kind)
    }

    /// What there is to say about it; its keys depend on the kind. Of `COMPLETE`: `audio_url`, `audio_chunks` and
    /// `duration` in seconds.
    async fn data(&self, ctx: &Context<'_>) -> Json {
        let event = self.0.event();
        // The store's keys stay inside; clients get links.
        if let Some(complete) = events::complete_data(event, ctx.links()) {
            return Json(to_value(complete).unwrap_or_default());
        }
        Json::read(&event.data).unwrap_or(Json(Value::Null))
    }

    /// When it happened; null for a live `DELTA`.
    async fn at(&self) -> Option<DateTime<'_>> {
        self.0.event().at.as_ref().map(DateTime::from)
    }
}
