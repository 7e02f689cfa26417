//! What an idea keeps without saying so outright: by the place that it is for, by who works there, by what it describes.

use super::Reading;
use crate::{lexicon::lexicon, words};

/// Places whose name says what is kept there.
const CONTEXTS: &[(&str, &[&str], bool)] = &[
    ("crm", &["contact", "deal"], true),
    ("kanban", &["task"], true),
    ("inventory", &["product"], true),
    ("warehouse", &["product"], false),
    ("library", &["book", "loan", "member"], false),
    ("clinic", &["appointment"], false),
    ("hospital", &["appointment"], false),
    ("budget", &["expense"], false),
    ("gym", &["workout"], false),
    ("fitness", &["workout"], false),
    ("garden", &["plant"], false),
    ("classroom", &["student"], false),
    ("school", &["student"], false),
    ("helpdesk", &["task"], false),
    ("bookshop", &["book"], false),
    ("shop", &["product"], false),
    ("cooking", &["recipe"], false),
    ("kitchen", &["recipe"], false),
    ("cookbook", &["recipe"], false),
    ("hotel", &["booking"], false),
    ("salon", &["appointment"], false),
    ("blog", &["note"], false),
    ("calendar", &["event"], false),
    ("money", &["expense"], false),
];

/// Whether a word names a place that says what is kept there.
pub(super) fn is_context(word: &str) -> bool {
    CONTEXTS.iter().any(|(name, _, _)| *name == word)
}

impl Reading {
    pub(super) fn read_contexts(&mut self, always: bool) {
        for at in 0..self.tokens.len() {
            let word = self.word(at).to_owned();
            let Some((_, nouns, _)) = CONTEXTS
                .iter()
                .find(|(name, _, strong)| *name == word && *strong == always)
            else {
                continue;
            };

            if self.is_in_passing(at, 1) {
                continue;
            }
            for noun in *nouns {
                if let Some(thing) = lexicon().thing(noun) {
                    let kept = self.keep(thing);
                    self.mention(at, 1, &kept);
                }
            }
            if word == "kanban" {
                self.tokens[at].used = false;
            }
        }
    }

    /// A library's books are kept: then the word itself says no more.
    pub(super) fn use_contexts(&mut self) {
        for at in 0..self.tokens.len() {
            let word = self.word(at).to_owned();
            let nouns = CONTEXTS
                .iter()
                .find(|(name, _, _)| *name == word)
                .map(|(_, nouns, _)| *nouns)
                .unwrap_or_default();
            if word != "kanban"
                && self
                    .entities
                    .iter()
                    .any(|entity| nouns.contains(&entity.noun.as_str()))
            {
                self.use_words(at, 1);
            }
        }
    }

    /// `players with a rating`: a plural that begins a part of a sentence and is described is kept, whatever else it means.
    pub(super) fn read_described_plurals(&mut self) {
        for at in 0..self.tokens.len() {
            // A farm's, not a form's.
            if self.word(at) == "fields" && at == self.sentence_of(at).start && self.word(at + 1) == "have" {
                self.keep_unknown(at, 1, "fields");
            }
            let begins =
                at == self.sentence_of(at).start || matches!(self.word(at - 1), ":" | "," | "and" | "of");
            let length = self.unknown_length(at);
            let is_described =
                matches!(self.word(at + length), "with" | "(") || self.word(at + length) == "have";
            let listed = (self.sentence_of(at).start..at)
                .any(|place| matches!(self.word(place), "with" | "has" | "have"));
            let Some(phrase) = self.phrase(at, length).filter(|phrase| words::is_plural(phrase)) else {
                continue;
            };

            if begins && is_described && (!listed || self.opens_another(at, length)) {
                self.keep_unknown(at, length, &phrase);
            }
        }
    }

    /// `Teachers take attendance`: who begins a sentence works with the app, and needs nothing built.
    pub(super) fn use_audience(&mut self) {
        for at in 0..self.tokens.len() {
            let begins = at == self.sentence_of(at).start;
            if let Some((length, thing)) = self.thing_at(at).filter(|_| begins)
                && thing.is_weak
            {
                self.use_words(at, length);
            }
        }
    }

    /// `items with a quantity and a shelf`: even the plainest word is kept once it is described.
    pub(super) fn read_described_items(&mut self) {
        for at in 0..self.tokens.len() {
            let is_plain = matches!(
                self.word(at),
                "items" | "item" | "entries" | "entry" | "things" | "thing"
            );
            if is_plain && matches!(self.word(at + 1), "with" | "has" | "have" | ":") {
                let noun = words::singular(self.word(at));
                self.keep_unknown(at, 1, &noun);
                return;
            }
        }
    }

    /// Somebody or somewhere, where nothing else is kept.
    pub(super) fn read_weak_things(&mut self) {
        for at in 0..self.tokens.len() {
            if let Some((length, thing)) = self.thing_at(at) {
                let noun = self.keep(thing);
                self.mention(at, length, &noun);
                return;
            }
        }
    }

    /// An idea of one noun that nobody knows, in its plural.
    pub(super) fn read_lone_noun(&mut self) {
        let Some(at) = (0..self.tokens.len()).find(|at| self.unknown_length(*at) > 0) else {
            return;
        };
        let length = self.unknown_length(at);
        let Some(phrase) = self.phrase(at, length) else {
            return;
        };

        if words::is_plural(&phrase) && self.tokens.len() <= 6 {
            self.keep_unknown(at, length, &phrase);
        }
    }
}
