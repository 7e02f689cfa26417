//! Names as people say them, and respellings of what eSpeak NG would say oddly. Only voices hear this; transcripts keep the
//! author's spelling: a reader looks for `pkg`, a listener hears "package".
//!
//! Each respelling was found by reading the engine's phonemes for the word.

/// The narration as eSpeak NG should be given it.
pub fn pronounce(text: &str) -> String {
    // A dash is a breath; eSpeak NG only breathes at a comma.
    say(text, respell)
        .replace(" – ", ", ")
        .replace(" — ", ", ")
        .replace('…', ".")
}

/// The narration for a voice that knows how words are spelled: only what nobody says as it is written is said otherwise.
pub fn say_names(text: &str) -> String {
    say(text, |word| said_whole(word).map(str::to_owned))
}

fn say(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut said = String::with_capacity(text.len() + 16);
    for token in text.split_inclusive(char::is_whitespace) {
        let core =
            token.trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '#' && symbol != '+');
        match other(core) {
            Some(other) if !core.is_empty() => said.push_str(&token.replacen(core, &other, 1)),
            _ => said.push_str(token),
        }
    }

    said
}

fn respell(word: &str) -> Option<String> {
    if let Some(year) = year(word) {
        return Some(year);
    }

    let (stem, possessive) = match word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")) {
        Some(stem) => (stem, "'s"),
        None => (word, ""),
    };
    let said = find(&LEXICON, stem)
        .or_else(|| said_whole(stem))
        .map(str::to_owned)
        .or_else(|| numbered(stem))
        .or_else(|| ends_with_letters(stem))?;

    Some(format!("{said}{possessive}"))
}

/// A clipped name as the whole word, when it stands alone.
fn said_whole(word: &str) -> Option<&'static str> {
    find(&WHOLE, word).filter(|_| !word.chars().any(char::is_uppercase))
}

fn find(words: &'static [(&'static str, &'static str)], word: &str) -> Option<&'static str> {
    let found = words.binary_search_by(|(key, _)| (*key).cmp(word.to_lowercase().as_str()));
    Some(words[found.ok()?].1)
}

/// `mt19937` is "M T 1 9 9 3 7", `sha256` is "shah 2 56": a name that ends in digits is no quantity.
fn numbered(word: &str) -> Option<String> {
    let digits = word.trim_start_matches(|symbol: char| symbol.is_ascii_alphabetic());
    let letters = &word[..word.len() - digits.len()];
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if letters.is_empty() || !plain {
        return None;
    }

    let lower = letters.to_lowercase();
    let spelled = SPELLED.contains(&lower.as_str()) || !lower.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    let letters = match find(&LEXICON, letters) {
        Some(known) => known.to_owned(),
        None if spelled => spell(letters),
        None => letters.to_owned(),
    };

    Some(format!("{letters} {}", in_figures(digits)))
}

/// Digits as they are read in a name: up to two as a number, three and four in pairs from the end, more one by one.
fn in_figures(digits: &str) -> String {
    let pair = |two: &str| match two.strip_prefix('0') {
        Some(one) => format!("oh {one}"),
        None => two.to_owned(),
    };

    match digits.len() {
        0..=2 => digits.to_owned(),
        length @ (3 | 4) => format!("{} {}", &digits[..length - 2], pair(&digits[length - 2..])),
        _ => digits.chars().map(String::from).collect::<Vec<_>>().join(" "),
    }
}

/// `moduleapi` is "module A P I".
fn ends_with_letters(word: &str) -> Option<String> {
    let lower = word.to_lowercase();
    let ending = ENDINGS.into_iter().find(|ending| lower.ends_with(ending))?;
    let stem = &word[..word.len() - ending.len()];
    let plain = stem.len() >= 3 && stem.bytes().all(|byte| byte.is_ascii_lowercase());

    (plain && !NO_LETTERS.contains(&lower.as_str())).then(|| format!("{stem} {}", spell(ending)))
}

fn spell(letters: &str) -> String {
    let letters: Vec<String> = letters.to_uppercase().chars().map(String::from).collect();
    letters.join(" ")
}

/// Letters before digits that are said one by one although they could be read.
const SPELLED: [&str; 8] = ["aes", "amd", "ed", "ipv", "iso", "rsa", "utf", "uuid"];
/// Ends of compound names that are letters, not syllables.
const ENDINGS: [&str; 14] = [
    "api", "cli", "css", "db", "gui", "html", "js", "rpc", "sql", "ssh", "ssl", "tls", "url", "xml",
];
/// Words that only end like that.
const NO_LETTERS: [&str; 2] = ["okapi", "unfurl"];

/// Clipped names of folders and files, and the words that people say for them; sorted.
const WHOLE: [(&str, &str); 43] = [
    ("arg", "argument"),
    ("args", "arguments"),
    ("argv", "arg V"),
    ("attr", "attribute"),
    ("attrs", "attributes"),
    ("calc", "calculate"),
    ("cb", "callback"),
    ("cfg", "config"),
    ("cmd", "command"),
    ("cmds", "commands"),
    ("conf", "config"),
    ("conn", "connection"),
    ("ctrl", "control"),
    ("ctx", "context"),
    ("defs", "definitions"),
    ("deps", "dependencies"),
    ("desc", "description"),
    ("dir", "directory"),
    ("dirs", "directories"),
    ("env", "environment"),
    ("err", "error"),
    ("exec", "execute"),
    ("expr", "expression"),
    ("ext", "extension"),
    ("fmt", "format"),
    ("fn", "function"),
    ("func", "function"),
    ("impl", "implementation"),
    ("iter", "iterator"),
    ("lang", "language"),
    ("len", "length"),
    ("lib", "library"),
    ("libs", "libraries"),
    ("mgr", "manager"),
    ("msg", "message"),
    ("obj", "object"),
    ("param", "parameter"),
    ("params", "parameters"),
    ("pkg", "package"),
    ("req", "request"),
    ("src", "source"),
    ("util", "utility"),
    ("utils", "utilities"),
];

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
const LEXICON: [(&str, &str); 86] = [
    ("a11y", "accessibility"),
    ("api's", "AP eyes"),
    ("apis", "AP eyes"),
    ("async", "eighsink"),
    ("asyncio", "eighsink I O"),
    ("axios", "axxy-oss"),
    ("axum", "axe-um"),
    ("c#", "C sharp"),
    ("calloc", "see-alloc"),
    ("chmod", "C H mod"),
    ("ci", "C I"),
    ("cli", "C L I"),
    ("clis", "C L eyes"),
    ("cmake", "C make"),
    ("config", "con-fig"),
    ("configs", "con-figs"),
    ("dom", "domm"),
    ("enum", "ee-num"),
    ("enums", "ee-nums"),
    ("epoll", "E poll"),
    ("errno", "err-no"),
    ("f#", "F sharp"),
    ("ffi", "F F I"),
    ("github", "git hub"),
    ("gitlab", "git lab"),
    ("hiredis", "high-redis"),
    ("i18n", "internationalization"),
    ("ide", "I D E"),
    ("ides", "I D eez"),
    ("ids", "I Deez"),
    ("io", "I O"),
    ("ioctl", "I O control"),
    ("jemalloc", "J E malloc"),
    ("json", "jay-sonn"),
    ("jwt", "J W T"),
    ("k8s", "kubernetes"),
    ("kqueue", "K queue"),
    ("kubectl", "cube control"),
    ("l10n", "localization"),
    ("malloc", "mal-lock"),
    ("memchr", "mem char"),
    ("memcmp", "mem compare"),
    ("memcpy", "mem copy"),
    ("memmove", "mem move"),
    ("memset", "mem set"),
    ("mypy", "my pie"),
    ("mysql", "my S Q L"),
    ("nginx", "engine X"),
    ("numpy", "num pie"),
    ("oauth", "oh-auth"),
    ("orm", "O R M"),
    ("postgres", "post-gress"),
    ("postgresql", "post-gress Q L"),
    ("printf", "print F"),
    ("pthread", "P thread"),
    ("ptr", "pointer"),
    ("pypi", "pie P I"),
    ("pytest", "pie-test"),
    ("realloc", "ree-alloc"),
    ("regex", "rej-ex"),
    ("regexes", "rej-exes"),
    ("ripgrep", "rip grep"),
    ("scipy", "sigh pie"),
    ("serde", "sir-day"),
    ("sha", "shah"),
    ("sqlite", "S Q lite"),
    ("sqlx", "S Q L X"),
    ("stderr", "standard error"),
    ("stdin", "standard in"),
    ("stdio", "standard I O"),
    ("stdlib", "standard lib"),
    ("stdout", "standard out"),
    ("str", "string"),
    ("strcmp", "string compare"),
    ("strlen", "string length"),
    ("tokio", "toe-key-oh"),
    ("toml", "tommel"),
    ("uis", "U eyes"),
    ("urls", "U R elz"),
    ("usize", "U size"),
    ("utf-8", "U T F 8"),
    ("vue", "view"),
    ("wasm", "wozzum"),
    ("wsgi", "whiz-ghee"),
    ("xmonad", "X monad"),
    ("yaml", "yammel"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_is_sorted_so_that_it_can_be_searched() {
        assert!(LEXICON.is_sorted_by_key(|(word, _)| *word));
        assert!(WHOLE.is_sorted_by_key(|(word, _)| *word));
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
    fn folders_are_said_by_their_whole_words() {
        let text = "The pkg folder, the lib folder and src's args.";
        let said = "The package folder, the library folder and source's arguments.";
        assert_eq!(pronounce(text), said);
        assert_eq!(say_names("The pkg folder of SRC."), "The package folder of SRC.");
    }

    #[test]
    fn names_with_digits_are_no_quantities() {
        for (word, said) in [
            ("mt19937", "M T 1 9 9 3 7"),
            ("sha256", "shah 2 56"),
            ("utf8", "U T F 8"),
            ("rfc7230", "R F C 72 30"),
            ("ipv4", "I P V 4"),
            ("crc64", "C R C 64"),
            ("room101", "room 1 oh 1"),
            ("k8s", "kubernetes"),
        ] {
            assert_eq!(pronounce(word), said, "{word}");
        }
    }

    #[test]
    fn compound_names_keep_their_letters() {
        for (word, said) in [
            ("moduleapi", "module A P I"),
            ("duckdb", "duck D B"),
            ("memchr", "mem char"),
            ("okapi", "okapi"),
            ("api", "api"),
            ("radio", "radio"),
        ] {
            assert_eq!(pronounce(word), said, "{word}");
        }
    }

    #[test]
    fn plain_words_stay_as_they_are() {
        let text = "A router takes a request – and answers.";
        assert_eq!(pronounce(text), "A router takes a request, and answers.");
    }
}
