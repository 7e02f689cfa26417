//! Takes secrets out of text. Everything that leaves the analyser passes here, twice: files when they are read for
//! quoting, and the finished analysis string by string. Better one word too many than one key too few; placeholders
//! and code that merely speaks of secrets are left alone.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use regex::{Captures, Regex, RegexSet};

/// How many secrets of each kind were taken out.
pub type Redactions = BTreeMap<String, u64>;

/// What stands in the place of a secret.
pub const MARK: &str = "[redacted]";

/// Kind, and a pattern whose group `s` is the secret (or the whole match when there is no such group). The shapes are
/// those that the issuers document for their tokens.
const KINDS: &[(&str, &str)] = &[
    (
        "private key",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
    ),
    ("private key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    ("AWS key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"),
    (
        "GitHub token",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})\b",
    ),
    (
        "GitLab token",
        r"\bgl(?:pat|rt|dt|ptt|cbt|soat)-[A-Za-z0-9_-]{20,}",
    ),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    (
        "webhook address",
        r"https://hooks\.slack\.com/(?:services|workflows)/(?P<s>[A-Za-z0-9/_+-]{20,})",
    ),
    (
        "webhook address",
        r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/(?P<s>\d+/[A-Za-z0-9_-]{20,})",
    ),
    (
        "Stripe key",
        r"\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{20,})",
    ),
    (
        "model provider key",
        r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}",
    ),
    (
        "model provider key",
        r"\b(?:hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{36,}|xai-[A-Za-z0-9]{60,})\b",
    ),
    (
        "Google key",
        r"\b(?:AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})",
    ),
    (
        "package registry token",
        r"\b(?:npm_[A-Za-z0-9]{36}|pypi-AgE[A-Za-z0-9_-]{30,}|rubygems_[0-9a-f]{48}|dckr_pat_[A-Za-z0-9_-]{20,}|cio[A-Za-z0-9]{32})",
    ),
    (
        "service token",
        r"\b(?:dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|hv[sb]\.[A-Za-z0-9_-]{24,}|lin_api_[A-Za-z0-9]{32,}|ntn_[A-Za-z0-9]{40,}|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|sbp_[0-9a-f]{40}|pul-[0-9a-f]{40}|fo1_[A-Za-z0-9_-]{40,})",
    ),
    ("bot token", r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,}"),
    (
        "bot token",
        r"\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}",
    ),
    (
        "signed token",
        r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
    ),
    (
        "storage account key",
        r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<s>[A-Za-z0-9+/=%&_-]{20,})",
    ),
    (
        "password in a connection string",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@'\x22<>`]{0,80}:(?P<s>[^\s/@'\x22<>`]{2,120})@",
    ),
    (
        "password in a connection string",
        r"(?i)\b(?:password|pwd)=(?P<s>[^;\s'\x22]{3,});",
    ),
    (
        "authorisation header",
        r"(?i)\bauthorization['\x22]?\s*[:=,]\s*['\x22`]?(?:bearer|basic|token|apikey)\s+(?P<s>[A-Za-z0-9._~+/=-]{8,})",
    ),
    (
        "authorisation header",
        r"(?i)\bbearer\s+(?P<s>[A-Za-z0-9._~+/-]{20,}=*)",
    ),
];

/// A name that promises a secret, an assignment, and a value.
const NAMED: &str = r#"(?ix)
    (?P<name> [\w.-]*? (?: passw(?:or)?d | passphrase | pwd | secret | token | api[_-]?key | access[_-]?key | private[_-]?key
        | signing[_-]?key | encryption[_-]?key | auth[_-]?key | credentials? | client[_-]?secret | salt ) [\w-]* )
    (?P<join> ['"`\]]* \s* (?: := | => | = | : ) \s* )
    (?: "(?P<double>[^"\n]{4,}?)" | '(?P<single>[^'\n]{4,}?)' | `(?P<back>[^`\n]{4,}?)` | (?P<bare>[^\s'"`,;(){}\[\]<>]{6,}) )"#;

/// Any assignment of a long quoted literal.
const LITERAL: &str = r#"(?P<join>(?::=|=>|=|:)\s*)["'`](?P<s>[A-Za-z0-9+/_=-]{32,})["'`]"#;

static SET: LazyLock<RegexSet> = LazyLock::new(|| compile_set(KINDS.iter().map(|(_, pattern)| *pattern)));
static EACH: LazyLock<Vec<Regex>> =
    LazyLock::new(|| KINDS.iter().map(|(_, pattern)| compile(pattern)).collect());
static NAMES: LazyLock<Regex> = LazyLock::new(|| compile(NAMED));
static LITERALS: LazyLock<Regex> = LazyLock::new(|| compile(LITERAL));

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants and a test compiles all of them"
)]
fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants and a test compiles all of them"
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
                    note(found, KINDS[at].0);
                    let start = secret.start() - groups.get_match().start();
                    format!("{}{MARK}{}", &whole[..start], &whole[start + secret.len()..])
                }
                None => {
                    note(found, KINDS[at].0);
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
