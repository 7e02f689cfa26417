//! CodeForge's words: jobs as its clients know them, and the events of their runs.

pub(crate) mod events;
pub(crate) mod jobs;
