//! The embedded blob store: a folder that speaks S3 in process. An object lies at `{root}/{bucket}/{key}` as it is, so
//! a person can find and play it; its content type, unless it is [`OCTETS`], lies under `{root}/.types`. Writes go aside
//! first and are renamed into place after they reached the disk, and are done when their new name did, too: several
//! processes can share a folder, and a crash leaves no half object and loses no whole one.

mod s3;
mod write;

pub(super) use self::write::WriteError;

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use s3s::dto::ETag;
use tokio::fs;
use uuid::Uuid;

use super::checked;

pub(super) const TYPES: &str = ".types";
pub(super) const ASIDE: &str = ".aside";
/// The type of objects that have none of their own.
const OCTETS: &str = "application/octet-stream";
/// What a crash left aside is removed at the first start after this.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

/// What is known of an object.
struct Known {
    len: u64,
    modified: SystemTime,
    etag: ETag,
}

/// An object found by listing.
struct Found {
    key: String,
    len: u64,
    modified: SystemTime,
}

impl Folder {
    pub(super) async fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join(ASIDE)).await?;
        let folder = Self {
            root: root.to_owned(),
        };
        folder.remove_abandoned().await?;
        Ok(folder)
    }

    async fn remove_abandoned(&self) -> io::Result<()> {
        let mut entries = fs::read_dir(self.root.join(ASIDE)).await?;
        while let Some(entry) = entries.next_entry().await? {
            // Another process may be finishing or removing it at this moment, so nothing here is an error.
            let Ok(metadata) = entry.metadata().await else {
                continue;
            };

            let age = metadata
                .modified()
                .ok()
                .and_then(|at| at.elapsed().ok())
                .unwrap_or_default();
            if age < ABANDONED_AFTER {
                continue;
            }

            let path = entry.path();
            let _ = if metadata.is_dir() {
                fs::remove_dir_all(path).await
            } else {
                fs::remove_file(path).await
            };
        }

        Ok(())
    }

    fn bucket(&self, bucket: &str) -> io::Result<PathBuf> {
        let plain = checked(bucket).is_ok() && !bucket.contains('/') && !bucket.starts_with('.');
        if plain {
            Ok(self.root.join(bucket))
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }

    async fn bucket_exists(&self, bucket: &str) -> io::Result<bool> {
        let found = fs::metadata(self.bucket(bucket)?).await;
        Ok(found.is_ok_and(|found| found.is_dir()))
    }

    fn object(&self, bucket: &str, key: &str) -> io::Result<PathBuf> {
        let key = checked(key).map_err(|err| io::Error::new(io::ErrorKind::InvalidInput, err))?;
        Ok(self.bucket(bucket)?.join(key))
    }

    fn content_type_file(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.join(TYPES).join(bucket).join(key)
    }

    fn aside(&self, id: Uuid) -> PathBuf {
        self.root.join(ASIDE).join(id.simple().to_string())
    }

    /// `None` when there is no such object; a folder is none.
    async fn known(&self, bucket: &str, key: &str) -> io::Result<Option<Known>> {
        match fs::metadata(self.object(bucket, key)?).await {
            Ok(metadata) if metadata.is_file() => known(&metadata).map(Some),
            Ok(_) => Ok(None),
            Err(err) if is_absent(&err) => Ok(None),
            Err(err) => Err(err),
        }
    }

    async fn content_type(&self, bucket: &str, key: &str) -> String {
        let kept = fs::read_to_string(self.content_type_file(bucket, key)).await;
        kept.unwrap_or_else(|_| OCTETS.to_owned())
    }

    async fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let path = self.object(bucket, key)?;
        remove_with_empty_parents(&path, &self.bucket(bucket)?).await?;
        remove_with_empty_parents(&self.content_type_file(bucket, key), &self.root.join(TYPES)).await
    }

    /// Every object whose key begins with `prefix`, in byte order of the keys.
    async fn list(&self, bucket: &str, prefix: &str) -> io::Result<Vec<Found>> {
        let bucket = self.bucket(bucket)?;
        let prefix = prefix.to_owned();
        let walk = tokio::task::spawn_blocking(move || {
            let mut found = Vec::new();
            // Everything lies below the last whole folder that the prefix names.
            let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder.is_empty() || checked(folder).is_ok() {
                walk(&bucket, folder, &prefix, &mut found)?;
            }
            found.sort_by(|a, b| a.key.cmp(&b.key));
            Ok(found)
        });

        walk.await.map_err(io::Error::other)?
    }
}

/// The tag changes with every write: each makes a new file, and the time has nanoseconds.
fn known(metadata: &std::fs::Metadata) -> io::Result<Known> {
    let modified = metadata.modified()?;
    let nanos = modified
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let file = 0;
    let etag = ETag::Strong(format!("{nanos:x}-{:x}-{file:x}", metadata.len()));

    Ok(Known {
        len: metadata.len(),
        modified,
        etag,
    })
}

/// Nothing under that name. (`a/b` is absent too when `a` is an object.)
pub(super) fn is_absent(err: &io::Error) -> bool {
    matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

async fn remove_with_empty_parents(path: &Path, top: &Path) -> io::Result<()> {
    match fs::remove_file(path).await {
        Ok(()) => {}
        Err(err) if is_absent(&err) || err.kind() == io::ErrorKind::IsADirectory => return Ok(()),
        Err(err) => return Err(err),
    }

    let mut folder = path.parent();
    while let Some(inner) = folder.filter(|inner| *inner != top && inner.starts_with(top)) {
        if fs::remove_dir(inner).await.is_err() {
            break;
        }
        folder = inner.parent();
    }

    Ok(())
}

fn walk(bucket: &Path, folder: &str, prefix: &str, found: &mut Vec<Found>) -> io::Result<()> {
    let entries = match std::fs::read_dir(bucket.join(folder)) {
        Ok(entries) => entries,
        // Deleted in the meantime.
        Err(err) if is_absent(&err) => return Ok(()),
        Err(err) => return Err(err),
    };
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            continue;
        };
        let key = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };

        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            if key.starts_with(prefix) || prefix.starts_with(&format!("{key}/")) {
                walk(bucket, &key, prefix, found)?;
            }
        } else if key.starts_with(prefix) {
            found.push(Found {
                key,
                len: metadata.len(),
                modified: metadata.modified()?,
            });
        }
    }

    Ok(())
}
