//! Code that was written before and reviewed, mended without a model: by the edits that the checks know.

use forge::{Finding, Mended, Origin, base_packages, mend_project};
use proto::tasks::codeforge::GenerateCode;
use proto::tasks::codeforge::documents::{CodeGenerationResult, CodeLanguage, GeneratedFile, QaIssue};

use super::CodeForgeTools;
use super::qa::checked_files;
use crate::error::AgentError;

/// Files of one result (CodeForge.10).
const FILES_MAX: usize = 50;
const SUMMARY_MAX: usize = 2_000;
const EXPLANATION_MAX: usize = 1_000;

/// The files that were told, mended as far as an edit is known; of more than fit only those that changed.
///
/// # Errors
/// [`AgentError::Broken`] when the process ends meanwhile.
pub(super) async fn mend_code(
    tools: &CodeForgeTools,
    task: &GenerateCode,
) -> Result<CodeGenerationResult, AgentError> {
    let dependencies = base_packages();
    let files = checked_files(&task.files, &dependencies);
    let mended = tools.engines.bench.run(move |_| mend_project(&files)).await?;
    let is_changed = |path: &str, content: &str| {
        let before = task.files.iter().find(|file| file.path == path);
        before.is_none_or(|before| before.content != content)
    };

    let sources = mended.files.iter().filter(|file| file.origin == Origin::Source);
    let told = sources.map(|file| GeneratedFile {
        file_path: file.path.clone(),
        content: file.content.clone(),
        language: language_of(&file.path),
        explanation: explain(&mended.mended, &file.path),
    });
    let mut told: Vec<GeneratedFile> = told.filter(|file| !file.content.is_empty()).collect();
    if told.len() > FILES_MAX {
        told.sort_by_key(|file| !is_changed(&file.file_path, &file.content));
        told.truncate(FILES_MAX);
    }

    Ok(CodeGenerationResult {
        files: told,
        summary: summarize(&mended, &task.issues),
        dependencies,
    })
}

fn language_of(path: &str) -> CodeLanguage {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("tsx") => CodeLanguage::Tsx,
        Some("jsx") => CodeLanguage::Jsx,
        Some("js" | "mjs" | "cjs") => CodeLanguage::JavaScript,
        Some("css") => CodeLanguage::Css,
        Some("html") => CodeLanguage::Html,
        _ => CodeLanguage::TypeScript,
    }
}

/// What was mended in a file.
fn explain(mended: &[Finding], path: &str) -> String {
    let said: Vec<String> = mended
        .iter()
        .filter(|finding| finding.file_path == path)
        .map(|finding| format!("Mended on line {}: {}", finding.line, finding.description))
        .collect();

    said.join("\n").chars().take(EXPLANATION_MAX).collect()
}

/// How much was mended, and what was not.
fn summarize(mended: &Mended, issues: &[QaIssue]) -> String {
    let known = |issue: &&QaIssue| {
        mended
            .mended
            .iter()
            .any(|finding| finding.file_path == issue.file_path && finding.description == issue.description)
    };
    let left: Vec<String> = issues
        .iter()
        .filter(|issue| !known(issue))
        .map(|issue| format!("{} {}: {}", issue.file_path, issue.line_hint, issue.description))
        .collect();
    let begin = format!("Mended {} things by edits that are known.", mended.mended.len());

    let summary = match left.is_empty() {
        true => begin,
        false => format!(
            "{begin} Not mended, for want of a known edit: {}",
            left.join("; ")
        ),
    };
    summary.chars().take(SUMMARY_MAX).collect()
}
