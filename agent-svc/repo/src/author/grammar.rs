//! English for the ear: numbers in words, lists with "and", articles, plurals, spans of time, whole sentences.

pub mod prose;

use chrono::{DateTime, Datelike, Utc};

const SMALL: [&str; 20] = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
/// The number that one word says, from `zero` to `nineteen` and the tens to `ninety`; in lower case.
#[must_use]
pub fn parse_number_word(word: &str) -> Option<u64> {
    let small = match word {
        "zero" => Some(0),
        "" | "no" => None,
        _ => SMALL.iter().position(|known| *known == word),
    };
    let tens = || {
        let at = TENS
            .iter()
            .position(|known| !known.is_empty() && *known == word)?;
        Some(at * 10)
    };

    small.or_else(tens).map(|value| value as u64)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A number in words: 342 is "three hundred and forty-two". Nothing is "no", as in "no files".
pub fn number(n: u64) -> String {
    match n {
        0..20 => SMALL[n as usize].to_owned(),
        20..100 if n.is_multiple_of(10) => TENS[(n / 10) as usize].to_owned(),
        20..100 => format!("{}-{}", TENS[(n / 10) as usize], SMALL[(n % 10) as usize]),
        100..1_000 => with_rest(&format!("{} hundred", number(n / 100)), n % 100),
        1_000..1_000_000 => with_rest(&format!("{} thousand", number(n / 1_000)), n % 1_000),
        1_000_000..1_000_000_000 => with_rest(&format!("{} million", number(n / 1_000_000)), n % 1_000_000),
        _ => with_rest(
            &format!("{} billion", number(n / 1_000_000_000)),
            n % 1_000_000_000,
        ),
    }
}

fn with_rest(head: &str, rest: u64) -> String {
    match rest {
        0 => head.to_owned(),
        1..100 => format!("{head} and {}", number(rest)),
        _ => format!("{head} {}", number(rest)),
    }
}

/// A number as people say it: exact up to a hundred, then "about" and two figures.
pub fn round_number(n: u64) -> String {
    if n <= 100 {
        return number(n);
    }

    let unit = 10u64.pow(n.ilog10().saturating_sub(1));
    let rounded = (n + unit / 2) / unit * unit;

    if rounded == n {
        number(n)
    } else {
        format!("about {}", number(rounded))
    }
}

/// "one file", "about three hundred files".
pub fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", round_number(n), if n == 1 { one } else { many })
}

/// "a", "a and b", "a, b and c".
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// A share of a whole: "about two thirds".
pub fn share(of: f64) -> &'static str {
    match of {
        s if s >= 0.97 => "nearly all",
        s if s >= 0.85 => "most",
        s if s >= 0.71 => "about three quarters",
        s if s >= 0.62 => "about two thirds",
        s if s >= 0.53 => "more than half",
        s if s >= 0.46 => "about half",
        s if s >= 0.37 => "about two fifths",
        s if s >= 0.29 => "about a third",
        s if s >= 0.22 => "about a quarter",
        s if s >= 0.16 => "about a fifth",
        s if s >= 0.08 => "about a tenth",
        _ => "a small part",
    }
}

/// "May 2021".
pub fn month(at: DateTime<Utc>) -> String {
    format!("{} {}", MONTHS[at.month0() as usize], at.year())
}

/// How long it is from one moment to another: "about five months", "a little over three years".
pub fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let days = (to - from).num_days().max(0) as u64;

    match days {
        0 => "a single day".to_owned(),
        1..14 => count(days, "day", "days"),
        14..60 => count((days + 3) / 7, "week", "weeks"),
        60..700 => count((days + 15) / 30, "month", "months"),
        _ => {
            let years = days / 365;
            let rest = days % 365;
            match rest {
                0..60 => count(years, "year", "years"),
                60..150 => format!("a little over {}", count(years, "year", "years")),
                150..245 => format!("about {} and a half years", number(years)),
                _ => format!("nearly {}", count(years + 1, "year", "years")),
            }
        }
    }
}

/// The word with "a" or "an" by its first sound.
pub fn with_article(words: &str) -> String {
    let first = words.split([' ', '-']).next().unwrap_or_default();
    let spelled = first.chars().count() > 1 && first.chars().all(|c| c.is_uppercase() || c.is_numeric());
    let lower = first.to_lowercase();
    let vowel = if spelled {
        lower.starts_with(['a', 'e', 'f', 'h', 'i', 'l', 'm', 'n', 'o', 'r', 's', 'x'])
    } else {
        let silent_h = ["hour", "honest", "heir"]
            .iter()
            .any(|start| lower.starts_with(start));
        let like_you = ["uni", "use", "usa", "usu", "uti", "one", "once", "eu"]
            .iter()
            .any(|start| lower.starts_with(start))
            && !lower.starts_with("unin");
        silent_h || (lower.starts_with(['a', 'e', 'i', 'o', 'u']) && !like_you)
    };

    format!("{} {words}", if vowel { "an" } else { "a" })
}

/// "axum's", "tests'".
pub fn possessive(name: &str) -> String {
    if name.ends_with('s') {
        format!("{name}'")
    } else {
        format!("{name}'s")
    }
}

/// The text with a capital at the start of each sentence, single spaces, and a mark at its end.
pub fn sentences(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut start = true;
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }

        // `-cpus` is typed in small letters.
        if start && !word.starts_with('-') {
            push_capital(&mut out, word);
        } else {
            out.push_str(word);
        }

        let bare = word.trim_end_matches(['"', '”', '’', ')']);
        // “Who?” asked the guide: the sentence goes on after what was said.
        start = bare.ends_with('.') || (bare.ends_with(['!', '?']) && bare.len() == word.len());
    }

    let closed = out
        .trim_end_matches(['"', '”', '’', ')'])
        .ends_with(['.', '!', '?']);
    if !out.is_empty() && !closed {
        let end = out.trim_end_matches([',', ';', ':', ' ']).len();
        out.truncate(end);
        out.push('.');
    }

    out
}

fn push_capital(out: &mut String, word: &str) {
    // A flag is typed as it is, wherever it stands.
    if word.starts_with("--") {
        out.push_str(word);
        return;
    }

    let mut symbols = word.chars().peekable();
    while let Some(symbol) = symbols.next_if(|symbol| !symbol.is_alphanumeric()) {
        out.push(symbol);
    }

    // "cJSON" and "jQuery" begin small wherever they stand.
    let bare: String = symbols
        .clone()
        .take_while(|symbol| symbol.is_alphanumeric())
        .collect();
    let named = bare.starts_with(char::is_lowercase) && bare.chars().any(char::is_uppercase);
    if let Some(first) = symbols.next() {
        if named {
            out.push(first);
        } else {
            out.extend(first.to_uppercase());
        }
    }
    out.extend(symbols);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_words() {
        let said = [0, 1, 21, 100, 342, 1_000, 1_005, 12_400, 2_000_000].map(number);
        let expected = [
            "no",
            "one",
            "twenty-one",
            "one hundred",
            "three hundred and forty-two",
            "one thousand",
            "one thousand and five",
            "twelve thousand four hundred",
            "two million",
        ];

        assert_eq!(said, expected);
        assert_eq!(round_number(97), "ninety-seven");
        assert_eq!(round_number(12_437), "about twelve thousand");
        assert_eq!(round_number(347), "about three hundred and fifty");
        assert_eq!(count(1, "file", "files"), "one file");
    }

    #[test]
    fn lists_are_spoken_with_and() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn articles_follow_the_sound() {
        let words = [
            "HTTP server",
            "URL",
            "user",
            "error",
            "one-off",
            "hour",
            "library",
        ];
        let said = words.map(with_article);
        let expected = [
            "an HTTP server",
            "a URL",
            "a user",
            "an error",
            "a one-off",
            "an hour",
            "a library",
        ];

        assert_eq!(said, expected);
    }

    #[test]
    fn sentences_start_with_a_capital_and_end_with_a_mark() {
        assert_eq!(sentences("axum is  small. it grows"), "Axum is small. It grows.");
        assert_eq!(sentences("“hello” she said,"), "“Hello” she said.");
        assert_eq!(sentences(""), "");
    }

    #[test]
    fn spans_are_rounded_as_people_round_them() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a date");
        assert_eq!(
            span(at("2021-01-01T00:00:00Z"), at("2021-01-01T05:00:00Z")),
            "a single day"
        );

        assert_eq!(
            span(at("2021-01-01T00:00:00Z"), at("2021-06-01T00:00:00Z")),
            "five months"
        );
        assert_eq!(
            span(at("2020-01-01T00:00:00Z"), at("2023-07-01T00:00:00Z")),
            "about three and a half years"
        );
        assert_eq!(month(at("2021-05-03T00:00:00Z")), "May 2021");
    }
}
