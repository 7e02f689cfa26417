//! A turn as it is put together: statements that ask nothing, and one question.

use crate::{
    documents::{PedagogyResponse, PedagogyStep},
    words::{clip, is_question_mark},
};

/// What one turn says, before it is brought into bounds.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) encouragement: String,
    pub(crate) question: String,
    pub(crate) hint: String,
    pub(crate) concept: String,
    pub(crate) key_concept: String,
    pub(crate) further: Vec<String>,
}

impl Draft {
    /// The turn, within the bounds of CodeForge.10, with exactly one question mark.
    pub(crate) fn finish(self) -> PedagogyResponse {
        PedagogyResponse {
            encouragement: state(&self.encouragement, 500),
            steps: vec![PedagogyStep {
                step_number: 1,
                question: ask(&self.question),
                hint: state(&self.hint, 500),
                concept: state(&self.concept, 200),
            }],
            key_concept: state(&self.key_concept, 500),
            further_exploration: self.further.iter().take(5).map(|text| state(text, 300)).collect(),
        }
    }

    /// Says something before all else.
    pub(crate) fn led_by(mut self, lead: &str) -> Self {
        self.encouragement = format!("{lead} {}", self.encouragement).trim().to_owned();
        self
    }
}

/// A statement: nothing in it asks.
fn state(text: &str, most: usize) -> String {
    let text: String = text
        .chars()
        .map(|letter| if is_question_mark(letter) { '.' } else { letter })
        .collect();
    clip(text.trim(), most)
}

fn ask(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !is_question_mark(*letter)).collect();
    format!("{}?", clip(text.trim().trim_end_matches(['.', ' ']), 480))
}

/// A line of code between backticks, short, and without signs that ask.
pub(crate) fn quote(line: &str) -> String {
    let line = line.trim().replace('`', "'");
    let shown: String = line
        .chars()
        .take_while(|letter| !is_question_mark(*letter))
        .collect();
    let shown = shown.trim_end();
    let cut = shown.len() < line.len();
    let short: String = shown.chars().take(64).collect();

    if cut || short.len() < shown.len() {
        format!("`{} …`", short.trim_end())
    } else {
        format!("`{short}`")
    }
}
