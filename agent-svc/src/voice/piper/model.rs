//! One Piper voice: its ONNX file and the JSON beside it. Phonemes in, samples out; what a voice is made of is in
//! Piper's `VOICES.md` and `TRAINING.md`.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rten::{NodeId, RunOptions, ThreadPool, ValueOrView};
use rten_tensor::{NdTensor, Tensor};
use serde::Deserialize;

use crate::voice::VoiceError;

/// Begins a sentence, stands after each of its sounds, ends it.
const BEGIN: &str = "^";
const PAD: &str = "_";
const END: &str = "$";
/// A voice larger than this is no Piper voice (the largest have 115 MB).
const LARGEST: u64 = 400 * 1024 * 1024;

#[derive(Deserialize)]
struct Description {
    audio: Audio,
    espeak: Option<Espeak>,
    #[serde(default)]
    inference: Inference,
    #[serde(default)]
    phoneme_type: Option<String>,
    phoneme_id_map: HashMap<String, Vec<i32>>,
    #[serde(default)]
    num_speakers: i32,
}

#[derive(Deserialize)]
struct Audio {
    sample_rate: u32,
}

#[derive(Deserialize)]
struct Espeak {
    voice: String,
}

/// How lively a voice speaks; the defaults are Piper's.
#[derive(Deserialize)]
#[serde(default)]
struct Inference {
    noise_scale: f32,
    length_scale: f32,
    noise_w: f32,
}

impl Default for Inference {
    fn default() -> Self {
        Self {
            noise_scale: 0.667,
            length_scale: 1.0,
            noise_w: 0.8,
        }
    }
}

/// How a sentence is to be said.
pub(super) struct Delivery {
    speaker: Option<i32>,
    /// How much slower than the voice's own pace.
    slower: f32,
    /// One thread: several pieces are spoken at once, and chance runs the same each time.
    pool: Arc<ThreadPool>,
}

impl Delivery {
    pub(super) fn new(speaker: Option<i32>, slower: f32) -> Self {
        Self {
            speaker,
            slower,
            pool: Arc::new(ThreadPool::with_num_threads(1)),
        }
    }
}

/// A voice, ready to speak. Safe to share.
pub(super) struct VoiceModel {
    /// File name without its ending.
    pub(super) name: String,
    /// Of the file's bytes, in hexadecimal.
    pub(super) digest: String,
    pub(super) sample_rate: u32,
    /// eSpeak NG's name of the language.
    pub(super) language: String,
    speakers: i32,
    inference: Inference,
    ids: HashMap<String, Vec<i32>>,
    path: PathBuf,
    graph: rten::Model,
    inputs: Inputs,
    output: NodeId,
}

struct Inputs {
    phonemes: NodeId,
    length: NodeId,
    scales: NodeId,
    speaker: Option<NodeId>,
}

impl fmt::Debug for VoiceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoiceModel")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Where a voice's description lies: beside it, as `<file>.json`.
pub(super) fn description(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

impl VoiceModel {
    pub(super) fn open(file: &Path) -> Result<Self, VoiceError> {
        let broken = |problem: String| VoiceError::File {
            path: file.to_path_buf(),
            problem,
        };
        let beside = description(file);
        let text = std::fs::read(&beside).map_err(|error| {
            broken(format!(
                "its description {} could not be read: {error}",
                beside.display()
            ))
        })?;
        let described: Description = serde_json::from_slice(&text)
            .map_err(|error| broken(format!("its description is not one of Piper's: {error}")))?;
        let language = spoken_language(&described).map_err(broken)?;

        let size = std::fs::metadata(file)
            .map_err(|error| broken(error.to_string()))?
            .len();
        if size > LARGEST {
            return Err(broken(format!("it has {size} bytes, more than any voice")));
        }

        let bytes = std::fs::read(file).map_err(|error| broken(error.to_string()))?;
        let digest = blake3::hash(&bytes).to_hex()[..32].to_owned();
        let graph = rten::Model::load(bytes).map_err(|error| broken(error.to_string()))?;
        let node = |name: &str| {
            graph
                .node_id(name)
                .map_err(|_| broken(format!("it takes no `{name}`")))
        };
        let inputs = Inputs {
            phonemes: node("input")?,
            length: node("input_lengths")?,
            scales: node("scales")?,
            speaker: graph.find_node("sid"),
        };
        let output = *graph
            .output_ids()
            .first()
            .ok_or_else(|| broken("it gives no sound".to_owned()))?;

        Ok(Self {
            name: file
                .file_stem()
                .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
            digest,
            sample_rate: described.audio.sample_rate,
            language,
            speakers: described.num_speakers,
            inference: described.inference,
            ids: described.phoneme_id_map,
            path: file.to_path_buf(),
            graph,
            inputs,
            output,
        })
    }

    /// Its speakers; one without a number when there is only one.
    pub(super) fn speakers(&self) -> impl Iterator<Item = Option<i32>> + use<> {
        let many = self.speakers > 1 && self.inputs.speaker.is_some();
        let numbers = if many { 0..self.speakers } else { 0..1 };
        numbers.map(move |number| many.then_some(number))
    }

    /// One sentence, given by its sounds in IPA, as samples between -1 and 1. Sounds that the voice doesn't know are left
    /// out. The same sentence is always said the same way.
    pub(super) fn say(&self, phonemes: &str, delivery: &Delivery) -> Result<Vec<f32>, VoiceError> {
        let ids = self.phoneme_ids(phonemes);
        let seed = ids
            .iter()
            .fold(17u64, |sum, id| sum.wrapping_mul(31).wrapping_add(*id as u64));
        delivery.pool.run(|| fastrand::seed(seed));

        let length = NdTensor::from([ids.len() as i32]);
        let scales = NdTensor::from([
            self.inference.noise_scale,
            self.inference.length_scale * delivery.slower,
            self.inference.noise_w,
        ]);
        let phonemes = Tensor::from_data(&[1, ids.len()], ids);
        let speaker = NdTensor::from([delivery.speaker.unwrap_or(0)]);
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (self.inputs.phonemes, phonemes.into()),
            (self.inputs.length, length.into()),
            (self.inputs.scales, scales.into()),
        ];
        if let Some(node) = self.inputs.speaker {
            inputs.push((node, speaker.into()));
        }

        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&delivery.pool)));
        let [sound] = self
            .graph
            .run_n(inputs, [self.output], Some(options))
            .map_err(|error| self.broken(&error.to_string()))?;
        let sound: Tensor<f32> = sound
            .try_into()
            .map_err(|_| self.broken("it gives something other than sound"))?;

        Ok(sound.into_data())
    }

    fn phoneme_ids(&self, phonemes: &str) -> Vec<i32> {
        let of = |symbol: &str| self.ids.get(symbol).into_iter().flatten().copied();
        let mut letter = [0; 4];
        let mut ids: Vec<i32> = of(BEGIN).chain(of(PAD)).collect();
        for symbol in phonemes.chars() {
            let known: Vec<i32> = of(symbol.encode_utf8(&mut letter)).collect();
            if !known.is_empty() {
                ids.extend(known);
                ids.extend(of(PAD));
            }
        }

        ids.extend(of(END));
        ids
    }

    fn broken(&self, problem: &str) -> VoiceError {
        VoiceError::File {
            path: self.path.clone(),
            problem: problem.to_owned(),
        }
    }
}

/// English is the only language whose sounds are here.
fn spoken_language(described: &Description) -> Result<String, String> {
    if let Some(kind) = described.phoneme_type.as_deref().filter(|kind| *kind != "espeak") {
        return Err(format!(
            "it is given its text as `{kind}`; voices for eSpeak NG's phonemes can be used"
        ));
    }

    let language = described
        .espeak
        .as_ref()
        .map_or("en-us", |espeak| espeak.voice.as_str());
    if language != "en" && !language.starts_with("en-") {
        return Err(format!("it speaks `{language}`; stories are told in English"));
    }

    Ok(language.to_owned())
}
