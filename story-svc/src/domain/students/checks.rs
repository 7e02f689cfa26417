//! What students send, checked: all wrong fields are named at once.

use kit::error::Faults;

use super::{RawQuestion, RawSession};
use crate::domain::projects::refuse;
use crate::domain::student::{MessageRole, StudyMessage};
use crate::error::StoryError;

const QUESTION_MAX: usize = 5_000;
const CODE_MAX: usize = 50_000;
const FILE_MAX: usize = 500;
const ID_MAX: usize = 100;
const TRANSCRIPT_MAX: usize = 100;
const MESSAGE_MAX: usize = 10_000;
const CONCEPTS_MAX: usize = 20;
const CONCEPT_MAX: usize = 200;
const MINUTES_MAX: u32 = 480;

/// Without the space around it.
fn check_text(field: &str, text: &str, (least, most): (usize, usize), faults: &mut Faults) -> String {
    let text = text.trim();
    if !(least..=most).contains(&text.chars().count()) || text.contains('\0') {
        let expected = match least {
            0 => format!("at most {most} characters"),
            _ => format!("{least} to {most} characters"),
        };
        faults.add(field, expected);
    }
    text.to_owned()
}

pub(super) fn check_words(field: &str, text: &str, least: usize, most: usize) -> Result<String, StoryError> {
    let mut faults = Faults::default();
    let text = check_text(field, text, (least, most), &mut faults);
    refuse(faults)?;
    Ok(text)
}

pub(super) fn check_question(raw: RawQuestion) -> Result<RawQuestion, StoryError> {
    let mut faults = Faults::default();
    let question = check_text("question", &raw.question, (1, QUESTION_MAX), &mut faults);
    let mut check = |field, text: Option<String>, most| {
        text.map(|text| check_text(field, &text, (0, most), &mut faults))
            .filter(|text| !text.is_empty())
    };

    let checked = RawQuestion {
        question,
        code: check("code", raw.code, CODE_MAX),
        file: check("file", raw.file, FILE_MAX),
        exercise: check("exercise", raw.exercise, ID_MAX),
        concept: check("concept", raw.concept, ID_MAX),
    };
    refuse(faults)?;
    Ok(checked)
}

pub(super) fn check_session(raw: &RawSession) -> Result<(Vec<StudyMessage>, Vec<String>), StoryError> {
    let mut faults = Faults::default();
    if raw.transcript.len() > TRANSCRIPT_MAX {
        faults.add("transcript", format!("at most {TRANSCRIPT_MAX} messages"));
    }
    if raw.concepts_covered.len() > CONCEPTS_MAX {
        faults.add("concepts_covered", format!("at most {CONCEPTS_MAX} concepts"));
    }
    if raw.duration_minutes > MINUTES_MAX {
        faults.add("duration_minutes", format!("0 to {MINUTES_MAX}"));
    }

    let mut transcript = Vec::new();
    for (at, (role, content)) in raw.transcript.iter().take(TRANSCRIPT_MAX).enumerate() {
        let field = format!("transcript.{at}.content");
        let content = check_text(&field, content, (1, MESSAGE_MAX), &mut faults);
        match MessageRole::parse(role.trim()) {
            Some(role) => transcript.push(StudyMessage { role, content }),
            None => faults.add(format!("transcript.{at}.role"), "user, assistant or system"),
        }
    }
    let mut concepts = Vec::new();
    for (at, concept) in raw.concepts_covered.iter().take(CONCEPTS_MAX).enumerate() {
        let field = format!("concepts_covered.{at}");
        let concept = check_text(&field, concept, (1, CONCEPT_MAX), &mut faults);
        if !concepts.contains(&concept) {
            concepts.push(concept);
        }
    }
    refuse(faults)?;

    Ok((transcript, concepts))
}
