//! Verbs of English as far as documentation uses them: their third person, and whether a text begins with one.

use super::words::{FINITE, NOUNS_FIRST, VERBS};

/// Whether some word of a text is a verb that makes a statement of it.
pub fn has_verb(text: &str) -> bool {
    has_finite_verb(&text.split_whitespace().collect::<Vec<_>>())
}

pub(super) fn has_finite_verb(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| FINITE.contains(word) || stem_of(word).is_some())
}

/// "Request handler" begins with a word that is a verb elsewhere.
pub(super) fn looks_like_noun(first: &str, second: &str) -> bool {
    let stem = stem_of(first).unwrap_or(first);
    let object = matches!(
        second,
        "a" | "an" | "the" | "all" | "its" | "each" | "every" | "this" | "if" | "whether" | "any"
    );
    second == "for" || second == "of" || (NOUNS_FIRST.contains(&stem) && !object)
}

/// Whether a word is a verb in the third person: "creates".
pub fn is_third_person(word: &str) -> bool {
    stem_of(word).is_some()
}

/// The imperative of a third person: "creates" is "create".
pub(super) fn stem_of(word: &str) -> Option<&str> {
    let candidates = [word.strip_suffix("es"), word.strip_suffix('s')];
    let plain = candidates.into_iter().flatten().find(|stem| VERBS.contains(stem));

    plain.or_else(|| {
        let stem = word.strip_suffix("ies")?;
        VERBS
            .iter()
            .copied()
            .find(|verb| verb.strip_suffix('y') == Some(stem))
    })
}

pub(super) fn third_person(verb: &str) -> String {
    match verb {
        "lets" => verb.to_owned(),
        _ if verb.ends_with(['s', 'x', 'z']) || verb.ends_with("ch") || verb.ends_with("sh") => {
            format!("{verb}es")
        }
        _ => match verb.strip_suffix('y') {
            Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
            _ => format!("{verb}s"),
        },
    }
}

/// "Run it twice": whether a text begins with what one should do.
pub fn starts_as_order(text: &str) -> bool {
    const MORE: [&str; 10] = [
        "ensure", "consider", "download", "clone", "go", "edit", "don't", "do", "never", "always",
    ];
    let mut words = text.split_whitespace();
    let first = words
        .next()
        .unwrap_or_default()
        .trim_end_matches(',')
        .to_lowercase();
    let second = words.next().unwrap_or_default();

    (VERBS.contains(&first.as_str())
        && !looks_like_noun(&first, second)
        && !FINITE.contains(&second)
        && stem_of(second).is_none())
        || MORE.contains(&first.as_str())
}
