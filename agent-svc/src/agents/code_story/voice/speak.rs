//! Speaks one piece of text, once: the same words by the same voice are the same blob, and one that is there and valid
//! is taken as it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use kit::blobs::Blobs;
use serde_json::json;
use tokio::time::Instant;

use super::Director;
use crate::clients::{PaidCall, SpendHold};
use crate::error::AgentError;
use crate::usage::{AccountName, Used};
use crate::voice::pronounce::say_names;
use crate::voice::{Mp3, Speech, VoiceName};
use proto::tasks::Level;
use proto::tasks::code_story::{ChunkOutput, Speaker, VoiceOutput};
use proto::v1::Quantities;

impl Director {
    /// `place` is the piece's in the whole story, from 0, and how many there are; for the log.
    pub(super) async fn speak(
        &self,
        text: &str,
        voice: VoiceName,
        place: (usize, Option<usize>),
    ) -> Result<VoiceOutput, AgentError> {
        if !text.chars().any(char::is_alphanumeric) {
            return Err(AgentError::NothingToSay);
        }

        let audio_key = key(self.tools.engines.voice.engine(), voice, text);
        let kept = kept(&self.tools.engines.blobs, &audio_key).await?;
        let reused = kept.is_some();
        let speech = match kept {
            Some(speech) => speech,
            None => self.synthesize(&audio_key, text, voice).await?,
        };
        let mp3 = &speech.mp3;

        let part = place.0 + 1;
        let part_of = place
            .1
            .map_or_else(|| part.to_string(), |count| format!("{part} of {count}"));
        let action = match reused {
            true => format!("Part {part_of} was spoken before"),
            false => format!("Spoke part {part_of}"),
        };

        let details = json!({
            "tool": "synthesize_chunk",
            "part": part,
            "of": place.1,
            "characters": text.chars().count(),
            "seconds": (mp3.seconds() * 10.0).round() / 10.0,
            "reused": reused,
        });

        self.desk
            .log_with(Speaker::Synthesizer, action, details, Level::Info)
            .await;

        Ok(VoiceOutput::Chunk {
            chunk: ChunkOutput {
                audio_key,
                duration_seconds: mp3.seconds(),
                sentence_starts: speech.sentence_starts,
            },
            bytes: speech.mp3.bytes().len() as u64,
            voice_used: voice.as_str().to_owned(),
        })
    }

    /// `synthesize_chunk`, then `upload_to_s3`.
    async fn synthesize(&self, key: &str, text: &str, voice: VoiceName) -> Result<Speech, AgentError> {
        let began = Instant::now();
        let held = self.reserve(text).await?;
        let speaking = self.tools.engines.voice.speak(text, voice);
        let spoken = match &held {
            Some((held, _)) => held.keep_during(speaking).await,
            None => speaking.await,
        };
        if let Some((held, spent)) = held {
            // What was refused or cut off is not billed; what nobody waited for is.
            spent.store(spoken.is_ok(), Ordering::Relaxed);
            held.settle().await;
        }
        if !self.tools.engines.voice.is_local() {
            let used = Used {
                provider: "elevenlabs".to_owned(),
                model: self.tools.engines.voice.engine().to_owned(),
                duration: began.elapsed(),
                outcome: if spoken.is_ok() { "ok" } else { "failed" },
                ..Used::default()
            };
            self.tools.engines.usage.used(&self.desk, used);
        }

        let speech = spoken?;
        let blobs = &self.tools.engines.blobs;
        let starts = json!(speech.sentence_starts).to_string();
        // The sound comes last: where it is, its times are too.
        blobs
            .put_patiently(&starts_key(key), Bytes::from(starts), "application/json")
            .await?;
        blobs
            .put_patiently(key, speech.mp3.bytes().clone(), "audio/mpeg")
            .await?;

        Ok(speech)
    }
}

impl Director {
    /// Room in every budget that is over a piece of text; nothing for a voice that nobody bills.
    async fn reserve(&self, text: &str) -> Result<Option<(SpendHold, Arc<AtomicBool>)>, AgentError> {
        let engines = &self.tools.engines;
        let Some(spender) = engines.spender.as_ref().filter(|_| !engines.voice.is_local()) else {
            return Ok(None);
        };

        let most = Quantities {
            characters: say_names(text).chars().count() as u64,
            ..Quantities::default()
        };
        let spent = Arc::new(AtomicBool::new(true));
        let counted = Arc::clone(&spent);
        let meter = Arc::new(move || match counted.load(Ordering::Relaxed) {
            true => most,
            false => Quantities::default(),
        });
        let paid = PaidCall {
            provider: "elevenlabs",
            model: engines.voice.engine(),
            class: self.desk.agent,
        };
        let account = AccountName::from(&self.desk.actor).account(self.desk.actor.api_key);

        let held = spender.reserve(account, paid, (most, meter)).await?;
        Ok(Some((held, spent)))
    }
}

/// Engine with its settings, voice and text: whatever changes what is heard changes the key.
fn key(engine: &str, voice: VoiceName, text: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [engine, voice.as_str(), text] {
        hash.update(&(part.len() as u64).to_le_bytes())
            .update(part.as_bytes());
    }
    format!("audio/chunks/{}.mp3", hash.finalize().to_hex())
}

/// Where the times of a piece's sentences are kept.
fn starts_key(key: &str) -> String {
    format!("{}.json", key.trim_end_matches(".mp3"))
}

/// The piece, when it was spoken before. A damaged one counts as none, and is spoken again.
async fn kept(blobs: &Blobs, key: &str) -> Result<Option<Speech>, AgentError> {
    let Some(starts) = blobs.read_patiently(&starts_key(key)).await? else {
        return Ok(None);
    };
    let Ok(sentence_starts) = serde_json::from_slice(&starts) else {
        return Ok(None);
    };

    match piece(blobs, key).await {
        Ok(mp3) => Ok(Some(Speech { mp3, sentence_starts })),
        Err(AgentError::Missing { .. }) => Ok(None),
        Err(AgentError::Audio { source, .. }) => {
            tracing::warn!(key, error = %source, "a kept piece of audio is damaged and is made again");
            Ok(None)
        }
        Err(err) => Err(err),
    }
}

/// A spoken piece, checked frame by frame.
///
/// # Errors
/// [`AgentError::Missing`], [`AgentError::Audio`], or a store that does not answer.
pub(super) async fn piece(blobs: &Blobs, key: &str) -> Result<Mp3, AgentError> {
    let what = "a spoken piece of the story";
    let Some(bytes) = blobs.read_patiently(key).await? else {
        return Err(AgentError::Missing {
            what,
            key: key.to_owned(),
        });
    };

    Mp3::parse(bytes).map_err(|source| AgentError::Audio {
        key: key.to_owned(),
        source,
    })
}
