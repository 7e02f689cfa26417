//! The rules of stories, workflows and runs. Makes ids and times; never sees a proto type or SQL.

pub(crate) mod assistants;
pub(crate) mod attempts;
pub(crate) mod batch;
pub(crate) mod book;
pub(crate) mod books;
pub(crate) mod code_request;
pub(crate) mod fiction_request;
pub(crate) mod item;
pub(crate) mod items;
pub(crate) mod owners;
pub(crate) mod project;
pub(crate) mod project_files;
pub(crate) mod projects;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod schedules;
mod schema_faults;
pub(crate) mod stories;
pub(crate) mod story;
pub(crate) mod thread;
pub(crate) mod threads;
pub(crate) mod webhook;
pub(crate) mod webhooks;
pub(crate) mod workflow;
pub(crate) mod workflow_definitions;
pub(crate) mod workflows;
