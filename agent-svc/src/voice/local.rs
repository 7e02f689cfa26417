//! eSpeak NG in this process: one sentence at a time, so that dropping the future stops within a sentence.
//!
//! The four narrators differ in voice shape, pitch and pace. Never needs the network or a system package.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use espeak_ng::{EspeakNg, VoiceSpec};
use repo::narration::{Pace, cut};
use tokio::sync::Semaphore;

use super::encode::{self, INPUT_RATE};
use super::{Mp3, Voice, VoiceError, VoiceName, pace, pronounce};

/// A piece of about a minute: small enough for a fine-grained journal, long enough to sound whole.
const LIMIT: usize = 1_000;
const SENTENCE_PAUSE_MS: u32 = 330;
const PARAGRAPH_PAUSE_MS: u32 = 700;
/// Below this the end of a sentence is silence (about -54 dBFS).
const QUIET: u16 = 64;

/// How one narrator is shaped.
struct Narrator {
    /// Language and shape of the voice, from eSpeak NG's own variants.
    shape: &'static str,
    /// Words a minute as eSpeak NG counts them.
    rate: u32,
    /// 0 to 100, 50 is the shape's own pitch.
    pitch: u32,
    /// Brings every narrator to the same loudness; measured, see the test.
    gain: f32,
}

fn narrator(voice: VoiceName) -> Narrator {
    match voice {
        VoiceName::Rachel => Narrator {
            shape: "en-us+f2",
            rate: 160,
            pitch: 52,
            gain: 1.9,
        },
        VoiceName::Drew => Narrator {
            shape: "en-us+m3",
            rate: 147,
            pitch: 34,
            gain: 1.9,
        },
        VoiceName::Bella => Narrator {
            shape: "en-us+f4",
            rate: 186,
            pitch: 66,
            gain: 1.9,
        },
        VoiceName::Antoni => Narrator {
            shape: "en-us+m1",
            rate: 173,
            pitch: 58,
            gain: 1.9,
        },
    }
}

/// The local engine. Cheap to share; speaks at most its number of permits at once.
pub struct LocalVoice {
    data: PathBuf,
    permits: Arc<Semaphore>,
}

impl fmt::Debug for LocalVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalVoice")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl LocalVoice {
    /// Unpacks the phoneme data under `data_dir` once, and speaks `concurrency` pieces at a time (0: one per processor).
    pub fn install(data_dir: &Path, concurrency: usize) -> Result<Self, VoiceError> {
        let data = data_dir.join("espeak-ng-0.2.0");
        if !data.is_dir() {
            unpack(&data).map_err(VoiceError::Data)?;
        }

        let permits = match concurrency {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };

        Ok(Self {
            data,
            permits: Arc::new(Semaphore::new(permits)),
        })
    }
}

/// Writes the data beside its place and moves it there whole, so that a crash or a second process leaves no half of it.
fn unpack(data: &Path) -> std::io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let partial = data.with_extension(format!("partial-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&partial)?;
    espeak_ng::install_bundled_language(&partial, "en")?;

    match std::fs::rename(&partial, data) {
        Err(_) if data.is_dir() => std::fs::remove_dir_all(&partial),
        moved => moved,
    }
}

#[async_trait]
impl Voice for LocalVoice {
    fn engine(&self) -> &str {
        "espeak-ng-0.2-1"
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Mp3, VoiceError> {
        let length = text.chars().count();
        if text.trim().is_empty() || length > LIMIT {
            return Err(VoiceError::TextLength { length, limit: LIMIT });
        }

        let stopped = |_| VoiceError::Local {
            reason: "the process is stopping".to_owned(),
        };
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| VoiceError::Local {
                reason: "the process is stopping".to_owned(),
            })?;

        let cancel = CancelOnDrop(Arc::new(AtomicBool::new(false)));
        let cancelled = Arc::clone(&cancel.0);
        let (text, data) = (text.to_owned(), self.data.clone());
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            render(&text, &narrator(voice), &data, &cancelled)
        });

        work.await.map_err(stopped)?
    }

    fn pace(&self, voice: VoiceName) -> Pace {
        pace::local(voice)
    }
}

/// Tells the blocking work that nobody waits for it any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn render(text: &str, narrator: &Narrator, data: &Path, cancelled: &AtomicBool) -> Result<Mp3, VoiceError> {
    let speech = samples(text, narrator, data, cancelled)?;
    encode::encode(&speech, narrator.gain).map_err(|error| VoiceError::Encode(Box::new(error)))
}

/// Speech at 22.05 kHz, each sentence followed by its pause.
fn samples(
    text: &str,
    narrator: &Narrator,
    data: &Path,
    cancelled: &AtomicBool,
) -> Result<Vec<i16>, VoiceError> {
    let engine = engine(narrator, data)?;
    let mut speech = Vec::new();
    for paragraph in cut::paragraphs(text) {
        for sentence in cut::sentences(paragraph) {
            if cancelled.load(Ordering::Relaxed) {
                return Err(VoiceError::Local {
                    reason: "cancelled".to_owned(),
                });
            }

            let (spoken, _) = engine
                .synth(&pronounce::pronounce(sentence))
                .map_err(|error| failed(&error))?;
            speech.extend_from_slice(without_tail(&spoken));
            pause(&mut speech, SENTENCE_PAUSE_MS);
        }

        pause(&mut speech, PARAGRAPH_PAUSE_MS - SENTENCE_PAUSE_MS);
    }

    Ok(speech)
}

fn engine(narrator: &Narrator, data: &Path) -> Result<EspeakNg, VoiceError> {
    let built = EspeakNg::builder()
        .rate(narrator.rate)
        .pitch(narrator.pitch)
        .data_dir(data)
        .build();
    let mut engine = built.map_err(|error| failed(&error))?;
    engine.set_voice_by_spec(VoiceSpec::by_name(narrator.shape));
    Ok(engine)
}

fn failed(error: &espeak_ng::Error) -> VoiceError {
    VoiceError::Local {
        reason: error.to_string(),
    }
}

fn without_tail(spoken: &[i16]) -> &[i16] {
    let end = spoken
        .iter()
        .rposition(|sample| sample.unsigned_abs() > QUIET)
        .map_or(0, |last| last + 1);
    &spoken[..end]
}

fn pause(speech: &mut Vec<i16>, milliseconds: u32) {
    let samples = (INPUT_RATE * milliseconds / 1_000) as usize;
    speech.extend(std::iter::repeat_n(0, samples));
}

#[cfg(test)]
mod tests;
