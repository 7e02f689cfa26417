//! Static checks of a project, on the syntax trees of its files: what does not parse, imports and names that lead nowhere, routes,
//! labels, markup, lists, handlers, what nothing uses, rules that no test proves. Nothing is run; each finding has its file, its
//! line and its reason, and an edit where one is known to mend it.

mod broken;
mod declared;
mod handlers;
mod hooks;
mod imports;
mod jsx;
mod labels;
mod lists;
mod markup;
mod near;
mod routes;
mod rules;
mod scope;
mod source;
mod syntax;
mod targets;
mod unused;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};

use self::imports::ProjectSources;
use self::source::Source;
use crate::project::{Origin, ProjectFile, judge_path};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
}

/// One thing that is wrong with a project.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    pub severity: Severity,
    pub category: &'static str,
    pub file_path: String,
    pub line: usize,
    pub description: String,
    pub suggestion: String,
    /// Mend it together; none where no edit is known.
    #[serde(skip)]
    pub edits: Vec<Edit>,
}

/// A piece of a file that is written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub file_path: String,
    /// In bytes of the whole file.
    pub bytes: Range<usize>,
    pub text: String,
}

const MOST_FINDINGS: usize = 100;

/// A file as it was read, with what is wrong with it alone.
pub(crate) struct ReadFile<'a> {
    source: Source<'a>,
    findings: Vec<Finding>,
    is_broken: bool,
}

/// Reads a file; nothing where it is no code of the project's people.
pub(crate) fn read_file(file: &ProjectFile) -> Option<ReadFile<'_>> {
    let source = Source::read(file).filter(|_| file.path.starts_with("src/"))?;
    let mut findings = Vec::new();
    if let Some(found) = broken::find_break(&source) {
        findings.push(found);
        return Some(ReadFile {
            source,
            findings,
            is_broken: true,
        });
    }

    labels::check_labels(&source, &mut findings);
    markup::check_markup(&source, &mut findings);
    lists::check_lists(&source, &mut findings);
    handlers::check_handlers(&source, &mut findings);
    hooks::check_hooks(&source, &mut findings);
    Some(ReadFile {
        source,
        findings,
        is_broken: false,
    })
}

/// What is wrong with a project, the worst first.
pub fn check_project(files: &[ProjectFile]) -> Vec<Finding> {
    let files: Vec<&ProjectFile> = files.iter().collect();
    let read: Vec<ReadFile<'_>> = files.iter().filter_map(|file| read_file(file)).collect();
    let read: Vec<&ReadFile<'_>> = read.iter().collect();

    check_files(&files, &read)
}

/// The same for files of which those that are code were read before.
pub(crate) fn check_files(files: &[&ProjectFile], read: &[&ReadFile<'_>]) -> Vec<Finding> {
    let sources: Vec<&Source<'_>> = read.iter().map(|file| &file.source).collect();
    let project = ProjectSources::read(files, &sources);
    let mut findings = Vec::new();
    check_paths(files, &mut findings);
    for file in read {
        findings.extend_from_slice(&file.findings);
        if !file.is_broken {
            declared::check_names(&file.source, &project, &mut findings);
        }
    }
    targets::check_imports(&project, &mut findings);
    unused::check_unused(&project, &mut findings);
    routes::check_routes(&sources, &mut findings);
    rules::check_rules(&sources, &mut findings);

    findings.sort_by(|one, other| {
        (one.severity, &one.file_path, one.line).cmp(&(other.severity, &other.file_path, other.line))
    });
    findings
}

/// What is said where nothing of a project was run.
pub const NOT_RUN: &str = "Types, build and tests were not run.";

/// QAResult, as CodeForge.10 bounds it. `told` says what was run beside the static checks.
pub fn write_qa_result(findings: &[Finding], told: &str) -> Value {
    let loss = |severity| match severity {
        Severity::Critical => 25,
        Severity::High => 10,
        Severity::Medium => 4,
        Severity::Low => 1,
    };
    let lost: usize = findings.iter().map(|finding| loss(finding.severity)).sum();
    let passed = findings.iter().all(|finding| finding.severity > Severity::High);
    let issues: Vec<Value> = findings
        .iter()
        .take(MOST_FINDINGS)
        .map(|finding| {
            json!({
                "severity": finding.severity,
                "category": finding.category,
                "file_path": finding.file_path,
                "line_hint": finding.line.to_string(),
                "description": finding.description.chars().take(1000).collect::<String>(),
                "suggestion": finding.suggestion,
            })
        })
        .collect();
    let summary = match findings.len() {
        0 => format!("The checks found nothing wrong. {told}"),
        count => format!("The checks found {count} things to mend. {told}"),
    };

    json!({ "passed": passed, "issues": issues, "summary": summary, "score": 100_usize.saturating_sub(lost) })
}

fn check_paths(files: &[&ProjectFile], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();

    for file in files {
        if file.origin == Origin::Source
            && let Err(error) = judge_path(&file.path, file.content.len())
        {
            findings.push(finding(
                Severity::High,
                "paths",
                &file.path,
                1,
                error.to_string(),
                "Move or shorten the file.",
            ));
        }
        if let Some(other) = seen.insert(file.path.to_lowercase(), &file.path) {
            let says = format!("{other} differs from it by case alone, or not at all.");
            findings.push(finding(
                Severity::High,
                "paths",
                &file.path,
                1,
                says,
                "Rename one of them.",
            ));
        }
    }
}

fn finding(
    severity: Severity,
    category: &'static str,
    path: &str,
    line: usize,
    description: String,
    suggestion: &str,
) -> Finding {
    Finding {
        severity,
        category,
        file_path: path.to_owned(),
        line,
        description,
        suggestion: suggestion.to_owned(),
        edits: Vec::new(),
    }
}

impl Finding {
    fn mended_by(mut self, edits: impl IntoIterator<Item = Edit>) -> Self {
        self.edits.extend(edits);
        self
    }
}

impl Edit {
    fn replace(source: &Source<'_>, bytes: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            file_path: source.path.to_owned(),
            bytes,
            text: text.into(),
        }
    }

    fn insert(source: &Source<'_>, at: usize, text: impl Into<String>) -> Self {
        Self::replace(source, at..at, text)
    }
}
