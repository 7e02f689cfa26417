//! What answers are made of, one file per noun. Each borrows from the service's message that it shows.

use proto::Timestamp;

use super::scalar::DateTime;
use crate::view::stories::rfc3339;

pub(crate) mod account;
pub(crate) mod agent;
pub(crate) mod backup;
pub(crate) mod bible;
pub(crate) mod billing;
pub(crate) mod book;
pub(crate) mod error_code;
pub(crate) mod event;
pub(crate) mod intent;
pub(crate) mod item;
pub(crate) mod job;
pub(crate) mod node;
pub(crate) mod progress;
pub(crate) mod project;
pub(crate) mod run;
pub(crate) mod run_event;
pub(crate) mod schedule;
pub(crate) mod spending;
pub(crate) mod story;
pub(crate) mod story_event;
pub(crate) mod student;
pub(crate) mod viewer;
pub(crate) mod webhook;
pub(crate) mod workflow;
pub(crate) mod workflow_definition;
pub(crate) mod workflow_event;

/// A moment that every message of its kind has.
fn known_time(at: Option<&Timestamp>) -> DateTime<'static> {
    rfc3339(at).into()
}

/// A service's text, in which nothing is said as an empty text.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
