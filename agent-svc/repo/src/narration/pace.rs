//! How fast a voice reads, so that a story's length can be planned before it is spoken.

use super::cut;

/// Where a voice takes a breath inside a sentence.
const MARKS: &str = ",;:–";
/// How seldom that is in narration.
const CHARS_PER_MARK: f64 = 75.0;

/// Reading speed of one voice: time for the characters, and time for each pause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub seconds_per_char: f64,
    /// For each comma, colon, semicolon or dash: the voice takes a breath there.
    pub seconds_per_mark: f64,
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
        let marks = sentence.chars().filter(|symbol| MARKS.contains(*symbol)).count();
        sentence.chars().count() as f64 * self.seconds_per_char
            + marks as f64 * self.seconds_per_mark
            + self.seconds_per_sentence
    }

    /// How long a sentence of so many characters usually takes, when its words are not known yet.
    pub fn usual(self, characters: usize) -> f64 {
        let marks = characters as f64 / CHARS_PER_MARK;
        characters as f64 * self.seconds_per_char + marks * self.seconds_per_mark + self.seconds_per_sentence
    }

    fn paragraph(self, sentences: &[&str]) -> f64 {
        sentences.iter().map(|sentence| self.sentence(sentence)).sum()
    }
}
