//! Voices: narration in, MP3 out, by one of three engines chosen once from the configuration.
//!
//! Every engine makes the format of [`mp3`], so pieces join by their bytes. Never stores, and never writes text.

pub mod elevenlabs;
#[cfg(feature = "local-voice")]
pub mod encode;
#[cfg(feature = "local-voice")]
pub mod local;
pub mod mp3;
pub mod pace;
#[cfg(feature = "natural-voice")]
pub mod piper;
pub mod pronounce;
#[cfg(feature = "local-voice")]
mod studio;
#[cfg(test)]
mod testing;
pub mod transcript;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::error::{ErrorKind, ServiceError};
use repo::narration::Pace;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use mp3::Mp3;
/// The four narrators that a client may ask for, in every engine.
pub use proto::words::Voice as VoiceName;

/// Section `[voice]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceConfig {
    /// A Piper voice (`.onnx`, its `.onnx.json` beside it) or a folder of them. Set: they speak. Empty: those in the
    /// folder `voices` of the data folder speak, when no key is set and there are any.
    pub piper: PathBuf,
    /// Set: ElevenLabs speaks. Empty, and no Piper voice is found: eSpeak NG speaks in this process.
    pub elevenlabs_api_key: SecretString,
    pub elevenlabs_base_url: String,
    pub elevenlabs_model: String,
    /// 0 to 1, as ElevenLabs defines them.
    pub stability: f32,
    pub similarity_boost: f32,
    pub style: f32,
    pub use_speaker_boost: bool,
    /// Longest wait for the first byte, and between two bytes, of one request.
    pub timeout_seconds: u64,
    /// Tries of one piece of text before its error is final.
    pub attempts: usize,
    /// Pieces spoken at once in this process; 0 means one for each processor.
    pub local_concurrency: usize,
}

/// One piece of text as it was spoken.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    pub mp3: Mp3,
    /// Seconds from the start of the audio at which each sentence of [`repo::narration::cut`] begins. Empty when the
    /// engine does not tell.
    pub sentence_starts: Vec<f64>,
}

/// Speaks one piece of text. Dropping the future stops the work, down to the socket or the current sentence.
#[async_trait]
pub trait Voice: Send + Sync {
    /// Engine, version and settings in one word: part of the key of a spoken piece, so that a change is heard.
    fn engine(&self) -> &str;

    /// Whether it speaks in this process, so that nothing is sent anywhere and nothing is paid.
    fn is_local(&self) -> bool {
        true
    }

    /// Most characters that [`Voice::speak`] takes at once; [`repo::narration::cut::cut`] keeps to it.
    fn limit(&self) -> usize;

    /// Plain prose in, whole checked audio out: never part of it.
    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Speech, VoiceError>;

    /// How fast a voice reads, to plan a story's length before it is spoken.
    fn pace(&self, voice: VoiceName) -> Pace;
}

/// The engine that the configuration names: the voice at its path, else ElevenLabs when there is a key, else the voices
/// in the data folder, else eSpeak NG. `data_dir` also keeps the local engines' data.
pub fn build(config: &VoiceConfig, data_dir: &Path) -> Result<Arc<dyn Voice>, VoiceError> {
    if let Some(files) = piper_files(config, data_dir)? {
        return natural(&files, config, data_dir);
    }

    if config.elevenlabs_api_key.expose_secret().is_empty() {
        return local(config, data_dir);
    }

    Ok(Arc::new(elevenlabs::ElevenLabs::new(config)?))
}

/// The Piper voices that are to speak; none when another engine is.
///
/// # Errors
/// The configured path has no voice.
pub fn piper_files(config: &VoiceConfig, data_dir: &Path) -> Result<Option<Vec<PathBuf>>, VoiceError> {
    let named = !config.piper.as_os_str().is_empty();
    if !named && !config.elevenlabs_api_key.expose_secret().is_empty() {
        return Ok(None);
    }

    let place = match named {
        true => config.piper.clone(),
        false => data_dir.join("voices"),
    };
    let files = voices_at(&place);
    if named && files.is_empty() {
        return Err(VoiceError::File {
            path: place,
            problem: "there is no Piper voice: an `.onnx` file with its `.onnx.json` beside it".to_owned(),
        });
    }

    Ok(Some(files).filter(|files| !files.is_empty()))
}

/// The engine in force and who speaks for each narrator, for a person to read. Makes no sound.
#[derive(Debug)]
pub struct Speakers {
    pub engine: &'static str,
    pub names: [(VoiceName, String); 4],
}

/// Who would speak if [`build`] were called now.
pub fn speakers(config: &VoiceConfig, data_dir: &Path) -> Result<Speakers, VoiceError> {
    let Some(files) = piper_files(config, data_dir)? else {
        let (engine, whose) = match config.elevenlabs_api_key.expose_secret().is_empty() {
            true => ("eSpeak NG", "one of its voices"),
            false => ("ElevenLabs", "its voice of this name"),
        };
        let names = VoiceName::ALL.map(|name| (name, whose.to_owned()));
        return Ok(Speakers { engine, names });
    };

    Ok(Speakers {
        engine: "Piper",
        names: natural_speakers(&files)?,
    })
}

/// A text in pieces that an engine with this limit takes.
pub fn pieces(text: &str, limit: usize) -> Vec<String> {
    repo::narration::cut::cut(text, limit)
}

#[cfg(feature = "natural-voice")]
fn natural_speakers(files: &[PathBuf]) -> Result<[(VoiceName, String); 4], VoiceError> {
    piper::speakers(files)
}

#[cfg(not(feature = "natural-voice"))]
fn natural_speakers(_files: &[PathBuf]) -> Result<[(VoiceName, String); 4], VoiceError> {
    Err(VoiceError::NoEngine)
}

#[cfg(feature = "natural-voice")]
fn voices_at(place: &Path) -> Vec<PathBuf> {
    piper::find_voices(place)
}

#[cfg(not(feature = "natural-voice"))]
fn voices_at(_place: &Path) -> Vec<PathBuf> {
    Vec::new()
}

#[cfg(feature = "natural-voice")]
fn natural(files: &[PathBuf], config: &VoiceConfig, data_dir: &Path) -> Result<Arc<dyn Voice>, VoiceError> {
    let voice = piper::PiperVoice::open(files, data_dir, config.local_concurrency)?;

    Ok(Arc::new(voice))
}

#[cfg(not(feature = "natural-voice"))]
fn natural(
    _files: &[PathBuf],
    _config: &VoiceConfig,
    _data_dir: &Path,
) -> Result<Arc<dyn Voice>, VoiceError> {
    Err(VoiceError::NoEngine)
}

#[cfg(feature = "local-voice")]
fn local(config: &VoiceConfig, data_dir: &Path) -> Result<Arc<dyn Voice>, VoiceError> {
    Ok(Arc::new(local::LocalVoice::install(
        data_dir,
        config.local_concurrency,
    )?))
}

#[cfg(not(feature = "local-voice"))]
fn local(_config: &VoiceConfig, _data_dir: &Path) -> Result<Arc<dyn Voice>, VoiceError> {
    Err(VoiceError::NoEngine)
}

/// Why text was not spoken.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    #[error("this build has no local voice: set an ElevenLabs key")]
    NoEngine,
    #[error("the voice settings are wrong: {field} {problem}")]
    Config { field: &'static str, problem: String },
    #[error("the text has {length} characters, the voice takes 1 to {limit}")]
    TextLength { length: usize, limit: usize },
    #[error("the voice service refused its key")]
    Unauthorized,
    #[error("the voice service refused the text: {message}")]
    Refused { status: u16, message: String },
    #[error("the voice service is busy")]
    Busy { retry_after: Option<Duration> },
    #[error("the voice service failed with status {status}")]
    Provider { status: u16 },
    #[error("the voice service could not be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the voice service stopped in the middle of the audio")]
    CutOff(#[source] reqwest::Error),
    #[error("the voice made unusable audio")]
    Audio(#[from] mp3::Mp3Error),
    #[error("the voice made {seconds:.1} s of audio for {characters} characters")]
    TooShort { seconds: f64, characters: usize },
    #[error("the audio could not be encoded")]
    Encode(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the local voice failed: {reason}")]
    Local { reason: String },
    #[error("the voice {} can't be used: {problem}", path.display())]
    File { path: PathBuf, problem: String },
    #[error("the local voice's data could not be written")]
    Data(#[source] std::io::Error),
}

impl VoiceError {
    /// Whether the same request may work a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Unreachable(_) | Self::CutOff(_) | Self::TooShort { .. } => true,
            Self::Provider { status } => *status >= 500 || *status == 408,
            Self::Audio(problem) => matches!(problem, mp3::Mp3Error::Cut { .. } | mp3::Mp3Error::Empty),
            Self::NoEngine
            | Self::Config { .. }
            | Self::TextLength { .. }
            | Self::Unauthorized
            | Self::Refused { .. }
            | Self::Encode(_)
            | Self::Local { .. }
            | Self::File { .. }
            | Self::Data(_) => false,
        }
    }
}

impl ServiceError for VoiceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TextLength { .. } => ErrorKind::InvalidArgument,
            Self::NoEngine | Self::Config { .. } | Self::File { .. } | Self::Unauthorized => {
                ErrorKind::FailedPrecondition
            }
            Self::Refused { .. } => ErrorKind::FailedPrecondition,
            Self::Busy { .. } => ErrorKind::ResourceExhausted,
            Self::Provider { .. } | Self::Unreachable(_) | Self::CutOff(_) => ErrorKind::Unavailable,
            Self::Audio(_) | Self::TooShort { .. } => ErrorKind::Unavailable,
            Self::Encode(_) | Self::Local { .. } | Self::Data(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoEngine => "VOICE_NO_ENGINE",
            Self::Config { .. } => "VOICE_CONFIG",
            Self::TextLength { .. } => "VOICE_TEXT_LENGTH",
            Self::Unauthorized => "VOICE_UNAUTHORIZED",
            Self::Refused { .. } => "VOICE_REFUSED",
            Self::Busy { .. } => "VOICE_BUSY",
            Self::Provider { .. } => "VOICE_PROVIDER",
            Self::Unreachable(_) => "VOICE_UNREACHABLE",
            Self::CutOff(_) => "VOICE_CUT_OFF",
            Self::Audio(_) | Self::TooShort { .. } => "VOICE_AUDIO",
            Self::Encode(_) => "VOICE_ENCODE",
            Self::Local { .. } => "VOICE_LOCAL",
            Self::File { .. } => "VOICE_FILE",
            Self::Data(_) => "VOICE_DATA",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => *retry_after,
            _ => None,
        }
    }
}
