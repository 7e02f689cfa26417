//! Puts spoken pieces together: each chapter's file, then the whole with a pause between chapters. Pieces stream
//! through; all times are counted in frames, so they are exact.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use kit::blobs::{BlobError, Blobs, patiently};
use serde_json::json;

use super::{Director, speak};
use crate::error::AgentError;
use crate::voice::Mp3;
use crate::voice::mp3::{BitRate, frames_to_duration};
use proto::tasks::Level;
use proto::tasks::code_story::{ChapterAudio, ChapterTimes, Concatenated, Speaker, VoiceOutput};
use repo::author::CHAPTER_PAUSE;

const CONTENT_TYPE: &str = "audio/mpeg";

/// A chapter's file.
struct Part {
    key: String,
    frames: u32,
    bit_rate: BitRate,
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
            let told = store(&self.tools.engines.blobs, &key, |told| {
                pieces(&self.tools.engines.blobs, chapter.chunks.clone(), told)
            })
            .await?;
            parts.push(Part {
                key,
                frames: told.frames,
                bit_rate: told.bit_rate.unwrap_or(BitRate::Kbps64),
            });
        }

        let (times, frames) = times(&parts);
        let audio_key = format!("{folder}/audio.mp3");
        let keys: Vec<String> = parts.iter().map(|part| part.key.clone()).collect();
        let pauses = pauses(&parts);
        let whole = store(&self.tools.engines.blobs, &audio_key, |told| {
            joined(&self.tools.engines.blobs, keys.clone(), pauses.clone(), told)
        });
        whole.await?;

        let details = json!({ "tool": "concatenate_audio", "chapters": parts.len(), "seconds": seconds(frames).round() });
        self.desk
            .log_with(
                Speaker::Synthesizer,
                "Put the audio together",
                details,
                Level::Success,
            )
            .await;

        Ok(VoiceOutput::Concatenate(Concatenated {
            audio_key,
            audio_chunks: keys,
            chapters: times,
            duration_seconds: seconds(frames),
        }))
    }
}

fn seconds(frames: u32) -> f64 {
    frames_to_duration(frames).as_secs_f64()
}

/// The silence after each part but the last: about [`CHAPTER_PAUSE`], and so long that the next chapter begins on a whole
/// second. Lists of chapters hold whole seconds, and a listener who jumps to one wants its first word.
fn pauses(parts: &[Part]) -> Vec<Mp3> {
    let mut at = 0;
    let mut pauses = Vec::with_capacity(parts.len());
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        at += part.frames;
        let next = (seconds(at) + CHAPTER_PAUSE / 2.0).ceil();
        let pause = Mp3::silence(Duration::from_secs_f64(next - seconds(at)), part.bit_rate);
        at += pause.frames();
        pauses.push(pause);
    }

    pauses
}

/// Where each chapter begins and how long it is; and the frames of the whole.
fn times(parts: &[Part]) -> (Vec<ChapterTimes>, u32) {
    let pauses = pauses(parts);
    let before = std::iter::once(0).chain(pauses.iter().map(Mp3::frames));
    let mut at = 0;
    let mut times = Vec::with_capacity(parts.len());
    for (part, pause) in parts.iter().zip(before) {
        at += pause;
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
    bit_rate: Option<BitRate>,
    error: Option<AgentError>,
}

type Telling = Arc<Mutex<Told>>;

fn tell(telling: &Telling, change: impl FnOnce(&mut Told)) {
    change(&mut telling.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Writes a stream into a blob and returns what it told. When a piece is missing or damaged, nothing is written. A store that
/// is away is waited for, and gets the stream from its beginning.
async fn store<S>(blobs: &Blobs, key: &str, stream: impl Fn(Telling) -> S) -> Result<Told, AgentError>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    // Reading a piece was waited for already.
    let of_store = |error: &AgentError| {
        let AgentError::Blobs(error) = error else {
            return false;
        };
        matches!(
            error,
            BlobError::Store { action: "write", .. } | BlobError::Source { .. }
        )
    };
    patiently(|| write_once(blobs, key, &stream), of_store).await
}

async fn write_once<S>(blobs: &Blobs, key: &str, stream: impl Fn(Telling) -> S) -> Result<Told, AgentError>
where
    S: Stream<Item = io::Result<Bytes>> + Send,
{
    let telling = Telling::default();
    let written = blobs
        .put_stream(key, stream(Arc::clone(&telling)), CONTENT_TYPE)
        .await;
    let mut told = std::mem::take(&mut *telling.lock().unwrap_or_else(PoisonError::into_inner));

    match (told.error.take(), written) {
        (Some(err), _) => Err(err),
        (None, Err(err)) => Err(err.into()),
        (None, Ok(_)) => Ok(told),
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
                    tell(&telling, |told| {
                        told.frames += mp3.frames();
                        told.bit_rate.get_or_insert(mp3.bit_rate());
                    });
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

/// The chapters one after the other with the pauses between them.
fn joined(
    blobs: &Blobs,
    keys: Vec<String>,
    pauses: Vec<Mp3>,
    telling: Telling,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let blobs = blobs.clone();

    async_stream::stream! {
        for (index, key) in keys.into_iter().enumerate() {
            if let Some(pause) = index.checked_sub(1).and_then(|before| pauses.get(before)) {
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
