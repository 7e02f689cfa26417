//! Placeholder until the first part lands.

pub mod analysis;
pub mod author;
pub mod llm;
pub mod source;
pub mod voice;
