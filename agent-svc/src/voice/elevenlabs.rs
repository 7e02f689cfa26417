//! ElevenLabs over HTTP: one streamed request for each piece of text, retried when that may help.
//!
//! Audio is returned only when it arrived whole. Never logs the key or the text.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use repo::narration::Pace;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::pronounce::say_names;
use super::{Mp3, Speech, Voice, VoiceConfig, VoiceError, VoiceName, pace};

/// Characters in one request: below the model's own limit, and the size at which a piece still begins within seconds.
const LIMIT: usize = 4_000;
/// What `mp3_44100_128` means is in the provider's API reference: MP3 at 44.1 kHz, 128 kbit/s.
const OUTPUT_FORMAT: &str = "mp3_44100_128";
/// Nobody reads faster than this; less audio than that for the text means that the end is missing.
const FASTEST_CHARS_PER_SECOND: f64 = 60.0;
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
const LONGEST_MESSAGE: usize = 300;

/// The provider's public id of each narrator.
pub fn voice_id(voice: VoiceName) -> &'static str {
    match voice {
        VoiceName::Rachel => "21m00Tcm4TlvDq8ikWAM",
        VoiceName::Drew => "29vD33N1CtxCmqQRPOHJ",
        VoiceName::Bella => "EXAVITQu4vr4xnSDxMaL",
        VoiceName::Antoni => "ErXwobaYiN019PkySvjV",
    }
}

/// A client of one account.
pub struct ElevenLabs {
    http: reqwest::Client,
    base: Url,
    key: SecretString,
    model: String,
    settings: VoiceSettings,
    attempts: usize,
    engine: String,
    first_wait: Duration,
}

impl fmt::Debug for ElevenLabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElevenLabs")
            .field("base", &self.base.as_str())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
struct VoiceSettings {
    stability: f32,
    similarity_boost: f32,
    style: f32,
    use_speaker_boost: bool,
}

#[derive(Serialize)]
struct SpeechRequest<'a> {
    text: &'a str,
    model_id: &'a str,
    voice_settings: VoiceSettings,
}

impl ElevenLabs {
    pub fn new(config: &VoiceConfig) -> Result<Self, VoiceError> {
        let wrong = |field, problem: String| VoiceError::Config { field, problem };
        let base = Url::parse(&config.elevenlabs_base_url)
            .map_err(|error| wrong("elevenlabs_base_url", error.to_string()))?;

        for (field, share) in [
            ("stability", config.stability),
            ("similarity_boost", config.similarity_boost),
            ("style", config.style),
        ] {
            if !(0.0..=1.0).contains(&share) {
                return Err(wrong(field, format!("is {share}, expected 0 to 1")));
            }
        }

        let timeout = Duration::from_secs(config.timeout_seconds.max(1));
        let http = reqwest::Client::builder()
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .read_timeout(timeout)
            .build()
            .map_err(|error| wrong("timeout_seconds", error.to_string()))?;

        let settings = VoiceSettings {
            stability: config.stability,
            similarity_boost: config.similarity_boost,
            style: config.style,
            use_speaker_boost: config.use_speaker_boost,
        };

        let engine = format!(
            "elevenlabs-{}-{}-{}-{}-{}",
            config.elevenlabs_model,
            settings.stability,
            settings.similarity_boost,
            settings.style,
            settings.use_speaker_boost
        );

        Ok(Self {
            http,
            base,
            key: config.elevenlabs_api_key.clone(),
            model: config.elevenlabs_model.clone(),
            settings,
            attempts: config.attempts.max(1),
            engine,
            first_wait: Duration::from_millis(500),
        })
    }

    async fn request(&self, text: &str, voice: VoiceName) -> Result<Mp3, VoiceError> {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}/v1/text-to-speech/{}/stream",
            self.base.path().trim_end_matches('/'),
            voice_id(voice)
        ));
        url.query_pairs_mut().append_pair("output_format", OUTPUT_FORMAT);

        let body = SpeechRequest {
            text: &say_names(text),
            model_id: &self.model,
            voice_settings: self.settings,
        };

        let request = self
            .http
            .post(url)
            .header("xi-api-key", self.key.expose_secret())
            .json(&body);
        let response = request.send().await.map_err(VoiceError::Unreachable)?;
        let response = accepted(response).await?;
        let audio = Mp3::parse(read_whole(response).await?)?;
        let characters = text.chars().count();

        if audio.seconds() * FASTEST_CHARS_PER_SECOND < characters as f64 {
            return Err(VoiceError::TooShort {
                seconds: audio.seconds(),
                characters,
            });
        }

        Ok(audio)
    }
}

#[async_trait]
impl Voice for ElevenLabs {
    fn engine(&self) -> &str {
        &self.engine
    }

    fn is_local(&self) -> bool {
        false
    }

    fn limit(&self) -> usize {
        LIMIT
    }

    async fn speak(&self, text: &str, voice: VoiceName) -> Result<Speech, VoiceError> {
        let length = text.chars().count();
        if text.trim().is_empty() || length > LIMIT {
            return Err(VoiceError::TextLength { length, limit: LIMIT });
        }

        let waits = ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_factor(2.0)
            .with_max_delay(LONGEST_RETRY_AFTER)
            .with_jitter()
            .with_max_times(self.attempts - 1);

        let speaking = (|| self.request(text, voice))
            .retry(waits)
            .when(VoiceError::is_transient)
            .adjust(|error, wait| match (error, wait) {
                (
                    VoiceError::Busy {
                        retry_after: Some(asked),
                    },
                    Some(wait),
                ) => Some(wait.max((*asked).min(LONGEST_RETRY_AFTER))),
                (_, wait) => wait,
            })
            .notify(|error, wait| tracing::warn!(%error, wait_ms = wait.as_millis(), "speaking again"));

        Ok(Speech {
            mp3: speaking.await?,
            sentence_starts: Vec::new(),
        })
    }

    fn pace(&self, voice: VoiceName) -> Pace {
        pace::elevenlabs(voice)
    }
}

async fn read_whole(response: Response) -> Result<Bytes, VoiceError> {
    let mut audio = BytesMut::new();
    let mut stream = response.bytes_stream();
    while let Some(part) = stream.next().await {
        audio.extend_from_slice(&part.map_err(VoiceError::CutOff)?);
    }
    Ok(audio.freeze())
}

async fn accepted(response: Response) -> Result<Response, VoiceError> {
    let status = response.status();

    match status {
        StatusCode::OK => Ok(response),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(VoiceError::Unauthorized),
        StatusCode::TOO_MANY_REQUESTS => Err(VoiceError::Busy {
            retry_after: retry_after(&response),
        }),
        _ if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => {
            let body = response.text().await.unwrap_or_default();
            Err(VoiceError::Refused {
                status: status.as_u16(),
                message: message_of(&body),
            })
        }
        _ => Err(VoiceError::Provider {
            status: status.as_u16(),
        }),
    }
}

/// `Retry-After` as seconds or as a date (RFC 9110, 10.2.3).
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }

    let at = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    // The provider's own clock, from the same answer, so that ours need not agree with it.
    let date = response.headers().get(reqwest::header::DATE)?.to_str().ok()?;
    let now = chrono::DateTime::parse_from_rfc2822(date).ok()?;

    (at - now).to_std().ok()
}

/// The provider's words for a refusal: `{"detail": {"message"}}`, `{"detail": [{"msg"}]}` or `{"detail": "…"}`.
fn message_of(body: &str) -> String {
    let parsed: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let detail = &parsed["detail"];
    let message = detail["message"]
        .as_str()
        .or_else(|| detail[0]["msg"].as_str())
        .or_else(|| detail.as_str());

    message
        .unwrap_or("no reason given")
        .chars()
        .take(LONGEST_MESSAGE)
        .collect()
}

#[cfg(test)]
mod tests;
