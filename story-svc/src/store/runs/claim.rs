//! Who works on what: claims, leases, and cancellations that a worker has not heard of.

use chrono::{DateTime, SubsecRound, Utc};
use flow::store::{Beat, Claim, Claimed, Run, RunId, RunStatus, Steered, StoreError};
use kit::db::ScopedDb;
use kit::{on, on_write};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::Writes;
use super::batch::Batcher;
use super::commit::{Value, bind_all};
use super::rows::{RunRow, failed, run_columns, status};
use crate::store::ids;

/// A claimed run with its input.
#[derive(sqlx::FromRow)]
struct ClaimedRow {
    #[sqlx(flatten)]
    run: RunRow,
    input: Vec<u8>,
    trace: Option<String>,
}

/// Neither paused, nor behind an older run of the same key.
const FREE: &str = "NOT paused AND (concurrency_key IS NULL OR NOT EXISTS (SELECT 1 FROM runs k WHERE k.owner = runs.owner \
     AND k.concurrency_key = runs.concurrency_key AND k.ended_at IS NULL \
     AND (k.created_at, k.id) < (runs.created_at, runs.id)))";

/// Due runs of the graphs `$7`, `$8`…, of guests or of others: whoever has fewer running runs comes first, then the oldest;
/// none of a share of which the worker holds enough. The sum in the limit keeps SQLite from preparing the statement anew
/// for each value of it.
fn ranked(graphs: usize, spare: &str) -> String {
    let names: Vec<_> = (7..7 + graphs).map(|place| format!("${place}")).collect();

    format!(
        "SELECT due.id, due.place + coalesce(busy.runs, 0) AS place, due.created_at FROM ( \
           SELECT id, coalesce(share, owner) AS share, created_at, \
           row_number() OVER (PARTITION BY coalesce(share, owner) ORDER BY priority DESC, created_at, id) AS place \
           FROM runs WHERE status IN ('queued', 'running', 'cancelling') AND lease_until <= $3 AND guest = $5 \
           AND graph IN ({}) AND {FREE} \
         ) due LEFT JOIN ( \
           SELECT coalesce(share, owner) AS share, count(*) AS runs, \
           sum(CASE WHEN worker = $1 THEN 1 ELSE 0 END) AS here FROM runs \
           WHERE status IN ('queued', 'running', 'cancelling') AND worker IS NOT NULL AND lease_until > $3 \
           GROUP BY coalesce(share, owner) \
         ) busy ON busy.share = due.share WHERE due.place + coalesce(busy.here, 0) <= $6 \
         ORDER BY 2, 3 LIMIT ($4 + 0){spare}",
        names.join(", ")
    )
}

fn take(ids: &str) -> String {
    format!(
        "UPDATE runs SET status = CASE status WHEN 'queued' THEN 'running' ELSE status END, fence = fence + 1, \
         lost = lost + CASE WHEN worker IS NULL THEN 0 ELSE 1 END, worker = $1, lease_until = $2, \
         started_at = coalesce(started_at, $3), active_since = coalesce(active_since, $3), updated_at = $3 \
         WHERE id IN ({ids}) RETURNING {}, runs.input, runs.trace",
        run_columns!()
    )
}

pub(super) async fn claim(writes: &Writes, mut claim: Claim) -> Result<Vec<Claimed>, StoreError> {
    // What PostgreSQL keeps of a time; `began` compares it.
    claim.now = claim.now.trunc_subsecs(6);

    if claim.graphs.is_empty() {
        return Ok(Vec::new());
    }

    let rows = match writes {
        Writes::Grouped(batcher) => on_sqlite(batcher, &claim).await,
        Writes::Direct(db) => on_postgres(db, &claim).await,
    };
    let mut rows = rows.map_err(failed)?;
    rows.sort_by_key(|row| row.run.created());

    let claimed = rows.into_iter().map(|row| {
        let run = Run::try_from(row.run)?;
        Ok(Claimed {
            began: run.status == RunStatus::Running && run.active_since == Some(claim.now),
            input: row.input,
            trace: row.trace,
            run,
        })
    });

    claimed.collect()
}

fn values(claim: &Claim) -> Vec<Value> {
    let mut values = vec![
        Value::Text(Some(claim.worker.clone())),
        claim.lease_until.into(),
        claim.now.into(),
        i64::from(claim.limit).into(),
        Value::Bool(claim.guests),
        i64::from(claim.most_of_share).into(),
    ];
    values.extend(claim.graphs.iter().map(|graph| Value::Text(Some(graph.clone()))));
    values
}

/// SQLite has one writer at a time, so what was ranked is what is taken.
async fn on_sqlite(batcher: &Batcher, claim: &Claim) -> Result<Vec<ClaimedRow>, sqlx::Error> {
    let sql = take(&format!("SELECT id FROM ({})", ranked(claim.graphs.len(), "")));
    let rows = batcher.query(AssertSqlSafe(sql), values(claim)).await?;
    rows.iter().map(ClaimedRow::from_row).collect()
}

/// PostgreSQL's workers step over runs that another one is taking. Candidates are ranked without locks, so more than
/// needed are, and looked at again under the lock.
async fn on_postgres(db: &ScopedDb, claim: &Claim) -> Result<Vec<ClaimedRow>, sqlx::Error> {
    let sql = format!(
        "WITH picked AS MATERIALIZED (SELECT r.id FROM runs r JOIN ({}) ranked ON ranked.id = r.id \
         WHERE r.status IN ('queued', 'running', 'cancelling') AND r.lease_until <= $3 AND NOT r.paused \
         ORDER BY ranked.place, ranked.created_at LIMIT ($4 + 0) FOR UPDATE OF r SKIP LOCKED) {}",
        ranked(claim.graphs.len(), " * 4"),
        take("SELECT id FROM picked")
    );

    on_write!(db, c => bind_all!(sqlx::query_as(AssertSqlSafe(sql)), values(claim))
        .fetch_all(c)
        .await)
}

pub(super) async fn heartbeat(
    db: &ScopedDb,
    worker: &str,
    runs: &[RunId],
    until: DateTime<Utc>,
) -> Result<Vec<Beat>, StoreError> {
    let sql = format!(
        "UPDATE runs SET lease_until = $2 WHERE worker = $1 AND status IN ('queued', 'running', 'cancelling') \
         AND id IN {} RETURNING id, fence, status",
        ids::rows(db.db(), "$3")
    );
    let rows: Result<Vec<(Uuid, i64, String)>, _> = on_write!(db, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(worker)
        .bind(until)
        .bind(ids::list(runs))
        .fetch_all(c)
        .await);
    let beats = rows.map_err(failed)?.into_iter().map(|(run, fence, name)| {
        Ok(Beat {
            run,
            fence,
            cancelling: status(&name)? == RunStatus::Cancelling,
        })
    });

    beats.collect()
}

pub(super) async fn steered(db: &ScopedDb, worker: &str) -> Result<Vec<(RunId, Steered)>, StoreError> {
    // The list of statuses is the condition of the index.
    let sql = "SELECT id, status FROM runs WHERE worker = $1 AND (status = 'cancelling' OR paused) \
               AND status IN ('queued', 'running', 'cancelling')";
    let rows: Vec<(RunId, String)> =
        on!(db, c => sqlx::query_as(sql).bind(worker).fetch_all(c).await).map_err(failed)?;
    let steered = rows.into_iter().map(|(run, name)| {
        Ok(match status(&name)? {
            RunStatus::Cancelling => (run, Steered::Cancel),
            _ => (run, Steered::Pause),
        })
    });

    steered.collect()
}
