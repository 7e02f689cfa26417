//! The rows of stories and of what their runs made.

mod batch;
mod change;
mod list;
mod rows;

use chrono::{DateTime, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::types::Json;
use uuid::Uuid;

pub(crate) use self::batch::{find_batch, visible_runs};
pub(crate) use self::change::{delete, find_owners, lock, rename, share, unshare};
pub(crate) use self::list::{count, list, list_headlines};
use self::rows::StoryRow;
use crate::domain::story::{MadeStory, NewStory, Story, StoryKind, StoryRequest, StoryTitle};

/// Stories with their current runs as [`rows::HeadlineRow`] reads them, column by column; `$more` are columns behind them.
/// `$from` names the stories `s`. Only what a run that completed has made is shown.
macro_rules! select_headlines {
    ($($more:literal,)* from $from:literal, $rest:literal) => {
        concat!(
            "SELECT s.id, s.owner_id, s.kind, s.title, s.custom_title, s.share_token, s.shared_at, ",
            "s.created_at, s.updated_at, r.id, r.status, r.phase, CAST(r.progress AS DOUBLE PRECISION), ",
            "r.error_message, r.error_reason, r.updated_at, a.title, a.offline",
            $($more,)*
            " FROM ",
            $from,
            " JOIN runs r ON r.id = s.run_id LEFT JOIN story_results a ON a.run_id = r.id AND r.status = 'completed' ",
            $rest
        )
    };
}
pub(super) use select_headlines;

/// The same with what was asked for and what was made, as [`rows::StoryRow`] reads it. The first of `$more` is the content:
/// NULL where nobody reads it, for it is most of a story's bytes.
macro_rules! select_stories {
    ($more:literal, $from:literal, $rest:literal) => {
        $crate::store::stories::select_headlines!(", s.request, a.result, ", $more, from $from, $rest)
    };
}
pub(super) use select_stories;

/// Writes a story whose current run this transaction has written.
pub(crate) async fn insert(tx: &mut WriteTx, story: &NewStory, run: RunId) -> Result<(), DbError> {
    let sql = "INSERT INTO stories (id, owner_id, guest_owned, kind, title, request, run_id, created_at, updated_at, \
               search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(story.id)
        .bind(story.owner_id)
        .bind(story.guest_owned)
        .bind(story.request.kind().as_str())
        .bind(story.request.title().into_owned())
        .bind(Json(&story.request))
        .bind(run)
        .bind(story.created_at)
        .bind(story.request.title().to_lowercase())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// The title that its maker found, in place of what it was asked about.
pub(crate) async fn give_title(tx: &mut WriteTx, story: Uuid, title: &str) -> Result<(), DbError> {
    let sql = "UPDATE stories SET title = $1, search = $2 WHERE id = $3";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(title)
        .bind(title.to_lowercase())
        .bind(story)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// The story, when this user owns it or a guest does.
pub(crate) async fn find_visible(db: &ScopedDb, story: Uuid, user: Uuid) -> Result<Option<Story>, DbError> {
    let sql = select_stories!(
        "a.content",
        "stories s",
        "WHERE s.id = $1 AND (s.owner_id = $2 OR s.guest_owned)"
    );
    let row: Option<StoryRow> = on!(db, c => sqlx::query_as(sql)
        .bind(story)
        .bind(user)
        .fetch_optional(c)
        .await)?;

    row.map(StoryRow::into_story).transpose()
}

/// Whether the story is there and this user owns it, or a guest does.
pub(crate) async fn is_visible(db: &ScopedDb, story: Uuid, user: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM stories WHERE id = $1 AND (owner_id = $2 OR guest_owned)";
    let found: i64 = on!(db, c => sqlx::query_scalar(sql).bind(story).bind(user).fetch_one(c).await)?;

    Ok(found > 0)
}

/// The story that is shared under this token.
pub(crate) async fn find_shared(db: &ScopedDb, token: &str) -> Result<Option<Story>, DbError> {
    let sql = select_stories!("a.content", "stories s", "WHERE s.share_token = $1");
    let row: Option<StoryRow> = on!(db, c => sqlx::query_as(sql)
        .bind(token)
        .fetch_optional(c)
        .await)?;

    row.map(StoryRow::into_story).transpose()
}

/// The owner's stories by their titles, last changed first.
pub(crate) async fn list_titles(
    db: &ScopedDb,
    owner: Uuid,
    kind: Option<StoryKind>,
    max: u32,
) -> Result<Vec<StoryTitle>, DbError> {
    let sql = "SELECT s.id, COALESCE(s.custom_title, a.title, s.title) AS title, \
               CASE WHEN r.updated_at > s.updated_at THEN r.updated_at ELSE s.updated_at END AS changed_at \
               FROM stories s JOIN runs r ON r.id = s.run_id \
               LEFT JOIN story_results a ON a.run_id = r.id AND r.status = 'completed' \
               WHERE s.owner_id = $1 AND ($2 = '' OR s.kind = $2) ORDER BY changed_at DESC, s.id DESC LIMIT $3";
    let rows: Vec<(Uuid, String, DateTime<Utc>)> = on!(db, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(kind.map_or("", StoryKind::as_str))
        .bind(i64::from(max))
        .fetch_all(c)
        .await)?;
    let titles = rows.into_iter().map(|(id, title, updated_at)| StoryTitle {
        id,
        title,
        updated_at,
    });

    Ok(titles.collect())
}

/// What the story was asked to be.
pub(crate) async fn find_request(db: &ScopedDb, story: Uuid) -> Result<Option<StoryRequest>, DbError> {
    let sql = "SELECT request FROM stories WHERE id = $1";
    let request: Option<Json<StoryRequest>> =
        on!(db, c => sqlx::query_scalar(sql).bind(story).fetch_optional(c).await)?;

    Ok(request.map(|json| json.0))
}

/// Whether the run is an attempt at a story that a guest owns.
pub(crate) async fn is_guests_run(db: &ScopedDb, run: RunId) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM story_runs l JOIN stories s ON s.id = l.story_id \
               WHERE l.run_id = $1 AND s.guest_owned";
    let found: i64 = on!(db, c => sqlx::query_scalar(sql).bind(run).fetch_one(c).await)?;

    Ok(found > 0)
}

/// Keeps what a run made. The first time counts; again is harmless.
pub(crate) async fn publish(
    db: &ScopedDb,
    story: Uuid,
    run: RunId,
    made: &MadeStory,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO story_results (run_id, story_id, title, offline, result, created_at, content, search) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (run_id) DO NOTHING";
    on_write!(db, c => sqlx::query(sql)
        .bind(run)
        .bind(story)
        .bind(&made.title)
        .bind(made.offline)
        .bind(Json(&made.result))
        .bind(at)
        .bind(Json(&made.content))
        .bind(made.title.to_lowercase())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

#[cfg(test)]
mod tests;
