//! Voices: narration in, MP3 out, by one of two engines chosen once from the configuration.
//!
//! Every engine makes the format of [`mp3`], so pieces join by their bytes. Never stores, and never writes text.

pub mod elevenlabs;
#[cfg(feature = "local-voice")]
pub mod encode;
#[cfg(feature = "local-voice")]
pub mod local;
pub mod mp3;
pub mod pace;
pub mod pronounce;
pub mod transcript;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kit::error::{ErrorKind, ServiceError};
use repo::narration::Pace;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use mp3::Mp3;

/// The four narrators that a client may ask for, in every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VoiceName {
    Rachel,
    Drew,
    Bella,
    Antoni,
}

impl VoiceName {
    pub const ALL: [VoiceName; 4] = [Self::Rachel, Self::Drew, Self::Bella, Self::Antoni];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rachel => "Rachel",
            Self::Drew => "Drew",
            Self::Bella => "Bella",
            Self::Antoni => "Antoni",
        }
    }
}

impl fmt::Display for VoiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VoiceName {
    type Err = VoiceError;

    fn from_str(name: &str) -> Result<Self, VoiceError> {
        let known = Self::ALL
            .into_iter()
            .find(|voice| voice.as_str().eq_ignore_ascii_case(name.trim()));
        known.ok_or_else(|| VoiceError::UnknownVoice {
            name: name.to_owned(),
        })
    }
}

/// Section `[voice]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceConfig {
    /// Set: ElevenLabs speaks. Empty: eSpeak NG speaks in this process.
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

/// Speaks one piece of text. Dropping the future stops the work, down to the socket or the current sentence.
#[async_trait]
pub trait Voice: Send + Sync {
    /// Engine, version and settings in one word: part of the key of a spoken piece, so that a change is heard.
    fn engine(&self) -> &str;

    /// Most characters that [`Voice::speak`] takes at once; [`repo::narration::cut::cut`] keeps to it.
    fn limit(&self) -> usize;

    /// Plain prose in, whole checked audio out: never part of it.
    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Mp3, VoiceError>;

    /// How fast a voice reads, to plan a story's length before it is spoken.
    fn pace(&self, voice: VoiceName) -> Pace;
}

/// The engine that the configuration names. `data_dir` keeps the local engine's phoneme data.
pub fn build(config: &VoiceConfig, data_dir: &Path) -> Result<Arc<dyn Voice>, VoiceError> {
    if config.elevenlabs_api_key.expose_secret().is_empty() {
        return local(config, data_dir);
    }
    Ok(Arc::new(elevenlabs::ElevenLabs::new(config)?))
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
    #[error("there is no voice {name:?}: choose Rachel, Drew, Bella or Antoni")]
    UnknownVoice { name: String },
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
            Self::UnknownVoice { .. }
            | Self::NoEngine
            | Self::Config { .. }
            | Self::TextLength { .. }
            | Self::Unauthorized
            | Self::Refused { .. }
            | Self::Encode(_)
            | Self::Local { .. }
            | Self::Data(_) => false,
        }
    }
}

impl ServiceError for VoiceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownVoice { .. } | Self::TextLength { .. } => ErrorKind::InvalidArgument,
            Self::NoEngine | Self::Config { .. } | Self::Unauthorized => ErrorKind::FailedPrecondition,
            Self::Refused { .. } => ErrorKind::FailedPrecondition,
            Self::Busy { .. } => ErrorKind::ResourceExhausted,
            Self::Provider { .. } | Self::Unreachable(_) | Self::CutOff(_) => ErrorKind::Unavailable,
            Self::Audio(_) | Self::TooShort { .. } => ErrorKind::Unavailable,
            Self::Encode(_) | Self::Local { .. } | Self::Data(_) => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownVoice { .. } => "VOICE_UNKNOWN",
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
