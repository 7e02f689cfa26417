//! From 16-bit speech to MP3: level, peaks, sample rate, and LAME. Deterministic; never touches text.
//!
//! Every piece begins with a fresh encoder, so its first frame needs no earlier one and pieces can be joined.

use std::num::NonZeroU32;

use bytes::Bytes;
use mp3lame_encoder::{Bitrate, Builder, FlushNoGap, Mode, MonoPcm, Quality, VbrMode};

use super::mp3::{Mp3, SAMPLE_RATE};

/// What the encoder takes: half the rate of the file, as eSpeak NG makes it.
pub const INPUT_RATE: u32 = SAMPLE_RATE / 2;
/// No sample goes above this share of full scale (about -1.9 dBFS), which leaves room for what MP3 adds to peaks.
const CEILING: f32 = 0.80;
/// Above this level the limiter begins to bend.
const KNEE: f32 = 0.55;

/// Why speech could not be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("the MP3 encoder refused {what}")]
    Encoder { what: String },
    #[error("the MP3 encoder made unusable audio")]
    Output(#[from] super::mp3::Mp3Error),
}

/// Encodes speech at 22.05 kHz with a gain, limited so that no peak clips. LAME doubles the rate with its own filter.
pub fn encode(speech: &[i16], gain: f32) -> Result<Mp3, EncodeError> {
    let levelled: Vec<i16> = speech
        .iter()
        .map(|sample| (limit(f32::from(*sample) / 32_768.0 * gain) * 32_767.0) as i16)
        .collect();
    lame(&levelled)
}

/// Bends what is above the knee smoothly towards the ceiling, which it never passes.
fn limit(sample: f32) -> f32 {
    let size = sample.abs();
    if size <= KNEE {
        return sample;
    }
    let room = CEILING - KNEE;
    sample.signum() * (KNEE + room * ((size - KNEE) / room).tanh())
}

fn lame(samples: &[i16]) -> Result<Mp3, EncodeError> {
    let refused = |what: &str| EncodeError::Encoder {
        what: what.to_owned(),
    };
    let mut builder = Builder::new().ok_or_else(|| refused("to start"))?;
    let settings = builder
        .set_num_channels(1)
        .and_then(|()| builder.set_mode(Mode::Mono))
        .and_then(|()| builder.set_sample_rate(INPUT_RATE))
        .and_then(|()| builder.set_output_sample_rate(NonZeroU32::new(SAMPLE_RATE)))
        .and_then(|()| builder.set_brate(Bitrate::Kbps64))
        .and_then(|()| builder.set_vbr_mode(VbrMode::Off))
        .and_then(|()| builder.set_to_write_vbr_tag(false))
        .and_then(|()| builder.set_quality(Quality::Good));

    settings.map_err(|error| refused(&error.to_string()))?;

    let mut encoder = builder.build().map_err(|error| refused(&error.to_string()))?;
    let mut output = Vec::with_capacity(mp3lame_encoder::max_required_buffer_size(samples.len() * 2) + 7_200);
    encoder
        .encode_to_vec(MonoPcm(samples), &mut output)
        .map_err(|error| refused(&error.to_string()))?;
    encoder
        .flush_to_vec::<FlushNoGap>(&mut output)
        .map_err(|error| refused(&error.to_string()))?;

    Ok(Mp3::parse(Bytes::from(output))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(seconds: f32, hertz: f32, level: f32) -> Vec<i16> {
        (0..(seconds * INPUT_RATE as f32) as usize)
            .map(|i| {
                ((i as f32 * hertz * std::f32::consts::TAU / INPUT_RATE as f32).sin() * level * 32_767.0)
                    as i16
            })
            .collect()
    }

    #[test]
    fn a_tone_becomes_frames_of_the_one_format_and_keeps_its_length() {
        let mp3 = encode(&tone(2.0, 440.0, 0.3), 1.0).unwrap();
        assert!((mp3.seconds() - 2.0).abs() < 0.1, "{}", mp3.seconds());
        let again = encode(&tone(2.0, 440.0, 0.3), 1.0).unwrap();
        assert_eq!(mp3, again, "encoding is deterministic");
    }

    #[test]
    fn loud_speech_is_bent_and_never_clipped() {
        assert!((limit(0.3) - 0.3).abs() < f32::EPSILON);
        assert!(limit(4.0) <= CEILING && limit(-4.0) >= -CEILING);
        assert!(limit(0.7) < limit(0.9));
    }
}
