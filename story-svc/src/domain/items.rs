//! The rules of what workflows and agents remember: how large, how many, for how long.

use chrono::Duration;
use kit::clock::SharedClock;
use kit::db::Db;
use kit::error::{Chain, Faults};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::item::{Item, ItemQuery, read_namespace, write_field, write_namespace};
use crate::error::StoryError;
use crate::store::{items as store, owners};

/// Between two looks for what has expired.
const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(600);
const PARTS_MAX: usize = 10;
const PART_MAX: usize = 100;
const KEY_MAX: usize = 255;
const VALUE_MAX: usize = 256 * 1024;
const TTL_MAX: u32 = 31_536_000;
/// Bytes of one owner's items, and how many they are.
const BYTES_MAX: i64 = 64 * 1024 * 1024;
const COUNT_MAX: i64 = 10_000;
const TEXT_MAX: usize = 200;
const FILTER_MAX: usize = 10;
const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;
const OFFSET_MAX: u32 = 10_000;

/// The rules.
#[derive(Clone)]
pub(crate) struct Items {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
}

/// An item to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct PutItem {
    pub(crate) namespace: Vec<String>,
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) ttl_seconds: Option<u32>,
}

/// As it was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawItemQuery {
    pub(crate) namespace: Vec<String>,
    pub(crate) filter: Value,
    pub(crate) text: String,
    pub(crate) limit: Option<u32>,
    pub(crate) offset: u32,
}

impl Items {
    pub(crate) async fn put(&self, owner: Uuid, put: PutItem) -> Result<Item, StoryError> {
        let mut faults = Faults::default();
        check_place(&put.namespace, &put.key, &mut faults);
        let text = put.value.to_string();
        if !put.value.is_object() || text.contains("\\u0000") {
            faults.add("value", "a JSON object without NUL characters");
        } else if text.len() > VALUE_MAX {
            faults.add("value", format!("at most {} KiB", VALUE_MAX / 1024));
        }
        if put.ttl_seconds.is_some_and(|ttl| !(1..=TTL_MAX).contains(&ttl)) {
            faults.add("ttl_seconds", format!("1 to {TTL_MAX}"));
        }
        refuse(faults)?;

        let now = self.clock.now();
        let item = Item {
            namespace: put.namespace,
            key: put.key,
            value: put.value,
            created_at: now,
            updated_at: now,
            expires_at: put.ttl_seconds.map(|ttl| now + Duration::seconds(ttl.into())),
        };
        let mut tx = self.db.user(owner).begin_write().await?;
        if owners::is_closed(&mut tx, owner).await? {
            return Err(StoryError::OwnerClosed);
        }
        let (bytes, count) = store::measure_others(&mut tx, owner, &item).await?;
        if bytes + text.len() as i64 > BYTES_MAX || count >= COUNT_MAX {
            return Err(StoryError::ItemsFull);
        }
        let item = store::put(&mut tx, owner, item).await?;
        tx.commit().await?;

        Ok(item)
    }

    /// # Errors
    /// `ItemNotFound`, also for one that has expired.
    pub(crate) async fn get(&self, owner: Uuid, namespace: &[String], key: &str) -> Result<Item, StoryError> {
        let mut faults = Faults::default();
        check_place(namespace, key, &mut faults);
        refuse(faults)?;

        let at = (write_namespace(namespace), key);
        let found = store::find(&self.db.user(owner), owner, (&at.0, at.1), self.clock.now()).await?;
        found.ok_or(StoryError::ItemNotFound)
    }

    /// # Errors
    /// `ItemNotFound`, also for one that has expired.
    pub(crate) async fn delete(
        &self,
        owner: Uuid,
        namespace: &[String],
        key: &str,
    ) -> Result<(), StoryError> {
        self.get(owner, namespace, key).await?;
        let at = write_namespace(namespace);
        match store::delete(&self.db.user(owner), owner, (&at, key)).await? {
            true => Ok(()),
            false => Err(StoryError::ItemNotFound),
        }
    }

    /// Deletes what has expired, from time to time, until it is told to stop.
    pub(crate) async fn sweep(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = store::delete_expired(&self.db.system(), self.clock.now()).await {
                tracing::warn!(error = %Chain(&error), "items that have expired were not deleted");
            }
        }
    }

    /// By namespace and key.
    pub(crate) async fn search(&self, owner: Uuid, raw: RawItemQuery) -> Result<Vec<Item>, StoryError> {
        let mut faults = Faults::default();
        check_namespace(&raw.namespace, &mut faults);
        let fields = read_filter(&raw.filter, &mut faults);
        if raw.text.chars().count() > TEXT_MAX || raw.text.contains('\0') {
            faults.add("text", format!("at most {TEXT_MAX} characters"));
        }
        let limit = raw.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            faults.add("limit", format!("1 to {LIMIT_MAX}"));
        }
        if raw.offset > OFFSET_MAX {
            faults.add("offset", format!("at most {OFFSET_MAX}"));
        }
        refuse(faults)?;

        let words = raw.text.to_lowercase();
        let query = ItemQuery {
            namespace: write_namespace(&raw.namespace),
            fields,
            words: words.split_whitespace().take(20).map(str::to_owned).collect(),
            limit,
            offset: raw.offset,
        };
        Ok(store::search(&self.db.user(owner), owner, &query, self.clock.now()).await?)
    }

    /// Those that begin so, in order.
    pub(crate) async fn list_namespaces(
        &self,
        owner: Uuid,
        beginning: &[String],
    ) -> Result<Vec<Vec<String>>, StoryError> {
        let mut faults = Faults::default();
        check_namespace(beginning, &mut faults);
        refuse(faults)?;

        let beginning = write_namespace(beginning);
        let found = store::list_namespaces(&self.db.user(owner), owner, &beginning, self.clock.now()).await?;
        Ok(found.iter().map(|text| read_namespace(text)).collect())
    }
}

fn refuse(faults: Faults) -> Result<(), StoryError> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(StoryError::Invalid { fields: faults.0 }),
    }
}

fn check_place(namespace: &[String], key: &str, faults: &mut Faults) {
    check_namespace(namespace, faults);
    if namespace.is_empty() {
        faults.add("namespace", format!("1 to {PARTS_MAX} parts"));
    }
    if !is_name(key, KEY_MAX) {
        faults.add(
            "key",
            format!("1 to {KEY_MAX} characters without control characters"),
        );
    }
}

fn check_namespace(namespace: &[String], faults: &mut Faults) {
    let fine = |part: &String| is_name(part, PART_MAX) && !part.contains('/');
    if namespace.len() > PARTS_MAX || !namespace.iter().all(fine) {
        let expected = format!(
            "at most {PARTS_MAX} parts, each 1 to {PART_MAX} characters without / and control characters"
        );
        faults.add("namespace", expected);
    }
}

fn is_name(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn read_filter(filter: &Value, faults: &mut Faults) -> Vec<String> {
    let Value::Object(wanted) = filter else {
        if !filter.is_null() {
            faults.add("filter", "a JSON object");
        }
        return Vec::new();
    };

    let fields: Vec<_> = wanted
        .iter()
        .filter_map(|(name, value)| write_field(name, value))
        .collect();
    if wanted.len() > FILTER_MAX || fields.len() != wanted.len() {
        let expected = format!(
            "at most {FILTER_MAX} fields, each with a text of up to 900 bytes, a number, true, false or null"
        );
        faults.add("filter", expected);
    }
    fields
}
