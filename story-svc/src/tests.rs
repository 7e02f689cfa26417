//! The service through its own rpc, with a worker and a scripted agent-svc, on every database engine.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod agents;
mod asking;
mod batching;
mod books;
mod codeforge;
mod elsewhere;
mod exports;
mod forgetting;
mod github;
mod jobs;
mod keeping;
mod lekh;
mod listing;
mod making;
mod manuscripts;
mod owning;
mod projects;
mod receiver;
pub(crate) mod rows;
mod steering;
mod students;
mod threads;
mod upgrading;
mod watching;
mod workflows;
mod world;
