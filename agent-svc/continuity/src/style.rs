//! What has been said already: the same sentence twice, and phrases that everybody has read too often.

use std::collections::HashMap;

use proto::tasks::fiction::finding::{FindingKind, Severity};

use crate::{
    book::Book,
    lexicon::WORN_PHRASES,
    report::{Discovery, Findings, cite_scene},
    sentences::normalise_words,
};

pub(crate) fn check_style(book: &Book<'_>, findings: &mut Findings) {
    check_repetition(book, findings);
    check_phrases(book, findings);
}

/// Short sentences come again: "No," people say. What a speaker repeats may be meant, and so may a refrain: the author says so.
fn check_repetition(book: &Book<'_>, findings: &mut Findings) {
    const SHORTEST: usize = 6;
    const TAG: usize = 2;
    const LONG: usize = 8;
    let mut seen: HashMap<String, (usize, &str)> = HashMap::new();
    for (index, sentence) in book.sentences() {
        // `said Mira` adds nothing to what she says; what she does beside it may.
        let said = sentence.words.iter().filter(|word| word.is_said).count();
        let told = sentence.words.len() - said;
        let length = if said > 0 {
            said.max(told.saturating_sub(TAG))
        } else {
            told
        };
        if length < SHORTEST && sentence.words.len() < LONG {
            continue;
        }
        let words = normalise_words(&sentence.words);
        let Some((scene, text)) = seen.get(&words) else {
            seen.insert(words, (index, sentence.text));
            continue;
        };
        let is_said = sentence.words.iter().all(|word| word.is_said);

        findings.add(
            book,
            Discovery {
                kind: FindingKind::Repetition,
                severity: if is_said {
                    Severity::Hint
                } else {
                    Severity::Warning
                },
                scene: index,
                sentence: Some(sentence),
                about: &[&words],
                contradicts: cite_scene(book, *scene, None, *text),
                message: "The book has this sentence already.".to_owned(),
            },
        );
    }
}

fn check_phrases(book: &Book<'_>, findings: &mut Findings) {
    let phrases: Vec<Vec<&str>> = WORN_PHRASES
        .iter()
        .map(|phrase| phrase.split(' ').collect())
        .collect();
    let mut by_first: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, phrase) in phrases.iter().enumerate() {
        by_first.entry(phrase[0]).or_default().push(number);
    }

    for (index, sentence) in book.sentences() {
        for at in 0..sentence.words.len() {
            for number in by_first
                .get(sentence.words[at].lower.as_str())
                .into_iter()
                .flatten()
            {
                let phrase = &phrases[*number];
                let found = sentence.words.get(at..at + phrase.len());
                if !found.is_some_and(|found| {
                    found
                        .iter()
                        .zip(phrase)
                        .all(|(word, wanted)| word.lower == *wanted)
                }) {
                    continue;
                }
                findings.add(
                    book,
                    Discovery {
                        kind: FindingKind::Cliche,
                        severity: Severity::Hint,
                        scene: index,
                        sentence: Some(sentence),
                        about: &[WORN_PHRASES[*number]],
                        contradicts: None,
                        message: format!("\u{201c}{}\u{201d} is worn out.", WORN_PHRASES[*number]),
                    },
                );
            }
        }
    }
}
