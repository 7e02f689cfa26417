//! A field of a description as a part of its thing: what the lexicon adds is left out where the idea says itself what is kept.

use super::{fields::field_named, lists::Item};
use crate::model::{ActionKind, Entity, Field, FieldKind, MOST_FIELDS, Rule};

/// What a record can be called by, as the last word of a field's name.
const NAMES: &[&str] = &[
    "name", "title", "label", "number", "code", "surname", "subject", "plate", "question", "headline", "id",
    "doi", "isbn", "word",
];
/// A description that is so long says all that is kept.
const WHOLE_DESCRIPTION: usize = 3;

/// What a description says of its thing before its fields are read one by one.
pub(super) fn begin_description(entity: &mut Entity, items: &[Item], is_known: bool, nouns: &[String]) {
    let is_whole = items.len() >= WHOLE_DESCRIPTION;
    let named = |field: &Field| items.iter().any(|item| item.label == field.label);
    let names = |item: &Item| {
        let last = item.label.rsplit(' ').next().unwrap_or_default();
        NAMES.contains(&last) && field_named(&item.label).kind == FieldKind::Text
    };
    let has_name = items.iter().any(names);
    if !is_known {
        // Only a name and notes are there, because nothing better was known.
        entity
            .fields
            .retain(|field| field.label != "notes" && (field.label != "name" || !has_name));
        return;
    }

    let acted = fields_of_actions(entity);
    forget_details(entity);
    if is_whole {
        entity.fields.retain(|field| {
            let is_name = field.kind == FieldKind::Text && field.required && !has_name;
            let is_kept = field
                .target()
                .is_some_and(|target| nouns.iter().any(|noun| noun == target));
            named(field) || is_kept || is_name || acted.contains(&field.key())
        });
    }
}

/// What the buttons of a thing change.
fn fields_of_actions(entity: &Entity) -> Vec<String> {
    let keys = entity.actions.iter().filter_map(|action| match &action.kind {
        ActionKind::Mark(key) | ActionKind::Stamp(key, _) | ActionKind::Count(key, _) => Some(key.clone()),
        _ => None,
    });
    keys.collect()
}

/// Once the fields are there, one of them must name a record: the first that is called like a name, where none is required yet.
pub(super) fn finish_description(entity: &mut Entity, labels: &[String]) {
    if entity.name_field().is_some() {
        return;
    }

    let is_name = |field: &&mut Field| {
        let last = field.label.rsplit(' ').next().unwrap_or_default();
        field.kind == FieldKind::Text && NAMES.contains(&last) && labels.contains(&field.label)
    };
    if let Some(field) = entity.fields.iter_mut().find(is_name) {
        field.required = true;
    }
}

/// Once the idea says what is kept of a thing, what the lexicon adds and nothing needs is left out.
fn forget_details(entity: &mut Entity) {
    let needed = |field: &Field| {
        let key = field.key();
        let acted = entity.actions.iter().any(|action| match &action.kind {
            ActionKind::Mark(of) | ActionKind::Stamp(of, _) => *of == key,
            ActionKind::Count(of, day) => *of == key || day.as_ref() == Some(&key),
            _ => false,
        });
        let ruled = entity.rules.iter().any(|rule| match rule {
            Rule::Once(keys) => keys.contains(&key),
            Rule::After { later, earlier, .. } => [later, earlier].contains(&&key) && !key.is_empty(),
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

/// Adds a field, or the choices to the one that is there. A field that names a record replaces the one that did. False where there is no
/// room for another one.
pub(super) fn add_field(entity: &mut Entity, mut field: Field, options: &[String], required: bool) -> bool {
    if !options.is_empty() {
        field.kind = choice_of(options);
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

/// `yes/no` is no list to choose from.
fn choice_of(options: &[String]) -> FieldKind {
    let mut words: Vec<String> = options.iter().map(|option| option.to_lowercase()).collect();
    words.sort_unstable();

    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["no", "yes"] => FieldKind::YesNo,
        _ => FieldKind::Choice(options.to_vec()),
    }
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
