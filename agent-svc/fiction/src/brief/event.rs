//! What has happened when a book begins: the one verb of a prompt that decides which skeleton fits.

use super::{
    PARTICIPLES, Word,
    kin::{is_kin, is_relation},
    people::NamedPerson,
    read_back, read_phrase,
};
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
            "stole", "steals", "stolen", "steal", "theft", "robbed", "robbery", "heist", "burglary",
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
            "repeats",
            "repeating",
            "echoes",
            "calls",
            "calling",
            "weeping",
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
            "quarrel",
            "quarrels",
            "quarrelling",
            "bicker",
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
    (
        EventKind::Find,
        &[
            "finds",
            "find",
            "found",
            "discovers",
            "discovered",
            "inherits",
            "inherit",
            "unearths",
        ],
    ),
    // Who somebody is says less than what they do.
    (EventKind::Theft, &["thief", "thieves"]),
];
/// Stands between what does something and what it does.
const HELPERS: &[&str] = &[
    "has", "have", "had", "begun", "began", "begins", "begin", "to", "starts", "started", "is", "are", "was",
    "were", "been", "being", "can", "will", "must", "suddenly", "slowly",
];

pub(super) fn read_event(words: &[Word<'_>], lower: &[String], people: &[NamedPerson]) -> Option<Event> {
    let find = |kind: &EventKind, verbs: &[&str], may_be_past: bool| {
        let says = |at: &usize| {
            verbs.contains(&lower[*at].as_str())
                && (*kind != EventKind::Find || finds_thing(lower, *at))
                && (may_be_past || !is_a_family_past(lower, *at))
                && !is_capitalised_name(words, people, *at)
        };
        (0..lower.len()).find(says)
    };
    // That a father drowned long ago is what a book comes from, not what happens in it.
    for may_be_past in [false, true] {
        for (kind, verbs) in KINDS {
            let Some(at) = find(kind, verbs, may_be_past) else {
                continue;
            };
            return Some(describe_event(words, lower, people, *kind, at));
        }
    }

    None
}

/// A thing is found, and not out.
fn finds_thing(lower: &[String], at: usize) -> bool {
    let things = find_texts("thing/words");

    lower
        .iter()
        .skip(at + 1)
        .take(5)
        .any(|word| things.contains(&word.as_str()))
}

fn is_a_family_past(lower: &[String], at: usize) -> bool {
    let who = (0..at)
        .rev()
        .find(|at| !HELPERS.contains(&lower[*at].as_str()) && lower[*at] != "who");
    let is_kins = who.is_some_and(|who| is_kin(&lower[who]));
    let is_of_kin = lower.get(at + 1).is_some_and(|next| is_kin(next));

    is_kins || is_of_kin
}

/// `Will Body` is nobody's.
fn is_capitalised_name(words: &[Word<'_>], people: &[NamedPerson], at: usize) -> bool {
    people
        .iter()
        .any(|person| person.name.split(' ').any(|part| part == words[at].text))
}

/// Whether somebody whom the book is about does it, rather than finds that it was done.
fn is_done_by_hero(lower: &[String], people: &[NamedPerson], at: usize) -> bool {
    let Some(before) = (0..at).rev().find(|at| !HELPERS.contains(&lower[*at].as_str())) else {
        return false;
    };
    let by_name = people.first().is_some_and(|hero| {
        let parts = hero.name.split(' ').count();
        (hero.at..hero.at + parts).contains(&before)
    });
    let is_first = people.first().is_none_or(|first| first.at > before);
    let by_trade = is_first && find_texts("role/words").contains(&lower[before].as_str());

    by_name || by_trade
}

fn describe_event(
    words: &[Word<'_>],
    lower: &[String],
    people: &[NamedPerson],
    kind: EventKind,
    at: usize,
) -> Event {
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
    let is_active = matches!(lower[at].as_str(), "steals" | "stole" | "steal");
    if kind == EventKind::Theft && is_active && is_done_by_hero(lower, people, at) {
        return describe_return(words, lower, at);
    }
    let is_noun = matches!(
        lower[at].as_str(),
        "fire" | "ashes" | "arson" | "poison" | "poisoning" | "theft" | "robbery" | "heist" | "burglary"
    );
    let object = || {
        let from = match lower.get(at + 1).map(String::as_str) {
            Some("of" | "at" | "in") if is_noun => at + 2,
            _ if is_noun => return None,
            _ => at + 1,
        };
        read_phrase(words, lower, from).filter(|_| !words[at].ends_clause)
    };
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
        EventKind::Fire | EventKind::Poison => object().or_else(|| subject().filter(|_| !is_noun)),
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

/// Who steals a thing has to carry it somewhere: back, or to whoever it is for.
fn describe_return(words: &[Word<'_>], lower: &[String], at: usize) -> Event {
    let place = |mark: &str| {
        let place = (at + 1..lower.len()).find(|at| lower[*at] == mark && !words[*at].ends_clause)?;
        read_phrase(words, lower, place + 1)
    };

    Event {
        kind: EventKind::Journey,
        matter: None,
        goal: place("from").map(|phrase| phrase.text),
    }
}

/// People speak, too; what speaks through something is no person.
fn is_somebody(phrase: &str) -> bool {
    phrase
        .split(' ')
        .any(|word| is_relation(word) || find_texts("role/words").contains(&word))
}
