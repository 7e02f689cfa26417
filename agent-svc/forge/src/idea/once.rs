//! What must not happen twice: `no double-booking`, `once per day`, `no two talks in the same room on the same date`.

use super::Reading;
use crate::model::{Entity, Field, FieldKind, Rule};

impl Reading {
    /// `no double-booking`: the same room, day and time only once.
    pub(super) fn read_once(&mut self, at: usize) {
        let of_day = self
            .sentence_of(at)
            .any(|place| self.word(place) == "same" && matches!(self.word(place + 1), "day" | "date"));
        if !matches!(self.word(at), "twice" | "once" | "same") && self.keep_apart(at) {
            self.use_words(at, 1);
            return;
        }
        let dated = self.entity_taken(at);
        let Some((noun, keys)) = dated.map(|entity| (entity.noun.clone(), slot_of(entity, !of_day))) else {
            return;
        };

        if let Some(entity) = self.entity_mut(&noun)
            && keys.len() >= 2
        {
            if !entity.rules.iter().any(|rule| matches!(rule, Rule::Once(there) if keys.iter().all(|key| there.contains(key)) || there.len() >= 2)) {
                entity.add_rule(Rule::Once(keys));
            }
            self.use_words(at, 1);
        }
    }

    /// `no overlapping bookings` of what has a beginning and an end: whether there is such a thing.
    fn keep_apart(&mut self, at: usize) -> bool {
        let sentence = self.sentence_of(at);
        let named = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at));
        let named =
            named.filter_map(|mention| self.entities.iter().find(|entity| entity.noun == mention.noun));
        let found = named
            .chain(&self.entities)
            .find_map(|entity| Some((entity, span_of(entity)?)));
        let Some((entity, (begin, end))) = found else {
            return false;
        };

        let said = sentence
            .clone()
            .filter(|place| self.word(*place) == "same")
            .filter_map(|place| self.field_at(&entity.noun, place + 1))
            .map(|(_, field)| field.key());
        let mut same: Vec<String> = said.filter(|key| *key != begin && *key != end).collect();
        let slot = slot_of(entity, false);
        if same.is_empty() {
            same = slot
                .into_iter()
                .filter(|key| *key != begin && *key != end)
                .collect();
        } else {
            let is_day = |key: &String| entity.field(key).is_some_and(Field::is_date);
            same.extend(
                slot.into_iter()
                    .filter(is_day)
                    .filter(|key| *key != begin && *key != end),
            );
        }
        same.dedup();

        let noun = entity.noun.clone();
        if let Some(entity) = self.entity_mut(&noun) {
            entity
                .rules
                .retain(|rule| !matches!(rule, Rule::Once(keys) if keys.iter().all(|key| same.contains(key) || *key == begin)));
            let is_ordered = |rule: &Rule| matches!(rule, Rule::After { later, earlier, is_strict: true } if *later == end && *earlier == begin);
            if !entity.rules.iter().any(is_ordered) {
                entity
                    .rules
                    .retain(|rule| !matches!(rule, Rule::After { later, .. } if *later == end));
                entity.add_rule(Rule::After {
                    later: end.clone(),
                    earlier: begin.clone(),
                    is_strict: true,
                });
            }
            entity.add_rule(Rule::Apart { same, begin, end });
        }
        true
    }

    /// The thing with a day on which something is taken: one that says what, before one that says only when.
    fn entity_taken(&self, at: usize) -> Option<&Entity> {
        let sentence = self.sentence_of(at);
        let named = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at));
        let named =
            named.filter_map(|mention| self.entities.iter().find(|entity| entity.noun == mention.noun));
        let all: Vec<&Entity> = named.chain(&self.entities).collect();
        let is_slot = |entity: &&&Entity| slot_of(entity, true).len() >= 2;

        all.iter().find(is_slot).copied()
    }

    /// `once per day`, `a singer only once per rehearsal`.
    pub(super) fn read_once_per(&mut self, at: usize) {
        if !matches!(self.word(at + 1), "per" | "a" | "each" | "every") {
            return;
        }
        if matches!(self.word(at + 2), "day" | "date") {
            self.read_once(at);
            let dated = self.nearest_with(at, Field::is_date);
            if !self.tokens[at].used
                && let Some((noun, field)) = dated
                && let Some(entity) = self.entity_mut(&noun)
            {
                entity.add_rule(Rule::Once(vec![field.key()]));
                self.use_words(at, 1);
            }
            return;
        }

        let sentence = self.sentence_of(at);
        let named: Vec<String> = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at))
            .map(|mention| mention.noun.clone())
            .collect();
        let found = self.entities.iter_mut().find_map(|entity| {
            let keys: Vec<String> = entity
                .references()
                .filter(|(_, target)| named.iter().any(|noun| noun == target))
                .map(|(field, _)| field.key())
                .collect();
            (keys.len() >= 2).then_some((entity, keys))
        });
        if let Some((entity, keys)) = found {
            entity.add_rule(Rule::Once(keys));
            self.use_words(at, 1);
        }
    }

    /// `no two talks in the same room on the same date`, `nobody may have two shifts on the same day`.
    pub(super) fn read_same(&mut self, at: usize) {
        let sentence = self.sentence_of(at);
        let speaks_of_two = sentence.clone().any(|place| {
            matches!(
                self.word(place),
                "two" | "twice" | "no" | "not" | "never" | "can't" | "cannot" | "nobody" | "mustn't"
            )
        });
        // `cannot overlap in the same kennel`: the word for it reads what is the same.
        let is_read = sentence.clone().any(|place| {
            ["overlap", "clash", "conflict", "double"]
                .iter()
                .any(|word| self.word(place).starts_with(word))
        });
        if is_read {
            self.use_words(at, 1);
            return;
        }
        let is_first = !(sentence.start..at).any(|place| self.word(place) == "same");
        if !speaks_of_two || !is_first {
            if speaks_of_two {
                self.use_words(at, 1);
            }
            return;
        }

        let Some((noun, keys)) = self.keys_of_same(at) else {
            if sentence
                .clone()
                .any(|place| matches!(self.word(place), "day" | "date" | "time"))
            {
                self.read_once(at);
            }
            return;
        };
        if let Some(entity) = self.entity_mut(&noun) {
            let is_text = |key: &String| {
                entity
                    .field(key)
                    .is_some_and(|field| field.kind == FieldKind::Text)
            };
            match keys.as_slice() {
                [key] if is_text(key) => entity.add_rule(Rule::Unique(key.clone())),
                _ => entity.add_rule(Rule::Once(keys)),
            }
            self.use_words(at, 1);
        }
    }

    /// The fields behind each "same" of a sentence, all of one thing. A time is one of its day.
    fn keys_of_same(&self, at: usize) -> Option<(String, Vec<String>)> {
        let end = self.sentence_of(at).end;
        let places = (at..end).filter(|place| self.word(*place) == "same");
        let (noun, _) = (at + 1..end.min(at + 5)).find_map(|place| self.any_field_at(place))?;
        let entity = self.entities.iter().find(|entity| entity.noun == noun)?;
        let mut keys: Vec<String> = Vec::new();

        for place in places {
            let named = (place + 1..end.min(place + 4)).find_map(|place| self.field_at(&noun, place));
            let field = match (named, self.word(place + 1)) {
                (Some((_, field)), _) => Some(field),
                (None, "time" | "hour" | "slot") => entity
                    .fields
                    .iter()
                    .find(|field| field.kind == FieldKind::Time)
                    .cloned(),
                (None, "day" | "date") => entity.fields.iter().find(|field| field.is_date()).cloned(),
                (None, _) => None,
            };
            keys.extend(field.map(|field| field.key()).filter(|key| !keys.contains(key)));
        }
        let is_time = |key: &String| {
            entity
                .field(key)
                .is_some_and(|field| field.kind == FieldKind::Time)
        };
        let day = entity.fields.iter().find(|field| field.is_date()).map(Field::key);
        if keys.iter().any(is_time) {
            keys.extend(day.filter(|day| !keys.contains(day)));
        }

        (!keys.is_empty()).then_some((noun, keys))
    }
}

/// What may be taken once: something or somebody, on a day, at a time.
fn slot_of(entity: &Entity, with_time: bool) -> Vec<String> {
    let taken = [
        "room",
        "doctor",
        "restaurant table",
        "vehicle",
        "asset",
        "course",
        "student",
        "book",
        "habit",
        "person",
    ];
    let places = [
        "room", "table", "hall", "court", "lane", "desk", "seat", "place", "venue", "slot",
    ];
    let reference = entity
        .references()
        .find(|(_, target)| taken.contains(target))
        .or_else(|| entity.references().next())
        .map(|(field, _)| field)
        .or_else(|| {
            entity
                .fields
                .iter()
                .find(|field| places.contains(&field.label.as_str()))
        });
    let day = entity.fields.iter().find(|field| field.is_date());
    let time = entity
        .fields
        .iter()
        .find(|field| field.kind == FieldKind::Time && with_time);

    day.map_or_else(Vec::new, |day| {
        reference
            .into_iter()
            .chain([day])
            .chain(time)
            .map(Field::key)
            .collect()
    })
}

/// Between which two fields something is taken: two times, or two days.
fn span_of(entity: &Entity) -> Option<(String, String)> {
    let begins = [
        "start", "begin", "from", "arrival", "check in", "pick", "move in", "borrowed", "lent", "first",
    ];
    let ends = [
        "end",
        "until",
        "to",
        "departure",
        "check out",
        "return",
        "move out",
        "due",
        "last",
    ];
    let of = |is_kind: fn(&Field) -> bool, names: &[&str]| {
        let is_named = |field: &&Field| {
            names
                .iter()
                .any(|name| field.label.starts_with(name) || field.label.ends_with(name))
        };
        entity
            .fields
            .iter()
            .filter(|field| is_kind(field))
            .find(is_named)
            .map(Field::key)
    };
    let is_time = |field: &Field| field.kind == FieldKind::Time;
    let times = of(is_time, &begins).zip(of(is_time, &ends));
    let has_day = entity.fields.iter().any(Field::is_date);
    let days = || of(Field::is_date, &begins).zip(of(Field::is_date, &ends));

    times
        .filter(|_| has_day)
        .or_else(days)
        .filter(|(begin, end)| begin != end)
}
