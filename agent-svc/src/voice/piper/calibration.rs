//! How fast voices from files read: measured once for each and kept in the data folder, because a story's length is
//! planned before it is spoken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use repo::narration::Pace;

use crate::voice::encode::INPUT_RATE;
use crate::voice::{VoiceError, studio};

/// What is read to measure: narration as it is, with its commas and names.
const TEXT: &str = "This is a small web framework for Rust. A request comes in at the door, a router reads its path, and a \
handler answers it with a typed value. The project began in 2021, and about forty people have worked on it since. What \
happens when something goes wrong? An error becomes a response, so the client always hears an answer.";
/// The breath at a comma, in seconds; the rest of the time is in the letters.
const MARK: f64 = 0.12;

/// Seconds for each letter, by voice.
pub(super) struct Calibration {
    file: PathBuf,
    known: BTreeMap<String, f64>,
    changed: bool,
}

impl Calibration {
    pub(super) fn load(data_dir: &Path) -> Self {
        let file = data_dir.join("voice-paces.json");
        let text = std::fs::read(&file).unwrap_or_default();

        Self {
            known: serde_json::from_slice(&text).unwrap_or_default(),
            file,
            changed: false,
        }
    }

    /// The pace that is known under `key`, else the one measured by `speak`, which gives the samples of a text.
    pub(super) fn pace(
        &mut self,
        key: &str,
        speak: impl FnOnce(&str) -> Result<usize, VoiceError>,
    ) -> Result<Pace, VoiceError> {
        if let Some(known) = self.known.get(key).filter(|known| **known > 0.0) {
            return Ok(studio::pace(*known, MARK));
        }

        let seconds = speak(TEXT)? as f64 / f64::from(INPUT_RATE);
        let silence = studio::pace(0.0, MARK).seconds(TEXT);
        let letters = studio::pace(1.0, MARK).seconds(TEXT) - silence;
        let measured = (seconds - silence) / letters;
        self.known.insert(key.to_owned(), measured);
        self.changed = true;

        Ok(studio::pace(measured, MARK))
    }

    /// Writes down what was measured. A folder that takes no files costs the measurement again, no more.
    pub(super) fn keep(&self) {
        if !self.changed {
            return;
        }

        let beside = self
            .file
            .with_extension(format!("json.partial-{}", std::process::id()));
        let written = serde_json::to_vec_pretty(&self.known)
            .map_err(std::io::Error::from)
            .and_then(|text| std::fs::write(&beside, text))
            .and_then(|()| std::fs::rename(&beside, &self.file));
        if let Err(error) = written {
            tracing::warn!(%error, "the pace of a voice could not be kept and will be measured again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_measured_once_and_its_pace_gives_the_measured_length() {
        let dir = tempfile::tempdir().unwrap();
        let samples = 20 * INPUT_RATE as usize;
        let mut first = Calibration::load(dir.path());
        let pace = first.pace("a", |_| Ok(samples)).unwrap();
        first.keep();

        assert!((pace.seconds(TEXT) - 20.0).abs() < 0.001);

        let again = Calibration::load(dir.path()).pace("a", |_| panic!("it is known"));
        assert_eq!(again.unwrap(), pace);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
