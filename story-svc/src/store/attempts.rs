//! The runs that make a thing: its row names the current one, a table of links all of them.

use chrono::{DateTime, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Where things of one kind and their runs are: `things` has `id`, `owner_id`, `run_id` and `updated_at`, `links` has
/// `run_id`, `created_at` and the column `thing_id` names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AttemptTables {
    things: &'static str,
    links: &'static str,
    thing_id: &'static str,
}

impl AttemptTables {
    /// Things that have one run each, whose id is theirs: the thing's row is its own link.
    pub(crate) const fn linked_by_themselves(things: &'static str) -> Self {
        Self {
            things,
            links: things,
            thing_id: "id",
        }
    }
}

/// Stories and their runs.
pub(crate) const STORIES: AttemptTables = AttemptTables {
    things: "stories",
    links: "story_runs",
    thing_id: "story_id",
};

/// Moves the thing from one run to another. False when the first is not its current one any more.
pub(crate) async fn point_at(
    tx: &mut WriteTx,
    tables: AttemptTables,
    thing: Uuid,
    (from, to): (RunId, RunId),
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let AttemptTables { things, .. } = tables;
    let sql = format!("UPDATE {things} SET run_id = $1, updated_at = $2 WHERE id = $3 AND run_id = $4");
    let moved = on_tx!(tx, c => sqlx::query(AssertSqlSafe(sql))
        .bind(to)
        .bind(at)
        .bind(thing)
        .bind(from)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(moved > 0)
}

/// Remembers that the run is an attempt at the thing.
pub(crate) async fn link(
    tx: &mut WriteTx,
    tables: AttemptTables,
    thing: Uuid,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let AttemptTables { links, thing_id, .. } = tables;
    let sql = format!("INSERT INTO {links} (run_id, {thing_id}, created_at) VALUES ($1, $2, $3)");
    on_tx!(tx, c => sqlx::query(AssertSqlSafe(sql)).bind(run).bind(thing).bind(at).execute(c).await.map(drop))?;

    Ok(())
}

/// The thing of this owner that the run is an attempt at.
pub(crate) async fn thing_of_run(
    db: &ScopedDb,
    tables: AttemptTables,
    run: RunId,
    owner: Uuid,
) -> Result<Option<Uuid>, DbError> {
    let AttemptTables {
        things,
        links,
        thing_id,
    } = tables;
    let sql = format!(
        "SELECT t.id FROM {links} l JOIN {things} t ON t.id = l.{thing_id} WHERE l.run_id = $1 AND t.owner_id = $2"
    );

    Ok(on!(db, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(run).bind(owner).fetch_optional(c).await)?)
}

/// The current run of a thing of this owner.
pub(crate) async fn current_run(
    db: &ScopedDb,
    tables: AttemptTables,
    thing: Uuid,
    owner: Uuid,
) -> Result<Option<RunId>, DbError> {
    let AttemptTables { things, .. } = tables;
    let sql = format!("SELECT run_id FROM {things} WHERE id = $1 AND owner_id = $2");

    Ok(on!(db, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(thing).bind(owner).fetch_optional(c).await)?)
}
