//! Placeholder until the first part lands.

pub mod analysis;
pub mod source;
