//! What a draft may say: numbers, dates, names, quotations and identifiers that are in the facts or in the files it cites.
//! It compares words only, so it takes no side on whether a sentence that uses them is right.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use repo::narration::cut;

/// How far a number after "about" and its like may be from a fact's.
const ROUNDING: f64 = 0.06;
const HEDGES: [&str; 14] = [
    "about",
    "almost",
    "nearly",
    "roughly",
    "around",
    "over",
    "approximately",
    "some",
    "than",
    "least",
    "most",
    "under",
    "close",
    "every",
];
/// Spelled numbers up to here are ways of speaking ("three parts"), not measurements.
const SMALL: f64 = 3.0;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Proper words that need no evidence: they are the trade's, not the repository's.
const COMMON: [&str; 46] = [
    "api",
    "apis",
    "ascii",
    "cli",
    "cpu",
    "css",
    "english",
    "european",
    "git",
    "greek",
    "gui",
    "html",
    "http",
    "https",
    "id",
    "internet",
    "io",
    "ip",
    "json",
    "latin",
    "ok",
    "os",
    "pdf",
    "rest",
    "sql",
    "ssh",
    "tcp",
    "tls",
    "udp",
    "ui",
    "unicode",
    "unix",
    "url",
    "urls",
    "usb",
    "utf",
    "uuid",
    "web",
    "xml",
    "yaml",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "sunday",
];

static QUOTATION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("[“\"]([^“”\"]{2,400})[”\"]").ok());
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\d+(?:[.,]\d+)*").ok());
static IDENTIFIER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) [A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+ | [A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)+
             | [a-z]+[a-z0-9]*[A-Z][A-Za-z0-9]* | [A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+ | [A-Za-z_][A-Za-z0-9_.]*\(\)
             | --[a-z][a-z0-9-]+",
    )
    .ok()
});

/// The material that one chapter is judged by.
pub(super) struct Evidence {
    /// Lower case, one space between words.
    text: String,
    words: BTreeSet<String>,
    numbers: Vec<f64>,
}

impl Evidence {
    /// From texts: facts as JSON, and files.
    pub(super) fn collect<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for part in texts {
            text.push_str(&plain(part));
            text.push(' ');
        }

        let words = text
            .split(|symbol: char| !symbol.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let numbers = digits(&text);

        Self { text, words, numbers }
    }

    /// What the sentence says that is nowhere in the material, as it is written there.
    pub(super) fn missing(&self, sentence: &str) -> Vec<String> {
        let mut missing = Vec::new();
        let mut rest = sentence.to_owned();
        for quoted in captures(&QUOTATION, sentence, 1) {
            if !self
                .text
                .contains(plain(&quoted).trim_end_matches(['.', ',', '!', '?']))
            {
                missing.push(format!("“{quoted}”"));
            }
            // Its words are judged as a whole.
            rest = rest.replace(&quoted, " ");
        }

        for identifier in captures(&IDENTIFIER, &rest, 0) {
            let bare = plain(identifier.trim_end_matches("()"));
            if !self.text.contains(&bare) && !self.knows_parts(&identifier) {
                missing.push(identifier.clone());
            }
            rest = rest.replace(&identifier, " ");
        }

        missing.extend(self.missing_numbers(&rest));
        missing.extend(self.missing_names(&rest));
        missing
    }

    /// `HttpServer` is known where "http server" is.
    fn knows_parts(&self, identifier: &str) -> bool {
        let spaced: String = identifier
            .chars()
            .flat_map(|symbol| {
                let gap = symbol.is_uppercase() || !symbol.is_alphanumeric();
                gap.then_some(' ').into_iter().chain([symbol])
            })
            .filter(|symbol| symbol.is_alphanumeric() || *symbol == ' ')
            .collect();
        let spaced = plain(&spaced);

        spaced.contains(' ') && self.text.contains(spaced.trim())
    }

    fn missing_numbers(&self, sentence: &str) -> Vec<String> {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        let mut missing = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let Some(NumberWords { value, spelled, used }) = number_at(&words[at..]) else {
                at += 1;
                continue;
            };

            let hedged = words[at.saturating_sub(3)..at]
                .iter()
                .any(|word| HEDGES.contains(&bare(word).as_str()));
            let small = spelled && value <= SMALL;
            if !small && !self.has_number(value, hedged || spelled) {
                missing.push(
                    words[at..at + used]
                        .join(" ")
                        .trim_end_matches(['.', ',', ';'])
                        .to_owned(),
                );
            }

            at += used;
        }

        missing
    }

    fn has_number(&self, value: f64, rounded: bool) -> bool {
        self.numbers.iter().any(|fact| {
            let off = (fact - value).abs();
            off < 1e-9 || rounded && off <= fact.abs() * ROUNDING
        })
    }

    /// Names: words with a capital that does not come from the beginning of the sentence.
    fn missing_names(&self, sentence: &str) -> Vec<String> {
        let mut missing = Vec::new();
        let mut begins = true;
        let words: Vec<&str> = sentence.split_whitespace().collect();
        for (index, word) in words.iter().enumerate() {
            let name = name_of(word);
            if name.is_empty() {
                continue;
            }

            let first = begins;
            begins = word.ends_with([':', '“', '"']);
            if !name.starts_with(char::is_uppercase)
                || name == "I"
                || name.starts_with("I’")
                || name.starts_with("I'")
            {
                continue;
            }

            // "Linus Torvalds wrote": two capitals in a row are a name also at the beginning.
            let next_too = word.ends_with(char::is_alphanumeric)
                && words
                    .get(index + 1)
                    .map(|next| name_of(next))
                    .is_some_and(|next| next != "I" && next.starts_with(char::is_uppercase));
            if first && !next_too {
                continue;
            }

            let parts = name
                .split(['-', '/', '.', '’', '\''])
                .filter(|part| part.len() > 1);
            let known = parts.map(str::to_lowercase).all(|part| self.knows_word(&part));
            if !known && !missing.contains(&name.to_owned()) {
                missing.push(name.to_owned());
            }
        }

        missing
    }

    fn knows_word(&self, word: &str) -> bool {
        if COMMON.contains(&word) || self.words.contains(word) {
            return true;
        }

        if let Some(month) = MONTHS.iter().position(|month| *month == word) {
            return self.text.contains(&format!("-{:02}-", month + 1));
        }

        // "Pythons", and a name that is a part of one: "Redis" of `hiredis`.
        let stem = word.trim_end_matches('s');
        stem.len() > 3 && self.text.contains(stem)
    }
}

/// The sentences of a draft with what none of the material says.
pub(super) fn find_unfounded(draft: &str, evidence: &Evidence) -> Vec<(String, Vec<String>)> {
    let sentences = cut::paragraphs(draft).into_iter().flat_map(cut::sentences);

    sentences
        .map(|sentence| (sentence.to_owned(), evidence.missing(sentence)))
        .filter(|(_, missing)| !missing.is_empty())
        .collect()
}

fn plain(text: &str) -> String {
    text.to_lowercase()
        .replace(['’', '‘'], "'")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn captures(pattern: &LazyLock<Option<Regex>>, text: &str, group: usize) -> Vec<String> {
    let found = pattern
        .as_ref()
        .into_iter()
        .flat_map(|pattern| pattern.captures_iter(text));
    found
        .filter_map(|found| Some(found.get(group)?.as_str().to_owned()))
        .collect()
}

fn digits(text: &str) -> Vec<f64> {
    captures(&NUMBER, text, 0)
        .iter()
        .filter_map(|number| parse(number))
        .collect()
}

/// `1,536` and `3.5`; a version of more than two parts is only its text.
fn parse(number: &str) -> Option<f64> {
    let grouped = number.split(',').skip(1).all(|group| group.len() == 3);
    let number = match grouped {
        true => number.replace(',', ""),
        false => number.replace(',', "."),
    };

    number.parse().ok()
}

fn bare(word: &str) -> String {
    word.trim_matches(|symbol: char| !symbol.is_alphanumeric())
        .to_lowercase()
}

fn name_of(word: &str) -> &str {
    let word = word.trim_matches(|symbol: char| !symbol.is_alphanumeric());
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .unwrap_or(word)
}

/// A number as it is told.
struct NumberWords {
    value: f64,
    spelled: bool,
    /// Words that it takes.
    used: usize,
}

/// The number that these words begin with: in digits, or spelled with all its words.
fn number_at(words: &[&str]) -> Option<NumberWords> {
    let first = bare(words.first()?);
    if first.starts_with(|symbol: char| symbol.is_ascii_digit()) {
        let digits = captures(&NUMBER, &first, 0);
        let value = digits.first().and_then(|number| parse(number))?;
        let scale = words.get(1).and_then(|word| scale(&bare(word)));
        return Some(NumberWords {
            value: value * scale.unwrap_or(1.0),
            spelled: scale.is_some(),
            used: 1 + usize::from(scale.is_some()),
        });
    }

    let (mut total, mut part, mut used, mut scaled) = (0.0, 0.0, 0, false);
    for word in words {
        let lower = bare(word);
        let known = lower
            .split('-')
            .map(|piece| {
                spelled(piece)
                    .map(|value| (value, None))
                    .or_else(|| Some((0.0, Some(scale(piece)?))))
            })
            .collect::<Option<Vec<_>>>();
        let Some(pieces) = known.filter(|_| !lower.is_empty()) else {
            // "A hundred and five" is one number, "two and three" are two.
            if lower == "and"
                && scaled
                && words
                    .get(used + 1)
                    .is_some_and(|next| spelled(&bare(next)).is_some())
            {
                used += 1;
                continue;
            }
            break;
        };

        for (value, times) in pieces {
            scaled = times.is_some();
            match times {
                None => part += value,
                Some(times) if times < 1_000.0 => part = f64::max(part, 1.0) * times,
                Some(times) => {
                    total += f64::max(part, 1.0) * times;
                    part = 0.0;
                }
            }
        }

        used += 1;
        if word.ends_with([',', '.', ';', ':']) {
            break;
        }
    }

    (used > 0).then_some(NumberWords {
        value: total + part,
        spelled: true,
        used,
    })
}

fn spelled(word: &str) -> Option<f64> {
    const UNITS: [&str; 20] = [
        "zero",
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
    const TENS: [&str; 8] = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];

    let unit = UNITS.iter().position(|unit| *unit == word);
    let ten = TENS.iter().position(|ten| *ten == word).map(|ten| (ten + 2) * 10);
    Some(unit.or(ten)? as f64)
}

fn scale(word: &str) -> Option<f64> {
    match word {
        "hundred" => Some(100.0),
        "thousand" => Some(1_000.0),
        "million" => Some(1_000_000.0),
        "billion" => Some(1_000_000_000.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Evidence {
        Evidence::collect([
            r#"{"name": "engine", "owner": "ada", "commits": 6217, "first": "2009-06-26", "people": 41,
                "most_active": ["Ada Lovelace"], "languages": ["Rust", "TypeScript"], "tests": 490}"#,
            "/// Reads punched cards.\npub fn read_card(deck: &Deck) -> Card {}\nstruct HttpServer; // not for outsiders",
        ])
    }

    #[track_caller]
    fn check(sentence: &str, expected: &[&str]) {
        assert_eq!(evidence().missing(sentence), expected, "{sentence}");
    }

    #[test]
    fn what_the_material_says_may_be_said() {
        for sentence in [
            "Engine was begun by Ada Lovelace in June 2009.",
            "About six thousand two hundred commits by forty-one people followed.",
            "It has 6,217 commits and nearly 500 tests.",
            "The function read_card takes a deck, and HttpServer answers over HTTP.",
            "Its comment says “Reads punched cards.” and nothing more.",
            "Three parts do the work, and two of them are written in Rust.",
            "Why? I wonder: The deck decides.",
            "Ada's idea is simple.",
        ] {
            check(sentence, &[]);
        }
    }

    #[test]
    fn what_it_does_not_say_is_named() {
        check("It has 6,300 commits.", &["6,300"]);
        check("About nine thousand commits followed.", &["nine thousand"]);
        check("Forty companies use it, and eleven pay.", &["eleven"]);
        check("It was begun in March 2009.", &["March"]);
        check(
            "It was begun in 2012 by Linus Torvalds.",
            &["2012", "Linus", "Torvalds"],
        );
        check("Linus Torvalds wrote it.", &["Linus", "Torvalds"]);
        check("It is used at Google, not in Rust.", &["Google"]);
        check(
            "The function parse_card and CardReader::new do it.",
            &["parse_card", "CardReader::new"],
        );
        check(
            "Its makers call it “the fastest engine of all”.",
            &["“the fastest engine of all”"],
        );
    }

    #[test]
    fn sentences_are_judged_one_by_one() {
        let draft = "Engine reads punched cards. It serves 12 million people.\n\nAda Lovelace began it.";
        let found = find_unfounded(draft, &evidence());
        assert_eq!(
            found,
            [(
                "It serves 12 million people.".to_owned(),
                vec!["12 million".to_owned()]
            )]
        );
    }
}
