//! Threads are found by their newest values: those are written down when somebody looks for them, and again where a thread has gone on
//! since. So a thread that nobody searches costs nothing, and one that stands still is read once.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::{SCANNED_MAX, Threads};
use crate::domain::item::{write_field, write_fields};
use crate::domain::thread::{ThreadHead, shown_values};
use crate::error::StoryError;
use crate::store::threads::{self as store, ThreadQuery};

/// Moves those that are written down into the query. What is left is looked for in the values themselves.
pub(super) fn take_indexed(
    query: &mut ThreadQuery,
    values: BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let mut left = BTreeMap::new();
    for (name, value) in values {
        match write_field(&name, &value) {
            // A null may also be a value that is not there.
            Some(field) if !value.is_null() => query.values.push(field),
            _ => drop(left.insert(name, value)),
        }
    }

    left
}

impl Threads {
    /// Writes down the values of an owner's threads that have gone on since.
    pub(super) async fn index_values(&self, owner: Uuid) -> Result<(), StoryError> {
        let db = self.workflows.db.user(owner);
        for thread in store::list_unindexed(&db, owner, SCANNED_MAX).await? {
            let runs = self.runs_of(&thread).await?;
            let point = match self.head_point(&thread, &runs).await {
                Ok(Some(point)) => point,
                Ok(None) | Err(StoryError::CheckpointNotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            let place = match point.of_run {
                Some((run, step)) => ThreadHead::Run(run, Some(step)),
                None => ThreadHead::State(point.checkpoint),
            };
            let fields = write_fields(&Value::Object(shown_values(&point.state)));
            store::write_index(&db, (thread.id, owner), place, &fields).await?;
        }

        Ok(())
    }
}
