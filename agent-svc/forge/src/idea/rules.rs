//! What must hold: bounds, what is required or unique, days in the past or to come, and what must not happen twice.

use super::Reading;
use crate::answers::agrees;
use crate::model::{Entity, Era, Field, FieldKind, Rule};
use crate::words;

impl Reading {
    pub(super) fn read_rules(&mut self) {
        self.read_fields_of_rules();
        let mut at = 0;
        while at < self.tokens.len() {
            let length = self.read_bound(at);
            at += length.max(1);
        }

        for at in 0..self.tokens.len() {
            let was_used = std::mem::replace(&mut self.tokens[at].used, false);
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
                "once" => self.read_once_per(at),
                "same" => self.read_same(at),
                "less" | "more" | "greater" | "higher" | "lower" | "smaller" | "larger" | "exceed" => {
                    self.read_comparison(at);
                }
                "optional" => self.read_optional(at),
                "today" | "now" if matches!(self.word(at.wrapping_sub(1)), "before" | "after") => {
                    self.read_today(at)
                }
                _ => {}
            }
            if self.tokens[at].used && !self.tokens[at].is_mark {
                self.hold(at);
            }
            self.tokens[at].used |= was_used;
        }
    }

    /// The field of any entity that is named at a place; that of the nearest entity first.
    pub(super) fn any_field_at(&self, at: usize) -> Option<(String, Field)> {
        let near = self.nearest(at);
        let nouns = near
            .into_iter()
            .chain(self.entities.iter().map(|entity| entity.noun.clone()));
        nouns
            .into_iter()
            .find_map(|noun| self.field_at(&noun, at).map(|(_, field)| (noun, field)))
    }

    /// The fields of a sentence that are named before a place, nearest first.
    pub(super) fn fields_before(&self, at: usize) -> Vec<(String, Field)> {
        let sentence = self.sentence_of(at);
        (sentence.start..at)
            .rev()
            .filter_map(|place| self.any_field_at(place))
            .collect()
    }

    /// The entity nearest to a place, that before it first, among those that have a field of a kind; with that field.
    pub(super) fn nearest_with(&self, at: usize, fits: fn(&Field) -> bool) -> Option<(String, Field)> {
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
        // `a required reason`: that one alone.
        let is_said_of = matches!(
            self.word(at.wrapping_sub(1)),
            "is" | "are" | "be" | "both" | "all" | "always" | "not" | "never"
        );
        if !is_said_of && let Some((noun, field)) = self.any_field_at(at + 1) {
            self.decide_required(&noun, &field, true);
            self.use_words(at, 1);
            return;
        }
        for (noun, field) in self.fields_before(at) {
            self.decide_required(&noun, &field, true);
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
        let fits = |(_, field): &(String, Field)| {
            matches!(
                field.kind,
                FieldKind::Text | FieldKind::Email | FieldKind::Phone | FieldKind::Url
            )
        };
        let behind = || {
            (at + 1..(at + 4).min(sentence.end))
                .filter_map(|place| self.any_field_at(place))
                .find(fits)
        };
        let before = || self.fields_before(at).into_iter().find(fits);
        let is_said_of = matches!(self.word(at.wrapping_sub(1)), "is" | "are" | "be" | "(");
        let near = if is_said_of {
            before().or_else(behind)
        } else {
            behind().or_else(before)
        };
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

    /// `can't be before today`, `must not be after today`.
    fn read_today(&mut self, at: usize) {
        let named = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| field.is_date());
        let Some((noun, field)) = named.or_else(|| self.nearest_with(at, Field::is_date)) else {
            return;
        };
        let key = field.key();
        let is_past = (self.word(at - 1) == "before") == self.is_negated(at - 1);

        if let Some(entity) = self.entity_mut(&noun) {
            entity.add_rule(if is_past {
                Rule::NotPast(key.clone())
            } else {
                Rule::NotFuture(key.clone())
            });
            set_era(entity, &key);
        }
        self.use_words(at - 1, 2);
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
        // `at most one year after it`: how far, which nothing here can say.
        let unit = words::singular(self.word(at.wrapping_sub(1)));
        if matches!(
            unit.as_str(),
            "year" | "month" | "week" | "day" | "hour" | "minute"
        ) {
            return;
        }
        let is_day = |field: &Field| field.is_date() || field.kind == FieldKind::Time;
        let is_text = |field: &Field| {
            field.kind == FieldKind::Text && !matches!(field.label.as_str(), "name" | "title")
        };
        let found = self.fields_around(at, is_day);
        let Some((noun, first, second)) = found.or_else(|| {
            // `check-out after check-in`: what is before or after another one is a day.
            let (noun, first, second) = self.fields_around(at, is_text)?;
            let [first, second] = [first, second].map(|field| self.make_day(&noun, field));
            Some((noun, first, second))
        }) else {
            return;
        };

        let is_negated = self.is_negated(at);
        let is_later = (self.word(at) == "after") != is_negated;
        if self.keep_order(&noun, &first, &second, is_later, !is_negated) {
            self.use_words(at, 1);
        }
    }

    fn make_day(&mut self, noun: &str, field: Field) -> Field {
        let key = field.key();
        let day = Field {
            kind: FieldKind::Date(Era::Any),
            samples: Vec::new(),
            ..field
        };
        let there = self
            .entity_mut(noun)
            .and_then(|entity| entity.fields.iter_mut().find(|field| field.key() == key));
        if let Some(there) = there {
            there.clone_from(&day);
        }

        day
    }

    /// `roasted weight must be less than green weight`, `the discount can't exceed the price`.
    fn read_comparison(&mut self, at: usize) {
        let exceeds = self.word(at) == "exceed";
        let by_some = (at..self.sentence_of(at).end).any(|place| self.word(place) == "by");
        if !exceeds && self.word(at + 1) != "than" || by_some {
            return;
        }
        let Some((noun, first, second)) = self.fields_around(at, Field::is_number) else {
            return;
        };

        let is_negated = self.is_negated(at);
        let is_more = !matches!(self.word(at), "less" | "lower" | "smaller");
        if self.keep_order(&noun, &first, &second, is_more != is_negated, !is_negated) {
            self.use_words(at, 1);
        }
    }

    /// Two fields of one thing that are compared, of the same kind: that before the word nearest to it, and the first one behind.
    fn fields_around(&self, at: usize, fits: impl Fn(&Field) -> bool) -> Option<(String, Field, Field)> {
        let sentence = self.sentence_of(at);
        let (noun, first) = self
            .fields_before(at)
            .into_iter()
            .find(|(_, field)| fits(field))?;
        let is_inside = |place: &usize| !self.tokens[*place].is_mark;
        let behind = (at + 1..sentence.end.min(at + 8)).take_while(is_inside);
        let second = behind.into_iter().find_map(|place| {
            let (_, field) = self.field_at(&noun, place)?;
            (fits(&field) && field != first).then_some(field)
        })?;
        let is_number = |field: &Field| field.is_number();
        let same_kind = is_number(&first) && is_number(&second)
            || std::mem::discriminant(&first.kind) == std::mem::discriminant(&second.kind);

        same_kind.then_some((noun, first, second))
    }

    /// The first is the later, or the larger one, or else the second is.
    fn keep_order(
        &mut self,
        noun: &str,
        first: &Field,
        second: &Field,
        is_later: bool,
        is_strict: bool,
    ) -> bool {
        let (later, earlier) = if is_later {
            (first, second)
        } else {
            (second, first)
        };
        let (later, earlier) = (later.key(), earlier.key());
        let Some(entity) = self.entity_mut(noun) else {
            return false;
        };

        entity
            .rules
            .retain(|rule| !matches!(rule, Rule::After { later: one, earlier: other, .. } if *one == later && *other == earlier));
        entity.add_rule(Rule::After {
            later,
            earlier,
            is_strict,
        });
        true
    }

    /// `the title is optional`; what is required in another place is asked about.
    fn read_optional(&mut self, at: usize) {
        let Some((noun, field)) = self.fields_before(at).into_iter().next() else {
            return;
        };
        self.use_words(at, 1);

        self.decide_required(&noun, &field, self.is_negated(at));
    }

    /// Whether a field must be filled in; an idea that says both is asked.
    fn decide_required(&mut self, noun: &str, field: &Field, required: bool) {
        let key = field.key();
        let title = field.title();
        let before = self.required.insert(format!("{noun} {key}"), required);
        let mut required = required;
        if before.is_some_and(|before| before != required) {
            let question = format!("Must “{title}” be filled in?");
            let decided = self.answer_to(&question).and_then(agrees);
            if decided.is_some() {
                self.settle(&question);
            } else {
                self.ask(
                    &question,
                    "The idea says in one place that it is required and in another that it is not. Now it is required.",
                    &["Yes", "No"],
                );
                self.omit(
                    &format!("{title} is optional"),
                    "The idea contradicts itself here.",
                );
            }
            required = decided.unwrap_or(true);
        }

        let Some(entity) = self.entity_mut(noun) else {
            return;
        };
        let names = entity.name_field().map(Field::key).as_ref() == Some(&key);
        if names && !required {
            self.omit(
                &format!("{title} is optional"),
                "Records are called by it, so it is required.",
            );
        } else if let Some(field) = entity.fields.iter_mut().find(|field| field.key() == key) {
            field.required = required && field.kind != FieldKind::YesNo;
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
