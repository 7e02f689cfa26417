//! SQL and the rows it reads and writes, one file per aggregate. Decides nothing.

pub(crate) mod assistants;
pub(crate) mod attempts;
pub(crate) mod bibles;
pub(crate) mod books;
pub(crate) mod gauges;
mod ids;
pub(crate) mod items;
pub(crate) mod jobs;
pub(crate) mod owners;
pub(crate) mod project_files;
pub(crate) mod project_git;
pub(crate) mod projects;
pub mod runs;
pub(crate) mod schedules;
pub(crate) mod stories;
pub(crate) mod students;
pub(crate) mod threads;
pub(crate) mod webhooks;
pub(crate) mod workflow_definitions;
pub(crate) mod workflows;
