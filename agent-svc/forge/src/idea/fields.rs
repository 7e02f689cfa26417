//! What is kept of a thing: the list after its "with" or "has", and before a "for each".

use super::{
    Mention, Reading,
    descriptions::{add_field, begin_description, finish_description},
    lists::Item,
};
use crate::{
    lexicon::lexicon,
    model::{Era, Field, FieldKind},
    words,
};

pub(super) const OPENINGS: &[&str] = &[
    "with",
    "has",
    "have",
    "having",
    "including",
    "includes",
    "include",
    "contains",
    "contain",
    "needs",
    "need",
    "gets",
    "fields",
    "consists",
];
/// In words.
const LONGEST_BARE_LIST: usize = 80;

impl Reading {
    pub(super) fn read_fields(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let is_thing = self.mentions.iter().any(|mention| mention.at == at);
            let opens = OPENINGS.contains(&self.word(at))
                && !is_thing
                && !matches!(self.word(at + 1), "been" | "to" | "only")
                || self.word(at) == ":" && self.is_colon_of_list(at)
                || self.word(at) == "(" && self.is_bracket_of_list(at);
            let owner = if opens { self.owner_before(at) } else { None };
            let Some(owner) = owner.filter(|_| !self.is_negated(at)) else {
                at += 1;
                continue;
            };

            let (items, end) = self.read_list(at + 1);
            self.describe(&owner, items);
            at = end.max(at + 1);
        }

        self.read_bare_lists();
        self.read_lists_of_each();
        self.read_belongings();
        self.drop_plain_names();
        self.read_choice_lists();
    }

    /// Gives a thing the fields of its description.
    fn describe(&mut self, owner: &str, items: Vec<Item>) {
        let is_known = lexicon().thing(owner).is_some();
        let is_first = !items.is_empty() && self.described.insert(owner.to_owned());
        let nouns: Vec<String> = self.entities.iter().map(|entity| entity.noun.clone()).collect();
        if let Some(entity) = self.entity_mut(owner).filter(|_| is_first) {
            begin_description(entity, &items, is_known, &nouns);
        }

        let names: Vec<String> = items.iter().map(|item| item.label.clone()).collect();
        for item in items {
            self.keep_field(owner, item);
        }
        if names.iter().any(|name| name == "name") {
            self.named.insert(owner.to_owned());
        }
        if let Some(entity) = self.entity_mut(owner) {
            finish_description(entity, &names);
        }
    }

    /// A stay is called by its guest and its day: nobody thinks of another name for it.
    fn drop_plain_names(&mut self) {
        for entity in &mut self.entities {
            let is_plain = self.described.contains(&entity.noun)
                && !self.named.contains(&entity.noun)
                && lexicon().thing(&entity.noun).is_none();
            let refers = entity.references().filter(|(field, _)| field.required).count();
            let has_day = entity.fields.iter().any(Field::is_date);
            if is_plain && refers >= 1 && has_day {
                entity.fields.retain(|field| field.label != "name");
            }
        }
    }

    /// `Contacts. name, mobile, birthday, notes.`: a sentence that only lists what is kept of the thing before it.
    fn read_bare_lists(&mut self) {
        for sentence in self.sentences.clone() {
            if !self.is_bare_list(sentence.start) {
                continue;
            }
            let before = self
                .mentions
                .iter()
                .rev()
                .find(|mention| mention.at < sentence.start);
            let Some(owner) = before.map(|mention| mention.noun.clone()) else {
                continue;
            };

            let (items, _) = self.read_list(sentence.start);
            self.describe(&owner, items);
        }
    }

    /// Whether a place stands in a sentence that only lists fields: no verb, and half of its items are known as fields.
    pub(super) fn is_bare_list(&self, at: usize) -> bool {
        let sentence = self.sentence_of(at);
        if sentence.start == 0 || sentence.len() > LONGEST_BARE_LIST {
            return false;
        }
        let commas = sentence.clone().filter(|at| self.word(*at) == ",").count();
        let speaks = sentence.clone().any(|at| {
            OPENINGS.contains(&self.word(at))
                || self.word(at) == ":"
                || self.declared.contains(&at)
                || matches!(
                    self.word(at),
                    "can"
                        | "must"
                        | "is"
                        | "are"
                        | "may"
                        | "i"
                        | "we"
                        | "they"
                        | "it"
                        | "you"
                        | "should"
                        | "can't"
                        | "to"
                )
        });
        if commas < 2 || speaks {
            return false;
        }

        let (items, _) = self.read_list(sentence.start);
        let is_known = |item: &&Item| item.is_known_field();
        items.len() >= 3 && 2 * items.iter().filter(is_known).count() >= items.len()
    }

    fn is_colon_of_list(&self, at: usize) -> bool {
        let subject = at.checked_sub(1).map_or(".", |before| self.word(before));
        if matches!(subject, "entry" | "item" | "record") {
            return true;
        }
        // `teachers grade students: each grade has`: what is behind it speaks of another thing. `share expenses: who paid` tells what it is about.
        if matches!(
            self.word(at + 1),
            "each" | "every" | "who" | "what" | "how" | "whether"
        ) {
            return false;
        }

        // `campaign notes: npcs, places, quests`: things, of which the idea speaks further on.
        let names_things = self.mentions.iter().any(|mention| {
            mention.at == at + 1
                && self.word(at + 2) == ","
                && self.declared.len() > 1
                && words::is_plural(self.word(at + 1))
        });
        at > 0
            && !names_things
            && self
                .mentions
                .iter()
                .any(|mention| mention.at + mention.length == at)
            && (at + 1..self.sentence_of(at).end).any(|place| self.word(place) == ",")
    }

    /// `Residents (name, house number)`: fields in brackets right behind their thing, of which one at least is known as such.
    fn is_bracket_of_list(&self, at: usize) -> bool {
        let is_named = self
            .mentions
            .iter()
            .any(|mention| mention.at + mention.length == at && self.declared.contains(&mention.at));
        if !is_named {
            return false;
        }

        let (items, _) = self.read_list(at + 1);
        items.len() >= 2 && items.iter().any(Item::is_known_field)
    }

    /// Whose list it is: the last entity before it in its sentence, or the first of all for "it should have".
    fn owner_before(&self, at: usize) -> Option<String> {
        let sentence = self.sentence_of(at);
        let inside: Vec<&Mention> = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at) && mention.at < at)
            .collect();
        let is_object = |mention: &&&Mention| self.is_object(mention.at, sentence.start);
        let subject_of = inside.iter().rev().find(|mention| !is_object(mention)).copied();
        let is_declared = |mention: &&Mention| self.declared.contains(&mention.at);
        // `each visit is for one pet, with a date`: the date is the visit's, which its sentence is about.
        let nearest = match subject_of.filter(is_declared) {
            Some(subject) => Some(subject),
            None => inside
                .last()
                .copied()
                .filter(|mention| !self.belongs_behind(mention.at))
                .or(subject_of),
        };
        let subject = at.checked_sub(1).map_or(".", |before| self.word(before));

        // `loans of tools with a due date`: the date is the loan's.
        let whole = nearest.and_then(|part| {
            let is_part = self.word(part.at.wrapping_sub(1)) == "of";
            let mut others = self.mentions.iter().filter(|_| is_part);
            others.find(|other| other.at + other.length + 1 == part.at)
        });
        if let Some(whole) = whole {
            return Some(whole.noun.clone());
        }

        if let Some(mention) = nearest {
            let is_near = self.word(at) != "with"
                || at - (mention.at + mention.length) <= 6
                || self.declared.contains(&mention.at);
            return is_near.then(|| mention.noun.clone());
        }
        let of_it = matches!(
            subject,
            "it" | "one" | "should" | "which" | "each" | "entry" | "item" | "record"
        ) || self.word(at) == "fields";
        of_it
            .then(|| self.entities.first().map(|entity| entity.noun.clone()))
            .flatten()
    }

    /// Whether a noun is what another one belongs to, goes to, or is for.
    fn is_object(&self, at: usize, from: usize) -> bool {
        let before = (from..at).rev().map(|place| self.word(place)).find(|word| {
            !matches!(
                *word,
                "a" | "an" | "the" | "one" | "each" | "every" | "our" | "my" | "exactly"
            )
        });

        matches!(
            before,
            Some("to" | "for" | "of" | "by" | "from" | "in" | "on" | "at")
        )
    }

    fn belongs_behind(&self, at: usize) -> bool {
        let from = self.sentence_of(at).start;
        self.is_object(at, from) && (from..at).any(|place| self.word(place).starts_with("belong"))
    }

    /// `record the date, the mood and a note for each session`.
    fn read_lists_of_each(&mut self) {
        self.read_lists_for_each();
        for at in 0..self.tokens.len() {
            let is_each = matches!(self.word(at), "per" | "each" | "every")
                && (self.word(at) == "per"
                    || matches!(self.word(at.wrapping_sub(1)), "for" | "of" | "about"));
            let Some(owner) = self
                .mentions
                .iter()
                .find(|mention| is_each && mention.at == at + 1)
                .map(|mention| mention.noun.clone())
            else {
                continue;
            };
            let sentence = self.sentence_of(at);
            let verb = (sentence.start..at).rev().find(|place| {
                matches!(
                    self.word(*place),
                    "record"
                        | "log"
                        | "track"
                        | "store"
                        | "save"
                        | "note"
                        | "keep"
                        | "recording"
                        | "enter"
                        | "see"
                        | "add"
                        | "tracking"
                        | "logging"
                )
            });
            let has_rule = sentence.clone().any(|place| {
                matches!(
                    self.word(place),
                    "most" | "least" | "maximum" | "once" | "only" | "than"
                )
            });
            let Some(verb) = verb.filter(|_| !has_rule) else {
                continue;
            };

            let (items, _) = self.read_list(verb + 1);
            for item in items.into_iter().filter(|item| item.at < at) {
                let is_known = lexicon().field_kind(&item.label).is_some() || !item.options.is_empty();
                let is_entity = self.mentions.iter().any(|mention| mention.at == item.at);
                if is_known && !is_entity {
                    self.keep_field(&owner, item);
                }
            }
        }
    }

    /// `for every play I want to write down its title, the playwright and the opening night`.
    fn read_lists_for_each(&mut self) {
        for at in 0..self.tokens.len() {
            let is_each = matches!(self.word(at), "for" | "of" | "about")
                && matches!(self.word(at + 1), "each" | "every");
            let owner = self
                .mentions
                .iter()
                .find(|mention| is_each && mention.at == at + 2)
                .cloned();
            let Some(owner) = owner else { continue };
            let behind = owner.at + owner.length;
            let verb = (behind..self.sentence_of(at).end.min(behind + 6)).find(|place| {
                matches!(
                    self.word(*place),
                    "record" | "write" | "note" | "store" | "keep" | "know" | "log" | "save" | "need"
                )
            });
            let Some(verb) = verb else { continue };

            let from = verb + 1 + usize::from(matches!(self.word(verb + 1), "down" | "to"));
            let (items, end) = self.read_list(from);
            if items.len() >= 2 {
                self.use_words(verb, 1);
                self.describe(&owner.noun, items);
                self.use_words(at, end - at);
            }
        }
    }

    fn keep_field(&mut self, owner: &str, item: Item) {
        let label = item.label.replace(['\'', '-'], " ");
        let singular = words::singular(&label);
        let meant = lexicon().thing(&label).map(|thing| thing.entity.noun.as_str());
        let other = self
            .entities
            .iter()
            .find(|entity| {
                let is_it =
                    entity.noun == singular || entity.many == label || Some(entity.noun.as_str()) == meant;
                entity.noun != owner && is_it && item.options.is_empty()
            })
            .map(|entity| entity.noun.clone());
        let unreadable = words::key_name(&label).is_empty() || !label.is_ascii();
        if unreadable {
            return;
        }

        self.use_words(item.at, item.length);
        let is_there = self
            .entities
            .iter()
            .any(|entity| entity.noun == owner && entity.fields.iter().any(|field| field.label == label));
        if let Some(other) = other.filter(|_| !is_there) {
            if words::is_plural(&label) {
                self.connect(&other, owner);
            } else {
                self.connect_as(owner, &other, &label);
            }
            return;
        }

        let is_counted = lexicon().is_counted(&label);
        let Some(entity) = self.entity_mut(owner) else {
            return;
        };
        let known = lexicon()
            .thing(owner)
            .and_then(|thing| thing.entity.fields.iter().find(|field| field.label == label))
            .cloned();
        let mut field = known.unwrap_or_else(|| field_named(&label));
        if item.is_yes_no {
            field.kind = FieldKind::YesNo;
            field.samples.clear();
        }
        if item.is_number && !field.is_number() {
            field.kind = FieldKind::Number { whole: true };
            field.samples.clear();
        }
        if !add_field(entity, field, &item.options, item.required) {
            let many = entity.many.clone();
            self.omit(
                &format!("“{label}” of {many}"),
                "A thing has at most 12 fields here.",
            );
            return;
        }
        if is_counted {
            entity.add_action(
                crate::model::ActionKind::Count(words::key_name(&label), None),
                true,
            );
        }
    }
}

/// A field of which only the name is known.
pub(super) fn field_named(label: &str) -> Field {
    let kind = lexicon()
        .field_kind(label)
        .unwrap_or_else(|| match label.rsplit(' ').next() {
            Some("on" | "until" | "at" | "from") => FieldKind::Date(Era::Any),
            _ if label.starts_with("date ") => FieldKind::Date(Era::Any),
            _ => FieldKind::Text,
        });
    let kind = match kind {
        FieldKind::Date(_) if label.contains("birth") || label.starts_with("last") => {
            FieldKind::Date(Era::Past)
        }
        other => other,
    };

    Field {
        label: label.to_owned(),
        kind,
        required: false,
        samples: Vec::new(),
    }
}
