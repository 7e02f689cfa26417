//! Takes secrets out of text. Everything that leaves the analyser passes here, twice: files when they are read for
//! quoting, and the finished analysis string by string. Better one word too many than one key too few; placeholders
//! and code that merely speaks of secrets are left alone.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use regex::{Captures, Regex, RegexSet};
use serde::Deserialize;

/// How many secrets of each kind were taken out.
pub type Redactions = BTreeMap<String, u64>;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// A row of `redact/patterns.toml`. The named group `s` of the pattern is the secret; without it the whole match is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    kind: String,
    regex: String,
    /// Where the shape is described, and since when the row is here: for whoever judges or mends it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers of the file; a test asks for it")
    )]
    source: String,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "for readers of the file; a test asks for it")
    )]
    date: String,
}

#[derive(Debug, Deserialize)]
struct Shapes {
    pattern: Vec<Shape>,
}

/// A name that promises a secret, an assignment, and a value.
const NAMED: &str = r#"(?ix)
    (?P<name> [\w.-]*? (?: passw(?:or)?d | passphrase | pwd | secret | token | api[_-]?key | access[_-]?key | private[_-]?key
        | signing[_-]?key | encryption[_-]?key | auth[_-]?key | credentials? | client[_-]?secret | salt ) [\w-]* )
    (?P<join> ['"`\]]* \s* (?: := | => | = | : ) \s* )
    (?: "(?P<double>[^"\n]{4,}?)" | '(?P<single>[^'\n]{4,}?)' | `(?P<back>[^`\n]{4,}?)` | (?P<bare>[^\s'"`,;(){}\[\]<>]{6,}) )"#;

/// Any assignment of a long quoted literal.
const LITERAL: &str = r#"(?P<join>(?::=|=>|=|:)\s*)["'`](?P<s>[A-Za-z0-9+/_=-]{32,})["'`]"#;

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    let shapes: Shapes = toml::from_str(include_str!("redact/patterns.toml")).expect("valid patterns");
    shapes.pattern
});
static SET: LazyLock<RegexSet> =
    LazyLock::new(|| compile_set(SHAPES.iter().map(|shape| shape.regex.as_str())));
static EACH: LazyLock<Vec<Regex>> =
    LazyLock::new(|| SHAPES.iter().map(|shape| compile(&shape.regex)).collect());
static NAMES: LazyLock<Regex> = LazyLock::new(|| compile(NAMED));
static LITERALS: LazyLock<Regex> = LazyLock::new(|| compile(LITERAL));

#[expect(
    clippy::expect_used,
    reason = "the patterns are compiled in and a test compiles all of them"
)]
fn compile(pattern: &str) -> Regex {
    crate::pattern::compile(pattern).expect("a valid pattern")
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are compiled in and a test compiles all of them"
)]
fn compile_set<'a>(patterns: impl Iterator<Item = &'a str>) -> RegexSet {
    RegexSet::new(patterns).expect("valid patterns")
}

/// Takes secrets out of `text` and counts them.
pub fn redact<'t>(text: &'t str, found: &mut Redactions) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    for at in SET.matches(&text) {
        let replaced = EACH[at].replace_all(&text, |groups: &Captures<'_>| {
            let whole = &groups[0];
            match groups.name("s") {
                Some(secret) if is_placeholder(secret.as_str()) => whole.to_owned(),
                Some(secret) => {
                    note(found, &SHAPES[at].kind);
                    let start = secret.start() - groups.get_match().start();
                    format!("{}{MARK}{}", &whole[..start], &whole[start + secret.len()..])
                }
                None => {
                    note(found, &SHAPES[at].kind);
                    MARK.to_owned()
                }
            }
        });

        if let Cow::Owned(replaced) = replaced {
            text = Cow::Owned(replaced);
        }
    }

    let text = swap(text, &NAMES, |groups| named(groups, found));
    swap(text, &LITERALS, |groups| literal(groups, found))
}

fn swap<'t>(
    text: Cow<'t, str>,
    pattern: &Regex,
    replace: impl FnMut(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    match pattern.replace_all(&text, replace) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

fn note(found: &mut Redactions, kind: &str) {
    *found.entry(kind.to_owned()).or_default() += 1;
}

/// An assignment to a name that promises a secret.
fn named(groups: &Captures<'_>, found: &mut Redactions) -> String {
    let whole = groups[0].to_owned();
    let bare = groups.name("bare");
    let quoted = groups
        .name("double")
        .or(groups.name("single"))
        .or(groups.name("back"));
    let Some(value) = bare.or(quoted) else {
        return whole;
    };
    let secret = match bare {
        Some(bare) => looks_random(bare.as_str(), 12, 2.8) || is_environment_line(groups, bare.as_str()),
        None => !value.as_str().contains(' ') && !is_word(value.as_str()),
    };
    if !secret || is_placeholder(value.as_str()) || value.as_str().contains(MARK) {
        return whole;
    }

    note(found, "assigned secret");

    whole.replacen(value.as_str(), MARK, 1)
}

/// `NAME=value` as in an environment file: upper case, and no code around it.
fn is_environment_line(groups: &Captures<'_>, value: &str) -> bool {
    let name = &groups["name"];
    let join = &groups["join"];
    name.chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && join == "="
        && !value.contains("::")
        && !is_word(value)
}

/// A long literal that nobody would have typed.
fn literal(groups: &Captures<'_>, found: &mut Redactions) -> String {
    let whole = groups[0].to_owned();
    let value = &groups["s"];
    let mixed = value.chars().any(|c| c.is_ascii_lowercase())
        && value.chars().any(|c| c.is_ascii_uppercase())
        && value.chars().any(|c| c.is_ascii_digit());

    // Alphabets and integrity hashes are long and mixed too, but they are no secrets.
    let known = value.starts_with("sha") || value.contains("abcdefgh") || value.contains("ABCDEFGH");
    if !mixed || known || entropy(value) < 4.2 {
        return whole;
    }

    note(found, "random literal");

    whole.replacen(value, MARK, 1)
}

/// A plain word, such as the `"bearer"` of `token_type = "bearer"`: letters only, short.
fn is_word(value: &str) -> bool {
    value.len() <= 24
        && value
            .chars()
            .all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-' || c == '.')
}

/// What examples put where a secret belongs, or an expression that reads it from elsewhere.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let starts = [
        "$", "<", "{", "%", "@", "#{", "env.", "process.", "os.", "config.", "self.", "this.", "secrets.",
    ];
    let speaks = [
        "your",
        "example",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "xxxx",
        "****",
        "redacted",
        "dummy",
        "...",
        "todo",
    ];

    starts.iter().any(|start| lower.starts_with(start))
        || speaks.iter().any(|word| lower.contains(word))
        || lower.chars().all(|c| lower.starts_with(c))
}

fn looks_random(value: &str, least: usize, bits: f64) -> bool {
    value.len() >= least
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+/=_-.!@#$%^&*~".contains(c))
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(|c| c.is_ascii_alphabetic())
        && !value.contains("::")
        && entropy(value) >= bits
}

/// Shannon's, in bits for each character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }

    let total = text.len() as f64;
    counts.iter().filter(|count| **count > 0).fold(0.0, |sum, count| {
        let share = f64::from(*count) / total;
        sum - share * share.log2()
    })
}

/// Takes secrets out of every string of a JSON value, map keys excepted.
pub(super) fn redact_value(value: &mut serde_json::Value, found: &mut Redactions) {
    match value {
        serde_json::Value::String(text) => {
            if let Cow::Owned(clean) = redact(text, found) {
                *text = clean;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| redact_value(item, found)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|item| redact_value(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
