//! What fits into the knowledge of a story: sizes, times, and references to what is there. Each fault is told with the path of
//! its field.

use std::collections::{BTreeMap, BTreeSet};

use kit::error::Faults;
use proto::tasks::fiction::ledger::{Entity, EntityKind, FactObject, Key, MoveMode, Scene, StoryTime};
use serde_json::Value;

use super::error::KnowledgeError;

/// Most characters of a name, a title or a predicate.
const NAME_MAX: usize = 200;
/// Most characters of a longer text.
const TEXT_MAX: usize = 2_000;
const ALIASES_MAX: usize = 20;
/// Most bytes of an entity's details as JSON.
const DETAILS_MAX: usize = 16 * 1024;
/// Most lines of one scene's ledger; far more than a scene can tell.
pub(super) const LINES_MAX: usize = 1_000;
/// Most entities that are kept in one call.
pub(super) const ENTITIES_AT_ONCE: usize = 500;
/// What one story may have.
pub(super) const ENTITIES_MAX: u64 = 5_000;
pub(super) const SCENES_MAX: u64 = 5_000;
pub(super) const ENTRIES_MAX: u64 = 200_000;
/// A thousand years each way, in minutes: times that can be added up without a care.
const TIME_MAX: StoryTime = 1_000 * 366 * 24 * 60;
/// A number of a chapter or a scene.
const NUMBER_MAX: u32 = 1_000_000;

/// # Errors
/// `Invalid` with every fault.
pub(super) fn check_entities(entities: &[Entity]) -> Result<(), KnowledgeError> {
    let mut faults = Faults::default();
    if entities.len() > ENTITIES_AT_ONCE {
        faults.add("entities", format!("at most {ENTITIES_AT_ONCE}"));
        return refuse(faults);
    }

    let mut keys = BTreeSet::new();
    for (at, entity) in entities.iter().enumerate() {
        let path = |field: &str| format!("entities[{at}].{field}");
        check_line(&mut faults, path("name"), &entity.name);
        if !keys.insert(&entity.key) {
            faults.add(path("key"), "a key that is there once");
        }

        if entity.aliases.len() > ALIASES_MAX {
            faults.add(path("aliases"), format!("at most {ALIASES_MAX}"));
        }
        for (number, alias) in entity.aliases.iter().enumerate() {
            check_line(&mut faults, path(&format!("aliases[{number}]")), alias);
        }

        let details = serde_json::to_string(&entity.details).unwrap_or_default();
        if details.len() > DETAILS_MAX
            || entity
                .details
                .iter()
                .any(|(name, value)| name.contains('\0') || has_nul(value))
        {
            let expected = format!("at most {DETAILS_MAX} bytes of JSON without NUL");
            faults.add(path("details"), expected);
        }
    }

    refuse(faults)
}

/// What of a scene can be judged by itself.
///
/// # Errors
/// `Invalid` with every fault.
pub(super) fn check_scene(scene: &Scene, lines: usize) -> Result<(), KnowledgeError> {
    let mut faults = Faults::default();
    if lines > LINES_MAX {
        faults.add("ledger", format!("at most {LINES_MAX} lines"));
        return refuse(faults);
    }

    for (field, number) in [("chapter", scene.chapter), ("number", scene.number)] {
        if !(1..=NUMBER_MAX).contains(&number) {
            faults.add(field, format!("1 to {NUMBER_MAX}"));
        }
    }
    if !scene.title.is_empty() {
        check_line(&mut faults, "title".to_owned(), &scene.title);
    }
    for (field, time) in [("from", scene.from), ("until", scene.until)] {
        check_time(&mut faults, field, time);
    }
    if scene.until < scene.from {
        faults.add("until", "a time that is not before `from`");
    }

    check_times(&mut faults, scene);
    check_texts(&mut faults, scene);
    check_facts_once(&mut faults, scene);

    refuse(faults)
}

/// A time that is told within a scene lies within it.
fn check_times(faults: &mut Faults, scene: &Scene) {
    let ledger = &scene.ledger;
    let presences = ledger.present.iter().enumerate().flat_map(|(at, one)| {
        [
            (format!("ledger.present[{at}].from"), one.from),
            (format!("ledger.present[{at}].until"), one.until),
        ]
    });
    let moves = ledger.moves.iter().enumerate();
    let moves = moves.map(|(at, one)| (format!("ledger.moves[{at}].at"), one.at));
    let learned = ledger.learned.iter().enumerate();
    let learned = learned.map(|(at, one)| (format!("ledger.learned[{at}].at"), one.at));
    let actions = ledger.actions.iter().enumerate();
    let actions = actions.map(|(at, one)| (format!("ledger.actions[{at}].at"), one.at));

    for (field, time) in presences.chain(moves).chain(learned).chain(actions) {
        if time.is_some_and(|time| time < scene.from || time > scene.until) {
            faults.add(field, "a time within the scene");
        }
    }

    for (at, fact) in ledger.facts.iter().enumerate() {
        let from = fact.from.unwrap_or(scene.from);
        check_time(faults, &format!("ledger.facts[{at}].from"), from);
        if let Some(until) = fact.until {
            let field = format!("ledger.facts[{at}].until");
            check_time(faults, &field, until);
            if until <= from {
                faults.add(field, "a time after `from`");
            }
        }
    }
    for (at, end) in ledger.ended.iter().enumerate() {
        let field = format!("ledger.ended[{at}].at");
        check_time(faults, &field, end.at.unwrap_or(scene.from));
    }
    for (at, one) in ledger.present.iter().enumerate() {
        let (from, until) = (one.from.unwrap_or(scene.from), one.until.unwrap_or(scene.until));
        if until < from {
            let field = format!("ledger.present[{at}].until");
            faults.add(field, "a time that is not before `from`");
        }
    }
}

fn check_texts(faults: &mut Faults, scene: &Scene) {
    let ledger = &scene.ledger;
    for (at, step) in ledger.promises.iter().enumerate() {
        check_text(faults, format!("ledger.promises[{at}].text"), &step.text);
    }
    for (at, action) in ledger.actions.iter().enumerate() {
        check_text(faults, format!("ledger.actions[{at}].deed"), &action.deed);
    }

    for (at, fact) in ledger.facts.iter().enumerate() {
        check_line(faults, format!("ledger.facts[{at}].predicate"), &fact.predicate);
        if let FactObject::Text(words) = &fact.object {
            check_text(faults, format!("ledger.facts[{at}].object"), words);
        }
    }
}

fn check_facts_once(faults: &mut Faults, scene: &Scene) {
    let mut keys = BTreeSet::new();
    for (at, fact) in scene.ledger.facts.iter().enumerate() {
        if !keys.insert(&fact.key) {
            faults.add(format!("ledger.facts[{at}].key"), "a key that is there once");
        }
    }
}

/// What the scene names, where, and of which kind it has to be.
pub(super) fn list_references(scene: &Scene) -> Vec<(String, &Key, &'static [EntityKind])> {
    use EntityKind::{Character, Item, Place};

    let mut found: Vec<(String, &Key, &'static [EntityKind])> = Vec::new();
    let ledger = &scene.ledger;
    if let Some(place) = &scene.place {
        found.push(("place".to_owned(), place, &[Place]));
    }

    for (at, one) in ledger.present.iter().enumerate() {
        found.push((format!("ledger.present[{at}].who"), &one.who, &[Character]));
        let place = one.place.iter();
        found.extend(place.map(|place| (format!("ledger.present[{at}].place"), place, &[Place][..])));
    }
    for (at, one) in ledger.moves.iter().enumerate() {
        let holders: &[EntityKind] = match one.mode {
            MoveMode::Held | MoveMode::Worn => &[Character],
            MoveMode::Left | MoveMode::Gone => &[Place],
        };
        found.push((format!("ledger.moves[{at}].item"), &one.item, &[Item]));
        let to = one.to.iter();
        found.extend(to.map(|to| (format!("ledger.moves[{at}].to"), to, holders)));
        let by = one.by.iter();
        found.extend(by.map(|by| (format!("ledger.moves[{at}].by"), by, &[Character][..])));
    }
    for (at, one) in ledger.learned.iter().enumerate() {
        found.push((format!("ledger.learned[{at}].who"), &one.who, &[Character]));
        let teller = one.told_by.iter();
        found.extend(teller.map(|who| (format!("ledger.learned[{at}].told_by"), who, &[Character][..])));
    }
    for (at, one) in ledger.promises.iter().enumerate() {
        let who = one.who.iter();
        found.extend(who.map(|who| (format!("ledger.promises[{at}].who"), who, &[Character][..])));
    }
    for (at, one) in ledger.facts.iter().enumerate() {
        found.push((
            format!("ledger.facts[{at}].subject"),
            &one.subject,
            &EntityKind::ALL,
        ));
        if let FactObject::Entity(key) = &one.object {
            found.push((format!("ledger.facts[{at}].object"), key, &EntityKind::ALL));
        }
    }
    for (at, one) in ledger.actions.iter().enumerate() {
        found.push((format!("ledger.actions[{at}].who"), &one.who, &[Character]));
        for (number, key) in one.with.iter().enumerate() {
            let field = format!("ledger.actions[{at}].with[{number}]");
            found.push((field, key, &EntityKind::ALL));
        }
    }

    found
}

/// Judges what the scene names against what the story has; `known` holds those of the named that there are.
///
/// # Errors
/// `Invalid` with every fault.
pub(super) fn check_references(
    scene: &Scene,
    known: &BTreeMap<Key, EntityKind>,
) -> Result<(), KnowledgeError> {
    let mut faults = Faults::default();
    for (field, key, kinds) in list_references(scene) {
        let fits = known.get(key).is_some_and(|kind| kinds.contains(kind));
        if !fits {
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.as_str()).collect();
            faults.add(field, format!("a known {}", kinds.join(" or ")));
        }
    }

    for (at, one) in scene.ledger.moves.iter().enumerate() {
        if one.to.is_none() && one.mode != MoveMode::Gone {
            let field = format!("ledger.moves[{at}].to");
            faults.add(field, "who has the item, or where it lies");
        }
        if one.to.is_some() && one.mode == MoveMode::Gone {
            faults.add(format!("ledger.moves[{at}].to"), "nothing: the item is gone");
        }
    }

    refuse(faults)
}

fn check_time(faults: &mut Faults, field: &str, time: StoryTime) {
    if !(-TIME_MAX..=TIME_MAX).contains(&time) {
        faults.add(field, "minutes of story time, within a thousand years");
    }
}

/// Some characters on one line.
fn check_line(faults: &mut Faults, field: String, text: &str) {
    let fits = (1..=NAME_MAX).contains(&text.chars().count());
    if !fits || text.trim().is_empty() || text.chars().any(char::is_control) {
        let expected = format!("1 to {NAME_MAX} characters on one line");
        faults.add(field, expected);
    }
}

/// Some characters on any number of lines.
fn check_text(faults: &mut Faults, field: String, text: &str) {
    let fits = (1..=TEXT_MAX).contains(&text.chars().count());
    let is_odd = |char: char| char.is_control() && !matches!(char, '\n' | '\t');
    if !fits || text.trim().is_empty() || text.chars().any(is_odd) {
        let expected = format!("1 to {TEXT_MAX} characters of text");
        faults.add(field, expected);
    }
}

/// PostgreSQL keeps no NUL.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(values) => values
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn refuse(faults: Faults) -> Result<(), KnowledgeError> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(KnowledgeError::Invalid { fields: faults.0 }),
    }
}
