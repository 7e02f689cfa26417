//! What a prompt names: people and what they are to one another, a profession, a place, a thing, a time, a mood, what has
//! happened and until when it is to be put right. It only reads; what it does not find is chosen elsewhere. Any text is
//! fine, in any script.

mod event;
mod kin;
mod moment;
mod people;
mod phrase;
mod script;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::bank::find_texts;

pub(crate) use event::{Event, EventKind};
pub(crate) use kin::{Part, is_kin, is_kin_a_man};
pub(crate) use people::NamedPerson;
use phrase::{Word, is_capitalised, is_latin, read_back, read_phrase, split_words};

/// Prompts are read as far as this.
const BYTES_READ: usize = 8000;
const PLACE_MARKS: &[&str] = &[
    "in", "at", "of", "near", "from", "to", "called", "on", "aboard", "across", "through", "outside", "into",
    "towards", "toward", "between", "off", "beyond", "under", "over",
];
const FINDERS: &[&str] = &[
    "finds",
    "find",
    "found",
    "steals",
    "stole",
    "inherits",
    "inherited",
    "loses",
    "lost",
    "discovers",
    "carries",
    "carry",
    "delivers",
    "deliver",
    "receives",
    "hunts",
    "guards",
    "seeks",
    "opens",
    "buys",
    "repairs",
    "missing",
    "hidden",
    "hides",
    "bring",
    "brings",
    "hid",
    "stolen",
    "searches",
    "seek",
    "look",
    "looks",
    "looking",
    "steal",
    "return",
];
/// Behind the name of a thing these make another one of it: `clock tower`, `letter carrier`.
const MAKERS: &[&str] = &[
    "tower",
    "carrier",
    "room",
    "shop",
    "keeper",
    "seller",
    "maker",
    "thief",
    "club",
    "fair",
    "collector",
    "store",
    "repairer",
    "factory",
    "festival",
    "cutter",
    "player",
    "teacher",
];
/// Adjectives that say what happened to a thing, not which one it is.
const PARTICIPLES: &[&str] = &["stolen", "missing", "lost"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Brief {
    pub(crate) people: Vec<NamedPerson>,
    /// What the person is whom the book is about.
    pub(crate) profession: Option<String>,
    /// Whether somebody without a name comes first: `A librarian finds … Detective Novak suspects …`.
    pub(crate) begins_unnamed: bool,
    /// Kin of theirs without a name: `her father`.
    pub(crate) kin: Vec<String>,
    /// Kin who are gone: `her late husband`.
    pub(crate) absent_kin: Option<String>,
    /// Whether they are so for good.
    pub(crate) is_absent_dead: bool,
    /// Of whom it is about, youngest and oldest.
    pub(crate) age: Option<(usize, usize)>,
    pub(crate) town: Option<String>,
    /// Where it happens, and what sort of place that is: `the monastery`.
    pub(crate) site: Option<(String, String)>,
    /// With its article: `the brass compass`.
    pub(crate) item: Option<String>,
    pub(crate) season: Option<String>,
    pub(crate) year: Option<String>,
    pub(crate) mood: Option<String>,
    /// Until when, as a clause: `before the first snow`.
    pub(crate) due: Option<String>,
    pub(crate) event: Option<Event>,
    pub(crate) tells_in_first_person: bool,
}

impl Brief {
    pub(crate) fn read(prompt: &str) -> Self {
        let end = (0..=BYTES_READ.min(prompt.len()))
            .rev()
            .find(|end| prompt.is_char_boundary(*end))
            .unwrap_or(0);
        let written = script::write_latin(&prompt[..end]);
        let prompt = written.as_ref();
        // Other languages bend the names of their places.
        let keeps_names = matches!(written, Cow::Borrowed(_));
        let words: Vec<Word<'_>> = split_words(prompt);
        let lower: Vec<String> = words.iter().map(|word| word.text.to_lowercase()).collect();
        let town = read_town(&words, &lower).filter(|_| keeps_names);
        let mut people = people::read_people(&words, &lower, town.as_deref());
        let age = moment::read_ages(prompt, &lower, find_texts("role/words"), &mut people);
        let event = event::read_event(&words, &lower, &people);
        mark_victim(event.as_ref(), &mut people);
        let role = people::find_role(&lower, 0, lower.len());
        let begins_unnamed = match (&role, people.first()) {
            (Some((at, role)), Some(first)) => {
                *at < first.at && first.job.as_ref() != Some(role) && first.at - at > 3
            }
            _ => false,
        };
        let profession = match people.first() {
            Some(first) if !begins_unnamed => {
                let before = role.as_ref().filter(|(at, _)| *at < first.at && !first.is_dead);
                first.job.clone().or_else(|| before.map(|(_, role)| role.clone()))
            }
            _ => role.map(|(_, role)| role),
        };
        let first_person = prompt.to_lowercase();
        let absent = kin::read_absent_kin(&words, &lower, &people);

        Self {
            profession,
            begins_unnamed,
            kin: kin::read_kin(&words, &lower, &people, begins_unnamed),
            is_absent_dead: absent.as_ref().is_some_and(|(_, is_dead)| *is_dead),
            absent_kin: absent.map(|(word, _)| word),
            age,
            item: read_item(&words, &lower),
            site: read_site(&words, &lower),
            season: moment::read_season(&words, &lower),
            year: moment::read_year(prompt, &words, &lower),
            mood: find_listed(&lower, "mood/words"),
            due: moment::read_due(&words, &lower),
            event,
            tells_in_first_person: first_person.contains("first person")
                || first_person.contains("first-person"),
            town,
            people,
        }
    }

    /// Who is dead when the book begins, as a phrase with slots: `{p.his} late husband Mark`.
    pub(crate) fn describe_dead(&self) -> Option<String> {
        let named = self.people.iter().skip(1).find(|person| person.is_dead);
        match (named, &self.absent_kin) {
            (Some(person), _) => Some(match &person.relation {
                Some(relation) => format!("{{p.his}} late {relation} {}", person.name),
                None => person.name.clone(),
            }),
            (None, Some(kin)) if self.is_absent_dead => Some(format!("{{p.his}} late {kin}")),
            _ => None,
        }
    }
}

/// Whom it happened to is not there to be asked: `the poisoning of Lord Ashby`.
fn mark_victim(event: Option<&Event>, people: &mut [NamedPerson]) {
    let Some(matter) = event.and_then(|event| event.matter.as_deref()) else {
        return;
    };
    let is_named = |person: &NamedPerson| {
        let last = person.name.rsplit(' ').next().unwrap_or(&person.name);
        matter.split(' ').next_back() == Some(last)
    };
    for person in people.iter_mut().skip(1).filter(|person| is_named(person)) {
        person.part = Some(Part::Absent);
        person.is_dead = true;
    }
}

fn read_town(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    for (at, word) in words.iter().enumerate().skip(1) {
        let next = words
            .get(at + 1)
            .filter(|next| !word.ends_clause && is_capitalised(next.text) && !next.begins_sentence);
        // `in the Scottish Highlands`, `in the Alps`.
        let is_region = lower[at - 1] == "the"
            && at > 1
            && matches!(lower[at - 2].as_str(), "in" | "across" | "through" | "near")
            && is_capitalised(word.text)
            && (next.is_some() || word.ends_clause && !moment::is_time(&lower[at]));
        if is_region {
            let name: Vec<&str> = std::iter::once(word).chain(next).map(|word| word.text).collect();
            return Some(format!("the {}", name.join(" ")));
        }
        let is_marked = PLACE_MARKS.contains(&lower[at - 1].as_str());
        if !is_marked
            || !is_capitalised(word.text)
            || people::is_no_name(word.text)
            || people::is_known_name(word.text)
        {
            continue;
        }
        let mut town = word.text.to_owned();
        if let Some(next) = next {
            town.push(' ');
            town.push_str(next.text);
        }
        return Some(town);
    }

    None
}

/// A building or the like that stands behind an article.
fn read_site(words: &[Word<'_>], lower: &[String]) -> Option<(String, String)> {
    for (at, word) in lower.iter().enumerate().skip(1) {
        let sort = find_texts("site/words").iter().find_map(|line| {
            let (name, sort) = line.split_once('=')?;
            (name == word).then_some(sort)
        });
        let Some(sort) = sort else { continue };
        let before = lower[at - 1].as_str();
        let behind = lower.get(at + 1).map_or("", String::as_str);
        let is_trade = !words[at].ends_clause
            && matches!(
                behind,
                "owner"
                    | "keeper"
                    | "clerk"
                    | "worker"
                    | "girl"
                    | "boy"
                    | "maid"
                    | "teacher"
                    | "master"
                    | "doctor"
                    | "nurse"
                    | "cook"
            );
        if is_trade {
            continue;
        }
        let first = at.checked_sub(2).map_or("", |first| lower[first].as_str());
        // `the Danube bridge`.
        let is_named = words[at - 1].text.starts_with(char::is_uppercase) && first == "the";
        if is_named {
            return Some((format!("the {} {word}", words[at - 1].text), sort.to_owned()));
        }
        if before == "old"
            || (is_article(first)
                && is_latin(before)
                && !is_article(before)
                && !words[at - 1].is_possessive
                && !matches!(before, "of" | "rival"))
        {
            return Some((format!("the {before} {word}"), sort.to_owned()));
        }
        if is_article(before) || PLACE_MARKS.contains(&before) || words[at - 1].is_possessive {
            return Some((format!("the {word}"), sort.to_owned()));
        }
    }

    None
}

fn find_listed(lower: &[String], list: &str) -> Option<String> {
    let texts = find_texts(list);
    (0..lower.len()).find_map(|at| {
        let pair = lower.get(at + 1).map(|next| format!("{} {next}", lower[at]));
        let pair = pair.filter(|pair| texts.contains(&pair.as_str()));
        pair.or_else(|| texts.contains(&lower[at].as_str()).then(|| lower[at].clone()))
    })
}

/// A thing that is known for one, with the adjectives before it; best of all one that is found, stolen or sought.
fn read_item(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    let places: Vec<usize> = (0..lower.len())
        .filter(|at| is_thing(words, lower, *at))
        .collect();
    let is_sought = |at: &&usize| {
        lower[at.saturating_sub(6)..**at]
            .iter()
            .any(|word| FINDERS.contains(&word.as_str()))
    };
    let at = *places.iter().find(is_sought).or_else(|| places.first())?;
    let mut noun = lower[at].clone();
    if let Some(next) = lower
        .get(at + 1)
        .filter(|next| !words[at].ends_clause && find_texts("thing/words").contains(&next.as_str()))
    {
        noun.push(' ');
        noun.push_str(next);
    }

    let adjectives = match find_article(words, lower, at) {
        Some(article) => &lower[article + 1..at],
        None => &[],
    };
    let kept: Vec<&str> = adjectives
        .iter()
        .map(String::as_str)
        .filter(|word| !PARTICIPLES.contains(word))
        .chain([noun.as_str()])
        .collect();
    Some(format!("the {}", kept.join(" ")))
}

fn is_thing(words: &[Word<'_>], lower: &[String], at: usize) -> bool {
    let is_listed = find_texts("thing/words").contains(&lower[at].as_str());
    let is_name = words[at].text.starts_with(char::is_uppercase) && !words[at].begins_sentence;
    let is_other = !words[at].ends_clause
        && lower
            .get(at + 1)
            .is_some_and(|next| MAKERS.contains(&next.as_str()));

    is_listed
        && !is_name
        && !is_other
        && !words[at].is_possessive
        // Many are verbs as well: `who will`, `they record`.
        && find_article(words, lower, at).is_some()
}

/// Where the article of a noun stands: at most three adjectives before it.
fn find_article(words: &[Word<'_>], lower: &[String], at: usize) -> Option<usize> {
    const ADJECTIVES: usize = 3;
    for before in (at.saturating_sub(ADJECTIVES + 1)..at).rev() {
        let word = lower[before].as_str();
        if words[before].ends_clause && before + 1 == at {
            return None;
        }
        if is_article(word) || words[before].is_possessive {
            return Some(before);
        }
        let is_adjective = is_latin(word)
            && !words[before].text.starts_with(char::is_uppercase)
            && !PLACE_MARKS.contains(&word)
            && !FINDERS.contains(&word)
            && !find_texts("verbs/of/people").contains(&word)
            || PARTICIPLES.contains(&word)
            || word == "hidden";
        if !is_adjective {
            return None;
        }
    }

    None
}

fn is_article(word: &str) -> bool {
    matches!(
        word,
        "a" | "an" | "the" | "his" | "her" | "their" | "my" | "our" | "its" | "this" | "that" | "one"
    )
}
