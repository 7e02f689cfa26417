//! CodeForge without a model: an author that turns one idea into a project, as a function of the idea and a seed alone.
//!
//! - [`forge_project`] reads an idea and answers with a project, or with the questions that must be answered first.
//! - [`forge_answered`] takes what was answered to them, too.
//! - [`check_project`] reads the files of a project and says what is wrong with them, each with file, line and reason;
//!   [`mend_project`] mends of it what can be mended by an edit.
//!
//! Nothing here reads a clock, a file or the network, or runs what it wrote. What the author knows stands in `data/`.

mod answers;
mod check;
mod code;
mod complete;
mod documents;
mod error;
mod features;
mod idea;
mod lexicon;
mod mend;
mod model;
mod project;
mod scaffold;
#[cfg(test)]
mod tests;
mod words;

pub use ::scaffold::base_packages;
pub use answers::{Answer, pair_answer};
pub use check::{Edit, Finding, NOT_RUN, Severity, check_project, write_qa_result};
pub use error::ForgeError;
pub use mend::{Mended, mend_project};
pub use model::{Omission, Question};
pub use project::{Forged, Origin, Project, ProjectFile, forge_answered, forge_project, judge_path};

/// The longest idea that is read.
pub const MOST_IDEA_BYTES: usize = 50_000;
