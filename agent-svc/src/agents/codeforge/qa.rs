//! QA: what is wrong with the code of an app, with file, line and reason. Static checks always run in this process; a model reads
//! on where there is one.

use std::sync::Arc;

use forge::{Finding, NOT_RUN, Origin, ProjectFile, Severity, check_project, write_qa_result};
use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::documents::{IssueSeverity, QaIssue, QaResult};
use proto::tasks::codeforge::{QA, QaInput, SourceFile, ToolReport};
use serde_json::{Map, json};

use super::idea::read_document;
use super::modelled::{DocumentRequest, ask_model, enclose, tell_requirements};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::patterns::Pattern;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: QA,
    description: "QA: checks the code of an app and scores what it finds.",
    least_tier: Tier::Free,
};
const SPEAKER: &str = "QA";
const PACKAGE: &str = "package.json";
const ISSUES_MAX: usize = 100;
/// Paths that are remembered of a project.
const PATHS_MAX: usize = 50;

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS).with_answer::<QaResult>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move { run(&tools, &desk, input).await }
    })
}

async fn run(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: QaInput,
) -> Result<Answer<QaResult>, AgentError> {
    let files = project_files(&input);
    let mut findings: Vec<Finding> = tools.engines.bench.run(move |_| check_project(&files)).await?;
    let told = input.tools.as_ref().map_or(NOT_RUN, |report| {
        join_tools(&mut findings, report);
        report.told.as_str()
    });
    let checked: QaResult = read_document(write_qa_result(&findings, told))?;

    let offline = !tools.engines.models.available(desk);
    let output = match offline {
        true => checked,
        false => {
            let read = review_by_model(tools, desk, &input, &checked).await?;
            join(checked, read, &input.files)
        }
    };

    let details = json!({ "issues": output.issues.len(), "score": output.score, "passed": output.passed });
    let level = match output.passed {
        true => Level::Success,
        false => Level::Warning,
    };
    desk.log_with(SPEAKER, "Checked the code", details, level).await;

    if let Some(pattern) = learn(&input, &output) {
        tools.engines.patterns.remember(desk, &pattern).await;
    }
    Ok(Answer { output, offline })
}

/// Adds what tools found where the static checks found nothing as grave: a line is blamed once for one thing.
fn join_tools(findings: &mut Vec<Finding>, report: &ToolReport) {
    let is_known = |issue: &&QaIssue| {
        let mut grave = findings.iter().filter(|found| found.severity <= Severity::High);
        let line: Option<usize> = issue.line_hint.parse().ok();
        grave.any(|found| found.file_path == issue.file_path && Some(found.line) == line)
    };
    let new: Vec<&QaIssue> = report.issues.iter().filter(|issue| !is_known(issue)).collect();
    let told = new.into_iter().map(|issue| Finding {
        severity: match issue.severity {
            IssueSeverity::Critical => Severity::Critical,
            IssueSeverity::High => Severity::High,
            IssueSeverity::Medium => Severity::Medium,
            IssueSeverity::Low => Severity::Low,
        },
        category: match issue.category.as_str() {
            "types" => "types",
            "build" => "build",
            _ => "tests",
        },
        file_path: issue.file_path.clone(),
        line: issue.line_hint.parse().unwrap_or(1),
        description: issue.description.clone(),
        suggestion: issue.suggestion.clone(),
        edits: Vec::new(),
    });

    findings.extend(told);
    findings.sort_by_key(|finding| finding.severity);
}

/// What is worth to be remembered of a project that passed.
fn learn(input: &QaInput, review: &QaResult) -> Option<Pattern> {
    let requirements = input.requirements.as_ref().filter(|_| review.passed)?;
    let features: Vec<&str> = requirements
        .core_features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect();
    let paths: Vec<&str> = input
        .files
        .iter()
        .map(|file| file.path.as_str())
        .take(PATHS_MAX)
        .collect();
    let stack = requirements.recommended_stack.first();

    Some(Pattern {
        project_type: stack.map_or_else(|| "web".to_owned(), |word| word.to_lowercase()),
        text: format!(
            "{}. {} {}",
            requirements.app_name,
            requirements.elevator_pitch,
            features.join(". ")
        ),
        metadata: json!({
            "app_name": requirements.app_name,
            "elevator_pitch": requirements.elevator_pitch,
            "features": features,
            "stack": requirements.recommended_stack,
            "files": paths,
        }),
        success_score: f64::from(review.score) / 100.0,
    })
}

/// What is checked; where no `package.json` is given it is written from the dependencies.
fn project_files(input: &QaInput) -> Vec<ProjectFile> {
    checked_files(&input.files, &input.dependencies)
}

/// Files as the checks take them, with a `package.json` that has these dependencies where there is none.
pub(super) fn checked_files(told: &[SourceFile], dependencies: &[String]) -> Vec<ProjectFile> {
    let told = told.iter().map(|file| ProjectFile {
        path: file.path.clone(),
        content: file.content.clone(),
        origin: match file.path.starts_with("src/") {
            true => Origin::Source,
            false => Origin::Scaffold,
        },
    });
    let mut files: Vec<ProjectFile> = told.collect();

    let has_package = files.iter().any(|file| file.path == PACKAGE);
    if !has_package && !dependencies.is_empty() {
        let packages = dependencies.iter().map(|dependency| {
            let (name, version) = split_dependency(dependency);
            (name.to_owned(), version.into())
        });
        let packages: Map<_, _> = packages.collect();
        files.push(ProjectFile {
            path: PACKAGE.to_owned(),
            content: json!({ "dependencies": packages }).to_string(),
            origin: Origin::Scaffold,
        });
    }

    files
}

/// `@scope/name@1.2.3` and `name` alike.
fn split_dependency(text: &str) -> (&str, &str) {
    match text.rfind('@').filter(|at| *at > 0) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, "*"),
    }
}

async fn review_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    input: &QaInput,
    checked: &QaResult,
) -> Result<QaResult, AgentError> {
    let mut material = vec![
        tell_requirements(input.requirements.as_ref()),
        format!("Static checks found: {}", json!(checked.issues)),
    ];
    let sources = input.files.iter().filter(|file| file.path.starts_with("src/"));
    material.extend(sources.map(|file| format!("File {}:\n{}", file.path, file.content)));

    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "review",
        prompt: prompts::qa,
        material: enclose(&material),
        shown: "summary",
    };
    ask_model(tools, desk, wanted, |review: &QaResult| {
        judge(review, &input.files)
    })
    .await
}

/// Issues of files that are not there.
fn judge(review: &QaResult, files: &[SourceFile]) -> Vec<String> {
    let unknown = review
        .issues
        .iter()
        .filter(|issue| !files.iter().any(|file| file.path == issue.file_path))
        .map(|issue| format!("there is no file {}", issue.file_path));

    unknown.collect()
}

/// Both reviews: what the checks found is sure, and the score is the lower one.
fn join(checked: QaResult, read: QaResult, files: &[SourceFile]) -> QaResult {
    let mut issues = checked.issues;
    issues.extend(
        read.issues
            .into_iter()
            .filter(|issue| files.iter().any(|file| file.path == issue.file_path)),
    );
    issues.truncate(ISSUES_MAX);
    let grave = issues
        .iter()
        .any(|issue| matches!(issue.severity, IssueSeverity::Critical | IssueSeverity::High));

    QaResult {
        passed: checked.passed && !grave,
        issues,
        summary: read.summary,
        score: checked.score.min(read.score),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, content: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            content: content.to_owned(),
        }
    }

    #[test]
    fn an_import_that_no_dependency_has_is_found_with_and_without_a_package_file() {
        let main = file("src/main.tsx", "import { z } from 'zod';\nz();\n");
        let mut input = QaInput {
            requirements: None,
            files: vec![main],
            dependencies: vec!["react@19.3.1".to_owned(), "@types/react@19.3.3".to_owned()],
            tools: None,
        };
        let missing = |input: &QaInput| {
            let findings = check_project(&project_files(input));
            findings.iter().any(|found| found.description.contains("zod"))
        };

        assert!(missing(&input));
        input.dependencies.push("zod@4".to_owned());
        assert!(!missing(&input));
    }

    #[test]
    fn a_grave_issue_of_either_review_fails_it() {
        let review = |severity, score| QaResult {
            passed: true,
            issues: vec![QaIssue {
                severity,
                category: "logic".to_owned(),
                file_path: "src/a.ts".to_owned(),
                line_hint: String::new(),
                description: "It is wrong.".to_owned(),
                suggestion: "Mend it.".to_owned(),
            }],
            summary: "Summary.".to_owned(),
            score,
        };
        let files = [file("src/a.ts", "")];

        let joined = join(
            review(IssueSeverity::Low, 99),
            review(IssueSeverity::High, 60),
            &files,
        );
        assert_eq!((joined.passed, joined.score, joined.issues.len()), (false, 60, 2));
        let joined = join(
            review(IssueSeverity::Low, 80),
            review(IssueSeverity::Medium, 90),
            &files,
        );
        assert_eq!((joined.passed, joined.score), (true, 80));
    }
}
