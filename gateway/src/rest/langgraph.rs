//! LangGraph's API below `/langgraph`, so that its own clients use this server's workflows. A projection of threads, assistants and
//! items; nothing is kept here. Addresses in headers are told without that prefix: clients add what they were given as theirs.
//!
//! Fields that nothing here reads are taken and change nothing: clients send many. Fields that would change what is done and can't be had
//! here are refused by their name.

pub(crate) mod assistants;
pub(crate) mod crons;
pub(crate) mod many_runs;
mod run_body;
pub(crate) mod run_stream;
pub(crate) mod runs;
pub(crate) mod states;
pub(crate) mod store;
pub(crate) mod thread_stream;
pub(crate) mod threads;

use axum::extract::Path;
use axum::{Json as Answer, extract::rejection::PathRejection};
use serde_json::{Map, Value, json};

use crate::error::ApiError;

/// The version of the API whose words are spoken here, for clients that look at it.
const API_VERSION: &str = "0.16.7";

/// Somebody is there.
#[utoipa::path(get, path = "/langgraph/ok", tag = "threads",
    responses((status = 200, description = "It answers", body = Object)))]
pub(crate) async fn get_ok() -> Answer<Value> {
    Answer(json!({ "ok": true }))
}

/// What can be had here.
#[utoipa::path(get, path = "/langgraph/info", tag = "threads",
    responses((status = 200, description = "Version, flags and host", body = Object)))]
pub(crate) async fn get_info() -> Answer<Value> {
    Answer(json!({
        "version": API_VERSION,
        "flags": { "assistants": true, "crons": true, "langsmith": false, "langsmith_tracing_replicas": false },
        "host": { "kind": "self-hosted", "project_id": null, "host_revision_id": null, "revision_id": null, "tenant_id": null },
    }))
}

/// The id of a path, as it is: whether there is such a one is the service's to say.
fn read_id(id: Result<Path<String>, PathRejection>) -> Result<String, ApiError> {
    id.map(|Path(id)| id)
        .map_err(|_| ApiError::not_found("There is nothing of that id."))
}

/// The ids of a path.
fn read_ids(ids: Result<Path<(String, String)>, PathRejection>) -> Result<(String, String), ApiError> {
    ids.map(|Path(ids)| ids)
        .map_err(|_| ApiError::not_found("There is nothing of that id."))
}

/// An object as services take it; nothing for none.
fn write_fields(fields: Option<Map<String, Value>>) -> String {
    fields.map_or_else(String::new, |fields| Value::Object(fields).to_string())
}

/// Only these fields of each object, where some were chosen.
fn select(mut list: Vec<Value>, fields: Option<&Vec<String>>) -> Vec<Value> {
    if let Some(fields) = fields {
        for object in list.iter_mut().filter_map(Value::as_object_mut) {
            object.retain(|name, _| fields.contains(name));
        }
    }

    list
}
