//! What a field may be chosen from: `status (open, done)`, `state: ok/broken`, `priority low/high`, `jobs go through stages: waiting, ready`.

use super::{Reading, fields::field_named};
use crate::{
    lexicon::lexicon,
    model::{Field, FieldKind},
    words,
};

/// Plurals behind which choices are listed.
const LISTS: &[&str] = &[
    "stages",
    "statuses",
    "states",
    "steps",
    "phases",
    "categories",
    "priorities",
    "kinds",
    "types",
];
const MOST_OPTIONS: usize = 12;

impl Reading {
    /// What stands in brackets behind a field, or after its colon, or behind it with strokes: choices, "optional", a range.
    pub(super) fn read_options(&self, at: usize) -> (Vec<String>, usize, bool) {
        let is_stroke = self.word(at + 1) != "." && self.word(at) == ":" && self.word(at + 2) == "/";
        if self.word(at) != "(" && !is_stroke {
            return (Vec::new(), at, false);
        }

        let end = (at + 1..self.tokens.len()).find(|place| {
            if is_stroke {
                matches!(self.word(*place), "," | "." | ")")
            } else {
                matches!(self.word(*place), ")" | ".")
            }
        });
        let end = end.unwrap_or(self.tokens.len());
        let mut options: Vec<String> = Vec::new();
        let mut part = Vec::new();
        for place in at + 1..=end {
            if place == end || matches!(self.word(place), "," | "/" | "or" | "and") {
                let option = words::sentence_case(&part.join(" "));
                if !part.is_empty() && !options.contains(&option) {
                    options.push(option);
                }
                part.clear();
            } else {
                part.push(self.word(place));
            }
        }
        let required = options
            .iter()
            .any(|option| matches!(option.as_str(), "Required" | "Mandatory" | "Unique"));
        let is_choice = options.len() >= 2
            && options.iter().all(|option| option.len() <= 30)
            && options.len() <= MOST_OPTIONS;

        let behind = if self.word(end) == ")" && !is_stroke {
            end + 1
        } else {
            end
        };
        (if is_choice { options } else { Vec::new() }, behind, required)
    }

    /// `open/in progress/done` behind the name of a field: its choices, and the place behind them.
    pub(super) fn read_strokes(&self, first: usize) -> (Vec<String>, usize) {
        let mut options: Vec<String> = Vec::new();
        let mut at = first;

        loop {
            let length = (at..at + 3)
                .take_while(|place| {
                    let ends = self.tokens.get(*place).is_none_or(|token| token.is_mark);
                    !ends && !matches!(self.word(*place), "and" | "or" | "with" | "for")
                })
                .count();
            if let Some(option) = self.phrase(at, length).filter(|option| !option.is_empty()) {
                let option = words::sentence_case(&option);
                if !options.contains(&option) {
                    options.push(option);
                }
            }
            at += length;
            if self.word(at) != "/" || length == 0 {
                return (options, at);
            }
            at += 1;
        }
    }

    /// `jobs go through stages: waiting, in repair, ready`: a choice of what is named before it.
    pub(super) fn read_choice_lists(&mut self) {
        for at in 1..self.tokens.len() {
            let opens = LISTS.contains(&self.word(at)) && matches!(self.word(at + 1), ":" | "(" | "are");
            let owner = self.owner_of_choices(at);
            let Some(owner) = owner.filter(|_| opens) else {
                continue;
            };
            let from = at + 2 + usize::from(self.word(at + 2) == ":");
            let (options, end) = self.read_named_options(from);
            if !(2..=MOST_OPTIONS).contains(&options.len()) {
                continue;
            }

            let label = words::singular(self.word(at));
            self.use_words(at, end - at);
            self.set_choices(&owner, &label, options);
        }
        self.read_lone_choices();
    }

    /// `Status: draft > sent > accepted` in a sentence of its own.
    fn read_lone_choices(&mut self) {
        for at in 0..self.tokens.len() {
            let first = if self.word(at + 1) == ":" { at + 2 } else { at + 1 };
            let has_stroke = (first + 1..first + 4).any(|place| self.word(place) == "/");
            let opens = self.is_choice_name(at) && has_stroke && !self.tokens[at].used;
            let Some(owner) = self.owner_of_choices(at).filter(|_| opens) else {
                continue;
            };
            let (options, end) = self.read_strokes(first);

            let label = self.word(at).to_owned();
            self.use_words(at, end - at);
            self.set_choices(&owner, &label, options);
        }
    }

    fn set_choices(&mut self, owner: &str, label: &str, options: Vec<String>) {
        let Some(entity) = self.entity_mut(owner) else {
            return;
        };

        match entity.fields.iter_mut().find(|field| field.label == label) {
            Some(field) => {
                field.kind = FieldKind::Choice(options);
                field.samples.clear();
            }
            None => entity.fields.push(Field {
                kind: FieldKind::Choice(options),
                ..field_named(label)
            }),
        }
    }

    fn owner_of_choices(&self, at: usize) -> Option<String> {
        let sentence = self.sentence_of(at);
        let before = self.mentions.iter().rev().find(|mention| mention.at < at);
        let inside = before.filter(|mention| sentence.contains(&mention.at));

        inside.or(before).map(|mention| mention.noun.clone())
    }

    fn read_named_options(&self, from: usize) -> (Vec<String>, usize) {
        let end = (from..self.sentence_of(from).end)
            .find(|place| matches!(self.word(*place), ")" | "." | ":"))
            .unwrap_or(self.sentence_of(from).end);
        let mut options = Vec::new();
        let mut part: Vec<&str> = Vec::new();
        for place in from..=end {
            if place == end || matches!(self.word(place), "," | "/" | "and" | "or" | "then") {
                if (1..=3).contains(&part.len()) {
                    options.push(words::sentence_case(&part.join(" ")));
                }
                part.clear();
            } else {
                part.push(self.word(place));
            }
        }

        options.dedup();
        (options, end)
    }

    /// Whether what is behind a field's name is one of its choices, as in `priority low medium high`.
    pub(super) fn is_choice_name(&self, at: usize) -> bool {
        matches!(lexicon().field_kind(self.word(at)), Some(FieldKind::Choice(_)))
    }
}
