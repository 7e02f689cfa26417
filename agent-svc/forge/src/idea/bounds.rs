//! Bounds of numbers, of the length of texts, and of how many may refer to one thing: each for the field that stands nearest before it.

use super::Reading;
use crate::answers::numbers_of;
use crate::lexicon::lexicon;
use crate::model::{Field, FieldKind, Rule};
use crate::words;

/// How a bound is said, and which side it is.
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
    ("no higher than", Side::Most),
    ("limited to", Side::Most),
    ("at least", Side::Least),
    ("no less than", Side::Least),
    ("not less than", Side::Least),
    ("no fewer than", Side::Least),
    ("no lower than", Side::Least),
    ("a minimum of", Side::Least),
    ("minimum of", Side::Least),
    ("minimum", Side::Least),
    ("min", Side::Least),
    ("between", Side::Both),
    ("from", Side::Both),
    ("exactly", Side::Exactly),
    ("more than", Side::Above),
    ("greater than", Side::Above),
    ("higher than", Side::Above),
    ("larger than", Side::Above),
    ("longer than", Side::Above),
    ("above", Side::Above),
    ("over", Side::Above),
    ("less than", Side::Below),
    ("fewer than", Side::Below),
    ("smaller than", Side::Below),
    ("lower than", Side::Below),
    ("shorter than", Side::Below),
    ("below", Side::Below),
    ("under", Side::Below),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Least,
    Most,
    Both,
    Exactly,
    /// More than the number, or not more where it is refused.
    Above,
    Below,
}

/// What a bound says: the numbers, and whether they are themselves allowed.
#[derive(Debug, Clone, Copy)]
struct Bound {
    least: Option<f64>,
    most: Option<f64>,
    is_strict: bool,
}

impl Reading {
    /// `at most 8 people`, `rating between 1 and 5`, `a title of up to 80 characters`; how many words it took.
    pub(super) fn read_bound(&mut self, at: usize) -> usize {
        let Some((behind, bound)) = self.bound_at(at).or_else(|| self.range_at(at)) else {
            return self.read_beginning(at);
        };

        if self.bound(at, behind, bound) {
            self.use_words(at, behind - at + 1);
            self.hold(at);
        }
        behind - at
    }

    fn bound_at(&self, at: usize) -> Option<(usize, Bound)> {
        let (length, side) = BOUNDS.iter().find_map(|(words, side)| {
            let length = words.split(' ').count();
            (self.phrase(at, length).as_deref() == Some(*words)).then_some((length, *side))
        })?;
        let number = |place: usize| self.tokens.get(place).and_then(super::Token::number);
        let first = number(at + length)?;
        let second = number(at + length + 2);

        // `can't be more than 2000`: the number itself is allowed.
        // `by more than 5`: how far, not how much.
        if self.word(at.wrapping_sub(1)) == "by" {
            return None;
        }
        let is_negated = matches!(side, Side::Above | Side::Below) && self.is_negated(at);
        let (least, most) = match side {
            Side::Least => (Some(first), None),
            Side::Most => (None, Some(first)),
            Side::Both => (Some(first), Some(second?)),
            Side::Exactly => (Some(first), Some(first)),
            Side::Above if is_negated => (None, Some(first)),
            Side::Below if is_negated => (Some(first), None),
            Side::Above => (Some(first), None),
            Side::Below => (None, Some(first)),
        };
        let behind = at + length + if side == Side::Both { 3 } else { 1 };

        Some((
            behind,
            Bound {
                least,
                most,
                is_strict: matches!(side, Side::Above | Side::Below) && !is_negated,
            },
        ))
    }

    /// `(0-50)`, `a capacity of 5 to 30`.
    fn range_at(&self, at: usize) -> Option<(usize, Bound)> {
        let number = |place: usize| self.tokens.get(place).and_then(super::Token::number);
        let (first, second) = (number(at)?, number(at + 2)?);
        let before = at.checked_sub(1).map_or(".", |before| self.word(before));
        let closes = self.word(at + 3) == ")" || self.word(at + 4) == ")";
        let is_of_field = self.any_field_at(at.wrapping_sub(1)).is_some();
        let is_range = self.word(at + 1) == "to"
            && first < second
            && (before == "of" || before == "(" && closes || is_of_field);

        is_range.then_some((
            at + 3,
            Bound {
                least: Some(first),
                most: Some(second),
                is_strict: false,
            },
        ))
    }

    fn bound(&mut self, at: usize, behind: usize, bound: Bound) -> bool {
        let unit = self.word(behind).to_owned();
        if matches!(unit.as_str(), "characters" | "letters" | "chars" | "digits") {
            return self.bound_length(at, bound);
        }
        if let Some(most) = bound.most.filter(|_| bound.least.is_none() && !bound.is_strict)
            && self.bound_referrers(at, behind, most)
        {
            return true;
        }
        if self.is_per_other(behind) {
            return false;
        }

        let Some((noun, field)) = self.number_near(at, behind) else {
            return false;
        };
        let step = match field.kind {
            FieldKind::Number { whole: true } => 1.0,
            _ => 0.01,
        };
        let by = if bound.is_strict { step } else { 0.0 };
        let key = field.key();
        for (value, is_least) in [
            (bound.least.map(|least| least + by), true),
            (bound.most.map(|most| most - by), false),
        ] {
            if let Some(value) = value {
                self.keep_bound(&noun, &key, value, is_least);
            }
        }
        true
    }

    /// `at most 2 parcels per month`, `80 seats per screening`: a sum over several records, unless it is of what has the number itself.
    fn is_per_other(&self, behind: usize) -> bool {
        let per = (behind..(behind + 4).min(self.sentence_of(behind).end))
            .take_while(|place| !self.tokens[*place].is_mark)
            .find(|place| {
                self.word(*place) == "per"
                    || self.word(*place) == "for" && matches!(self.word(place + 1), "each" | "one")
            });
        let Some(per) = per else { return false };
        let counted = self.any_field_at(behind).map(|(noun, _)| noun);
        let mut whose = self
            .mentions
            .iter()
            .filter(|mention| (per..per + 3).contains(&mention.at));

        !whose.any(|mention| Some(&mention.noun) == counted.as_ref())
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
    pub(super) fn keep_bound(&mut self, noun: &str, key: &str, value: f64, is_least: bool) {
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

    fn bound_length(&mut self, at: usize, bound: Bound) -> bool {
        let sentence = self.sentence_of(at);
        let place = (sentence.start..at)
            .rev()
            .find_map(|place| self.any_field_at(place).filter(|(_, field)| field.is_text()));
        let named = self
            .entities
            .first()
            .and_then(|entity| Some((entity.noun.clone(), entity.name_field()?.clone())));
        let speaks_of_other = (sentence.start..at).any(|place| self.word(place) == "has");
        let Some((noun, field)) = place.or(named.filter(|_| !speaks_of_other)) else {
            return false;
        };
        let whole = |value: f64| format!("{value:.0}").parse().unwrap_or(u32::MAX);

        let by = if bound.is_strict { 1.0 } else { 0.0 };
        let Some(entity) = self.entity_mut(&noun) else {
            return false;
        };
        if let Some(least) = bound.least.map(|least| least + by).filter(|least| *least >= 1.0) {
            entity.add_rule(Rule::Shortest(field.key(), whole(least)));
        }
        if let Some(most) = bound.most.map(|most| most - by).filter(|most| *most >= 1.0) {
            entity.add_rule(Rule::Longest(field.key(), whole(most)));
        }
        true
    }

    /// `a member can borrow at most 3 books`, `at most 12 students per class`, `at most 20 orders per day`.
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
        let whole: u32 = format!("{most:.0}").parse().unwrap_or(u32::MAX);
        if whole < 1 {
            return false;
        }

        match self.period_behind(behind) {
            Some("day") if owners.is_empty() => return self.bound_days(&object, whole),
            Some(_) => return false,
            None => {}
        }
        let does = |words: &[&str]| sentence.clone().any(|place| words.contains(&self.word(place)));
        let counted = if does(&[
            "borrow", "borrows", "book", "books", "reserve", "reserves", "rent", "rents",
        ]) {
            ["loan", "booking", "appointment"]
                .iter()
                .find(|noun| self.entities.iter().any(|entity| entity.noun == **noun))
                .map_or(object.clone(), |noun| (*noun).to_owned())
        } else {
            object
        };

        // A neighbour who is no thing of its own, and yet a field of the loan.
        let words: Vec<String> = (sentence.start..at)
            .map(|place| words::singular(self.word(place)))
            .collect();
        let named = self
            .entities
            .iter()
            .find(|entity| entity.noun == counted)
            .and_then(|entity| {
                let is_named = |field: &&Field| field.kind == FieldKind::Text && words.contains(&field.label);
                entity.fields.iter().find(is_named).map(Field::key)
            });
        if let Some(key) = named.filter(|_| owners.is_empty())
            && let Some(entity) = self.entity_mut(&counted)
        {
            entity.add_rule(Rule::MostOf(key, whole));
            return true;
        }

        for owner in owners {
            let Some(entity) = self.entity_mut(&counted) else {
                continue;
            };
            let key = entity
                .references()
                .find(|(_, target)| *target == owner)
                .map(|(field, _)| field.key());
            if let Some(key) = key {
                entity.add_rule(Rule::MostOf(key, whole));
                return true;
            }
        }
        false
    }

    /// The time for which a bound holds: `per month`, `a day`.
    fn period_behind(&self, behind: usize) -> Option<&'static str> {
        let end = self.sentence_of(behind).end.min(behind + 6);
        (behind..end).find_map(|place| {
            let is_per = matches!(self.word(place), "per" | "a" | "each" | "every" | "in");
            let period = ["day", "week", "month", "year", "hour", "season", "term"]
                .into_iter()
                .find(|period| self.word(place + 1) == *period)?;
            is_per.then_some(period)
        })
    }

    /// At most so many on one day.
    fn bound_days(&mut self, noun: &str, most: u32) -> bool {
        let Some(entity) = self.entity_mut(noun) else {
            return false;
        };
        let day = entity.fields.iter().find(|field| field.is_date()).map(Field::key);
        let is_there = day.is_some();
        if let Some(day) = day {
            entity.add_rule(Rule::MostOf(day, most));
        }

        is_there
    }

    /// The number that a bound is for: its unit, or the field that stands nearest before it, which becomes a number by that.
    fn number_near(&mut self, at: usize, behind: usize) -> Option<(String, Field)> {
        let sentence = self.sentence_of(at);
        let is_end = |place: &usize| self.tokens[*place].is_mark || self.word(*place) == "and";
        let unit = (behind..sentence.end.min(behind + 3))
            .take_while(|place| !is_end(place))
            .filter_map(|place| self.any_field_at(place))
            .find(|(_, field)| field.is_number());
        if unit.is_some() {
            return unit;
        }

        let mut before = (sentence.start..at)
            .rev()
            .filter_map(|place| self.any_field_at(place));
        let (noun, field) = before.next()?;
        if field.is_number() {
            return Some((noun, field));
        }
        let is_free = match &field.kind {
            FieldKind::Text | FieldKind::Time => true,
            FieldKind::Choice(_) => lexicon().field_kind(&field.label).as_ref() == Some(&field.kind),
            _ => false,
        };
        if !is_free || matches!(field.label.as_str(), "name" | "title") {
            return None;
        }

        let key = field.key();
        let entity = self.entity_mut(&noun)?;
        let field = entity.fields.iter_mut().find(|field| field.key() == key)?;
        field.kind = FieldKind::Number { whole: true };
        field.samples.clear();
        Some((noun, field.clone()))
    }

    /// `rating starts at 1200`: what is usual for such a number does not hold here. Nothing is filled in by itself.
    fn read_beginning(&mut self, at: usize) -> usize {
        let begins = matches!(
            self.phrase(at, 2).as_deref(),
            Some("starts at" | "start at" | "begins at" | "starts with" | "defaults to")
        );
        let value = self.tokens.get(at + 2).and_then(super::Token::number);
        let Some(value) = value.filter(|_| begins) else {
            return 0;
        };
        let named = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| field.is_number());
        let Some((noun, field)) = named else { return 0 };

        let key = field.key();
        let is_bounded = self.bounded.contains(&format!("{noun} {key}"));
        if let Some(entity) = self.entity_mut(&noun).filter(|_| !is_bounded) {
            entity.rules.retain(|rule| match rule {
                Rule::AtLeast(of, least) => *of != key || value >= *least,
                Rule::AtMost(of, most) => *of != key || value <= *most,
                _ => true,
            });
        }
        self.omit(
            &format!("{} starts at {value}", field.title()),
            "It is filled in by hand; no field is filled in by itself.",
        );
        self.hold(at);
        self.use_words(at, 3);
        3
    }
}
