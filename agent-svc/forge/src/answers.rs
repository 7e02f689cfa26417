//! What was answered to the author's questions. An answer that describes becomes a sentence of the idea; one that decides
//! (may it, which bound, which things) is looked up where the question would be asked. None is dropped in silence.

use crate::error::ForgeError;
use crate::idea::Reading;
use crate::model::Question;

/// An answer, with the question as it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub question: String,
    pub answer: String,
}

/// An answer as it is typed, with the open question that it names: `2=Yes` by its number from one, `May books be deleted?=No`
/// by how it begins. Nothing for a text that names none.
///
/// # Errors
/// [`ForgeError::UnknownQuestion`] for a number or a question that is not open.
pub fn pair_answer(typed: &str, open: &[Question]) -> Result<Option<Answer>, ForgeError> {
    let Some((named, answer)) = typed.split_once('=') else {
        return Ok(None);
    };
    let named = named.trim();
    let number: Option<usize> = named.parse().ok();
    if number.is_none() && !named.ends_with('?') {
        return Ok(None);
    }

    let found = match number {
        Some(number) => number.checked_sub(1).and_then(|at| open.get(at)),
        None => open.iter().find(|question| {
            let begin = question.question.get(..named.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(named))
        }),
    };
    let question = found.ok_or_else(|| ForgeError::UnknownQuestion {
        wanted: named.chars().take(100).collect(),
        asked: open.len(),
    })?;

    Ok(Some(Answer {
        question: question.question.clone(),
        answer: answer.trim().to_owned(),
    }))
}

/// Begin the questions that are asked when nothing of an idea was understood: their answers take its place.
const ENGLISH: &str = "Can you say the idea in English";
const KEPT: &str = "What should the app keep";
const DONE: &str = "What do people do with them";
/// Stand around the noun of a thing of which nothing is said.
const EACH: (&str, &str) = ("What should be kept of each ", ", beside its name");
/// Begin the questions whose answers decide.
const DECIDED: [&str; 4] = ["May ", "Must ", "Which bound holds for ", WHICH_FIVE];
pub(crate) const WHICH_FIVE: &str = "Which five kinds of things matter most";

/// An idea with its answers.
pub(crate) struct Answered {
    /// The idea, and the answers that describe as sentences of it.
    pub(crate) text: String,
    /// The answers that decide.
    pub(crate) decisions: Vec<Decision>,
    /// Things of which nothing more is to be kept.
    pub(crate) plain: Vec<String>,
}

/// An answer that decides, and whether it has.
pub(crate) struct Decision {
    pub(crate) answer: Answer,
    used: bool,
}

/// Sorts answers by what they do. The last answer to a question holds.
pub(crate) fn take_answers(idea: &str, answers: &[Answer]) -> Answered {
    let mut taken = Answered {
        text: idea.trim().to_owned(),
        decisions: Vec::new(),
        plain: Vec::new(),
    };

    for (at, answer) in answers.iter().enumerate() {
        let is_overruled = answers[at + 1..]
            .iter()
            .any(|later| later.question == answer.question);
        let said = answer.answer.trim().trim_end_matches(['.', '!']).trim_end();
        if is_overruled || said.is_empty() {
            continue;
        }
        taken.take(answer, said);
    }

    taken
}

impl Answered {
    fn take(&mut self, answer: &Answer, said: &str) {
        let question = answer.question.trim();
        let each = question
            .strip_prefix(EACH.0)
            .and_then(|rest| rest.split_once(EACH.1));

        if DECIDED.iter().any(|begin| question.starts_with(begin)) {
            self.decisions.push(Decision {
                answer: answer.clone(),
                used: false,
            });
        } else if question.starts_with(ENGLISH) {
            self.text = format!("{said}.");
        } else if question.starts_with(KEPT) {
            self.text = format!("An app to keep {said}.");
        } else if question.starts_with(DONE) {
            self.add(&format!("I want to {said}."));
        } else if let Some((noun, _)) = each {
            match is_nothing(said) {
                true => self.plain.push(noun.to_owned()),
                false => self.add(&format!("Each {noun} has a name, {said}.")),
            }
        } else {
            self.add(&format!("{said}."));
        }
    }

    fn add(&mut self, sentence: &str) {
        self.text = format!("{}\n{sentence}", self.text);
    }
}

fn is_nothing(said: &str) -> bool {
    matches!(
        said.to_lowercase().as_str(),
        "no" | "nothing"
            | "none"
            | "nothing else"
            | "nothing more"
            | "that's all"
            | "only its name"
            | "just its name"
    )
}

impl Reading {
    /// What was answered to a question, found by how it begins.
    pub(crate) fn answer_to(&self, question: &str) -> Option<&str> {
        self.decisions
            .iter()
            .find(|decision| decision.answer.question.trim().starts_with(question))
            .map(|decision| decision.answer.answer.as_str())
    }

    /// Says that an answer had its effect.
    pub(crate) fn settle(&mut self, question: &str) {
        for decision in &mut self.decisions {
            decision.used |= decision.answer.question.trim().starts_with(question);
        }
    }

    /// Answers that decided nothing: their question was not asked, or they say neither of what can be chosen.
    pub(crate) fn report_answers(&mut self) {
        let idle: Vec<Answer> = self
            .decisions
            .iter()
            .filter(|decision| !decision.used)
            .map(|decision| decision.answer.clone())
            .collect();

        for answer in idle {
            let said: String = answer.answer.trim().chars().take(100).collect();
            self.omit(
                &format!("the answer “{said}”"),
                "It chooses none of what its question offers, or the idea doesn't leave that open.",
            );
        }
    }
}

/// Whether an answer agrees; nothing where it says neither, or both.
pub(crate) fn agrees(answer: &str) -> Option<bool> {
    let lower = answer.to_lowercase();
    let mut said = lower
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '’')
        .filter_map(|word| match word {
            "yes" | "yeah" | "yep" | "sure" | "ok" | "okay" | "allowed" | "may" => Some(true),
            "no" | "not" | "nope" | "never" | "don't" | "don’t" | "can't" | "can’t" | "cannot" => {
                Some(false)
            }
            _ => None,
        });
    let first = said.next()?;

    // "They may not" refuses, "no, they may" does not say which.
    match (first, said.next()) {
        (true, Some(false)) if !lower.trim_start().starts_with('y') => Some(false),
        (first, Some(second)) if first != second => None,
        (first, _) => Some(first),
    }
}

/// The numbers of an answer.
pub(crate) fn numbers_of(answer: &str) -> Vec<f64> {
    answer
        .split(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '-')
        .filter_map(|word| word.trim_end_matches('.').parse().ok())
        .collect()
}
