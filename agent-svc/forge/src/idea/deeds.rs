//! Deeds that are themselves kept: whoever borrows books has loans, whoever books rooms has bookings, each with what and by whom.

use super::{Reading, things::DETERMINERS};
use crate::{
    lexicon::lexicon,
    model::{Entity, Field, FieldKind},
    words,
};

impl Reading {
    /// `borrow books`, `book rooms`: a deed that is itself kept.
    pub(super) fn read_deeds(&mut self) {
        for at in 0..self.tokens.len() {
            let noun = match self.word(at) {
                // `a lent on date` is a field.
                "borrowed" | "lent" if self.word(at + 1) == "on" => continue,
                // `a rent between 200 and 5000`, too.
                "rent" | "rents"
                    if DETERMINERS.contains(&self.word(at.wrapping_sub(1))) || self.is_in_list(at) =>
                {
                    continue;
                }
                "borrow" | "borrows" | "borrowed" | "lend" | "lends" | "lent" | "lending" => "loan",
                "book" | "reserve" | "reserves" | "rent" | "rents"
                    if self.is_deed(at) || self.word(at) != "book" =>
                {
                    "booking"
                }
                _ => continue,
            };
            let is_there = |name: &str| self.mentions.iter().any(|mention| mention.noun == name);
            if noun == "booking"
                && !is_there("booking")
                && ["appointment", "course", "event"]
                    .iter()
                    .any(|name| is_there(name))
            {
                continue;
            }
            let subject = self.subject_of_deed(at);
            if is_there(noun) || noun == "loan" && self.entities.iter().any(|entity| entity.noun == "loan") {
                self.use_words(at, 1);
                self.connect_deed(noun, subject, at);
                continue;
            }

            let Some(thing) = lexicon().thing(noun) else {
                continue;
            };
            let kept = self.keep(thing);
            self.connect_deed(&kept, subject, at);
            self.mention(at, 1, &kept);
        }
    }

    /// Who does it: the noun right before the verb, or before its "can".
    fn subject_of_deed(&self, at: usize) -> Option<usize> {
        let place = at.checked_sub(1)?;
        let place = if matches!(self.word(place), "can" | "may") {
            place.checked_sub(1)?
        } else {
            place
        };
        let word = self.word(place);
        let is_somebody = lexicon().thing(word).is_some_and(|thing| thing.is_weak)
            || self.mentions.iter().any(|mention| mention.at == place)
            || !lexicon().is_stop(word) && word.len() > 3;

        (words::is_plural(word) || is_somebody && self.mentions.iter().any(|mention| mention.at == place))
            .then_some(place)
            .filter(|_| is_somebody)
    }

    /// Says of a booking what is booked and who does it: a thing that is kept, or a name under the word for them.
    fn connect_deed(&mut self, noun: &str, subject: Option<usize>, at: usize) {
        if self.described.contains(noun)
            || self.declared.iter().any(|place| {
                self.mentions
                    .iter()
                    .any(|mention| mention.at == *place && mention.noun == noun)
            })
        {
            return;
        }
        let end = self.sentence_of(at).end;
        let object = self
            .mentions
            .iter()
            .find(|mention| mention.at > at && mention.at < end && mention.noun != noun)
            .map(|mention| mention.noun.clone());
        if let Some(object) = &object {
            self.take_place_of_unnamed(noun, object);
            self.connect(noun, object);
        }

        let Some(place) = subject.filter(|_| object.is_some()) else {
            return;
        };
        let kept = self
            .mentions
            .iter()
            .find(|mention| mention.at == place)
            .map(|mention| mention.noun.clone());
        if let Some(kept) = kept {
            self.connect(noun, &kept);
        }
        let label = words::singular(self.word(place));
        let is_kept = self.entities.iter().any(|entity| entity.noun == label);
        if noun == "booking"
            && label.is_ascii()
            && let Some(entity) = self.entity_mut(noun)
            && let Some(name) = entity.fields.iter().position(|field| field.label == "name")
        {
            if is_kept {
                entity.fields.remove(name);
            } else {
                entity.fields[name].label = label;
            }
            self.use_words(place, 1);
        } else if noun == "loan"
            && !is_kept
            && let Some(entity) = self.entity_mut(noun)
            && let Some(member) = entity.fields.iter().position(|field| field.label == "member")
        {
            // Who lends and who borrows: of neighbours it is a neighbour.
            entity.change_field(member, &label, FieldKind::Text);
            self.use_words(place, 1);
        }
    }

    /// Gives an entity a reference to another one, once.
    pub(super) fn connect(&mut self, from: &str, to: &str) {
        self.connect_as(from, to, to);
    }

    /// The same under a name of its own: a visit's vet is one of the doctors.
    pub(super) fn connect_as(&mut self, from: &str, to: &str, label: &str) {
        if from == to {
            return;
        }
        let has_field = |entity: &Entity| entity.references().any(|(_, target)| target == to);

        if let Some(entity) = self.entity_mut(from)
            && !has_field(entity)
        {
            let field = Field {
                label: label.to_owned(),
                kind: FieldKind::Reference(to.to_owned()),
                required: true,
                samples: Vec::new(),
            };
            entity.fields.insert(1.min(entity.fields.len()), field);
        }
    }
}
