//! Understands a repository: languages, packages, parts, definitions, history, habits. Reads files through
//! `crate::source`; never fetches by itself, never calls a model.

mod dependencies;
mod manifests;
pub mod model;
mod prose;
mod redact;
mod select;
mod syntax;
mod words;

pub use model::{Analysis, AnalysisResult};
