//! What the blob store has, beside what is known of it. Both are in the order of their keys, so that one pass over pages of
//! both finds objects without a row, which go, and rows without an object, which are told.

use kit::error::Chain;

use super::{Objects, PREFIX};
use crate::{error::BackupError, store};

/// After every key that begins with the prefix.
const END: &str = "backups0";

/// What a comparison has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) objects: u64,
    /// Objects that nobody knew; they are gone now.
    pub(crate) without_row: u64,
    /// Whole objects that the blob store does not have.
    pub(crate) without_object: u64,
}

impl Objects {
    pub(crate) async fn compare(&self) -> Result<Comparison, BackupError> {
        let mut found = Comparison::default();
        let (mut after, mut from) = (None, PREFIX.to_owned());

        loop {
            let page = self.blobs.list(PREFIX, after).await?;
            // Without a next page the rest of what is known belongs to this one.
            let to = match (&page.next, page.keys.last()) {
                (Some(_), Some(last)) => last.clone(),
                _ => END.to_owned(),
            };
            self.compare_page(&page.keys, (&from, &to), &mut found).await?;

            from = to;
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// `keys` are all that the blob store has behind the first and up to the second of the bounds.
    async fn compare_page(
        &self,
        keys: &[String],
        (from, to): (&str, &str),
        found: &mut Comparison,
    ) -> Result<(), BackupError> {
        // Read after the list: a row is there before its object is.
        let known = store::objects::list_between(&self.db.system(), from, to).await?;
        found.objects += keys.len() as u64;

        for key in keys {
            if known.binary_search_by(|row| row.s3_key.as_str().cmp(key)).is_ok() {
                continue;
            }
            // It may have been deleted in the meantime, or its row may be older than our reading.
            if !store::objects::exists(&self.db.system(), key).await? {
                found.without_row += 1;
                tracing::warn!(key, "an object of no backup is deleted");
                if let Err(error) = self.blobs.delete(key).await {
                    tracing::warn!(key, causes = %Chain(&error), "it could not be deleted");
                }
            }
        }

        for row in known.iter().filter(|row| row.expires_at.is_none()) {
            let listed = keys.binary_search(&row.s3_key).is_ok();
            // One that was written after the list was made is there all the same.
            let missing = !listed && self.blobs.head(&row.s3_key).await?.is_none();
            let missing = missing && store::objects::exists(&self.db.system(), &row.s3_key).await?;
            if missing {
                found.without_object += 1;
                tracing::error!(key = row.s3_key, "an object is missing in the blob store");
            }

            let now = missing.then(|| self.clock.now());
            if row.missing_since.is_some() != missing {
                store::objects::note_missing(&self.db.system(), &row.s3_key, now).await?;
            }
        }

        Ok(())
    }
}
