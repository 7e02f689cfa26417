//! Lekh's words: books and their control state as its clients know them, and the events of their runs.

pub(crate) mod bible;
pub(crate) mod books;
pub(crate) mod events;

/// What its runs are called.
pub(crate) const GRAPH: &str = "fiction";
