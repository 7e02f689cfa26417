//! Which things an app keeps: those that the lexicon knows, and those that an idea names by what it wants done with them.

use super::{Mention, Reading};
use crate::{
    lexicon::{Thing, lexicon},
    model::{Entity, Field, FieldKind},
    words,
};

/// So many things are read of an idea: far more than are built, and those beyond are said as words.
const MOST_READ: usize = 40;
/// Words that are a thing or something that is done.
const TWO_FACED: &[&str] = &[
    "book", "order", "note", "link", "bill", "grade", "place", "stock", "issue", "film", "run", "test",
    "exercise", "visit",
];
pub(super) const DETERMINERS: &[&str] = &[
    "a", "an", "the", "my", "our", "their", "each", "every", "all", "your", "any", "which", "new", "his",
    "her", "some",
];
const SUBJECTS: &[&str] = &[
    "to", "can", "could", "i", "we", "they", "you", "will", "should", "may", "must", "me", "us", "them",
    "people", "users", "please", "can't", "cannot", "everyone",
];
/// What is done with things that apps keep.
const KEEPING: &[&str] = &[
    "track",
    "tracks",
    "tracking",
    "manage",
    "manages",
    "managing",
    "log",
    "logs",
    "logging",
    "record",
    "records",
    "recording",
    "list",
    "lists",
    "store",
    "stores",
    "organize",
    "organise",
    "organizing",
    "organising",
    "collect",
    "catalog",
    "catalogue",
    "save",
    "remember",
    "add",
    "create",
    "maintain",
    "reserve",
    "rent",
    "borrow",
    "monitor",
    "register",
    "rate",
    "review",
    "schedule",
    "plan",
    "planning",
    "keep",
    "of",
    "registering",
    "rating",
    "cataloguing",
    "cataloging",
    "collecting",
    "saving",
    "storing",
];
/// What makes the words before it a thing that is kept.
const BEHIND: &[&str] = &[
    "tracker",
    "manager",
    "log",
    "planner",
    "catalogue",
    "catalog",
    "organizer",
    "organiser",
    "list",
    "database",
    "collection",
    "register",
    "inventory",
    "logbook",
    "diary",
    "journal",
];

/// Whether a word says that what follows is kept.
pub(super) fn is_keeping_word(word: &str) -> bool {
    KEEPING.contains(&word)
}

/// Whether a word makes what stands before it a thing that is kept: `habit tracker`.
pub(super) fn is_tool(word: &str) -> bool {
    BEHIND.contains(&word)
}

impl Reading {
    pub(super) fn read_things(&mut self) {
        self.read_declared();
        self.read_contexts(true);
        self.read_known_things();
        self.read_unknown_things();
        self.read_described_plurals();
        self.read_deeds();
        if self.entities.is_empty() {
            self.read_described_items();
        }
        if self.entities.is_empty() {
            self.read_contexts(false);
        }
        if self.entities.is_empty() {
            self.read_weak_things();
        }
        if self.entities.is_empty() {
            self.read_lone_noun();
        }
        self.use_contexts();
        self.read_title();

        self.complete_references();
        self.use_audience();
    }

    /// Makes an entity of a thing of the lexicon, or says which one it is.
    pub(super) fn keep(&mut self, thing: &Thing) -> String {
        let noun = thing.entity.noun.clone();
        let is_there = self.entities.iter().any(|entity| entity.noun == noun);
        if !is_there && self.entities.len() < MOST_READ {
            self.entities.push(thing.entity.clone());
        }

        noun
    }

    pub(super) fn mention(&mut self, at: usize, length: usize, noun: &str) {
        let mention = Mention {
            at,
            length,
            noun: noun.to_owned(),
        };
        if !self.mentions.iter().any(|other| other.at == at) {
            self.mentions.push(mention);
            self.mentions.sort_by_key(|mention| mention.at);
        }
        self.use_words(at, length);
    }

    /// The longest words at a place that name a thing, unless they say what is done.
    pub(super) fn thing_at(&self, at: usize) -> Option<(usize, &'static Thing)> {
        let names_field = matches!(self.word(at + 1), "date" | "number" | "name" | "time" | "type");
        if self.tokens[at].used || self.is_deed(at) || names_field || self.is_in_brackets(at) {
            return None;
        }

        (1..=3).rev().find_map(|length| {
            let phrase = self.phrase(at, length)?;
            Some((length, lexicon().thing(&phrase)?))
        })
    }

    /// What stands in brackets are choices, not things.
    fn is_in_brackets(&self, at: usize) -> bool {
        let from = self.sentence_of(at).start;
        let last = (from..at)
            .rev()
            .map(|place| self.word(place))
            .find(|word| matches!(*word, "(" | ")"));
        last == Some("(")
    }

    pub(super) fn is_deed(&self, at: usize) -> bool {
        if !TWO_FACED.contains(&self.word(at)) {
            return false;
        }

        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let next = self.word(at + 1);
        let is_person = lexicon().thing(before).is_some_and(|thing| thing.is_weak);
        let begins = matches!(before, "." | "," | "and" | "or" | ":");

        SUBJECTS.contains(&before) || is_person || begins && DETERMINERS.contains(&next)
    }

    fn read_known_things(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let Some((length, thing)) = self.thing_at(at) else {
                at += 1;
                continue;
            };

            let is_field = self.is_in_list(at)
                && lexicon()
                    .field_kind(&self.phrase(at, length).unwrap_or_default())
                    .is_some();
            let is_part =
                self.is_only_described(at, length, thing) || super::roles::is_office(self.word(at + length));
            if self.is_refused(at, length) {
                self.use_words(at, length);
            }
            if self.is_in_passing(at, length)
                || (thing.is_weak && !self.is_kept(at, length))
                || is_field
                || is_part
            {
                at += length;
                continue;
            }
            let noun = self.keep(thing);
            self.mention(at, length, &noun);
            at += length;
        }
    }

    /// Whether a thing in a list of what is kept is named nowhere else: then it is a field.
    fn is_only_described(&self, at: usize, length: usize, thing: &Thing) -> bool {
        let phrase = self.phrase(at, length).unwrap_or_default();
        if self.entities.is_empty() || words::is_plural(&phrase) || !self.is_in_list(at) {
            return false;
        }

        let others = (0..self.tokens.len())
            .filter(|other| *other != at)
            .filter_map(|other| self.thing_at(other))
            .filter(|(_, other)| other.entity.noun == thing.entity.noun);
        others.count() == 0
    }

    /// Whether a "with" or "has" stands before in the sentence, so that what follows describes something.
    pub(super) fn is_in_list(&self, at: usize) -> bool {
        let from = self.sentence_of(at).start;
        let is_opening = |word: &str| {
            matches!(
                word,
                "with" | "has" | "have" | "including" | "includes" | "contains" | "having" | ":"
            )
        };
        // `teachers grade students: each grade has`: there begins another description.
        let begins_another =
            |place: usize| self.word(place) == ":" && matches!(self.word(place + 1), "each" | "every");
        let is_opened = |place: &usize| is_opening(self.word(*place)) && !begins_another(*place);
        let Some(opened) = (from..at).rev().find(is_opened) else {
            return false;
        };

        !(opened..at).any(|place| {
            matches!(
                self.word(place),
                "can" | "must" | "should" | "that" | "where" | "which" | "who" | "to"
            ) && !(self.word(place) == "to"
                && (self.word(place - 1) == "up" || self.tokens[place - 1].number().is_some()))
        })
    }

    /// Whether somebody or somewhere is kept: managed, listed, described, or assigned to.
    fn is_kept(&self, at: usize, length: usize) -> bool {
        let before: Vec<&str> = (at.saturating_sub(3)..at)
            .rev()
            .map(|place| self.word(place))
            .take_while(|word| !matches!(*word, ":" | "." | "("))
            .collect();
        let managed = before.iter().any(|word| {
            matches!(
                *word,
                "manage"
                    | "track"
                    | "add"
                    | "list"
                    | "store"
                    | "register"
                    | "of"
                    | "managing"
                    | "tracking"
                    | "edit"
                    | "delete"
                    | "search"
                    | "import"
                    | "save"
                    | "keep"
                    | "remember"
                    | "each"
                    | "every"
            )
        });
        let next = self.word(at + length);
        let described = matches!(
            next,
            "with" | "has" | "have" | "list" | "database" | "directory" | "tracker" | "manager" | "records"
        );
        let acts = matches!(next, "can" | "can't" | "cannot" | "may");
        let assigned = before.contains(&"to")
            && self
                .sentence_of(at)
                .any(|place| self.word(place).starts_with("assign"));

        (managed || described || assigned)
            && !acts
            && (!self.is_in_list(at) || self.opens_another(at, length))
    }

    /// `vehicles with a plate and a model, drivers with a phone`: another thing with a list of its own.
    pub(super) fn opens_another(&self, at: usize, length: usize) -> bool {
        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let is_many = self
            .phrase(at, length)
            .is_some_and(|phrase| words::is_plural(&phrase));

        is_many && matches!(before, "," | "and") && matches!(self.word(at + length), "with" | "have")
    }

    /// Nouns that nobody knows, where the idea wants them kept.
    fn read_unknown_things(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let opens = KEEPING.contains(&self.word(at))
                && (self.word(at) != "of"
                    || matches!(
                        self.word(at.wrapping_sub(1)),
                        "track" | "list" | "collection" | "catalogue" | "log"
                    ));
            if opens {
                at = self.read_noun_list(at + 1);
                continue;
            }

            let each = matches!(self.word(at), "each" | "every" | "a" | "an") && self.has_opening(at);
            if each {
                self.read_noun(at);
            } else if BEHIND.contains(&self.word(at)) {
                self.read_noun_before(at);
            }
            at += 1;
        }
    }

    fn has_opening(&self, at: usize) -> bool {
        (at + 2..at + 4).any(|place| matches!(self.word(place), "has" | "have" | "needs"))
            || matches!(self.word(at), "each" | "every")
                && (at + 2..at + 5).any(|place| self.word(place) == "with")
    }

    /// Nouns after a verb, with commas and "and" between them; the place behind them.
    fn read_noun_list(&mut self, from: usize) -> usize {
        let mut at = from;
        for _ in 0..8 {
            let next = self.read_noun(at);
            if next == at {
                break;
            }
            at = next;
            while matches!(self.word(at), "," | "and" | "or") && at < self.tokens.len() {
                at += 1;
            }
        }

        at.max(from)
    }

    /// One noun of up to three words: known ones are stepped over, others become an entity.
    fn read_noun(&mut self, from: usize) -> usize {
        let mut at = from;
        while DETERMINERS.contains(&self.word(at))
            || matches!(self.word(at), "of" | "different" | "various" | "personal" | "own")
        {
            at += 1;
        }
        if let Some(mention) = self.mentions.iter().find(|mention| mention.at == at) {
            return at + mention.length;
        }

        let length = self.unknown_length(at);
        let Some(phrase) = self.phrase(at, length).filter(|phrase| !phrase.is_empty()) else {
            return from;
        };
        let is_kept = words::is_plural(&phrase) || at > from;
        let acts = matches!(
            self.word(at + length),
            "can" | "may" | "can't" | "cannot" | "must"
        );
        if self.mentions.iter().any(|mention| mention.at == at + length) {
            // `a wedding guest list`: it only says more of the noun behind it.
            self.use_words(at, length);
            return at + length;
        }
        if !is_kept || acts || lexicon().field_kind(&phrase).is_some() {
            return from;
        }
        // `track our compost: piles with …`: the things stand behind the colon.
        if self.word(at + length) == ":" && !self.declared.is_empty() {
            self.use_words(at, length);
            return at + length;
        }
        self.keep_unknown(at, length, &phrase);

        at + length
    }

    pub(super) fn unknown_length(&self, at: usize) -> usize {
        let is_part = |place: usize| {
            self.tokens.get(place).is_some_and(|token| {
                !token.is_mark
                    && !token.used
                    && token.number().is_none()
                    && !lexicon().is_stop(&token.word)
                    && !super::actions::is_action_word(&token.word)
                    && !BEHIND.contains(&token.word.as_str())
                    && token.word.is_ascii()
            })
        };
        (at..at + 3).take_while(|place| is_part(*place)).count()
    }

    fn read_noun_before(&mut self, at: usize) {
        // `only the stage manager may delete`: somebody, not something.
        let acts = matches!(
            self.word(at + 1),
            "can" | "may" | "can't" | "cannot" | "must" | "should"
        );
        if self.tokens[at].used || acts {
            return;
        }
        // What is kept is said further on; here is only the name of the whole.
        if !self.declared.is_empty() && self.sentence_of(at).start == 0 {
            return;
        }

        let length = (1..=3)
            .take_while(|back| at >= *back && self.unknown_length(at - back) > 0)
            .count();
        if self.is_title(at) {
            self.use_words(at - length, length + 1);
            return;
        }
        if let Some(phrase) = self
            .phrase(at.saturating_sub(length), length)
            .filter(|phrase| !phrase.is_empty())
            && !self.is_in_list(at)
        {
            self.keep_unknown(at - length, length, &phrase);
        }
    }

    /// `Fleet manager for a courier: vehicles with …, drivers with …`: it says what the whole is for, and the things are named behind it.
    fn is_title(&self, at: usize) -> bool {
        let mut places = at + 1..self.sentence_of(at).end;
        let colon = places.find(|place| self.word(*place) == ":");

        colon.is_some_and(|colon| {
            words::is_plural(self.word(colon + 1)) && matches!(self.word(colon + 2), "with" | "have" | "(")
        })
    }

    pub(super) fn keep_unknown(&mut self, at: usize, length: usize, phrase: &str) {
        let noun = words::singular(phrase);
        let is_there = self.entities.iter().any(|entity| entity.noun == noun);
        if words::type_name(&noun).is_empty() || !is_there && self.entities.len() >= MOST_READ {
            return;
        }

        // `honey harvests … each harvest`: the last word stands for the whole noun.
        let end = format!(" {noun}");
        let whole = self
            .entities
            .iter()
            .find(|entity| entity.noun.ends_with(&end))
            .map(|entity| entity.noun.clone());
        if let Some(whole) = whole {
            self.mention(at, length, &whole);
            self.mention_again(&noun, &whole);
            return;
        }

        if !is_there {
            let mut entity = Entity::new(&noun, &words::plural(&noun));
            let field = |label: &str, kind, required| Field {
                label: label.to_owned(),
                kind,
                required,
                samples: Vec::new(),
            };
            entity.fields.push(field("name", FieldKind::Text, true));
            entity.fields.push(field("notes", FieldKind::Long, false));
            self.entities.push(entity);
        }
        self.mention(at, length, &noun);
        self.mention_again(&noun, &noun);
    }

    /// Every other place where a noun of this idea stands, for the entity that it means.
    pub(super) fn mention_again(&mut self, noun: &str, entity: &str) {
        let many = words::plural(noun);
        let length = noun.split(' ').count();
        for at in 0..self.tokens.len() {
            let is_it = self
                .phrase(at, length)
                .is_some_and(|phrase| phrase == noun || phrase == many);
            if is_it && !self.mentions.iter().any(|mention| mention.at == at) {
                self.mention(at, length, entity);
            }
        }
    }

    /// What a kept thing can't do without is kept, too, where the idea names it: a loan's member, an appointment's doctor.
    fn complete_references(&mut self) {
        let wanted: Vec<String> = self
            .entities
            .iter()
            .flat_map(|entity| {
                entity
                    .references()
                    .map(|(_, noun)| noun.to_owned())
                    .collect::<Vec<_>>()
            })
            .collect();

        for noun in wanted {
            let Some(thing) = lexicon().thing(&noun) else {
                continue;
            };
            let place = (0..self.tokens.len()).find_map(|at| {
                let (length, found) = self.thing_at(at)?;
                (found.entity.noun == noun).then_some((at, length))
            });
            if let Some((at, length)) = place {
                let kept = self.keep(thing);
                self.mention(at, length, &kept);
                self.mention_again(&kept, &kept);
            }
        }
    }
}
