//! Code Story's words for what its runs do.

pub(crate) mod events;

/// What its runs are called.
pub(crate) const GRAPH: &str = "code_story";
