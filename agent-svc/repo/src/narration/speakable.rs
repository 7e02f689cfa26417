//! Plain prose out of whatever a repository's texts hold: no Markdown, links, paths, symbols or code read aloud.
//!
//! What it returns is both spoken and shown in the transcript. Never adds facts.

mod choices;
mod joined;
mod markdown;
pub mod names;
mod signs;

use choices::{choice_of_many, is_choice};
use names::{identifier, path, product};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::text::printable;

/// File name endings that mark a word as a file, with what may be said of them.
const FILE_ENDINGS: [&str; 46] = [
    "rs", "py", "js", "ts", "jsx", "tsx", "mjs", "cjs", "go", "java", "kt", "c", "h", "cc", "cpp", "hpp",
    "cs", "rb", "php", "swift", "scala", "ex", "exs", "lua", "sh", "sql", "proto", "toml", "yaml", "yml",
    "json", "xml", "md", "rst", "txt", "html", "css", "scss", "vue", "svelte", "lock", "cfg", "ini",
    "gradle", "ipynb", "zig",
];

/// Words for symbols that stand alone between spaces.
const SYMBOLS: [(&str, &str); 15] = [
    ("<", "less than"),
    (">", "more than"),
    ("×", "times"),
    ("*", "times"),
    ("…", "…"),
    ("->", "to"),
    ("=>", "to"),
    ("→", "to"),
    ("&", "and"),
    ("+", "plus"),
    ("=", "equals"),
    ("@", "at"),
    ("–", "–"),
    ("—", "–"),
    ("-", "–"),
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

/// Stands before a word of a command, which is printed as it is typed.
const AS_TYPED: char = '\u{e000}';

/// Programs that a line of a shell begins with.
const PROGRAMS: [&str; 50] = [
    "npm",
    "npx",
    "yarn",
    "pnpm",
    "cargo",
    "go",
    "make",
    "cmake",
    "pip",
    "pip3",
    "python",
    "python3",
    "node",
    "docker",
    "docker-compose",
    "git",
    "brew",
    "apt",
    "apt-get",
    "sudo",
    "terraform",
    "kubectl",
    "helm",
    "gem",
    "bundle",
    "rails",
    "rake",
    "mvn",
    "gradle",
    "stack",
    "cabal",
    "composer",
    "php",
    "dotnet",
    "deno",
    "bun",
    "source",
    "bash",
    "sh",
    "pio",
    "platformio",
    "arduino-cli",
    "poetry",
    "uv",
    "conda",
    "jupyter",
    "ansible-playbook",
    "flutter",
    "just",
    "curl",
];

/// Whether a line of a shell may begin with this word.
pub(crate) fn is_program(word: &str) -> bool {
    PROGRAMS.contains(&word)
}

/// The text as it can be read aloud. Returns an empty string when nothing in it can.
pub fn speakable(text: &str) -> String {
    let text: String = printable(text).nfc().filter(|c| *c != AS_TYPED).collect();
    // "route->target": an arrow between words is said like one that stands alone.
    let text = text.replace("->", " -> ").replace("=>", " => ");
    // "(gates, wheels...) of wood" goes on behind its bracket.
    let text = text.replace("...)", ")").replace("…)", ")");
    // "`GATE`/`MILL_GATE`" offers a choice.
    let text = text.replace("`/`", "` or `");
    let plain = signs::spell(&markdown::strip(&text));
    let mut said: Vec<String> = Vec::new();
    let mut tokens = plain.split_whitespace().peekable();
    while let Some(token) = tokens.next() {
        let mut spoken = speak_token(token);
        // "ls, etc. on the other machines" goes on.
        let goes_on = token.eq_ignore_ascii_case("etc.")
            && tokens
                .peek()
                .is_some_and(|next| next.starts_with(char::is_lowercase));
        if goes_on {
            spoken.truncate(spoken.trim_end_matches('.').len());
        }
        let before = said.last().map_or("", String::as_str);
        let spoken = joined::with_its_noun(before, spoken, tokens.peek().copied().unwrap_or_default());
        if !spoken.is_empty() {
            said.push(spoken);
        }
    }

    tidy(&said.join(" "))
}

fn speak_token(token: &str) -> String {
    if let Some(typed) = token.strip_prefix(AS_TYPED) {
        return typed.replace(AS_TYPED, "");
    }
    // "(`make all`)" and "`make`,": what stands around a command is said as elsewhere.
    if let Some((before, typed)) = token.split_once(AS_TYPED) {
        return format!("{}{typed}", opening(before));
    }

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

    let lower = core.to_lowercase();
    let swallowed =
        close.starts_with('.') && (lower.starts_with("e.g") | lower.starts_with("i.e") || lower == "vs");
    let owner = open.is_empty() && core.ends_with('s') && close.starts_with(['\'', '’']);
    let said = if owner { format!("{said}'") } else { said };
    // "(and so on, etc.) instead of it" goes on.
    let goes_on = core.eq_ignore_ascii_case("etc") && close.starts_with(".)") && close.len() == 2;
    let close = if swallowed || goes_on { &close[1..] } else { close };

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
        .find(|symbol: char| symbol.is_alphanumeric() || "-@/.~$_#%°".contains(symbol))
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

/// "v8" is a version, and "V8" the name of an engine.
fn version(core: &str, lower: &str) -> Option<String> {
    if core.len() == 2 && core.starts_with('V') && core.ends_with(|c: char| c.is_ascii_digit()) {
        return Some(core.to_owned());
    }
    let version = lower
        .strip_prefix('v')
        .filter(|rest| is_version(rest) || joined::is_lettered_version(rest))?;

    Some(format!("version {version}"))
}

fn speak_core(core: &str) -> String {
    let lower = core.to_lowercase();
    // "VS Code" sets nothing against anything.
    let short = SHORT_FORMS
        .iter()
        .find(|(form, _)| *form == lower && core != "VS");
    if let Some((_, said)) = short {
        return (*said).to_owned();
    }

    if lower.contains("://") || lower.starts_with("www.") {
        return String::new();
    }

    if let Some(said) = at_sign(core) {
        return said;
    }

    if let Some(said) = version(core, &lower) {
        return said;
    }

    if is_number(core) {
        return core.to_owned();
    }

    if is_time(core) {
        return core.to_owned();
    }

    let (bare, owner) = match core.strip_suffix("'s").or_else(|| core.strip_suffix("’s")) {
        Some(bare) => (bare, "'s"),
        None => (core, ""),
    };
    if let Some(product) = product(bare) {
        return product + owner;
    }

    if let Some(said) = choice_of_many(core) {
        return said;
    }

    if core.starts_with('-') && core.contains('/') && !core.contains(['.', ':', '=']) {
        let each: Vec<String> = core.split('/').map(speak_core).collect();
        return each.join(" or ");
    }

    let page = core.split_once('/').is_some_and(|(host, _)| is_domain(host));
    if looks_like_path(core) && !page && !is_verbatim(core) {
        return path(core);
    }

    if joined::is_a_sign(core) {
        return core.to_owned();
    }

    if let Some(said) = joined::of_several(core) {
        return said;
    }

    if core.eq_ignore_ascii_case("and/or") {
        return "or".to_owned();
    }
    if core.eq_ignore_ascii_case("i/o") {
        return "IO".to_owned();
    }

    if is_verbatim(core) {
        return core.to_owned();
    }

    if let Some((left, right)) = core.split_once('/') {
        if is_choice(left, right) {
            return format!("{left} or {right}");
        }
        return format!("{} {}", speak_core(left), speak_core(right))
            .trim()
            .to_owned();
    }

    if looks_like_code(core) && !ends_in_capitals(bare) {
        return identifier(bare) + owner;
    }

    // A mark inside a word parts it: its neighbours never grow together.
    core.chars()
        .map(|symbol| match symbol {
            '&' => " and ".to_owned(),
            '\u{ad}' | '\u{200b}'..='\u{200d}' => String::new(),
            _ if symbol.is_alphanumeric() || is_combining_mark(symbol) => symbol.to_string(),
            _ if "-'’.%+#°,".contains(symbol) => symbol.to_string(),
            _ => " ".to_owned(),
        })
        .collect()
}

/// What is said of a word with an `@` in it: "an e-mail address" only of what is one, `react@18.2.0` by its name and
/// its version.
fn at_sign(core: &str) -> Option<String> {
    let (name, rest) = core.rsplit_once('@').filter(|(name, _)| !name.is_empty())?;
    let version = rest.trim_start_matches(['^', '~', '=', 'v']);

    if version.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(format!("{} {version}", speak_core(name)));
    }

    let digest = ["sha256", "sha512", "sha1", "md5"]
        .iter()
        .any(|kind| rest.to_lowercase().starts_with(kind));
    if digest {
        return Some(speak_core(name));
    }

    if name == "git" || rest.contains(['/', ':']) {
        return Some(String::new());
    }

    let ending = rest.rsplit_once('.').map_or("", |(_, ending)| ending);
    let mail = ending.len() >= 2 && ending.chars().all(|c| c.is_ascii_alphabetic()) && !name.contains('@');

    // A branch or a tag tells a listener nothing.
    Some(if mail {
        "an e-mail address".to_owned()
    } else {
        speak_core(name)
    })
}

/// `10:30` or `10:30:05`.
fn is_time(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts
            .iter()
            .all(|part| (1..=2).contains(&part.len()) && part.chars().all(|c| c.is_ascii_digit()))
}

fn is_version(text: &str) -> bool {
    let plain = text.strip_suffix(".x").unwrap_or(text);
    plain.starts_with(|c: char| c.is_ascii_digit()) && plain.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn is_number(text: &str) -> bool {
    let digits = text
        .trim_start_matches(['$', '~', '-', '#'])
        .trim_end_matches(['%', '+', 'x', 'k']);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',')
}

/// A route, a place of the machine, a range of addresses or the path of a module is printed as it is; a voice says its
/// marks.
fn is_verbatim(word: &str) -> bool {
    let plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/.-_:".contains(c));
    let parts: Vec<&str> = word.split('/').collect();
    let letters = word.chars().any(|c| c.is_ascii_alphanumeric());
    let route = word.starts_with('/') && letters && word.len() > 2;
    // `-w`, `--export-json`: a flag is printed with its dashes.
    let bare = word.trim_start_matches('-');
    let flag = word.len() - bare.len() <= 2
        && bare.len() < word.len()
        && bare.starts_with(|c: char| c.is_ascii_alphabetic())
        && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let addresses = parts.len() == 2
        && parts[0].matches('.').count() == 3
        && word.chars().all(|c| c.is_ascii_digit() || "./".contains(c));
    let host = parts[0].rsplit_once('.').map_or("", |(_, ending)| ending);
    let module = parts.len() > 2 && ["com", "org", "io", "net", "dev", "in"].contains(&host);

    plain && (route || flag || addresses || module || is_domain(word))
}

/// `example.org` and `tool.exe`; `os.path` is no domain.
fn is_domain(word: &str) -> bool {
    let Some((name, ending)) = word.rsplit_once('.') else {
        return false;
    };
    let known = [
        "com",
        "org",
        "net",
        "edu",
        "gov",
        "dev",
        "app",
        "exe",
        "test",
        "local",
        "localhost",
        "info",
    ];

    // `encoding.org` of code is rare, `Medium.com` is not.
    known.contains(&ending)
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        && name.chars().any(char::is_alphabetic)
}

/// Whether a word names a file or a folder.
pub fn looks_like_path(word: &str) -> bool {
    let ending = word.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let is_file = ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending.as_str()));
    let brand = product(word).is_some();
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

/// "MinGW" and "CrystaX" are marks, and no two words each.
fn ends_in_capitals(word: &str) -> bool {
    let head = word.trim_end_matches(|c: char| c.is_ascii_uppercase());
    let tail = word.len() - head.len();
    let mut symbols = head.chars();

    (1..=3).contains(&tail)
        && head.len() > 2
        && symbols.next().is_some_and(|c| c.is_ascii_uppercase())
        && symbols.all(|c| c.is_ascii_lowercase())
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
        // "the `test/` folder" has said it already.
        let again = matches!(
            (last.as_str(), word.trim_end_matches([',', '.', ';', ':'])),
            ("folder", "folder" | "directory") | ("file", "file")
        );
        if again {
            close_after(last, word);
            continue;
        }
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

/// Puts the marks behind `word` behind `last`.
fn close_after(last: &mut String, word: &str) {
    let bare = word.trim_end_matches([',', '.', ';', ':']).len();
    last.push_str(&word[bare..]);
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
        check("Kiln vs. oven", "Kiln versus oven");
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
        check(
            "The notebook `trace_tide.ipynb` and the `mill.py` module.",
            "The notebook trace tide and the mill module.",
        );
        check(
            "up to 30kHz with a PyTorch-like API of 512KiB",
            "up to 30kHz with a PyTorch-like API of 512KiB",
        );
        check("It uses Node.js and TCP/IP.", "It uses Node JS and TCP IP.");
        check("TCP/UDP/Unix sockets and I/O", "TCP, UDP or Unix sockets and IO");
        check(
            "adding/removing a public/private key",
            "adding or removing a public or private key",
        );
        check("from net/http to pkg/log", "from net http to pkg log");
        check(
            "GET /api/users in 10.0.0.0/16 of github.com/gorilla/mux",
            "GET /api/users in 10.0.0.0/16 of github.com/gorilla/mux",
        );
    }

    #[test]
    fn keys_commands_and_flags_keep_their_signs() {
        check(
            "Press `?` to list the hotkeys.",
            "Press question mark to list the hotkeys.",
        );
        check(
            "Run `docker build -f deploy/Dockerfile -t mill` once.",
            "Run docker build -f deploy/Dockerfile -t mill once.",
        );
        check("Refer to `mill --help`.", "Refer to mill --help.");
        check(
            "Use the `-r`/`--runs` option or `-w`.",
            "Use the -r or --runs option or -w.",
        );
        check(
            "There is a `mill_create_...` function.",
            "There is a mill create function.",
        );
        check(
            "A clone of Medium.com runs cmd.exe.",
            "A clone of Medium.com runs cmd.exe.",
        );
        check(
            "It requires four (4) mills of v1.32.x.",
            "It requires four mills of version 1.32.x.",
        );
        check("the login/signup pages", "the login or signup pages");
        check("a key/value store and/or a list", "a key value store or a list");
        check(
            "(wheels, gates, etc.) instead of them",
            "wheels, gates, and so on, instead of them",
        );
        check(
            "POST/PUT on Debian/Ubuntu of GNU/Linux",
            "POST or PUT on Debian or Ubuntu of GNU Linux",
        );
    }

    #[test]
    fn identifiers_become_words() {
        check(
            "call parse_request() on HttpServer",
            "call parse request on HTTP server",
        );
        check(
            "tokio::spawn takes --no-default-features",
            "tokio spawn takes --no-default-features",
        );
        check("use async-graphql", "use async-graphql");
        check("the option is `-h,--help`", "the option is -h or --help");
        check("told at mills.org/mill.js now", "told at mills.org now");
        check("pairs of route->target", "pairs of route to target");
        check("It builds with MinGW.", "It builds with MinGW.");
        check("Set `gate`/`wheel` to it.", "Set gate or wheel to it.");
        check(
            "It has parts (gates, wheels...) of wood.",
            "It has parts, gates, wheels, of wood.",
        );
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
        check("New in v0.9j of it", "New in version 0.9j of it");
        check(
            "Since v1.2.3 it is 50% faster, at $5.",
            "Since version 1.2.3 it is 50% faster, at $5.",
        );
    }

    #[test]
    fn words_stay_apart_whatever_mark_stands_between_them() {
        check(
            "It stays small—about one sheet—and is easy.",
            "It stays small – about one sheet – and is easy.",
        );
        check(
            "It stays small–about one sheet–and is easy.",
            "It stays small – about one sheet – and is easy.",
        );
        check(
            "It waits--then it goes on…slowly.",
            "It waits – then it goes on – slowly.",
        );
        check(
            "They are kept,counted and closed;then sent.",
            "They are kept, counted and closed; then sent.",
        );
        check("The file(s) of 1,000 boats", "The files of 1,000 boats");
        check("one·two “three”four", "one two three four");
        check("key:value", "key value");
        check("nai\u{308}ve cafe\u{301}", "naïve café");
        check("soft\u{ad}hyphen", "softhyphen");
    }

    #[test]
    fn marks_between_numbers_are_said() {
        check("kept for 3–5 years", "kept for 3 to 5 years");
        check("kept for 3-5 years", "kept for 3 to 5 years");
        check("printed at 10:30 and sent", "printed at 10:30 and sent");
        check("cut to 16:9 and shown", "cut to 16 to 9 and shown");
        check("after 2^32 boats", "after 2 to the power of 32 boats");
        check("about 10⁹ boats", "about 10 to the power of 9 boats");
        check("it is 5–10× faster", "it is 5 to 10 times faster");
        check("it is 3x faster", "it is 3 times faster");
        check("drawn at 1:50 and kept", "drawn at 1 to 50 and kept");
        check("a 4×4 matrix or a 4x4 one", "a 4 by 4 matrix or a 4 by 4 one");
        check("a screen of 1920 x 1080", "a screen of 1920 by 1080");
        check("from 1998–2004 it ran", "from 1998 to 2004 it ran");
        check("since 2024-01-15 it runs", "since 2024-01-15 it runs");
        check("in ISO 8859-1", "in ISO 8859-1");
        check(
            "about 3/4 of 12/15 boats",
            "about three quarters of 12 of 15 boats",
        );
        check("3*4 boats", "3 times 4 boats");
    }

    #[test]
    fn signs_that_carry_a_meaning_are_said() {
        check(
            "sent in <5 ms on every machine",
            "sent in less than 5 ms on every machine",
        );
        check("the load is > 90 % of it", "the load is more than 90 % of it");
        check("> 90 % of the limit", "more than 90 % of the limit");
        check(
            "The plan is €10 and the other £25.",
            "The plan is 10 euros and the other 25 pounds.",
        );
        check("exact to ±0.5 degrees", "exact to plus or minus 0.5 degrees");
        check(
            "kept at −5 °C and at -5°C",
            "kept at minus 5 °C and at minus 5 °C",
        );
        check("needs ≥ 4 cores and <= 8", "needs at least 4 cores and at most 8");
        check("is 30 % smaller", "is 30 % smaller");
        check("costs ¥500 a month", "costs 500 yen a month");
        check("costs €1.5M or 1 €", "costs 1.5 million euros or 1 euro");
        check("takes ~10 minutes", "takes about 10 minutes");
        check(
            "writes 20 MB/s for $5/month",
            "writes 20 MB per second for $5 per month",
        );
        check("A & B -> C", "A and B to C");
    }

    #[test]
    fn names_with_a_version_are_no_addresses() {
        check("pinned to react@18.2.0 here", "pinned to react 18.2.0 here");
        check(
            "made from alpine@sha256.abc and small",
            "made from alpine and small",
        );
        check("from @types/node@18.1.0", "from types node 18.1.0");
        check(
            "taken from actions/checkout@main now",
            "taken from actions checkout now",
        );
        check("write to ada@example.org now", "write to an e-mail address now");
    }

    #[test]
    fn products_are_no_files() {
        check(
            "written for node.js and started",
            "written for Node JS and started",
        );
        check("drawn with three.js and shown", "drawn with three JS and shown");
        check("made with next.js and vue.js.", "made with next JS and vue JS.");
        check("Node.js's loop and Chart.js", "Node JS's loop and Chart JS");
        check("runs llama.cpp", "runs llama CPP");
        check("see app.js", "see the app file");
    }

    #[test]
    fn nothing_makes_nothing() {
        check("", "");
        check("---", "");
        check("![x](y)", "");
    }

    #[test]
    fn a_name_of_a_letter_and_a_digit_is_no_version() {
        assert_eq!(speakable("It runs on the V8 engine"), "It runs on the V8 engine");
        assert_eq!(
            speakable("Colours of ls, etc. on other machines"),
            "Colours of ls, and so on on other machines"
        );
    }
}
