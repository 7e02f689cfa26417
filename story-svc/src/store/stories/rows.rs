//! Rows as the database gives them, and what they mean.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use proto::words::Minutes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::code_request::CodeRequest;
use crate::domain::stories::{Artefacts, Attempt, CurrentRun, StoredChapter, Story, StoryKind};
use crate::error::StoryError;

#[derive(FromRow)]
pub(super) struct StoryRow {
    id: Uuid,
    kind: String,
    title: String,
    repo_url: String,
    repo_name: String,
    style: String,
    duration_minutes: i32,
    voice: String,
    focus_areas: Json<Vec<String>>,
    technical_depth: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    run_id: Uuid,
    status: String,
    phase: String,
    progress: f64,
    error_message: Option<String>,
    run_updated_at: DateTime<Utc>,
    final_title: Option<String>,
    audio_key: Option<String>,
    audio_chunk_keys: Option<Json<Vec<String>>>,
    cover_key: Option<String>,
    transcript_key: Option<String>,
    captions_key: Option<String>,
    chapters: Option<Json<Vec<StoredChapter>>>,
    duration_seconds: Option<f64>,
    offline: Option<bool>,
}

impl StoryRow {
    pub(super) fn story(mut self) -> Result<Story, StoryError> {
        let artefacts = self.artefacts();

        Ok(Story {
            id: self.id,
            kind: StoryKind::parse(&self.kind).ok_or_else(|| unknown("story kind", &self.kind))?,
            title: artefacts.as_ref().map_or(self.title, |made| made.title.clone()),
            repo_url: self.repo_url,
            repo_name: self.repo_name,
            style: self.style,
            duration_minutes: self.duration_minutes.unsigned_abs(),
            voice: self.voice,
            focus_areas: self.focus_areas.0,
            technical_depth: self.technical_depth,
            run: CurrentRun {
                id: self.run_id,
                status: RunStatus::parse(&self.status).ok_or_else(|| unknown("run status", &self.status))?,
                phase: self.phase,
                progress: self.progress,
                error_message: self.error_message,
            },
            artefacts,
            created_at: self.created_at,
            updated_at: self.updated_at.max(self.run_updated_at),
        })
    }

    /// Chapters that were not asked for are left empty.
    fn artefacts(&mut self) -> Option<Artefacts> {
        Some(Artefacts {
            title: self.final_title.take()?,
            audio_key: self.audio_key.take()?,
            audio_chunk_keys: self.audio_chunk_keys.take()?.0,
            cover_key: self.cover_key.take()?,
            transcript_key: self.transcript_key.take()?,
            captions_key: self.captions_key.take()?,
            chapters: self.chapters.take().map(|json| json.0).unwrap_or_default(),
            duration_seconds: self.duration_seconds?,
            offline: self.offline?,
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

#[derive(FromRow)]
pub(super) struct AttemptRow {
    id: Uuid,
    run_id: Uuid,
    repo_url: String,
    repo_name: String,
    style: String,
    duration_minutes: i32,
    voice: String,
    focus_areas: Json<Vec<String>>,
    technical_depth: String,
}

impl AttemptRow {
    pub(super) fn attempt(self) -> Result<Attempt, StoryError> {
        Ok(Attempt {
            story_id: self.id,
            run_id: self.run_id,
            request: CodeRequest {
                repo_url: self.repo_url,
                repo_name: self.repo_name,
                style: named("style", self.style)?,
                duration_minutes: Minutes::try_from(self.duration_minutes.unsigned_abs())
                    .map_err(|_| unknown("length", &self.duration_minutes.to_string()))?,
                voice: named("voice", self.voice)?,
                focus_areas: self.focus_areas.0,
                technical_depth: named("technical depth", self.technical_depth)?,
            },
        })
    }
}

/// The value of that name, as serde knows it.
fn named<T: DeserializeOwned>(what: &'static str, name: String) -> Result<T, StoryError> {
    serde_json::from_value(Value::String(name)).map_err(|source| StoryError::Unreadable { what, source })
}

fn unknown(what: &'static str, name: &str) -> StoryError {
    let source = serde::de::Error::custom(format!("{name:?} is not known"));
    StoryError::Unreadable { what, source }
}
