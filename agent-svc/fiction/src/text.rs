//! Sentences and words as a reader sees them.

/// Titles behind which a point ends no sentence.
const TITLES: &[&str] = &["Mr", "Mrs", "Ms", "Dr", "St", "Prof"];

pub(crate) fn count_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| *word != "/").count()
}

/// The sentences of a paragraph, quotation marks included. What somebody says stands apart from what is told of it, when
/// it ends as a sentence does.
pub(crate) fn split_sentences(paragraph: &str) -> Vec<&str> {
    let bytes = paragraph.as_bytes();
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(bytes[at], b'.' | b'!' | b'?') {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < bytes.len() && matches!(bytes[end], b'.' | b'!' | b'?' | b'"' | b'*' | b')' | b'\'') {
            end += 1;
        }
        let closes_curly = paragraph[end..].starts_with('”') || paragraph[end..].starts_with('’');
        if closes_curly {
            end += '”'.len_utf8();
        }
        let is_end = end >= bytes.len() || bytes[end] == b' ';
        let next = paragraph[end..].trim_start().chars().next();
        let goes_on = next.is_some_and(|next| next.is_lowercase());
        if is_end && !goes_on && !ends_with_title(&paragraph[start..at]) {
            push_sentence(&mut sentences, &paragraph[start..end]);
            start = end;
        }
        at = end;
    }
    push_sentence(&mut sentences, &paragraph[start..]);

    sentences
}

fn push_sentence<'a>(sentences: &mut Vec<&'a str>, text: &'a str) {
    let text = text.trim();
    if !text.is_empty() {
        sentences.push(text);
    }
}

fn ends_with_title(text: &str) -> bool {
    let word = text.rsplit([' ', '"']).next().unwrap_or_default();

    TITLES.contains(&word)
}

/// Sentences are the same when only signs and case differ.
pub(crate) fn normalise_sentence(sentence: &str) -> String {
    sentence
        .chars()
        .filter(|sign| sign.is_alphanumeric() || *sign == ' ')
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
