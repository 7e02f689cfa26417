//! Reading runs, their events and their checkpoints.

use chrono::{DateTime, Utc};
use flow::store::{
    Access, CheckpointInfo, Effect, EffectKey, Event, OwnerId, Page, Resume, Run, RunId, RunStatus,
    SavedCheckpoint, StoreError,
};
use kit::db::ScopedDb;
use kit::on;
use kit::page::{Cursor, Page as KitPage, PageRequest};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::store::ids;

use super::rows::{CheckpointRow, EventRow, RunRow, failed, owner, run_columns};

pub(super) async fn get(db: &ScopedDb, access: Access, run: RunId) -> Result<Run, StoreError> {
    let sql = concat!(
        "SELECT ",
        run_columns!(),
        " FROM runs WHERE id = $1 AND ($2 IS NULL OR owner = $2)"
    );
    let query =
        on!(db, c => sqlx::query_as::<_, RunRow>(sql).bind(run).bind(owner(access)).fetch_optional(c).await);
    query.map_err(failed)?.ok_or(StoreError::NotFound)?.try_into()
}

/// Those of these runs that the user owns, or that are attempts at a story which a guest owns.
pub(crate) async fn visible(db: &ScopedDb, user: OwnerId, runs: &[RunId]) -> Result<Vec<Run>, StoreError> {
    let sql = format!(
        concat!(
            "SELECT ",
            run_columns!(),
            " FROM runs WHERE runs.id IN (SELECT i.id FROM {} i) AND (runs.owner = $2 OR EXISTS (SELECT 1 FROM \
             story_runs l JOIN stories s ON s.id = l.story_id WHERE l.run_id = runs.id AND s.guest_owned))"
        ),
        ids::rows(db.db(), "$1")
    );
    let rows = on!(db, c => sqlx::query_as::<_, RunRow>(AssertSqlSafe(sql))
        .bind(ids::list(runs)).bind(user).fetch_all(c).await);

    rows.map_err(failed)?.into_iter().map(Run::try_from).collect()
}

/// Which runs a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunsOf {
    Owner(OwnerId),
    /// All attempts at it.
    Story(Uuid),
}

impl RunsOf {
    fn id(self) -> Uuid {
        match self {
            Self::Owner(id) | Self::Story(id) => id,
        }
    }

    /// The runs with this id at `$1` and this status at `$2`; all with none.
    fn source(self) -> &'static str {
        match self {
            Self::Owner(_) => "runs WHERE runs.owner = $1 AND ($2 IS NULL OR runs.status = $2)",
            Self::Story(_) => {
                "runs JOIN story_runs l ON l.run_id = runs.id \
                 WHERE l.story_id = $1 AND ($2 IS NULL OR runs.status = $2)"
            }
        }
    }
}

/// One page of them, newest first.
pub(crate) async fn page(
    db: &ScopedDb,
    of: RunsOf,
    status: Option<RunStatus>,
    page: PageRequest,
) -> Result<KitPage<Run>, StoreError> {
    let (compare, direction) = if page.backward {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let start = page.start(!page.backward);
    let sql = format!(
        concat!(
            "SELECT ",
            run_columns!(),
            " FROM {} AND (runs.created_at, runs.id) {} ($3, $4) \
             ORDER BY runs.created_at {}, runs.id {} LIMIT $5"
        ),
        of.source(),
        compare,
        direction,
        direction
    );
    let rows = on!(db, c => sqlx::query_as::<_, RunRow>(AssertSqlSafe(sql))
        .bind(of.id())
        .bind(status.map(RunStatus::as_str))
        .bind(start.at)
        .bind(start.id)
        .bind(page.rows())
        .fetch_all(c)
        .await);
    let rows = rows.map_err(failed)?.into_iter().map(Run::try_from);

    Ok(page.page(rows.collect::<Result<_, _>>()?, cursor))
}

/// How many of them there are.
pub(crate) async fn count(db: &ScopedDb, of: RunsOf, status: Option<RunStatus>) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM {}", of.source());
    let count = on!(db, c => sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql))
        .bind(of.id())
        .bind(status.map(RunStatus::as_str))
        .fetch_one(c)
        .await);

    Ok(count.map_err(failed)?.cast_unsigned())
}

/// Where a list goes on after this run.
pub(crate) fn cursor(run: &Run) -> Cursor {
    Cursor {
        at: run.created_at,
        id: run.id,
    }
}

pub(super) async fn list(db: &ScopedDb, access: Access, page: Page) -> Result<Vec<Run>, StoreError> {
    let sql = concat!(
        "SELECT ",
        run_columns!(),
        " FROM runs WHERE ($1 IS NULL OR owner = $1) AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR graph = $3)",
        " AND ($4 IS NULL OR created_at < $4 OR (created_at = $4 AND id < $5))",
        " ORDER BY created_at DESC, id DESC LIMIT ($6 + 0)"
    );

    let status = page.status.map(RunStatus::as_str);
    let (before, before_id) = page.before.unzip();
    let rows = on!(db, c => sqlx::query_as::<_, RunRow>(sql)
        .bind(owner(access)).bind(status).bind(page.graph).bind(before).bind(before_id).bind(i64::from(page.limit))
        .fetch_all(c).await);

    rows.map_err(failed)?.into_iter().map(Run::try_from).collect()
}

pub(super) async fn events(
    db: &ScopedDb,
    run: RunId,
    after: u64,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let sql = "SELECT number, kind, data, at FROM run_events WHERE run_id = $1 AND number > $2 ORDER BY number LIMIT ($3 + 0)";
    let rows = on!(db, c => sqlx::query_as::<_, EventRow>(sql)
        .bind(run).bind(after.cast_signed()).bind(i64::from(limit)).fetch_all(c).await);
    Ok(rows.map_err(failed)?.into_iter().map(Event::from).collect())
}

/// The input as the checkpoint that it is.
async fn first(
    db: &ScopedDb,
    access: Access,
    run: RunId,
) -> Result<(SavedCheckpoint, DateTime<Utc>), StoreError> {
    let sql = "SELECT first_step, input, created_at FROM runs WHERE id = $1 AND ($2 IS NULL OR owner = $2)";
    let row = on!(db, c => sqlx::query_as::<_, (i64, Vec<u8>, DateTime<Utc>)>(sql)
        .bind(run).bind(owner(access)).fetch_optional(c).await);
    let (step, record, at) = row.map_err(failed)?.ok_or(StoreError::NotFound)?;
    let saved = SavedCheckpoint {
        step: step.cast_unsigned(),
        base: step.cast_unsigned(),
        record,
        spilled: None,
    };

    Ok((saved, at))
}

pub(super) async fn chain(
    db: &ScopedDb,
    access: Access,
    run: RunId,
    step: u64,
) -> Result<Vec<SavedCheckpoint>, StoreError> {
    let (first, _) = first(db, access, run).await?;
    if first.step == step {
        return Ok(vec![first]);
    }

    let sql = "SELECT step, base, record, spilled FROM checkpoints WHERE run_id = $1 AND step <= $2 \
               AND step >= (SELECT base FROM checkpoints WHERE run_id = $1 AND step = $2) ORDER BY step";
    let rows = on!(db, c => sqlx::query_as::<_, CheckpointRow>(sql)
        .bind(run).bind(step.cast_signed()).fetch_all(c).await);
    let mut chain: Vec<_> = rows
        .map_err(failed)?
        .into_iter()
        .map(SavedCheckpoint::from)
        .collect();
    match chain.first() {
        None => return Err(StoreError::NoCheckpoint),
        Some(oldest) if oldest.base == first.step => chain.insert(0, first),
        Some(_) => {}
    }

    Ok(chain)
}

pub(super) async fn history(
    db: &ScopedDb,
    access: Access,
    run: RunId,
) -> Result<Vec<CheckpointInfo>, StoreError> {
    let (first, created_at) = first(db, access, run).await?;
    let sql = "SELECT step, record, created_at FROM checkpoints WHERE run_id = $1 ORDER BY step DESC";
    let rows =
        on!(db, c => sqlx::query_as::<_, (i64, Vec<u8>, DateTime<Utc>)>(sql).bind(run).fetch_all(c).await);
    let infos = rows
        .map_err(failed)?
        .into_iter()
        .map(|(step, record, created_at)| CheckpointInfo {
            step: step.cast_unsigned(),
            record,
            created_at,
        });

    let oldest = CheckpointInfo {
        step: first.step,
        record: first.record,
        created_at,
    };

    Ok(infos.chain([oldest]).collect())
}

pub(super) async fn resume(db: &ScopedDb, run: RunId) -> Result<Resume, StoreError> {
    let sql = "SELECT max(step) FROM checkpoints WHERE run_id = $1";
    let newest: Option<i64> =
        on!(db, c => sqlx::query_scalar(sql).bind(run).fetch_one(c).await).map_err(failed)?;
    let chain = match newest {
        Some(step) => chain(db, Access::System, run, step.cast_unsigned()).await?,
        None => vec![first(db, Access::System, run).await?.0],
    };
    let next = chain.last().map_or(0, |last| last.step + 1);
    let effects = "SELECT step, node, item, key, value FROM effects WHERE run_id = $1 AND step >= $2";
    let effects = on!(db, c => sqlx::query_as::<_, (i64, String, i64, String, String)>(effects)
        .bind(run).bind(next.cast_signed()).fetch_all(c).await)
    .map_err(failed)?;
    let events =
        "SELECT number, kind, data, at FROM run_events WHERE run_id = $1 AND step = $2 ORDER BY number";
    let events = on!(db, c => sqlx::query_as::<_, EventRow>(events)
        .bind(run).bind(next.cast_signed()).fetch_all(c).await)
    .map_err(failed)?;

    Ok(Resume {
        chain,
        effects: effects.into_iter().map(effect).collect(),
        events: events.into_iter().map(Event::from).collect(),
    })
}

fn effect((step, node, item, key, value): (i64, String, i64, String, String)) -> Effect {
    let step = step.cast_unsigned();
    Effect {
        at: EffectKey {
            step,
            node,
            item,
            key,
        },
        value,
    }
}
