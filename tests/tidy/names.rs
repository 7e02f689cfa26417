//! Names stand for one thing, and say what is done to what.

use std::collections::{BTreeMap, BTreeSet};

use super::{CRATES, Source, is_production, none, sources, syntax::Syntax};

const LINES_WITHOUT_BREATH: usize = 12;

/// Types of one name in one crate, and why each of them needs it.
const SHARED_TYPE_NAMES: &[(&str, &str, &str)] = &[
    (
        "gateway",
        "Json",
        "an extractor, as axum calls it, and a scalar, as the schema calls it",
    ),
    (
        "gateway",
        "Query",
        "an extractor, as axum calls it, and the root of the schema",
    ),
    (
        "proto",
        "ArchitectInput",
        "each product has an architect, which its module names",
    ),
    (
        "proto",
        "ArchitectOutput",
        "each product has an architect, which its module names",
    ),
    (
        "agent-svc/repo",
        "Facts",
        "each reader has facts of its own, which its module names",
    ),
    (
        "story-svc",
        "Node",
        "each graph has its own, which its module names",
    ),
    (
        "story-svc",
        "Tools",
        "each graph has its own, which its module names",
    ),
];

/// Alone they say neither what is done nor to what.
const SAY_NOTHING: &[&str] = &[
    "about",
    "above",
    "after",
    "anything",
    "at",
    "before",
    "below",
    "beside",
    "called",
    "changed",
    "done",
    "elsewhere",
    "ended",
    "found",
    "given",
    "heard",
    "how",
    "it",
    "kept",
    "known",
    "named",
    "nowhere",
    "of",
    "other",
    "others",
    "refused",
    "said",
    "same",
    "seen",
    "taken",
    "that",
    "them",
    "this",
    "those",
    "told",
    "under",
    "wanted",
    "what",
    "which",
    "who",
    "whose",
    "written",
];

/// The crate in whose folder a source lies; a crate inside of another one's folder is its own.
fn crate_of(source: &Source) -> String {
    let path = source.name();
    let inner = [
        "gateway/gql",
        "agent-svc/assistant",
        "agent-svc/continuity",
        "agent-svc/fiction",
        "agent-svc/forge",
        "agent-svc/redaction",
        "agent-svc/repo",
        "story-svc/githost",
        "agent-svc/tutor",
        "story-svc/manuscript",
        "story-svc/toolchain",
    ];
    let folders = CRATES.iter().chain(&inner);

    folders
        .filter(|folder| path.starts_with(&format!("{folder}/")))
        .max_by_key(|folder| folder.len())
        .map_or_else(|| "saga".to_owned(), |folder| (*folder).to_owned())
}

#[test]
fn a_type_name_stands_for_one_thing_in_its_crate() {
    let mut places: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for source in sources().iter().filter(|source| is_production(source)) {
        for name in Syntax::read(source).types {
            let place = places.entry((crate_of(source), name)).or_default();
            place.push(source.name());
        }
    }

    let broken: Vec<_> = places
        .iter()
        .filter(|(_, files)| files.len() > 1)
        .filter(|((krate, name), _)| {
            !SHARED_TYPE_NAMES
                .iter()
                .any(|(a, b, _)| (a, b) == (&krate.as_str(), &name.as_str()))
        })
        .map(|((krate, name), files)| format!("{krate}: {name} in {}", files.join(", ")))
        .collect();
    none("type names that stand for several things", &broken);
}

#[test]
fn functions_that_others_call_say_what_is_done_to_what() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| is_production(source)) {
        for function in Syntax::read(source).functions {
            if SAY_NOTHING.contains(&function.as_str()) {
                broken.push(format!("{}: {function}", source.name()));
            }
        }
    }
    none("functions whose name does not say what is done to what", &broken);
}

#[test]
fn a_long_body_shows_its_steps_by_blank_lines() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| is_production(source)) {
        for body in Syntax::read(source).bodies {
            if body.lines > LINES_WITHOUT_BREATH && !body.has_blank_line {
                broken.push(format!("{}:{}: {}", source.name(), body.first_line, body.name));
            }
        }
    }
    none("long bodies without a blank line", &broken);
}

#[test]
fn every_exception_is_still_needed() {
    let sources = sources();
    let types: BTreeSet<(String, String)> = sources
        .iter()
        .filter(|source| is_production(source))
        .flat_map(|source| {
            Syntax::read(source)
                .types
                .into_iter()
                .map(|name| (crate_of(source), name))
        })
        .collect();

    let needless: Vec<_> = SHARED_TYPE_NAMES
        .iter()
        .filter(|(krate, name, _)| !types.contains(&((*krate).to_owned(), (*name).to_owned())))
        .map(|(krate, name, _)| format!("{krate}: {name}"))
        .collect();
    none("exceptions that nothing needs", &needless);
}
