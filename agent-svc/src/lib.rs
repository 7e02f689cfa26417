//! Placeholder until the first part lands.

pub mod analysis;
