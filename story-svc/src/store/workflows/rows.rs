//! Rows as the database gives them, and what they mean.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::db::DbError;
use serde::de::DeserializeOwned;
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::workflow::{WorkflowOptions, WorkflowRecord};

#[derive(FromRow)]
pub(super) struct WorkflowRow {
    id: Uuid,
    owner_id: Uuid,
    workflow_type: String,
    definition_version: i64,
    compiled: Option<String>,
    name: String,
    description: String,
    config: String,
    start: Option<String>,
    priority: i64,
    concurrency_key: Option<String>,
    keep_last: Option<i64>,
    ttl_seconds: Option<i64>,
    fork_from_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    shared: bool,
    run_id: Option<Uuid>,
    ordinal: Option<i64>,
}

impl WorkflowRow {
    pub(super) fn into_record(self) -> Result<WorkflowRecord, DbError> {
        Ok(WorkflowRecord {
            id: self.id,
            owner_id: self.owner_id,
            workflow_type: self.workflow_type,
            definition_version: u32::try_from(self.definition_version).unwrap_or_default(),
            compiled: self.compiled.as_deref().map(read_json).transpose()?.map(Arc::new),
            name: self.name,
            description: self.description,
            config: read_json(&self.config)?,
            start: self.start.as_deref().map(read_json).transpose()?,
            options: WorkflowOptions {
                priority: i32::try_from(self.priority).unwrap_or_default(),
                concurrency_key: self.concurrency_key,
                keep_last: self.keep_last.and_then(|keep| u32::try_from(keep).ok()),
                ttl_seconds: self.ttl_seconds.and_then(|ttl| u32::try_from(ttl).ok()),
            },
            fork_from_id: self.fork_from_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            shared: self.shared,
            run_id: self.run_id,
            ordinal: self
                .ordinal
                .and_then(|ordinal| u32::try_from(ordinal).ok())
                .unwrap_or_default(),
        })
    }
}

/// What we wrote as JSON.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Query(sqlx::Error::Decode(error.into())))
}
