//! Listens to finished audio: decodes it, and compares where sentences begin with what an engine says.

use super::Speech;
use super::mp3::SAMPLE_RATE;
use repo::narration::cut;

/// Below this share of full scale nobody speaks.
const QUIET: f32 = 0.01;
/// Silence inside a sentence is shorter.
const BETWEEN_SENTENCES: f64 = 0.29;

/// Samples at 44.1 kHz, the encoder's delay included, as players that read no tag play it.
pub(super) fn decode(speech: &Speech) -> Vec<f32> {
    let mut reader = nanomp3::SliceReader::<f32>::new(speech.mp3.bytes());
    let mut samples = Vec::new();
    while let Some(frame) = reader.read_frame().unwrap() {
        samples.extend_from_slice(frame);
    }

    samples
}

/// Seconds at which sound comes after at least [`BETWEEN_SENTENCES`] of silence, or first.
fn sounds_after_silence(samples: &[f32]) -> Vec<f64> {
    let rate = f64::from(SAMPLE_RATE);
    let mut begins = Vec::new();
    let mut last: Option<usize> = None;
    for (index, _) in samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| sample.abs() > QUIET)
    {
        let silent = last.is_none_or(|last| (index - last) as f64 / rate > BETWEEN_SENTENCES);
        if silent {
            begins.push(index as f64 / rate);
        }
        last = Some(index);
    }

    begins
}

/// Asserts that every sentence of `text` begins within 0.1 s of where the engine says, and after a silence.
#[track_caller]
pub(super) fn assert_starts(speech: &Speech, text: &str) {
    let sentences = cut::paragraphs(text).into_iter().flat_map(cut::sentences).count();
    assert_eq!(speech.sentence_starts.len(), sentences);

    let heard = sounds_after_silence(&decode(speech));
    for start in &speech.sentence_starts {
        let nearest = heard
            .iter()
            .map(|heard| (heard - start).abs())
            .fold(f64::MAX, f64::min);
        assert!(nearest < 0.1, "said to begin at {start:.3} s, heard {heard:.3?}");
    }
}
