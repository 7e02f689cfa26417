//! What must not leave, learned from the texts themselves. Built once at start; shared by all answers.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::automaton::{Automaton, Cursor};
use crate::canon::{Symbol, look_at, read_symbols};
use crate::marks::Marks;
use crate::sanitizer::{Removals, Sanitizer};

/// Letters and digits in a row that are enough to recognise a text: six or seven words. So many are not the same by chance.
pub const RUN: usize = 32;
/// The same for the structure of a schema, whose words are everybody's.
const STRUCTURE_RUN: usize = 72;
/// A text of fewer letters says nothing that is ours.
const LEAST: usize = 12;

/// The runs that must not leave. Cheap to clone.
#[derive(Clone)]
pub struct Fingerprints(Arc<Automaton>);

/// Never the texts.
impl fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprints({} bytes)", self.0.bytes())
    }
}

impl Default for Fingerprints {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl Fingerprints {
    #[must_use]
    pub fn builder() -> FingerprintsBuilder {
        FingerprintsBuilder::default()
    }

    /// Whether none of a text would get out, so that it may be said to a model: every letter of it stands in a run that is
    /// known. A text too short to be recognised has nothing to hide.
    #[must_use]
    pub fn cover(&self, text: &str) -> bool {
        let symbols = read_symbols(text.chars());
        if symbols.len() < LEAST {
            return true;
        }

        let mut cursor = Cursor::default();
        let mut covered = 0;
        for (at, &symbol) in symbols.iter().enumerate() {
            if self.0.step(&mut cursor, symbol) {
                let start = at + 1 - cursor.length as usize;
                if start > covered {
                    return false;
                }
                covered = at + 1;
            }
        }

        covered == symbols.len()
    }

    /// A whole text without what must not leave, and what was taken out.
    #[must_use]
    pub fn clean(&self, text: &str) -> (String, Removals) {
        self.clean_with(text, Marks::All)
    }

    /// The same, with a choice of the marks that count.
    #[must_use]
    pub fn clean_with(&self, text: &str, marks: Marks) -> (String, Removals) {
        let mut sanitizer = Sanitizer::with_marks(self.clone(), marks);
        let mut cleaned = sanitizer.push(text);
        cleaned.push_str(&sanitizer.finish());

        (cleaned, sanitizer.removals())
    }

    pub(crate) fn automaton(&self) -> &Automaton {
        &self.0
    }

    /// Bytes that they take in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.bytes()
    }
}

/// Gathers what must not leave.
#[derive(Default)]
pub struct FingerprintsBuilder {
    /// Symbols of a fragment, and how many of them in a row are too many.
    fragments: Vec<(Vec<Symbol>, usize)>,
}

impl FingerprintsBuilder {
    /// A fragment of a prompt, or what a tool is said to be for. One shorter than [`RUN`] is recognised as a whole.
    #[must_use]
    pub fn add_text(self, text: &str) -> Self {
        self.add(text, RUN)
    }

    /// What a field of an answer is said to be. Short ones are everybody's words, so only one that a whole [`RUN`] fits into
    /// is recognised ([`is_recognisable`]).
    #[must_use]
    pub fn add_description(self, text: &str) -> Self {
        match is_recognisable(text) {
            true => self.add_text(text),
            false => self,
        }
    }

    /// A tool as models are shown it: its texts as fragments, its structure as a whole.
    #[must_use]
    pub fn add_schema(self, schema: &Value) -> Self {
        let mut builder = self.add(&schema.to_string(), STRUCTURE_RUN);
        for text in descriptions(schema) {
            builder = builder.add_text(text);
        }

        builder
    }

    /// How an orchestrator says which agent goes on: nobody else calls agents by these names.
    #[must_use]
    pub fn add_agent(self, name: &str) -> Self {
        [
            "agent",
            "next agent",
            "route to",
            "routing to",
            "routed to",
            "delegate to",
            "delegating to",
            "intent",
        ]
        .iter()
        .fold(self, |builder, verb| {
            builder.add(&format!("{verb} {name}"), usize::MAX)
        })
    }

    fn add(mut self, text: &str, run: usize) -> Self {
        let forward = read_symbols(text.chars());
        if forward.len() < LEAST {
            return self;
        }

        // A text that is read backwards looks otherwise than what is seen of it, backwards: `m` looks like `rn`.
        let backward = read_symbols(text.chars().rev());
        for symbols in [forward, backward] {
            let enough = run.min(symbols.len());
            self.fragments.push((symbols, enough));
        }

        self
    }

    #[must_use]
    pub fn build(self) -> Fingerprints {
        let fragments = self
            .fragments
            .iter()
            .map(|(symbols, enough)| (symbols.as_slice(), *enough));
        Fingerprints(Arc::new(Automaton::build(fragments)))
    }
}

/// Whether a text has a [`RUN`] of letters: so much of it is recognised wherever it stands.
#[must_use]
pub fn is_recognisable(text: &str) -> bool {
    count_letters(text) >= RUN
}

/// Whether a text has enough letters to be recognised by.
fn is_long_enough(text: &str) -> bool {
    count_letters(text) >= LEAST
}

fn count_letters(text: &str) -> usize {
    let mut letters = 0;
    text.chars()
        .for_each(|character| look_at(character, |_| letters += 1));

    letters
}

fn descriptions(schema: &Value) -> Vec<&str> {
    match schema {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("description", Value::String(text)) if is_long_enough(text) => vec![text.as_str()],
                _ => descriptions(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(descriptions).collect(),
        _ => Vec::new(),
    }
}
