//! Mends what the checks found where they know an edit. What an edit did not make better is not kept.

use std::ops::Range;

use crate::check::{Edit, Finding, ReadFile, Severity, check_files, read_file};
use crate::project::{Origin, ProjectFile};

/// How often a project is checked again after it was mended.
const ROUNDS: usize = 8;
/// Edits that are tried alone where all together made it worse.
const TRIED_ALONE: usize = 8;

/// A project after it was mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// In the order in which they were.
    pub files: Vec<ProjectFile>,
    /// What is not wrong any more.
    pub mended: Vec<Finding>,
    /// What still is.
    pub left: Vec<Finding>,
}

/// Applies the edits that the checks know, until none makes the project better. The scaffold is not touched.
pub fn mend_project(files: &[ProjectFile]) -> Mended {
    let files: Vec<&ProjectFile> = files.iter().collect();
    let read: Vec<Option<ReadFile<'_>>> = files.iter().map(|file| read_file(file)).collect();
    let read: Vec<Option<&ReadFile<'_>>> = read.iter().map(Option::as_ref).collect();
    let first = check_read(&files, &read);
    let (files, left) = improve(&files, &read, first.clone(), ROUNDS);

    let is_left = |finding: &Finding| {
        left.iter().any(|other| {
            (other.category, &other.file_path, &other.description)
                == (finding.category, &finding.file_path, &finding.description)
        })
    };
    Mended {
        files,
        mended: first.into_iter().filter(|finding| !is_left(finding)).collect(),
        left,
    }
}

/// The files after so many rounds at most, and what is left. Only files that an edit touches are read again; what they were made of stays
/// with the caller, because what was read of a file is a view of it.
fn improve(
    files: &[&ProjectFile],
    read: &[Option<&ReadFile<'_>>],
    left: Vec<Finding>,
    rounds: usize,
) -> (Vec<ProjectFile>, Vec<Finding>) {
    for tried in list_tries(&left).into_iter().filter(|_| rounds > 0) {
        let edited = apply(files, &tried);
        let again: Vec<Option<ReadFile<'_>>> = edited
            .iter()
            .map(|file| file.as_ref().and_then(read_file))
            .collect();
        let next: Vec<&ProjectFile> = files
            .iter()
            .zip(&edited)
            .map(|(old, new)| new.as_ref().unwrap_or(old))
            .collect();
        let read: Vec<Option<&ReadFile<'_>>> = read
            .iter()
            .zip(edited.iter().zip(&again))
            .map(|(old, (new, again))| if new.is_some() { again.as_ref() } else { *old })
            .collect();

        let found = check_read(&next, &read);
        if weigh(&found) < weigh(&left) {
            return improve(&next, &read, found, rounds - 1);
        }
    }

    (files.iter().map(|file| (*file).clone()).collect(), left)
}

/// What is tried, one after the other. The gravest first: what a wrong name leaves unused is used once the name is right.
fn list_tries(left: &[Finding]) -> Vec<Vec<&Finding>> {
    let known: Vec<&Finding> = left.iter().filter(|found| !found.edits.is_empty()).collect();
    let Some(first) = known.first() else {
        return Vec::new();
    };
    let gravest = known.iter().take_while(|found| found.severity == first.severity);
    let gravest: Vec<&Finding> = gravest.copied().collect();
    let alone: Vec<Vec<&Finding>> = known.iter().take(TRIED_ALONE).map(|found| vec![*found]).collect();

    let is_all = gravest.len() == known.len();
    let all = (!is_all).then_some(known);
    let several = [Some(gravest), all]
        .into_iter()
        .flatten()
        .filter(|tried| tried.len() > 1);
    several.chain(alone).collect()
}

fn check_read(files: &[&ProjectFile], read: &[Option<&ReadFile<'_>>]) -> Vec<Finding> {
    let read: Vec<&ReadFile<'_>> = read.iter().copied().flatten().collect();
    check_files(files, &read)
}

/// How bad all of it is together: one thing that is worse outweighs many that are less so.
fn weigh(findings: &[Finding]) -> usize {
    let weight = |finding: &Finding| match finding.severity {
        Severity::Critical => 1_000,
        Severity::High => 100,
        Severity::Medium => 10,
        Severity::Low => 1,
    };
    findings.iter().map(weight).sum()
}

/// The files that all edits that don't touch one another change; nothing for the others.
fn apply(files: &[&ProjectFile], findings: &[&Finding]) -> Vec<Option<ProjectFile>> {
    let mut taken: Vec<&Edit> = Vec::new();
    for finding in findings {
        let is_free = finding
            .edits
            .iter()
            .all(|edit| taken.iter().all(|other| are_apart(edit, other)));
        if is_free {
            taken.extend(&finding.edits);
        }
    }
    taken.sort_by_key(|edit| (edit.bytes.start, edit.bytes.end));

    let edited = files.iter().map(|file| {
        let of_file = taken.iter().rev().filter(|edit| edit.file_path == file.path);
        let of_file: Vec<&&Edit> = of_file.filter(|_| file.origin == Origin::Source).collect();
        if of_file.is_empty() {
            return None;
        }

        let mut file = (*file).clone();
        for edit in of_file {
            replace(&mut file.content, edit.bytes.clone(), &edit.text);
        }
        Some(file)
    });
    edited.collect()
}

/// Whether two edits can be made in any order. The same one twice is made once.
fn are_apart(one: &Edit, other: &Edit) -> bool {
    one.file_path != other.file_path || one.bytes.end < other.bytes.start || other.bytes.end < one.bytes.start
}

fn replace(content: &mut String, bytes: Range<usize>, text: &str) {
    if content.get(bytes.clone()).is_some() {
        content.replace_range(bytes, text);
    }
}
