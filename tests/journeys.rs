//! Whole journeys of a user: from a repository to audio, over the public door and from the command line.

mod access;
mod accounts;
mod backups;
mod bad_input;
mod billing;
mod budgets;
mod chat;
mod code_story;
mod command_line;
mod fiction;
mod floods;
mod graphql_clients;
mod items;
mod langgraph;
mod leaving;
mod mail;
mod openai;
mod operators;
mod projects;
mod providers;
mod restic;
mod retention;
pub(crate) mod rpcs;
mod schedules;
mod tokens;
mod webhooks;
mod workflows;
