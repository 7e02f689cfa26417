//! Words and what they say: priorities, states, titles that mean the same.

use std::collections::BTreeSet;
use std::ops::Range;

use proto::tasks::adiuva::{Priority, TaskStatus};

/// Words of a text in lower case, without signs.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Whether the words stand in the text one behind the other, as whole words.
pub(crate) fn says(text: &str, phrase: &str) -> bool {
    find_phrase(text, phrase).is_some()
}

pub(crate) fn says_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| says(text, phrase))
}

/// Where a phrase stands as whole words, whatever its case.
pub(crate) fn find_phrase(text: &str, phrase: &str) -> Option<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let is_word = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
    let begins_with_word = is_word(phrase.chars().next());
    let ends_with_word = is_word(phrase.chars().next_back());

    lower
        .match_indices(phrase)
        .map(|(at, found)| at..at + found.len())
        .find(|place| {
            let in_a_word = begins_with_word && is_word(lower[..place.start].chars().next_back());
            let goes_on = ends_with_word && is_word(lower[place.end..].chars().next());
            !in_a_word && !goes_on
        })
}

pub(crate) fn priority_of(word: &str) -> Option<Priority> {
    Some(match word.trim().to_lowercase().as_str() {
        "urgent" | "critical" | "highest" | "blocker" | "p0" | "asap" => Priority::Urgent,
        "high" | "important" | "p1" | "major" => Priority::High,
        "medium" | "normal" | "p2" | "moderate" | "default" => Priority::Medium,
        "low" | "lowest" | "minor" | "p3" | "p4" | "trivial" => Priority::Low,
        _ => return None,
    })
}

const PRIORITY_PHRASES: &[(&str, Priority)] = &[
    ("urgent priority", Priority::Urgent),
    ("top priority", Priority::Urgent),
    ("highest priority", Priority::Urgent),
    ("priority urgent", Priority::Urgent),
    ("high priority", Priority::High),
    ("priority high", Priority::High),
    ("priority: high", Priority::High),
    ("medium priority", Priority::Medium),
    ("priority medium", Priority::Medium),
    ("normal priority", Priority::Medium),
    ("low priority", Priority::Low),
    ("lowest priority", Priority::Low),
    ("priority low", Priority::Low),
    ("priority: low", Priority::Low),
    ("no rush", Priority::Low),
    ("no hurry", Priority::Low),
    ("nice to have", Priority::Low),
    ("when i have time", Priority::Low),
    ("whenever", Priority::Low),
    ("someday", Priority::Low),
    ("at some point", Priority::Low),
    ("as soon as possible", Priority::Urgent),
    ("not urgent", Priority::Low),
    ("asap", Priority::Urgent),
    ("urgently", Priority::Urgent),
    ("urgent", Priority::Urgent),
    ("immediately", Priority::Urgent),
    ("right away", Priority::Urgent),
    ("critical", Priority::Urgent),
    ("emergency", Priority::Urgent),
    ("very important", Priority::High),
    ("important", Priority::High),
    ("p0", Priority::Urgent),
    ("p1", Priority::High),
    ("p2", Priority::Medium),
    ("p3", Priority::Low),
    ("!!!", Priority::Urgent),
    ("!!", Priority::High),
];

/// What a text says about how much something matters, and where.
pub(crate) fn find_priority(text: &str) -> Option<(Priority, Range<usize>)> {
    PRIORITY_PHRASES
        .iter()
        .find_map(|(phrase, priority)| find_phrase(text, phrase).map(|place| (*priority, place)))
}

pub(crate) fn status_of(word: &str) -> Option<TaskStatus> {
    let word = word.trim().to_lowercase().replace(['-', ' '], "_");
    Some(match word.as_str() {
        "todo" | "to_do" | "open" | "new" | "backlog" | "pending" | "not_started" | "reopened" => {
            TaskStatus::Todo
        }
        "in_progress" | "doing" | "started" | "active" | "wip" | "ongoing" => TaskStatus::InProgress,
        "done" | "completed" | "complete" | "closed" | "finished" | "resolved" => TaskStatus::Done,
        "cancelled" | "canceled" | "dropped" | "archived" | "wontfix" => TaskStatus::Cancelled,
        _ => return None,
    })
}

const SMALL: &[&str] = &[
    "a", "an", "and", "as", "at", "by", "for", "from", "i", "in", "is", "it", "me", "my", "of", "on", "our",
    "please", "task", "that", "the", "this", "to", "we", "with", "you", "your",
];

/// The words that say what a title is about.
pub(crate) fn key_words(text: &str) -> BTreeSet<String> {
    words_of(text)
        .into_iter()
        .filter(|word| !SMALL.contains(&word.as_str()))
        .collect()
}

/// How much of the shorter of two titles is in the other one, from 0 to 1.
pub(crate) fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (key_words(one), key_words(other));
    let shorter = one.len().min(other.len());
    if shorter == 0 {
        return 0.0;
    }
    let common = one.intersection(&other).count();

    #[expect(clippy::cast_precision_loss, reason = "words of two titles")]
    let likeness = common as f64 / shorter as f64;
    likeness
}

/// The text between the first pair of quotation marks.
pub(crate) fn quoted(text: &str) -> Option<&str> {
    let (at, open) = text
        .char_indices()
        .find(|(_, sign)| matches!(sign, '"' | '“' | '„' | '«'))?;
    let rest = &text[at + open.len_utf8()..];
    let end = rest.find(['"', '”', '“', '»'])?;

    Some(rest[..end].trim()).filter(|inner| !inner.is_empty())
}

/// A text without some of its parts, without the blanks and signs that they leave.
pub(crate) fn without(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        if place.start >= from {
            out.push_str(&text[from..place.start]);
            out.push(' ');
            from = place.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());

    out.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" ,", ",")
        .replace(" .", ".")
}

/// The first letter as a capital one.
pub(crate) fn capitalise(text: &str) -> String {
    let mut signs = text.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

/// `1 task`, `2 tasks`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
