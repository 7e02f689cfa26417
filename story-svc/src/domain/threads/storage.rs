//! What a thread's states occupy.

use kit::actor::Actor;

use super::Threads;
use crate::domain::thread::{ThreadStorage, shown_values};
use crate::error::StoryError;
use crate::store::threads as store;

impl Threads {
    /// As it is stored now. What lies beside the database counts by its reference.
    pub(crate) async fn measure_storage(&self, actor: &Actor, id: &str) -> Result<ThreadStorage, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let (db, key) = (
            self.workflows.db.user(record.owner_id),
            (record.id, record.owner_id),
        );
        let (checkpoints, pending) = store::measure_storage(&db, key).await?;
        let runs = self.runs_of(&record).await?;
        let point = self.head_point(&record, &runs).await?;
        let values = point.map(|point| shown_values(&point.state)).unwrap_or_default();
        let values = values
            .into_iter()
            .map(|(name, value)| (name, value.to_string().len() as u64));

        Ok(ThreadStorage {
            checkpoints,
            pending,
            values: values.collect(),
        })
    }
}
