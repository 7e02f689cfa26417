//! What has happened when a book begins: the one verb of a prompt that decides which skeleton fits.

use super::{PARTICIPLES, Word, people::is_kin, read_back, read_phrase};
use crate::bank::find_texts;

/// The kinds of event that have a skeleton of their own; a death has the genre's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Death,
    Fire,
    Poison,
    Theft,
    Find,
    Missing,
    Sign,
    Rival,
    Journey,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    /// What it happened to, with slots: `{p.his} brother's maps`.
    pub(crate) matter: Option<String>,
    /// Where it leads: `the city of Velmar`.
    pub(crate) goal: Option<String>,
}

/// In this order: a murder that somebody travels to is a murder.
const KINDS: &[(EventKind, &[&str])] = &[
    (
        EventKind::Death,
        &[
            "murder",
            "murders",
            "murdered",
            "killed",
            "kills",
            "dead",
            "corpse",
            "body",
            "drowned",
            "strangled",
        ],
    ),
    (
        EventKind::Poison,
        &["poison", "poisons", "poisoned", "poisoning", "poisoner"],
    ),
    (
        EventKind::Fire,
        &[
            "burned", "burnt", "burns", "burning", "arson", "arsonist", "fire", "ashes",
        ],
    ),
    (
        EventKind::Theft,
        &[
            "stole", "steals", "stolen", "steal", "theft", "thief", "thieves", "robbed", "robbery", "heist",
            "burglary",
        ],
    ),
    (
        EventKind::Missing,
        &[
            "missing",
            "vanished",
            "vanishes",
            "vanish",
            "disappeared",
            "disappears",
            "disappearance",
            "kidnapped",
        ],
    ),
    (
        EventKind::Sign,
        &[
            "sing",
            "sings",
            "singing",
            "signal",
            "signals",
            "whisper",
            "whispers",
            "whispering",
            "hum",
            "hums",
            "humming",
            "knocking",
            "listens",
            "listening",
            "speaks",
            "answers",
            "breathes",
            "breathing",
        ],
    ),
    (
        EventKind::Rival,
        &[
            "rival",
            "rivals",
            "share",
            "compete",
            "competes",
            "competition",
            "contest",
            "feud",
            "feuding",
            "enemies",
        ],
    ),
    (
        EventKind::Journey,
        &[
            "carry",
            "carries",
            "deliver",
            "delivers",
            "journey",
            "travel",
            "travels",
            "cross",
            "crosses",
            "voyage",
            "expedition",
            "bring",
            "brings",
            "escort",
            "escorts",
            "walk",
            "walks",
            "sails",
            "sail",
        ],
    ),
];
/// Stands between what does something and what it does.
const HELPERS: &[&str] = &[
    "has", "have", "had", "begun", "began", "begins", "begin", "to", "starts", "started", "is", "are", "was",
    "were", "been", "being", "can", "will", "must", "suddenly", "slowly",
];

pub(super) fn read_event(words: &[Word<'_>], lower: &[String]) -> Option<Event> {
    for (kind, verbs) in KINDS {
        let Some(at) = lower.iter().position(|word| verbs.contains(&word.as_str())) else {
            continue;
        };
        return Some(describe_event(words, lower, *kind, at));
    }

    None
}

fn describe_event(words: &[Word<'_>], lower: &[String], kind: EventKind, at: usize) -> Event {
    let things = find_texts("thing/words");
    let behind = lower.get(at + 1).map_or("", String::as_str);
    let is_adjective = PARTICIPLES.contains(&lower[at].as_str()) && things.contains(&behind);
    let is_found = is_adjective
        && lower[at.saturating_sub(4)..at].iter().any(|word| {
            matches!(
                word.as_str(),
                "finds" | "find" | "found" | "discovers" | "discovered"
            )
        });
    let kind = match (kind, is_adjective, is_found) {
        (EventKind::Theft | EventKind::Missing, _, true) => EventKind::Find,
        (EventKind::Missing, true, false) => EventKind::Theft,
        (kind, ..) => kind,
    };
    let object = || read_phrase(words, lower, at + 1).filter(|_| !words[at].ends_clause);
    let subject = || {
        let end = (0..at).rev().find(|at| !HELPERS.contains(&lower[*at].as_str()))?;
        read_back(words, lower, end)
    };
    let is_passive = at.checked_sub(1).is_some_and(|before| {
        matches!(
            lower[before].as_str(),
            "was" | "were" | "been" | "is" | "are" | "being"
        )
    });

    let matter = match kind {
        EventKind::Fire | EventKind::Poison | EventKind::Theft if is_passive => subject(),
        EventKind::Fire | EventKind::Poison => object().or_else(subject),
        EventKind::Theft if !is_adjective => object(),
        EventKind::Sign => subject().filter(|phrase| !is_somebody(&phrase.text)).or_else(|| {
            let place =
                (at..lower.len()).find(|at| matches!(lower[*at].as_str(), "in" | "through" | "from"))?;
            read_phrase(words, lower, place + 1)
        }),
        _ => None,
    };
    let goal = (kind == EventKind::Journey)
        .then(|| {
            let to = (at..lower.len()).find(|at| lower[*at] == "to" && !words[*at].ends_clause)?;
            read_phrase(words, lower, to + 1)
        })
        .flatten();

    Event {
        kind,
        matter: matter.map(|phrase| phrase.text),
        goal: goal.map(|phrase| phrase.text),
    }
}

/// People speak, too; what speaks through something is no person.
fn is_somebody(phrase: &str) -> bool {
    phrase
        .split(' ')
        .any(|word| is_kin(word) || find_texts("role/words").contains(&word))
}
