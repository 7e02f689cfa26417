//! What was asked for and is not in the app: each part of a sentence that speaks of a rule which nothing holds, as a whole; and all words
//! that nobody understood.

use std::{collections::BTreeSet, ops::Range};

use super::{Reading, tokens::Token};
use crate::lexicon::lexicon;

/// What a number is counted in: `an estimate in hours` says no more than its name.
const UNITS: &[&str] = &[
    "hours",
    "minutes",
    "seconds",
    "days",
    "weeks",
    "months",
    "years",
    "kilograms",
    "kilos",
    "kilo",
    "kg",
    "grams",
    "tons",
    "pounds",
    "litres",
    "liters",
    "metres",
    "meters",
    "kilometres",
    "kilometers",
    "km",
    "miles",
    "hectares",
    "acres",
    "euros",
    "dollars",
    "percent",
    "calories",
    "celsius",
    "gold",
    "square",
    "cm",
    "bpm",
];
/// Words that say that something must or must not be.
const RULE_WORDS: &[&str] = &[
    "must",
    "mustn't",
    "can't",
    "cannot",
    "shouldn't",
    "couldn't",
    "won't",
    "never",
    "nobody",
    "either",
    "neither",
    "unless",
    "exactly",
    "exceed",
    "locked",
    "twice",
    "once",
    "within",
];
/// What says of a field that it must be filled in, or be another one each time, where it is said of it.
const FIELD_WORDS: &[&str] = &["required", "mandatory", "unique", "optional"];
/// The same, of two words.
const RULE_PHRASES: &[&str] = &[
    "at most",
    "at least",
    "no more",
    "not more",
    "more than",
    "less than",
    "may not",
    "may only",
    "can only",
    "should not",
    "has to",
    "have to",
    "up to",
    "not allowed",
    "only one",
    "no two",
    "greater than",
    "longer than",
];
/// Words that say that something is worked out.
const COMPUTED: &[&str] = &[
    "average",
    "averages",
    "calculate",
    "calculates",
    "calculated",
    "compute",
    "computed",
    "automatic",
    "automatically",
    "total",
    "totals",
    "sum",
    "mean",
    "median",
    "ratio",
    "standings",
    "ladder",
    "remaining",
];
const LONGEST_QUOTE: usize = 25;
/// Beyond so many, what is said is cut short anyway.
const MOST_COMPARED: usize = 200;
/// A part of a sentence that is so short is said as a whole.
const SHORT_PART: usize = 9;

impl Reading {
    /// Says that what stands at a place is held by a rule of the app, or said already.
    pub(super) fn hold(&mut self, at: usize) {
        self.held.insert(at);
    }

    /// The parts of a sentence, between its commas; one that speaks of no rule belongs to the one before it.
    pub(super) fn parts_of(&self, sentence: &Range<usize>) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut last_speaks = false;
        let mut from = sentence.start;
        for at in sentence.clone() {
            let closes = self.word(at) == "," || self.word(at) == "but" || at + 1 == sentence.end;
            if !closes {
                continue;
            }
            let part = from..at + 1;
            from = at + 1;
            let speaks = self.speaks_of_rule(&part);
            match parts.last_mut() {
                Some(last) if !speaks || !last_speaks => {
                    last.end = part.end;
                    last_speaks |= speaks;
                }
                _ => {
                    parts.push(part);
                    last_speaks = speaks;
                }
            }
        }

        parts
    }

    fn speaks_of_rule(&self, part: &Range<usize>) -> bool {
        part.clone().any(|at| {
            let before = at.checked_sub(1).map_or(".", |before| self.word(before));
            let bounds = matches!(self.word(at), "maximum" | "minimum" | "max" | "min")
                && (at + 1..at + 3).any(|place| {
                    self.tokens
                        .get(place)
                        .is_some_and(|token| token.number().is_some())
                });
            let is_said = FIELD_WORDS.contains(&self.word(at)) && matches!(before, "is" | "are" | "be");
            RULE_WORDS.contains(&self.word(at))
                || bounds
                || is_said
                || self
                    .phrase(at, 2)
                    .is_some_and(|phrase| RULE_PHRASES.contains(&phrase.as_str()))
                || matches!(self.word(at), "only") && matches!(self.word(at + 1), "the" | "a" | "an")
        })
    }

    /// The words of a part, without the marks around it.
    pub(super) fn quote_part(&self, part: &Range<usize>) -> String {
        let mut text = String::new();
        let mut count = 0;
        for token in &self.tokens[part.clone()] {
            let is_quiet = token.is_mark && !matches!(token.word.as_str(), "," | "/");
            if is_quiet {
                continue;
            }
            count += 1;
            if count > LONGEST_QUOTE {
                text.push_str(" …");
                break;
            }
            if !text.is_empty() && !matches!(token.word.as_str(), "," | "/") && !text.ends_with('/') {
                text.push(' ');
            }
            text.push_str(&token.word);
        }

        let quiet = [",", " but", " and"];
        let mut text = text.as_str();
        while let Some(shorter) = quiet.iter().find_map(|end| text.strip_suffix(end)) {
            text = shorter;
        }
        text.trim().to_owned()
    }

    /// Rules that nothing holds, and values that nothing works out: each part of a sentence as a whole.
    fn report_rules(&mut self) {
        for sentence in self.sentences.clone() {
            for part in self.parts_of(&sentence) {
                let is_held = self.held.range(part.clone()).next().is_some();
                let computes = part
                    .clone()
                    .any(|at| COMPUTED.contains(&self.word(at)) && !self.tokens[at].used);
                let reason = match (self.speaks_of_rule(&part) && !is_held, computes) {
                    (true, _) => "This rule was not understood; nothing holds it.",
                    (false, true) => {
                        "Values are filled in; nothing is worked out from them, but for sums in a chart."
                    }
                    (false, false) => continue,
                };

                let part = if computes {
                    self.clause_of_computed(&part)
                } else {
                    part
                };
                let asked = self.quote_part(&part);
                self.omit(&format!("“{asked}”"), reason);
                self.use_words(part.start, part.len());
            }
        }
    }

    /// The clause, between commas, in which something is worked out.
    fn clause_of_computed(&self, part: &Range<usize>) -> Range<usize> {
        let computed = part
            .clone()
            .find(|at| COMPUTED.contains(&self.word(*at)) && !self.tokens[*at].used)
            .unwrap_or(part.start);
        let from = (part.start..computed).rev().find(|at| self.word(*at) == ",");
        let end = (computed..part.end).find(|at| self.word(*at) == ",");

        from.map_or(part.start, |comma| comma + 1)..end.unwrap_or(part.end)
    }

    /// Whatever nobody understood: each stretch of such words, with the part of the sentence around it where that is short.
    pub(super) fn report_rest(&mut self) {
        let nouns: Vec<String> = self.entities.iter().map(|entity| entity.noun.clone()).collect();
        self.report_rules();
        for at in 0..self.tokens.len() {
            if let Some((length, _)) = nouns.iter().find_map(|noun| self.field_at(noun, at)) {
                self.use_words(at, length);
            }
        }

        let known = self.words_of_model();
        let (mut behind_in, mut behind_per) = (false, false);
        for token in &mut self.tokens {
            let owner = token.word.strip_suffix("'s").unwrap_or_default();
            let is_owner = nouns.iter().any(|noun| noun == owner) || lexicon().thing(owner).is_some();
            let is_named = lexicon()
                .thing(&token.word)
                .is_some_and(|thing| nouns.contains(&thing.entity.noun));
            // `price per night`.
            let is_unit = behind_per || behind_in && UNITS.contains(&token.word.as_str());
            token.used |= is_unit || known.contains(&token.word) || is_owner || is_named;
            behind_per = token.word == "per";
            behind_in = matches!(token.word.as_str(), "in" | "per") || behind_in && is_unit;
        }

        let mut at = 0;
        while at < self.tokens.len() {
            if !is_unknown(&self.tokens[at]) {
                at += 1;
                continue;
            }

            let length = self.unknown_stretch(at);
            // `an actor can wear at most 4 costumes`: the rule is there, whatever it is called.
            let can = super::roles::acts(self.word(at.wrapping_sub(1)));
            let held = self.held.range(at..self.sentence_of(at).end).next();
            let is_verb = length == 1 && (can && held.is_some() || held == Some(&(at + 1)));
            if !is_verb {
                let asked = self.quote_unknown(at, length);
                self.omit(&format!("“{asked}”"), "These words were not understood.");
            }
            at += length;
        }
        self.drop_repeated();
    }

    /// What is quoted inside another quote says nothing more.
    fn drop_repeated(&mut self) {
        if self.omissions.len() > MOST_COMPARED {
            return;
        }
        let all: Vec<String> = self
            .omissions
            .iter()
            .map(|omission| omission.asked.clone())
            .collect();
        let is_inside = |asked: &str| {
            let inner = asked.trim_matches(['“', '”']);
            let spaced = format!(" {inner} ");
            all.iter().any(|other| {
                other != asked && format!(" {} ", other.trim_matches(['“', '”'])).contains(&spaced)
            })
        };

        self.omissions
            .retain(|omission| !omission.asked.starts_with('“') || !is_inside(&omission.asked));
    }

    fn unknown_stretch(&self, at: usize) -> usize {
        let rest = &self.tokens[at..];
        let until = rest
            .iter()
            .position(|token| token.is_mark || token.used && !lexicon().is_stop(&token.word))
            .unwrap_or(rest.len());

        rest[..until]
            .iter()
            .rposition(is_unknown)
            .map_or(1, |last| last + 1)
            .min(12)
    }

    /// A number, or a word between others, says nothing without them.
    fn quote_unknown(&self, at: usize, length: usize) -> String {
        let is_mark = |place: &usize| self.tokens[*place].is_mark;
        let sentence = self.sentence_of(at);
        let from = (sentence.start..at)
            .rev()
            .find(is_mark)
            .map_or(sentence.start, |mark| mark + 1);
        let end = (at + length..sentence.end).find(is_mark).unwrap_or(sentence.end);
        let part = from..end;
        let is_number = self.tokens[at..at + length]
            .iter()
            .any(|token| token.number().is_some());

        let is_held = self.held.range(part.clone()).next().is_some();
        // What a description has beside its fields is small; of what is wanted done, the whole is told.
        let describes = part.start == 0
            || part
                .clone()
                .any(|at| super::fields::OPENINGS.contains(&self.word(at)));
        let is_built =
            !is_number && describes && self.mentions.iter().any(|mention| part.contains(&mention.at));
        if is_held || is_built {
            return self.quote_part(&(at..at + length));
        }
        if is_number && part.len() <= 2 * SHORT_PART || part.len() <= SHORT_PART && length + 2 < part.len() {
            return self.quote_part(&part);
        }
        self.quote_part(&(at..at + length))
    }

    /// The words of labels and choices: whoever says one of them speaks of what is there.
    fn words_of_model(&self) -> BTreeSet<String> {
        let fields = self.entities.iter().flat_map(|entity| &entity.fields);
        let texts = fields.flat_map(|field| field.options().iter().chain([&field.label]));

        texts
            .flat_map(|text| text.split(' '))
            .map(str::to_lowercase)
            .filter(|word| word.len() > 3)
            .collect()
    }
}

/// Whether a word is what a number is counted in.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

fn is_unknown(token: &Token) -> bool {
    !token.used && !lexicon().is_stop(&token.word)
}
