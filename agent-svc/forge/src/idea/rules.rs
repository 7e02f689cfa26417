//! What must hold: bounds, what is required or unique, days in the past or to come, and what must not happen twice.

use super::Reading;
use crate::answers::numbers_of;
use crate::model::{Entity, Era, Field, FieldKind, Rule};

/// A bound as words say it: how many words, and which side.
const BOUNDS: &[(&str, Side)] = &[
    ("at most", Side::Most),
    ("no more than", Side::Most),
    ("not more than", Side::Most),
    ("a maximum of", Side::Most),
    ("maximum of", Side::Most),
    ("maximum", Side::Most),
    ("max", Side::Most),
    ("up to", Side::Most),
    ("less than or equal to", Side::Most),
    ("must not exceed", Side::Most),
    ("cannot exceed", Side::Most),
    ("can't exceed", Side::Most),
    ("no longer than", Side::Most),
    ("not longer than", Side::Most),
    ("limited to", Side::Most),
    ("at least", Side::Least),
    ("no less than", Side::Least),
    ("not less than", Side::Least),
    ("a minimum of", Side::Least),
    ("minimum of", Side::Least),
    ("minimum", Side::Least),
    ("min", Side::Least),
    ("between", Side::Both),
    ("from", Side::Both),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Least,
    Most,
    Both,
}

impl Reading {
    pub(super) fn read_rules(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let length = self.read_bound(at);
            at += length.max(1);
        }

        for at in 0..self.tokens.len() {
            match self.word(at) {
                "required" | "mandatory" | "compulsory" | "empty" | "blank" => self.read_required(at),
                "unique" | "duplicate" | "duplicates" | "duplicated" => self.read_unique(at),
                "past" => self.read_day(at, true),
                "future" => self.read_day(at, false),
                "negative" | "positive" => self.read_sign(at),
                "after" | "before" => self.read_order(at),
                "overlap" | "overlaps" | "overlapping" | "double-book" | "double-booked"
                | "double-booking" | "double-bookings" | "twice" | "clash" | "conflict" | "conflicts" => {
                    self.read_once(at);
                }
                "double" if self.word(at + 1).starts_with("book") => self.read_once(at),
                "once" | "same" => self.read_once_per(at),
                _ => {}
            }
        }
    }

    /// `at most 8 people`, `rating between 1 and 5`, `a title of up to 80 characters`; how many words it took.
    fn read_bound(&mut self, at: usize) -> usize {
        let matched = BOUNDS.iter().find_map(|(words, side)| {
            let length = words.split(' ').count();
            (self.phrase(at, length).as_deref() == Some(*words)).then_some((length, *side))
        });
        let Some((length, side)) = matched else { return 0 };
        let Some(first) = self.tokens.get(at + length).and_then(super::Token::number) else {
            return 0;
        };
        let second = self.tokens.get(at + length + 2).and_then(super::Token::number);
        let behind = match (side, second) {
            (Side::Both, Some(_)) => at + length + 3,
            (Side::Both, None) => return 0,
            _ => at + length + 1,
        };

        let (least, most) = match side {
            Side::Least => (Some(first), None),
            Side::Most => (None, Some(first)),
            Side::Both => (Some(first), second),
        };
        if self.bound(at, behind, least, most) {
            self.use_words(at, behind - at + 1);
        }
        behind - at
    }

    fn bound(&mut self, at: usize, behind: usize, least: Option<f64>, most: Option<f64>) -> bool {
        let unit = self.word(behind).to_owned();
        if matches!(unit.as_str(), "characters" | "letters" | "chars" | "digits") {
            return self.bound_length(at, least, most);
        }
        if let Some(most) = most.filter(|_| least.is_none())
            && self.bound_referrers(at, behind, most)
        {
            return true;
        }

        let Some((noun, field)) = self.number_near(at, behind) else {
            return false;
        };
        let key = field.key();
        for (value, is_least) in [(least, true), (most, false)] {
            if let Some(value) = value {
                self.keep_bound(&noun, &key, value, is_least);
            }
        }
        true
    }

    /// The one of two bounds that an answer names.
    fn choose_bound(&mut self, question: &str, first: f64, second: f64) -> Option<f64> {
        let numbers = numbers_of(self.answer_to(question)?);
        let is_named = |bound: f64| numbers.contains(&bound);
        let chosen = match (is_named(first), is_named(second)) {
            (true, false) => first,
            (false, true) => second,
            _ => return None,
        };

        self.settle(question);
        Some(chosen)
    }

    /// The newest bound of a side wins over the lexicon's; one that the other side contradicts is asked about.
    fn keep_bound(&mut self, noun: &str, key: &str, value: f64, is_least: bool) {
        let bounded = format!("{noun} {key}");
        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let title = entity.field(key).map(Field::title).unwrap_or_default();
        let opposite = entity.rules.iter().find_map(|rule| match rule {
            Rule::AtLeast(of, least) if !is_least && of == key => Some(*least),
            Rule::AtMost(of, most) if is_least && of == key => Some(*most),
            _ => None,
        });
        let contradicts = opposite.is_some_and(|other| if is_least { value > other } else { value < other });

        let first = opposite.unwrap_or_default();
        let question = format!("Which bound holds for “{title}”: {first} or {value}?");
        let is_open = contradicts && self.bounded.contains(&bounded);
        let decided = is_open
            .then(|| self.choose_bound(&question, first, value))
            .flatten();
        if decided == Some(first) {
            return;
        }
        if is_open && decided.is_none() {
            self.ask(
                &question,
                "The idea asks for a least value above the largest one; no value could satisfy both. The first is built.",
                &[],
            );
            let side = if is_least { "at least" } else { "at most" };
            self.omit(
                &format!("{title} {side} {value}"),
                "It contradicts another bound in the idea.",
            );
            return;
        }

        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        entity.rules.retain(|rule| match rule {
            Rule::AtLeast(of, _) => of != key || !(is_least || contradicts),
            Rule::AtMost(of, _) => of != key || (is_least && !contradicts),
            _ => true,
        });
        entity.add_rule(if is_least {
            Rule::AtLeast(key.to_owned(), value)
        } else {
            Rule::AtMost(key.to_owned(), value)
        });
        self.bounded.insert(bounded);
    }

    fn bound_length(&mut self, at: usize, least: Option<f64>, most: Option<f64>) -> bool {
        let sentence = self.sentence_of(at);
        let place = (sentence.start..at)
            .rev()
            .find_map(|place| self.any_field_at(place).filter(|(_, field)| field.is_text()));
        let named = self
            .entities
            .first()
            .and_then(|entity| Some((entity.noun.clone(), entity.name_field()?.clone())));
        let Some((noun, field)) = place.or(named) else {
            return false;
        };
        let whole = |value: f64| format!("{value:.0}").parse().unwrap_or(u32::MAX);

        let Some(entity) = self.entity_mut(&noun) else {
            return false;
        };
        if let Some(least) = least.filter(|least| *least >= 1.0) {
            entity.add_rule(Rule::Shortest(field.key(), whole(least)));
        }
        if let Some(most) = most.filter(|most| *most >= 1.0) {
            entity.add_rule(Rule::Longest(field.key(), whole(most)));
        }
        true
    }

    /// `a member can borrow at most 3 books`, `at most 12 students per class`.
    fn bound_referrers(&mut self, at: usize, behind: usize, most: f64) -> bool {
        let sentence = self.sentence_of(at);
        let object = self
            .mentions
            .iter()
            .find(|mention| mention.at >= behind && mention.at <= behind + 2)
            .map(|mention| mention.noun.clone());
        let Some(object) = object else { return false };
        let owners: Vec<String> = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at) && mention.noun != object)
            .map(|mention| mention.noun.clone())
            .collect();
        let borrows = sentence.clone().any(|place| {
            matches!(
                self.word(place),
                "borrow" | "borrows" | "book" | "reserve" | "rent"
            )
        });
        let counted = if borrows {
            ["loan", "booking", "appointment"]
                .iter()
                .find(|noun| self.entities.iter().any(|entity| entity.noun == **noun))
                .map_or(object.clone(), |noun| (*noun).to_owned())
        } else {
            object
        };
        let whole = format!("{most:.0}").parse().unwrap_or(u32::MAX);

        for owner in owners {
            let Some(entity) = self.entity_mut(&counted) else {
                continue;
            };
            let key = entity
                .references()
                .find(|(_, target)| *target == owner)
                .map(|(field, _)| field.key());
            if let Some(key) = key.filter(|_| whole >= 1) {
                entity.add_rule(Rule::MostOf(key, whole));
                return true;
            }
        }
        false
    }

    /// The field of any entity that is named at a place; that of the nearest entity first.
    fn any_field_at(&self, at: usize) -> Option<(String, Field)> {
        let near = self.nearest(at);
        let nouns = near
            .into_iter()
            .chain(self.entities.iter().map(|entity| entity.noun.clone()));
        nouns
            .into_iter()
            .find_map(|noun| self.field_at(&noun, at).map(|(_, field)| (noun, field)))
    }

    fn number_near(&self, at: usize, behind: usize) -> Option<(String, Field)> {
        let sentence = self.sentence_of(at);
        let behind_first = (behind..sentence.end.min(behind + 3)).chain((sentence.start..at).rev());
        behind_first
            .filter_map(|place| self.any_field_at(place))
            .find(|(_, field)| field.is_number())
    }

    /// The fields of a sentence that are named before a place, nearest first.
    fn fields_before(&self, at: usize) -> Vec<(String, Field)> {
        let sentence = self.sentence_of(at);
        (sentence.start..at)
            .rev()
            .filter_map(|place| self.any_field_at(place))
            .collect()
    }

    /// The entity nearest to a place, that before it first, among those that have a field of a kind; with that field.
    fn nearest_with(&self, at: usize, fits: fn(&Field) -> bool) -> Option<(String, Field)> {
        let sentence = self.sentence_of(at);
        let inside = || {
            self.mentions
                .iter()
                .filter(|mention| sentence.contains(&mention.at))
        };
        let before = inside().rev().filter(|mention| mention.at < at);
        let after = inside().filter(|mention| mention.at >= at);
        let named = before
            .chain(after)
            .filter_map(|mention| self.entities.iter().find(|entity| entity.noun == mention.noun));

        named.chain(&self.entities).find_map(|entity| {
            let field = entity.fields.iter().find(|field| fits(field))?;
            Some((entity.noun.clone(), field.clone()))
        })
    }

    fn read_required(&mut self, at: usize) {
        let is_emptiness = matches!(self.word(at), "empty" | "blank");
        if is_emptiness != self.is_negated(at) {
            return;
        }

        let sentence = self.sentence_of(at);
        for (noun, field) in self.fields_before(at) {
            let key = field.key();
            if let Some(entity) = self.entity_mut(&noun)
                && let Some(field) = entity.fields.iter_mut().find(|field| field.key() == key)
            {
                field.required = field.required || field.kind != FieldKind::YesNo;
            }
            self.use_words(at, 1);
        }
        for place in sentence {
            if matches!(self.word(place), "both" | "are" | "is" | "must") {
                self.tokens[place].used = true;
            }
        }
    }

    fn read_unique(&mut self, at: usize) {
        let sentence = self.sentence_of(at);
        let near = sentence
            .rev()
            .filter_map(|place| self.any_field_at(place))
            .find(|(_, field)| {
                matches!(
                    field.kind,
                    FieldKind::Text | FieldKind::Email | FieldKind::Phone | FieldKind::Url
                )
            });
        let named = self.nearest(at).and_then(|noun| {
            let entity = self.entities.iter().find(|entity| entity.noun == noun)?;
            Some((noun, entity.name_field()?.clone()))
        });

        if let Some((noun, field)) = near.or(named)
            && let Some(entity) = self.entity_mut(&noun)
        {
            entity.add_rule(Rule::Unique(field.key()));
            self.use_words(at, 1);
        }
    }

    /// `not in the past`, `must be in the future`.
    fn read_day(&mut self, at: usize, past: bool) {
        let is_negated = self.is_negated(at);
        let is_rule = self.word(at.wrapping_sub(2)) == "in" || self.word(at.wrapping_sub(1)) == "in";
        let nearest = self.nearest_with(at, Field::is_date);
        let named = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| field.is_date());
        let Some((noun, field)) = named.or(nearest).filter(|_| is_rule) else {
            return;
        };

        let key = field.key();
        let (not_past, not_future) = (Rule::NotPast(key.clone()), Rule::NotFuture(key.clone()));
        let (rule, opposite) = if past == is_negated {
            (not_past, not_future)
        } else {
            (not_future, not_past)
        };
        if let Some(entity) = self.entity_mut(&noun) {
            entity.rules.retain(|other| *other != opposite);
            entity.add_rule(rule);
            set_era(entity, &key);
        }
        self.use_words(at, 1);
    }

    fn read_sign(&mut self, at: usize) {
        let named = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| field.is_number());
        let nearest = self.nearest_with(at, Field::is_number);
        let Some((noun, field)) = named.or(nearest) else {
            return;
        };
        let is_positive = self.word(at) == "positive";
        if !is_positive && !self.is_negated(at) {
            return;
        }

        let least = match (is_positive, &field.kind) {
            (true, FieldKind::Number { whole: true }) => 1.0,
            (true, _) => 0.01,
            (false, _) => 0.0,
        };
        self.keep_bound(&noun, &field.key(), least, true);
        self.use_words(at, 1);
    }

    /// `the end date must be after the start date`, `can't end before it starts`.
    fn read_order(&mut self, at: usize) {
        let sentence = self.sentence_of(at);
        let is_day = |field: &Field| field.is_date() || field.kind == FieldKind::Time;
        let before = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| is_day(field));
        let after = (at + 1..sentence.end)
            .filter_map(|place| self.any_field_at(place))
            .find(|(_, field)| is_day(field));
        let (Some((noun, first)), Some((_, second))) = (before, after) else {
            return;
        };
        if std::mem::discriminant(&first.kind) != std::mem::discriminant(&second.kind) || first == second {
            return;
        }

        let is_later = (self.word(at) == "after") != self.is_negated(at);
        let (later, earlier) = if is_later {
            (first, second)
        } else {
            (second, first)
        };
        if let Some(entity) = self.entity_mut(&noun)
            && entity.field(&later.key()).is_some()
            && entity.field(&earlier.key()).is_some()
        {
            entity.add_rule(Rule::After(later.key(), earlier.key()));
            self.use_words(at, 1);
        }
    }

    /// `no double-booking`: the same room, day and time only once.
    fn read_once(&mut self, at: usize) {
        let dated = self.nearest_with(at, Field::is_date);
        let entity = dated.and_then(|(noun, _)| self.entities.iter().find(|entity| entity.noun == noun));
        let Some((noun, keys)) = entity.map(|entity| (entity.noun.clone(), slot_of(entity))) else {
            return;
        };

        if let Some(entity) = self.entity_mut(&noun)
            && !keys.is_empty()
        {
            if !entity.rules.iter().any(|rule| matches!(rule, Rule::Once(there) if keys.iter().all(|key| there.contains(key)) || there.len() >= 2)) {
                entity.add_rule(Rule::Once(keys));
            }
            self.use_words(at, 1);
        }
    }

    /// `once per day`, `the same student twice on one day`.
    fn read_once_per(&mut self, at: usize) {
        let is_per = self.word(at) == "once" && matches!(self.word(at + 1), "per" | "a" | "each");
        let is_same = self.word(at) == "same" && self.is_negated(at)
            || self.word(at) == "same"
                && self
                    .sentence_of(at)
                    .any(|place| matches!(self.word(place), "two" | "twice"));

        if is_per {
            self.read_once(at);
            self.use_words(at, 3);
        } else if is_same {
            let sentence = self.sentence_of(at);
            let field = (at + 1..sentence.end).find_map(|place| self.any_field_at(place));
            if let Some((noun, field)) = field.filter(|(_, field)| field.kind == FieldKind::Text)
                && let Some(entity) = self.entity_mut(&noun)
            {
                entity.add_rule(Rule::Unique(field.key()));
            }
            self.use_words(at, 1);
        }
    }
}

/// Examples must not break the rule about their day.
fn set_era(entity: &mut Entity, key: &str) {
    let era = if entity.rules.contains(&Rule::NotPast(key.to_owned())) {
        Era::Future
    } else {
        Era::Past
    };
    if let Some(field) = entity.fields.iter_mut().find(|field| field.key() == key) {
        field.kind = FieldKind::Date(era);
        field.samples.clear();
    }
}

/// What may be taken once: something or somebody, on a day, at a time.
fn slot_of(entity: &Entity) -> Vec<String> {
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
    let reference = entity
        .references()
        .find(|(_, target)| taken.contains(target))
        .or_else(|| entity.references().next())
        .map(|(field, _)| field);
    let day = entity.fields.iter().find(|field| field.is_date());
    let time = entity.fields.iter().find(|field| field.kind == FieldKind::Time);

    reference
        .into_iter()
        .chain(day)
        .chain(time)
        .map(Field::key)
        .collect()
}
