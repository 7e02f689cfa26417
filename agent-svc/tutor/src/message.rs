//! What a learner's message is: a plea for the solution, a sign of being stuck, code, a question or an answer.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::Deserialize;

use crate::{
    code_tokens::code_in,
    words::{has_phrase, normalise},
};

/// How somebody asks for the solution instead of help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pressure {
    Instructions,
    Authority,
    RolePlay,
    Encoding,
    FillIn,
    Pieces,
    Translation,
    Once,
    Deadline,
    Begging,
    YesOrNo,
}

impl Pressure {
    /// Words that honest questions have, too: they count when something is demanded.
    const fn needs_demand(self) -> bool {
        matches!(
            self,
            Self::Encoding | Self::FillIn | Self::Pieces | Self::Translation | Self::YesOrNo | Self::RolePlay
        )
    }

    /// Whoever begs is stuck, and is helped by the next hint; whoever tries a trick is not.
    pub(crate) const fn is_plea(self) -> bool {
        matches!(self, Self::Begging | Self::Deadline)
    }
}

/// A message, read.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) text: &'a str,
    pub(crate) normal: String,
    pub(crate) code: Option<String>,
    pub(crate) pressure: Option<Pressure>,
    pub(crate) is_stuck: bool,
    pub(crate) is_question: bool,
    /// Asks what something is, rather than what some code does.
    pub(crate) defines: bool,
    /// Wants something to be added.
    pub(crate) builds: bool,
    pub(crate) wants_exercise: bool,
    pub(crate) is_foreign: bool,
    /// Tells of something that does not work.
    pub(crate) is_problem: bool,
    /// Greets or thanks, and says nothing else.
    pub(crate) is_courtesy: bool,
}

#[derive(Deserialize)]
struct Phrases {
    kind: Pressure,
    phrases: Vec<String>,
}

static PRESSURES: LazyLock<Vec<Phrases>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct PressureFile {
        pressure: Vec<Phrases>,
    }

    let file: PressureFile = toml::from_str(include_str!("../data/pressure.toml")).expect("tests read it");
    file.pressure
});

const DEMANDS: &[&str] = &[
    "give",
    "show",
    "tell",
    "write",
    "print",
    "send",
    "just",
    "only",
    "translate",
    "output",
    "say",
    "repeat",
    "spell",
    "what is",
    "complete",
    "finish",
    "fill",
    "encode",
    "solution",
    "answer",
    "convert",
    "respond",
    "reply",
    "continue",
    "pretend",
    "you are",
    "rewrite",
    "fix",
];

const STUCK: &[&str] = &[
    "i don t know",
    "i dont know",
    "dont know",
    "idk",
    "no idea",
    "no clue",
    "i m stuck",
    "im stuck",
    "i am stuck",
    "stuck",
    "hint",
    "hints",
    "help me",
    "help",
    "not sure",
    "i m lost",
    "i am lost",
    "don t understand",
    "dont understand",
    "don t get it",
    "dont get it",
    "do not understand",
    "confused",
    "what do you mean",
    "more help",
    "too hard",
    "can t figure",
    "no progress",
    "give up",
    "weiß nicht",
    "keine ahnung",
    "no sé",
    "je ne sais pas",
    "je sais pas",
];

const QUESTION_WORDS: &[&str] = &[
    "what", "how", "why", "where", "which", "who", "when", "can", "could", "should", "is", "are", "does",
    "do", "did", "explain", "describe",
];

const DEFINITIONS: &[&str] = &[
    "what is",
    "what are",
    "what s",
    "what does it mean",
    "explain what",
    "explain the concept",
    "explain",
    "teach me",
    "learn about",
    "difference between",
    "understand what",
    "meaning of",
    "how do i use",
    "how does a",
    "how do",
];

const BUILDS: &[&str] = &[
    "add",
    "implement",
    "create",
    "build",
    "extend",
    "introduce",
    "support",
    "new feature",
];

const EXERCISES: &[&str] = &[
    "exercise",
    "exercises",
    "practice",
    "practise",
    "quiz",
    "challenge",
    "kata",
    "next one",
    "another one",
    "next task",
    "what next",
    "what s next",
    "what should i learn",
    "what should i do next",
    "train me",
    "i m done",
    "i am done",
    "let s start",
    "where do i start",
    "where should i start",
];

const PROBLEMS: &[&str] = &[
    "error",
    "typeerror",
    "referenceerror",
    "syntaxerror",
    "rangeerror",
    "exception",
    "doesn t",
    "does not",
    "not working",
    "won t",
    "fails",
    "crashes",
    "broken",
    "bug",
    "instead of",
    "my app",
    "my list",
    "my page",
    "my component",
    "my form",
];

const COURTESIES: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "good morning",
    "good evening",
    "thanks",
    "thank you",
    "thx",
    "danke",
    "merci",
    "gracias",
    "ok",
    "okay",
    "cool",
    "great",
    "bye",
];

/// Common words by which English is recognised.
const ENGLISH: &[&str] = &[
    "the", "a", "is", "i", "it", "to", "in", "of", "and", "my", "you", "how", "what", "why", "do", "does",
    "for", "not", "this", "me", "on", "with", "that", "an", "be", "can", "no", "yes", "are",
];

impl<'a> Message<'a> {
    pub(crate) fn read(text: &'a str, code: Option<&str>) -> Self {
        let hidden = decode_hidden(text);
        let mut normal = normalise(text);
        if let Some(hidden) = &hidden {
            normal.push_str(&normalise(hidden)[1..]);
        }

        let any = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&normal, phrase));
        let first = normal.split_whitespace().next().unwrap_or_default();
        // Whoever asks why or where speaks of code that is there.
        let demands = any(DEMANDS) && !matches!(first, "why" | "where");
        let pressure = find_pressure(&normal, demands).or(hidden.map(|_| Pressure::Encoding));
        let count = normal.split_whitespace().count();
        let given = code.map(str::to_owned).filter(|code| !code.trim().is_empty());

        Self {
            code: given.or_else(|| code_in(text)),
            pressure,
            is_stuck: any(STUCK)
                || (count <= 2
                    && matches!(
                        first,
                        "why" | "how" | "what" | "huh" | "hm" | "next" | "more" | "again"
                    ))
                || count == 0,
            is_question: text.contains('?') || QUESTION_WORDS.contains(&first),
            defines: any(DEFINITIONS),
            builds: any(BUILDS),
            wants_exercise: any(EXERCISES),
            is_foreign: is_foreign(text, &normal),
            is_problem: any(PROBLEMS),
            is_courtesy: count > 0 && count <= 4 && any(COURTESIES),
            text,
            normal,
        }
    }
}

fn find_pressure(normal: &str, demands: bool) -> Option<Pressure> {
    PRESSURES
        .iter()
        .filter(|entry| demands || !entry.kind.needs_demand())
        .find(|entry| entry.phrases.iter().any(|phrase| has_phrase(normal, phrase)))
        .map(|entry| entry.kind)
}

/// Words that were sent as Base64.
fn decode_hidden(text: &str) -> Option<String> {
    text.split_whitespace()
        .map(|word| {
            word.trim_matches(|letter: char| {
                !letter.is_ascii_alphanumeric() && letter != '+' && letter != '/'
            })
        })
        .filter(|word| word.len() >= 12)
        .find_map(|word| {
            let bytes = STANDARD_NO_PAD.decode(word.trim_end_matches('=')).ok()?;
            let plain = String::from_utf8(bytes).ok()?;
            let is_words =
                plain.contains(' ') && plain.chars().all(|letter| !letter.is_control() || letter == '\n');
            is_words.then_some(plain)
        })
}

fn is_foreign(text: &str, normal: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
    let foreign = text
        .chars()
        .filter(|letter| letter.is_alphabetic() && *letter > '\u{24f}')
        .count();
    let words: Vec<&str> = normal.split_whitespace().collect();
    let has_english = words.iter().any(|word| ENGLISH.contains(word));

    (letters > 0 && foreign * 3 > letters) || (words.len() >= 5 && !has_english)
}

/// Whether a learner's words are one of the right answers: in one of them all words occur, `/` between alternatives.
pub(crate) fn is_right(answers: &[String], text: &str) -> bool {
    let spoken: Vec<String> = text
        .to_lowercase()
        .split_whitespace()
        .flat_map(|word| word.split([',', ';', '(', ')', '"', '`']))
        .map(|word| {
            word.trim_end_matches(['.', '!', ':', '?', '\''])
                .trim_start_matches('\'')
                .to_owned()
        })
        .filter(|word| !word.is_empty())
        .collect();
    if spoken.is_empty() || spoken.len() > 60 {
        return false;
    }

    let says = |alternative: &str| {
        spoken.iter().any(|word| {
            let is_word = alternative.len() >= 3 && alternative.chars().all(char::is_alphabetic);
            word == alternative || (is_word && word.starts_with(alternative))
        })
    };
    answers.iter().any(|answer| {
        answer.split_whitespace().all(|part| {
            part.len() == 1 && says(part) || part.split('/').filter(|one| !one.is_empty()).any(says)
        })
    })
}
