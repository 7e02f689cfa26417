//! Time: what the ledgers and the prose say of when things happen and how long they take, in one network of times.

use proto::tasks::fiction::{
    finding::{FindingKind, Severity},
    ledger::StoryTime,
};

use crate::{
    book::{Book, Sentence},
    knowledge::name_time,
    lexicon::read_number,
    network::Network,
    report::{Discovery, Findings, cite_scene},
};

const HOUR: i64 = 60;
const DAY: i64 = 1440;

pub(crate) fn check_times(book: &Book<'_>, findings: &mut Findings) {
    for index in 0..book.scenes.len() {
        check_intervals(book, index, findings);
    }
    check_durations(book, findings);
    if book.has_times {
        check_hours(book, findings);
        check_weekdays(book, findings);
    }
}

/// Nothing ends before it begins, and what is done or learned in a scene is done while it lasts. A thing may have come to
/// where it is before the scene, and a fact may have held long before.
fn check_intervals(book: &Book<'_>, index: usize, findings: &mut Findings) {
    let scene = &book.scenes[index].written.scene;
    let mut wrong: Vec<(String, String)> = Vec::new();
    let lasts = |from: StoryTime, until: StoryTime| from <= until;
    if !lasts(scene.from, scene.until) {
        wrong.push(("scene".to_owned(), "The scene ends before it begins".to_owned()));
    }
    for presence in &scene.ledger.present {
        let (from, until) = (
            presence.from.unwrap_or(scene.from),
            presence.until.unwrap_or(scene.until),
        );
        if !lasts(from, until) || from > scene.until || until < scene.from {
            let name = book.name_of(&presence.who);
            wrong.push((
                presence.who.to_string(),
                format!(
                    "{name} is there from {} until {}, outside of the scene",
                    name_time(from),
                    name_time(until)
                ),
            ));
        }
    }
    for fact in &scene.ledger.facts {
        if fact
            .until
            .is_some_and(|until| !lasts(fact.from.unwrap_or(scene.from), until))
        {
            wrong.push((
                fact.key.to_string(),
                format!(
                    "A fact ends before it holds: {} {}",
                    book.name_of(&fact.subject),
                    fact.predicate
                ),
            ));
        }
    }
    let within = |at: StoryTime| (scene.from..=scene.until).contains(&at);
    for action in &scene.ledger.actions {
        if let Some(at) = action.at.filter(|at| !within(*at)) {
            wrong.push((
                action.deed.clone(),
                format!(
                    "{} {} at {}, outside of the scene",
                    book.name_of(&action.who),
                    action.deed,
                    name_time(at)
                ),
            ));
        }
    }
    for learning in &scene.ledger.learned {
        if let Some(at) = learning.at.filter(|at| !within(*at)) {
            let name = book.name_of(&learning.who);
            wrong.push((
                format!("{} {}", learning.who, learning.fact),
                format!(
                    "{name} learns something at {}, outside of the scene",
                    name_time(at)
                ),
            ));
        }
    }

    for (about, message) in wrong {
        let text = format!(
            "The scene lasts from {} until {}.",
            name_time(scene.from),
            name_time(scene.until)
        );
        findings.add(
            book,
            Discovery {
                kind: FindingKind::Time,
                severity: Severity::Error,
                scene: index,
                sentence: None,
                about: &[&about],
                contradicts: cite_scene(book, index, None, text),
                message: format!("{message}."),
            },
        );
    }
}

/// `Three days later` at the head of a scene: how long after the scene that is told before it. Told durations are loose: a
/// half of the unit either way.
fn check_durations(book: &Book<'_>, findings: &mut Findings) {
    let mut network = Network::with_points(2 * book.scenes.len() + 1);
    for (index, told) in book.scenes.iter().enumerate() {
        let (from, until) = (2 * index + 1, 2 * index + 2);
        let length = told.until() - told.from();
        if length < 0 {
            return;
        }
        // Scenes without times only last; where there are times, each has its place.
        let _ = network.bound(
            from,
            until,
            0,
            if book.has_times { length } else { 30 * DAY },
            index,
        );
        if book.has_times {
            let _ = network.bound(0, from, told.from(), told.from(), index);
            let _ = network.bound(0, until, told.until(), told.until(), index);
        }
    }
    for index in 1..book.scenes.len() {
        let Some(sentence) = book.scenes[index].sentences.first() else {
            continue;
        };
        let Some((least, most, said)) = find_gap(sentence) else {
            continue;
        };
        if network
            .bound(2 * index, 2 * index + 1, least, most, index)
            .is_ok()
        {
            continue;
        }
        let before = book.scenes[index - 1].until();
        let gap = book.scenes[index].from() - before;

        findings.add(
            book,
            Discovery {
                kind: FindingKind::Time,
                severity: Severity::Error,
                scene: index,
                sentence: Some(sentence),
                about: &["gap", &said],
                contradicts: cite_scene(
                    book,
                    index - 1,
                    None,
                    format!("The scene before ends at {}.", name_time(before)),
                ),
                message: format!("\u{201c}{said}\u{201d} is told, but {gap} minutes lie between the scenes."),
            },
        );
    }
}

/// Least and most minutes since the scene before, and the words that say so.
fn find_gap(sentence: &Sentence<'_>) -> Option<(i64, i64, String)> {
    let words = &sentence.words;
    if words.first()?.is_said {
        return None;
    }
    let word = |at: usize| words.get(at).map_or("", |word| word.lower.as_str());
    let said = |length: usize| {
        words[..length]
            .iter()
            .map(|word| word.text)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let is_next = matches!((word(0), word(1)), ("the", "next" | "following"));
    if is_next
        && matches!(word(2), "morning" | "day" | "evening" | "afternoon" | "night")
        && !words[3..].iter().any(|word| word.lower == "would")
    {
        return Some((1, 2 * DAY, said(3)));
    }
    // What will be said of it one day is no gap.
    if sentence.has_word(&["would"]) {
        return None;
    }
    if word(0) == "that"
        && word(1) == "same"
        && matches!(word(2), "morning" | "day" | "evening" | "afternoon" | "night")
    {
        return Some((-DAY, DAY, said(3)));
    }

    // `Three days later`, `Two hours after that`, `A week later`.
    let number = match word(0) {
        "a" | "an" => 1,
        other => i64::from(read_number(other)?),
    };
    let unit = match word(1).trim_end_matches('s') {
        "minute" => 1,
        "hour" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    };
    let is_later = word(2) == "later" || word(2) == "after" && word(3) == "that";
    let slack = match unit {
        1 => number / 2 + 5,
        HOUR => number * HOUR / 2 + 30,
        _ => unit.max(number * unit / 4),
    };

    is_later.then(|| (number * unit - slack, number * unit + slack, said(3)))
}

/// A part of the day in minutes, wide enough for all seasons.
fn find_part(word: &str) -> Option<(i64, i64)> {
    let (from, until) = match word {
        "dawn" | "sunrise" => (3, 9),
        "morning" => (3, 13),
        "noon" | "midday" => (11, 14),
        "afternoon" => (11, 19),
        "evening" => (15, 24),
        "dusk" | "sunset" => (15, 23),
        "night" => (18, 31),
        "midnight" => (22, 26),
        _ => return None,
    };

    Some((from * HOUR, until * HOUR))
}

/// `It was evening` in a scene of the morning. Nobody says at which hour a story's time begins: midnight, unless the book's
/// own claims fit another hour better.
fn check_hours(book: &Book<'_>, findings: &mut Findings) {
    let mut claims = Vec::new();
    for (index, sentence) in book.real_sentences() {
        if let Some((word, from, until)) = find_hour(sentence) {
            claims.push((index, sentence, word, from, until));
        }
    }
    let fits = |offset: i64, scene: usize, from: i64, until: i64| {
        let (begin, end) = (
            book.scenes[scene].from() + offset,
            book.scenes[scene].until() + offset,
        );
        let day = begin.div_euclid(DAY) * DAY;
        (-1..=1 + (end - begin) / DAY)
            .any(|days| begin <= day + days * DAY + until && day + days * DAY + from <= end)
    };
    let count = |offset: i64| {
        claims
            .iter()
            .filter(|(scene, _, _, from, until)| fits(offset, *scene, *from, *until))
            .count()
    };
    let fits_first = |offset: i64| {
        let first = claims.first();
        first.is_some_and(|(scene, _, _, from, until)| fits(offset, *scene, *from, *until))
    };
    let best = (0..24)
        .map(|hour| hour * HOUR)
        .rev()
        .max_by_key(|offset| (count(*offset), fits_first(*offset), *offset == 0));
    // Of two that no hour fits the later one is told of; of many most have to fit.
    let is_certain = |offset: &i64| claims.len() == 2 || 3 * count(*offset) >= 2 * claims.len();
    let Some(offset) = best.filter(is_certain) else {
        return;
    };

    for (index, sentence, word, from, until) in claims {
        if fits(offset, index, from, until) {
            continue;
        }
        let scene = &book.scenes[index].written.scene;
        let text = format!(
            "The scene lasts from {} until {}.",
            name_time(scene.from + offset),
            name_time(scene.until + offset)
        );
        findings.add(
            book,
            Discovery {
                kind: FindingKind::Time,
                severity: Severity::Warning,
                scene: index,
                sentence: Some(sentence),
                about: &["hour", word],
                contradicts: cite_scene(book, index, None, text.clone()),
                message: format!("It is {word} here. {text}"),
            },
        );
    }
}

/// `It was (late) evening` and no more, as what is told begins.
fn find_hour<'s>(sentence: &'s Sentence<'_>) -> Option<(&'s str, i64, i64)> {
    let words = &sentence.words;
    if !sentence.is_word(0, &["it"]) || !sentence.is_word(1, &["was", "is"]) || words[0].is_said {
        return None;
    }
    let at = 2 + usize::from(sentence.is_word(2, &["early", "late", "already", "still", "nearly", "almost"]));
    let (from, until) = find_part(&words.get(at)?.lower)?;
    let is_figure = sentence.has_word(&["heart", "soul", "mind", "life", "world"]);
    let is_end = at + 1 == words.len()
        || words[at + 1].is_after_sign
        || sentence.is_word(at + 1, &["when", "and", "at", "in"]);
    if is_figure {
        return None;
    }

    is_end.then(|| (words[at].lower.as_str(), from, until))
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// `It was Monday` against the days that have passed since another scene was on its own weekday.
fn check_weekdays(book: &Book<'_>, findings: &mut Findings) {
    let mut first: Option<(usize, i64)> = None;

    for (index, sentence) in book.sentences() {
        let words = &sentence.words;
        let is_claim =
            sentence.is_word(0, &["it"]) && sentence.is_word(1, &["was", "is"]) && !words[0].is_said;
        let at = 2 + usize::from(sentence.is_word(2, &["a"]));
        let Some(weekday) = words
            .get(at)
            .filter(|_| is_claim)
            .and_then(|word| WEEKDAYS.iter().position(|day| *day == word.lower))
        else {
            continue;
        };
        let weekday = i64::try_from(weekday).unwrap_or(0);
        let fits = |day: i64, base: i64| (day - base).rem_euclid(7) == 0;
        let (from, until) = (
            book.scenes[index].from().div_euclid(DAY),
            book.scenes[index].until().div_euclid(DAY),
        );
        match first {
            None => first = Some((index, weekday - from)),
            Some((scene, base)) if !(from..=until).any(|day| fits(weekday - day, base)) => {
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Time,
                        severity: Severity::Warning,
                        scene: index,
                        sentence: Some(sentence),
                        about: &["weekday", &words[at].lower],
                        contradicts: cite_scene(
                            book,
                            scene,
                            None,
                            format!("The story's day {} has another weekday.", from + 1),
                        ),
                        message: format!(
                            "It can't be {} here, by the days that have passed.",
                            words[at].text
                        ),
                    },
                );
            }
            Some(_) => {}
        }
    }
}
