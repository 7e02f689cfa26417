//! Prose against itself: names a letter off, numbers, ways, the passing of time, person, tense, repetition, worn phrases.

use std::collections::{HashMap, HashSet};

use proto::tasks::fiction::{
    finding::FindingKind,
    ledger::{FactObject, Scene},
    plan::{NarrativePerson, Tense},
};
use regex::Regex;

use super::{
    Findings,
    book::{CheckedBook, Sentence},
    contradict,
    names::measure_distance,
    people::read_number,
};
use crate::text::{count_words, normalise_sentence};

/// Shorter sentences are said more than once by anybody.
const WORDS_OF_REPEATED: usize = 6;
const WORN: &str = include_str!("../../data/worn.txt");

pub(crate) fn check_prose(book: &CheckedBook<'_>, findings: &mut Findings) {
    check_names(book, findings);
    check_quantities(book, findings);
    check_ways(book, findings);
    check_passing(book, findings);
    check_person(book, findings);
    check_tense(book, findings);
    check_repetition(book, findings);
}

fn for_sentences<'a>(book: &CheckedBook<'a>, mut check: impl FnMut(&'a Scene, &Sentence<'a>)) {
    for checked in &book.scenes {
        for sentence in &checked.sentences {
            check(checked.scene, sentence);
        }
    }
}

/// Words with a capital letter that are nearly a name and are no word of the book otherwise.
fn check_names(book: &CheckedBook<'_>, findings: &mut Findings) {
    let mut known: HashSet<&str> = book
        .cast
        .entities()
        .flat_map(|entity| entity.name.split([' ', '\'']))
        .collect();
    known.extend(
        book.outline
            .iter()
            .flat_map(|outline| outline.setting.place.split(' ')),
    );
    let names: Vec<&str> = book
        .people
        .keys()
        .flat_map(|name| name.split(' '))
        .filter(|name| name.len() >= 4)
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let split = |text: &'_ str| -> Vec<(usize, usize)> {
        let mut words = Vec::new();
        let mut start = None;
        for (at, sign) in text.char_indices().chain([(text.len(), ' ')]) {
            match (sign.is_alphabetic(), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    words.push((from, at));
                    start = None;
                }
                _ => {}
            }
        }
        words
    };
    for sentence in book.scenes.iter().flat_map(|checked| &checked.sentences) {
        for (from, until) in split(sentence.text) {
            *counts.entry(&sentence.text[from..until]).or_default() += 1;
        }
    }
    let suspects: HashMap<&str, &str> = counts
        .iter()
        .filter(|(word, count)| {
            word.len() >= 4 && **count <= 2 && word.starts_with(char::is_uppercase) && !known.contains(**word)
        })
        .filter(|(word, _)| !counts.contains_key(word.to_lowercase().as_str()))
        .filter_map(|(word, _)| {
            let near = names.iter().find(|name| {
                measure_distance(word, name, 1) == 1
                    && name.strip_suffix('s').is_none_or(|name| name != *word)
            })?;
            (word.strip_suffix('s') != Some(near)).then_some((*word, *near))
        })
        .collect();
    if suspects.is_empty() {
        return;
    }
    for_sentences(book, |scene, sentence| {
        for (from, until) in split(sentence.text) {
            let word = &sentence.text[from..until];
            if let Some(name) = suspects.get(word) {
                let key = book
                    .people
                    .iter()
                    .find(|(known, _)| known.split(' ').any(|part| part == *name))
                    .map(|(_, person)| &person.entity.key);
                let message = format!("“{word}” is a letter off “{name}”.");
                findings.add_sentence(
                    FindingKind::Name,
                    scene,
                    sentence,
                    contradict(key, None, *name),
                    message,
                );
            }
        }
    });
}

/// Facts that count something: `counts`, `three keys`.
fn check_quantities(book: &CheckedBook<'_>, findings: &mut Findings) {
    for checked in &book.scenes {
        for fact in checked
            .scene
            .ledger
            .facts
            .iter()
            .filter(|fact| fact.predicate == "counts")
        {
            let FactObject::Text(text) = &fact.object else {
                continue;
            };
            let Some((number, noun)) = text.split_once(' ') else {
                continue;
            };
            let Some(number) = read_number(number) else {
                continue;
            };
            let Ok(pattern) = Regex::new(&format!(
                r"(?i)\b(?P<number>[a-z]+(?:-[a-z]+)?|\d+) (?:[a-z]+ )?{}\b",
                regex::escape(noun)
            )) else {
                continue;
            };
            for_sentences(book, |scene, sentence| {
                for found in pattern.captures_iter(&sentence.narration) {
                    let Some(other) =
                        read_number(&found["number"]).filter(|other| *other != number && *other > 1)
                    else {
                        continue;
                    };
                    let message = format!("There are {text}, and here it is {other}.");
                    findings.add_sentence(
                        FindingKind::Quantity,
                        scene,
                        sentence,
                        contradict(Some(&fact.key), Some(&checked.scene.key), text.clone()),
                        message,
                    );
                }
            });
        }
    }
}

/// `It took them three hours from the mill to the harbour.`
fn check_ways(book: &CheckedBook<'_>, findings: &mut Findings) {
    if book.cast.places.iter().all(|place| place.travel.is_empty()) {
        return;
    }
    let Ok(pattern) = Regex::new(r"\b(?P<number>[a-z]+(?:-[a-z]+)?|\d+) (?P<unit>minute|hour|day|week)s?\b")
    else {
        return;
    };
    for_sentences(book, |scene, sentence| {
        let Some(found) = pattern.captures(&sentence.narration) else {
            return;
        };
        let number = match &found["number"] {
            "a" | "an" => Some(1),
            number => read_number(number),
        };
        let Some(number) = number else { return };
        let lower = sentence.narration.to_lowercase();
        let named: Vec<_> = book
            .cast
            .places
            .iter()
            .filter(|place| lower.contains(&place.entity.name.to_lowercase()))
            .collect();
        let [one, other] = named.as_slice() else { return };
        let Some(way) = one.travel.iter().find(|travel| travel.to == other.entity.key) else {
            return;
        };
        let minutes = number
            * match &found["unit"] {
                "minute" => 1,
                "hour" => 60,
                "day" => 1440,
                _ => 10080,
            };
        if minutes > way.minutes * 2 || minutes * 2 < way.minutes {
            let text = format!(
                "the way from {} to {} takes {} minutes",
                one.entity.name, other.entity.name, way.minutes
            );
            let message = format!("Here it takes {minutes} minutes; {text}.");
            findings.add_sentence(
                FindingKind::Geography,
                scene,
                sentence,
                contradict(Some(&one.entity.key), None, text),
                message,
            );
        }
    });
}

/// `Three days later`, at the beginning of a scene, against the scene before.
fn check_passing(book: &CheckedBook<'_>, findings: &mut Findings) {
    let Ok(pattern) = Regex::new(
        r"(?i)^\W*(?P<number>[a-z]+(?:-[a-z]+)?|\d+) (?P<unit>minute|hour|day|week|month|year)s? (?:later|after that|had passed|had gone by)\b",
    ) else {
        return;
    };
    let Ok(next) = Regex::new(r"(?i)^\W*(?:the next|the following) (?:day|morning|evening|night)\b") else {
        return;
    };
    for pair in book.scenes.windows(2) {
        let [before, now] = pair else { continue };
        let gap = now.scene.from - before.scene.until;
        for sentence in now.sentences.iter().take(2) {
            let bounds = if let Some(found) = pattern.captures(&sentence.narration) {
                let number = match found["number"].to_lowercase().as_str() {
                    "a" | "an" => Some(1),
                    number => read_number(number),
                };
                let unit = match found["unit"].to_lowercase().as_str() {
                    "minute" => 1,
                    "hour" => 60,
                    "day" => 1440,
                    "week" => 10080,
                    "month" => 43_200,
                    _ => 525_600,
                };
                number.map(|number| {
                    let stated = i64::from(number) * unit;
                    (stated / 2, stated + stated / 2 + unit)
                })
            } else if next.is_match(&sentence.narration) {
                Some((120, 2880))
            } else {
                None
            };
            if let Some((least, most)) = bounds.filter(|(least, most)| gap < *least || gap > *most) {
                let message = format!(
                    "Since the scene before {gap} minutes have passed; the sentence says between {least} and {most}."
                );
                let text = format!("{gap} minutes have passed");
                findings.add_sentence(
                    FindingKind::Time,
                    now.scene,
                    sentence,
                    contradict(None, Some(&before.scene.key), text),
                    message,
                );
            }
        }
    }
}

fn check_person(book: &CheckedBook<'_>, findings: &mut Findings) {
    let Some(outline) = book.outline else { return };
    let narrator = book.cast.person(&outline.point_of_view);
    let pattern = match outline.person {
        NarrativePerson::Third => Regex::new(r"(?:^|[\s(])(?:I|[Mm]y|me|myself|we|our)(?:[\s.,;!?']|$)").ok(),
        NarrativePerson::First => narrator.and_then(|person| {
            let first = person.entity.name.split(' ').next()?;
            Regex::new(&format!(r"(?:^|[.,;] )\s*{}(?: [A-Z][a-z]+)? (?:was|had|did|[a-z]+ed|said|went|came|took|saw|thought|knew|stood|sat|felt|ran|left)\b", regex::escape(first))).ok()
        }),
    };
    let Some(pattern) = pattern else { return };
    let told = match outline.person {
        NarrativePerson::First => "the book is told by its narrator as I",
        NarrativePerson::Third => "the book is told in the third person",
    };
    for_sentences(book, |scene, sentence| {
        if pattern.is_match(&sentence.narration) {
            findings.add_sentence(
                FindingKind::PointOfView,
                scene,
                sentence,
                contradict(None, None, told),
                format!("The narrator's person slips: {told}."),
            );
        }
    });
}

const PRESENT: &str = "walks|says|looks|turns|stands|sits|takes|runs|opens|nods|smiles|knows|thinks|feels|goes|comes|asks|shrugs|watches|waits|reaches|closes|leans|sees|hears|picks|pulls|pushes|steps|whispers";

fn check_tense(book: &CheckedBook<'_>, findings: &mut Findings) {
    if book.outline.is_none_or(|outline| outline.tense == Tense::Present) {
        return;
    }
    let Some(pattern) = book.compile(&format!(
        r"(?:^\s*|[.;] )(?:NAME|He|She|I) (?:{PRESENT})\b|\b(?:and|then) (?:NAME|he|she) (?:{PRESENT})\b"
    )) else {
        return;
    };
    for_sentences(book, |scene, sentence| {
        if pattern.is_match(&sentence.narration) {
            findings.add_sentence(
                FindingKind::Tense,
                scene,
                sentence,
                contradict(None, None, "the book is told in the past tense"),
                "The tense slips into the present.".to_owned(),
            );
        }
    });
}

fn check_repetition(book: &CheckedBook<'_>, findings: &mut Findings) {
    let worn: Vec<&str> = WORN.lines().filter(|line| !line.is_empty()).collect();
    let alternatives: Vec<String> = worn.iter().map(|phrase| regex::escape(phrase)).collect();
    let worn = Regex::new(&format!(r"(?i)\b(?:{})\b", alternatives.join("|"))).ok();
    let mut seen: HashMap<String, &Scene> = HashMap::new();
    for_sentences(book, |scene, sentence| {
        if let Some(found) = worn.as_ref().and_then(|worn| worn.find(sentence.text)) {
            let message = format!("“{}” is worn out.", found.as_str());
            findings.add_sentence(
                FindingKind::Cliche,
                scene,
                sentence,
                contradict(None, None, found.as_str()),
                message,
            );
        }
        if count_words(sentence.text) < WORDS_OF_REPEATED {
            return;
        }
        let normal = normalise_sentence(sentence.text);
        match seen.get(&normal) {
            Some(before) => {
                let message = format!("The sentence stands in chapter {} already.", before.chapter);
                findings.add_sentence(
                    FindingKind::Repetition,
                    scene,
                    sentence,
                    contradict(None, Some(&before.key), sentence.text),
                    message,
                );
            }
            None => {
                seen.insert(normal, scene);
            }
        }
    });
}
