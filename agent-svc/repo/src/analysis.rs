//! Understands a repository: languages, packages, parts, definitions, history, habits. Reads files through
//! `crate::checkout`; never runs anything of the repository, never calls a model, never lets a secret out.

mod assemble;
mod cases;
mod complexity;
mod dependencies;
mod explain;
mod history;
pub mod language;
mod languages;
mod licence;
mod links;
mod manifests;
pub mod model;
mod modules;
mod patterns;
pub(crate) mod places;
mod portrait;
pub mod prose;
mod quotes;
mod readme;
mod redact;
mod result;
pub(crate) mod routes;
mod select;
mod surroundings;
mod survey;
mod syntax;
pub mod words;

pub use assemble::{ReadLimits, assemble};
pub use model::Analysis;
pub use redact::{MARK as REDACTED, Redactions, redact};

#[cfg(test)]
mod tests;
