//! Which paths and contents a project can have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kit::error::Faults;
use proto::words::list_words;

use super::{FILES_MAX, scaffold};
use crate::domain::project::{FileLanguage, RevisionDraft};
use crate::error::StoryError;

const PATH_MIN: usize = 5;
const PATH_MAX: usize = 500;
const CONTENT_MAX: usize = 100_000;
const MESSAGE_MAX: usize = 10_000;
const AUTHOR_MAX: usize = 500;

/// All that is wrong; of several files as `files.N.path`.
pub(super) fn check_draft(draft: &RevisionDraft, faults: &mut Faults) {
    if draft.message.chars().count() > MESSAGE_MAX || draft.message.contains('\0') {
        faults.add(
            "message",
            format!("at most {MESSAGE_MAX} characters, without NUL"),
        );
    }
    let names = draft
        .author
        .iter()
        .flat_map(|author| [&author.name, &author.email]);
    for name in names {
        if name.chars().count() > AUTHOR_MAX || name.contains(['\0', '\n']) {
            faults.add("author", format!("at most {AUTHOR_MAX} characters on one line"));
        }
    }
    if draft.changes.len() > 2 * FILES_MAX {
        faults.add("files", format!("at most {FILES_MAX}"));
        return;
    }

    let mut seen = HashMap::new();
    for (place, change) in draft.changes.iter().enumerate() {
        let field = |name: &str| match draft.changes.len() {
            1 => name.to_owned(),
            _ => format!("files.{place}.{name}"),
        };
        if let Err(expected) = judge_path(&change.path) {
            faults.add(field("path"), expected);
        }
        if seen.insert(&change.path, place).is_some() {
            faults.add(field("path"), "each path once");
        }
        let content = change.content.as_deref().unwrap_or_default();
        if let Err(expected) = judge_content(content) {
            faults.add(field("content"), expected);
        }
    }
}

/// Whether a file may have this content; `Err` says what is expected.
pub(super) fn judge_content(content: &str) -> Result<(), String> {
    if content.len() > CONTENT_MAX {
        return Err(format!("at most {CONTENT_MAX} bytes"));
    }

    match content.contains('\0') {
        true => Err("text without NUL characters".to_owned()),
        false => Ok(()),
    }
}

/// Whether a file that people write may lie there; `Err` says what is expected.
pub(super) fn judge_path(path: &str) -> Result<(), &'static str> {
    // Who owns it is told by `check_collisions`.
    if scaffold::is_scaffold(path) {
        return Ok(());
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.');
    if !(PATH_MIN..=PATH_MAX).contains(&path.chars().count()) {
        return Err("5 to 500 characters");
    }
    if !path.chars().all(allowed) {
        return Err("letters, digits and / _ - . only");
    }
    if !path.starts_with("src/") {
        return Err("a path below src/");
    }
    if path.contains("..") {
        return Err("a path without ..");
    }
    let is_empty = |part: &str| part.is_empty() || part == ".";
    if path.split('/').any(is_empty) {
        return Err("a path without empty parts");
    }
    let is_git = |part: &str| {
        part.get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case(".git"))
    };
    if path.split('/').any(is_git) {
        return Err("a path without a part that begins with .git");
    }

    Ok(())
}

/// Every path is one file on every file system: none is the server's, none differs from another in case only, none is a folder too.
pub(super) fn check_collisions(paths: &[String]) -> Result<(), StoryError> {
    let mut known: HashMap<String, (&str, bool)> = HashMap::with_capacity(paths.len() * 2);

    for path in paths {
        if scaffold::is_scaffold(path) {
            return Err(StoryError::ScaffoldFile { path: path.clone() });
        }
        let ends = path.match_indices('/').map(|(end, _)| (&path[..end], false));
        for (part, is_file) in ends.chain([(path.as_str(), true)]) {
            match known.entry(part.to_ascii_lowercase()) {
                Entry::Vacant(free) => {
                    free.insert((part, is_file));
                }
                Entry::Occupied(taken) => {
                    let (spelling, was_file) = *taken.get();
                    if spelling != part || is_file || was_file {
                        return Err(StoryError::PathTaken {
                            path: path.clone(),
                            other: spelling.to_owned(),
                        });
                    }
                }
            }
        }
    }

    Ok(())
}

/// The language that was named; one that is none of these is a fault.
pub(super) fn read_language(
    word: Option<&str>,
    allowed: &[FileLanguage],
    faults: &mut Faults,
) -> Option<FileLanguage> {
    let language = FileLanguage::parse(word?.trim()).filter(|language| allowed.contains(language));
    if language.is_none() {
        faults.add("language", list_languages(allowed));
    }

    language
}

pub(super) fn list_languages(allowed: &[FileLanguage]) -> String {
    format!("one of {}", list_words(allowed, FileLanguage::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(list: &[&str]) -> Vec<String> {
        list.iter().map(|path| (*path).to_owned()).collect()
    }

    #[test]
    fn a_path_stays_below_src_on_every_machine() {
        for fine in [
            "src/a",
            "src/a.ts",
            "src/a/b-c_d.test.tsx",
            "src/.env",
            "src/github/x.ts",
        ] {
            assert_eq!(judge_path(fine), Ok(()), "{fine}");
        }
        let long = format!("src/{}", "a".repeat(497));
        for bad in [
            "",
            "src",
            "src/",
            "/src/a.ts",
            "src//a.ts",
            "src/./a.ts",
            "src/../a.ts",
            "src/a..ts",
            "src\\a.ts",
            "src/%2e%2e/a.ts",
            "src/ a.ts",
            "src/ä.ts",
            "src/a\n.ts",
            "src/a\0.ts",
            "src/.git/config",
            "src/.GIT/config",
            "src/x/.gitmodules",
            ".git/config",
            ".github/workflows/x.yml",
            "lib/a.ts",
            "C:/src/a.ts",
            &long,
            &"src/a".repeat(1000),
        ] {
            assert!(judge_path(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_two_paths_are_one_file_on_some_machine() {
        assert!(check_collisions(&paths(&["src/a.ts", "src/b/a.ts", "src/b/c.ts"])).is_ok());
        for (one, other) in [
            ("src/App.tsx", "src/app.tsx"),
            ("src/App/a.ts", "src/app/b.ts"),
            ("src/a", "src/a/b.ts"),
            ("src/a/b.ts", "src/a"),
            ("src/A", "src/a/b.ts"),
        ] {
            let refused = check_collisions(&paths(&[one, other]));
            assert!(
                matches!(refused, Err(StoryError::PathTaken { .. })),
                "{one} {other}"
            );
        }
        let refused = check_collisions(&paths(&["package.json"]));
        assert!(matches!(refused, Err(StoryError::ScaffoldFile { .. })));
    }
}
