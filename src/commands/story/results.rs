//! Takes a finished story out of the blob store into a folder, and tells where everything is.

use std::{
    io,
    path::{Path, PathBuf},
};

use futures::StreamExt;
use kit::blobs::{BlobError, Blobs};
use proto::v1::Story;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;

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
}

/// What the list of chapters shows of one.
#[derive(Debug, Serialize, Deserialize)]
struct Chapter {
    title: String,
    /// Seconds from the start of the audio.
    timestamp_start: f64,
    duration_seconds: f64,
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

/// Writes audio, transcript, captions and cover into `out`, or into `saga-stories/<owner>-<repository>`.
pub(crate) async fn save(blobs: &Blobs, story: &Story, out: Option<&Path>) -> Result<Saved, SaveError> {
    let made = story.code_result().ok_or(SaveError::NothingMade)?;
    let chosen = out.map_or_else(
        || Path::new("saga-stories").join(repo_name(story).replace('/', "-")),
        Path::to_path_buf,
    );
    let folder = chosen.as_path();
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|source| SaveError::Write {
            path: folder.to_path_buf(),
            source,
        })?;

    Ok(Saved {
        audio: copy(blobs, &made.audio_key, folder.join("story.mp3")).await?,
        transcript: copy(blobs, &made.transcript_key, folder.join("transcript.md")).await?,
        captions: copy(blobs, &made.captions_key, folder.join("captions.vtt")).await?,
        cover: copy(blobs, &made.cover_key, folder.join("cover.svg")).await?,
        duration_seconds: made.duration_seconds,
        chapters: serde_json::from_str(made.chapters.as_deref().unwrap_or("[]"))
            .map_err(SaveError::Chapters)?,
    })
}

fn repo_name(story: &Story) -> &str {
    story.code().map_or("", |request| &request.repo_name)
}

async fn copy(blobs: &Blobs, key: &str, path: PathBuf) -> Result<PathBuf, SaveError> {
    let found = blobs.get(key, None).await.map_err(SaveError::Store)?;
    let mut blob = found.ok_or_else(|| SaveError::Missing { key: key.to_owned() })?;
    let written = async {
        let mut file = tokio::fs::File::create(&path).await?;
        while let Some(piece) = blob.stream.next().await {
            file.write_all(&piece?).await?;
        }
        file.flush().await
    };

    match written.await {
        Ok(()) => Ok(path),
        Err(source) => Err(SaveError::Write { path, source }),
    }
}

#[expect(clippy::print_stdout, reason = "the results are the command's output")]
pub(crate) fn print(saved: &Saved, story: &Story, json: bool) {
    if json {
        let report = serde_json::json!({
            "id": story.id,
            "title": story.title,
            "repo_name": repo_name(story),
            "duration_seconds": saved.duration_seconds,
            "offline": story.offline,
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
fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn start_times_read_as_minutes_and_seconds() {
        assert_eq!(
            ["0:00", "0:59", "1:01", "12:05"].map(str::to_owned),
            [0.2, 59.4, 60.6, 725.0].map(clock)
        );
    }
}
