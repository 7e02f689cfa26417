//! Fiction without a model: an author that is a function of its input alone.
//!
//! - [`plan_book`] makes the outline of a book from a prompt, or asks the one question that matters first.
//! - [`cast_book`] gives the people, places, things and facts of a book that was planned.
//! - [`write_scene`] writes one scene with its ledger; [`write_book`] writes all at once, each word as `write_scene` would.
//!
//! Nothing here reads a clock, a file or the network. What the author can say stands in `data/`.

mod author;
mod bank;
mod brief;
mod chance;
mod distance;
mod error;
mod fit;
mod genre;
mod plan;
mod plot;
mod premise;
mod record;
mod slots;
#[cfg(test)]
mod tests;
mod text;
mod weave;
mod world;

pub use author::{write_book, write_scene};
pub use error::FictionError;
pub use plan::{cast_book, plan_book};
