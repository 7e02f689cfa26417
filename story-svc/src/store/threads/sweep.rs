//! How long threads and their states are kept, and which of them are to go.

use chrono::{DateTime, TimeDelta, Utc};
use flow::RunId;
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use uuid::Uuid;

use crate::domain::thread::{KeptFrom, ThreadTtl, TtlStrategy};

/// How long a thread of one run stays behind the run's end, so that whoever joins it is told how it ended.
pub(crate) const TTL_GRACE: TimeDelta = TimeDelta::seconds(60);

/// A thread's time, as columns.
#[derive(Default)]
pub(super) struct TtlColumns {
    pub(super) strategy: Option<&'static str>,
    pub(super) seconds: Option<i64>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) sweep_at: Option<DateTime<Utc>>,
}

pub(super) fn write_columns(ttl: Option<ThreadTtl>, now: DateTime<Utc>) -> TtlColumns {
    match ttl {
        None => TtlColumns::default(),
        Some(ThreadTtl::OneRun) => TtlColumns {
            strategy: Some(TtlStrategy::Delete.as_str()),
            sweep_at: Some(now + TTL_GRACE),
            ..TtlColumns::default()
        },
        Some(ThreadTtl::Timed {
            strategy,
            seconds,
            expires_at,
        }) => TtlColumns {
            strategy: Some(strategy.as_str()),
            seconds: Some(seconds),
            expires_at: Some(expires_at),
            sweep_at: Some(expires_at),
        },
    }
}

pub(super) fn read_ttl(
    strategy: Option<&str>,
    seconds: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
) -> Option<ThreadTtl> {
    let strategy = strategy.and_then(TtlStrategy::parse)?;
    let ttl = match seconds.zip(expires_at) {
        Some((seconds, expires_at)) => ThreadTtl::Timed {
            strategy,
            seconds,
            expires_at,
        },
        None => ThreadTtl::OneRun,
    };

    Some(ttl)
}

/// In place of what there was. False when this owner has no such thread.
pub(crate) async fn write_ttl(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    ttl: ThreadTtl,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let columns = write_columns(Some(ttl), now);
    let sql = "UPDATE threads SET ttl_strategy = $3, ttl_seconds = $4, expires_at = $5, sweep_at = $6 \
               WHERE id = $1 AND owner_id = $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(columns.strategy)
        .bind(columns.seconds)
        .bind(columns.expires_at)
        .bind(columns.sweep_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Threads whose time is over, with their owners; the longest over first.
pub(crate) async fn list_to_sweep(
    db: &ScopedDb,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Uuid, Uuid)>, DbError> {
    let sql = "SELECT id, owner_id FROM threads WHERE sweep_at IS NOT NULL AND sweep_at <= $1 ORDER BY sweep_at LIMIT $2";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).bind(limit).fetch_all(c).await)?)
}

/// It is looked for again then. True for one of all who ask at once: that one does what is to be done now.
pub(crate) async fn put_off_sweep(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE threads SET sweep_at = $4 WHERE id = $1 AND owner_id = $2 AND sweep_at <= $3";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(now)
        .bind(until)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Nothing is looked for any more, unless another time was said since.
pub(crate) async fn end_sweep(
    db: &ScopedDb,
    (id, owner): (Uuid, Uuid),
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE threads SET sweep_at = NULL WHERE id = $1 AND owner_id = $2 AND sweep_at = $3";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(owner).bind(until).execute(c).await.map(drop))?;

    Ok(())
}

/// What is older is not told any more.
pub(crate) async fn write_kept_from(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    from: KeptFrom,
) -> Result<(), DbError> {
    let sql = "UPDATE threads SET kept_from = $3, kept_step = $4 WHERE id = $1 AND owner_id = $2";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(from.at)
        .bind(from.step)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// States that somebody put in place, all but the one where the thread stands.
pub(crate) async fn delete_older_states(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    stands_at: Option<Uuid>,
) -> Result<(), DbError> {
    let sql = "DELETE FROM thread_states WHERE thread_id = $1 AND owner_id = $2 AND id <> $3";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(stands_at.unwrap_or_default())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Whether somebody is still to be told how a run of it ended.
pub(crate) async fn has_untold_runs(db: &ScopedDb, thread: Uuid) -> Result<bool, DbError> {
    let sql = "SELECT COUNT(*) FROM thread_runs WHERE thread_id = $1 AND webhook_at IS NOT NULL";
    let untold: i64 = on!(db, c => sqlx::query_scalar(sql).bind(thread).fetch_one(c).await)?;

    Ok(untold > 0)
}

/// Of runs of the engine that have ended, all but the newest state goes, as soon as the workers look for what is to go. `but` is let be.
pub(crate) async fn expire_past_runs(
    tx: &mut WriteTx,
    (id, owner): (Uuid, Uuid),
    but: Option<RunId>,
) -> Result<(), DbError> {
    let sql = "UPDATE runs SET ttl_seconds = 0 WHERE ended_at IS NOT NULL AND id <> $3 AND id IN \
               (SELECT run_id FROM thread_runs WHERE thread_id = $1 AND owner_id = $2 AND run_id IS NOT NULL)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(owner)
        .bind(but.unwrap_or_default())
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
