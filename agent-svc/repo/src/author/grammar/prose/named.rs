//! Documentation that begins with the name of what it stands above: what then is its verb, whatever the lists know.

use super::{
    verbs::stem_of,
    words::{FINITE, NOUNS_FIRST, VERBS},
};
use crate::{analysis::words, narration::speakable::names};

/// `BarChart`: "BarChart presents data" says that it "presents data".
pub(super) fn predicate_after_name(name: &str, sentence: &str) -> Option<String> {
    let called = names::identifier(name).to_lowercase();
    let start = sentence.get(..called.len())?;
    let rest = sentence[called.len()..].strip_prefix(' ')?;
    if start.to_lowercase() != called || rest.split(' ').count() < 3 {
        return None;
    }

    let verb = rest.split(' ').next()?;
    let object = rest.split(' ').nth(1)?;
    let many = [
        "does",
        "this",
        "always",
        "functions",
        "methods",
        "classes",
        "types",
    ]
    .contains(&verb);
    let acts = verb.len() > 3
        && verb.ends_with('s')
        && verb.chars().all(|c| c.is_ascii_lowercase())
        && ![
            "ss", "us", "is", "ings", "ers", "ors", "ions", "ments", "als", "ties", "ics",
        ]
        .iter()
        .any(|end| verb.ends_with(end))
        && !many
        && !NOUNS_FIRST.contains(&verb.trim_end_matches('s'));

    (acts && stem_of(object).is_none() && !FINITE.contains(&object)).then(|| rest.to_owned())
}

/// `emit`: "Emits some of them".
pub(super) fn begins_with_own_verb(name: &str, said: &[&str]) -> bool {
    let own = own_word(name);
    let first = said.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let states = said
        .get(1)
        .is_some_and(|second| FINITE.contains(second) || stem_of(second).is_some());

    own.len() > 2
        && first == format!("{own}s")
        && said.len() > 2
        && !states
        && !NOUNS_FIRST.contains(&own.as_str())
}

/// `import`: "Import entries from another application" is what it does, and no noun with a verb.
pub(super) fn orders_its_own_verb(name: &str, said: &[&str]) -> bool {
    let own = own_word(name);
    let first = said.first().map(|word| word.to_lowercase()).unwrap_or_default();
    // "entries" is in the plural: who imports them is not said.
    let many = said
        .get(1)
        .is_some_and(|object| object.ends_with("ies") || object.ends_with("les"));

    first == own && VERBS.contains(&own.as_str()) && many
}

/// `render`: "Render method" names it again and says nothing.
pub(super) fn names_itself_again(name: &str, said: &[&str]) -> bool {
    const KINDS: [&str; 6] = [
        "method",
        "function",
        "class",
        "constructor",
        "handler",
        "callback",
    ];
    let first = said.first().map(|word| word.to_lowercase()).unwrap_or_default();
    let again = said
        .get(1)
        .is_some_and(|word| KINDS.contains(&word.trim_end_matches(',')));

    again && (first == own_word(name) || VERBS.contains(&first.as_str()))
}

/// The first word of a name.
fn own_word(name: &str) -> String {
    let own = words::words(name).to_lowercase();

    own.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_after_a_name_is_heard_and_a_name_said_again_is_not() {
        let does = predicate_after_name("TideChart", "Tide chart presents heights of water");
        assert_eq!(does.as_deref(), Some("presents heights of water"));
        assert_eq!(
            predicate_after_name("Handler", "Handler functions take arguments"),
            None
        );
        assert_eq!(
            predicate_after_name("defaults", "Defaults settings configuration file"),
            None
        );
        assert!(begins_with_own_verb("emit", &["Emits", "given", "number"]));
        assert!(!begins_with_own_verb(
            "handler",
            &["Handlers", "are", "functions"]
        ));
        assert!(orders_its_own_verb(
            "Import",
            &["Import", "entries", "from", "others"]
        ));
        assert!(!orders_its_own_verb("Handler", &["Handler", "presents", "it"]));
        assert!(names_itself_again("render", &["Render", "method,", "to", "be"]));
    }
}
