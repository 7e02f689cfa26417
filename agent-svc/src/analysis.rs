//! Understands a repository: languages, packages, parts, definitions, history, habits. Reads files through
//! `crate::source`; never fetches by itself, never calls a model.

mod cases;
mod complexity;
pub mod config;
mod dependencies;
mod github;
mod history;
mod languages;
mod manifests;
mod licence;
pub mod model;
mod modules;
mod patterns;
mod places;
mod portrait;
mod prose;
mod redact;
mod routes;
mod select;
mod surroundings;
mod survey;
mod syntax;
mod words;

pub use model::{Analysis, AnalysisResult};
