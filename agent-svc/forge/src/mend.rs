//! Mends what the checks found where they know an edit. What an edit did not make better is not kept.

use std::ops::Range;

use crate::check::{Edit, Finding, Severity, check_project};
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
    let first = check_project(files);
    let mut files = files.to_vec();
    let mut left = first.clone();

    for _ in 0..ROUNDS {
        let known: Vec<&Finding> = left.iter().filter(|found| !found.edits.is_empty()).collect();
        // The gravest first: what a wrong name leaves unused is used once the name is right.
        let gravest = known
            .iter()
            .take_while(|found| found.severity == known[0].severity);
        let gravest: Vec<&Finding> = gravest.copied().collect();
        let alone = known.iter().take(TRIED_ALONE).map(std::slice::from_ref);
        let tries = [gravest.as_slice(), known.as_slice()].into_iter().chain(alone);
        let better = tries
            .filter(|tried| !tried.is_empty())
            .map(|tried| apply(&files, tried))
            .map(|edited| (check_project(&edited), edited))
            .find(|(found, _)| weigh(found) < weigh(&left));
        let Some((found, edited)) = better else {
            break;
        };
        (left, files) = (found, edited);
    }

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

/// The files with all edits that don't touch one another.
fn apply(files: &[ProjectFile], findings: &[&Finding]) -> Vec<ProjectFile> {
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
        let mut file = file.clone();
        let of_file = taken.iter().rev().filter(|edit| edit.file_path == file.path);
        for edit in of_file
            .filter(|_| file.origin == Origin::Source)
            .collect::<Vec<_>>()
        {
            replace(&mut file.content, edit.bytes.clone(), &edit.text);
        }
        file
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
