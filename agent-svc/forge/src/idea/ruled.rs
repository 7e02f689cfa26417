//! Fields of which only a rule speaks: `price cannot be negative`, `the pickup date must be after the dropoff date`.

use super::{Reading, descriptions::add_field, fields::field_named};
use crate::{lexicon::lexicon, words};

impl Reading {
    /// Keeps what a rule is said of, where its name says that it is a field and nothing has one of that name.
    pub(super) fn read_fields_of_rules(&mut self) {
        for at in 1..self.tokens.len() {
            let is_modal = matches!(
                self.word(at),
                "must" | "mustn't" | "can't" | "cannot" | "shouldn't"
            );
            let is_length = matches!(self.word(at), "up" | "at" | "max" | "maximum")
                && (at..at + 5).any(|place| matches!(self.word(place), "characters" | "letters" | "chars"));
            if is_modal || is_length {
                self.keep_ruled(at);
                let compared = (at..self.sentence_of(at).end.min(at + 6))
                    .find(|place| matches!(self.word(*place), "after" | "before"));
                if let Some(place) = compared {
                    let skipped = usize::from(matches!(self.word(place + 1), "the" | "its" | "their"));
                    let from = place + 1 + skipped;
                    let length = self.name_length(from);
                    self.keep_ruled(from + length);
                }
            }
        }
    }

    fn name_length(&self, from: usize) -> usize {
        (from..from + 3)
            .take_while(|place| {
                self.tokens
                    .get(*place)
                    .is_some_and(|token| !token.is_mark && token.number().is_none() && token.word.is_ascii())
            })
            .count()
    }

    /// The field whose name ends right before a place.
    fn keep_ruled(&mut self, end: usize) {
        let start = self.sentence_of(end.saturating_sub(1)).start;
        let label = (1..=2).rev().find_map(|length| {
            let from = end.checked_sub(length).filter(|from| *from >= start)?;
            let phrase = self.phrase(from, length)?;
            let is_plain = (from..end).all(|place| {
                !self.tokens[place].used
                    && !matches!(
                        self.word(place),
                        "the"
                            | "a"
                            | "an"
                            | "its"
                            | "and"
                            | "of"
                            | "their"
                            | "each"
                            | "every"
                            | "after"
                            | "before"
                            | "be"
                            | "must"
                    )
                    && !self.mentions.iter().any(|mention| mention.at == place)
            });
            (is_plain && lexicon().field_kind(&phrase).is_some()).then_some((from, length, phrase))
        });
        let Some((from, length, label)) = label else {
            return;
        };
        let label = words::singular(&label);
        let is_there = self.entities.iter().any(|entity| {
            entity
                .fields
                .iter()
                .any(|field| format!(" {} ", field.label).contains(&format!(" {label} ")))
        });
        let owner = self
            .mentions
            .iter()
            .rev()
            .find(|mention| mention.at < from)
            .map(|mention| mention.noun.clone());
        let Some(owner) = owner.or_else(|| self.first_named()).filter(|_| !is_there) else {
            return;
        };

        if let Some(entity) = self.entity_mut(&owner)
            && add_field(entity, field_named(&label), &[], false)
        {
            self.use_words(from, length);
        }
    }
}
