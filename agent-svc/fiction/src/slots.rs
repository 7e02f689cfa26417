//! Fills the slots of a text: people by name, pronoun or feature, places, things and the words of the book's age. A text
//! with a slot that can't be filled is given up as a whole, so that no hole ever reaches a page.

use std::collections::BTreeMap;

use proto::tasks::fiction::{
    cast::{Cast, Person, Pronoun},
    ledger::Key,
    plan::{BookOutline, Genre, Premise},
};
use serde_json::Value;

use crate::{bank::find_text, brief::is_kin, chance::Chance, world::World};

const WORDS: &str = include_str!("../data/lex_default.txt");
const SHIP_WORDS: &str = include_str!("../data/lex_science_fiction.txt");
/// After these the narrator is who does it; after anything else in a sentence, to whom it is done.
const BEFORE_SUBJECT: &[&str] = &[
    "and",
    "but",
    "that",
    "when",
    "where",
    "as",
    "which",
    "what",
    "if",
    "because",
    "than",
    "while",
    "so",
    "whom",
    "since",
    "until",
    "though",
    "whenever",
    "or",
    "how",
    "why",
    "whether",
    "then",
    "yet",
    "all",
    "did",
    "had",
    "was",
    "would",
    "could",
    "everything",
    "only",
    "nor",
    "there",
    "moment",
    "once",
    "unless",
    "later",
    "time",
    "days",
    "perhaps",
    "often",
];
const SAYING: &[&str] = &[
    "said",
    "asked",
    "thought",
    "cried",
    "wrote",
    "reflected",
    "whispered",
];

/// Who tells, which decides what the protagonist is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// About the book, not in it.
    Outline,
    Third,
    First,
}

/// Roles that a person of the cast has throughout.
const LEADS: [&str; 6] = ["p", "a", "m", "x", "v", "c"];

/// What the slots stand for.
#[derive(Clone)]
pub(crate) struct Names<'a> {
    people: BTreeMap<&'static str, &'a Person>,
    words: BTreeMap<&'static str, String>,
    genre: Genre,
}

impl<'a> Names<'a> {
    pub(crate) fn of_world(world: &'a World) -> Self {
        let mut names = Self::of_cast(&world.cast, world.genre, &world.town, &world.season);
        for (role, key) in [
            ("p", &world.protagonist),
            ("a", &world.ally),
            ("m", &world.mentor),
            ("x", &world.antagonist),
            ("v", &world.absent),
            ("c", &world.home),
        ] {
            names.cast_role(role, world.cast.person(key));
        }
        if let Some(item) = world.cast.item(&world.item) {
            names.set_word("o", item.entity.name.clone());
        }
        names.set_premise(Some(&world.premise), Voice::Outline);

        names
    }

    /// What the prompt says, in the words of whoever tells.
    pub(crate) fn set_premise(&mut self, premise: Option<&Premise>, voice: Voice) {
        let Some(premise) = premise else { return };
        let mut chance = Chance::for_purpose(0, "premise");
        for (slot, text) in [
            ("matter", &premise.matter),
            ("goal", &premise.goal),
            ("due", &premise.due),
            ("year", &premise.year),
            ("late", &premise.late),
        ] {
            let filled = fill_text(text, self, voice, &mut chance).unwrap_or_default();
            self.set_word(slot, filled);
        }
    }

    /// What the two are called who go about together: in the first person the one of them is who tells.
    pub(crate) fn set_company(&mut self, voice: Voice) {
        let words = match voice {
            Voice::First => ["we", "We", "us", "our"],
            Voice::Third | Voice::Outline => ["they", "They", "them", "their"],
        };
        for (slot, word) in ["they", "They", "them", "their"].into_iter().zip(words) {
            self.set_word(slot, word.to_owned());
        }
    }

    /// The leads are known by what the cast says of them; of two books in one the later one's.
    pub(crate) fn of_cast(cast: &'a Cast, genre: Genre, town: &str, season: &str) -> Self {
        let mut names = Self {
            people: BTreeMap::new(),
            words: BTreeMap::new(),
            genre,
        };
        for person in &cast.people {
            let lead = person.entity.details.get("lead").and_then(Value::as_str);
            let role = LEADS.into_iter().find(|role| lead == Some(role));
            if let Some(role) = role {
                names.people.insert(role, person);
            }
        }
        // Of a book that was imported nobody has said where and when it happens.
        names.set_word("town", if town.is_empty() { "the town" } else { town }.to_owned());
        names.set_word(
            "season",
            if season.is_empty() { "autumn" } else { season }.to_owned(),
        );

        names
    }

    /// In the chapters before a book went on, the leads are those that it began with.
    pub(crate) fn cast_first_leads(&mut self, cast: &'a Cast) {
        for person in cast.people.iter().rev() {
            let lead = person.entity.details.get("lead").and_then(Value::as_str);
            if let Some(role) = LEADS.into_iter().find(|role| lead == Some(role)) {
                self.people.insert(role, person);
            }
        }
    }

    pub(crate) fn cast_role(&mut self, role: &'static str, person: Option<&'a Person>) {
        match person {
            Some(person) => self.people.insert(role, person),
            None => self.people.remove(role),
        };
    }

    pub(crate) fn set_word(&mut self, slot: &'static str, text: String) {
        self.words.insert(slot, text);
    }

    pub(crate) fn find_person(&self, role: &str) -> Option<&'a Person> {
        self.people.get(role).copied()
    }

    pub(crate) fn find_role(&self, key: &Key) -> Option<&'static str> {
        self.people
            .iter()
            .find(|(_, person)| person.entity.key == *key)
            .map(|(role, _)| *role)
    }

    /// Leads are on first-name terms with the reader, the others are not; among children all are.
    pub(crate) fn shorten_name(&self, role: &str, person: &Person) -> String {
        let name = person.entity.name.as_str();
        let lead = person.entity.details.get("lead").and_then(Value::as_str);
        let relation = person.entity.details.get("relation").and_then(Value::as_str);
        let is_kin = lead.is_some() && relation.is_some_and(is_kin);
        let by_first =
            matches!(lead, Some("p" | "a" | "c")) || is_kin || self.genre == Genre::Children || role == "p";

        match (by_first, name.split_once(' ')) {
            (true, Some((first, _))) => first.to_owned(),
            (false, Some(_)) => name.rsplit(' ').next().unwrap_or(name).to_owned(),
            (_, None) => name.to_owned(),
        }
    }

    fn fill_person(&self, role: &str, form: &str, voice: Voice, before: &str) -> Option<String> {
        let person = self.people.get(role)?;
        let name = person.entity.name.as_str();
        if role == "p" && voice == Voice::First {
            let own = match form {
                "" => Some(if stands_for_subject(before) { "I" } else { "me" }),
                "he" | "He" => Some("I"),
                "him" => Some("me"),
                "his" => Some("my"),
                "His" => Some("My"),
                "himself" => Some("myself"),
                _ => None,
            };
            if let Some(own) = own {
                return Some(own.to_owned());
            }
        }
        let by_pronoun = |he: &str, she: &str, they: &str| {
            Some(
                match person.pronoun {
                    Pronoun::He => he,
                    Pronoun::She => she,
                    Pronoun::They => they,
                }
                .to_owned(),
            )
        };

        match form {
            "" => Some(self.shorten_name(role, person)),
            "full" => Some(name.to_owned()),
            "name" => Some(name.split(' ').next().unwrap_or(name).to_owned()),
            "last" => Some(self.shorten_name(if role == "p" { "p" } else { "" }, person)),
            "he" => by_pronoun("he", "she", "they"),
            "He" => by_pronoun("He", "She", "They"),
            "him" => by_pronoun("him", "her", "them"),
            "his" => by_pronoun("his", "her", "their"),
            "His" => by_pronoun("His", "Her", "Their"),
            "himself" => by_pronoun("himself", "herself", "themself"),
            "age" => person.age.map(write_number),
            "Age" => person.age.map(|age| capitalise(&write_number(age))),
            "job" => person.profession.clone(),
            "kin" => {
                let kin = person.entity.details.get("relation").and_then(Value::as_str)?;
                Some(kin.to_owned())
            }
            "eyes" => person.appearance.eyes.clone(),
            "hair" => person.appearance.hair.clone(),
            "build" => person.appearance.build.clone(),
            "mark" => person.appearance.mark.clone(),
            _ => None,
        }
    }

    fn fill_word(&self, slot: &str) -> Option<String> {
        let (base, form) = slot.split_once('.').unwrap_or((slot, ""));
        let text = match self.words.get(base) {
            Some(text) => text.clone(),
            None => find_word(self.genre, base)?.to_owned(),
        };
        if text.is_empty() {
            return None;
        }

        match form {
            "" => Some(text),
            "cap" => Some(capitalise(&text)),
            "s" => Some(text.strip_prefix("the ").unwrap_or(&text).to_owned()),
            _ => None,
        }
    }
}

fn find_word(genre: Genre, slot: &str) -> Option<&'static str> {
    let find = |words: &'static str| {
        words
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == slot)
            .map(|(_, word)| word)
    };
    let own = (genre == Genre::ScienceFiction)
        .then(|| find(SHIP_WORDS))
        .flatten();

    own.or_else(|| find(WORDS))
}

/// Whether who is named next is who does something.
fn stands_for_subject(before: &str) -> bool {
    let trimmed = before.trim_end();
    let Some(last) = trimmed.chars().next_back() else {
        return true;
    };
    if !last.is_alphanumeric() {
        return true;
    }
    let word = trimmed
        .rsplit(|sign: char| !sign.is_alphabetic())
        .next()
        .unwrap_or_default()
        .to_lowercase();

    BEFORE_SUBJECT.contains(&word.as_str())
}

/// The text with its slots filled; `None` when one can't be.
pub(crate) fn fill_text(text: &str, names: &Names<'_>, voice: Voice, chance: &mut Chance) -> Option<String> {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '(']) {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('{') {
            let (slot, behind) = rest[1..].split_once('}')?;
            rest = behind;
            fill_slot(slot, names, voice, &mut filled, &mut rest)?;
        } else {
            let close = rest.find(')').unwrap_or(rest.len() - 1);
            let inside = &rest[1..close.max(1)];
            if inside.contains('|') {
                let choices: Vec<&str> = inside.split('|').collect();
                filled.push_str(chance.pick(&choices).copied().unwrap_or_default());
                rest = &rest[close + 1..];
            } else {
                filled.push('(');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);

    Some(filled)
}

fn fill_slot(
    slot: &str,
    names: &Names<'_>,
    voice: Voice,
    filled: &mut String,
    rest: &mut &str,
) -> Option<()> {
    let (role, form) = slot.split_once('.').unwrap_or((slot, ""));
    if !names.people.contains_key(role) {
        push_filling(filled, &names.fill_word(slot)?);
        return Some(());
    }
    let is_narrator = role == "p" && voice == Voice::First;
    if is_narrator && matches!(form, "" | "last") && rest.starts_with("'s") {
        filled.push_str("my");
        *rest = &rest[2..];
        return Some(());
    }
    // `said I` is of another age.
    if is_narrator && form.is_empty() {
        let verb = SAYING.iter().find(|verb| filled.ends_with(&format!(" {verb} ")));
        if let Some(verb) = verb {
            filled.truncate(filled.len() - verb.len() - 1);
            filled.push_str("I ");
            filled.push_str(verb);
            return Some(());
        }
    }
    let person = names.fill_person(role, form, voice, filled)?;
    push_filling(filled, &person);

    Some(())
}

/// `a archivist` is no English.
fn push_filling(filled: &mut String, text: &str) {
    let text = &*match begins_sentence(filled) {
        true => capitalise(text),
        false => text.to_owned(),
    };
    let has_article = filled.ends_with(" a ") || filled.ends_with(" A ");
    if has_article && text.starts_with(['a', 'e', 'i', 'o', 'u']) {
        filled.pop();
        filled.push_str("n ");
    }
    filled.push_str(text);
}

/// Whether what is filled in next stands behind the end of another sentence: `the Long Patience` is then `The Long Patience`.
fn begins_sentence(filled: &str) -> bool {
    let before = filled.trim_end_matches(['"', '“', '*']);

    [". ", "? ", "! ", " / "].iter().any(|end| before.ends_with(end))
}

pub(crate) fn capitalise(text: &str) -> String {
    let mut signs = text.chars();

    signs
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(signs).collect())
}

/// `Another Look at the old church` → `Another Look at the Old Church`.
pub(crate) fn write_heading(text: &str) -> String {
    const SMALL: [&str; 12] = [
        "the", "a", "an", "of", "at", "in", "on", "over", "with", "to", "and", "as",
    ];
    let words: Vec<String> = text
        .split(' ')
        .map(|word| match SMALL.contains(&word) {
            true => word.to_owned(),
            false => capitalise(word),
        })
        .collect();

    capitalise(&words.join(" "))
}

/// Below a hundred, in words.
pub(crate) fn write_number(number: u32) -> String {
    const SMALL: [&str; 20] = [
        "nought",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    const TENS: [&str; 10] = [
        "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    let index = |number: u32| usize::try_from(number).unwrap_or(0);

    match number {
        0..20 => SMALL[index(number)].to_owned(),
        20..100 if number.is_multiple_of(10) => TENS[index(number / 10)].to_owned(),
        20..100 => format!("{}-{}", TENS[index(number / 10)], SMALL[index(number % 10)]),
        _ => number.to_string(),
    }
}

/// What people in a book of this course speak of.
pub(crate) fn find_topic(course: &str) -> &'static str {
    find_text(&format!("frame/{course}/topic"))
}

/// The course of events that a scene belongs to; an outline without a premise has its genre's own.
pub(crate) fn find_course<'a>(outline: &'a BookOutline, scene: &Key) -> &'a str {
    match outline.premise_of(scene) {
        Some(premise) => &premise.course,
        None => outline.genre_of(scene).as_str(),
    }
}
