//! How much a thread's rows take.

use kit::db::{DbError, ScopedDb};
use kit::on;
use uuid::Uuid;

use crate::domain::thread::StorageUse;

/// Its states, of runs and put in place; and what steps in progress have noted.
pub(crate) async fn measure_storage(
    db: &ScopedDb,
    (thread, owner): (Uuid, Uuid),
) -> Result<(StorageUse, StorageUse), DbError> {
    let sql = "WITH engine AS (SELECT DISTINCT run_id AS id FROM thread_runs \
               WHERE thread_id = $1 AND owner_id = $2 AND run_id IS NOT NULL), \
               states AS (SELECT octet_length(c.record) AS bytes FROM checkpoints c JOIN engine e ON e.id = c.run_id \
               UNION ALL SELECT octet_length(r.input) FROM runs r JOIN engine e ON e.id = r.id \
               UNION ALL SELECT octet_length(s.state) FROM thread_states s WHERE s.thread_id = $1 AND s.owner_id = $2) \
               SELECT COUNT(*), CAST(coalesce(SUM(bytes), 0) AS BIGINT), \
               (SELECT COUNT(*) FROM effects f JOIN engine e ON e.id = f.run_id), \
               (SELECT CAST(coalesce(SUM(octet_length(f.value)), 0) AS BIGINT) FROM effects f JOIN engine e ON e.id = f.run_id) \
               FROM states";
    let (count, bytes, pending, pending_bytes): (i64, i64, i64, i64) =
        on!(db, c => sqlx::query_as(sql).bind(thread).bind(owner).fetch_one(c).await)?;
    let used = |count: i64, bytes: i64| StorageUse {
        count: count.cast_unsigned(),
        bytes: bytes.cast_unsigned(),
    };

    Ok((used(count, bytes), used(pending, pending_bytes)))
}
