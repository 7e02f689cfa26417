//! Static checks of a project: imports, routes, labels, markup, files that nothing uses, rules that no test proves. It reads
//! text line by line and runs nothing; each finding has its file, its line and its reason.

mod imports;
mod markup;
mod routes;
mod rules;
mod source;

use std::collections::BTreeMap;

use serde_json::{Value, json};

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
}

const MOST_FINDINGS: usize = 100;

/// What is wrong with a project, the worst first.
pub fn check_project(files: &[ProjectFile]) -> Vec<Finding> {
    let sources: Vec<Source<'_>> = files
        .iter()
        .filter(|file| file.path.starts_with("src/"))
        .map(Source::read)
        .collect();
    let mut findings = Vec::new();
    check_paths(files, &mut findings);
    for source in &sources {
        findings.extend(source.broken_ends());
        markup::check_markup(source, &mut findings);
    }
    let package = files
        .iter()
        .find(|file| file.path == "package.json")
        .map(|file| file.content.as_str());
    imports::check_imports(&sources, package, &mut findings);
    routes::check_routes(&sources, &mut findings);
    rules::check_rules(&sources, &mut findings);

    findings.sort_by(|one, other| {
        (one.severity, &one.file_path, one.line).cmp(&(other.severity, &other.file_path, other.line))
    });
    findings
}

/// QAResult, as CodeForge.10 bounds it.
pub fn write_qa_result(findings: &[Finding]) -> Value {
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
        0 => "Static checks found nothing wrong. Types, build and tests were not run.".to_owned(),
        count => format!("Static checks found {count} things to mend. Types, build and tests were not run."),
    };

    json!({ "passed": passed, "issues": issues, "summary": summary, "score": 100_usize.saturating_sub(lost) })
}

fn check_paths(files: &[ProjectFile], findings: &mut Vec<Finding>) {
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
    }
}
