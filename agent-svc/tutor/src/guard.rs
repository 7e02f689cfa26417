//! What a tutor must not say, whoever wrote it: code that is not the learner's own, a solution in any dress, no question or
//! several of them, and what is out of bounds.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use crate::{
    catalogue::catalogue,
    code_tokens::{tokens_of, weigh_line},
    documents::PedagogyResponse,
    words::is_question_mark,
};

/// From this weight on a line is code.
const CODE: usize = 2;
/// So many tokens in a row, shared with a solution, are a piece of it.
const ROW: usize = 5;

/// What an answer is held against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// The exercise that is being talked of, by its id.
    pub exercise: Option<&'a str>,
    /// The learner's and the project's own code, which may be quoted.
    pub own: &'a [&'a str],
    /// What the tutor said in turns before: pieces add up.
    pub before: &'a [&'a str],
}

/// Why an answer must not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// So many question marks; one is right.
    Questions(usize),
    /// A line of code that is nobody's own.
    Code(String),
    /// Pieces of a solution, now or together with turns before.
    Solution,
    /// Text that has to be decoded.
    Encoded,
    /// A field out of the bounds of CodeForge.10.
    Bounds(&'static str),
}

impl fmt::Display for Objection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Questions(count) => write!(
                out,
                "There are {count} question marks in the answer; ask exactly one question."
            ),
            Self::Code(line) => write!(
                out,
                "`{line}` is code that is neither the project's nor the learner's; ask instead of writing it."
            ),
            Self::Solution => out.write_str("It gives pieces of the solution away."),
            Self::Encoded => out.write_str("It has text that must be decoded; write plain sentences."),
            Self::Bounds(field) => write!(out, "`{field}` is out of its bounds."),
        }
    }
}

/// All that is wrong with an answer; empty when it may go out.
pub fn judge_response(response: &PedagogyResponse, said: &Said<'_>) -> Vec<Objection> {
    let texts = texts_of(response);
    let all = texts.join("\n");
    let mut objections = judge_bounds(response);

    let questions = all.chars().filter(|letter| is_question_mark(*letter)).count();
    if questions != 1 {
        objections.push(Objection::Questions(questions));
    }
    let own: Vec<String> = said.own.iter().map(|text| squeeze(text)).collect();
    let is_own = |line: &str| own.iter().any(|text| text.contains(&squeeze(line)));
    if let Some(line) = code_lines(&all).into_iter().find(|line| !is_own(line)) {
        objections.push(Objection::Code(line.chars().take(80).collect()));
    }
    if tells_solution(&all, said) {
        objections.push(Objection::Solution);
    }
    if is_encoded(&all) {
        objections.push(Objection::Encoded);
    }
    objections
}

fn texts_of(response: &PedagogyResponse) -> Vec<&str> {
    let mut texts = vec![response.encouragement.as_str(), response.key_concept.as_str()];
    for step in &response.steps {
        texts.extend([step.question.as_str(), step.hint.as_str(), step.concept.as_str()]);
    }
    texts.extend(response.further_exploration.iter().map(String::as_str));
    texts
}

fn judge_bounds(response: &PedagogyResponse) -> Vec<Objection> {
    let fits = |text: &str, least: usize, most: usize| (least..=most).contains(&text.trim().chars().count());
    let mut objections = Vec::new();
    let mut check = |holds: bool, field| {
        if !holds {
            objections.push(Objection::Bounds(field));
        }
    };

    check(fits(&response.encouragement, 5, 500), "encouragement");
    check((1..=10).contains(&response.steps.len()), "steps");
    check(response.further_exploration.len() <= 5, "further_exploration");
    for step in &response.steps {
        check(step.step_number >= 1, "step_number");
        check(fits(&step.hint, 5, 500), "hint");
        check(fits(&step.concept, 0, 200), "concept");
    }
    objections
}

/// Text without blanks, by which lines are compared.
fn squeeze(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Lines, and pieces of them between backticks or behind a colon, that look like code.
fn code_lines(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let ticked = line.split('`');
        let said = line
            .split('`')
            .step_by(2)
            .flat_map(|outside| outside.split(": ").skip(1));
        let pieces = ticked
            .chain(said)
            .map(|piece| piece.trim().trim_end_matches('…').trim_end());
        found.extend(pieces.filter(|piece| piece.len() > 3 && weigh_line(piece) >= CODE));
    }

    found
}

fn tells_solution(all: &str, said: &Said<'_>) -> bool {
    let Some(exercise) = said.exercise.and_then(|id| catalogue().exercise(id)) else {
        return false;
    };
    let prompt = tokens_of(&exercise.prompt);
    let now = tokens_of(all);
    let own: Vec<Vec<&str>> = said.own.iter().map(|text| tokens_of(text)).collect();
    let spoken: Vec<&str> = said
        .before
        .iter()
        .copied()
        .chain([all])
        .flat_map(ticked_pieces)
        .collect();
    let shown: BTreeSet<(&str, &str)> = spoken
        .iter()
        .flat_map(|piece| pairs_of(&tokens_of(piece)))
        .collect();

    exercise.solutions.iter().any(|solution| {
        let tokens = tokens_of(solution);
        let in_a_row = tokens.windows(ROW).any(|row| {
            let is_in = |text: &[&str]| text.windows(ROW).any(|window| window == row);
            is_in(&now) && !is_in(&prompt) && !own.iter().any(|own| is_in(own))
        });
        let pairs: BTreeSet<(&str, &str)> = pairs_of(&tokens).into_iter().collect();
        let owned: BTreeSet<(&str, &str)> = own.iter().flat_map(|own| pairs_of(own)).collect();
        let told = pairs
            .iter()
            .filter(|pair| shown.contains(pair) && !owned.contains(pair))
            .count();
        in_a_row || told * 2 > pairs.len()
    })
}

fn ticked_pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn pairs_of<'a>(tokens: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    tokens.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn is_encoded(text: &str) -> bool {
    let has_blob = text.split_whitespace().any(|word| {
        let word =
            word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '+' | '/'));
        let plain = word.trim_end_matches('=');
        let is_mixed = plain.chars().any(char::is_uppercase)
            && plain
                .chars()
                .any(|letter| letter.is_ascii_digit() || letter.is_lowercase());
        let is_hex = plain.len() >= 16
            && plain.chars().all(|letter| letter.is_ascii_hexdigit())
            && plain.chars().any(|letter| letter.is_ascii_digit());
        is_hex || (plain.len() >= 16 && is_mixed && is_printable(plain))
    });
    let is_spelled = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .windows(7)
        .any(|row| row.iter().all(|word| word.chars().count() == 1));
    let turned = text.lines().any(|line| {
        let back: String = line.chars().rev().collect();
        let rotated: String = line.chars().map(rotate).collect();
        let strange = |other: &str| {
            weigh_line(line) < CODE
                && ["function ", "return ", "const ", "def "]
                    .iter()
                    .any(|word| other.contains(word))
        };
        strange(&back) || strange(&rotated)
    });

    has_blob || is_spelled || turned
}

fn is_printable(blob: &str) -> bool {
    let whole = &blob[..blob.len() - blob.len() % 4];
    let bytes = STANDARD_NO_PAD
        .decode(blob)
        .or_else(|_| STANDARD_NO_PAD.decode(whole));
    bytes.is_ok_and(|bytes| {
        bytes
            .iter()
            .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
    })
}

fn rotate(letter: char) -> char {
    match letter {
        'a'..='m' | 'A'..='M' => char::from(letter as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(letter as u8 - 13),
        _ => letter,
    }
}
