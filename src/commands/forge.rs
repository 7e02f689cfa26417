//! `saga forge`: one idea becomes a project in a folder, with what is left out said. Nothing of the platform starts.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use ::forge::{
    Answer, Forged, NOT_RUN, Project, Question, check_project, forge_answered, pair_answer, write_qa_result,
};
use serde_json::json;

use crate::{
    cli::ForgeArgs,
    commands::{Failure, say},
};

/// What tells that a folder holds a project of ours.
const CARD: &str = "forge.json";

pub(crate) fn run(args: &ForgeArgs) -> Result<ExitCode, Failure> {
    let (idea, answers) = read_answers(args)?;
    let project = match forge_answered(&idea, &answers, args.seed)? {
        Forged::Project(project) => project,
        Forged::Questions(questions) => return Ok(ask(&questions, args.json)),
    };
    let folder = args.out.clone().unwrap_or_else(|| default_folder(&project.name));
    check_folder(&folder, args.overwrite)?;
    save(&project, &folder, &idea, &answers)?;
    report(&project, &folder, args.json);

    Ok(ExitCode::SUCCESS)
}

/// The idea and what was answered, each answer to the questions that those before it left open. A text that names no
/// question is read as if it stood in the idea.
fn read_answers(args: &ForgeArgs) -> Result<(String, Vec<Answer>), Failure> {
    let mut idea = args.idea.clone();
    let mut answers = Vec::new();
    for typed in &args.answer {
        let open = match forge_answered(&idea, &answers, args.seed)? {
            Forged::Project(project) => project.questions,
            Forged::Questions(questions) => questions,
        };
        match pair_answer(typed, &open)? {
            Some(answer) => answers.push(answer),
            None => {
                idea.push('\n');
                idea.push_str(typed);
            }
        }
    }

    Ok((idea, answers))
}

/// There is nothing to build before these are answered.
fn ask(questions: &[Question], as_json: bool) -> ExitCode {
    if as_json {
        say!("{:#}", json!({ "questions": questions }));
        return ExitCode::FAILURE;
    }

    say!("Nothing was built. Say more, in the idea or with --answer NUMBER=TEXT:");
    for (at, question) in questions.iter().enumerate() {
        say!("\n  {}. {}\n    {}", at + 1, question.question, question.why);
        if !question.options.is_empty() {
            say!("    For example: {}.", question.options.join(", "));
        }
    }
    ExitCode::FAILURE
}

/// A folder must be empty, new, or a project's that may be replaced.
fn check_folder(folder: &Path, overwrite: bool) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(format!("`{}` is no folder", folder.display()).into());
    }

    let occupied = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if occupied && !(overwrite && folder.join(CARD).is_file()) {
        return Err(format!(
            "`{}` is not empty; name another folder, or add --overwrite where a project of saga forge is in it",
            folder.display()
        )
        .into());
    }
    Ok(())
}

fn default_folder(name: &str) -> PathBuf {
    let parts: Vec<String> = name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let name: String = parts.join("-").chars().take(60).collect();

    Path::new("saga-forge").join(if name.is_empty() { "app" } else { name.as_str() })
}

fn save(project: &Project, folder: &Path, idea: &str, answers: &[Answer]) -> Result<(), Failure> {
    let before = folder.join("src");
    if before.is_dir() {
        fs::remove_dir_all(&before)?;
    }

    for file in &project.files {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &file.content)?;
    }
    let card = json!({
        "idea": idea,
        "answers": answers
            .iter()
            .map(|answer| json!({ "question": answer.question, "answer": answer.answer }))
            .collect::<Vec<_>>(),
        "requirements": project.requirements,
        "wireframe": project.wireframe,
        "qa": write_qa_result(&check_project(&project.files), NOT_RUN),
        "not_built": project.omissions,
        "questions": project.questions,
    });
    fs::write(folder.join(CARD), format!("{card:#}\n"))?;
    Ok(())
}

fn report(project: &Project, folder: &Path, as_json: bool) {
    if as_json {
        say!(
            "{:#}",
            json!({
                "name": project.name,
                "folder": folder,
                "files": project.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
                "features": project.requirements["core_features"],
                "not_built": project.omissions,
                "questions": project.questions,
            })
        );
        return;
    }

    say!(
        "{}: {} files in {}",
        project.name,
        project.files.len(),
        folder.display()
    );
    let features = project.requirements["core_features"].as_array();
    for feature in features.into_iter().flatten() {
        say!("  + {}", feature["name"].as_str().unwrap_or_default());
    }
    if !project.omissions.is_empty() {
        say!("\nAsked for, not built:");
    }
    for omission in &project.omissions {
        say!("  - {}: {}", omission.asked, omission.reason);
    }
    if !project.questions.is_empty() {
        say!("\nAn answer (--answer NUMBER=TEXT) would make it better:");
    }
    for (at, question) in project.questions.iter().enumerate() {
        say!("  {}. {}", at + 1, question.question);
    }
    say!("\nRun it:  cd {} && npm ci && npm run dev", folder.display());
}
