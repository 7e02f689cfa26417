//! Bytes on their way into the folder: gathered as they come, without copying them, and written by a blocking thread while the
//! next ones come.

use std::{
    fs::{self, File},
    io::{self, IoSlice, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use tokio::task::{JoinHandle, spawn_blocking};

use super::{Folder, Known, OCTETS, TYPES, is_absent, known, remove_with_empty_parents};

/// So much is gathered before it is written; the same again may be on its way to the disk.
const GATHERED_BYTES: usize = 1 << 20;
/// However small they are, so many pieces are enough: each holds memory of its own.
const GATHERED_PIECES: usize = 256;
/// A parent folder can be removed by a delete just before it is used; then it is made again, this often. Each time somebody else's
/// delete came between two of our calls, so it ends long before.
const PLACE_ATTEMPTS: usize = 100;

/// Why an object was not written.
#[derive(Debug)]
pub(in crate::blobs) enum WriteError<E> {
    /// Its bytes broke off.
    Source(E),
    /// They could not be kept.
    File(io::Error),
}

impl<E> From<io::Error> for WriteError<E> {
    fn from(err: io::Error) -> Self {
        Self::File(err)
    }
}

/// A file that isn't in its place yet; removed when it never gets there.
pub(super) struct Aside {
    pub(super) path: PathBuf,
    len: u64,
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Gone already when it was put in its place.
        let _ = fs::remove_file(&self.path);
    }
}

impl Folder {
    /// Writes what the stream gives, over an older object of the same key, and returns its length in bytes. When the stream fails,
    /// nothing is kept.
    pub(in crate::blobs) async fn put_stream<S, E>(
        &self,
        bucket: &str,
        key: &str,
        bytes: S,
        content_type: &str,
    ) -> Result<u64, WriteError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        if !self.bucket_exists(bucket).await? {
            return Err(WriteError::File(io::ErrorKind::NotFound.into()));
        }

        let aside = self.write_aside(bytes).await?;
        let len = aside.len;
        self.place(aside, bucket, key, Some(content_type)).await?;

        Ok(len)
    }

    /// Writes a stream aside and makes sure that it reached the disk.
    pub(super) async fn write_aside<S, E>(&self, mut bytes: S) -> Result<Aside, WriteError<E>>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
    {
        let path = self.aside(crate::ids::random_id());
        // Made beside what removes it, so that it goes whoever has stopped waiting for it.
        let (file, mut aside) =
            blocking(move || Ok((File::create_new(&path)?, Aside { path, len: 0 }))).await?;
        let mut writer = Writer::Idle(file);

        let mut held = Vec::new();
        let mut held_bytes = 0;
        while let Some(piece) = bytes.next().await {
            let piece = piece.map_err(WriteError::Source)?;
            aside.len += piece.len() as u64;
            held_bytes += piece.len();
            held.push(piece);

            if held_bytes >= GATHERED_BYTES || held.len() >= GATHERED_PIECES {
                writer = writer.write(std::mem::take(&mut held)).await?;
                held_bytes = 0;
            }
        }
        writer.finish(held).await?;

        Ok(aside)
    }

    /// Puts what was written aside in its place, over an older object of the same key. The content type goes first: a
    /// crash between the two leaves the type of an object that isn't there, which is nothing.
    pub(super) async fn place(
        &self,
        aside: Aside,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> io::Result<Known> {
        let path = self.object(bucket, key)?;
        let (types, type_file) = (self.root.join(TYPES), self.content_type_file(bucket, key));
        match content_type.filter(|content_type| *content_type != OCTETS) {
            Some(content_type) => {
                let text = Bytes::copy_from_slice(content_type.as_bytes());
                let text = futures::stream::iter([io::Result::Ok(text)]);
                let written = self.write_aside(text).await;
                let aside = written.map_err(|(WriteError::Source(err) | WriteError::File(err))| err)?;
                blocking(move || move_into_place(&aside, &type_file)).await?;
            }
            None => remove_with_empty_parents(&type_file, &types).await?,
        }

        blocking(move || {
            // Asked before it has its name: from then on somebody may delete or replace it.
            let known = known(&fs::metadata(&aside.path)?)?;
            move_into_place(&aside, &path)?;

            Ok(known)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

/// A file, and what is being written to it.
enum Writer {
    Idle(File),
    Busy(JoinHandle<io::Result<File>>),
}

impl Writer {
    /// Once nothing is written any more.
    async fn wait(self) -> io::Result<File> {
        match self {
            Self::Idle(file) => Ok(file),
            Self::Busy(under_way) => under_way.await.map_err(io::Error::other)?,
        }
    }

    /// Begins to write them, once those before them are written.
    async fn write(self, pieces: Vec<Bytes>) -> io::Result<Self> {
        let file = self.wait().await?;

        Ok(Self::Busy(spawn_blocking(move || {
            write_gathered(&file, &pieces)?;
            Ok(file)
        })))
    }

    /// Writes the last ones, and makes sure that all of them reached the disk.
    async fn finish(self, pieces: Vec<Bytes>) -> io::Result<()> {
        let file = self.wait().await?;

        blocking(move || {
            write_gathered(&file, &pieces)?;
            file.sync_data()
        })
        .await
    }
}

fn write_gathered(mut file: &File, pieces: &[Bytes]) -> io::Result<()> {
    let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut rest = slices.as_mut_slice();
    // Pieces without a byte would look like a file that takes no more.
    IoSlice::advance_slices(&mut rest, 0);

    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }

    Ok(())
}

/// Returns when the file has its name on the disk, too.
fn move_into_place(aside: &Aside, path: &Path) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;

    for attempt in 1.. {
        let known = nearest_folder(parent);
        let placed = fs::create_dir_all(parent).and_then(|()| fs::rename(&aside.path, path));

        match placed {
            Ok(()) => return sync_names(parent, known),
            // The folder was there when it was to be made, and gone when that was looked at.
            Err(err) if went_away(&err) && attempt < PLACE_ATTEMPTS => {}
            Err(err) => return Err(err),
        }
    }

    Ok(())
}

fn went_away(err: &io::Error) -> bool {
    matches!(err.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
}

/// The innermost folder above that exists already.
fn nearest_folder(folder: &Path) -> &Path {
    let mut above = folder.ancestors();
    above
        .find(|above| above.try_exists().unwrap_or(false))
        .unwrap_or(folder)
}

/// A new name survives a power cut only when the folder that holds it reached the disk: from `folder`, up to `known`,
/// which existed before.
fn sync_names(folder: &Path, known: &Path) -> io::Result<()> {
    // Other systems can't open a folder as a file, and write names down by themselves.
    if !cfg!(unix) {
        return Ok(());
    }

    for folder in folder.ancestors() {
        match File::open(folder) {
            Ok(opened) => opened.sync_all()?,
            // The object was deleted already, and its empty folder with it.
            Err(err) if is_absent(&err) => {}
            Err(err) => return Err(err),
        }
        if folder == known {
            break;
        }
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn pieces_of_any_size_are_written_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).await.unwrap();
        fs::create_dir(dir.path().join("saga")).unwrap();

        // Nothing, a byte each, and more than is gathered.
        let sizes = [0, 1, 1, 0].into_iter().chain([1; 3 * GATHERED_PIECES]).chain([
            3 * GATHERED_BYTES,
            0,
            1,
            GATHERED_BYTES - 1,
            0,
        ]);
        let sent: Vec<_> = sizes
            .enumerate()
            .map(|(at, size)| Bytes::from(vec![at as u8; size]))
            .collect();
        let pieces = stream::iter(sent.clone().into_iter().map(io::Result::Ok));
        let len = folder.put_stream("saga", "a", pieces, OCTETS).await.unwrap();

        let kept = fs::read(dir.path().join("saga/a")).unwrap();
        assert_eq!(len, kept.len() as u64);
        assert!(kept == sent.concat(), "other bytes");
    }

    #[tokio::test]
    async fn a_folder_that_was_taken_away_is_not_made_again_by_writing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).await.unwrap();

        let none = stream::empty::<io::Result<Bytes>>();
        let err = folder.put_stream("saga", "a", none, OCTETS).await.unwrap_err();
        assert!(
            matches!(&err, WriteError::File(err) if err.kind() == io::ErrorKind::NotFound),
            "{err:?}"
        );
    }
}
