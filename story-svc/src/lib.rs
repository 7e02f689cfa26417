//! What you make: stories, and the runs that make them.

pub mod store;
