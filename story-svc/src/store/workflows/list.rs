//! An owner's workflows in pages: filtered, newest first, from either end, and counted.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb};
use kit::on;
use kit::page::{Cursor, Page, PageRequest};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::rows::WorkflowRow;
use super::select_workflows;
use crate::domain::workflow::{WorkflowFilter, WorkflowRecord, WorkflowStatus};
use crate::store::ids;

/// A workflow's status, as [`WorkflowStatus::of_run`] says it.
const STATUS: &str = "(CASE WHEN r.id IS NULL THEN 'created' WHEN r.status IN ('completed', 'failed', 'cancelled') \
                      THEN r.status WHEN r.paused OR r.status = 'waiting_for_input' THEN 'interrupted' \
                      WHEN r.status = 'queued' AND r.started_at IS NULL THEN 'created' ELSE 'running' END)";
/// Of what is asked for beside the words: time, owner, statuses, types, after, before, failed node, ids.
const FIXED: usize = 8;

/// The values that [`condition`] speaks of: the fixed ones, then the words.
macro_rules! bind_filter {
    ($query:expr, $now:expr, $owner:expr, $filter:expr) => {{
        let mut query = $query
            .bind($now)
            .bind($owner)
            .bind(statuses($filter))
            .bind(comma_list($filter.types.iter().map(String::as_str)))
            .bind($filter.created_after)
            .bind($filter.created_before)
            .bind($filter.failed_node.clone())
            .bind(ids::list(&$filter.ids));
        for word in &$filter.words {
            query = query.bind(pattern(word));
        }

        query
    }};
}

/// One page of them.
pub(crate) async fn list(
    db: &ScopedDb,
    owner: Uuid,
    filter: &WorkflowFilter,
    (page, offset): (PageRequest, u32),
    now: DateTime<Utc>,
) -> Result<Page<WorkflowRecord>, DbError> {
    let (compare, direction) = if page.backward {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let start = page.start(!page.backward);
    let first = FIXED + filter.words.len();
    let sql = format!(
        concat!(
            select_workflows!("NULL", "NULL"),
            "{} AND (w.created_at, w.id) {} (${}, ${}) ORDER BY w.created_at {}, w.id {} LIMIT ${} OFFSET ${}"
        ),
        condition(db, filter),
        compare,
        first + 1,
        first + 2,
        direction,
        direction,
        first + 3,
        first + 4,
    );

    let rows: Vec<WorkflowRow> = on!(db, c => {
        bind_filter!(sqlx::query_as(AssertSqlSafe(sql)), now, owner, filter).bind(start.at).bind(start.id).bind(page.rows()).bind(i64::from(offset)).fetch_all(c).await
    })?;
    let records = rows
        .into_iter()
        .map(WorkflowRow::into_record)
        .collect::<Result<Vec<_>, _>>()?;

    Ok(page.page(records, |record| Cursor {
        at: record.created_at,
        id: record.id,
    }))
}

/// How many there are.
pub(crate) async fn count(
    db: &ScopedDb,
    owner: Uuid,
    filter: &WorkflowFilter,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = format!(
        concat!(
            "SELECT COUNT(*) FROM (",
            select_workflows!("NULL", "NULL"),
            "{}) found"
        ),
        condition(db, filter)
    );
    let count: i64 = on!(db, c => {
        let query = bind_filter!(sqlx::query_scalar(AssertSqlSafe(sql)), now, owner, filter);
        query.fetch_one(c).await
    })?;

    Ok(count.cast_unsigned())
}

/// The first of them, oldest first.
pub(crate) async fn list_ids(
    db: &ScopedDb,
    owner: Uuid,
    filter: &WorkflowFilter,
    most: u32,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, DbError> {
    let sql = format!(
        concat!(
            "SELECT found.id FROM (",
            select_workflows!("NULL", "NULL"),
            "{}) found ORDER BY found.created_at, found.id LIMIT ${}"
        ),
        condition(db, filter),
        FIXED + filter.words.len() + 1,
    );
    let found: Vec<Uuid> = on!(db, c => {
        bind_filter!(sqlx::query_scalar(AssertSqlSafe(sql)), now, owner, filter).bind(i64::from(most)).fetch_all(c).await
    })?;

    Ok(found)
}

fn condition(db: &ScopedDb, filter: &WorkflowFilter) -> String {
    let mut sql = format!(
        "WHERE w.owner_id = $2 AND ($3 = '' OR $3 LIKE '%,' || {STATUS} || ',%') \
         AND ($4 = '' OR $4 LIKE '%,' || w.workflow_type || ',%') \
         AND ($5 IS NULL OR w.created_at > $5) AND ($6 IS NULL OR w.created_at < $6) \
         AND ($7 IS NULL OR r.failed_node = $7) AND ($8 = '[]' OR w.id IN (SELECT i.id FROM {} i))",
        ids::rows(db.db(), "$8")
    );
    if filter.executed {
        sql.push_str(" AND r.id IS NOT NULL");
    }
    for place in (FIXED + 1..).take(filter.words.len()) {
        sql.push_str(&format!(" AND w.search LIKE ${place} ESCAPE '\\'"));
    }

    sql
}

fn statuses(filter: &WorkflowFilter) -> String {
    comma_list(
        filter
            .statuses
            .iter()
            .map(|status| WorkflowStatus::as_str(*status)),
    )
}

/// Empty, or `,a,b,`.
fn comma_list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut list: String = items.flat_map(|item| [",", item]).collect();
    if !list.is_empty() {
        list.push(',');
    }

    list
}

/// A pattern that a text matches when it has the word in it.
pub(in crate::store) fn pattern(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
