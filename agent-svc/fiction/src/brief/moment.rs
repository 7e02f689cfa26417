//! When a prompt's book happens and until when something has to be done.

use super::{Word, people::NamedPerson, phrase::read_phrase};

const SEASONS: [&str; 5] = ["spring", "summer", "autumn", "winter", "fall"];
const MONTHS: [(&str, &str); 12] = [
    ("january", "winter"),
    ("february", "winter"),
    ("march", "spring"),
    ("april", "spring"),
    ("may", "spring"),
    ("june", "summer"),
    ("july", "summer"),
    ("august", "summer"),
    ("september", "autumn"),
    ("october", "autumn"),
    ("november", "autumn"),
    ("december", "winter"),
];
const CENTURIES: [&str; 11] = [
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
];
/// What something can be done by.
const HOURS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "christmas",
    "easter",
    "midsummer",
    "midnight",
    "dawn",
    "daybreak",
    "sunrise",
    "sunset",
    "nightfall",
    "noon",
    "morning",
];

/// The season that is named, or the one of a month that is.
pub(super) fn read_season(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    let named = lower.iter().find(|word| SEASONS.contains(&word.as_str()));
    if let Some(season) = named {
        return Some(season.replace("fall", "autumn"));
    }

    if lower.iter().any(|word| word == "christmas") {
        return Some("winter".to_owned());
    }

    find_month(words, lower).map(|(_, season)| season.to_owned())
}

fn find_month(words: &[Word<'_>], lower: &[String]) -> Option<(String, &'static str)> {
    (1..words.len()).find_map(|at| {
        let is_dated = matches!(
            lower[at - 1].as_str(),
            "in" | "of" | "one" | "this" | "that" | "early" | "late"
        );
        let (_, season) = MONTHS.iter().find(|(month, _)| *month == lower[at])?;
        let is_capital = words[at].text.starts_with(char::is_uppercase);

        (is_dated && is_capital).then(|| (words[at].text.to_owned(), *season))
    })
}

/// `1952`, `the 1920s`, `November 1926`, `the nineteenth century`.
pub(super) fn read_year(prompt: &str, words: &[Word<'_>], lower: &[String]) -> Option<String> {
    let chunks = prompt.split(|sign: char| !sign.is_ascii_alphanumeric());
    for chunk in chunks {
        let (digits, is_decade) = match chunk.strip_suffix('s') {
            Some(digits) => (digits, true),
            None => (chunk, false),
        };
        let is_year = digits.len() == 4
            && digits
                .parse::<u32>()
                .is_ok_and(|year| (1000..2400).contains(&year));
        if !is_year {
            continue;
        }
        if is_decade {
            return Some(format!("the {digits}s"));
        }
        return Some(match find_month(words, lower) {
            Some((month, _)) => format!("{month} {digits}"),
            None => digits.to_owned(),
        });
    }

    let at = lower.iter().position(|word| word == "century")?;
    let century = at.checked_sub(1).map(|before| lower[before].as_str())?;
    CENTURIES
        .contains(&century)
        .then(|| format!("the {century} century"))
}

/// `before the first snow`, `until the trial`, `by Friday`.
pub(super) fn read_due(words: &[Word<'_>], lower: &[String]) -> Option<String> {
    (0..lower.len()).find_map(|at| match lower[at].as_str() {
        mark @ ("before" | "until") => read_clause(words, lower, at, mark),
        "by" | "on" | "at" => read_hour(words, lower, at),
        _ => None,
    })
}

fn read_clause(words: &[Word<'_>], lower: &[String], at: usize, mark: &str) -> Option<String> {
    let next = lower.get(at + 1)?;
    if HOURS.contains(&next.as_str()) {
        return Some(format!("{mark} {}", words[at + 1].text));
    }
    matches!(
        next.as_str(),
        "the" | "a" | "an" | "her" | "his" | "their" | "my" | "next" | "first"
    )
    .then_some(())?;
    let phrase = read_phrase(words, lower, at + 1)?;
    // A clause goes on where a phrase ends: `before the others find it`.
    let is_clause = words.get(at + phrase.words).is_some_and(|last| !last.ends_clause)
        && lower.get(at + 1 + phrase.words).is_some_and(|behind| {
            !matches!(
                behind.as_str(),
                "and" | "while" | "but" | "or" | "with" | "in" | "at"
            )
        });

    (!is_clause).then(|| format!("{mark} {}", phrase.text))
}

/// What is to happen on a day has to be put right before it.
fn read_hour(words: &[Word<'_>], lower: &[String], at: usize) -> Option<String> {
    let next = lower.get(at + 1).filter(|next| HOURS.contains(&next.as_str()))?;
    let is_to_come = lower[at.saturating_sub(12)..at].iter().any(|word| {
        matches!(
            word.as_str(),
            "will" | "must" | "shall" | "has" | "have" | "going"
        )
    });
    if next == "morning" || (lower[at] != "by" && !is_to_come) {
        return None;
    }

    Some(format!("before {}", words[at + 1].text))
}

pub(super) fn is_time(word: &str) -> bool {
    HOURS.contains(&word) || SEASONS.contains(&word) || MONTHS.iter().any(|(month, _)| *month == word)
}

/// `a 12-year-old refugee called Amal` is Amal's age; else it is of whom the book is about: youngest and oldest.
pub(super) fn read_ages(
    prompt: &str,
    lower: &[String],
    roles: &[&str],
    people: &mut [NamedPerson],
) -> Option<(usize, usize)> {
    const NEAR: usize = 5;
    let chunks: Vec<&str> = prompt.split_whitespace().collect();
    let said = chunks.iter().enumerate().find_map(|(at, chunk)| {
        let (number, _) = chunk.split_once("-year-old")?;
        let number = number.trim_start_matches(|sign: char| !sign.is_ascii_digit());
        let age = number
            .parse::<usize>()
            .ok()
            .filter(|age| (6..=95).contains(age))?;
        Some((at, age))
    });
    if let Some((at, age)) = said {
        let near: Vec<&str> = chunks
            .iter()
            .skip(at + 1)
            .take(NEAR)
            .map(|chunk| chunk.trim_matches(|sign: char| !sign.is_alphanumeric()))
            .collect();
        let of_other = people.iter_mut().skip(1).find(|person| {
            person
                .name
                .split(' ')
                .next()
                .is_some_and(|first| near.contains(&first))
        });
        match of_other {
            Some(person) => person.age = Some(age),
            None => return Some((age, age)),
        }
    }

    read_age_words(lower, roles)
}

/// `an old cellist`, `her grandson`, `the young stonemason`.
fn read_age_words(lower: &[String], roles: &[&str]) -> Option<(usize, usize)> {
    let is_somebody = |word: Option<&String>| {
        word.is_some_and(|word| {
            roles.contains(&word.as_str())
                || matches!(
                    word.as_str(),
                    "man" | "woman" | "lady" | "gentleman" | "couple" | "person"
                )
        })
    };
    let is_old = (0..lower.len()).any(|at| {
        let word = lower[at].as_str();
        matches!(word, "retired" | "elderly" | "ageing" | "aging" | "aged" | "old")
            && is_somebody(lower.get(at + 1))
            || matches!(
                word,
                "grandson" | "granddaughter" | "grandchildren" | "grandchild"
            )
    });
    if is_old {
        return Some((64, 74));
    }
    let is_young = (0..lower.len()).any(|at| {
        let word = lower[at].as_str();
        matches!(word, "young" | "teenage") && is_somebody(lower.get(at + 1))
            || matches!(word, "teenager" | "schoolgirl" | "schoolboy")
    });

    is_young.then_some((17, 22))
}
