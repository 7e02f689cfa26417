//! How fast each voice reads. Constants only.

use repo::narration::Pace;

use super::VoiceName;

/// Silence that the engines of this process leave after each sentence, in seconds.
pub(super) const SENTENCE_PAUSE: f64 = 0.33;
/// What the end of a paragraph adds to it.
pub(super) const PARAGRAPH_PAUSE: f64 = 0.37;

/// The local engine's narrators; measured on narration by the tests of `voice::local`, which fail when these drift.
pub fn local(voice: VoiceName) -> Pace {
    let (seconds_per_char, seconds_per_mark) = match voice {
        VoiceName::Rachel => (0.0538, 0.705),
        VoiceName::Drew => (0.0571, 0.715),
        VoiceName::Bella => (0.0468, 0.640),
        VoiceName::Antoni => (0.0491, 0.610),
    };

    Pace {
        seconds_per_char,
        seconds_per_mark,
        seconds_per_sentence: SENTENCE_PAUSE,
        seconds_per_paragraph: PARAGRAPH_PAUSE,
    }
}

/// An estimate, not a measurement: people narrate English at 150 to 165 words a minute, about six characters a word,
/// and pause a third of a second between sentences. The real length is counted when the audio is there.
pub fn elevenlabs(voice: VoiceName) -> Pace {
    let seconds_per_char = match voice {
        VoiceName::Rachel => 0.0600,
        VoiceName::Drew => 0.0615,
        VoiceName::Bella => 0.0585,
        VoiceName::Antoni => 0.0595,
    };

    Pace {
        seconds_per_char,
        seconds_per_mark: 0.2,
        seconds_per_sentence: 0.30,
        seconds_per_paragraph: 0.30,
    }
}
