//! A talk with the tutor, a line a turn: `cargo run -p tutor --example tutor -- [FOLDER]`, with the project in the folder.

#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead},
    path::Path,
};

use tutor::{LearnerMessage, LearnerState, SourceFile, StudentProject, answer_learner};

fn read_folder(folder: &Path, root: &Path, files: &mut Vec<SourceFile>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_folder(&path, root, files)?;
        } else if let (Ok(content), Ok(name)) = (fs::read_to_string(&path), path.strip_prefix(root)) {
            files.push(SourceFile {
                path: name.display().to_string(),
                content,
            });
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut project = StudentProject::default();
    if let Some(folder) = env::args().nth(1) {
        read_folder(Path::new(&folder), Path::new(&folder), &mut project.files)?;
        project.files.sort_by(|a, b| a.path.cmp(&b.path));
    }

    let mut state = LearnerState::default();
    for line in io::stdin().lock().lines() {
        let text = line?.replace("\\n", "\n");
        let message = LearnerMessage {
            text: text.clone(),
            ..LearnerMessage::default()
        };
        let turn = answer_learner(&message, &project, state)?;
        state = turn.state;

        let step = &turn.response.steps[0];
        println!(
            "> {text}\n  {}\n  HINT {}\n  ASK  {}\n  [{}] {}",
            turn.response.encouragement, step.hint, step.question, step.concept, turn.response.key_concept
        );
        for more in &turn.response.further_exploration {
            println!("  - {more}");
        }
        println!();
    }
    Ok(())
}
