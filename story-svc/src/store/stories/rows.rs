//! Rows as the database gives them, and what they mean.

use chrono::{DateTime, Utc};
use flow::RunStatus;
use kit::db::DbError;
use sqlx::types::Json;
use sqlx::{Decode, FromRow, Row, Type};
use uuid::Uuid;

use crate::domain::story::{
    CurrentRun, MadeStory, Story, StoryContent, StoryHeadline, StoryKind, StoryRequest, StoryResult,
    StoryShare,
};

/// The columns that `select_headlines!` has, in its order. They are read by position: to find a column by its name costs more
/// than to read it.
pub(super) struct HeadlineRow {
    id: Uuid,
    owner_id: Uuid,
    kind: String,
    title: String,
    custom_title: Option<String>,
    share_token: Option<String>,
    shared_at: Option<DateTime<Utc>>,
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
}

/// How many they are: what else is selected comes behind them.
const HEADLINE: usize = 18;

/// A headline, what was asked for and what was made: the columns of `select_stories!`.
pub(super) struct StoryRow {
    headline: HeadlineRow,
    request: Json<StoryRequest>,
    result: Option<Json<StoryResult>>,
    /// Null where a story has none, as a book.
    content: Option<Json<Option<StoryContent>>>,
}

impl<'r, R> FromRow<'r, R> for HeadlineRow
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    DateTime<Utc>: Decode<'r, R::Database> + Type<R::Database>,
    f64: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            owner_id: row.try_get(1)?,
            kind: row.try_get(2)?,
            title: row.try_get(3)?,
            custom_title: row.try_get(4)?,
            share_token: row.try_get(5)?,
            shared_at: row.try_get(6)?,
            created_at: row.try_get(7)?,
            updated_at: row.try_get(8)?,
            run_id: row.try_get(9)?,
            status: row.try_get(10)?,
            phase: row.try_get(11)?,
            progress: row.try_get(12)?,
            error_message: row.try_get(13)?,
            error_reason: row.try_get(14)?,
            run_updated_at: row.try_get(15)?,
            final_title: row.try_get(16)?,
            offline: row.try_get(17)?,
        })
    }
}

impl HeadlineRow {
    pub(super) fn into_headline(self) -> Result<StoryHeadline, DbError> {
        Ok(StoryHeadline {
            id: self.id,
            owner_id: self.owner_id,
            kind: StoryKind::parse(&self.kind).ok_or_else(|| unknown("story kind", &self.kind))?,
            title: self.custom_title.or(self.final_title).unwrap_or(self.title),
            run: CurrentRun {
                id: self.run_id,
                status: RunStatus::parse(&self.status).ok_or_else(|| unknown("run status", &self.status))?,
                phase: self.phase,
                progress: self.progress,
                error_message: self.error_message,
                error_reason: self.error_reason,
            },
            offline: self.offline.unwrap_or_default(),
            created_at: self.created_at,
            updated_at: self.updated_at.max(self.run_updated_at),
            share: self
                .share_token
                .zip(self.shared_at)
                .map(|(token, created_at)| StoryShare { token, created_at }),
        })
    }
}

impl<'r, R> FromRow<'r, R> for StoryRow
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    HeadlineRow: FromRow<'r, R>,
    Json<StoryRequest>: Decode<'r, R::Database> + Type<R::Database>,
    Json<StoryResult>: Decode<'r, R::Database> + Type<R::Database>,
    Json<Option<StoryContent>>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            headline: HeadlineRow::from_row(row)?,
            request: row.try_get(HEADLINE)?,
            result: row.try_get(HEADLINE + 1)?,
            content: row.try_get(HEADLINE + 2)?,
        })
    }
}

impl StoryRow {
    pub(super) fn into_story(self) -> Result<Story, DbError> {
        let final_title = self.headline.final_title.clone();
        let made = final_title.zip(self.result).map(|(title, result)| MadeStory {
            title,
            offline: self.headline.offline.unwrap_or_default(),
            result: result.0,
            content: self.content.and_then(|json| json.0),
        });

        Ok(Story {
            headline: self.headline.into_headline()?,
            request: self.request.0,
            made,
        })
    }
}

/// A story that was asked for by its id, or by that of one of its runs, which is the last column.
pub(super) struct BatchRow {
    pub(super) by_run: Option<Uuid>,
    pub(super) story: StoryRow,
}

impl<'r, R> FromRow<'r, R> for BatchRow
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    StoryRow: FromRow<'r, R>,
    Uuid: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            by_run: row.try_get(HEADLINE + 3)?,
            story: StoryRow::from_row(row)?,
        })
    }
}

/// A word that we do not write.
fn unknown(what: &str, word: &str) -> DbError {
    DbError::Query(sqlx::Error::Decode(format!("{word:?} is no {what}").into()))
}
