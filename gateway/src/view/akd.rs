//! AKD's words: workflows, their questions and checkpoints as its clients know them, and the events of their runs.

pub(crate) mod events;
pub(crate) mod workflows;

/// What the hub calls the graph of every workflow's run: whichever it is, its events are told in these words.
pub(crate) const GRAPH: &str = "workflow";
