//! Verbs of English as far as documentation uses them: their third person, and whether a text begins with one.

use super::words::{DUAL, FINITE, MORE_VERBS, NOUNS_FIRST, VERBS};

/// Whether some word of a text is a verb that makes a statement of it.
pub fn has_verb(text: &str) -> bool {
    has_finite_verb(&text.split_whitespace().collect::<Vec<_>>())
}

pub(super) fn has_finite_verb(words: &[&str]) -> bool {
    words
        .iter()
        .any(|word| FINITE.contains(word) || stem_of(word).is_some())
}

/// Whether a text says something of something: it has a verb of its own, before any clause that only describes.
pub fn is_statement(text: &str) -> bool {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\''))
        .collect();
    let relative = |word: &&str| {
        matches!(
            word.to_lowercase().as_str(),
            "that" | "which" | "who" | "whose" | "where" | "if" | "when" | "whether"
        )
    };
    // A clause in front ("When it rains, …") is not the end of the sentence.
    let opens = words.first().is_some_and(relative);
    let end = if opens {
        words.len()
    } else {
        words.iter().position(relative).unwrap_or(words.len())
    };
    let acts = |word: &str| {
        let stem = word.strip_suffix("es").filter(|stem| MORE_VERBS.contains(stem));
        stem_of(word).is_some_and(|stem| !DUAL.contains(&stem))
            || stem
                .or_else(|| word.strip_suffix('s'))
                .is_some_and(|stem| MORE_VERBS.contains(&stem))
    };
    let plain = |pair: &[&str]| {
        let many = pair[0].ends_with('s') && !pair[0].ends_with("ss")
            || [
                "you", "we", "they", "i", "people", "who", "not", "never", "always", "often", "also", "both",
            ]
            .contains(&pair[0].to_lowercase().as_str());
        let verb = pair[1];
        many && (VERBS.contains(&verb) || MORE_VERBS.contains(&verb))
    };
    let dual = |pair: &[&str]| {
        stem_of(pair[0]).is_some()
            && matches!(
                pair[1],
                "a" | "an"
                    | "the"
                    | "all"
                    | "its"
                    | "each"
                    | "every"
                    | "on"
                    | "with"
                    | "to"
                    | "you"
                    | "your"
                    | "no"
            )
    };
    let contracted = |word: &str| {
        let lower = word.to_lowercase().replace('’', "'");
        ["'s", "'re", "'ll", "n't", "'ve"].iter().any(|end| {
            lower.strip_suffix(end).is_some_and(|start| {
                *end == "n't"
                    || ["it", "that", "there", "here", "you", "they", "we", "what"].contains(&start)
                    || *end != "'s"
            })
        })
    };

    let (head, all) = (&words[..end], words.as_slice());
    head.iter().any(|word| FINITE.contains(word) || contracted(word))
        || head.iter().skip(1).any(|word| acts(word))
        || head.windows(2).any(plain)
        || head.windows(2).skip(1).any(dual)
        // "Most code that is read is …": a verb after the clause.
        || end < all.len()
            && all[end..].iter().filter(|word| matches!(**word, "is" | "are" | "was" | "were" | "has" | "can" | "will" | "must")).count() > 1
}

/// "Request handler" begins with a word that is a verb elsewhere.
pub(super) fn looks_like_noun(first: &str, second: &str) -> bool {
    let stem = stem_of(first).unwrap_or(first);
    let object = matches!(
        second,
        "a" | "an" | "the" | "all" | "its" | "each" | "every" | "this" | "if" | "whether" | "any"
    );
    // "Waits for the server" and "search for it" are verbs all the same.
    let sought = !NOUNS_FIRST.contains(&stem) && !DUAL.contains(&stem)
        || matches!(stem, "wait" | "search" | "check" | "look");
    second == "for" && !sought || second == "of" || (NOUNS_FIRST.contains(&stem) && !object)
}

/// Whether a word is a verb in the third person: "creates".
pub fn is_third_person(word: &str) -> bool {
    stem_of(word).is_some()
}

/// Whether a word is a verb in the imperative.
pub(super) fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

/// The same of every verb that is known, but for those that are nouns in the plural as often.
pub(super) fn is_third_person_of_any(word: &str) -> bool {
    let stem = stem_of(word).or_else(|| {
        let stem = word.strip_suffix('s')?;
        MORE_VERBS.contains(&stem).then_some(stem)
    });

    stem.is_some_and(|stem| !DUAL.contains(&stem))
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
