//! From an idea to a project: files with their origin, the agents' documents, what is left out and what is asked.

use serde_json::Value;

use crate::{
    MOST_IDEA_BYTES,
    answers::{Answer, take_answers},
    code::write_code,
    complete::{ask_first, complete_model},
    documents::{write_code_result, write_requirements, write_wireframe},
    error::ForgeError,
    idea::read_idea,
    model::{Omission, Question},
    scaffold::write_scaffold,
};

const LONGEST_PATH: usize = 500;
const LARGEST_FILE: usize = 100_000;

/// Whose a file is: what the author wrote may be changed, the scaffold is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Source,
    Scaffold,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ProjectFile {
    pub path: String,
    pub content: String,
    pub origin: Origin,
}

/// A whole project, and what the agents say of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Project {
    pub name: String,
    pub files: Vec<ProjectFile>,
    pub requirements: Value,
    pub wireframe: Value,
    pub code: Value,
    /// Asked for, not built.
    pub omissions: Vec<Omission>,
    /// What an answer would make better; the project does without.
    pub questions: Vec<Question>,
}

/// What becomes of an idea.
#[derive(Debug, Clone, PartialEq)]
pub enum Forged {
    Project(Box<Project>),
    /// One to five questions that must be answered first.
    Questions(Vec<Question>),
}

/// Turns an idea into a project. The same idea and seed make the same one.
///
/// # Errors
/// [`ForgeError::EmptyIdea`], and [`ForgeError::TooLong`] beyond [`MOST_IDEA_BYTES`].
pub fn forge_project(idea: &str, seed: u64) -> Result<Forged, ForgeError> {
    forge_answered(idea, &[], seed)
}

/// The same with what was answered to the author's questions: an answer changes the app and closes its question.
///
/// # Errors
/// Those of [`forge_project`]; the idea and its answers are measured together.
pub fn forge_answered(idea: &str, answers: &[Answer], seed: u64) -> Result<Forged, ForgeError> {
    let bytes = answers
        .iter()
        .fold(idea.len(), |sum, answer| sum.saturating_add(answer.answer.len()));
    if bytes > MOST_IDEA_BYTES {
        return Err(ForgeError::TooLong(bytes));
    }
    if idea.trim().is_empty() {
        return Err(ForgeError::EmptyIdea);
    }

    let answered = take_answers(idea, answers);
    let text = answered.text.clone();
    let reading = read_idea(answered);
    if reading.entities.is_empty() || reading.is_foreign() {
        return Ok(Forged::Questions(ask_first(&reading)));
    }

    let app = complete_model(reading, seed);
    let code = write_code(&app);
    let result = write_code_result(&app, &code);
    let paths = code.iter().map(|file| file.path.clone()).collect();
    let scaffold = write_scaffold(&app, text.trim(), paths);
    let mut files: Vec<ProjectFile> = scaffold
        .into_iter()
        .map(|(path, content)| ProjectFile {
            path: path.to_owned(),
            content,
            origin: Origin::Scaffold,
        })
        .collect();
    files.extend(code.into_iter().map(|file| ProjectFile {
        path: file.path,
        content: file.content,
        origin: Origin::Source,
    }));

    Ok(Forged::Project(Box::new(Project {
        name: app.name.clone(),
        files,
        requirements: write_requirements(&app),
        wireframe: write_wireframe(&app),
        code: result,
        omissions: app.omissions,
        questions: app.questions,
    })))
}

/// Whether a client may write a file there, and so much into it: CodeForge.10.
pub fn judge_path(path: &str, bytes: usize) -> Result<(), ForgeError> {
    let bad = |reason| {
        Err(ForgeError::BadPath {
            path: path.chars().take(100).collect(),
            reason,
        })
    };
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.');
    if !(5..=LONGEST_PATH).contains(&path.len()) {
        return bad("a path has 5 to 500 characters");
    }
    if !path.starts_with("src/") {
        return bad("a path begins with src/");
    }
    if !path.chars().all(allowed) {
        return bad("a path has letters, digits and / _ - . only");
    }
    if path
        .split('/')
        .any(|part| part.is_empty() || part == "." || part.contains(".."))
    {
        return bad("a path has no empty part and no dots that lead elsewhere");
    }
    if bytes > LARGEST_FILE {
        return bad("a file has at most 100000 bytes");
    }

    Ok(())
}
