//! Sentences, words, and what stands between quotation marks. Knows English abbreviations and no story.

/// Behind these a point ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "st", "prof", "capt", "col", "gen", "lt", "sgt", "rev", "hon", "jr", "sr", "mt",
    "no", "vs", "e.g", "i.e", "cf", "messrs", "mme", "mlle", "fr", "ave", "esq",
];

/// The sentences of a paragraph with their quotation marks. What somebody says stands apart from what is told after it,
/// when it ends as a sentence does: `"Go." Mira went.` is two, `"Go!" said Mira.` is one.
pub fn split_sentences(paragraph: &str) -> Vec<&str> {
    let signs: Vec<(usize, char)> = paragraph.char_indices().collect();
    let mut sentences = Vec::new();
    let (mut start, mut at) = (0, 0);

    while at < signs.len() {
        if !is_end_mark(signs[at].1) {
            at += 1;
            continue;
        }
        let mark = signs[at].0;
        let mut end = at + 1;
        while end < signs.len() && (is_end_mark(signs[end].1) || is_closing(&signs, end)) {
            end += 1;
        }

        let stop = signs.get(end).map_or(paragraph.len(), |(index, _)| *index);
        let is_apart = end == signs.len() || signs[end].1.is_whitespace();
        let next = paragraph[stop..].chars().find(|sign| sign.is_alphanumeric());
        let goes_on = next.is_some_and(char::is_lowercase);
        if is_apart && !goes_on && !ends_abbreviated(&paragraph[start..mark], signs[at].1, next) {
            push_sentence(&mut sentences, &paragraph[start..stop]);
            start = stop;
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

const fn is_end_mark(sign: char) -> bool {
    matches!(sign, '.' | '!' | '?' | '…')
}

/// A straight quotation mark closes only when nothing of a word follows it.
fn is_closing(signs: &[(usize, char)], at: usize) -> bool {
    match signs[at].1 {
        '”' | '’' | '»' | ')' | ']' | '*' | '_' => true,
        '"' | '\'' => signs.get(at + 1).is_none_or(|(_, next)| !next.is_alphanumeric()),
        _ => false,
    }
}

fn ends_abbreviated(text: &str, mark: char, next: Option<char>) -> bool {
    if mark != '.' {
        return false;
    }
    let word = text
        .rsplit(|sign: char| sign.is_whitespace() || matches!(sign, '"' | '“' | '(' | '‘'))
        .next()
        .unwrap_or_default();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase) && word != "I";
    let lower = word.to_lowercase();

    match lower.as_str() {
        // `No.` is an answer, `No. 7` is a number.
        "no" => next.is_some_and(|next| next.is_ascii_digit()),
        _ => is_initial || ABBREVIATIONS.contains(&lower.as_str()),
    }
}

/// Which bytes of a paragraph stand between quotation marks, or in italics, which is how people think.
pub(crate) fn mark_speech(paragraph: &str) -> Vec<bool> {
    let signs: Vec<(usize, char)> = paragraph.char_indices().collect();
    let mut said = vec![false; paragraph.len() + 1];
    let mut at = 0;

    while at < signs.len() {
        let Some((close, is_certain)) = find_closing_mark(&signs, at) else {
            at += 1;
            continue;
        };
        let end = (at + 1..signs.len()).find(|index| closes_speech(&signs, *index, close));
        match end {
            Some(end) => {
                fill_range(&mut said, signs[at].0, signs[end].0 + 1);
                at = end + 1;
            }
            // Who speaks on in the next paragraph doesn't close this one.
            None if is_certain => {
                fill_range(&mut said, signs[at].0, paragraph.len());
                break;
            }
            None => at += 1,
        }
    }

    said
}

fn fill_range(said: &mut [bool], from: usize, until: usize) {
    for place in &mut said[from..until] {
        *place = true;
    }
}

/// The sign that closes what the sign at this place opens, and whether it surely opens anything.
fn find_closing_mark(signs: &[(usize, char)], at: usize) -> Option<(char, bool)> {
    let before = at.checked_sub(1).map(|index| signs[index].1);
    let after = signs.get(at + 1).map(|(_, sign)| *sign);
    let opens = before.is_none_or(|sign| sign.is_whitespace() || matches!(sign, '(' | '—' | '–' | '"' | '“'))
        && after.is_some_and(|sign| !sign.is_whitespace());

    match signs[at].1 {
        '"' => Some(('"', true)),
        '“' => Some(('”', true)),
        '«' => Some(('»', true)),
        '‘' if opens => Some(('’', false)),
        '\'' if opens => Some(('\'', false)),
        '*' if opens => Some(('*', false)),
        '_' if opens => Some(('_', false)),
        _ => None,
    }
}

/// An apostrophe is no closing mark: that one follows a sign, and no letter follows it.
fn closes_speech(signs: &[(usize, char)], at: usize, close: char) -> bool {
    if signs[at].1 != close {
        return false;
    }
    if !matches!(close, '\'' | '’') {
        return true;
    }
    let follows_sign = matches!(signs[at - 1].1, '.' | ',' | '!' | '?' | '…' | '-' | '—' | '–');

    follows_sign && signs.get(at + 1).is_none_or(|(_, sign)| !sign.is_alphabetic())
}

/// A word as it stands and as it is compared: small, with a straight apostrophe.
#[derive(Debug, Clone)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) lower: String,
    /// Between quotation marks.
    pub(crate) is_said: bool,
    /// A comma, a dash or the like stands before it.
    pub(crate) is_after_sign: bool,
}

impl Word<'_> {
    pub(crate) fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// The words of a sentence; `said` and `offset` tell where in its paragraph it stands.
pub(crate) fn list_words<'a>(sentence: &'a str, said: &[bool], offset: usize) -> Vec<Word<'a>> {
    let mut words: Vec<Word<'a>> = Vec::new();
    let mut start = None;
    let mut is_after_sign = false;
    let signs: Vec<(usize, char)> = sentence.char_indices().collect();

    for place in 0..=signs.len() {
        let sign = signs.get(place).copied();
        let inside = sign.is_some_and(|(_, sign)| {
            let joins = matches!(sign, '\'' | '’' | '-')
                && start.is_some()
                && signs
                    .get(place + 1)
                    .is_some_and(|(_, next)| next.is_alphanumeric());
            sign.is_alphanumeric() || joins
        });
        let index = sign.map_or(sentence.len(), |(index, _)| index);
        match (inside, start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                let text = &sentence[from..index];
                words.push(Word {
                    text,
                    lower: text.replace('’', "'").to_lowercase(),
                    is_said: said.get(offset + from).copied().unwrap_or(false),
                    is_after_sign,
                });
                start = None;
                is_after_sign = sign.is_some_and(|(_, sign)| !sign.is_whitespace());
            }
            (false, None) => is_after_sign |= sign.is_some_and(|(_, sign)| !sign.is_whitespace()),
            (true, Some(_)) => {}
        }
    }

    words
}

/// Sentences are the same when only signs and case differ.
pub(crate) fn normalise_words(words: &[Word<'_>]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();

    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_a_reader_ends_it() {
        for (paragraph, expected) in [
            ("He went. She stayed.", vec!["He went.", "She stayed."]),
            (
                "Mr. Pell met Dr. Voss. They spoke.",
                vec!["Mr. Pell met Dr. Voss.", "They spoke."],
            ),
            ("\"Go.\" Mira went.", vec!["\"Go.\"", "Mira went."]),
            ("“Go!” said Mira. “Now.”", vec!["“Go!” said Mira.", "“Now.”"]),
            (
                "He waited... and left. Then… Nothing.",
                vec!["He waited... and left.", "Then…", "Nothing."],
            ),
            (
                "It cost 3.50 crowns. J. R. Pell paid.",
                vec!["It cost 3.50 crowns.", "J. R. Pell paid."],
            ),
            (
                "‘No.’ He sat. It was I. She came.",
                vec!["‘No.’", "He sat.", "It was I.", "She came."],
            ),
            (
                "\"Is it No. 7?\" \"No.\" \"Oh.\"",
                vec!["\"Is it No. 7?\"", "\"No.\"", "\"Oh.\""],
            ),
            ("", vec![]),
            ("no end", vec!["no end"]),
        ] {
            assert_eq!(split_sentences(paragraph), expected, "{paragraph}");
        }
    }

    #[test]
    fn what_is_said_is_told_from_what_is_narrated() {
        for (paragraph, narrated) in [
            ("\"I go,\" said Mira, \"now.\"", "said Mira"),
            ("“I go,” said Mira. “Now", "said Mira"),
            ("‘I don’t know,’ said Mira’s aunt.", "said Mira’s aunt"),
            ("'I won't,' said Mira's aunt.", "said Mira's aunt"),
            (
                "It was the dogs' bowl, 'twas said.",
                "It was the dogs bowl twas said",
            ),
            ("*I will*, she thought.", "she thought"),
        ] {
            let said = mark_speech(paragraph);
            let words: Vec<&str> = list_words(paragraph, &said, 0)
                .iter()
                .filter(|word| !word.is_said)
                .map(|word| word.text)
                .collect();
            assert_eq!(words.join(" "), narrated, "{paragraph}");
        }
    }
}
