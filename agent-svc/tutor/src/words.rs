//! Text as words: what is compared, cut and counted.

/// Words that say nothing about what somebody asks about.
const STOP: &[&str] = &[
    "a",
    "about",
    "add",
    "after",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "app",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "but",
    "by",
    "can",
    "change",
    "code",
    "component",
    "could",
    "create",
    "did",
    "do",
    "does",
    "doesn",
    "don",
    "else",
    "explain",
    "file",
    "fix",
    "for",
    "from",
    "function",
    "get",
    "give",
    "had",
    "has",
    "have",
    "help",
    "here",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "isn",
    "it",
    "its",
    "just",
    "know",
    "let",
    "like",
    "line",
    "ll",
    "m",
    "make",
    "me",
    "mean",
    "my",
    "need",
    "no",
    "not",
    "of",
    "on",
    "one",
    "only",
    "or",
    "our",
    "out",
    "please",
    "project",
    "re",
    "s",
    "should",
    "show",
    "so",
    "some",
    "src",
    "t",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "this",
    "to",
    "ts",
    "tsx",
    "understand",
    "up",
    "us",
    "use",
    "ve",
    "want",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "why",
    "will",
    "with",
    "work",
    "would",
    "write",
    "wrong",
    "you",
    "your",
];

/// Lower case, everything but letters and digits as one blank, a blank at both ends.
pub(crate) fn normalise(text: &str) -> String {
    let mut normal = String::from(" ");
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            normal.extend(letter.to_lowercase());
        } else if !normal.ends_with(' ') && !is_invisible(letter) {
            normal.push(' ');
        }
    }

    if !normal.ends_with(' ') {
        normal.push(' ');
    }
    normal
}

/// What is put between letters so that a word is not found.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'
    )
}

/// Whether a phrase stands in a normalised text, as whole words where its script has words.
pub(crate) fn has_phrase(normal: &str, phrase: &str) -> bool {
    let without_blanks = phrase.chars().next().is_some_and(|letter| letter > '\u{2e80}');
    if without_blanks {
        normal.contains(phrase)
    } else {
        normal.contains(&format!(" {phrase} "))
    }
}

/// The words of a text, in lower case, those of camelCase apart.
pub(crate) fn split_words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in text.chars() {
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_numeric());
        if (!letter.is_alphanumeric() || begins) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }

    words.retain(|word| !word.is_empty());
    words
}

/// A word without its ending, so that tasks and task are one.
pub(crate) fn stem(word: &str) -> String {
    let long = word.chars().count() > 4;
    let cut = match word {
        _ if !long && word.len() > 3 && word.ends_with('s') && !word.ends_with("ss") => {
            &word[..word.len() - 1]
        }
        _ if !long => word,
        _ if word.ends_with("ies") => return format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with("ing") && word.len() > 5 => &word[..word.len() - 3],
        _ if word.ends_with("ed") => &word[..word.len() - 2],
        _ if word.ends_with("es") && !word.ends_with("tes") && !word.ends_with("ses") => {
            &word[..word.len() - 2]
        }
        _ if word.ends_with('s') && !word.ends_with("ss") => &word[..word.len() - 1],
        _ => word,
    };

    // Stopped and stop, deleting and delete.
    let doubled = cut.len() > 3 && cut.len() < word.len() && {
        let end = &cut.as_bytes()[cut.len() - 2..];
        end[0] == end[1] && end[0].is_ascii_alphabetic() && end[0] != b's' && end[0] != b'l'
    };
    let cut = if doubled { &cut[..cut.len() - 1] } else { cut };
    cut.strip_suffix('e')
        .filter(|rest| rest.len() > 3)
        .unwrap_or(cut)
        .to_owned()
}

/// The stems of the words that say what a text is about, each once.
pub(crate) fn content_stems(text: &str) -> Vec<String> {
    let mut stems: Vec<String> = Vec::new();
    for word in split_words(text) {
        let stem = stem(&word);
        let says_something = word.chars().count() > 1 || word.chars().all(char::is_numeric);
        if says_something && !STOP.contains(&word.as_str()) && !stems.contains(&stem) {
            stems.push(stem);
        }
    }
    stems
}

/// The words themselves that say what a text is about, each once.
pub(crate) fn content_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in split_words(text) {
        if word.chars().count() > 1 && !STOP.contains(&word.as_str()) && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// At most so many characters, ended at a word.
pub(crate) fn clip(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }

    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > cut.len() / 2)
        .unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end_matches([' ', ',', ';', ':']))
}

/// Every sign that asks, in any script.
pub(crate) fn is_question_mark(letter: char) -> bool {
    matches!(
        letter,
        '?' | '？' | '؟' | '¿' | '⁇' | '⁈' | '⁉' | '‽' | '﹖' | '՞' | '፧' | '❓' | '❔' | '\u{37e}'
    )
}

/// `a`, `b` and `c`.
pub(crate) fn enumerate_words(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
