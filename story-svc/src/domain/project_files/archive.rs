//! A project as a zip, made while it is read: a few files at a time are in memory.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use uuid::Uuid;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime as ZipTime, ZipWriter};

use super::ProjectFiles;
use crate::domain::project::ProjectFile;
use crate::error::StoryError;

/// Files that are read at once.
const AT_ONCE: usize = 20;

/// What was written and not taken yet.
#[derive(Clone, Default)]
struct ZipBytes(Arc<Mutex<Vec<u8>>>);

impl ZipBytes {
    fn take(&self) -> Bytes {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *bytes).into()
    }
}

impl Write for ZipBytes {
    fn write(&mut self, some: &[u8]) -> io::Result<usize> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(some);
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A zip that is being made. The same revision makes the same bytes.
pub(crate) struct FileArchive {
    files: ProjectFiles,
    owner: Uuid,
    left: VecDeque<ProjectFile>,
    zip: Option<ZipWriter<StreamWriter<ZipBytes>>>,
    written: ZipBytes,
}

impl ProjectFiles {
    /// All files as they are now, scaffold included.
    pub(crate) async fn archive(&self, owner: Uuid, id: &str) -> Result<FileArchive, StoryError> {
        let (_, files) = self.list(owner, id, None).await?;
        let written = ZipBytes::default();

        Ok(FileArchive {
            files: self.clone(),
            owner,
            left: files.into(),
            zip: Some(ZipWriter::new_stream(written.clone())),
            written,
        })
    }
}

impl FileArchive {
    /// The next bytes; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, StoryError>> {
        let mut zip = self.zip.take()?;
        let count = self.left.len().min(AT_ONCE);
        let mut some: Vec<ProjectFile> = self.left.drain(..count).collect();
        if let Err(error) = self.files.fill(self.owner, &mut some).await {
            return Some(Err(error));
        }

        let is_last = self.left.is_empty();
        let packed = tokio::task::spawn_blocking(move || {
            pack(&mut zip, &some)?;
            if is_last {
                zip.finish()?;
                return Ok(None);
            }
            Ok::<_, zip::result::ZipError>(Some(zip))
        });
        match packed.await {
            Ok(Ok(zip)) => {
                self.zip = zip;
                Some(Ok(self.written.take()))
            }
            Ok(Err(error)) => Some(Err(unwritable(error))),
            Err(error) => Some(Err(unwritable(error))),
        }
    }
}

fn pack(zip: &mut ZipWriter<StreamWriter<ZipBytes>>, files: &[ProjectFile]) -> zip::result::ZipResult<()> {
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time_of(file))
            .unix_permissions(0o644);
        zip.start_file(&file.path, options)?;
        zip.write_all(file.content.as_deref().unwrap_or_default().as_bytes())?;
    }

    Ok(())
}

/// In UTC; zips know no zone.
fn time_of(file: &ProjectFile) -> ZipTime {
    use chrono::{Datelike, Timelike};

    let at = file.updated_at;
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    let year = u16::try_from(at.year()).unwrap_or(1980);
    ZipTime::from_date_and_time(
        year,
        part(at.month()),
        part(at.day()),
        part(at.hour()),
        part(at.minute()),
        part(at.second()),
    )
    .unwrap_or_default()
}

fn unwritable(source: impl std::error::Error + Send + Sync + 'static) -> StoryError {
    StoryError::Unreadable {
        what: "archive",
        source: source.into(),
    }
}
