//! What is kept of a thing: the list after its "with" or "has", and before a "for each".

use super::{Mention, Reading};
use crate::{
    lexicon::lexicon,
    model::{Entity, Era, Field, FieldKind, MOST_FIELDS, Rule},
    words,
};

const OPENINGS: &[&str] = &[
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
const SKIPPED: &[&str] = &[
    "a",
    "an",
    "the",
    "its",
    "their",
    "his",
    "her",
    "my",
    "our",
    "own",
    "some",
    "also",
    "both",
    "optional",
    "required",
    "mandatory",
    "unique",
    "of",
    "fields",
    "following",
    "should",
    "have",
    "to",
    "record",
];
/// What ends a list of fields.
const ENDINGS: &[&str] = &[
    "can", "can't", "cannot", "so", "that", "which", "where", "who", "is", "are", "must", "should", "may",
    "when", "if", "i", "we", "they", "it", "you", "but", "then", "with", "for", "per", "without", "because",
    "while", "using", "to", "no", "from", "between", "at", "up", "in", "on",
];
/// What says more of a field behind its name: a range, a unit.
const DETAILS: &[&str] = &["from", "between", "at", "up", "in", "on", "per"];
const LONGEST_LABEL: usize = 4;

/// One field of a list: its words, and where they stand.
struct Item {
    at: usize,
    length: usize,
    label: String,
    options: Vec<String>,
    required: bool,
    /// Whether a range of numbers stands behind it.
    is_number: bool,
}

impl Reading {
    pub(super) fn read_fields(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let is_thing = self.mentions.iter().any(|mention| mention.at == at);
            let opens = OPENINGS.contains(&self.word(at)) && !is_thing
                || self.word(at) == ":" && self.is_colon_of_list(at);
            let owner = if opens { self.owner_before(at) } else { None };
            let Some(owner) = owner.filter(|_| !self.is_negated(at)) else {
                at += 1;
                continue;
            };

            let (items, end) = self.read_list(at + 1);
            for item in items {
                self.keep_field(&owner, item);
            }
            at = end.max(at + 1);
        }

        self.read_lists_of_each();
        self.read_belongings();
    }

    fn is_colon_of_list(&self, at: usize) -> bool {
        let subject = at.checked_sub(1).map_or(".", |before| self.word(before));
        if matches!(subject, "entry" | "item" | "record") {
            return true;
        }
        // `teachers grade students: each grade has`: what is behind it speaks of another thing.
        if matches!(self.word(at + 1), "each" | "every") {
            return false;
        }

        at > 0
            && self
                .mentions
                .iter()
                .any(|mention| mention.at + mention.length == at)
            && (at + 1..self.sentence_of(at).end).any(|place| self.word(place) == ",")
    }

    /// Whose list it is: the last entity before it in its sentence, or the first of all for "it should have".
    fn owner_before(&self, at: usize) -> Option<String> {
        let sentence = self.sentence_of(at);
        let is_belonged_to = |mention: &Mention| {
            self.word(mention.at.wrapping_sub(1)) == "to"
                && self.word(mention.at.wrapping_sub(2)).starts_with("belong")
        };
        let inside = self
            .mentions
            .iter()
            .filter(|mention| sentence.contains(&mention.at) && mention.at < at && !is_belonged_to(mention));
        let nearest = inside.max_by_key(|mention| mention.at);
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
            let is_near = self.word(at) != "with" || at - (mention.at + mention.length) <= 6;
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

    /// `record the date, the mood and a note for each session`.
    fn read_lists_of_each(&mut self) {
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

    /// The items of a list, and where it ends.
    fn read_list(&self, from: usize) -> (Vec<Item>, usize) {
        let mut items = Vec::new();
        let mut at = from;
        let mut closed = false;
        while at < self.tokens.len() {
            if super::actions::is_action_word(self.word(at)) && lexicon().field_kind(self.word(at)).is_none()
            {
                break;
            }
            let Some(item) = self.read_item(at) else { break };
            at = self.skip_details(item.at + item.length);
            items.push(item);

            let mut more = false;
            let mut closes = false;
            while matches!(self.word(at), "," | "and" | "or") {
                closes |= self.word(at) == "and";
                at += 1;
                more = true;
            }
            // `books with a title and an author, members, and loans`: behind the last field another thing is named.
            let names_another = closed && self.is_many_of_another(at);
            closed |= closes;
            if !more
                || names_another
                || self
                    .tokens
                    .get(at)
                    .is_none_or(|token| token.is_end() || ENDINGS.contains(&token.word.as_str()))
            {
                break;
            }
            if super::actions::is_action_word(self.word(at)) && lexicon().field_kind(self.word(at)).is_none()
            {
                break;
            }
        }

        (items, at)
    }

    fn is_many_of_another(&self, at: usize) -> bool {
        let mention = self.mentions.iter().find(|mention| mention.at == at);
        mention.is_some_and(|mention| {
            self.phrase(at, mention.length)
                .is_some_and(|phrase| words::is_plural(&phrase))
        })
    }

    /// Behind a range or a unit of a field.
    fn skip_details(&self, from: usize) -> usize {
        if !DETAILS.contains(&self.word(from)) {
            return from;
        }

        let is_number = |at: usize| self.tokens.get(at).is_some_and(|token| token.number().is_some());
        (from..(from + 8).min(self.tokens.len()))
            .find(|at| self.tokens[*at].is_mark || (self.word(*at) == "and" && !is_number(at + 1)))
            .unwrap_or(from)
    }

    fn read_item(&self, from: usize) -> Option<Item> {
        let mut at = from;
        let mut required = false;
        while SKIPPED.contains(&self.word(at)) && self.word(at + 1) != "is" {
            required |= matches!(self.word(at), "required" | "mandatory" | "unique");
            at += 1;
        }

        let ends = |place: usize| {
            // `a lent on date` is one field.
            let is_of_day = self.word(place) == "on" && self.word(place + 1) == "date";
            self.tokens.get(place).is_none_or(|token| {
                token.is_mark
                    || token.word == "and"
                    || token.word == "or"
                    || ENDINGS.contains(&token.word.as_str()) && !is_of_day
                    || token.number().is_some()
            })
        };
        let words = (at..)
            .take_while(|place| !ends(*place))
            .take(LONGEST_LABEL + 2)
            .count();
        if words == 0 || words > LONGEST_LABEL {
            return None;
        }
        let label = self.phrase(at, words)?;
        let (options, behind, is_required) = self.read_options(at + words);

        let is_range = matches!(self.word(behind), "from" | "between")
            && self
                .tokens
                .get(behind + 1)
                .is_some_and(|token| token.number().is_some());

        Some(Item {
            at,
            length: behind - at,
            label,
            options,
            required: required || is_required,
            is_number: is_range,
        })
    }

    /// What stands in brackets behind a field, or after its colon, or behind it with strokes: choices, "optional", a range.
    fn read_options(&self, at: usize) -> (Vec<String>, usize, bool) {
        let is_stroke = self.word(at + 1) != "." && self.word(at) == ":" && self.word(at + 2) == "/";
        if self.word(at) != "(" && !is_stroke {
            return (Vec::new(), at, false);
        }

        let end = (at + 1..self.tokens.len()).find(|place| {
            if is_stroke {
                matches!(self.word(*place), "," | ".")
            } else {
                matches!(self.word(*place), ")" | ".")
            }
        });
        let end = end.unwrap_or(self.tokens.len());
        let mut options: Vec<String> = Vec::new();
        let mut part = Vec::new();
        for place in at + 1..=end {
            if place == end || matches!(self.word(place), "," | "/" | "or" | "and") {
                let option = words::sentence_case(&part.join(" "));
                if !part.is_empty() && !options.contains(&option) {
                    options.push(option);
                }
                part.clear();
            } else {
                part.push(self.word(place));
            }
        }
        let required = options
            .iter()
            .any(|option| matches!(option.as_str(), "Required" | "Mandatory" | "Unique"));
        let is_choice =
            options.len() >= 2 && options.iter().all(|option| option.len() <= 30) && options.len() <= 12;

        let behind = if self.word(end) == ")" { end + 1 } else { end };
        (if is_choice { options } else { Vec::new() }, behind, required)
    }

    fn keep_field(&mut self, owner: &str, item: Item) {
        let label = item.label.replace(['\'', '-'], " ");
        let singular = words::singular(&label);
        let other = self
            .entities
            .iter()
            .find(|entity| entity.noun != owner && (entity.noun == singular || entity.many == label))
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
                self.connect(owner, &other);
            }
            return;
        }

        let first = self.described.insert(owner.to_owned());
        let is_counted = lexicon().is_counted(&label);
        let Some(entity) = self.entity_mut(owner) else {
            return;
        };
        if first {
            forget_details(entity);
        }
        let known = lexicon()
            .thing(owner)
            .and_then(|thing| thing.entity.fields.iter().find(|field| field.label == label))
            .cloned();
        let mut field = known.unwrap_or_else(|| field_named(&label));
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

/// Once the idea says what is kept of a thing, what the lexicon adds and nothing needs is left out.
fn forget_details(entity: &mut Entity) {
    let needed = |field: &Field| {
        let key = field.key();
        let acted = entity.actions.iter().any(|action| match &action.kind {
            crate::model::ActionKind::Mark(of) | crate::model::ActionKind::Stamp(of, _) => *of == key,
            crate::model::ActionKind::Count(of, day) => *of == key || day.as_ref() == Some(&key),
            _ => false,
        });
        let ruled = entity.rules.iter().any(|rule| match rule {
            Rule::Once(keys) => keys.contains(&key),
            Rule::After(later, earlier) => [later, earlier].contains(&&key) && !key.is_empty(),
            _ => false,
        });
        field.required || acted || ruled
    };
    let kept: Vec<Field> = entity
        .fields
        .iter()
        .filter(|field| needed(field))
        .cloned()
        .collect();

    entity.fields = kept;
}

/// A field of which only the name is known.
pub(super) fn field_named(label: &str) -> Field {
    let kind = lexicon()
        .field_kind(label)
        .unwrap_or_else(|| match label.rsplit(' ').next() {
            Some("on" | "until" | "at") => FieldKind::Date(Era::Any),
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

/// Adds a field, or the choices to the one that is there. A field that names a record replaces the one that did. False where there is no
/// room for another one.
fn add_field(entity: &mut Entity, mut field: Field, options: &[String], required: bool) -> bool {
    if !options.is_empty() {
        field.kind = FieldKind::Choice(options.to_vec());
        field.samples.clear();
    }
    field.required |= required;
    let names = matches!(field.label.as_str(), "name" | "title");
    field.required |= names;

    let key = field.key();
    if let Some(there) = entity
        .fields
        .iter_mut()
        .find(|other| other.key() == key || other.label == field.label)
    {
        if !options.is_empty() {
            there.kind = field.kind;
            there.samples.clear();
        }
        there.required |= required;
        return true;
    }
    if names
        && let Some(there) = entity
            .fields
            .iter_mut()
            .find(|other| matches!(other.label.as_str(), "name" | "title"))
    {
        there.label = field.label;
        return true;
    }
    if entity.fields.len() >= MOST_FIELDS {
        return false;
    }

    for (name, rule) in ranges_of(&field) {
        if name == key {
            entity.add_rule(rule);
        }
    }
    entity.fields.push(field);
    true
}

/// What holds of a number of that name everywhere.
fn ranges_of(field: &Field) -> Vec<(String, Rule)> {
    let key = field.key();
    let is_rating = field.label.ends_with("rating") || field.label.ends_with("stars");
    let is_share = field.label.contains("percent");
    let mut rules = Vec::new();

    if is_rating && field.is_number() {
        rules.push(Rule::AtLeast(key.clone(), 1.0));
        rules.push(Rule::AtMost(key.clone(), 5.0));
    } else if field.kind == FieldKind::Money || field.kind == (FieldKind::Number { whole: true }) {
        rules.push(Rule::AtLeast(key.clone(), 0.0));
        if is_share {
            rules.push(Rule::AtMost(key.clone(), 100.0));
        }
    }
    rules.into_iter().map(|rule| (key.clone(), rule)).collect()
}
