//! What clients of Code Story get to see.

pub(crate) mod events;
