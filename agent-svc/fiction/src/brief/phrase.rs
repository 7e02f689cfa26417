//! Words and short phrases of a prompt.

/// Words that end a phrase.
const ENDS: &[&str] = &[
    "in", "on", "at", "with", "while", "and", "who", "that", "which", "before", "after", "until", "for",
    "from", "to", "as", "but", "has", "have", "had", "is", "are", "was", "were", "must", "over", "under",
    "into", "by", "during", "when", "where", "because", "or", "so", "if", "then", "about", "against",
    "through", "across", "without", "begins", "can", "will", "would", "could", "should", "she", "he", "they",
    "it", "him", "them", "someone", "somebody", "no", "not", "only", "again", "too",
];
const MOST_WORDS: usize = 5;

pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) begins_sentence: bool,
    pub(super) is_possessive: bool,
    /// Between quotation marks: a title, a ship, a house.
    pub(super) is_quoted: bool,
    /// A comma or more stands behind it.
    pub(super) ends_clause: bool,
}

/// Latin words with their apostrophes taken off; what stands in other signs separates.
pub(super) fn split_words(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut begins_sentence = true;
    let mut is_quoted = false;
    for chunk in text.split_whitespace() {
        let inner = chunk.trim_matches(|sign: char| !sign.is_alphanumeric());
        let (base, is_possessive) = match inner.strip_suffix("'s").or_else(|| inner.strip_suffix("’s")) {
            Some(base) => (base, true),
            None => (inner, false),
        };
        is_quoted |= chunk.starts_with(['«', '“', '„', '"', '‹']);
        let is_word = !base.is_empty() && is_spelled(base) && base.len() <= 24;
        let ends_clause = !chunk.ends_with(char::is_alphanumeric);
        if is_word {
            words.push(Word {
                text: base,
                begins_sentence,
                is_possessive,
                is_quoted,
                ends_clause,
            });
        } else if let Some(last) = words.last_mut() {
            last.ends_clause = true;
        }
        if chunk.contains(['»', '”', '›'])
            || chunk.len() > 1
                && chunk
                    .trim_end_matches(['.', ',', '!', '?', ';', ':'])
                    .ends_with('"')
        {
            is_quoted = false;
        }
        begins_sentence = chunk.ends_with(['.', '!', '?', ':', '"']);
    }

    words
}

/// Letters and hyphens, and the apostrophe of `O'Brien`.
fn is_spelled(text: &str) -> bool {
    let plain = strip_prefix_of_name(text);

    plain.chars().all(|sign| sign.is_alphabetic() || sign == '-')
}

fn strip_prefix_of_name(text: &str) -> &str {
    let mut signs = text.char_indices();
    let begins = signs.next().is_some_and(|(_, sign)| sign.is_uppercase());
    let has_sign = signs.next().is_some_and(|(_, sign)| matches!(sign, '\'' | '’'));
    let rest = signs.next().filter(|(_, sign)| sign.is_uppercase());

    match rest {
        Some((at, _)) if begins && has_sign => &text[at..],
        _ => text,
    }
}

/// `Mira`, `Qarth-el-Nim`, `O'Brien`, `McKay`; not `I`, `DROP`.
pub(super) fn is_capitalised(text: &str) -> bool {
    let text = strip_prefix_of_name(text);
    let text = ["Mc", "Mac"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .filter(|rest| rest.starts_with(char::is_uppercase))
        .unwrap_or(text);
    let begins = text.starts_with(char::is_uppercase) && text.chars().count() > 1;

    begins
        && text.split('-').all(|part| {
            let mut signs = part.chars();
            signs.next().is_none_or(char::is_alphabetic) && signs.all(char::is_lowercase)
        })
}

/// Written as the book is; a word in another script has no place in it.
pub(super) fn is_latin(text: &str) -> bool {
    text.chars().all(|sign| sign < '\u{250}' || sign == '’')
}

/// What a phrase becomes in the book: `her brother's maps` → `{p.his} brother's maps`.
pub(super) struct Phrase {
    pub(super) text: String,
    /// How many words of the prompt it takes.
    pub(super) words: usize,
}

/// The phrase that begins at a word.
pub(super) fn read_phrase(words: &[Word<'_>], lower: &[String], from: usize) -> Option<Phrase> {
    let mut taken = Vec::new();
    let mut at = from;
    let mut has_of = false;
    while let Some(word) = words.get(at) {
        let small = lower[at].as_str();
        let goes_on = small == "of" && !has_of && !taken.is_empty();
        if ENDS.contains(&small) || (small == "of" && !goes_on) || !is_latin(word.text) {
            break;
        }
        has_of |= goes_on;
        if taken.len() >= MOST_WORDS + 3 * usize::from(has_of) {
            break;
        }
        taken.push(at);
        at += 1;
        if word.ends_clause {
            break;
        }
    }
    while taken
        .last()
        .is_some_and(|at| matches!(lower[*at].as_str(), "of" | "the" | "a" | "an" | "her" | "his"))
    {
        taken.pop();
    }

    write_phrase(words, lower, &taken)
}

/// The phrase that ends at a word, back to its article.
pub(super) fn read_back(words: &[Word<'_>], lower: &[String], end: usize) -> Option<Phrase> {
    let begin = (end.saturating_sub(3)..=end).rev().find(|at| {
        matches!(
            lower[*at].as_str(),
            "the" | "a" | "an" | "her" | "his" | "their" | "my" | "its"
        )
    })?;
    if words[begin..end].iter().any(|word| word.ends_clause) {
        return None;
    }
    let taken: Vec<usize> = (begin..=end).collect();

    write_phrase(words, lower, &taken)
}

fn write_phrase(words: &[Word<'_>], lower: &[String], taken: &[usize]) -> Option<Phrase> {
    let (first, rest) = taken.split_first()?;
    let say = |at: &usize| {
        let text = match words[*at].begins_sentence {
            true => lower[*at].clone(),
            false => words[*at].text.to_owned(),
        };
        match words[*at].is_possessive {
            true => format!("{text}'s"),
            false => text,
        }
    };
    let begin = match lower[*first].as_str() {
        "a" | "an" | "the" | "some" | "this" | "every" => "the".to_owned(),
        "his" | "her" | "their" | "my" | "our" => "{p.his}".to_owned(),
        _ if is_capitalised(words[*first].text) && !words[*first].begins_sentence => say(first),
        _ => format!("the {}", say(first)),
    };
    let is_article = begin == "the" || begin == "{p.his}";
    if rest.is_empty() && is_article {
        return None;
    }

    let rest: Vec<String> = rest.iter().map(say).collect();
    let text = match rest.is_empty() {
        true => begin,
        false => format!("{begin} {}", rest.join(" ")),
    };
    Some(Phrase {
        text,
        words: taken.len(),
    })
}
