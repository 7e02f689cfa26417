//! Holds a story against the repository that it speaks of: what is quoted, counted, named and denied in it must be so.
//! A net for tests, not a proof: it knows the forms in which false sentences came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::analysis::Analysis;
use crate::author::grammar::parse_number_word;
use crate::author::{self, Chapter};
use crate::narration::cut;
use crate::narration::speakable::{names, speakable};

/// What is so: the repository's texts and commit messages, and the facts that were found in it.
#[derive(Debug)]
pub struct Ground<'a> {
    files: &'a BTreeMap<String, String>,
    /// Every text in which a quotation may stand, its marks taken off.
    texts: Vec<String>,
    numbers: BTreeSet<u64>,
    /// Every file and folder as it is said aloud, in small letters.
    spoken: Vec<String>,
    /// The same of files that a text speaks of though they are made later or elsewhere: "copy it to `secrets.h`".
    mentioned: Vec<String>,
    analysis: &'a Analysis,
}

impl<'a> Ground<'a> {
    /// `files` are all texts of the newest commit by path, `messages` those of its commits.
    pub fn new(files: &'a BTreeMap<String, String>, messages: &[String], analysis: &'a Analysis) -> Self {
        let mut texts: Vec<String> = files.values().map(|text| bare(text)).collect();
        texts.extend(messages.iter().map(|text| bare(text)));
        texts.extend(analysis.repo.description.iter().map(|text| bare(text)));

        let mut numbers = BTreeSet::new();
        if let Ok(value) = serde_json::to_value(analysis) {
            collect_numbers(&value, &mut numbers);
        }

        Self {
            files,
            texts,
            numbers,
            spoken: spoken_paths(files),
            mentioned: mentioned_paths(files),
            analysis,
        }
    }

    /// Everything in a story that is false, or cannot be shown to be true, one line each; empty when there is nothing.
    pub fn false_claims(&self, chapters: &[Chapter]) -> Vec<String> {
        let mut found = Vec::new();
        for chapter in chapters {
            for file in &chapter.files {
                let path = file.trim_end_matches('/');
                let folder = format!("{path}/");
                let exists = path == "."
                    || self.files.contains_key(path)
                    || self.files.keys().any(|known| known.starts_with(&folder));
                if !exists {
                    found.push(format!("no such path: {file}"));
                }
            }

            for paragraph in cut::paragraphs(&chapter.content) {
                self.quotations(paragraph, &mut found);

                for sentence in cut::sentences(paragraph) {
                    self.denials(sentence, &mut found);
                    self.counts(sentence, &mut found);
                    self.places(sentence, &mut found);
                }
            }
        }

        found
    }

    /// What stands between quotation marks stands somewhere in the repository, word for word.
    fn quotations(&self, paragraph: &str, found: &mut Vec<String>) {
        for quote in QUOTED.iter().flat_map(|pattern| pattern.captures_iter(paragraph)) {
            let said = &quote[1];
            if author::is_narrators_speech(said) {
                continue;
            }

            let words = bare(said.trim_end_matches(['.', ',', '!', '?', '…']));
            if !self.texts.iter().any(|text| text.contains(&words)) {
                found.push(format!("not the words of any file: “{said}”"));
            }
        }
    }

    /// No absence is told.
    fn denials(&self, sentence: &str, found: &mut Vec<String>) {
        let lower = sentence.to_lowercase();
        // What a file says itself ("1 when nothing was found") is told after a colon.
        let own = bare(
            sentence
                .rsplit(": ")
                .next()
                .unwrap_or_default()
                .trim_end_matches('.'),
        );
        if own.len() < lower.len().saturating_sub(3) && self.texts.iter().any(|text| text.contains(&own)) {
            return;
        }

        let denied = DENIALS.iter().find(|words| lower.contains(*words));
        if let Some(words) = denied {
            found.push(format!("denies what nobody proved ({words}): {sentence}"));
        }
    }

    /// Every number is one of the facts; folders are counted again.
    fn counts(&self, sentence: &str, found: &mut Vec<String>) {
        for (number, noun) in numbers_said(sentence) {
            let folders = matches!(noun.as_str(), "folder" | "folders") && sentence.contains("level");
            let right = if folders {
                number == self.folders()
            } else {
                number < 4 || number == 100 || noun == "minutes" || self.is_fact(number, sentence)
            };
            if !right {
                found.push(format!("{number} {noun} is no fact: {sentence}"));
            }
        }
    }

    fn is_fact(&self, number: u64, sentence: &str) -> bool {
        let rounded = |fact: u64| {
            let unit = 10u64.pow(fact.max(1).ilog10().saturating_sub(1));
            fact > 100 && (fact + unit / 2) / unit * unit == number
        };

        self.numbers.contains(&number)
            || self.numbers.iter().any(|fact| rounded(*fact))
            || author::is_spoken_constant(number, sentence)
            || spans(self.analysis).contains(&number)
    }

    /// Folders of the first level, hidden ones too.
    fn folders(&self) -> u64 {
        let tops: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.split_once('/').map(|(top, _)| top))
            .collect();
        tops.len() as u64
    }

    /// A file or a folder that is spoken of by name is there.
    fn places(&self, sentence: &str, found: &mut Vec<String>) {
        for named in PLACES.iter().flat_map(|pattern| pattern.captures_iter(sentence)) {
            // "Most of it is in the tests folder": the words before the name belong to the sentence.
            let said = named[0].to_lowercase();
            let said = match said.rfind(" the ") {
                Some(at) => said[at + 1..].to_owned(),
                None => said,
            };
            let words: Vec<&str> = said.split(' ').collect();
            let known = (1..words.len() - 1).any(|from| {
                let name = format!("the {}", words[from..].join(" "));
                self.spoken
                    .iter()
                    .chain(&self.mentioned)
                    .any(|path| path.contains(&name))
            });

            let word = words
                .get(words.len().wrapping_sub(2))
                .copied()
                .unwrap_or_default();
            let general = matches!(
                word,
                "main"
                    | "whole"
                    | "root"
                    | "project"
                    | "lock"
                    | "longest"
                    | "first"
                    | "next"
                    | "same"
                    | "one"
                    | "top"
                    | "source"
            );
            if !known && !general && words.len() > 2 {
                found.push(format!("no file or folder is called {said:?}: {sentence}"));
            }
        }
    }
}

/// Sentences that cannot be English, by the slips that were heard.
pub fn slips(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for paragraph in cut::paragraphs(text) {
        for sentence in cut::sentences(paragraph) {
            for (pattern, why) in SLIPS.iter() {
                if pattern.is_match(sentence) {
                    found.push(format!("{why}: {sentence}"));
                }
            }

            let words: Vec<&str> = sentence.split_whitespace().collect();
            let doubled = words.windows(2).find(|pair| {
                pair[0].eq_ignore_ascii_case(pair[1]) && pair[0].chars().all(char::is_alphabetic)
            });
            if let Some(pair) = doubled.filter(|pair| !matches!(pair[0], "that" | "had" | "New" | "Bora")) {
                found.push(format!("{} {}: {sentence}", pair[0], pair[1]));
            }
        }
    }

    found
}

static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| crate::pattern::compile("“([^“”]+)”").ok());

/// "the tests folder", "the crc64 file".
static PLACES: LazyLock<Option<Regex>> =
    LazyLock::new(|| crate::pattern::compile(r"\bthe ((?:[\w.+-]+ ){0,3}?[\w.+-]+) (?:file|folder)\b").ok());

const DENIALS: [&str; 22] = [
    "no tests",
    "without tests",
    "nobody tests",
    "untested",
    "documentation says nothing",
    "no introduction",
    "silent about",
    "no obvious front door",
    "no single file announces",
    "care of its authors",
    "holds no more",
    "nothing was found",
    "has nothing under",
    "there is nothing on",
    "no pipeline",
    "no configuration for",
    "without a word",
    "no one has written",
    "has no comment",
    "without explaining itself",
    "no outside package",
    "not a single folder",
];

static SLIPS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let patterns = [
        (
            r"\bthere (?:were|are) one (?:line|commit|file|test|folder|module|person)\b",
            "one thing is not many",
        ),
        (r"\bone that only help\b", "one thing is not many"),
        (
            r"\b[Bb]ehind it stand the \w+(?: \w+)? (?:module|package)[.,]",
            "one thing stands",
        ),
        (r"\btests, which counts\b", "many things count"),
        (
            r"\b(?:gives|walks|captures|uses|gets|makes|returns|sets) (?:called|responsible|represents?|builds?|used|given|returned|the number of the)\b",
            "a verb that is none",
        ),
        (r"[?!][.,]", "two marks"),
        (r"\b(?:a|an|the)\.\w", "an article before a dot"),
        (r"\b(?:is|are|was) (?:is|are|was)\b", "two verbs"),
        (r"\bis (?:a|an) (?:a|an|the)\b", "two articles"),
        (
            r"\b(?:stands for|is) (?:the )?\w+ in this package represent\b",
            "a sentence in a sentence",
        ),
        (r"\bno (?:lines|files|commits|folders)\b", "a count of nothing"),
        (
            r"(?:^|\s)one (?:lines|files|commits|folders|tests|people|modules)\b",
            "one thing is not many",
        ),
        (
            r"\b(?:functions|methods|tests|structs|classes) (?:is|has|was|does)\b",
            "many things are",
        ),
        (
            r"\bthe (\w+) module(?: and|, ) the \1 modules\b",
            "a plural of one",
        ),
        (r"\bmodules module\b.*\bmodules module\b", "one name for two"),
        (r"\b(\w+) speaks to \1\b", "it speaks to itself"),
        (r"\brules of the domain, .* of it\b", "many things are"),
    ];

    let compiled = patterns
        .into_iter()
        .filter_map(|(pattern, why)| Some((crate::pattern::compile(pattern).ok()?, why)));
    compiled.collect()
});

/// A text without the marks of comments and of Markdown, in single spaces and small letters.
fn bare(text: &str) -> String {
    static LINK: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])|<[^>]*>").ok());

    let unlinked = match LINK.as_ref() {
        Some(pattern) => pattern.replace_all(text, "$1"),
        None => text.into(),
    };

    let lines = unlinked.lines().map(|line| {
        line.trim()
            .trim_start_matches(['/', '*', '#', '!', '-', ';', '%', '>', '"', '|', ' '])
    });
    let joined = lines.collect::<Vec<_>>().join(" ");
    let plain = joined.replace(['*', '`', '_', '"', '“', '”'], "");

    plain
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn collect_numbers(value: &serde_json::Value, numbers: &mut BTreeSet<u64>) {
    use serde_json::Value;

    match value {
        Value::Number(number) => numbers.extend(number.as_u64()),
        Value::Array(items) => {
            numbers.insert(items.len() as u64);
            items.iter().for_each(|item| collect_numbers(item, numbers));
        }
        Value::Object(fields) => fields.values().for_each(|item| collect_numbers(item, numbers)),
        Value::String(text) => {
            let digits = text.replace(',', "");
            let digits = digits.split(|c: char| !c.is_ascii_digit());
            numbers.extend(digits.filter_map(|digits| digits.parse::<u64>().ok()));
            numbers.extend(
                numbers_said(&speakable(text))
                    .into_iter()
                    .map(|(number, _)| number),
            );
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn spoken_paths(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut spoken: BTreeSet<String> = BTreeSet::new();
    for path in files.keys() {
        spoken.insert(names::path(path).to_lowercase());
        spoken.insert(names::path(&format!("{path}.txt")).to_lowercase());
        spoken.insert(names::path(path.rsplit('/').next().unwrap_or(path)).to_lowercase());
        for (at, _) in path.match_indices('/') {
            spoken.insert(names::path(&path[..=at]).to_lowercase());
        }
        for part in path.split('/') {
            spoken.insert(format!("the {} folder", names::identifier(part)).to_lowercase());
            spoken.insert(format!("the {} folder", part.to_lowercase()));
        }
    }

    spoken.into_iter().collect()
}

fn mentioned_paths(files: &BTreeMap<String, String>) -> Vec<String> {
    static FILE: LazyLock<Option<Regex>> =
        LazyLock::new(|| crate::pattern::compile(r"(?:[\w.*-]+/)*[\w*-]+\.[a-z]{1,5}\b").ok());

    let mentioned: BTreeSet<String> = files
        .values()
        .flat_map(|text| FILE.iter().flat_map(|pattern| pattern.find_iter(text)))
        .flat_map(|found| found.as_str().rsplit('/').next())
        .map(|file| names::path(file).to_lowercase())
        .collect();

    mentioned.into_iter().collect()
}

/// Days, weeks, months and years that the history spans, and sums over its facts.
fn spans(analysis: &Analysis) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    if let Some(history) = &analysis.history {
        let days = (history.last_at - history.first_at).num_days().max(0) as u64;
        found.extend([days, (days + 3) / 7, (days + 15) / 30, days / 365, days / 365 + 1]);

        let recent: u64 = history.pace.iter().map(|month| month.commits).sum();
        found.insert(recent);
    }

    found.extend([
        analysis.todos.total(),
        analysis.code_lines(),
        analysis.code_files(),
        analysis.code_lines().div_ceil(50),
    ]);
    let product = |scope| {
        let outside = analysis.dependencies.iter().filter(|found| !found.internal);
        outside.filter(|found| found.scope == scope).count() as u64
    };
    let [runtime, others] = [
        product(crate::analysis::model::DependencyScope::Runtime),
        analysis
            .dependencies
            .iter()
            .filter(|found| !found.internal)
            .count() as u64,
    ];
    found.extend([runtime, others, others.saturating_sub(runtime)]);

    let code = analysis.code_lines().saturating_sub(analysis.tests.code_lines);
    found.extend((analysis.tests.code_lines * 100).checked_div(code));

    let round: BTreeSet<u64> = found
        .iter()
        .filter(|number| **number > 100)
        .map(|number| {
            let unit = 10u64.pow(number.ilog10().saturating_sub(1));
            (number + unit / 2) / unit * unit
        })
        .collect();
    found.extend(round);

    found
}

/// The numbers of a sentence in words, each with the word after it. "One" is not a number here.
fn numbers_said(sentence: &str) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    let mut current: Option<(u64, u64)> = None;
    let words: Vec<String> = sentence
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .collect();

    for (at, word) in words.iter().enumerate() {
        let value = word
            .split('-')
            .try_fold(0, |sum, part| Some(sum + parse_number_word(part)?));
        let scale = [("hundred", 100), ("thousand", 1_000), ("million", 1_000_000)]
            .into_iter()
            .find(|(name, _)| name == word)
            .map(|(_, scale)| scale);

        match (current.as_mut(), value, scale) {
            (Some((_, group)), Some(value), _) if *group % 100 == 0 => *group += value,
            (Some((_, group)), _, Some(100)) => *group *= 100,
            (Some((total, group)), _, Some(scale)) => {
                *total += *group * scale;
                *group = 0;
            }
            (None, Some(value), _) => current = Some((0, value)),
            (Some(_), None, None) if word == "and" => {
                let goes_on = words
                    .get(at + 1)
                    .is_some_and(|next| next.split('-').all(|part| parse_number_word(part).is_some()));
                let hundreds = words
                    .get(at.wrapping_sub(1))
                    .is_some_and(|before| matches!(before.as_str(), "hundred" | "thousand" | "million"));
                if !(goes_on && hundreds) {
                    let (total, group) = current.take().unwrap_or_default();
                    found.push((total + group, word.clone()));
                }
            }
            (Some(_), _, _) => {
                let (total, group) = current.take().unwrap_or_default();
                found.push((total + group, word.clone()));
                current = value.map(|value| (0, value));
            }
            (None, None, _) => {}
        }
    }

    if let Some((total, group)) = current {
        found.push((total + group, String::new()));
    }

    let fraction = |noun: &str| {
        [
            "third",
            "quarter",
            "fifth",
            "tenth",
            "half",
            "halves",
            "hundredth",
        ]
        .iter()
        .any(|part| noun.starts_with(part))
    };
    found.retain(|(number, noun)| *number > 1 && !fraction(noun));

    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_heard_in_words() {
        let heard = |text: &str| numbers_said(text).into_iter().map(|(n, _)| n).collect::<Vec<_>>();

        assert_eq!(
            heard("about twelve thousand four hundred lines in ninety-nine files"),
            [12_400, 99]
        );
        assert_eq!(
            heard("three hundred and forty-two tests, and two of them"),
            [342, 2]
        );
        assert_eq!(heard("two thirds of one file"), Vec::<u64>::new());
        assert_eq!(heard("two million five thousand and six"), [2_005_006]);
    }

    #[test]
    fn what_is_not_so_is_noticed() {
        let made_up = super::super::MadeUp::new("loom")
            .file(
                "README.md",
                "# Loom\n\nLoom is a `weaver` of [cards](x), and it is fast.\n",
            )
            .file("src/main.rs", "fn main() {}\n");
        let analysis = made_up.analysis();
        let files = made_up.texts();
        let ground = Ground::new(&files, &[], &analysis);

        let story = |content: &str| {
            vec![Chapter {
                title: String::new(),
                content: content.to_owned(),
                code_examples: Vec::new(),
                files: vec!["src/main.rs".to_owned()],
                duration_seconds: 0,
                timestamp_start: 0,
                claims: Vec::new(),
                turns: Vec::new(),
            }]
        };

        for right in [
            "It says: “Loom is a weaver of cards, and it is fast.”",
            "At the top level it has one folder: src.",
            "It lies in the src folder.",
        ] {
            assert_eq!(
                ground.false_claims(&story(right)),
                Vec::<String>::new(),
                "{right}"
            );
        }

        for wrong in [
            "It says: “Loom weaves cards.”",
            "At the top level it has three folders: src.",
            "It has seventeen tests.",
            "It lies in the garden folder.",
            "No tests were found in this repository.",
        ] {
            assert_eq!(ground.false_claims(&story(wrong)).len(), 1, "{wrong}");
        }
    }
}
