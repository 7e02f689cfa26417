//! What all events have in common, whoever's words they are told in: their number, their time, their run, and the cursor at
//! which somebody goes on after them.

use async_graphql::{Enum, SimpleObject};
use proto::v1;
use serde::Deserialize;

use crate::{
    graphql::scalar::{DateTime, Id, Json},
    stream::place::EventPlace,
};

/// What every event has.
#[derive(SimpleObject)]
#[graphql(name = "EventBase")]
pub(crate) struct EventBase {
    /// 1, 2, 3… within the run, without gaps; null for what is only live.
    pub(super) number: Option<u64>,
    /// The moment at which it happened; null for what is only live.
    pub(super) at: Option<DateTime<'static>>,
    /// The run that it happened in. For a story, that is one attempt at making it.
    pub(super) run_id: Id<'static>,
    /// The event's place in its run: what `after` takes to go on behind it; null for what is only live.
    pub(super) cursor: Option<String>,
}

impl EventBase {
    pub(crate) fn read(event: &v1::RunEvent) -> Self {
        let number = (event.number > 0).then_some(event.number);

        Self {
            number,
            at: event.at.as_ref().map(DateTime::from),
            run_id: event.run_id.clone().into(),
            cursor: number.map(|number| EventPlace::new(number, Some(event.run_id.clone())).encode()),
        }
    }
}

/// Lets each of these types stand where its `base` can.
macro_rules! based_on {
    ($base:ty: $($event:ty),+ $(,)?) => {
        $(
            impl std::ops::Deref for $event {
                type Target = $base;

                fn deref(&self) -> &$base {
                    &self.base
                }
            }
        )+
    };
}
pub(super) use based_on;

/// How a line of the log is meant.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    /// The line tells what is being done.
    #[default]
    Info,
    /// The line tells what is done.
    Success,
    /// Something went wrong, and the work goes on.
    Warning,
    /// Something went wrong, and the work ended.
    Error,
}

impl LogLevel {
    /// A word that is not known is an ordinary line.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "success" => Self::Success,
            "warning" => Self::Warning,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// The data of an event; null when it has none that can be read.
pub(super) fn read_data(event: &v1::RunEvent) -> Json {
    Json::read(&event.data).unwrap_or(Json(async_graphql::Value::Null))
}

/// The data of an event as a type of ours, as far as it fits.
pub(super) fn read_as<'a, T: Default + Deserialize<'a>>(event: &'a v1::RunEvent) -> T {
    serde_json::from_str(&event.data).unwrap_or_default()
}
