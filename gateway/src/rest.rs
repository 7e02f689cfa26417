//! The REST routes: one file per noun. A handler decodes, makes one call and encodes.

pub(crate) mod account;
mod agent_answer;
pub(crate) mod agents;
pub(crate) mod answers;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod backup_retention;
pub(crate) mod backups;
pub(crate) mod billing;
pub(crate) mod books;
pub(crate) mod chat;
pub(crate) mod docs;
pub(crate) mod email_links;
pub(crate) mod health;
pub(crate) mod items;
pub(crate) mod jobs;
pub(crate) mod langgraph;
pub(crate) mod media;
pub(crate) mod oauth;
pub(crate) mod openai;
pub(crate) mod plans;
pub(crate) mod profiles;
pub(crate) mod project_exports;
pub(crate) mod project_files;
pub(crate) mod project_git;
pub(crate) mod projects;
pub(crate) mod restic;
pub(crate) mod schedules;
pub(crate) mod second_factors;
pub(crate) mod sessions;
mod stored;
pub(crate) mod stories;
pub(crate) mod students;
pub(crate) mod uploads;
pub(crate) mod voices;
pub(crate) mod webhooks;
pub(crate) mod workflows;

use axum::extract::{Path, rejection::PathRejection};
use uuid::Uuid;

use crate::error::ApiError;

/// The id of a path; `unknown` says that there is nothing of that id, also when it is none.
fn parse_id(id: Result<Path<String>, PathRejection>, unknown: &'static str) -> Result<Uuid, ApiError> {
    let id = id.ok().filter(|Path(id)| matches!(id.len(), 32 | 36));
    let id = id.and_then(|Path(id)| Uuid::try_parse(&id).ok());
    id.ok_or_else(|| ApiError::not_found(unknown))
}
