//! How fast each voice reads, so that a story's length can be planned before it is spoken. Constants only.

use super::{VoiceName, cut};

/// Reading speed of one voice: time for the characters, and time for each pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub seconds_per_char: f64,
    pub seconds_per_sentence: f64,
    pub seconds_per_paragraph: f64,
}

impl Pace {
    /// How long the text takes to read, in seconds, its closing pauses included.
    pub fn seconds(self, text: &str) -> f64 {
        cut::paragraphs(text)
            .into_iter()
            .map(|paragraph| self.paragraph(&cut::sentences(paragraph)) + self.seconds_per_paragraph)
            .sum()
    }

    /// How long one sentence takes to read, in seconds, its pause included.
    pub fn sentence(self, sentence: &str) -> f64 {
        sentence.chars().count() as f64 * self.seconds_per_char + self.seconds_per_sentence
    }

    fn paragraph(self, sentences: &[&str]) -> f64 {
        sentences.iter().map(|sentence| self.sentence(sentence)).sum()
    }
}

/// The local engine's narrators; measured on narration by the tests of `voice::local`, which fail when these drift.
pub fn local(voice: VoiceName) -> Pace {
    let seconds_per_char = match voice {
        VoiceName::Rachel => 0.0605,
        VoiceName::Drew => 0.0636,
        VoiceName::Bella => 0.0525,
        VoiceName::Antoni => 0.0543,
    };
    Pace {
        seconds_per_char,
        seconds_per_sentence: 0.33,
        seconds_per_paragraph: 0.37,
    }
}

/// An estimate, not a measurement: people narrate English at 150 to 165 words a minute, about six characters a word,
/// and pause a third of a second between sentences. The real length is counted when the audio is there.
pub fn elevenlabs(voice: VoiceName) -> Pace {
    let seconds_per_char = match voice {
        VoiceName::Rachel => 0.0625,
        VoiceName::Drew => 0.0640,
        VoiceName::Bella => 0.0610,
        VoiceName::Antoni => 0.0620,
    };
    Pace {
        seconds_per_char,
        seconds_per_sentence: 0.30,
        seconds_per_paragraph: 0.30,
    }
}
