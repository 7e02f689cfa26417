//! Names that are a letter off.

use std::collections::HashMap;

use proto::tasks::fiction::finding::{FindingKind, Severity};
use strsim::osa_distance;

use crate::{
    book::{Book, Sentence},
    report::{Discovery, Findings, cite_cast},
};

const SHORTEST: usize = 4;

/// A word with a capital that is one letter from a name and no name or word of its own. A name that the book uses often is
/// somebody else's.
pub(crate) fn check_names(book: &Book<'_>, findings: &mut Findings) {
    let known = list_names(book);
    let mut seen: HashMap<&str, Vec<(usize, &Sentence<'_>)>> = HashMap::new();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (index, sentence) in book.sentences() {
        for (at, word) in sentence
            .words
            .iter()
            .enumerate()
            .filter(|(_, word)| word.is_capital())
        {
            let bare = strip_endings(word.text);
            *counts.entry(bare).or_default() += 1;
            let is_short = bare.chars().count() < SHORTEST;
            let is_all_capital = bare.chars().all(char::is_uppercase);
            if !is_short && !is_all_capital && sentence.mention_at(at).is_none() {
                seen.entry(bare).or_default().push((index, sentence));
            }
        }
    }

    let mut words: Vec<(&str, Vec<(usize, &Sentence<'_>)>)> = seen.into_iter().collect();
    words.sort_by_key(|(word, _)| *word);
    for (word, places) in words {
        let lower = word.to_lowercase();
        if book.common.contains(&lower) || known.contains_key(&lower) || COMMON.contains(&lower.as_str()) {
            continue;
        }
        let Some((name, right)) = find_near(&known, &lower) else {
            continue;
        };
        // Often enough it is a name of its own.
        let uses = counts.get(right.as_str()).copied().unwrap_or(0);
        if places.len() > 2 && places.len() * 5 > uses {
            continue;
        }
        for (index, sentence) in places {
            findings.add(
                book,
                Discovery {
                    kind: FindingKind::Name,
                    severity: Severity::Warning,
                    scene: index,
                    sentence: Some(sentence),
                    about: &[name, word, &sentence.index.to_string()],
                    contradicts: cite_cast(None, right.clone()),
                    message: format!("\u{201c}{word}\u{201d} is a letter away from \u{201c}{right}\u{201d}."),
                },
            );
        }
    }
}

fn strip_endings(word: &str) -> &str {
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

/// All words of names by their small letters.
fn list_names(book: &Book<'_>) -> HashMap<String, String> {
    let cast = book
        .input
        .cast
        .entities()
        .flat_map(|entity| std::iter::once(&entity.name).chain(&entity.aliases));
    let people = book.people.iter().map(|figure| &figure.name);
    let setting = book.input.outline.iter().map(|outline| &outline.setting.place);

    cast.chain(people)
        .chain(setting)
        .flat_map(|name| name.split(|sign: char| !sign.is_alphanumeric() && sign != '\''))
        .filter(|part| part.chars().next().is_some_and(char::is_uppercase))
        .map(|part| (strip_endings(part).to_lowercase(), strip_endings(part).to_owned()))
        .collect()
}

/// The name that is one letter away. `Quayles` and `Quayle` are one family, `Pell` and `Pelle` need more letters to be told
/// from words.
fn find_near<'k>(known: &'k HashMap<String, String>, word: &str) -> Option<(&'k str, &'k String)> {
    let mut near: Vec<(&'k str, &'k String)> = known
        .iter()
        .filter(|(name, _)| name.chars().count() >= SHORTEST)
        .filter(|(name, _)| {
            let is_plural = word.strip_suffix('s') == Some(name.as_str())
                || word.strip_suffix("es") == Some(name.as_str())
                || name.strip_suffix('s') == Some(word);
            !is_plural && osa_distance(name, word) == 1
        })
        .map(|(name, right)| (name.as_str(), right))
        .collect();
    near.sort();

    near.into_iter().next()
}

/// Words that begin sentences and are a letter from some name.
const COMMON: &[&str] = &[
    "after",
    "again",
    "all",
    "also",
    "always",
    "another",
    "answer",
    "any",
    "anyone",
    "as",
    "ask",
    "away",
    "back",
    "bad",
    "bell",
    "below",
    "best",
    "better",
    "black",
    "blue",
    "book",
    "both",
    "bread",
    "bring",
    "brown",
    "but",
    "call",
    "come",
    "could",
    "cold",
    "dare",
    "dark",
    "dead",
    "dear",
    "deep",
    "does",
    "dont",
    "door",
    "down",
    "each",
    "early",
    "even",
    "ever",
    "every",
    "face",
    "fair",
    "fall",
    "fear",
    "fell",
    "felt",
    "find",
    "fine",
    "fire",
    "first",
    "five",
    "folk",
    "food",
    "for",
    "four",
    "from",
    "full",
    "gave",
    "girl",
    "give",
    "glad",
    "gold",
    "gone",
    "good",
    "gray",
    "great",
    "grey",
    "half",
    "hall",
    "hand",
    "hard",
    "harm",
    "hate",
    "have",
    "head",
    "hear",
    "heart",
    "heat",
    "heavy",
    "held",
    "hell",
    "help",
    "here",
    "hers",
    "high",
    "hill",
    "hold",
    "home",
    "hope",
    "hour",
    "house",
    "hung",
    "hurt",
    "idle",
    "into",
    "iron",
    "just",
    "keep",
    "kept",
    "kind",
    "knew",
    "know",
    "lady",
    "lamp",
    "land",
    "last",
    "late",
    "lead",
    "leave",
    "left",
    "less",
    "lets",
    "light",
    "like",
    "line",
    "list",
    "live",
    "long",
    "look",
    "lord",
    "lost",
    "love",
    "made",
    "make",
    "many",
    "mark",
    "mayor",
    "meet",
    "mere",
    "mind",
    "mine",
    "miss",
    "more",
    "most",
    "move",
    "much",
    "must",
    "name",
    "near",
    "neat",
    "need",
    "never",
    "next",
    "nice",
    "night",
    "nine",
    "none",
    "noon",
    "north",
    "nose",
    "note",
    "nothing",
    "once",
    "only",
    "open",
    "other",
    "over",
    "paid",
    "pale",
    "part",
    "past",
    "perhaps",
    "pity",
    "poor",
    "pull",
    "quick",
    "quiet",
    "rain",
    "rather",
    "read",
    "real",
    "red",
    "rest",
    "rich",
    "right",
    "road",
    "room",
    "rose",
    "safe",
    "said",
    "salt",
    "same",
    "save",
    "seen",
    "send",
    "seven",
    "shall",
    "she",
    "show",
    "silver",
    "since",
    "sing",
    "sit",
    "six",
    "slow",
    "small",
    "snow",
    "soft",
    "some",
    "soon",
    "south",
    "speak",
    "stand",
    "stay",
    "still",
    "stone",
    "stop",
    "such",
    "sure",
    "take",
    "talk",
    "tell",
    "than",
    "thank",
    "that",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thin",
    "think",
    "this",
    "those",
    "three",
    "time",
    "told",
    "tomorrow",
    "took",
    "town",
    "true",
    "turn",
    "twice",
    "under",
    "until",
    "upon",
    "very",
    "wait",
    "walk",
    "want",
    "warm",
    "watch",
    "water",
    "well",
    "went",
    "were",
    "west",
    "what",
    "when",
    "where",
    "which",
    "while",
    "white",
    "whom",
    "whose",
    "wind",
    "wine",
    "with",
    "wood",
    "word",
    "work",
    "would",
    "write",
    "year",
    "yes",
    "yesterday",
    "young",
    "your",
    "yours",
    "east",
    "father",
    "mother",
    "sister",
    "brother",
    "mary",
    "john",
    "jane",
    "anna",
    "paul",
    "peter",
    "james",
    "english",
    "french",
    "latin",
    "christmas",
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "march",
    "april",
    "june",
    "july",
];
