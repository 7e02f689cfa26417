//! What is told and doesn't happen now: dreams, memories, wishes, tales, pictures; and what somebody only reports.

use crate::sentences::Word;

const DREAMS: &[&str] = &[
    "dreamed",
    "dreamt",
    "dreaming",
    "nightmare",
    "imagined",
    "imagining",
    "pictured",
    "daydream",
    "pretended",
];
const WAKING: &[&str] = &["woke", "awoke", "waking", "woken", "awake"];
const MEMORIES: &[&str] = &[
    "remembered",
    "recalled",
    "memory",
    "memories",
    "tale",
    "legend",
    "photograph",
];
const DENIED: &[&str] = &["never", "not", "no", "nobody", "if"];
/// `came back to her`, `in those days`.
const TURNS: &[&[&str]] = &[
    &["came", "back", "to", "her"],
    &["came", "back", "to", "him"],
    &["came", "back", "to", "me"],
    &["in", "those", "days"],
    &["back", "then"],
    &["years", "ago"],
    &["years", "before"],
    &["as", "a", "child"],
    &["as", "a", "girl"],
    &["as", "a", "boy"],
];
/// Before what somebody says that is so.
const REPORTS: &[&str] = &[
    "swore",
    "claimed",
    "insisted",
    "believed",
    "supposed",
    "heard",
    "told",
    "declared",
    "pretended",
    "hoped",
    "thought",
    "promised",
    "alleged",
    "rumour",
    "rumor",
    "gossip",
    "according",
];

/// Whether this opens something that doesn't happen now, and whether it goes on until somebody wakes.
pub(crate) fn find_opening(words: &[Word<'_>]) -> Option<Unreal> {
    let told: Vec<&str> = words
        .iter()
        .filter(|word| !word.is_said)
        .map(|word| word.lower.as_str())
        .collect();
    let has = |list: &[&str]| told.iter().any(|word| list.contains(word));
    if has(DREAMS) && !has(DENIED) {
        return Some(Unreal::Dream);
    }
    let is_turn = TURNS
        .iter()
        .any(|turn| told.windows(turn.len()).any(|part| part == *turn));

    (is_turn || has(MEMORIES) && !has(DENIED)).then_some(Unreal::Memory)
}

pub(crate) fn is_waking(words: &[Word<'_>]) -> bool {
    words
        .iter()
        .any(|word| !word.is_said && WAKING.contains(&word.lower.as_str()))
}

/// What is told of in place of what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreal {
    /// Until somebody wakes, or else until the paragraph ends.
    Dream,
    /// Until the paragraph ends.
    Memory,
}

/// Whether what stands at this place is said to be so by somebody: `Tobias swore Viktor laughed`.
pub(crate) fn is_reported(words: &[Word<'_>], at: usize) -> bool {
    let is_report = |place: usize| {
        let word = &words[place];
        let says_that = word.lower == "said" && words.get(place + 1).is_some_and(|next| next.lower == "that");
        !word.is_said && (REPORTS.contains(&word.lower.as_str()) || says_that)
    };

    (0..at.min(words.len())).any(is_report)
}
