//! Puts spoken pieces together: each chapter's file, then the whole with a pause between chapters. Pieces stream
//! through; all times are counted in frames, so they are exact.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use kit::blobs::Blobs;
use serde_json::json;

use super::super::types::{ChapterAudio, ChapterTimes, VoiceOutput};
use super::{Director, speak};
use crate::desk::{Level, Speaker};
use crate::error::AgentError;
use crate::voice::{Mp3, mp3::frames_to_duration};
use repo::author::CHAPTER_PAUSE;

const CONTENT_TYPE: &str = "audio/mpeg";

/// A chapter's file.
struct Part {
    key: String,
    frames: u32,
}

impl Director {
    pub(super) async fn concatenate(
        &self,
        folder: &str,
        chapters: Vec<ChapterAudio>,
    ) -> Result<VoiceOutput, AgentError> {
        let mut parts = Vec::with_capacity(chapters.len());
        for (index, chapter) in chapters.into_iter().enumerate() {
            let key = format!("{folder}/chapter-{:02}.mp3", index + 1);
            let frames = store(&self.tools.engines.blobs, &key, |told| {
                pieces(&self.tools.engines.blobs, chapter.chunks, told)
            })
            .await?;
            parts.push(Part { key, frames });
        }

        let pause = Mp3::silence(Duration::from_secs_f64(CHAPTER_PAUSE));
        let audio_key = format!("{folder}/audio.mp3");
        let keys: Vec<String> = parts.iter().map(|part| part.key.clone()).collect();
        let whole = store(&self.tools.engines.blobs, &audio_key, |told| {
            joined(&self.tools.engines.blobs, keys.clone(), pause.clone(), told)
        });
        whole.await?;

        let (times, frames) = times(&parts, pause.frames());
        let details = json!({ "tool": "concatenate_audio", "chapters": parts.len(), "seconds": seconds(frames).round() });
        self.desk
            .log_with(
                Speaker::Synthesizer,
                "Put the audio together",
                details,
                Level::Success,
            )
            .await;

        Ok(VoiceOutput::Concatenate {
            audio_key,
            audio_chunks: keys,
            chapters: times,
            duration_seconds: seconds(frames),
        })
    }
}

fn seconds(frames: u32) -> f64 {
    frames_to_duration(frames).as_secs_f64()
}

/// Where each chapter begins and how long it is; and the frames of the whole.
fn times(parts: &[Part], pause: u32) -> (Vec<ChapterTimes>, u32) {
    let mut at = 0;
    let mut times = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            at += pause;
        }
        times.push(ChapterTimes {
            timestamp_start: seconds(at),
            duration_seconds: seconds(part.frames),
        });
        at += part.frames;
    }

    (times, at)
}

/// What a stream of audio tells besides its bytes.
#[derive(Default)]
struct Told {
    frames: u32,
    error: Option<AgentError>,
}

type Telling = Arc<Mutex<Told>>;

fn tell(telling: &Telling, change: impl FnOnce(&mut Told)) {
    change(&mut telling.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Writes a stream into a blob and returns its frames. When a piece is missing or damaged, nothing is written.
async fn store<S>(blobs: &Blobs, key: &str, stream: impl FnOnce(Telling) -> S) -> Result<u32, AgentError>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let telling = Telling::default();
    let written = blobs
        .put_stream(key, stream(Arc::clone(&telling)), CONTENT_TYPE)
        .await;
    let told = std::mem::take(&mut *telling.lock().unwrap_or_else(PoisonError::into_inner));

    match (told.error, written) {
        (Some(err), _) => Err(err),
        (None, Err(err)) => Err(err.into()),
        (None, Ok(_)) => Ok(told.frames),
    }
}

/// The pieces of a chapter one after the other, each checked before a byte of it is passed on.
fn pieces(
    blobs: &Blobs,
    keys: Vec<String>,
    telling: Telling,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let blobs = blobs.clone();

    async_stream::stream! {
        for key in keys {
            match speak::piece(&blobs, &key).await {
                Ok(mp3) => {
                    tell(&telling, |told| told.frames += mp3.frames());
                    yield Ok(mp3.into_bytes());
                }
                Err(err) => {
                    tell(&telling, |told| told.error = Some(err));
                    yield Err(io::ErrorKind::InvalidData.into());
                    return;
                }
            }
        }
    }
}

/// The chapters one after the other with a pause between them.
fn joined(
    blobs: &Blobs,
    keys: Vec<String>,
    pause: Mp3,
    telling: Telling,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let blobs = blobs.clone();

    async_stream::stream! {
        for (index, key) in keys.into_iter().enumerate() {
            if index > 0 {
                yield Ok(pause.bytes().clone());
            }
            let chapter = match blobs.get(&key, None).await {
                Ok(Some(chapter)) => Ok(chapter),
                Ok(None) => Err(AgentError::Missing { what: "a chapter of the story", key }),
                Err(err) => Err(err.into()),
            };
            match chapter {
                Ok(mut chapter) => {
                    while let Some(bytes) = futures::StreamExt::next(&mut chapter.stream).await {
                        yield bytes;
                    }
                }
                Err(err) => {
                    tell(&telling, |told| told.error = Some(err));
                    yield Err(io::ErrorKind::NotFound.into());
                    return;
                }
            }
        }
    }
}
