//! Where states too large for the database go. Optional: without one they stay in the database.

use async_trait::async_trait;

use crate::error::Cause;

/// Keeps large bodies by key. Keys are `runs/{run id}/{step}-{fence}`; a body never changes under its key.
#[async_trait]
pub trait Spill: Send + Sync + 'static {
    /// Durable when it returns.
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Cause>;
    /// What was put.
    async fn get(&self, key: &str) -> Result<Vec<u8>, Cause>;
    /// Deleting what is not there is not an error.
    async fn delete(&self, key: &str) -> Result<(), Cause>;
}
