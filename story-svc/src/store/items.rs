//! The rows of items.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx, on_write};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::workflows::{pattern, read_json};
use crate::domain::item::{Item, ItemQuery, read_namespace, write_fields, write_namespace, write_texts};

#[derive(FromRow)]
struct ItemRow {
    namespace: String,
    key: String,
    value: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
}

impl TryFrom<ItemRow> for Item {
    type Error = DbError;

    fn try_from(row: ItemRow) -> Result<Self, DbError> {
        Ok(Self {
            namespace: read_namespace(&row.namespace),
            value: read_json(&row.value)?,
            key: row.key,
            created_at: row.created_at,
            updated_at: row.updated_at,
            expires_at: row.expires_at,
        })
    }
}

/// Bytes and number of the owner's items but for the one in this place.
pub(crate) async fn measure_others(
    tx: &mut WriteTx,
    owner: Uuid,
    item: &Item,
) -> Result<(i64, i64), DbError> {
    let sql = "SELECT CAST(coalesce(SUM(bytes), 0) AS BIGINT), COUNT(*) FROM items \
               WHERE owner_id = $1 AND NOT (namespace = $2 AND key = $3) AND (expires_at IS NULL OR expires_at > $4)";
    Ok(on_tx!(tx, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(write_namespace(&item.namespace))
        .bind(&item.key)
        .bind(item.updated_at)
        .fetch_one(c)
        .await)?)
}

/// In place of what is there; that keeps when it was made and, without another, when it expires.
pub(crate) async fn put(tx: &mut WriteTx, owner: Uuid, item: Item) -> Result<Item, DbError> {
    let namespace = write_namespace(&item.namespace);
    let value = item.value.to_string();
    let bytes = namespace.len() + item.key.len() + value.len();
    let mut texts = String::new();
    write_texts(&item.value, &mut texts);

    let sql = "DELETE FROM items WHERE owner_id = $1 AND namespace = $2 AND key = $3 AND expires_at <= $4";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(owner)
        .bind(&namespace)
        .bind(&item.key)
        .bind(item.updated_at)
        .execute(c)
        .await
        .map(drop))?;

    let sql = "INSERT INTO items (owner_id, namespace, key, value, fields, search, bytes, created_at, updated_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) ON CONFLICT (owner_id, namespace, key) DO UPDATE SET \
               value = excluded.value, fields = excluded.fields, search = excluded.search, bytes = excluded.bytes, \
               updated_at = excluded.updated_at, expires_at = coalesce(excluded.expires_at, items.expires_at) \
               RETURNING namespace, key, value, created_at, updated_at, expires_at";
    let row: ItemRow = on_tx!(tx, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(&namespace)
        .bind(&item.key)
        .bind(&value)
        .bind(write_fields(&item.value))
        .bind(&texts)
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .bind(item.updated_at)
        .bind(item.expires_at)
        .fetch_one(c)
        .await)?;

    row.try_into()
}

pub(crate) async fn find(
    db: &ScopedDb,
    owner: Uuid,
    (namespace, key): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Option<Item>, DbError> {
    let sql = "SELECT namespace, key, value, created_at, updated_at, expires_at FROM items \
               WHERE owner_id = $1 AND namespace = $2 AND key = $3 AND (expires_at IS NULL OR expires_at > $4)";
    let row: Option<ItemRow> = on!(db, c => sqlx::query_as(sql)
        .bind(owner)
        .bind(namespace)
        .bind(key)
        .bind(now)
        .fetch_optional(c)
        .await)?;

    row.map(Item::try_from).transpose()
}

/// False when there is none.
pub(crate) async fn delete(
    db: &ScopedDb,
    owner: Uuid,
    (namespace, key): (&str, &str),
) -> Result<bool, DbError> {
    let sql = "DELETE FROM items WHERE owner_id = $1 AND namespace = $2 AND key = $3";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(owner)
        .bind(namespace)
        .bind(key)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// By namespace and key.
pub(crate) async fn search(
    db: &ScopedDb,
    owner: Uuid,
    query: &ItemQuery,
    now: DateTime<Utc>,
) -> Result<Vec<Item>, DbError> {
    let mut sql = String::from(
        "SELECT namespace, key, value, created_at, updated_at, expires_at FROM items WHERE owner_id = $1 \
         AND (expires_at IS NULL OR expires_at > $2) AND substr(namespace, 1, length($3)) = $3",
    );
    let mut place = 5;
    for _ in &query.fields {
        place += 1;
        sql.push_str(&format!(" AND replace(fields, ${place}, '') <> fields"));
    }
    for _ in &query.words {
        place += 1;
        sql.push_str(&format!(" AND search LIKE ${place} ESCAPE '\\'"));
    }
    sql.push_str(" ORDER BY namespace, key LIMIT $4 OFFSET $5");

    let rows: Vec<ItemRow> = on!(db, c => {
        let mut asked = sqlx::query_as(AssertSqlSafe(sql))
            .bind(owner)
            .bind(now)
            .bind(&query.namespace)
            .bind(i64::from(query.limit))
            .bind(i64::from(query.offset));
        for field in &query.fields {
            asked = asked.bind(field);
        }
        for word in &query.words {
            asked = asked.bind(pattern(word));
        }
        asked.fetch_all(c).await
    })?;

    rows.into_iter().map(Item::try_from).collect()
}

/// Those that begin so, in order.
pub(crate) async fn list_namespaces(
    db: &ScopedDb,
    owner: Uuid,
    beginning: &str,
    now: DateTime<Utc>,
) -> Result<Vec<String>, DbError> {
    let sql = "SELECT DISTINCT namespace FROM items WHERE owner_id = $1 AND (expires_at IS NULL OR expires_at > $2) \
               AND substr(namespace, 1, length($3)) = $3 ORDER BY namespace LIMIT 1000";
    Ok(on!(db, c => sqlx::query_scalar(sql)
        .bind(owner)
        .bind(now)
        .bind(beginning)
        .fetch_all(c)
        .await)?)
}

/// What nobody can see any more.
pub(crate) async fn delete_expired(db: &ScopedDb, now: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM items WHERE expires_at <= $1";
    on_write!(db, c => sqlx::query(sql).bind(now).execute(c).await.map(drop))?;

    Ok(())
}

/// Everything of an owner.
pub(crate) async fn delete_of_owner(db: &ScopedDb, owner: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM items WHERE owner_id = $1";
    on_write!(db, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;

    Ok(())
}
