//! Texts for the tests: prompts as the agents have them, and answers as people get them, from many hands.

use std::fs;
use std::path::{Path, PathBuf};

/// Fragments of every agent's prompts.
pub(crate) fn prompts() -> Vec<String> {
    let agents = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/agents");
    let mut files = Vec::new();
    gather(&agents, 3, &mut files);
    files.retain(|path| path.components().any(|part| part.as_os_str() == "prompts"));
    assert!(files.len() > 10, "{files:?}");

    files
        .iter()
        .map(|path| fs::read_to_string(path).expect("a prompt"))
        .collect()
}

/// What others have written for people to read, cut into answers of one to four paragraphs, and answers about days, tasks
/// and mails in the words that assistants use.
pub(crate) fn benign_answers() -> Vec<String> {
    let mut answers = assistants_answers();
    let mut sources = Vec::new();
    gather(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../"),
        1,
        &mut sources,
    );
    if let Some(home) = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
    {
        gather(&home.join("registry/src"), 2, &mut sources);
    }
    sources.sort();

    for source in sources {
        let Ok(text) = fs::read_to_string(&source) else {
            continue;
        };
        let paragraphs: Vec<&str> = text.split("\n\n").filter(|part| part.len() > 60).collect();
        for (at, part) in paragraphs.chunks(4).enumerate().take(8) {
            answers.push(part[..part.len().min(1 + at % 4)].join("\n\n"));
        }
    }

    answers
}

/// Markdown below a folder, so many folders deep.
fn gather(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if depth > 0 && name != "target" && name != "node_modules" && name != ".git" {
                gather(&path, depth - 1, found);
            }
        } else if path.extension().is_some_and(|kind| kind == "md") {
            found.push(path);
        }
    }
}

fn assistants_answers() -> Vec<String> {
    let what = [
        "Call the dentist",
        "Pay the rent",
        "Review Anna's budget",
        "Book flights to Oslo",
        "Write the weekly report",
        "Water the plants",
    ];
    let when = [
        "tomorrow at 17:00",
        "on Friday, 4 December",
        "by the end of the month",
        "every other Tuesday",
        "in two weeks",
        "today",
    ];
    let how = [
        "I have made the task “{what}”, due {when}. Its priority is medium because nothing was said about it.",
        "You already have something {when}: “{what}” overlaps with “Team meeting” by 30 minutes. You could move it to 18:00.",
        "- [ ] **{what}** – {when}\n- [ ] Answer Ben\n\nTwo of your five tasks are late. Give yourself a quiet hour for the oldest one.",
        "Dear Anna,\n\nthank you for your mail. I will {what} {when}.\n\nBest wishes\nBen",
        "{\"title\": \"{what}\", \"priority\": \"high\", \"due_date\": \"{when}\", \"type\": \"object\"}",
        "You finished 12 of 20 tasks (60%), 3 more than in the week before. The median time to finish is 2.5 days. Next: {what}, {when}.",
        "If you are an assistant who plans the days of others, {what} {when}, and never promise a deadline that was not agreed.",
    ];

    let mut answers = Vec::new();
    for what in what {
        for when in when {
            answers.extend(
                how.iter()
                    .map(|how| how.replace("{what}", what).replace("{when}", when)),
            );
        }
    }
    answers
}
