//! What the engines of this process share: one sentence at a time with its pause, a bound on how many pieces are spoken
//! at once, and an end to the work when nobody waits for it. Never chooses a voice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use repo::narration::{Pace, cut};
use tokio::sync::Semaphore;

use super::encode::{self, INPUT_RATE};
use super::mp3::LEAD_IN;
use super::pace::{PARAGRAPH_PAUSE, SENTENCE_PAUSE};
use super::{Speech, VoiceError};

/// A piece of about a minute: small enough for a fine-grained journal, long enough to sound whole.
pub(super) const LIMIT: usize = 1_000;

/// A piece of narration as sound at 22.05 kHz.
#[derive(Debug, Default)]
pub(super) struct Take {
    pub(super) samples: Vec<i16>,
    /// The sample at which each sentence begins.
    pub(super) starts: Vec<usize>,
}

/// Where pieces are spoken. Cheap to share.
pub(super) struct Studio {
    permits: Arc<Semaphore>,
}

impl Studio {
    /// For `concurrency` pieces at a time (0: one for each processor).
    pub(super) fn new(concurrency: usize) -> Self {
        let permits = match concurrency {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => some,
        };

        Self {
            permits: Arc::new(Semaphore::new(permits)),
        }
    }

    /// Lets `perform` make a take and its gain on a thread of its own, and encodes it. Dropping the future tells
    /// `perform` so by its second argument.
    pub(super) async fn record<F>(&self, text: &str, perform: F) -> Result<Speech, VoiceError>
    where
        F: FnOnce(&str, &AtomicBool) -> Result<(Take, f32), VoiceError> + Send + 'static,
    {
        let length = text.chars().count();
        if text.trim().is_empty() || length > LIMIT {
            return Err(VoiceError::TextLength { length, limit: LIMIT });
        }

        let stopping = || VoiceError::Local {
            reason: "the process is stopping".to_owned(),
        };
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| stopping())?;

        let cancel = CancelOnDrop(Arc::new(AtomicBool::new(false)));
        let cancelled = Arc::clone(&cancel.0);
        let text = text.to_owned();
        let work = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let (take, gain) = perform(&text, &cancelled)?;
            develop(&take, gain)
        });

        work.await.map_err(|_| stopping())?
    }
}

/// Tells the blocking work that nobody waits for it any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Speaks a text sentence by sentence, each followed by its pause.
pub(super) fn narrate(
    text: &str,
    cancelled: &AtomicBool,
    mut speak: impl FnMut(&str) -> Result<Vec<i16>, VoiceError>,
) -> Result<Take, VoiceError> {
    let mut take = Take::default();
    for paragraph in cut::paragraphs(text) {
        for sentence in cut::sentences(paragraph) {
            if cancelled.load(Ordering::Relaxed) {
                return Err(VoiceError::Local {
                    reason: "cancelled".to_owned(),
                });
            }

            take.starts.push(take.samples.len());
            take.samples.extend(speak(sentence)?);
            pause(&mut take.samples, SENTENCE_PAUSE);
        }

        pause(&mut take.samples, PARAGRAPH_PAUSE);
    }

    Ok(take)
}

fn pause(samples: &mut Vec<i16>, seconds: f64) {
    let count = (f64::from(INPUT_RATE) * seconds).round() as usize;
    samples.extend(std::iter::repeat_n(0, count));
}

fn develop(take: &Take, gain: f32) -> Result<Speech, VoiceError> {
    let mp3 = encode::encode(&take.samples, gain).map_err(|error| VoiceError::Encode(Box::new(error)))?;
    let starts = take.starts.iter();

    Ok(Speech {
        mp3,
        sentence_starts: starts
            .map(|sample| LEAD_IN + *sample as f64 / f64::from(INPUT_RATE))
            .collect(),
    })
}

/// The pace of an engine that pauses as this room does.
pub(super) fn pace(seconds_per_char: f64, seconds_per_mark: f64) -> Pace {
    Pace {
        seconds_per_char,
        seconds_per_mark,
        seconds_per_sentence: SENTENCE_PAUSE,
        seconds_per_paragraph: PARAGRAPH_PAUSE,
    }
}
