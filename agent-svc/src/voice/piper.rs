//! Natural voices from files: Piper's models, spoken in this process by a runtime in Rust, with eSpeak NG for the sounds of
//! the words. Never downloads a voice, and ships none.

mod calibration;
mod model;
mod sound;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use espeak_ng::{EspeakNg, VoiceSpec};
use repo::narration::Pace;

use self::calibration::Calibration;
use self::model::{Delivery, VoiceModel};
use super::studio::{self, Studio, Take};
use super::{Speech, Voice, VoiceError, VoiceName, local, pronounce};

/// Changes when the same text would sound different.
const VERSION: u32 = 1;
/// How high narrators who share one speaker are, beside the speaker's own voice.
const PITCHES: [f32; 4] = [1.0, 0.93, 1.07, 0.87];

/// Who speaks for a narrator.
#[derive(Debug, Clone)]
struct Cast {
    model: Arc<VoiceModel>,
    speaker: Option<i32>,
    pitch: f32,
}

/// The voices that were found, given to the four narrators.
pub struct PiperVoice {
    casts: [Cast; 4],
    paces: [Pace; 4],
    data: PathBuf,
    engine: String,
    studio: Studio,
}

impl fmt::Debug for PiperVoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PiperVoice")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

/// The voices at a path: the file itself, or the files in the folder that have their description beside them, by name.
/// None when the path is not there.
pub fn find_voices(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }

    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|file| file.extension().is_some_and(|ending| ending == "onnx"))
        .filter(|file| model::description(file).is_file())
        .collect();
    found.sort();

    found
}

impl PiperVoice {
    /// Reads the voices, and measures the pace of each the first time that it is seen: some seconds.
    ///
    /// # Errors
    /// No voice in `files`, or one that can't be used, named by its path.
    pub fn open(files: &[PathBuf], data_dir: &Path, concurrency: usize) -> Result<Self, VoiceError> {
        let data = local::phoneme_data(data_dir)?;
        let models = files.iter().map(|file| VoiceModel::open(file).map(Arc::new));
        let models: Vec<Arc<VoiceModel>> = models.collect::<Result<_, _>>()?;

        let mut digest = blake3::Hasher::new();
        for model in &models {
            digest.update(model.digest.as_bytes());
        }

        let casts = cast(&models).ok_or_else(nobody)?;
        let mut calibration = Calibration::load(data_dir);
        let mut paces = [studio::pace(0.0, 0.0); 4];
        for (pace, cast) in paces.iter_mut().zip(&casts) {
            let key = format!("{}-{}", cast.model.digest, cast.speaker.unwrap_or(0));
            *pace = calibration.pace(&key, |text| {
                let take = perform(text, cast, &data, &AtomicBool::new(false))?;
                Ok(take.samples.len())
            })?;
        }

        calibration.keep();

        Ok(Self {
            casts,
            paces,
            data,
            engine: format!("piper-{VERSION}-{}", &digest.finalize().to_hex()[..16]),
            studio: Studio::new(concurrency),
        })
    }
}

/// What speaks for each narrator, as a person may read it.
pub(super) fn speakers(files: &[PathBuf]) -> Result<[(VoiceName, String); 4], VoiceError> {
    let models = files.iter().map(|file| VoiceModel::open(file).map(Arc::new));
    let models: Vec<Arc<VoiceModel>> = models.collect::<Result<_, _>>()?;
    let casts = cast(&models).ok_or_else(nobody)?;

    Ok(VoiceName::ALL.map(|name| (name, told(&casts[place(name)]))))
}

fn told(cast: &Cast) -> String {
    let speaker = cast
        .speaker
        .map_or_else(String::new, |speaker| format!(", speaker {speaker}"));
    let pitch = match cast.pitch {
        pitch if pitch < 1.0 => ", lower",
        pitch if pitch > 1.0 => ", higher",
        _ => "",
    };

    format!("{}{speaker}{pitch}", cast.model.name)
}

fn nobody() -> VoiceError {
    VoiceError::Local {
        reason: "no voice was found".to_owned(),
    }
}

fn place(voice: VoiceName) -> usize {
    VoiceName::ALL
        .iter()
        .position(|name| *name == voice)
        .unwrap_or_default()
}

/// Gives each narrator a speaker; when there are fewer than four, some share one and differ in pitch.
fn cast(models: &[Arc<VoiceModel>]) -> Option<[Cast; 4]> {
    let speakers: Vec<(Arc<VoiceModel>, Option<i32>)> = models
        .iter()
        .flat_map(|model| model.speakers().map(|speaker| (Arc::clone(model), speaker)))
        .take(VoiceName::ALL.len())
        .collect();
    if speakers.is_empty() {
        return None;
    }

    Some(std::array::from_fn(|narrator| {
        let (model, speaker) = &speakers[narrator % speakers.len()];
        Cast {
            model: Arc::clone(model),
            speaker: *speaker,
            pitch: PITCHES[narrator / speakers.len()],
        }
    }))
}

#[async_trait]
impl Voice for PiperVoice {
    fn engine(&self) -> &str {
        &self.engine
    }

    fn limit(&self) -> usize {
        studio::LIMIT
    }

    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Speech, VoiceError> {
        let (cast, data) = (self.casts[place(voice)].clone(), self.data.clone());
        let perform = move |text: &str, cancelled: &AtomicBool| {
            let take = perform(text, &cast, &data, cancelled)?;
            let gain = sound::gain(&take.samples);
            Ok((take, gain))
        };

        self.studio.record(text, perform).await
    }

    fn pace(&self, voice: VoiceName) -> Pace {
        self.paces[place(voice)]
    }
}

fn perform(text: &str, cast: &Cast, data: &Path, cancelled: &AtomicBool) -> Result<Take, VoiceError> {
    let built = EspeakNg::builder().data_dir(data).build();
    let mut phonemizer = built.map_err(|error| local::failed(&error))?;
    phonemizer.set_voice_by_spec(VoiceSpec::by_name(&cast.model.language));
    let delivery = Delivery::new(cast.speaker, cast.pitch);

    studio::narrate(text, cancelled, |sentence| {
        let phonemes = phonemizer
            .text_to_phonemes_phonemizer(&pronounce::pronounce(sentence))
            .map_err(|error| local::failed(&error))?;
        let said = cast.model.say(&phonemes, &delivery)?;
        // What is higher is also shorter, so it was spoken slower by as much.
        let rate = cast.model.sample_rate as f32 * cast.pitch;

        Ok(sound::finish(&said, rate))
    })
}

#[cfg(test)]
mod tests;
