//! The rows of stories, their runs' links, their results and the requests that made them.

mod batch;
mod rows;

use chrono::{DateTime, Utc};
use flow::RunStatus;
use flow::store::NewRun;
use kit::db::{Db, DbError, WriteTx};
use kit::{on, on_tx};
use sqlx::types::Json;
use uuid::Uuid;

use self::rows::{AttemptRow, StoryRow};
use super::owners::is_closed;
use super::runs::insert_run;
use crate::domain::page::{Cursor, Page, PageRequest};
use crate::domain::stories::{Artefacts, Attempt, KeyedRequest, NewStory, Story, StoryKind, Written};
use crate::error::StoryError;

/// Stories with their current runs; the result only when that run completed. `$from` names the stories `s`; `$more` are
/// more columns, among them `chapters`: NULL where nobody reads them, for they are most of a story's bytes.
macro_rules! select_stories {
    ($more:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT s.id, s.kind, s.title, s.repo_url, s.repo_name, s.style, s.duration_minutes, s.voice, ",
            "s.focus_areas, s.technical_depth, s.created_at, s.updated_at, r.id AS run_id, r.status, r.phase, ",
            "CAST(r.progress AS DOUBLE PRECISION) AS progress, r.error_message, r.updated_at AS run_updated_at, a.title AS final_title, a.audio_key, ",
            "a.audio_chunk_keys, a.cover_key, a.transcript_key, a.captions_key, a.duration_seconds, a.offline, ",
            $more,
            " FROM ",
            $from,
            " JOIN runs r ON r.id = s.run_id LEFT JOIN story_results a ON a.run_id = r.id AND r.status = 'completed' ",
            $rest
        )
    };
}
pub(super) use select_stories;

#[derive(Clone)]
pub(crate) struct StoryStore {
    db: Db,
}

fn database(error: impl Into<DbError>) -> StoryError {
    StoryError::Database(error.into())
}

impl StoryStore {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Writes a story with its first run, or nothing.
    pub(crate) async fn create(
        &self,
        story: &NewStory,
        run: &NewRun,
        keyed: Option<&KeyedRequest>,
    ) -> Result<Written, StoryError> {
        let mut tx = self.db.begin_write().await.map_err(database)?;
        if is_closed(&mut tx, story.owner_id).await.map_err(database)? {
            return Err(StoryError::OwnerClosed);
        }

        insert_story(&mut tx, story, run.id).await.map_err(database)?;

        if let Some(keyed) = keyed {
            let claimed = claim_key(&mut tx, keyed, story.id, story.created_at)
                .await
                .map_err(database)?;
            if claimed != Written::New {
                tx.rollback().await.map_err(database)?;
                return Ok(claimed);
            }
        }

        insert_attempt(&mut tx, story.id, run).await?;
        tx.commit().await.map_err(database)?;

        Ok(Written::New)
    }

    /// Puts a new run in place of the attempt's, or nothing. `Moved` when another run took its place meanwhile.
    pub(crate) async fn restart(
        &self,
        attempt: &Attempt,
        run: &NewRun,
        keyed: Option<&KeyedRequest>,
    ) -> Result<Written, StoryError> {
        let mut tx = self.db.begin_write().await.map_err(database)?;
        let mut written = Written::New;
        if let Some(keyed) = keyed {
            written = claim_key(&mut tx, keyed, attempt.story_id, run.created_at)
                .await
                .map_err(database)?;
        }

        if written == Written::New && !point_at(&mut tx, attempt, run.id, run.created_at).await? {
            written = Written::Moved;
        }

        if written != Written::New {
            tx.rollback().await.map_err(database)?;
            return Ok(written);
        }

        insert_attempt(&mut tx, attempt.story_id, run).await?;
        tx.commit().await.map_err(database)?;

        Ok(Written::New)
    }

    /// Makes a run that exists already the story's current one. False when another took the attempt's place meanwhile.
    pub(crate) async fn adopt(
        &self,
        attempt: &Attempt,
        run: Uuid,
        at: DateTime<Utc>,
    ) -> Result<bool, StoryError> {
        let mut tx = self.db.begin_write().await.map_err(database)?;
        if !point_at(&mut tx, attempt, run, at).await? {
            tx.rollback().await.map_err(database)?;
            return Ok(false);
        }

        link_run(&mut tx, attempt.story_id, run, at)
            .await
            .map_err(database)?;
        tx.commit().await.map_err(database)?;

        Ok(true)
    }

    /// The story, when this user owns it or a guest does.
    pub(crate) async fn visible(&self, story: Uuid, user: Uuid) -> Result<Option<Story>, StoryError> {
        let sql = select_stories!(
            "a.chapters",
            "stories s",
            "WHERE s.id = $1 AND (s.owner_id = $2 OR s.guest_owned)"
        );

        let row: Option<StoryRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(story)
            .bind(user)
            .fetch_optional(c)
            .await)
        .map_err(database)?;

        row.map(StoryRow::story).transpose()
    }

    /// The owner's stories, newest first, without their chapters.
    pub(crate) async fn list(
        &self,
        owner: Uuid,
        kind: Option<StoryKind>,
        status: Option<RunStatus>,
        page: PageRequest,
    ) -> Result<Page<Story>, StoryError> {
        let sql = select_stories!(
            "NULL AS chapters",
            "stories s",
            "WHERE s.owner_id = $1 AND ($2 = '' OR s.kind = $2) AND ($3 = '' OR r.status = $3) \
             AND (s.created_at, s.id) < ($4, $5) ORDER BY s.created_at DESC, s.id DESC LIMIT $6"
        );

        let after = page.after.unwrap_or(Cursor::FIRST);
        let rows: Vec<StoryRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(owner)
            .bind(kind.map_or("", StoryKind::name))
            .bind(status.map_or("", RunStatus::as_str))
            .bind(after.created_at)
            .bind(after.id)
            .bind(page.rows())
            .fetch_all(c)
            .await)
        .map_err(database)?;

        let stories = rows
            .into_iter()
            .map(StoryRow::story)
            .collect::<Result<Vec<_>, _>>()?;

        Ok(page.page(stories, Story::cursor))
    }

    /// The current attempt at a story of this owner.
    pub(crate) async fn attempt(&self, story: Uuid, owner: Uuid) -> Result<Option<Attempt>, StoryError> {
        let sql = "SELECT id, run_id, repo_url, repo_name, style, duration_minutes, voice, focus_areas, \
                   technical_depth FROM stories WHERE id = $1 AND owner_id = $2";
        let row: Option<AttemptRow> = on!(&self.db, c => sqlx::query_as(sql)
            .bind(story)
            .bind(owner)
            .fetch_optional(c)
            .await)
        .map_err(database)?;

        row.map(AttemptRow::attempt).transpose()
    }

    /// The story that a run of this owner is an attempt at.
    pub(crate) async fn story_of_run(&self, run: Uuid, owner: Uuid) -> Result<Option<Uuid>, StoryError> {
        let sql = "SELECT s.id FROM story_runs l JOIN stories s ON s.id = l.story_id \
                   WHERE l.run_id = $1 AND s.owner_id = $2";
        on!(&self.db, c => sqlx::query_scalar(sql).bind(run).bind(owner).fetch_optional(c).await)
            .map_err(database)
    }

    /// Whether the run is an attempt at a story that a guest owns.
    pub(crate) async fn is_guests_run(&self, run: Uuid) -> Result<bool, StoryError> {
        let sql = "SELECT COUNT(*) FROM story_runs l JOIN stories s ON s.id = l.story_id \
                   WHERE l.run_id = $1 AND s.guest_owned";
        let found: i64 =
            on!(&self.db, c => sqlx::query_scalar(sql).bind(run).fetch_one(c).await).map_err(database)?;
        Ok(found > 0)
    }

    /// Keeps what a run made. The first time counts; again is harmless.
    pub(crate) async fn publish(
        &self,
        story: Uuid,
        run: Uuid,
        made: &Artefacts,
        at: DateTime<Utc>,
    ) -> Result<(), StoryError> {
        let sql = "INSERT INTO story_results (run_id, story_id, title, audio_key, audio_chunk_keys, cover_key, \
                   transcript_key, captions_key, chapters, duration_seconds, offline, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (run_id) DO NOTHING";

        on!(&self.db, c => sqlx::query(sql)
            .bind(run)
            .bind(story)
            .bind(&made.title)
            .bind(&made.audio_key)
            .bind(Json(&made.audio_chunk_keys))
            .bind(&made.cover_key)
            .bind(&made.transcript_key)
            .bind(&made.captions_key)
            .bind(Json(&made.chapters))
            .bind(made.duration_seconds)
            .bind(made.offline)
            .bind(at)
            .execute(c)
            .await
            .map(drop))
        .map_err(database)
    }
}

async fn insert_story(tx: &mut WriteTx, story: &NewStory, run: Uuid) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO stories (id, owner_id, guest_owned, kind, title, repo_url, repo_name, style, \
               duration_minutes, voice, focus_areas, technical_depth, run_id, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
    let request = &story.request;

    on_tx!(tx, c => sqlx::query(sql)
        .bind(story.id)
        .bind(story.owner_id)
        .bind(story.guest_owned)
        .bind(story.kind.name())
        .bind(&story.title)
        .bind(&request.repo_url)
        .bind(&request.repo_name)
        .bind(request.style.as_str())
        .bind(request.duration_minutes.get().cast_signed())
        .bind(request.voice.as_str())
        .bind(Json(&request.focus_areas))
        .bind(request.technical_depth.as_str())
        .bind(run)
        .bind(story.created_at)
        .execute(c)
        .await
        .map(drop))
}

/// Takes the key for this request, or says what it was taken for.
async fn claim_key(
    tx: &mut WriteTx,
    keyed: &KeyedRequest,
    story: Uuid,
    at: DateTime<Utc>,
) -> Result<Written, sqlx::Error> {
    let insert = "INSERT INTO story_requests (owner_id, key, request_hash, story_id, created_at) \
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (owner_id, key) DO NOTHING";
    let taken = on_tx!(tx, c => sqlx::query(insert)
        .bind(keyed.owner_id)
        .bind(&keyed.key)
        .bind(keyed.hash.as_slice())
        .bind(story)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    if taken > 0 {
        return Ok(Written::New);
    }

    let known = "SELECT request_hash, story_id FROM story_requests WHERE owner_id = $1 AND key = $2";
    let (hash, story_id): (Vec<u8>, Uuid) = on_tx!(tx, c => sqlx::query_as(known)
        .bind(keyed.owner_id)
        .bind(&keyed.key)
        .fetch_one(c)
        .await)?;

    Ok(if hash == keyed.hash {
        Written::Repeated { story_id }
    } else {
        Written::KeyReused
    })
}

/// Moves the story from the attempt's run to another. False when it is not the attempt's any more.
async fn point_at(
    tx: &mut WriteTx,
    attempt: &Attempt,
    run: Uuid,
    at: DateTime<Utc>,
) -> Result<bool, StoryError> {
    let sql = "UPDATE stories SET run_id = $1, updated_at = $2 WHERE id = $3 AND run_id = $4";
    let moved = on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(at)
        .bind(attempt.story_id)
        .bind(attempt.run_id)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))
    .map_err(database)?;

    Ok(moved > 0)
}

async fn insert_attempt(tx: &mut WriteTx, story: Uuid, run: &NewRun) -> Result<(), StoryError> {
    insert_run(tx, run).await.map_err(database)?;
    link_run(tx, story, run.id, run.created_at)
        .await
        .map_err(database)
}

async fn link_run(tx: &mut WriteTx, story: Uuid, run: Uuid, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO story_runs (run_id, story_id, created_at) VALUES ($1, $2, $3)";
    on_tx!(tx, c => sqlx::query(sql).bind(run).bind(story).bind(at).execute(c).await.map(drop))
}

#[cfg(test)]
mod tests;
