//! Signs that carry a meaning, as words: `<5 ms` is "less than 5 ms", `3–5` is "3 to 5", `€10` is "10 euros". What only
//! joins or parts words becomes a space or a dash, so that no two words grow together.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Sign before or after an amount, one of it, several of it. The dollar is said by every voice.
const CURRENCIES: [(char, &str, &str); 10] = [
    ('€', "euro", "euros"),
    ('£', "pound", "pounds"),
    ('¥', "yen", "yen"),
    ('₹', "rupee", "rupees"),
    ('₩', "won", "won"),
    ('₽', "rouble", "roubles"),
    ('₺', "lira", "lira"),
    ('₴', "hryvnia", "hryvnias"),
    ('฿', "baht", "baht"),
    ('¢', "cent", "cents"),
];

/// What is measured per what.
const PER: [(&str, &str); 12] = [
    ("s", "second"),
    ("sec", "second"),
    ("second", "second"),
    ("min", "minute"),
    ("minute", "minute"),
    ("h", "hour"),
    ("hr", "hour"),
    ("hour", "hour"),
    ("day", "day"),
    ("month", "month"),
    ("mo", "month"),
    ("year", "year"),
];

/// Pattern and what stands in its place; applied in this order.
const RULES: &[(&str, &str)] = &[
    // Joins and parts of sentences.
    (r"\s*(?:—|―|⸺)\s*", " – "),
    // "dict–like" and "Best–Practices" are one word each, whatever dash joins them.
    (
        r"(\p{L})–(like|based|speaking|aware|free|friendly|style|level|side|only|driven|specific)\b",
        "$1-$2",
    ),
    (r"\b(\p{Lu}\p{Ll}+)–(\p{Lu}\p{Ll}+)\b", "$1-$2"),
    (r"(\p{L})(?:–|--|---)(\p{L})", "$1 – $2"),
    (r"(\p{L})…\s?(\p{Ll})", "$1 – $2"),
    (r"(\p{Ll}{2,}|\p{L}\))([,;])(\p{L}{2,})", "$1$2 $3"),
    (r"(\p{L})\((e?s)\)", "$1$2"),
    // `parse(json, path)` is called by its name.
    (
        r"(\b[A-Za-z_][\w.:]{2,})\((?:[\w\x22'&*\[][^()\n]{0,48})?\)",
        "$1",
    ),
    // "a (free) service": what stands between an article and its noun belongs to it.
    (r"\b([Aa]n?|[Tt]he) \((\w+)\) (\w)", "$1 $2 $3"),
    // "an (x, y) key": single letters belong to what they stand before.
    (r"\(([a-z]), ([a-z]), ([a-z]), ([a-z])\)", "$1 $2 $3 $4"),
    (r"\(([a-z]), ([a-z]), ([a-z])\)", "$1 $2 $3"),
    (r"\(([a-z]), ([a-z])\)", "$1 $2"),
    (r"\(([a-z])\)", "$1"),
    // "four (4)" says it twice.
    (
        r"(?i)\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty) \(\d+\)",
        "$1",
    ),
    // Comparisons.
    (r"\+/[-−]|±", " plus or minus "),
    (r"(?:<=|≤|⩽|≦)", " at most "),
    (r"(?:>=|≥|⩾|≧)", " at least "),
    (r"(?:!=|≠)", " is not "),
    (r"(?:≈|≃|≅)", " about "),
    (r"(^|[\s(])[~∼]\s?([$€£¥]?\d)", "$1 about $2"),
    (r"(^|[^<\-=])<\s*([$€£¥]?[+−-]?\d)", "$1 less than $2"),
    (r"(^|[^>\-=])>\s*([$€£¥]?[+−-]?\d)", "$1 more than $2"),
    // Numbers with a sign before them.
    (r"(^|[\s(\[])[−-](\d)", "$1 minus $2"),
    (r"−(\d)", " minus $1"),
    // Powers.
    (
        r"\b(\d+|[A-Za-z])\s?\^\s?\{?(\d+|[A-Za-z]\b)\}?",
        "$1 to the power of $2",
    ),
    (r"(\d)\s?\*\*\s?(\d)", "$1 to the power of $2"),
    (r"(\w)²", "$1 squared"),
    (r"(\w)³", "$1 cubed"),
    // Products and ranges.
    (r"(\d)\s?[×✕✖⨯]\s?(\d)", "$1 by $2"),
    (r"(\d)\s?\*\s?(\d)", "$1 times $2"),
    (r"(\d)\s?[×✕✖⨯]", "$1 times"),
    (r"(\d)\s?÷\s?(\d)", "$1 divided by $2"),
    (r"(\d[KkMG]?B?%?)\s?[–‒‐‑]\s?([$€£¥]?\d)", "$1 to $2"),
    // Signs for words.
    (r"§\s?(\d)", "section $1"),
    (r"№\s?(\d)", "number $1"),
    (r"\s?°\s?([CF])\b", " °$1"),
    (r"\s?℃", " °C"),
    (r"\s?℉", " °F"),
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let compiled = RULES
        .iter()
        .map(|(pattern, said)| Some((crate::pattern::compile(pattern).ok()?, *said)));
    compiled.flatten().collect()
});

/// The text with its signs as words.
pub(super) fn spell(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for (pattern, said) in PATTERNS.iter() {
        if let Cow::Owned(changed) = pattern.replace_all(&text, *said) {
            text = Cow::Owned(changed);
        }
    }

    let text = replaced(&TIMES, text, times);
    let text = replaced(&RATIOS, text, ratio);
    let text = replaced(&RANGES, text, range);
    let text = replaced(&MONEY, text, money);
    let text = replaced(&RATES, text, rate);
    let text = replaced(&RAISED, text, raised);

    replaced(&FRACTIONS, text, fraction).into_owned()
}

type Pattern = LazyLock<Option<Regex>>;

fn replaced<'t>(pattern: &Pattern, text: Cow<'t, str>, with: fn(&Captures<'_>) -> String) -> Cow<'t, str> {
    match pattern.as_ref().map(|pattern| pattern.replace_all(&text, with)) {
        Some(Cow::Owned(changed)) => Cow::Owned(changed),
        _ => text,
    }
}

/// `4x4`, `1920 x 1080`, `5x faster`; `0x1F` is a number.
static TIMES: Pattern = LazyLock::new(|| {
    crate::pattern::compile(r"(^|[^\w.])(\d(?:[\d.,]*\d)?)(\s[xX]\s(\d)|[xX](\d)?\b|[xX](\d+)\b)").ok()
});

fn times(found: &Captures<'_>) -> String {
    let number = &found[2];
    let second = found.get(4).or(found.get(5)).or(found.get(6));

    match second {
        Some(_) if number == "0" => found[0].to_owned(),
        Some(second) => format!("{}{number} by {}", &found[1], second.as_str()),
        None => format!("{}{number} times", &found[1]),
    }
}

/// `16:9` and `1:50`; `10:30` is a time.
static RATIOS: Pattern =
    LazyLock::new(|| crate::pattern::compile(r"(^|[^\w:.])(\d{1,4}):(\d{1,6})(\s?[ap]\.?m\b|:\d|\b)").ok());

fn ratio(found: &Captures<'_>) -> String {
    let (left, right, after) = (&found[2], &found[3], &found[4]);
    let hour = left.parse().is_ok_and(|hour: u32| hour < 24);
    let minute = right.len() == 2 && right.parse().is_ok_and(|minute: u32| minute < 60);
    let scale = left == "1" || (left, right) == ("16", "10");

    if !after.is_empty() || hour && minute && !scale {
        found[0].to_owned()
    } else {
        format!("{}{left} to {right}", &found[1])
    }
}

/// `3-5`: with a plain hyphen only from a smaller to a larger number, and not in a date or a name.
static RANGES: Pattern = LazyLock::new(|| {
    crate::pattern::compile(r"(^|[^\w.\-/:])(\d{1,6})-(\d{1,6})([^\w\-/:]|$|[xX%KkMG]|ms\b)").ok()
});

fn range(found: &Captures<'_>) -> String {
    let (from, to): (u32, u32) = (found[2].parse().unwrap_or(0), found[3].parse().unwrap_or(0));
    if from >= to {
        return found[0].to_owned();
    }

    format!("{}{from} to {to}{}", &found[1], &found[4])
}

static MONEY: Pattern = LazyLock::new(|| {
    crate::pattern::compile(r"([€£¥₹₩₽₺₴฿])\s?(\d[\d.,]*\d|\d)(\s(?:thousand|million|billion|trillion)\b|[kKmM]\b|bn\b)?|(\d[\d.,]*\d|\d)\s?([€£¥₹₩₽₺₴฿¢])").ok()
});

fn money(found: &Captures<'_>) -> String {
    let sign = found
        .get(1)
        .or(found.get(5))
        .and_then(|sign| sign.as_str().chars().next());
    let amount = found.get(2).or(found.get(4)).map_or("", |amount| amount.as_str());
    let scale = match found.get(3).map_or("", |scale| scale.as_str()) {
        "k" | "K" => " thousand",
        "m" | "M" => " million",
        "bn" => " billion",
        scale => scale,
    };
    let Some((_, one, many)) = CURRENCIES.iter().find(|(known, ..)| Some(*known) == sign) else {
        return found[0].to_owned();
    };
    let unit = if amount == "1" && scale.is_empty() {
        one
    } else {
        many
    };

    format!("{amount}{scale} {unit}")
}

/// `20 MB/s`, `$5/month`.
static RATES: Pattern = LazyLock::new(|| {
    crate::pattern::compile(r"(\$?\d[\d.,]*[kKmM]?|\b[A-Za-z]{1,10})/(second|sec|s|minute|min|hour|hr|h|day|month|mo|year)\b([^/\w.]|[.,;]?\s|[.,;]?$)").ok()
});

fn rate(found: &Captures<'_>) -> String {
    let unit = PER.iter().find(|(short, _)| *short == &found[2]);
    let measured = &found[1];
    // `and/s` is nothing that is measured.
    let plain = ["and", "or", "his", "her", "his"].contains(&measured);

    match unit.filter(|_| !plain) {
        Some((_, unit)) => format!("{measured} per {unit}{}", &found[3]),
        None => found[0].to_owned(),
    }
}

/// `10⁹`.
static RAISED: Pattern = LazyLock::new(|| crate::pattern::compile(r"(\w?)(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)").ok());

fn raised(found: &Captures<'_>) -> String {
    let digits: String = found[2]
        .chars()
        .map(|c| match c {
            '⁻' => '-',
            '¹' => '1',
            '²' => '2',
            '³' => '3',
            '⁰' => '0',
            c => char::from_u32(u32::from(c) - 0x2070 + u32::from('0')).unwrap_or(c),
        })
        .collect();
    let number = digits.trim_start_matches('-');
    let minus = if digits.starts_with('-') { "minus " } else { "" };

    // Behind a word it is the mark of a footnote.
    match &found[1] {
        base if base.chars().all(|c| c.is_ascii_digit()) && !base.is_empty() => {
            format!("{base} to the power of {minus}{number}")
        }
        base => base.to_owned(),
    }
}

static FRACTIONS: Pattern = LazyLock::new(|| {
    crate::pattern::compile(r"(^|[\s(])(\d{1,2})/(\d{1,2})([\s,.;)]|$)|(\d?)\s?([½⅓⅔¼¾⅕⅛])").ok()
});

fn fraction(found: &Captures<'_>) -> String {
    if let Some(sign) = found.get(6) {
        let said = match sign.as_str() {
            "½" => "one half",
            "⅓" => "one third",
            "⅔" => "two thirds",
            "¼" => "one quarter",
            "¾" => "three quarters",
            "⅕" => "one fifth",
            _ => "one eighth",
        };
        return match found.get(5).map_or("", |whole| whole.as_str()) {
            "" => said.to_owned(),
            whole => format!("{whole} and {said}"),
        };
    }

    let said = match (&found[2], &found[3]) {
        ("1", "2") => "one half".to_owned(),
        ("1", "3") => "one third".to_owned(),
        ("2", "3") => "two thirds".to_owned(),
        ("1", "4") => "one quarter".to_owned(),
        ("3", "4") => "three quarters".to_owned(),
        ("24", "7") => "24 7".to_owned(),
        (part, whole) => format!("{part} of {whole}"),
    };

    format!("{}{said}{}", &found[1], &found[4])
}
