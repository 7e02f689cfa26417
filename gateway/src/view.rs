//! What clients get to see, shared by REST and GraphQL.

pub(crate) mod accounts;
pub(crate) mod adiuva;
pub(crate) mod agents;
pub(crate) mod akd;
pub(crate) mod backup_retention;
pub(crate) mod backups;
pub(crate) mod billing;
pub(crate) mod code_story;
pub(crate) mod codeforge;
pub(crate) mod events;
pub(crate) mod intent;
pub(crate) mod items;
pub(crate) mod langgraph;
pub(crate) mod lekh;
pub(crate) mod openai;
pub(crate) mod projects;
pub(crate) mod schedules;
pub(crate) mod stories;
pub(crate) mod students;
pub(crate) mod webhooks;
