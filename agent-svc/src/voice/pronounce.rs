//! Respells what eSpeak NG would say oddly. Only the local engine hears this; transcripts keep the author's spelling.
//!
//! Each entry was found by reading the engine's phonemes for the word.

/// The narration as eSpeak NG should be given it.
pub fn pronounce(text: &str) -> String {
    let mut said = String::with_capacity(text.len() + 16);
    for token in text.split_inclusive(char::is_whitespace) {
        let core =
            token.trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '#' && symbol != '+');
        match respell(core) {
            Some(other) if !core.is_empty() => said.push_str(&token.replacen(core, &other, 1)),
            _ => said.push_str(token),
        }
    }

    // A dash is a breath; eSpeak NG only breathes at a comma.
    said.replace(" – ", ", ").replace(" — ", ", ").replace('…', ".")
}

fn respell(word: &str) -> Option<String> {
    if let Some(year) = year(word) {
        return Some(year);
    }

    let (stem, possessive) = match word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")) {
        Some(stem) => (stem, "'s"),
        None => (word, ""),
    };
    let found = LEXICON
        .binary_search_by(|(key, _)| (*key).cmp(stem.to_lowercase().as_str()))
        .ok()?;

    Some(format!("{}{possessive}", LEXICON[found].1))
}

/// Years are read in pairs: eSpeak NG reads 2021 as a quantity.
fn year(word: &str) -> Option<String> {
    if word.len() != 4 || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }

    let number: u32 = word.parse().ok()?;
    match (number / 100, number % 100) {
        (19, 0) => Some("nineteen hundred".to_owned()),
        (19, rest @ 1..10) => Some(format!("19 oh {rest}")),
        (20, 0..10) => None,
        (century @ (19 | 20), rest) => Some(format!("{century} {rest}")),
        _ => None,
    }
}

/// Sorted by the word in lower case; the test keeps it so.
const LEXICON: [(&str, &str); 49] = [
    ("api's", "AP eyes"),
    ("apis", "AP eyes"),
    ("async", "eighsink"),
    ("asyncio", "eighsink I O"),
    ("axios", "axxy-oss"),
    ("c#", "C sharp"),
    ("ci", "C I"),
    ("cli", "C L I"),
    ("clis", "C L eyes"),
    ("cmake", "C make"),
    ("config", "con-fig"),
    ("configs", "con-figs"),
    ("dom", "domm"),
    ("enum", "ee-num"),
    ("enums", "ee-nums"),
    ("f#", "F sharp"),
    ("ffi", "F F I"),
    ("github", "git hub"),
    ("gitlab", "git lab"),
    ("ide", "I D E"),
    ("ides", "I D eez"),
    ("ids", "I Deez"),
    ("io", "I O"),
    ("json", "jay-sonn"),
    ("jwt", "J W T"),
    ("kubectl", "cube control"),
    ("mypy", "my pie"),
    ("mysql", "my S Q L"),
    ("nginx", "engine X"),
    ("numpy", "num pie"),
    ("oauth", "oh-auth"),
    ("orm", "O R M"),
    ("postgres", "post-gress"),
    ("postgresql", "post-gress Q L"),
    ("pypi", "pie P I"),
    ("pytest", "pie-test"),
    ("scipy", "sigh pie"),
    ("serde", "sir-day"),
    ("sqlite", "S Q lite"),
    ("sqlx", "S Q L X"),
    ("stderr", "standard error"),
    ("stdin", "standard in"),
    ("stdlib", "standard lib"),
    ("stdout", "standard out"),
    ("uis", "U eyes"),
    ("urls", "U R elz"),
    ("vue", "view"),
    ("wasm", "wozzum"),
    ("wsgi", "whiz-ghee"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_sorted_so_that_it_can_be_searched() {
        assert!(LEXICON.is_sorted_by_key(|(word, _)| *word));
    }

    #[test]
    fn years_are_read_in_pairs_and_other_numbers_are_left() {
        assert_eq!(
            pronounce("It began in 2021, in May."),
            "It began in 20 21, in May."
        );
        assert_eq!(pronounce("In 1905 and 2004."), "In 19 oh 5 and 2004.");
        assert_eq!(pronounce("It has 1536 parts."), "It has 1536 parts.");
    }

    #[test]
    fn words_are_respelled_with_their_punctuation_kept() {
        assert_eq!(
            pronounce("(JSON), SQLite's file; C#."),
            "(jay-sonn), S Q lite's file; C sharp."
        );
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        let text = "A router takes a request – and answers.";
        assert_eq!(pronounce(text), "A router takes a request, and answers.");
    }
}
