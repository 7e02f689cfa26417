//! What answers are made of, one file per noun. Each borrows from the service's message that it shows.

pub(crate) mod account;
pub(crate) mod agent;
pub(crate) mod intent;
pub(crate) mod progress;
pub(crate) mod run;
pub(crate) mod run_event;
pub(crate) mod story;
pub(crate) mod viewer;

/// A service's text, in which nothing is said as an empty text.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
