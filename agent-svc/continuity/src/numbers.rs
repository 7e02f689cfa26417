//! Numbers: ages, and how many there are of what doesn't change from one day to the next.

use std::collections::HashMap;

use proto::tasks::fiction::{
    bible::BibleLevel,
    finding::{Contradicted, FindingKind, Severity},
    ledger::FactObject,
};

use crate::{
    book::{Book, Sentence},
    lexicon::{COUNTED, read_number, reduce_plural},
    report::{Discovery, Findings, cite_cast, cite_scene, weigh_claim},
    unreal::is_reported,
};

const MINUTES_OF_YEAR: i64 = 525_600;

pub(crate) fn check_numbers(book: &Book<'_>, findings: &mut Findings) {
    check_ages(book, findings);
    check_aged_facts(book, findings);
    check_counts(book, findings);
}

/// An age as it was said: how old, when in story time, and where.
struct Aged {
    years: u32,
    at: i64,
    contradicts: Option<Contradicted>,
}

/// Somebody is a year older a year later, and may have a birthday at any time. What they `had been` at some time says
/// nothing of now.
fn check_ages(book: &Book<'_>, findings: &mut Findings) {
    let mut record: HashMap<usize, Aged> = HashMap::new();
    for (index, figure) in book.people.iter().enumerate() {
        if let Some(years) = figure.person.and_then(|person| person.age) {
            let said = format!("{} is {years} when the story begins.", figure.name);
            record.insert(
                index,
                Aged {
                    years,
                    at: 0,
                    contradicts: cite_cast(figure.key(), said),
                },
            );
        }
    }

    for (index, sentence) in book.real_sentences() {
        let Some((person, years, is_said)) = find_age(book, index, sentence) else {
            continue;
        };
        let at = book.scenes[index].from();
        let laid = read_bible_age(book, index, person);
        let Some(known) = laid.as_ref().or_else(|| record.get(&person)) else {
            if !is_said {
                let contradicts = cite_scene(book, index, book.people[person].key(), sentence.text);
                record.insert(
                    person,
                    Aged {
                        years,
                        at,
                        contradicts,
                    },
                );
            }
            continue;
        };
        if is_age_possible(known, years, at) {
            continue;
        }
        let figure = &book.people[person];
        findings.add(
            book,
            Discovery {
                kind: FindingKind::Age,
                severity: weigh_claim(is_said),
                scene: index,
                sentence: Some(sentence),
                about: &[figure.id(), &years.to_string()],
                contradicts: known.contradicts.clone(),
                message: format!("{} is {years} here, and {} before.", figure.name, known.years),
            },
        );
    }
}

fn is_age_possible(known: &Aged, years: u32, at: i64) -> bool {
    let minutes = at - known.at;
    let passed = minutes.div_euclid(MINUTES_OF_YEAR);
    let least = i64::from(known.years) + passed;
    // A birthday lies in what has passed, if at least a week has.
    let most = least + i64::from(minutes.rem_euclid(MINUTES_OF_YEAR) > 7 * 1440);

    (least..=most).contains(&i64::from(years))
}

/// `Mira was thirty-four`, `Mira, thirty-four, …`, `the thirty-four-year-old Mira`, `"I am thirty-four," said Mira`.
fn find_age(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>) -> Option<(usize, u32, bool)> {
    const UNSURE: &[&str] = &[
        "when", "if", "since", "before", "would", "nearly", "almost", "about", "once", "than", "until",
        "over", "under", "least", "ago", "time", "like", "might", "could",
    ];
    if sentence.has_word(UNSURE) {
        return None;
    }
    let words = &sentence.words;

    (0..words.len()).find_map(|at| {
        if let Some(years) = words[at].lower.strip_suffix("-year-old").and_then(read_number) {
            let mention = sentence.mentions.iter().find(|mention| mention.at == at + 1)?;
            return Some((mention.person()?, years, words[at].is_said));
        }
        let years = read_number(&words[at].lower).filter(|years| (3..=110).contains(years))?;
        if (0..at).any(|before| sentence.is_word(before, &["looked", "seemed", "felt"])) {
            return None;
        }
        let is_old = sentence.is_word(at + 1, &["years"]) && sentence.is_word(at + 2, &["old", "of"]);
        let is_end = at + 1 == words.len() || words[at + 1].is_after_sign;
        // `was thirty that year`, `had turned thirty in the spring`.
        let is_dated = sentence.is_word(at + 1, &["that", "this", "last"])
            && sentence.is_word(at + 2, &["year", "spring", "summer", "autumn", "winter", "month"])
            || at > 0
                && sentence.is_word(at - 1, &["turned"])
                && sentence.is_word(at + 1, &["in", "that", "last", "this"]);
        if !is_old && !is_end && !is_dated || at == 0 || is_reported(words, at) {
            return None;
        }
        if at > 2 && sentence.is_word(at - 1, &["turned"]) && sentence.is_word(at - 2, &["had"]) {
            let person = book.find_subject(scene, sentence, at - 2)?;
            return Some((person, years, words[at].is_said));
        }
        if sentence.is_word(at - 1, &["was", "is", "turned"]) {
            let person = book.find_subject(scene, sentence, at - 1)?;
            return Some((person, years, words[at].is_said));
        }
        if sentence.is_word(at - 1, &["am"]) && words[at].is_said {
            return Some((book.find_speaker(scene, sentence)?, years, true));
        }
        let is_apposed = words[at].is_after_sign && at + 1 < words.len() && words[at + 1].is_after_sign;
        let mention = sentence
            .mention_at(at - 1)
            .filter(|mention| !mention.is_possessive && (is_apposed || is_old))?;
        Some((mention.person()?, years, words[at].is_said))
    })
}

/// The age that the bible lays down for this scene; that of the whole book is the age at its beginning.
fn read_bible_age(book: &Book<'_>, scene: usize, person: usize) -> Option<Aged> {
    let entry = book.find_laid_down(scene, person, "age")?;
    let at = match entry.level {
        BibleLevel::Series | BibleLevel::Book => 0,
        BibleLevel::Chapter | BibleLevel::Scene => book.scenes[scene].from(),
    };

    Some(Aged {
        years: entry.value.trim().parse().ok()?,
        at,
        contradicts: book.cite_bible(person, entry),
    })
}

/// `is aged: 34` in a ledger against the cast.
fn check_aged_facts(book: &Book<'_>, findings: &mut Findings) {
    for (index, told) in book.scenes.iter().enumerate() {
        for fact in &told.written.scene.ledger.facts {
            let is_age = matches!(
                fact.predicate.to_lowercase().as_str(),
                "is aged" | "age" | "has age" | "aged"
            );
            let (true, FactObject::Text(text)) = (is_age, &fact.object) else {
                continue;
            };
            let Some(person) = book.find_person(&fact.subject) else {
                continue;
            };
            let figure = &book.people[person];
            let years = text.split(' ').find_map(read_number);
            let by_cast = || {
                let years = figure.person.and_then(|person| person.age)?;
                let said = format!("{} is {years} when the story begins.", figure.name);
                Some(Aged {
                    years,
                    at: 0,
                    contradicts: cite_cast(figure.key(), said),
                })
            };
            let known = read_bible_age(book, index, person).or_else(by_cast);
            let (Some(years), Some(known)) = (years, known) else {
                continue;
            };
            let age = known.years;

            if !is_age_possible(&known, years, fact.from.unwrap_or(told.from())) {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Age,
                        severity: Severity::Error,
                        scene: index,
                        sentence: None,
                        about: &[fact.subject.as_str(), text],
                        contradicts: known.contradicts,
                        message: format!("{} is {years} by the ledger, and {age} by the cast.", figure.name),
                    },
                );
            }
        }
    }
}

/// Who owns so many of what: a key of the cast or a name of the prose, and the noun in the singular.
type Counted = (String, String);

/// `Mira had three sons` against `her two sons`, `seven keys` against the item named `the six keys`. The first one to say
/// so is the record; the ledger's facts and the cast come first. Two of five sons may well come home: only what is owned
/// as a whole counts.
fn check_counts(book: &Book<'_>, findings: &mut Findings) {
    let mut record = read_counts(book, findings);

    for (index, sentence) in book.real_sentences() {
        if sentence.has_word(&[
            "of", "other", "more", "if", "would", "lost", "died", "born", "only", "first", "last", "sold",
            "bought", "at",
        ]) {
            continue;
        }
        for (owner, name, noun, number, is_said) in find_counts(book, index, sentence) {
            let place = (owner.clone(), noun.clone());
            let Some((known, contradicts)) = record.get(&place) else {
                if !is_said {
                    record.insert(place, (number, cite_scene(book, index, None, sentence.text)));
                }
                continue;
            };
            if *known != number {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Quantity,
                        severity: weigh_claim(is_said),
                        scene: index,
                        sentence: Some(sentence),
                        about: &[&owner, &noun, &number.to_string()],
                        contradicts: contradicts.clone(),
                        message: format!("{name}: {number} here, {known} before ({noun})."),
                    },
                );
            }
        }
    }
}

/// From the cast's facts, details and names, and the ledgers' facts; two ledgers that differ contradict each other.
fn read_counts(book: &Book<'_>, findings: &mut Findings) -> HashMap<Counted, (u32, Option<Contradicted>)> {
    let mut record = HashMap::new();
    for entity in book.input.cast.entities() {
        for (noun, value) in &entity.details {
            if let Some(number) = value.as_u64().and_then(|number| u32::try_from(number).ok()) {
                let said = format!("{}: {number} {noun}.", entity.name);
                let place = (entity.key.to_string(), reduce_plural(&noun.to_lowercase()));
                record.insert(place, (number, cite_cast(Some(&entity.key), said)));
            }
        }
        let name = entity.name.to_lowercase();
        if let Some((number, noun)) = find_counted_noun(name.trim_start_matches("the ")) {
            let said = cite_cast(Some(&entity.key), format!("The cast knows {}.", entity.name));
            record.insert((String::new(), noun), (number, said));
        }
    }
    for known in &book.input.cast.facts {
        if let Some((noun, number)) = read_fact_count(&known.fact.predicate, &known.fact.object) {
            let place = (known.fact.subject.to_string(), noun);
            record.insert(
                place,
                (number, cite_cast(Some(&known.fact.key), &*known.statement)),
            );
        }
    }
    for (index, told) in book.scenes.iter().enumerate() {
        for fact in &told.written.scene.ledger.facts {
            let Some((noun, number)) = read_fact_count(&fact.predicate, &fact.object) else {
                continue;
            };
            let name = book.name_of(&fact.subject);
            let place = (fact.subject.to_string(), noun.clone());
            let said = cite_scene(book, index, Some(&fact.key), format!("{name}: {number} {noun}."));
            let (known, contradicts) = record.entry(place).or_insert((number, said));
            if *known != number && fact.from.is_none() {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Quantity,
                        severity: Severity::Error,
                        scene: index,
                        sentence: None,
                        about: &[fact.subject.as_str(), &noun, &number.to_string()],
                        contradicts: contradicts.clone(),
                        message: format!("{name}: {number} by this ledger, {known} before ({noun})."),
                    },
                );
            }
        }
    }

    record
}

/// `has: seven sons`, `has sons: seven`.
fn read_fact_count(predicate: &str, object: &FactObject) -> Option<(String, u32)> {
    let FactObject::Text(text) = object else {
        return None;
    };
    let (predicate, text) = (predicate.to_lowercase(), text.to_lowercase());
    let owns = predicate
        .strip_prefix("has")
        .or_else(|| predicate.strip_prefix("have"))?
        .trim();

    match owns {
        "" => find_counted_noun(&text).map(|(number, noun)| (noun, number)),
        noun if COUNTED.contains(&noun) => Some((reduce_plural(noun), read_number(&text)?)),
        _ => None,
    }
}

/// `seven keys` and no more words.
fn find_counted_noun(text: &str) -> Option<(u32, String)> {
    let (number, noun) = text.split_once(' ')?;

    (!noun.contains(' ')).then_some(())?;
    Some((read_number(number)?, reduce_plural(noun)))
}

fn find_counts(
    book: &Book<'_>,
    scene: usize,
    sentence: &Sentence<'_>,
) -> Vec<(String, String, String, u32, bool)> {
    // `the two men` is not a count that the book keeps, unless a thing is named so.
    let words = &sentence.words;
    let mut counts = Vec::new();

    for at in 1..words.len().saturating_sub(1) {
        let Some(number) = read_number(&words[at].lower).filter(|number| *number > 0) else {
            continue;
        };
        let noun = reduce_plural(&words[at + 1].lower);
        if words[at - 1].lower == "the" && has_counted_item(book, &noun) {
            counts.push((
                String::new(),
                format!("the {}", words[at + 1].lower),
                noun,
                number,
                words[at].is_said,
            ));
            continue;
        }
        if !COUNTED.contains(&words[at + 1].lower.as_str()) {
            continue;
        }
        let owner = find_owner(book, scene, sentence, at - 1);
        if let Some((id, name)) = owner {
            counts.push((id, name, noun, number, words[at].is_said));
        }
    }
    counts
}

fn has_counted_item(book: &Book<'_>, noun: &str) -> bool {
    book.input.cast.entities().any(|entity| {
        let name = entity.name.to_lowercase();
        find_counted_noun(name.trim_start_matches("the ")).is_some_and(|(_, counted)| counted == noun)
    })
}

/// The name or pronoun that owns by the word before: `Mira's`, `her`, `Mira had`, `the inn had`.
fn find_owner(book: &Book<'_>, scene: usize, sentence: &Sentence<'_>, at: usize) -> Option<(String, String)> {
    let identify = |mention: &crate::book::Mention| match mention.named {
        crate::book::Named::Person(person) => Some((
            book.people[person].id().to_owned(),
            book.people[person].name.clone(),
        )),
        crate::book::Named::Place(place) => {
            let entity = &book.input.cast.places.get(place)?.entity;
            Some((entity.key.to_string(), entity.name.clone()))
        }
        crate::book::Named::Item(_) => None,
    };
    if let Some(mention) = sentence.mention_at(at) {
        return identify(mention).filter(|_| mention.is_possessive);
    }
    let person = match sentence.words[at].lower.as_str() {
        "his" | "her" | "their" if !sentence.words[at].is_said => {
            book.resolve_pronoun(scene, sentence.index, at)
        }
        "had" | "has" => {
            let subject = at.checked_sub(1).and_then(|before| sentence.mention_at(before));
            if let Some(mention) = subject.filter(|mention| {
                !mention.is_possessive && matches!(mention.named, crate::book::Named::Place(_))
            }) {
                return identify(mention);
            }
            book.find_subject(scene, sentence, at)
        }
        "have" if sentence.words[at].is_said && at > 0 && sentence.words[at - 1].lower == "i" => {
            book.find_speaker(scene, sentence)
        }
        _ => None,
    }?;

    Some((
        book.people[person].id().to_owned(),
        book.people[person].name.clone(),
    ))
}
