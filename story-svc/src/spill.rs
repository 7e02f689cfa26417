//! Large states go to the blob store.

use async_trait::async_trait;
use flow::{Cause, Spill};
use kit::blobs::Blobs;

/// State records are compressed already.
const CONTENT_TYPE: &str = "application/octet-stream";

pub(crate) struct BlobSpill(pub(crate) Blobs);

#[async_trait]
impl Spill for BlobSpill {
    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), Cause> {
        Ok(self.0.put_patiently(key, body.into(), CONTENT_TYPE).await?)
    }

    async fn get(&self, key: &str) -> Result<Vec<u8>, Cause> {
        let found = self.0.read_patiently(key).await?;
        let bytes = found.ok_or_else(|| format!("the blob {key} is gone"))?;
        Ok(bytes.to_vec())
    }

    async fn delete(&self, key: &str) -> Result<(), Cause> {
        Ok(self.0.delete(key).await?)
    }
}
