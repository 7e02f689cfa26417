//! What is a part of what, or of whom: `pets belong to owners`, `bookings of rooms`. Each of the first refers to one of the second.

use super::{Mention, Reading};
use crate::{
    lexicon::lexicon,
    model::{Field, FieldKind, Rule},
    words,
};

impl Reading {
    /// `pets belong to owners`: each of the first has one of the second.
    pub(super) fn read_belongings(&mut self) {
        for at in 0..self.tokens.len() {
            let is_belonging =
                matches!(self.word(at), "belong" | "belongs" | "belonging") && self.word(at + 1) == "to";
            let sentence = self.sentence_of(at);
            let inside = || {
                self.mentions
                    .iter()
                    .filter(|mention| sentence.contains(&mention.at))
            };
            let whole = inside().find(|mention| (at + 2..at + 5).contains(&mention.at));
            let part = inside().rev().find(|mention| mention.at < at);
            let (Some(whole), Some(part)) = (whole.filter(|_| is_belonging), part) else {
                continue;
            };

            let (whole, part) = (whole.noun.clone(), part.noun.clone());
            self.use_words(at, 2);
            let there = self
                .entity_mut(&part)
                .and_then(|entity| entity.fields.iter_mut().find(|field| field.label == whole));
            match there {
                Some(field) => {
                    field.kind = FieldKind::Reference(whole);
                    field.samples.clear();
                }
                None => self.connect(&part, &whole),
            }
        }

        self.connect_parts();
    }

    /// A loan is of a book where nothing else is said: of tools it is of a tool, and no book's.
    fn take_place_of_unnamed(&mut self, noun: &str, of: &str) {
        let nouns: Vec<String> = self.entities.iter().map(|entity| entity.noun.clone()).collect();
        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let is_unnamed = |field: &&mut Field| {
            field
                .target()
                .is_some_and(|target| !nouns.iter().any(|noun| noun == target))
        };
        let is_there = entity.references().any(|(_, target)| target == of);

        if let Some(field) = entity.fields.iter_mut().find(is_unnamed).filter(|_| !is_there) {
            let before = field.key();
            field.label = of.to_owned();
            field.kind = FieldKind::Reference(of.to_owned());
            field.samples.clear();
            let after = field.key();
            for rule in &mut entity.rules {
                match rule {
                    Rule::Once(keys) => keys
                        .iter_mut()
                        .filter(|key| **key == before)
                        .for_each(|key| key.clone_from(&after)),
                    Rule::MostOf(key, _) if *key == before => key.clone_from(&after),
                    _ => {}
                }
            }
        }
    }

    /// `bookings of rooms`: each of the first is of one of the second.
    fn connect_parts(&mut self) {
        let pairs = self.mentions.iter().flat_map(|first| {
            let second = first.at + first.length + 1;
            let is_of = self.word(second - 1) == "of" && first.length > 0;
            let others = self
                .mentions
                .iter()
                .filter(move |other| is_of && other.at == second);
            others.map(move |other| (first.clone(), other.clone()))
        });
        let pairs: Vec<(Mention, Mention)> = pairs.collect();

        for (first, second) in pairs {
            let names = |mention: &Mention| {
                let phrase = self.phrase(mention.at, mention.length).unwrap_or_default();
                let known = lexicon().thing(&phrase).map(|thing| thing.entity.noun.as_str());
                words::is_plural(&phrase)
                    && (known == Some(&mention.noun) || words::singular(&phrase) == mention.noun)
            };
            if names(&first) && names(&second) {
                self.take_place_of_unnamed(&first.noun, &second.noun);
                self.connect(&first.noun, &second.noun);
            }
        }
    }
}
