//! Days and times as people write them, resolved in the zone of whoever wrote them. What can be read in two ways is read in
//! one, and said.

mod clock;
mod day;
mod phrase;
mod relative;
mod repeat;
#[cfg(test)]
mod tests;
mod tokens;
mod zone;

use std::ops::Range;

use chrono::{DateTime, NaiveDate, TimeDelta};
use chrono_tz::Tz;

pub(crate) use phrase::find_mentions;
pub(crate) use relative::find_uncountable;
pub(crate) use zone::{local_time, read_zone};

/// Which of two numbers in a date is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DayOrder {
    #[default]
    Unknown,
    DayFirst,
    MonthFirst,
}

/// Where and when somebody writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) now: DateTime<Tz>,
    pub(crate) order: DayOrder,
}

impl Frame {
    pub(crate) fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    pub(crate) fn zone(&self) -> Tz {
        self.now.timezone()
    }
}

/// What a phrase means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum When {
    At(DateTime<Tz>),
    /// From a moment until before another.
    Span(DateTime<Tz>, DateTime<Tz>),
    /// From the first day to the last one; the same for one day.
    Days(NaiveDate, NaiveDate),
    /// Again and again, by a rule of RFC 5545, first at that time.
    Repeats(String, Box<When>),
    /// So long, at no time.
    Lasts(TimeDelta),
}

impl When {
    /// By when something is done that is due then: the moment, or the last day.
    pub(crate) fn deadline(&self) -> Option<String> {
        match self {
            Self::At(at) => Some(write_moment(*at)),
            Self::Span(from, _) => Some(write_moment(*from)),
            Self::Days(_, last) => Some(last.to_string()),
            Self::Repeats(_, first) => first.deadline(),
            Self::Lasts(_) => None,
        }
    }
}

/// RFC 3339 with the offset of the writer's zone.
pub(crate) fn write_moment(at: DateTime<Tz>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// How a phrase is tied to its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    At,
    /// Until then, at the latest.
    By,
    /// From then on.
    From,
}

/// A phrase of a text that means a day or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    /// Its bytes, with what ties it.
    pub(crate) place: Range<usize>,
    pub(crate) tie: Tie,
    pub(crate) when: When,
    /// What was chosen between several readings, as sentences.
    pub(crate) notes: Vec<String>,
}
