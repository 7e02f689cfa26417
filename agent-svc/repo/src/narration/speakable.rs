//! Plain prose out of whatever a repository's texts hold: no Markdown, links, paths, symbols or code read aloud.
//!
//! What it returns is both spoken and shown in the transcript. Never adds facts.

mod markdown;
pub mod names;

use names::{identifier, path};

/// File name endings that mark a word as a file, with what may be said of them.
const FILE_ENDINGS: [&str; 46] = [
    "rs", "py", "js", "ts", "jsx", "tsx", "mjs", "cjs", "go", "java", "kt", "c", "h", "cc", "cpp", "hpp",
    "cs", "rb", "php", "swift", "scala", "ex", "exs", "lua", "sh", "sql", "proto", "toml", "yaml", "yml",
    "json", "xml", "md", "rst", "txt", "html", "css", "scss", "vue", "svelte", "lock", "cfg", "ini",
    "gradle", "ipynb", "zig",
];

/// Words for symbols that stand alone between spaces.
const SYMBOLS: [(&str, &str); 9] = [
    ("->", "to"),
    ("=>", "to"),
    ("→", "to"),
    ("&", "and"),
    ("+", "plus"),
    ("=", "equals"),
    ("@", "at"),
    ("–", "–"),
    ("—", "–"),
];

/// Written short forms and what is said for them.
const SHORT_FORMS: [(&str, &str); 12] = [
    ("e.g", "for example"),
    ("i.e", "that is"),
    ("etc", "and so on"),
    ("vs", "versus"),
    ("approx", "about"),
    ("w/", "with"),
    ("w/o", "without"),
    ("aka", "also known as"),
    ("a.k.a", "also known as"),
    ("c++", "C plus plus"),
    ("c#", "C sharp"),
    ("f#", "F sharp"),
];

/// The text as it can be read aloud. Returns an empty string when nothing in it can.
pub fn speakable(text: &str) -> String {
    let plain = markdown::strip(text);
    let mut said: Vec<String> = Vec::new();
    for token in plain.split_whitespace() {
        let spoken = speak_token(token);
        if !spoken.is_empty() {
            said.push(spoken);
        }
    }

    tidy(&said.join(" "))
}

fn speak_token(token: &str) -> String {
    if let Some((_, said)) = SYMBOLS.iter().find(|(symbol, _)| *symbol == token) {
        return (*said).to_owned();
    }

    let (open, core, close) = split_punctuation(token);
    if core.is_empty() {
        return close
            .chars()
            .filter(|mark| ".,;:!?".contains(*mark))
            .take(1)
            .collect();
    }

    let said = speak_core(core);
    if said.is_empty() {
        return close
            .chars()
            .filter(|mark| ".!?".contains(*mark))
            .take(1)
            .collect();
    }

    let swallowed = close.starts_with('.')
        && core.to_lowercase().starts_with("e.g") | core.to_lowercase().starts_with("i.e");
    let owner = open.is_empty() && core.ends_with('s') && close.starts_with(['\'', '’']);
    let said = if owner { format!("{said}'") } else { said };
    let close = if swallowed { &close[1..] } else { close };

    format!("{}{said}{}", opening(open), closing(close))
}

/// Brackets become commas; quotes stay, so that a quotation is heard as one in the transcript.
fn opening(marks: &str) -> &'static str {
    if marks.contains(['(', '[']) { ", " } else { "" }
}

fn closing(marks: &str) -> String {
    let mut closing = String::new();
    let marks = marks.replace("()", "");
    for mark in marks.chars() {
        match mark {
            ')' | ']' => closing.push(','),
            '.' | ',' | ';' | ':' | '!' | '?' => closing.push(mark),
            '…' => closing.push('.'),
            _ => {}
        }
    }

    closing
}

fn split_punctuation(token: &str) -> (&str, &str, &str) {
    let start = token
        .find(|symbol: char| symbol.is_alphanumeric() || "-@/.~$_#".contains(symbol))
        .unwrap_or(token.len());
    let (open, rest) = token.split_at(start);
    let keep = |symbol: char| symbol.is_alphanumeric() || "+#%/_".contains(symbol);
    let end = rest
        .char_indices()
        .rev()
        .find(|(_, symbol)| keep(*symbol))
        .map_or(0, |(at, symbol)| at + symbol.len_utf8());
    let (core, close) = rest.split_at(end);

    (open, core, close)
}

fn speak_core(core: &str) -> String {
    let lower = core.to_lowercase();
    if let Some((_, said)) = SHORT_FORMS.iter().find(|(form, _)| *form == lower) {
        return (*said).to_owned();
    }

    if lower.contains("://") || lower.starts_with("www.") {
        return String::new();
    }

    if let Some((name, rest)) = core.split_once('@').filter(|(name, _)| !name.is_empty()) {
        return at(name, rest);
    }

    if let Some(version) = lower.strip_prefix('v').filter(|rest| is_version(rest)) {
        return format!("version {version}");
    }

    if is_number(core) {
        return core.to_owned();
    }

    if let Some(brand) = core
        .strip_suffix(".js")
        .filter(|brand| brand.starts_with(char::is_uppercase))
    {
        return format!("{brand} JS");
    }

    if looks_like_path(core) {
        return path(core);
    }

    if core.eq_ignore_ascii_case("i/o") {
        return "IO".to_owned();
    }

    if let Some((left, right)) = core.split_once('/') {
        return format!("{} {}", speak_core(left), speak_core(right))
            .trim()
            .to_owned();
    }

    if looks_like_code(core) {
        return identifier(core);
    }

    core.chars()
        .filter(|symbol| symbol.is_alphanumeric() || "-'’.%&+#".contains(*symbol))
        .collect::<String>()
        .replace('&', " and ")
}

/// What stands around an `@`: an address, a package at a version, or a name and where it is from.
fn at(name: &str, rest: &str) -> String {
    let version = rest.trim_start_matches('v');
    if is_version(version) {
        return format!("{} {version}", speak_core(name));
    }

    match is_domain(rest) {
        true => "an e-mail address".to_owned(),
        // A digest, a branch or a tag tells a listener nothing.
        false => speak_core(name),
    }
}

/// Whether mail could be sent there: labels of letters and digits, the last one of letters. A digest looks like it and is none.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|symbol| symbol.is_alphanumeric() || symbol == '-')
    };
    let Some((front, last)) = text.rsplit_once('.') else {
        return false;
    };
    let digest = ["sha1", "sha256", "sha384", "sha512", "md5"]
        .iter()
        .any(|name| front.eq_ignore_ascii_case(name));

    front.split('.').all(label) && last.len() > 1 && last.chars().all(char::is_alphabetic) && !digest
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_number(text: &str) -> bool {
    let digits = text
        .trim_start_matches(['$', '~', '-', '#'])
        .trim_end_matches(['%', '+', 'x', 'k']);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
}

/// Whether a word names a file or a folder.
pub fn looks_like_path(word: &str) -> bool {
    let ending = word.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let is_file = ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending.as_str()));
    let brand = is_file && word.starts_with(char::is_uppercase) && word.to_lowercase().ends_with(".js");
    let deep = word.matches('/').count() >= 2
        || word.ends_with('/')
        || word.starts_with("./")
        || word.starts_with("~/");
    let shouts = word.split('/').any(|part| part.starts_with(char::is_uppercase)) && !is_file;
    let deep = deep && !shouts;

    (is_file && !brand && !word.contains(' ')) || (deep && word.chars().any(char::is_alphabetic))
}

/// Whether a word is an identifier rather than prose: joined words, a call, a flag or a qualified name.
fn looks_like_code(word: &str) -> bool {
    let inner_capital = word
        .chars()
        .zip(word.chars().skip(1))
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase());

    let dotted = word
        .split('.')
        .filter(|part| part.len() > 1 && part.chars().all(char::is_alphanumeric))
        .count()
        > 1;

    word.contains(['_', '(', '<', '{', '`', '$', '=', '@', '#', '\\', '|']) && !word.ends_with('#')
        || word.contains("::")
        || word.starts_with('-')
        || inner_capital
        || dotted
}

/// Repairs what taking things out leaves behind: doubled articles and commas, spaces before marks, a lower-case start.
fn tidy(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let Some(last) = out.last_mut() else {
            let start = word.trim_start_matches([',', ';', ':', '.', '–']);
            if !start.is_empty() {
                out.push(start.to_owned());
            }
            continue;
        };
        if word.chars().all(|c| ".,;:!?".contains(c)) {
            close_with(last, word);
            continue;
        }

        let article = ["the", "a", "an", "this", "that"].contains(&last.to_lowercase().as_str());
        let repeated =
            last.eq_ignore_ascii_case(word) && ["the", "file", "folder", "and", "to"].contains(&word);
        if repeated || (article && word == "the") {
            continue;
        }

        out.push(word.to_owned());
    }

    let joined = out
        .iter()
        .map(|word| one_mark(word))
        .collect::<Vec<_>>()
        .join(" ");

    joined.trim_end_matches([',', ';', ':', '–', ' ']).to_owned()
}

fn close_with(word: &mut String, marks: &str) {
    let strong = marks
        .chars()
        .find(|mark| ".!?".contains(*mark))
        .or_else(|| marks.chars().next());
    let bare = word.trim_end_matches([',', ';', ':', '.', '!', '?']).len();
    word.truncate(bare);
    word.extend(strong);
}

/// Keeps the strongest of several closing marks: "it,." ends with a full stop.
fn one_mark(word: &str) -> String {
    let bare = word.trim_end_matches([',', ';', ':', '.', '!', '?']);
    let marks = &word[bare.len()..];
    if marks.chars().count() < 2 {
        return word.to_owned();
    }

    let strong = marks
        .chars()
        .find(|mark| ".!?".contains(*mark))
        .or_else(|| marks.chars().next());

    bare.chars().chain(strong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(speakable(text), expected);
    }

    #[test]
    fn markdown_is_not_read_aloud() {
        check(
            "# Title\n\nA **fast** [router](https://x.y/z) for `HttpServer`.",
            "Title. A fast router for HTTP server.",
        );
        check("[![build](https://a/b.svg)](https://ci) Fast.", "Fast.");
        check(
            "Run:\n```sh\ncargo run --release\n```\nThen look.",
            "Run: Then look.",
        );
        check("<p align=\"center\">Hello<br/>there</p>", "Hello there");
    }

    #[test]
    fn paths_and_files_become_words() {
        check(
            "See src/http/router.rs for more.",
            "See the router file in the HTTP folder for more.",
        );
        check("the Cargo.toml file", "the Cargo manifest file");
        check("It uses Node.js and TCP/IP.", "It uses Node JS and TCP IP.");
        check("TCP/UDP/Unix sockets and I/O", "TCP UDP Unix sockets and IO");
    }

    #[test]
    fn identifiers_become_words() {
        check(
            "call parse_request() on HttpServer",
            "call parse request on HTTP server",
        );
        check(
            "tokio::spawn takes --no-default-features",
            "tokio spawn takes no default features",
        );
        check("use async-graphql", "use async-graphql");
    }

    #[test]
    fn links_and_symbols_leave_no_soup() {
        check("Read https://example.com/a?b=c now.", "Read now.");
        check("A & B -> C", "A and B to C");
        check("fast (and small), e.g. here", "fast, and small, for example here");
        check("🚀 Fast 🚀", "Fast");
    }

    #[test]
    fn versions_and_numbers_stay_sayable() {
        check(
            "Since v1.2.3 it is 50% faster, at $5.",
            "Since version 1.2.3 it is 50% faster, at $5.",
        );
    }

    #[test]
    fn a_package_at_a_version_is_no_address() {
        check(
            "It is pinned to react@18.2.0 and to left-pad@v1.3.",
            "It is pinned to react 18.2.0 and to left-pad 1.3.",
        );
        check("made from alpine@sha256.abc here", "made from alpine here");
        check(
            "taken from actions/checkout@main now",
            "taken from actions checkout now",
        );
        check(
            "Write to ada@example.org today.",
            "Write to an e-mail address today.",
        );
    }

    #[test]
    fn nothing_makes_nothing() {
        check("", "");
        check("---", "");
        check("![x](y)", "");
    }
}
