//! Whether words of the repository's authors are a whole sentence: they have a subject, point at nothing that was left
//! out, end where they end, and say more than a name says by itself.

use std::sync::LazyLock;

use regex::Regex;

use crate::author::grammar::prose;
use crate::narration::cut;

/// What "this" and "these" may stand before: the thing that the whole story is about.
const THINGS: [&str; 52] = [
    "repository",
    "project",
    "library",
    "tool",
    "book",
    "lesson",
    "course",
    "package",
    "module",
    "repo",
    "role",
    "game",
    "app",
    "application",
    "crate",
    "tutorial",
    "collection",
    "guide",
    "framework",
    "plugin",
    "dataset",
    "list",
    "program",
    "server",
    "template",
    "software",
    "firmware",
    "engine",
    "extension",
    "service",
    "site",
    "website",
    "workshop",
    "chart",
    "theme",
    "script",
    "gem",
    "toolkit",
    "implementation",
    "language",
    "driver",
    "client",
    "daemon",
    "board",
    "device",
    // What follows is no repository.
    "release",
    "time",
    "year",
    "day",
    "way",
    "world",
    "document",
];

/// So many of them are what a repository may be.
const FIRST_OTHER: usize = 45;

/// Kinds of things that a heading names and the sentence below it takes up: "This law suggests …" below "Gall's law".
const HEADED: [&str; 18] = [
    "law",
    "principle",
    "rule",
    "effect",
    "theory",
    "pattern",
    "term",
    "concept",
    "theorem",
    "paradox",
    "model",
    "technique",
    "algorithm",
    "method",
    "chapter",
    "idea",
    "razor",
    "phenomenon",
];

/// "This law suggests …" below the law's own name.
pub(in crate::author) fn takes_up_its_heading(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let noun = words.next().unwrap_or_default().to_lowercase();

    first == "This" && HEADED.contains(&noun.as_str())
}

/// "tool", "library": what a repository may be.
pub(in crate::author) fn is_a_thing(word: &str) -> bool {
    THINGS[..FIRST_OTHER].contains(&word)
}

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Alone: nothing before it says what it is about.
    Alone,
    /// Behind the heading or the name that it is about.
    Headed,
}

/// Whether a sentence of the authors cannot be understood, or is no whole one.
pub(super) fn is_broken(words: &str, place: Place) -> bool {
    let sentences = cut::sentences(words);
    let Some(first) = sentences.first() else {
        return true;
    };

    points_to_what_is_missing(first, place)
        || place == Place::Alone && has_no_subject(first)
        || sentences[1..].iter().any(|later| later.starts_with("Means "))
        || first.to_lowercase().starts_with("download ")
        || sentences.iter().any(|sentence| {
            ends_in_the_middle(sentence)
                || invites(sentence)
                || RUN_TOGETHER.as_ref().is_some_and(|run| run.is_match(sentence))
        })
}

/// "The values of this setting …" with no setting before it.
fn points_to_what_is_missing(sentence: &str, place: Place) -> bool {
    let lower = sentence.to_lowercase();
    let words: Vec<&str> = lower
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-'))
        .collect();
    let singular = |word: &str| word.trim_end_matches('s').to_owned();
    let known = |at: usize| {
        let noun = singular(words.get(at + 1).copied().unwrap_or_default());
        let second = singular(words.get(at + 2).copied().unwrap_or_default());
        let before = words[..at]
            .iter()
            .any(|word| singular(word) == noun && noun.len() > 2);
        let itself = THINGS
            .iter()
            .any(|thing| singular(thing) == noun || singular(thing) == second);
        let headed = place == Place::Headed && (at == 0 || HEADED.contains(&noun.as_str()));

        before || itself || headed
    };
    let pointing = words.iter().enumerate().any(|(at, word)| {
        // What "this" alone takes up may be the clause before it.
        let clause = at > 4
            && matches!(
                words.get(at + 1).copied(),
                Some("is" | "means" | "makes" | "allows" | "can" | "was")
            );
        matches!(*word, "this" | "these" | "those") && !clause && at + 1 < words.len() && !known(at)
    });
    // "Hacker laws is an overview of the most common ones" names them first.
    let many = words
        .iter()
        .take(4)
        .any(|word| word.len() > 3 && word.ends_with('s') && *word != "this");
    let hangs = [
        " ones.",
        " the latter",
        " the former",
        " as well as this",
        " respectively",
    ];
    let others = hangs
        .iter()
        .any(|end| format!("{}.", lower.trim_end_matches('.')).contains(end) && !(many && *end == " ones."));

    pointing || others
}

/// "Means that …", "Currently allows …", "Is found in …": who, only the place where it was written tells.
fn has_no_subject(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let mut words = lower.split_whitespace().map(|word| word.trim_end_matches(','));
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let adverb =
        first.ends_with("ly") || matches!(first, "also" | "now" | "always" | "never" | "thus" | "then");
    let object = matches!(
        second,
        "a" | "an"
            | "the"
            | "to"
            | "its"
            | "your"
            | "all"
            | "any"
            | "every"
            | "each"
            | "you"
            | "that"
            | "this"
            | "only"
    );

    matches!(first, "means" | "allows" | "ensures" | "lets" | "requires") && object
        || prose::is_third_person(first) && object && second != "that" && second != "to"
        || adverb && prose::is_third_person(second)
}

/// A sentence that ends before its end: "a story by G.K.", "best illustrated with an example".
fn ends_in_the_middle(sentence: &str) -> bool {
    let bare = sentence.trim_end_matches(['.', '!', ';', ',', ' ', '”', '"']);
    let last = bare.split_whitespace().last().unwrap_or_default();
    let initials = last.contains('.')
        && last
            .split('.')
            .all(|part| part.len() == 1 && part.starts_with(char::is_uppercase));
    let lower = bare.to_lowercase();
    let to_come = [
        " with an example",
        " an example of this",
        " for example",
        " such as",
        " as described",
        " as shown",
        " like so",
        " like this",
        " as such",
        " the same way",
        " at first",
        " namely",
        " for this",
    ];

    initials || to_come.iter().any(|end| lower.ends_with(end))
}

/// Speaks to those who read the page, and not about the thing.
fn invites(sentence: &str) -> bool {
    let lower = format!(" {} ", sentence.to_lowercase());
    let words = [
        " be sure to ",
        "always welcome",
        " are welcome",
        " is welcome",
        " let us know",
        " coming soon",
        " stay tuned",
        " moar ",
        " more to come",
        " you might hear ",
        " best illustrated",
        " as you can see",
        " we will see ",
        " you should see ",
        " have a look",
        " take a look",
        " don't forget",
        " happy to ",
        " head over",
        " check out ",
        " out the docs",
        " help wanted",
        " work in progress",
        " wip ",
        " tl;dr",
        " tbd",
        " lorem ipsum",
        " implementation note",
        " bug reports are",
        " bug reports and",
        " feature requests",
        " deprecated: ",
        " please ",
        ", see: ",
        " open an issue",
        " file an issue",
        " just kidding",
        " enjoy!",
    ];

    words.iter().any(|word| lower.contains(word))
}

/// Two lines that became one sentence: "due to The for each value", "without it A gate".
static RUN_TOGETHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    crate::pattern::compile(
        r"[a-z]{2,} (?:The|A|An|In|For|You|To|Means|Note that) [a-z]|[,;:] [–-] |: [–-]|\s[–-] \w+: ",
    )
    .ok()
});

/// "Drivers and buses of the mill" names many, and is no deed: "it drivers and buses".
pub(super) fn begins_with_agents(does: &str) -> bool {
    const DEEDS: [&str; 25] = [
        "offers",
        "renders",
        "registers",
        "filters",
        "delivers",
        "considers",
        "triggers",
        "buffers",
        "enters",
        "covers",
        "orders",
        "answers",
        "gathers",
        "transfers",
        "refers",
        "alters",
        "differs",
        "monitors",
        "unregisters",
        "discovers",
        "recovers",
        "powers",
        "lowers",
        "mirrors",
        "colors",
    ];
    let first = does.split(' ').next().unwrap_or_default();

    first.len() > 5 && (first.ends_with("ers") || first.ends_with("ors")) && !DEEDS.contains(&first)
}

/// Whether a note says little more than the name that it explains: "chars: char iterator".
pub(super) fn adds_nothing(name: &str, note: &str, least: usize) -> bool {
    const EMPTY: [&str; 56] = [
        "setting",
        "settings",
        "option",
        "options",
        "configuration",
        "the",
        "a",
        "an",
        "of",
        "for",
        "is",
        "are",
        "its",
        "this",
        "that",
        "to",
        "in",
        "on",
        "and",
        "or",
        "with",
        "by",
        "as",
        "it",
        "which",
        "type",
        "struct",
        "class",
        "object",
        "value",
        "instance",
        "representation",
        "represents",
        "wrapper",
        "backed",
        "based",
        "used",
        "holds",
        "contains",
        "stores",
        "provides",
        "data",
        "information",
        "current",
        "given",
        "from",
        "one",
        "single",
        "new",
        "some",
        "all",
        "list",
        "may",
        "have",
        "has",
        "can",
    ];
    let plain = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.len() > 1 && !EMPTY.contains(word))
            .map(|word| word.trim_end_matches('s').to_owned())
            .collect()
    };
    let (name, note) = (plain(name), plain(note));
    let told = note.iter().filter(|word| {
        let same = |part: &String| {
            part == *word
                || part.len() > 3 && word.starts_with(part.as_str())
                || word.len() > 3 && part.starts_with(word.as_str())
        };
        !name.iter().any(same)
    });

    told.count() < least
}
