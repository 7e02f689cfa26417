//! The objects of the embedded store as they were at one moment: each gets a second name beside the store, by which it is read
//! whatever happens to the first. It copies no bytes where the file system has links.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    BlobError, BlobsConfig,
    folder::{ASIDE, TYPES, is_absent},
};

/// Objects that stand still for their reader. Their second names go when this is dropped.
#[derive(Debug)]
pub struct BlobSnapshot {
    aside: PathBuf,
    pub count: u64,
    /// Of all objects together.
    pub bytes: u64,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotBlob {
    pub key: String,
    pub path: PathBuf,
    pub content_type: Option<String>,
}

impl BlobSnapshot {
    /// Of the folder that this configuration means. No object is replaced or deleted by halves: it is in, or it isn't.
    ///
    /// # Errors
    /// A store that is no folder; a folder that can't be read or written.
    pub async fn take(config: &BlobsConfig, data_dir: &Path) -> Result<Self, BlobError> {
        let (root, bucket) = (data_dir.join("blobs"), config.bucket.clone());
        let failed = {
            let place = root.display().to_string();
            |source: io::Error| BlobError::Open {
                place,
                source: source.into(),
            }
        };
        if !config.is_embedded() {
            return Err(failed(io::Error::other(
                "the objects are in S3 and not in this folder",
            )));
        }

        let taken = tokio::task::spawn_blocking(move || take(&root, &bucket)).await;
        taken
            .map_err(io::Error::other)
            .and_then(|taken| taken)
            .map_err(failed)
    }

    /// In no order; a folder at a time is in memory.
    #[must_use]
    pub fn objects(&self) -> BlobWalk {
        BlobWalk {
            objects: self.aside.join(OBJECTS),
            types: self.aside.join(TYPES),
            folders: vec![String::new()],
            files: Vec::new(),
        }
    }
}

impl Drop for BlobSnapshot {
    fn drop(&mut self) {
        // What is left is removed with everything else that was abandoned there.
        let _ = fs::remove_dir_all(&self.aside);
    }
}

/// Goes through the objects of a snapshot.
#[derive(Debug)]
pub struct BlobWalk {
    objects: PathBuf,
    types: PathBuf,
    folders: Vec<String>,
    files: Vec<String>,
}

impl Iterator for BlobWalk {
    type Item = io::Result<SnapshotBlob>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(key) = self.files.pop() {
                return Some(Ok(SnapshotBlob {
                    path: self.objects.join(&key),
                    content_type: fs::read_to_string(self.types.join(&key)).ok(),
                    key,
                }));
            }

            let folder = self.folders.pop()?;
            if let Err(error) = self.look_into(&folder) {
                return Some(Err(error));
            }
        }
    }
}

impl BlobWalk {
    fn look_into(&mut self, folder: &str) -> io::Result<()> {
        for entry in entries_of(&self.objects.join(folder))? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let key = match folder {
                "" => name,
                folder => format!("{folder}/{name}"),
            };
            if entry.file_type()?.is_dir() {
                self.folders.push(key);
            } else {
                self.files.push(key);
            }
        }

        Ok(())
    }
}

const OBJECTS: &str = "objects";

fn take(root: &Path, bucket: &str) -> io::Result<BlobSnapshot> {
    let id = crate::ids::random_id().simple().to_string();
    let mut snapshot = BlobSnapshot {
        aside: root.join(ASIDE).join(id),
        count: 0,
        bytes: 0,
    };

    fs::create_dir_all(&snapshot.aside)?;
    let (objects, types) = (snapshot.aside.join(OBJECTS), snapshot.aside.join(TYPES));
    let (mut count, mut bytes) = (0, 0);
    link_all(&root.join(bucket), &objects, &mut |len| {
        count += 1;
        bytes += len;
    })?;
    link_all(&root.join(TYPES).join(bucket), &types, &mut |_| {})?;

    (snapshot.count, snapshot.bytes) = (count, bytes);
    Ok(snapshot)
}

fn link_all(from: &Path, to: &Path, tell: &mut impl FnMut(u64)) -> io::Result<()> {
    fs::create_dir_all(to)?;

    for entry in entries_of(from)? {
        let entry = entry?;
        let (old, new) = (entry.path(), to.join(entry.file_name()));
        // Deleted in the meantime.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() {
            link_all(&old, &new, tell)?;
            continue;
        }

        // Some file systems have no links.
        match fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(drop)) {
            Ok(()) => tell(metadata.len()),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }

    Ok(())
}

/// None where there is no folder.
fn entries_of(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>> + use<>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(Some(entries).into_iter().flatten()),
        Err(error) if is_absent(&error) => Ok(None.into_iter().flatten()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;
    use crate::blobs::{Blobs, tests::config};

    #[tokio::test]
    async fn objects_stay_as_they_were_whatever_happens_to_them() {
        let dir = tempfile::tempdir().expect("a folder");
        let config = config("", "saga", "", "");
        let blobs = Blobs::open(&config, dir.path()).await.expect("opens");
        let put = async |key: &str, text: &'static str, kind: &str| {
            blobs
                .put(key, Bytes::from_static(text.as_bytes()), kind)
                .await
                .expect("written");
        };
        put("stories/1/audio.mp3", "sound", "audio/mpeg").await;
        put("stories/2/cover.svg", "picture", "image/svg+xml").await;
        put("facts", "12", "text/plain").await;

        let snapshot = BlobSnapshot::take(&config, dir.path()).await.expect("taken");
        blobs.delete("stories/1/audio.mp3").await.expect("deleted");
        put("facts", "13", "text/html").await;
        put("later", "none of it", "text/plain").await;

        let found = snapshot.objects().map(|blob| {
            let blob = blob.expect("read");
            let text = fs::read_to_string(&blob.path).expect("there");
            (blob.key, (text, blob.content_type.expect("a type")))
        });
        let found: BTreeMap<_, _> = found.collect();
        let expected = [
            ("stories/1/audio.mp3", ("sound", "audio/mpeg")),
            ("stories/2/cover.svg", ("picture", "image/svg+xml")),
            ("facts", ("12", "text/plain")),
        ];
        let expected =
            expected.map(|(key, (text, kind))| (key.to_owned(), (text.to_owned(), kind.to_owned())));
        assert_eq!(found, expected.into());
        assert_eq!((snapshot.count, snapshot.bytes), (3, 14));

        drop(snapshot);
        let left = fs::read_dir(dir.path().join("blobs/.aside"))
            .expect("a folder")
            .count();
        assert_eq!(left, 0);
    }
}
