//! Makes a repository's own words fit into ours: a doc comment becomes a predicate ("creates a router") or a quotation.
//!
//! Never invents: what does not fit is left out.

mod named;
mod predicate;
mod verbs;
mod words;

pub use predicate::tells_of_a_deed;
pub use verbs::{has_verb, is_statement, is_third_person, starts_as_order};

use predicate::predicate;
use verbs::{has_finite_verb, stem_of};
use words::{FINITE, NOT_A_STATEMENT, OF_THE_PAGE, VERBS};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::analysis::language;
use crate::narration::cut;
use crate::narration::speakable::speakable;

/// Longest stretch of somebody else's words in one sentence of ours.
const LONGEST: usize = 210;
const SHORTEST: usize = 12;

/// What a documentation text says of its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A predicate with its verb, to be put after a subject: "creates a router", "is a small server".
    Does(String),
    /// A whole sentence that has its own subject.
    Says(String),
}

/// Reads one documentation text about a subject called `name`. `None` when nothing in it can be said well.
pub fn said_of(name: &str, text: &str) -> Option<Said> {
    // Placeholders, signatures and broken marks are no prose.
    let original = text.split("\n\n").next().unwrap_or(text);
    let marked = |word: &str| word.len() > 1 && word.ends_with('+') && !word.ends_with("++");
    let broken = original.contains(['<', '{', '|', '\\']) || original.contains(" -- ");
    // "float t(float);" was code before it was a comment.
    let broken = broken || original.lines().any(|line| line.trim_end().ends_with(';'));
    if broken || original.split_whitespace().any(marked) {
        return None;
    }

    // "returns 1 (open), 0 (shut)" and "XXX: split this" are for those who read the code.
    let first = original.split(". ").next().unwrap_or_default();
    let valued = first.matches(" (").count() > 1;
    let noted = ["XXX", "TODO", "FIXME", "HACK"]
        .iter()
        .any(|mark| first.contains(mark));
    let hashed = first
        .split_whitespace()
        .any(|word| word.len() > 1 && word.starts_with('#') && !word.ends_with(|c: char| c.is_ascii_digit()));
    if valued || noted || hashed {
        return None;
    }
    if loses_a_sign(original) || joins_by_signs(without_example(original)) || original.contains(" if so") {
        return None;
    }

    let plain = speakable(without_example(original));
    let paragraph = cut::paragraphs(&plain).first().map(|first| (*first).to_owned())?;
    let sentence = cut::sentences(&paragraph)
        .first()
        .map(|first| (*first).to_owned())?;
    let sentence = shorten(sentence.trim_end_matches(['.', '!', ' ']))?;
    if !is_sayable(&sentence) || sentence.ends_with('?') {
        return None;
    }

    let numbers = sentence
        .split_whitespace()
        .filter(|word| word.chars().all(|c| c.is_ascii_digit() || ".,%".contains(c)))
        .count();
    if numbers > 3 {
        return None;
    }

    let said = without_subject(&sentence, name);
    let words: Vec<&str> = said.split_whitespace().collect();
    let first = words.first()?.to_lowercase();

    if runs_on(&words)
        || runs_on_with_a_verb(&words)
        || says_nothing(&words, name)
        || words.iter().take(3).any(|word| word.ends_with(':'))
    {
        return None;
    }

    // `import`: "Import entries of others" says what it does.
    let orders = named::orders_its_own_verb(name, &words);
    if let Some(does) = named::predicate_after_name(name, &sentence).filter(|_| !orders) {
        return Some(Said::Does(does));
    }
    if named::begins_with_own_verb(name, &words) {
        return Some(Said::Does(lower_first(&said)));
    }
    if named::names_itself_again(name, &words) {
        return None;
    }

    if let Some(does) = predicate(&said, &words, &first) {
        return Some(Said::Does(does));
    }

    let open = NOT_A_STATEMENT.contains(&first.trim_end_matches([':', ','])) || words.len() < 4;
    let quotable = is_verbatim(&sentence, text) && !sentence.starts_with(char::is_lowercase);
    (!open && quotable && has_finite_verb(&words)).then_some(Said::Says(sentence))
}

/// "Parses a tag e.g. `div`" says what it does before its example.
fn without_example(text: &str) -> &str {
    let ends = [
        "e.g.",
        "e.g ",
        "i.e.",
        "eg. ",
        "for example",
        "such as `",
        "like `",
    ]
    .iter()
    .filter_map(|mark| text.find(mark));

    let end = ends.min().unwrap_or(text.len());
    let before = text[..end].trim_end_matches([' ', ',', '(', '\n', '-', '–', ';', ':']);

    // What begins with its example has little else to say: "A recipe, e.g. `bake: flour`".
    if end == text.len() { text } else { before }
}

/// Whether a sign that the sentence speaks of has no word: "after ':'", "between `[` and `]`".
fn loses_a_sign(text: &str) -> bool {
    let sign = |word: &str| {
        let bare = word.trim_end_matches([',', '.', ';']);
        bare.len() > 1
            && bare.starts_with(['`', '\'', '"', '‘', '“'])
            && !bare.chars().any(char::is_alphanumeric)
    };

    text.split_whitespace().any(sign)
}

/// "only bytes=start-finish" is read without what it says.
fn joins_by_signs(text: &str) -> bool {
    text.split_whitespace()
        .any(|word| word.len() > 2 && word.contains(['=', '~', '^']) && !word.contains("://"))
}

/// Whether words that were made sayable are still the words of the text: only marks were taken off.
pub fn is_verbatim(said: &str, text: &str) -> bool {
    let bare = |text: &str| {
        let plain = text
            .replace(['*', '`', '_', '"', '“', '”', '[', ']'], "")
            .replace(['—', '―'], " – ")
            .to_lowercase();
        plain.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = bare(said.trim_end_matches(['.', '!', ',', ' ']));

    // Whole words: "art" is not in "start".
    let text = bare(text);
    text.match_indices(&said).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        [before, after].iter().flatten().all(|c| !c.is_alphanumeric())
    })
}

/// The sentences of a text that can be quoted word for word, in order.
pub fn quotable(text: &str) -> Vec<String> {
    let plain = speakable(text);
    let mut quotes: Vec<String> = Vec::new();
    for paragraph in cut::paragraphs(&plain) {
        let mut neighbour = false;
        for sentence in cut::sentences(paragraph) {
            let bare = sentence.trim_end_matches(['.', '!', ' ']);
            let fits =
                can_be_quoted(sentence, bare) && (neighbour || stands_alone(bare)) && is_verbatim(bare, text);
            // What was one sentence stays one: between two of them something may have been left out.
            if fits {
                quotes.push(bare.to_owned());
            }

            neighbour = fits;
        }
    }

    quotes
}

/// Whether a sentence says something about the project, and not about the page it stands on.
fn can_be_quoted(sentence: &str, bare: &str) -> bool {
    let words: Vec<&str> = bare.split_whitespace().collect();
    let lower: Vec<String> = words
        .iter()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect();
    let first = lower.first().map(String::as_str).unwrap_or_default();

    (30..=LONGEST).contains(&bare.chars().count())
        && words.len() >= 6
        && is_sayable(bare)
        && !sentence.ends_with(['?', ':'])
        && has_finite_verb(&words)
        && (!NOT_A_STATEMENT.contains(&first) || ["when", "if", "in", "for", "since"].contains(&first))
        && !lower.iter().any(|word| OF_THE_PAGE.contains(&word.as_str()))
}

/// Whether a sentence can be understood without the one before it.
fn stands_alone(bare: &str) -> bool {
    let first = bare.split_whitespace().next().unwrap_or_default().to_lowercase();

    ![
        "this",
        "so",
        "these",
        "they",
        "however",
        "it",
        "also",
        "that",
        "those",
        "then",
        "therefore",
        "additionally",
        "thus",
        "both",
        "which",
        "where",
        "who",
        "and",
        "or",
        "but",
        "as",
    ]
    .contains(&first.trim_end_matches(','))
}

/// Text that can be read by an English voice: mostly plain letters, nothing that ends open.
pub fn is_sayable(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let plain = text.chars().filter(char::is_ascii_alphabetic).count();
    // Routes, addresses and module paths are said with their marks.
    let token = |word: &str| {
        let word = word.trim_end_matches([',', '.', ';', ':', '!', '?', '”']);
        word.contains('/')
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/.-_:".contains(c))
            && (word.starts_with('/')
                || word.matches('/').count() > 1
                || word.starts_with(|c: char| c.is_ascii_digit()))
    };
    let marks = |word: &str| word.chars().any(|c| "{}<>[]|\\^~_=*`$/".contains(c));
    let soup = text.split(' ').any(|word| marks(word) && !token(word)) || text.contains(" equals ");
    let open = text.ends_with([':', ',', ';', '-', '(', '+']);
    let dangling = [
        "and", "or", "the", "a", "an", "of", "to", "with", "for", "in", "by", "via", "at", "using", "from",
        "into", "as", "than", "is", "on", "between", "through", "like", "see", "are", "that", "which", "if",
        "when", "until", "because", "so", "its", "their", "this", "not",
    ]
    .contains(
        &text
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_lowercase()
            .as_str(),
    );

    letters > 0 && plain * 20 >= letters * 19 && !soup && !open && !dangling && !text.contains("  ")
}

/// Whether a text is written in English.
pub fn is_english(text: &str) -> bool {
    language::is_english(text)
}

/// A person's name that an English voice can say: Latin letters, with accents or without.
pub fn is_name(name: &str) -> bool {
    let plain: String = name.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let special = |c: char| {
        matches!(
            c,
            'ß' | 'æ' | 'Æ' | 'ø' | 'Ø' | 'œ' | 'Œ' | 'ł' | 'Ł' | 'đ' | 'Đ' | 'ð' | 'þ' | 'Þ' | 'ı'
        )
    };

    !plain.is_empty()
        && plain.chars().any(char::is_alphabetic)
        && plain
            .chars()
            .all(|c| c.is_ascii_alphabetic() || special(c) || " .,-'’".contains(c))
}

fn shorten(sentence: &str) -> Option<String> {
    let length = sentence.chars().count();
    if length < SHORTEST {
        return None;
    }

    if length <= LONGEST {
        return Some(sentence.to_owned());
    }

    let head: String = sentence.chars().take(LONGEST).collect();
    let end = ["; ", " – ", ": ", ", which ", ", "]
        .iter()
        .find_map(|mark| head.rfind(mark).filter(|at| *at > 60))?;

    Some(head[..end].to_owned())
}

/// "Router is a thing" and "This module is a thing" become "is a thing".
fn without_subject(sentence: &str, name: &str) -> String {
    let lower = sentence.to_lowercase();
    let spoken = crate::narration::speakable::names::identifier(name).to_lowercase();
    let own = [
        format!("the {spoken}"),
        spoken,
        name.to_lowercase(),
        format!("the {}", name.to_lowercase()),
        format!("{} crate", name.to_lowercase()),
        format!("the {} type", name.to_lowercase()),
        format!("a {}", name.to_lowercase()),
        format!("an {}", name.to_lowercase()),
    ];

    let general = ["this", "it"].into_iter().map(str::to_owned);
    let this = [
        "module",
        "crate",
        "package",
        "library",
        "project",
        "repository",
        "struct",
        "type",
        "class",
        "function",
        "method",
        "trait",
        "enum",
        "file",
        "tool",
        "macro",
        "folder",
        "directory",
        "plugin",
        "component",
        "application",
        "interface",
    ]
    .into_iter()
    .flat_map(|kind| [format!("this {kind}"), format!("the {kind}")]);
    for subject in own.into_iter().chain(this).chain(general) {
        let rest = lower
            .strip_prefix(&subject)
            .filter(|rest| rest.starts_with(' ') && !subject.is_empty());

        if let Some(rest) = rest
            && lower.len() == sentence.len()
        {
            let start = sentence.len() - rest.len();
            let rest = sentence[start..].trim_start();
            let verb = rest.split(' ').next().unwrap_or_default();
            if FINITE.contains(&verb) || stem_of(verb).is_some() {
                return rest.to_owned();
            }
        }
    }

    sentence.to_owned()
}

/// "The task module", said of the module "task".
fn says_nothing(words: &[&str], name: &str) -> bool {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    matches!(lower[0].as_str(), "a" | "an" | "the")
        && words.len() <= 4
        && name
            .to_lowercase()
            .split(['_', '-', ' '])
            .any(|part| lower.iter().any(|word| word == part))
}

/// Whether two sentences ran into one because their lines ended without a mark.
fn runs_on(words: &[&str]) -> bool {
    words.windows(2).skip(1).any(|pair| {
        let starts = matches!(
            pair[1],
            "The"
                | "Otherwise"
                | "If"
                | "This"
                | "It"
                | "When"
                | "Note"
                | "Returns"
                | "Return"
                | "Only"
                | "For"
                | "Use"
                | "See"
                | "Part"
        );
        starts && !pair[0].ends_with(['.', '!', '?', ':'])
    })
}

/// Whether a second verb comes after a noun, with nothing that joins it: "parses a selector expects the input".
fn runs_on_with_a_verb(words: &[&str]) -> bool {
    let acts = words.first().is_some_and(|first| {
        stem_of(&first.to_lowercase()).is_some() || verbs::is_verb(&first.to_lowercase())
    });
    let joined = |before: &[&str]| {
        before.iter().any(|word| {
            matches!(
                word.to_lowercase().as_str(),
                "that"
                    | "which"
                    | "who"
                    | "whose"
                    | "and"
                    | "or"
                    | "if"
                    | "when"
                    | "what"
                    | "how"
                    | "it"
                    | "where"
                    | "while"
                    | "until"
                    | "because"
                    | "as"
                    | "so"
                    | "since"
                    | "whether"
                    | "but"
                    | "then"
                    | "than"
                    | "you"
                    | "where:"
            ) || word.ends_with([',', ';', ':'])
        })
    };

    // An object follows a verb and no noun: "the gates of a mill" has none.
    acts && words.windows(2).enumerate().skip(2).any(|(at, pair)| {
        let object = matches!(
            pair[1],
            "a" | "an" | "the" | "all" | "its" | "to" | "each" | "every" | "no"
        );
        object
            && verbs::is_third_person_of_any(&pair[0].to_lowercase())
            && !matches!(
                words[at - 1],
                "a" | "an" | "the" | "of" | "for" | "all" | "its" | "to" | "in" | "with"
            )
            && !joined(&words[1..at])
    })
}

/// Lower case for a first word that is only capitalised because it came first.
pub fn lower_first(sentence: &str) -> String {
    let first = sentence.split(' ').next().unwrap_or_default();
    let proper = first
        .chars()
        .skip(1)
        .any(|c| c.is_uppercase() || c.is_ascii_digit())
        || first == "I";

    let known = [
        "Rust", "Python", "Java", "Go", "Unix", "Linux", "Windows", "Tokio", "Tower", "Hyper", "Django",
        "React",
    ];
    // "Arduino Mega" is a name.
    let named = first.len() > 2
        && !matches!(
            first,
            "The"
                | "All"
                | "This"
                | "These"
                | "Each"
                | "Every"
                | "For"
                | "When"
                | "Use"
                | "Uses"
                | "Its"
                | "Some"
                | "Any"
        )
        && VERBS.iter().all(|verb| !first.to_lowercase().starts_with(verb))
        && sentence.split(' ').nth(1).is_some_and(|second| {
            second.starts_with(char::is_uppercase) && second.chars().skip(1).any(char::is_lowercase)
        });
    if proper || named || known.contains(&first) {
        return sentence.to_owned();
    }

    let mut symbols = sentence.chars();
    symbols
        .next()
        .map(|symbol| symbol.to_lowercase().chain(symbols).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn does(text: &str, expected: &str) {
        assert_eq!(
            said_of("router", text),
            Some(Said::Does(expected.to_owned())),
            "{text}"
        );
    }

    #[test]
    fn documentation_becomes_a_predicate() {
        does("Create a new `Router`.", "creates a new Router");
        does("Creates a new router.\n\nMore follows.", "creates a new router");
        does(
            "The router type for composing handlers.",
            "is the router type for composing handlers",
        );

        does(
            "An error that says what went wrong.",
            "is an error that says what went wrong",
        );
        does("This module provides extractors.", "provides extractors");
        does("`Router` is a table of routes.", "is a table of routes");
        does("Error type for requests.", "is an error type for requests");
        does(
            "Utilities for working with paths.",
            "provides utilities for working with paths",
        );
        does(
            "Copy bytes from one place to another",
            "copies bytes from one place to another",
        );
    }

    #[test]
    fn a_noun_before_a_noun_is_no_verb() {
        assert!(!matches!(
            said_of("add", "Lock wrappers for functions that are called from the mill"),
            Some(Said::Does(does)) if does.starts_with("locks")
        ));
    }

    #[test]
    fn an_example_and_a_lost_sign_are_not_told() {
        does("Parse the initial tag e.g. `div`", "parses the initial tag");
        does(
            "Parse an attribute matcher\ne.g. `[attr^=\"http\"]` and more",
            "parses an attribute matcher",
        );
        assert_eq!(said_of("router", "Parse the selector after ':'"), None);
        assert_eq!(
            said_of("range", "Reads a header and returns only bytes=start-end of it"),
            None
        );
        assert_eq!(
            said_of("open", "Returns 1 (open), 0 (shut) or 2 (in between)"),
            None
        );
        assert_eq!(
            said_of("open", "XXX Split this into a gate that takes a wheel"),
            None
        );
    }

    #[test]
    fn two_sentences_that_ran_into_one_are_not_told() {
        assert_eq!(
            said_of(
                "router",
                "Parse a gate selector\nexpects the input to be everything"
            ),
            None
        );
        assert_eq!(
            said_of("gate", "A gate of wood (strong) support\nPart of Mill"),
            None
        );
        does(
            "Parse a table that holds the gates and returns it",
            "parses a table that holds the gates and returns it",
        );
    }

    #[test]
    fn an_unknown_word_before_an_article_is_a_verb() {
        does(
            "Unregister the callback function for a gesture.",
            "unregisters the callback function for a gesture",
        );
        assert_eq!(
            said_of("router", "Inside the box of the callback for a gesture."),
            None
        );
        assert!(!matches!(
            said_of("is_open", "These functions check the type of a gate."),
            Some(Said::Does(_))
        ));
    }

    #[test]
    fn whole_sentences_are_quoted_and_notes_are_left_out() {
        let text = "Handlers are async functions that take arguments.";
        assert_eq!(
            said_of("handler", text),
            Some(Said::Says(
                "Handlers are async functions that take arguments".to_owned()
            ))
        );
        assert_eq!(said_of("x", "See the docs for more."), None);
        assert_eq!(said_of("x", "TODO"), None);
        assert_eq!(said_of("x", "```rust\nlet x = 1;\n```"), None);
        assert_eq!(said_of("x", "Returns:"), None);
        assert_eq!(said_of("x", "これはルーターです。"), None);
    }

    #[test]
    fn quotations_are_whole_english_sentences() {
        let text = "Fast.\n\nThe server handles many requests at once without blocking. See the examples below. \
                    `let x = 5` is how it begins and {that} is not sayable.";
        assert_eq!(
            quotable(text),
            ["The server handles many requests at once without blocking"]
        );
    }

    #[test]
    fn other_languages_are_noticed() {
        assert!(is_english("This is a router for the web, and it is fast."));
        assert!(!is_english(
            "Dies ist ein Router, und er ist schnell und sehr klein für das Netz."
        ));
    }
}
