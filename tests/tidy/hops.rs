//! What a new verb or noun costs: how many production files speak of one that is there, counted on examples.

use super::{is_production, none, sources};

/// A verb of a known noun, under all names that it has on its way from the door to the table.
const VERBS: &[(&str, &[&str])] = &[
    (
        "regenerate an API key",
        &["regenerate_api_key", "RegenerateApiKey"],
    ),
    ("cancel a story", &["cancel_story", "CancelStory"]),
    ("change the e-mail", &["change_email", "ChangeEmail"]),
];
/// proto (not counted: it is no Rust), store, domain, rpc, operation, REST, GraphQL, and the line of the route table.
const FILES_OF_A_VERB: usize = 8;

#[test]
fn a_verb_on_a_known_noun_touches_few_files() {
    let sources = sources();
    let mut broken = Vec::new();
    for (verb, names) in VERBS {
        let files: Vec<_> = sources
            .iter()
            .filter(|source| is_production(source))
            .filter(|source| names.iter().any(|name| source.production().contains(name)))
            .map(super::Source::name)
            .collect();
        if files.len() > FILES_OF_A_VERB || files.len() < 3 {
            broken.push(format!("{verb}: {} files: {}", files.len(), files.join(", ")));
        }
    }
    none(
        "verbs that touch too many files (or whose example is gone)",
        &broken,
    );
}
