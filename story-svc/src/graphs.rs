//! The products' graphs: one file each, readable as a list of nodes and edges.

pub(crate) mod account_deletion;
pub(crate) mod code_story;
