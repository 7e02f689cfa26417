//! What is done to a voice's raw sound: its rate, the silence around a sentence, and how loud a piece is.

use ebur128::{EbuR128, Mode};

use crate::voice::encode::INPUT_RATE;

/// Every voice is brought to this loudness, which the other local voice has too.
const LOUDNESS: f64 = -17.0;
/// Nothing is made louder than this, or noise would be.
const MOST_GAIN: f64 = 8.0;
/// Below this the edges of a sentence are silence (about -46 dBFS).
const QUIET: f32 = 0.005;
/// What is left of the silence at each edge, in seconds.
const EDGE: f32 = 0.015;

/// A sentence at `rate` samples a second, as 16-bit samples at [`INPUT_RATE`] without silence around it.
pub(super) fn finish(said: &[f32], rate: f32) -> Vec<i16> {
    let edge = (rate * EDGE) as usize;
    let loud = |sample: &f32| sample.abs() > QUIET;
    let (Some(first), Some(last)) = (said.iter().position(loud), said.iter().rposition(loud)) else {
        return Vec::new();
    };
    let spoken = &said[first.saturating_sub(edge)..(last + edge).min(said.len() - 1) + 1];

    resample(spoken, rate / INPUT_RATE as f32)
        .into_iter()
        .map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16)
        .collect()
}

/// `step` samples of the old for each of the new, by a cubic through four neighbours (Catmull-Rom).
fn resample(samples: &[f32], step: f32) -> Vec<f32> {
    if (step - 1.0).abs() < f32::EPSILON {
        return samples.to_vec();
    }

    let at = |index: isize| samples[index.clamp(0, samples.len() as isize - 1) as usize];
    let count = (samples.len() as f64 / f64::from(step)) as usize;
    let between = (0..count).map(|index| {
        let place = index as f64 * f64::from(step);
        let (left, t) = (place.floor() as isize, place.fract() as f32);
        let [a, b, c, d] = [at(left - 1), at(left), at(left + 1), at(left + 2)];
        let slope = c - a;
        let bend = 2.0 * a - 5.0 * b + 4.0 * c - d;
        let twist = 3.0 * (b - c) + d - a;

        b + 0.5 * t * (slope + t * (bend + t * twist))
    });

    between.collect()
}

/// What brings a piece to [`LOUDNESS`] (EBU R 128). A piece too short to be measured is left as it is.
pub(super) fn gain(samples: &[i16]) -> f32 {
    let measured = EbuR128::new(1, INPUT_RATE, Mode::I).and_then(|mut meter| {
        meter.add_frames_i16(samples)?;
        meter.loudness_global()
    });

    match measured {
        Ok(loudness) if loudness.is_finite() => {
            10f64.powf((LOUDNESS - loudness) / 20.0).min(MOST_GAIN) as f32
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: f32, seconds: f32, level: f32) -> Vec<f32> {
        let step = 440.0 * std::f32::consts::TAU / rate;
        (0..(rate * seconds) as usize)
            .map(|index| (index as f32 * step).sin() * level)
            .collect()
    }

    #[test]
    fn silence_around_a_sentence_is_taken_away_at_any_rate() {
        for rate in [16_000.0, 22_050.0, 24_000.0] {
            let quiet = vec![0.0; rate as usize / 2];
            let said = [quiet.clone(), tone(rate, 1.0, 0.3), quiet].concat();
            let seconds = finish(&said, rate).len() as f32 / INPUT_RATE as f32;
            assert!((seconds - 1.03).abs() < 0.01, "{rate}: {seconds} s");
        }

        assert!(finish(&[0.0; 100], 22_050.0).is_empty());
    }

    #[test]
    fn a_quiet_and_a_loud_piece_become_equally_loud() {
        for level in [0.05, 0.2, 0.7] {
            let samples = finish(&tone(22_050.0, 3.0, level), 22_050.0);
            let mut meter = EbuR128::new(1, INPUT_RATE, Mode::I).unwrap();
            let gain = gain(&samples);
            let louder: Vec<f32> = samples
                .iter()
                .map(|sample| f32::from(*sample) / 32_768.0 * gain)
                .collect();
            meter.add_frames_f32(&louder).unwrap();

            let loudness = meter.loudness_global().unwrap();
            assert!((loudness - LOUDNESS).abs() < 0.1, "{level}: {loudness} LUFS");
        }
    }

    #[test]
    fn a_piece_too_short_to_measure_is_left_as_it_is() {
        assert!((gain(&[1_000; 50]) - 1.0).abs() < f32::EPSILON);
    }
}
