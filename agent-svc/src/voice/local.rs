//! eSpeak NG in this process: one sentence at a time, so that dropping the future stops within a sentence.
//!
//! The four narrators differ in voice shape, pitch and pace. Never needs the network or a system package.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use espeak_ng::{EspeakNg, VoiceSpec};
use repo::narration::Pace;

use super::studio::{self, Studio, Take};
use super::{Speech, Voice, VoiceError, VoiceName, pace, pronounce};

/// Below this the end of a sentence is silence (about -54 dBFS).
const QUIET: u16 = 64;
/// The folder of the unpacked phoneme data, and how a half-made one beside it is called.
const DATA: &str = "espeak-ng-0.2.0";
const PARTIAL: &str = "espeak-ng-0.2.0.partial-";

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

/// The local engine. Cheap to share; speaks at most so many pieces at once as it was made for.
pub struct LocalVoice {
    data: PathBuf,
    studio: Studio,
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
        Ok(Self {
            data: phoneme_data(data_dir)?,
            studio: Studio::new(concurrency),
        })
    }
}

/// The folder of eSpeak NG's data under `data_dir`, unpacked when it is not there yet.
pub(super) fn phoneme_data(data_dir: &Path) -> Result<PathBuf, VoiceError> {
    let data = data_dir.join(DATA);
    if !data.is_dir() {
        tidy(data_dir);
        unpack(&data).map_err(VoiceError::Data)?;
    }

    Ok(data)
}

/// Writes the data beside its place and moves it there whole, so that a crash or a second process leaves no half of it.
fn unpack(data: &Path) -> std::io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let partial = data.with_file_name(format!("{PARTIAL}{}-{number}", std::process::id()));
    let unpacked = std::fs::create_dir_all(&partial)
        .and_then(|()| espeak_ng::install_bundled_language(&partial, "en").map(drop));
    if let Err(error) = unpacked {
        // Of a full or broken disk nothing more is asked than that it forgets what was begun.
        let _ = std::fs::remove_dir_all(&partial);
        return Err(error);
    }

    match std::fs::rename(&partial, data) {
        Err(_) if data.is_dir() => std::fs::remove_dir_all(&partial),
        moved => moved,
    }
}

/// Takes away what processes that are gone had begun to unpack. Another process may be at it right now: only what has
/// not been touched for a while is taken.
fn tidy(data_dir: &Path) {
    const ABANDONED: std::time::Duration = std::time::Duration::from_secs(600);

    let Ok(entries) = std::fs::read_dir(data_dir) else {
        return;
    };
    for entry in entries.flatten() {
        let touched = entry.metadata().and_then(|metadata| metadata.modified());
        let age = touched.ok().and_then(|touched| touched.elapsed().ok());
        let ours = entry.file_name().to_string_lossy().starts_with(PARTIAL);
        if ours && age.is_some_and(|age| age > ABANDONED) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[async_trait]
impl Voice for LocalVoice {
    fn engine(&self) -> &str {
        "espeak-ng-0.2-2"
    }

    fn limit(&self) -> usize {
        studio::LIMIT
    }

    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Speech, VoiceError> {
        let data = self.data.clone();
        let narrator = narrator(voice);
        let perform = move |text: &str, cancelled: &AtomicBool| {
            let take = perform(text, &narrator, &data, cancelled)?;
            Ok((take, narrator.gain))
        };

        self.studio.record(text, perform).await
    }

    fn pace(&self, voice: VoiceName) -> Pace {
        pace::local(voice)
    }
}

fn perform(text: &str, narrator: &Narrator, data: &Path, cancelled: &AtomicBool) -> Result<Take, VoiceError> {
    let engine = engine(narrator, data)?;

    studio::narrate(text, cancelled, |sentence| {
        let (spoken, _) = engine
            .synth(&pronounce::pronounce(sentence))
            .map_err(|error| failed(&error))?;
        Ok(without_tail(&spoken).to_vec())
    })
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

pub(super) fn failed(error: &espeak_ng::Error) -> VoiceError {
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

#[cfg(test)]
mod tests;
