//! Fiction: what its agents tell one another and what is kept of it. So far that is the ledger; the agents come with their tasks.

pub mod ledger;
