//! Turns a sentence of documentation into what is said of its subject: an order into the third person, a thing into "is
//! a thing". What is neither is left out.

use super::lower_first;
use super::verbs::{looks_like_noun, stem_of, third_person};
use super::words::{DUAL, FINITE, MORE_VERBS, NOT_A_STATEMENT, NOUNS_FIRST, VERBS};

/// A documentation sentence as a predicate: "Create a router" is "creates a router", "A router" is "is a router".
pub(super) fn predicate(sentence: &str, words: &[&str], first: &str) -> Option<String> {
    if [
        "is", "has", "can", "will", "does", "provides", "contains", "makes", "allows", "lets",
    ]
    .contains(&first)
        && words.len() > 2
    {
        return Some(lower_first(sentence));
    }

    if NOT_A_STATEMENT.contains(&first.trim_end_matches([':', ','])) {
        return None;
    }

    // "Responsible for parsing" has no article.
    if first == "responsible" && words.len() > 3 {
        return Some(format!("is {}", lower_first(sentence)));
    }
    // "Walk builder builds an iterator" begins with a noun.
    // "Lock wrappers for gates" are wrappers.
    let names = DUAL.contains(&first)
        && words
            .get(1)
            .is_some_and(|second| second.ends_with('s') && !second.ends_with("ss") && *second != "its")
        && words
            .iter()
            .skip(2)
            .take(2)
            .any(|word| matches!(*word, "for" | "of" | "that" | "which"));
    // "Wait strategy that doubles" is a strategy.
    let names = names
        || words.len() > 3
            && (DUAL.contains(&first) || MORE_NOUNS.contains(&first))
            && KINDS_OF_THINGS.contains(&words[1])
            && matches!(words[2], "that" | "which" | "for" | "of" | "used");
    let imperative = VERBS.contains(&first) && !names && !own_verb(&words[1..]) && !is_participle(words);
    if words.len() > 1 && imperative && !looks_like_noun(first, words[1]) {
        return Some(format!("{} {}", third_person(first), joined_verbs(&words[1..])));
    }

    if words.len() > 1
        && stem_of(first).is_some()
        && !looks_like_noun(first, words[1])
        && !is_participle(words)
    {
        return Some(format!("{first} {}", joined_verbs(&words[1..])));
    }

    // "Doubles the wait": an unknown word is a verb when an article follows it.
    let acts = first.len() > 3 && first.ends_with('s') && !first.ends_with("ss");
    if acts && words.len() > 2 && matches!(words[1], "a" | "an" | "the" | "every" | "each") {
        return Some(lower_first(sentence));
    }

    if matches!(first, "a" | "an" | "the") {
        return (words.len() > 2 && !own_verb(words) && !is_plural(words) && !has_late_verb(words))
            .then(|| format!("is {}", lower_first(sentence)));
    }

    // "Unregister the callback": an unknown word before an article is a verb, too.
    if orders_something(words, first) {
        return Some(format!("{} {}", third_person(first), joined_verbs(&words[1..])));
    }

    bare_noun(sentence, words)
}

/// Nouns that are verbs as well when they begin a text, beside those of the list.
const MORE_NOUNS: [&str; 8] = [
    "wait", "stop", "retry", "sleep", "delay", "load", "render", "build",
];
/// What a noun before them says the kind of.
const KINDS_OF_THINGS: [&str; 16] = [
    "strategy",
    "policy",
    "condition",
    "handler",
    "function",
    "class",
    "object",
    "helper",
    "wrapper",
    "mode",
    "rule",
    "event",
    "state",
    "type",
    "callback",
    "backend",
];

/// Whether a predicate has its verb from the documentation: that of a function says what it does. What was made out of a
/// noun ("is the width of a gate", "provides names") would say that the function is the thing that it gives.
pub fn tells_of_a_deed(does: &str, doc: &str) -> bool {
    let (verb, rest) = does.split_once(' ').unwrap_or((does, ""));
    if matches!(verb, "is" | "are") {
        return names_a_function(rest);
    }

    let beginning = doc.split_whitespace().take(6);
    let words = beginning.map(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.to_lowercase()
    });
    words
        .into_iter()
        .any(|word| word == verb || third_person(&word) == verb)
}

/// "A helper that …" is what a function is.
fn names_a_function(thing: &str) -> bool {
    thing.split(' ').take(5).any(|word| {
        matches!(
            word,
            "function"
                | "helper"
                | "method"
                | "routine"
                | "wrapper"
                | "callback"
                | "handler"
                | "shortcut"
                | "macro"
                | "hook"
        )
    })
}

/// Whether a text begins with a word that no list knows and that can only be a verb in the imperative: no noun stands
/// right before an article.
fn orders_something(words: &[&str], first: &str) -> bool {
    const SMALL: [&str; 30] = [
        "all", "such", "what", "both", "half", "many", "not", "only", "just", "even", "also", "inside",
        "within", "about", "like", "than", "into", "over", "under", "after", "before", "during", "while",
        "with", "without", "from", "between", "until", "through", "across",
    ];
    let object = words
        .get(1)
        .is_some_and(|second| matches!(*second, "a" | "an" | "the" | "its" | "each" | "every" | "all"));

    object
        && words.len() > 2
        && first.len() > 3
        && first.chars().all(|c| c.is_ascii_lowercase())
        && !SMALL.contains(&first)
        && !["s", "ing", "ed", "ly"].iter().any(|end| first.ends_with(end))
        && !has_late_verb(words)
}

/// Whether the text names several things: "the classes of this package". What they are for is said of none.
fn is_plural(words: &[&str]) -> bool {
    let link = words
        .iter()
        .position(|word| matches!(*word, "of" | "for" | "that" | "which" | "used" | "to" | "from"));
    let head = words[link.unwrap_or(words.len()).saturating_sub(1)];

    head.ends_with('s') && !head.ends_with("ss") && !head.ends_with("us") && !head.ends_with("is")
}

/// "Error type for requests" is "is an error type for requests"; "Utilities for paths" is "provides utilities for paths".
fn bare_noun(sentence: &str, words: &[&str]) -> Option<String> {
    const LINKS: [&str; 9] = [
        "for",
        "of",
        "around",
        "that",
        "which",
        "from",
        "with",
        "containing",
        "representing",
    ];

    // "Deserialization of tables" is what is done, and nothing is that.
    if words
        .first()
        .is_some_and(|first| first.len() > 7 && first.ends_with("tion"))
    {
        return None;
    }

    // "Inside the box" is where, and no thing.
    if words
        .get(1)
        .is_some_and(|second| matches!(*second, "a" | "an" | "the"))
    {
        return None;
    }
    let link = words
        .iter()
        .position(|word| LINKS.contains(word))
        .filter(|at| (1..=5).contains(at))?;

    if [
        "it", "this", "they", "you", "we", "there", "i", "how", "what", "where", "why", "when", "these",
        "those", "such", "some", "all", "both", "each", "every", "any", "no", "that",
    ]
    .contains(&words[0].to_lowercase().as_str())
    {
        return None;
    }

    if own_verb(words)
        || words[..link]
            .iter()
            .any(|word| FINITE.contains(word) || word.ends_with("ly") || word.contains(','))
    {
        return None;
    }

    let head = words[link - 1];
    if head.ends_with("ed") {
        return None;
    }

    let plural =
        head.ends_with('s') && !head.ends_with("ss") && !head.ends_with("us") && !head.ends_with("is");
    let uncountable = [
        "support",
        "code",
        "handling",
        "logic",
        "information",
        "data",
        "functionality",
        "processing",
        "storage",
        "access",
        "documentation",
        "middleware",
    ];

    let said = lower_first(sentence);
    // "TOML stands for …", "It works with …": the word is their verb, and no noun in the plural.
    let verbs = [
        "stands", "uses", "works", "comes", "runs", "gives", "makes", "takes", "lets", "helps",
    ];
    if link > 0 && verbs.contains(&words[link - 1].to_lowercase().as_str()) {
        return None;
    }
    // "Memtables and tables that make it up": what they do is not what their subject does.
    let named = link == 1 || matches!(words[link], "for" | "of" | "around");
    if plural && !named || words[..link].iter().any(|word| matches!(*word, "and" | "or")) {
        return None;
    }
    if plural || uncountable.contains(&head) || head.ends_with("ing") {
        return Some(format!("provides {said}"));
    }

    let counted = [
        "one", "two", "three", "several", "many", "my", "our", "your", "its",
    ];
    if counted.contains(&words[0].to_lowercase().as_str()) {
        return Some(format!("is {said}"));
    }

    Some(format!("is {}", super::super::with_article(&said)))
}

/// "Sort the list and return it" goes on as "sorts the list and returns it".
fn joined_verbs(words: &[&str]) -> String {
    let joins = |word: &str| matches!(word, "and" | "or" | "then" | "but") || word.ends_with(",");
    let said = words.iter().enumerate().map(|(at, word)| {
        let after = at.checked_sub(1).is_some_and(|before| joins(words[before]));
        let object = words.get(at + 1).is_some_and(|next| {
            matches!(
                *next,
                "a" | "an" | "the" | "its" | "them" | "it" | "each" | "every" | "all" | "any"
            )
        });
        let verb = VERBS.contains(word) && (object || !DUAL.contains(word) && !NOUNS_FIRST.contains(word))
            || object && MORE_VERBS.contains(word);
        if after && verb {
            third_person(word)
        } else {
            (*word).to_owned()
        }
    });

    said.collect::<Vec<_>>().join(" ")
}

/// Whether a text that begins as a noun is a sentence in the end: "the conditions on which to fire are subtle".
fn has_late_verb(words: &[&str]) -> bool {
    let finite = words
        .iter()
        .filter(|word| matches!(**word, "is" | "are" | "was" | "were" | "has" | "have"))
        .count();
    let relative = words
        .iter()
        .position(|word| matches!(*word, "that" | "which" | "who" | "where" | "whose" | "when"));
    let infinitive = relative.is_some_and(|at| words.get(at + 1) == Some(&"to"));

    finite > 1 || infinitive && finite > 0
}

/// Whether the word after the first makes a noun of it: "set called when", "requests are", "returns responsible".
fn is_participle(words: &[&str]) -> bool {
    words.get(1).is_some_and(|second| {
        let second = second.to_lowercase();
        FINITE.contains(&second.as_str())
            || [
                "called",
                "used",
                "given",
                "returned",
                "responsible",
                "represents",
                "represent",
                "required",
                "needed",
            ]
            .contains(&second.as_str())
            || stem_of(&second).is_some_and(|stem| !DUAL.contains(&stem))
    })
}

/// Whether a sentence has a verb of its own before any relative word.
fn own_verb(words: &[&str]) -> bool {
    let relative = words.iter().position(|word| {
        matches!(
            *word,
            "that" | "which" | "who" | "where" | "whose" | "when" | "if" | "whether"
        )
    });
    let words = &words[..relative.unwrap_or(words.len()).min(10)];
    let strong = |pair: &[&str]| {
        let after_noun = !matches!(
            pair[0],
            "a" | "an" | "the" | "of" | "for" | "and" | "or" | "to" | "between" | "with" | "all"
        ) && !pair[0].ends_with(',');
        after_noun && stem_of(pair[1]).is_some_and(|stem| !DUAL.contains(&stem))
    };

    words.iter().any(|word| FINITE.contains(word)) || words.windows(2).any(strong)
}

#[cfg(test)]
mod tests {
    use super::tells_of_a_deed;

    #[test]
    fn what_a_function_does_is_a_verb_of_its_documentation() {
        assert!(tells_of_a_deed("opens the gate", "Open the gate."));
        assert!(tells_of_a_deed("provides gates", "Provides gates for mills."));
        assert!(tells_of_a_deed(
            "is a helper to open gates",
            "Helper to open gates."
        ));
        assert!(!tells_of_a_deed("is the width of a gate", "The width of a gate."));
        assert!(!tells_of_a_deed("provides names of gates", "Names of gates."));
    }
}
