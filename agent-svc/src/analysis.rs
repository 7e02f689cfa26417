//! Understands a repository: languages, packages, parts, definitions, history, habits. Reads files through
//! `crate::source`; never fetches by itself, never calls a model.

mod cases;
pub mod config;
mod dependencies;
mod languages;
mod manifests;
pub mod model;
mod places;
mod prose;
mod redact;
mod routes;
mod select;
mod survey;
mod syntax;
mod words;

pub use model::{Analysis, AnalysisResult};
