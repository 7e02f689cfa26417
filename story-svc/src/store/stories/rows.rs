//! Rows as the database gives them, and what they mean.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::db::DbError;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::story::{
    CurrentRun, MadeStory, Story, StoryContent, StoryKind, StoryRequest, StoryResult, StoryShare,
};

#[derive(FromRow)]
pub(super) struct StoryRow {
    id: Uuid,
    owner_id: Uuid,
    kind: String,
    title: String,
    custom_title: Option<String>,
    share_token: Option<String>,
    shared_at: Option<DateTime<Utc>>,
    request: Json<StoryRequest>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    run_id: Uuid,
    status: String,
    phase: String,
    progress: f64,
    error_message: Option<String>,
    error_reason: Option<String>,
    run_updated_at: DateTime<Utc>,
    final_title: Option<String>,
    offline: Option<bool>,
    result: Option<Json<StoryResult>>,
    /// Null where a story has none, as a book.
    content: Option<Json<Option<StoryContent>>>,
}

impl StoryRow {
    pub(super) fn into_story(self) -> Result<Story, DbError> {
        let made = self
            .final_title
            .zip(self.result)
            .map(|(title, result)| MadeStory {
                title,
                offline: self.offline.unwrap_or_default(),
                result: result.0,
                content: self.content.and_then(|json| json.0),
            });

        Ok(Story {
            id: self.id,
            owner_id: self.owner_id,
            kind: StoryKind::parse(&self.kind).ok_or_else(|| unknown("story kind", &self.kind))?,
            title: self
                .custom_title
                .or_else(|| made.as_ref().map(|made| made.title.clone()))
                .unwrap_or(self.title),
            request: self.request.0,
            run: CurrentRun {
                id: self.run_id,
                status: RunStatus::parse(&self.status).ok_or_else(|| unknown("run status", &self.status))?,
                phase: self.phase,
                progress: self.progress,
                error_message: self.error_message,
                error_reason: self.error_reason,
            },
            made,
            created_at: self.created_at,
            updated_at: self.updated_at.max(self.run_updated_at),
            share: self
                .share_token
                .zip(self.shared_at)
                .map(|(token, created_at)| StoryShare { token, created_at }),
        })
    }
}

/// A story that was asked for by its id, or by that of one of its runs.
#[derive(FromRow)]
pub(super) struct BatchRow {
    pub(super) by_run: Option<Uuid>,
    #[sqlx(flatten)]
    pub(super) story: StoryRow,
}

/// A word that we do not write.
fn unknown(what: &str, word: &str) -> DbError {
    DbError::Query(sqlx::Error::Decode(format!("{word:?} is no {what}").into()))
}
