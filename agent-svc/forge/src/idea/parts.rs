//! What is a part of what, or of whom: `pets belong to owners`, `bookings of rooms`. Each of the first refers to one of the second.

use super::{Mention, Reading};
use crate::{
    lexicon::lexicon,
    model::{Entity, Field, FieldKind},
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

        self.connect_ones();
        self.connect_parts();
        self.take_place_of_people();
    }

    /// `each visit is for one pet`, `a parcel goes to one family`: the first refers to the second.
    fn connect_ones(&mut self) {
        let starts: Vec<Mention> = self
            .mentions
            .iter()
            .filter(|mention| self.declared.contains(&mention.at))
            .cloned()
            .collect();

        for first in starts {
            let verb = first.at + first.length;
            let preposition = self.word(verb + 1);
            let is_relation = matches!(
                self.word(verb),
                "is" | "goes" | "comes" | "lives" | "sits" | "stands" | "works" | "hangs"
            ) && matches!(preposition, "to" | "for" | "of" | "in" | "from" | "on" | "at")
                && matches!(self.word(verb + 2), "one" | "a" | "an" | "exactly" | "its");
            // `a stay is for one dog, in a kennel, with …`: up to its list.
            let end = (verb..self.sentence_of(verb).end)
                .find(|place| matches!(self.word(*place), "with" | "has" | "have" | "who" | "that"));
            let end = end.unwrap_or(verb + 5);
            let is_one = |mention: &&Mention| {
                (verb + 3..end).contains(&mention.at)
                    && mention.noun != first.noun
                    && matches!(self.word(mention.at - 1), "one" | "a" | "an" | "its" | "the")
                    && matches!(
                        self.word(mention.at - 2),
                        "to" | "for" | "of" | "in" | "from" | "on" | "at" | "by" | "exactly" | "and"
                    )
            };
            let seconds = self.mentions.iter().filter(is_one);
            let seconds: Vec<String> = seconds.map(|mention| mention.noun.clone()).collect();
            for second in seconds.into_iter().filter(|_| is_relation) {
                self.connect(&first.noun, &second);
            }
        }
    }

    /// An attendance is a student's where nothing else is said; among singers it is a singer's.
    fn take_place_of_people(&mut self) {
        let is_person = |entity: &&Entity| {
            self.described.contains(&entity.noun)
                && lexicon().thing(&entity.noun).is_none()
                && entity.fields.iter().any(|field| {
                    matches!(field.kind, FieldKind::Email | FieldKind::Phone)
                        || field.label.contains("birth")
                        || field.label == "first name"
                        || field.label == "surname"
                })
        };
        let people: Vec<String> = self
            .entities
            .iter()
            .filter(is_person)
            .map(|entity| entity.noun.clone())
            .collect();
        let [person] = people.as_slice() else { return };

        let takers: Vec<String> = self
            .entities
            .iter()
            .filter(|entity| {
                lexicon().thing(&entity.noun).is_some() && !self.described.contains(&entity.noun)
            })
            .filter(|entity| {
                entity
                    .references()
                    .any(|(_, target)| lexicon().thing(target).is_some_and(|thing| thing.is_weak))
            })
            .map(|entity| entity.noun.clone())
            .collect();
        for taker in takers {
            self.take_place_of_unnamed(&taker, person);
        }
    }

    /// A loan is of a book where nothing else is said: of tools it is of a tool, and no book's.
    pub(super) fn take_place_of_unnamed(&mut self, noun: &str, of: &str) {
        let nouns: Vec<String> = self.entities.iter().map(|entity| entity.noun.clone()).collect();
        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let is_unnamed = |field: &Field| {
            field
                .target()
                .is_some_and(|target| !nouns.iter().any(|noun| noun == target))
        };
        let is_there = entity.references().any(|(_, target)| target == of);

        if let Some(place) = entity.fields.iter().position(is_unnamed).filter(|_| !is_there) {
            entity.change_field(place, of, FieldKind::Reference(of.to_owned()));
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
