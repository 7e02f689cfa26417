//! Takes a finished story out of the blob store into a folder, and tells where everything is.

use std::{io, path::PathBuf};

use futures::StreamExt;
use kit::blobs::{BlobError, Blobs};
use proto::v1::Story;
use proto::words::{Style, Voice};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

use super::folder::{CARD, Card, Folder};

/// Where the parts of a story were written.
#[derive(Debug, Serialize)]
pub(crate) struct Saved {
    audio: PathBuf,
    transcript: PathBuf,
    captions: PathBuf,
    cover: PathBuf,
    chapters: Vec<Chapter>,
    #[serde(skip)]
    duration_seconds: f64,
    /// The folder held a story before.
    replaced: bool,
}

/// What the list of chapters shows of one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Chapter {
    pub(super) title: String,
    /// Seconds from the start of the audio.
    pub(super) timestamp_start: f64,
    pub(super) duration_seconds: f64,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    #[error("could not write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the story has nothing to listen to")]
    NothingMade,
    #[error("a part of the story is missing from the store: {key}")]
    Missing { key: String },
    #[error("the store could not be read")]
    Store(#[source] BlobError),
    #[error("the list of chapters could not be read")]
    Chapters(#[source] serde_json::Error),
}

/// Writes audio, transcript, captions, cover and the folder's card into `folder`: each whole, or not under its name.
pub(super) async fn save(blobs: &Blobs, story: &Story, folder: Folder) -> Result<Saved, SaveError> {
    let made = story.code_result().ok_or(SaveError::NothingMade)?;
    let path = |name: &str| folder.path.join(name);

    let saved = Saved {
        audio: copy(blobs, &made.audio_key, path("story.mp3")).await?,
        transcript: copy(blobs, &made.transcript_key, path("transcript.md")).await?,
        captions: copy(blobs, &made.captions_key, path("captions.vtt")).await?,
        cover: copy(blobs, &made.cover_key, path("cover.svg")).await?,
        duration_seconds: made.duration_seconds,
        chapters: chapters(story)?,
        replaced: folder.replaces,
    };

    let card = serde_json::to_vec_pretty(&card(story)).map_err(SaveError::Chapters)?;
    write(path(CARD), async |file| file.write_all(&card).await).await?;

    Ok(saved)
}

pub(super) fn chapters(story: &Story) -> Result<Vec<Chapter>, SaveError> {
    let chapters = story.code_result().and_then(|made| made.chapters.as_deref());
    serde_json::from_str(chapters.unwrap_or("[]")).map_err(SaveError::Chapters)
}

/// Which story this is, for whoever looks into the folder later.
pub(super) fn card(story: &Story) -> Card {
    let request = story.code();

    Card {
        id: story.id.clone(),
        title: story.title.clone(),
        repo_url: request.map_or_else(String::new, |request| request.repo_url.clone()),
        style: word(request.and_then(|request| request.style().choice().map(Style::as_str))),
        minutes: request.map_or(0, |request| request.duration_minutes),
        voice: word(request.and_then(|request| request.voice().choice().map(Voice::as_str))),
    }
}

fn word(word: Option<&str>) -> String {
    word.unwrap_or_default().to_owned()
}

pub(super) fn repo_name(story: &Story) -> &str {
    story.code().map_or("", |request| &request.repo_name)
}

async fn copy(blobs: &Blobs, key: &str, path: PathBuf) -> Result<PathBuf, SaveError> {
    let found = blobs.get(key, None).await.map_err(SaveError::Store)?;
    let mut blob = found.ok_or_else(|| SaveError::Missing { key: key.to_owned() })?;

    write(path, async |file| {
        while let Some(piece) = blob.stream.next().await {
            file.write_all(&piece?).await?;
        }
        Ok(())
    })
    .await
}

/// Writes a file beside its place and moves it there when it is whole.
async fn write(
    path: PathBuf,
    fill: impl AsyncFnOnce(&mut tokio::fs::File) -> io::Result<()>,
) -> Result<PathBuf, SaveError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    let beside = path.with_file_name(name);

    let written = async {
        let mut file = tokio::fs::File::create(&beside).await?;
        fill(&mut file).await?;
        file.sync_all().await?;
        tokio::fs::rename(&beside, &path).await
    };

    match written.await {
        Ok(()) => Ok(path),
        Err(source) => {
            // What could not be written is perhaps not there either.
            let _ = tokio::fs::remove_file(&beside).await;
            Err(SaveError::Write { path, source })
        }
    }
}

#[expect(clippy::print_stdout, reason = "the results are the command's output")]
pub(super) fn print(saved: &Saved, story: &Story, resumed: bool, json: bool) {
    if json {
        let report = serde_json::json!({
            "id": story.id,
            "title": story.title,
            "repo_name": repo_name(story),
            "duration_seconds": saved.duration_seconds,
            "offline": story.offline,
            "resumed": resumed,
            "replaced": saved.replaced,
            "files": { "audio": saved.audio, "transcript": saved.transcript, "captions": saved.captions, "cover": saved.cover },
            "chapters": saved.chapters,
        });

        println!("{report:#}");

        return;
    }

    println!("{}  ({})", story.title, clock(saved.duration_seconds));

    if story.offline {
        println!("Written by the offline author, from the repository's own facts; no model was asked.");
    }

    if saved.replaced {
        println!("It takes the place of the story that was in this folder.");
    }

    println!();

    for (name, path) in [
        ("Audio", &saved.audio),
        ("Transcript", &saved.transcript),
        ("Captions", &saved.captions),
        ("Cover", &saved.cover),
    ] {
        println!("{name:>10}  {}", path.display());
    }

    println!();

    for (number, chapter) in saved.chapters.iter().enumerate() {
        println!(
            "{:>10}  {}. {}",
            clock(chapter.timestamp_start),
            number + 1,
            chapter.title
        );
    }
}

/// Seconds as `m:ss`.
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_could_not_be_written_whole_is_not_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("story.mp3");
        std::fs::write(&path, "the one before").expect("a file");

        let cut = write(path.clone(), async |file| {
            file.write_all(b"half").await?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(cut.await, Err(SaveError::Write { .. })));

        assert_eq!(std::fs::read(&path).expect("it is there"), b"the one before");
        assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 1);

        let whole = write(path.clone(), async |file| file.write_all(b"whole").await);
        assert_eq!(whole.await.expect("written"), path);
        assert_eq!(std::fs::read(&path).expect("it is there"), b"whole");
    }

    #[test]
    fn start_times_read_as_minutes_and_seconds() {
        assert_eq!(
            ["0:00", "0:59", "1:01", "12:05"].map(str::to_owned),
            [0.2, 59.4, 60.6, 725.0].map(clock)
        );
    }
}
