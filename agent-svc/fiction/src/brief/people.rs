//! The people whom a prompt names, and what they are to the one whom the book is about.

use super::{FINDERS, PLACE_MARKS, Word, is_capitalised};
use crate::bank::find_texts;

const MOST_PEOPLE: usize = 5;
/// Words that are names only where a name stands: after a verb of naming or before a verb.
const NAMES_THAT_ARE_WORDS: &[&str] = &[
    "Will", "Rose", "Hope", "Grace", "Faith", "Mark", "Joy", "Art", "Bill", "Dawn", "May", "June", "Violet",
    "Iris", "Hazel", "Ivy", "Ruby", "Pearl", "Lily",
];

/// What somebody is in a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Ally,
    Mentor,
    Antagonist,
    Home,
    Absent,
}

/// Word, part, and whether it is said of men or of women.
const RELATIONS: &[(&str, Part, Option<bool>)] = &[
    ("niece", Part::Home, Some(false)),
    ("nephew", Part::Home, Some(true)),
    ("daughter", Part::Home, Some(false)),
    ("son", Part::Home, Some(true)),
    ("mother", Part::Home, Some(false)),
    ("father", Part::Home, Some(true)),
    ("grandmother", Part::Home, Some(false)),
    ("grandfather", Part::Home, Some(true)),
    ("aunt", Part::Home, Some(false)),
    ("uncle", Part::Home, Some(true)),
    ("wife", Part::Home, Some(false)),
    ("husband", Part::Home, Some(true)),
    ("brother", Part::Ally, Some(true)),
    ("sister", Part::Ally, Some(false)),
    ("cousin", Part::Ally, None),
    ("friend", Part::Ally, None),
    ("partner", Part::Ally, None),
    ("colleague", Part::Ally, None),
    ("apprentice", Part::Ally, None),
    ("neighbour", Part::Ally, None),
    ("neighbor", Part::Ally, None),
    ("assistant", Part::Ally, None),
    ("teacher", Part::Mentor, None),
    ("mentor", Part::Mentor, None),
    ("boss", Part::Mentor, None),
    ("rival", Part::Antagonist, None),
    ("enemy", Part::Antagonist, None),
    ("landlord", Part::Antagonist, Some(true)),
];
/// Titles and trades that make somebody a part.
const TRADES: &[(&str, Part, Option<bool>)] = &[
    ("witch", Part::Antagonist, Some(false)),
    ("sorcerer", Part::Antagonist, Some(true)),
    ("wizard", Part::Mentor, Some(true)),
    ("thief", Part::Antagonist, None),
    ("detective", Part::Mentor, None),
    ("inspector", Part::Mentor, None),
    ("abbot", Part::Mentor, Some(true)),
    ("professor", Part::Mentor, None),
    ("captain", Part::Mentor, None),
    ("judge", Part::Mentor, None),
];

/// A name as it was written, and what else is said of who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPerson {
    pub(crate) name: String,
    pub(crate) is_man: Option<bool>,
    /// `niece`.
    pub(crate) relation: Option<String>,
    pub(crate) job: Option<String>,
    pub(crate) part: Option<Part>,
    /// `Detective Novak` has another name before it.
    pub(crate) is_family: bool,
    /// Where in the prompt.
    pub(crate) at: usize,
}

pub(super) fn is_no_name(text: &str) -> bool {
    find_texts("no/names").contains(&text)
}

pub(super) fn is_known_name(text: &str) -> bool {
    ["women", "men", "known/women", "known/men", "known/either"]
        .iter()
        .any(|list| find_texts(list).contains(&text))
}

fn find_relation(word: &str) -> Option<&'static (&'static str, Part, Option<bool>)> {
    RELATIONS.iter().find(|(name, ..)| *name == word)
}

/// The first trade within a stretch of the prompt, and where it stands.
pub(super) fn find_role(lower: &[String], from: usize, to: usize) -> Option<(usize, String)> {
    let roles = find_texts("role/words");
    (from..to.min(lower.len())).find_map(|at| {
        let pair = lower.get(at + 1).map(|next| format!("{} {next}", lower[at]));
        if let Some(pair) = pair.filter(|pair| roles.contains(&pair.as_str())) {
            return Some((at, pair));
        }
        roles
            .contains(&lower[at].as_str())
            .then(|| (at, lower[at].clone()))
    })
}

pub(super) fn read_people(words: &[Word<'_>], lower: &[String], town: Option<&str>) -> Vec<NamedPerson> {
    let mut people: Vec<NamedPerson> = Vec::new();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let at = index;
        index += 1;
        if !stands_as_name(words, lower, at, town) {
            continue;
        }
        let mut name = word.text.to_owned();
        let next = words.get(index).filter(|next| {
            !word.is_possessive
                && !word.ends_clause
                && !next.begins_sentence
                && is_capitalised(next.text)
                && !is_no_name(next.text)
        });
        if let Some(next) = next {
            name.push(' ');
            name.push_str(next.text);
            index += 1;
        }
        let first = word.text;
        let is_known = people
            .iter()
            .any(|known| known.name.split(' ').any(|part| part == first));
        if !is_known && people.len() < MOST_PEOPLE {
            people.push(describe_person(lower, name, at, index));
        }
    }

    people
}

fn stands_as_name(words: &[Word<'_>], lower: &[String], at: usize, town: Option<&str>) -> bool {
    let word = &words[at];
    if !is_capitalised(word.text) || is_no_name(word.text) || !word.text.is_ascii() {
        return false;
    }
    let is_word_too = NAMES_THAT_ARE_WORDS.contains(&word.text);
    let is_listed = is_known_name(word.text) && !is_word_too;
    // A sentence begins with a capital letter in any case: only what is known for a name or stands as one counts.
    let has_family = words.get(at + 1).is_some_and(|next| {
        !word.ends_clause && !next.begins_sentence && is_capitalised(next.text) && !is_no_name(next.text)
    });
    if word.begins_sentence && !is_listed && !is_word_too && !has_family && !stands_before_verb(lower, at) {
        return false;
    }
    if at > 0 && PLACE_MARKS.contains(&lower[at - 1].as_str()) && !is_listed && !is_word_too {
        let is_called = lower[at - 1] == "called" && at > 1 && find_role(lower, at - 2, at - 1).is_some();
        if !is_called {
            return false;
        }
    }

    town.is_none_or(|town| town.split(' ').all(|part| part != word.text))
}

/// What stands around a name says who it is: `her rival Osric`, `the doctor, Lin Wei`, `Mira Voss is a lighthouse keeper`.
fn describe_person(lower: &[String], name: String, at: usize, behind: usize) -> NamedPerson {
    let before = at.checked_sub(1).map_or("", |before| lower[before].as_str());
    let before = match before {
        "named" | "called" => at.checked_sub(2).map_or("", |first| lower[first].as_str()),
        before => before,
    };
    let apposition = lower
        .get(behind)
        .map(String::as_str)
        .filter(|word| matches!(*word, "a" | "an" | "the" | "her" | "his" | "is" | "was"));
    let reach = if apposition.is_some() { behind + 5 } else { behind };
    let relation = find_relation(before).or_else(|| {
        let mine = matches!(apposition, Some("her" | "his"));
        lower
            .get(behind + 1)
            .filter(|_| mine)
            .and_then(|word| find_relation(word))
    });
    let from = at.saturating_sub(if matches!(before, "named" | "called") {
        3
    } else {
        2
    });
    let is_own = at
        .checked_sub(2)
        .is_some_and(|first| matches!(lower[first].as_str(), "his" | "her" | "their" | "my"));
    let order = match before {
        "brother" if !is_own => Some("monk"),
        "sister" if !is_own => Some("nun"),
        _ => None,
    };
    let relation = relation.filter(|_| order.is_none());
    let job = find_role(lower, from, at)
        .filter(|(place, role)| {
            place + role.split(' ').count() == at || before == role.rsplit(' ').next().unwrap_or(role)
        })
        .or_else(|| find_role(lower, behind, reach))
        .map(|(_, role)| role)
        .or_else(|| order.map(str::to_owned));
    let trade = TRADES
        .iter()
        .find(|(trade, ..)| before == *trade || job.as_deref() == Some(*trade));
    let title_is_man = match before {
        "brother" | "father" | "sir" | "lord" | "king" | "prince" | "mr" => Some(true),
        "sister" | "mother" | "lady" | "queen" | "princess" | "mrs" | "ms" => Some(false),
        _ => None,
    };
    let is_away = matches!(before, "late" | "missing" | "dead" | "murdered")
        || lower.get(behind).is_some_and(|next| {
            matches!(
                next.as_str(),
                "vanishes" | "vanished" | "disappears" | "disappeared" | "dies" | "died"
            )
        });
    let follows = lower.get(behind).is_some_and(|next| {
        matches!(
            next.as_str(),
            "follows" | "hunts" | "chases" | "threatens" | "wants"
        )
    });

    NamedPerson {
        is_man: title_is_man
            .or_else(|| relation.and_then(|(.., is_man)| *is_man))
            .or_else(|| trade.and_then(|(.., is_man)| *is_man))
            .or_else(|| guess_gender(&name))
            .or_else(|| read_pronoun(lower, behind)),
        part: relation
            .map(|(_, part, _)| *part)
            .or_else(|| trade.map(|(_, part, _)| *part))
            .or_else(|| is_away.then_some(Part::Absent))
            .or_else(|| follows.then_some(Part::Antagonist)),
        relation: relation.map(|(word, ..)| (*word).to_owned()),
        is_family: matches!(
            before,
            "detective"
                | "inspector"
                | "captain"
                | "professor"
                | "doctor"
                | "judge"
                | "mr"
                | "mrs"
                | "ms"
                | "dr"
                | "agent"
        ) && !is_known_name(&name),
        job,
        name,
        at,
    }
}

fn guess_gender(name: &str) -> Option<bool> {
    let first = name.split(' ').next().unwrap_or_default();
    let is_in = |list: &str| find_texts(list).contains(&first);
    if is_in("men") || is_in("known/men") {
        return Some(true);
    }

    (is_in("women") || is_in("known/women") || first.ends_with('a')).then_some(false)
}

/// Kin that are spoken of and not named: `Detective Novak suspects her father`.
pub(super) fn read_kin(words: &[Word<'_>], lower: &[String], people: &[NamedPerson]) -> Vec<String> {
    let is_named = |at: usize| people.iter().any(|person| person.at == at + 1);

    (1..lower.len())
        .filter(|at| matches!(lower[at - 1].as_str(), "her" | "his" | "their" | "my"))
        .filter(|at| !is_named(*at) && !words[at - 1].ends_clause)
        .filter_map(|at| find_relation(&lower[at]))
        .filter(|(_, part, _)| !matches!(part, Part::Antagonist))
        .map(|(word, ..)| (*word).to_owned())
        .collect()
}

/// `her late husband`: who is gone when the book begins.
pub(super) fn read_absent_kin(lower: &[String]) -> Option<String> {
    (1..lower.len())
        .filter(|at| {
            matches!(
                lower[at - 1].as_str(),
                "late" | "missing" | "dead" | "lost" | "vanished"
            )
        })
        .find_map(|at| find_relation(&lower[at]))
        .map(|(word, ..)| (*word).to_owned())
}

pub(super) fn is_kin(word: &str) -> bool {
    find_relation(word).is_some()
}

pub(crate) fn is_kin_a_man(word: &str) -> Option<bool> {
    find_relation(word).and_then(|(.., is_man)| *is_man)
}

/// `Mira finds`, `Osric has`.
fn stands_before_verb(lower: &[String], at: usize) -> bool {
    lower.get(at + 1).is_some_and(|next| {
        FINDERS.contains(&next.as_str()) || find_texts("verbs/of/people").contains(&next.as_str())
    })
}

/// The nearest `he` or `she` behind a name.
fn read_pronoun(lower: &[String], from: usize) -> Option<bool> {
    lower
        .iter()
        .skip(from)
        .take(40)
        .find_map(|word| match word.as_str() {
            "he" | "his" | "him" => Some(true),
            "she" | "her" => Some(false),
            _ => None,
        })
}
