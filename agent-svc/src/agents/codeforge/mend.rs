//! Code that was written before and reviewed, mended by the edits that the checks know. What is left is a model's, where there is one.

use forge::{Finding, Origin, ProjectFile, base_packages, mend_project};
use proto::tasks::codeforge::documents::{CodeGenerationResult, CodeLanguage, GeneratedFile, QaIssue};
use proto::tasks::codeforge::{GenerateCode, SourceFile};

use super::CodeForgeTools;
use super::qa::checked_files;
use crate::error::AgentError;

/// Files of one result (CodeForge.10).
const FILES_MAX: usize = 50;
const SUMMARY_MAX: usize = 2_000;
const EXPLANATION_MAX: usize = 1_000;

/// The files of a task, mended as far as an edit is known.
pub(super) struct MendedCode {
    files: Vec<ProjectFile>,
    mended: Vec<Finding>,
    /// Issues of the task that no known edit mends.
    pub(super) left: Vec<QaIssue>,
    dependencies: Vec<String>,
}

/// # Errors
/// [`AgentError::Broken`] when the process ends meanwhile.
pub(super) async fn mend_known(
    tools: &CodeForgeTools,
    task: &GenerateCode,
) -> Result<MendedCode, AgentError> {
    let dependencies = match task.dependencies.is_empty() {
        true => base_packages(),
        false => task.dependencies.clone(),
    };
    let files = checked_files(&task.files, &dependencies);
    let mended = tools.engines.bench.run(move |_| mend_project(&files)).await?;

    let is_left = |issue: &&QaIssue| {
        let mut done = mended.mended.iter();
        !done.any(|finding| finding.file_path == issue.file_path && finding.description == issue.description)
    };
    let left = task.issues.iter().filter(is_left).cloned().collect();
    let sources = mended.files.into_iter();
    Ok(MendedCode {
        files: sources.filter(|file| file.origin == Origin::Source).collect(),
        mended: mended.mended,
        left,
        dependencies,
    })
}

impl MendedCode {
    /// The same task with what is still to be done: the files as they are now, and the issues that are left.
    pub(super) fn continue_task(self, task: &GenerateCode) -> GenerateCode {
        let sources = self.files.into_iter().map(|file| SourceFile {
            path: file.path,
            content: file.content,
        });
        // What is not the author's is told as it was.
        let others = task.files.iter().filter(|file| !file.path.starts_with("src/"));

        GenerateCode {
            files: sources.chain(others.cloned()).collect(),
            issues: self.left,
            ..task.clone()
        }
    }

    /// The files; of more than fit only those that changed.
    pub(super) fn write_result(self, task: &GenerateCode) -> CodeGenerationResult {
        let is_changed = |file: &GeneratedFile| {
            let before = task.files.iter().find(|before| before.path == file.file_path);
            before.is_none_or(|before| before.content != file.content)
        };
        let told = self.files.iter().map(|file| GeneratedFile {
            file_path: file.path.clone(),
            content: file.content.clone(),
            language: language_of(&file.path),
            explanation: explain(&self.mended, &file.path),
        });
        let mut told: Vec<GeneratedFile> = told.filter(|file| !file.content.is_empty()).collect();
        if told.len() > FILES_MAX {
            told.sort_by_key(|file| !is_changed(file));
            told.truncate(FILES_MAX);
        }

        CodeGenerationResult {
            files: told,
            summary: summarize(self.mended.len(), &self.left),
            dependencies: self.dependencies,
        }
    }
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
fn summarize(mended: usize, left: &[QaIssue]) -> String {
    let told: Vec<String> = left
        .iter()
        .map(|issue| format!("{} {}: {}", issue.file_path, issue.line_hint, issue.description))
        .collect();
    let begin = format!("Mended {mended} things by edits that are known.");

    let summary = match told.is_empty() {
        true => begin,
        false => format!(
            "{begin} Not mended, for want of a known edit: {}",
            told.join("; ")
        ),
    };
    summary.chars().take(SUMMARY_MAX).collect()
}
