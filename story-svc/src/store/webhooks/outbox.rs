//! Events that are to be told. An entry is written in the transaction that its event is numbered in, when the run's owner has a
//! webhook that is on.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;
use uuid::Uuid;

use crate::domain::webhook::{EventSubject, OutboxEntry};

/// Notes a run's newest event. `$1` is the run, `$2` its fence (NULL when nobody has to hold it), `$3` at least 0, `$4` the time.
pub(in crate::store) const NOTE_EVENT: &str = "INSERT INTO webhook_outbox (run_id, number, owner_id, at) \
     SELECT r.id, (SELECT max(e.number) FROM run_events e WHERE e.run_id = $1), r.owner, $4 FROM runs r \
     WHERE r.id = $1 AND (CAST($2 AS BIGINT) IS NULL OR (r.fence = $2 AND r.worker IS NOT NULL)) AND $3 >= 0 \
     AND EXISTS (SELECT 1 FROM webhooks w WHERE w.owner_id = r.owner AND w.active)";

/// Notes the newest event of a run that this transaction has numbered.
pub(crate) async fn note_last_event(tx: &mut WriteTx, run: Uuid, at: DateTime<Utc>) -> Result<(), DbError> {
    on_tx!(tx, c => sqlx::query(NOTE_EVENT)
        .bind(run)
        .bind(None::<i64>)
        .bind(0_i64)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

#[derive(FromRow)]
struct OutboxRow {
    run_id: Uuid,
    number: i64,
    owner_id: Uuid,
    at: DateTime<Utc>,
    data: String,
    error_message: Option<String>,
    workflow_id: Option<Uuid>,
    ordinal: Option<i64>,
    workflow_name: Option<String>,
    story_id: Option<Uuid>,
    story_title: Option<String>,
}

impl From<OutboxRow> for OutboxEntry {
    fn from(row: OutboxRow) -> Self {
        let workflow = row.workflow_id.map(|id| EventSubject::Workflow {
            id,
            name: row.workflow_name.unwrap_or_default(),
            ordinal: u32::try_from(row.ordinal.unwrap_or_default()).unwrap_or_default(),
        });
        let story = row.story_id.map(|id| EventSubject::Story {
            id,
            title: row.story_title.unwrap_or_default(),
        });

        Self {
            run_id: row.run_id,
            number: row.number,
            owner_id: row.owner_id,
            at: row.at,
            data: row.data,
            error_message: row.error_message,
            subject: workflow.or(story),
        }
    }
}

/// The oldest ones.
pub(crate) async fn list_outbox(db: &ScopedDb, most: i64) -> Result<Vec<OutboxEntry>, DbError> {
    let sql = "SELECT o.run_id, o.number, o.owner_id, o.at, e.data, r.error_message, w.id AS workflow_id, l.ordinal, \
               w.name AS workflow_name, s.id AS story_id, coalesce(s.custom_title, s.title) AS story_title \
               FROM webhook_outbox o JOIN runs r ON r.id = o.run_id \
               JOIN run_events e ON e.run_id = o.run_id AND e.number = o.number \
               LEFT JOIN workflow_runs l ON l.run_id = o.run_id LEFT JOIN workflows w ON w.id = l.workflow_id \
               LEFT JOIN story_runs a ON a.run_id = o.run_id LEFT JOIN stories s ON s.id = a.story_id \
               ORDER BY o.at, o.run_id, o.number LIMIT $1";
    let rows: Vec<OutboxRow> = on!(db, c => sqlx::query_as(sql).bind(most).fetch_all(c).await)?;

    Ok(rows.into_iter().map(OutboxEntry::from).collect())
}

/// False when it is gone already.
pub(crate) async fn delete_outbox(tx: &mut WriteTx, run: Uuid, number: i64) -> Result<bool, DbError> {
    let sql = "DELETE FROM webhook_outbox WHERE run_id = $1 AND number = $2";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(run)
        .bind(number)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}
