//! Node `code`: the files of the app; and again, when the review has found something.

use std::sync::Arc;

use flow::NodeError;
use proto::tasks::codeforge::documents::{CodeGenerationResult, QaIssue};
use proto::tasks::codeforge::{CODE, CodeInput, CodeOutput, GenerateCode, SourceFile};

use super::{JobUpdate, Node, ask_once};
use crate::graphs::node_context::AgentAnswer;

pub(super) async fn run(node: Arc<Node>) -> Result<JobUpdate, NodeError> {
    let state = &node.state;
    let written = state.code.as_ref().map(WrittenCode::of).unwrap_or_default();
    let issues = match &state.review {
        Some(review) => review.issues.clone(),
        None => Vec::new(),
    };

    let (code, offline) = write_code(&node, written, issues).await?;
    Ok(JobUpdate::Coded(code, offline))
}

/// What was written before.
#[derive(Default)]
pub(in crate::graphs) struct WrittenCode {
    pub(in crate::graphs) files: Vec<SourceFile>,
    pub(in crate::graphs) dependencies: Vec<String>,
}

impl WrittenCode {
    fn of(code: &CodeGenerationResult) -> Self {
        Self {
            files: source_files(code),
            dependencies: code.dependencies.clone(),
        }
    }
}

/// The files, and whether the offline author wrote them.
pub(in crate::graphs) async fn write_code(
    node: &Node,
    written: WrittenCode,
    issues: Vec<QaIssue>,
) -> Result<(CodeGenerationResult, bool), NodeError> {
    let state = &node.state;
    node.progress("code", 40.0 + 5.0 * f64::from(state.iterations.min(4)))
        .await?;

    let input = CodeInput::Generate(Box::new(GenerateCode {
        app: state.task.app.clone(),
        requirements: state.requirements().cloned(),
        wireframe: state.wireframe.clone().or_else(|| state.task.wireframe.clone()),
        files: written.files,
        issues,
        dependencies: written.dependencies,
    }));
    let answer: AgentAnswer<CodeOutput> = ask_once(node, "code", CODE, &input).await?;

    match answer.output {
        CodeOutput::Generated(code) => Ok((code, answer.offline)),
        CodeOutput::Refactored(_) => {
            Err(NodeError::fatal("The agent answered another question.").with_reason("AGENT_EXECUTION_ERROR"))
        }
    }
}

pub(super) fn source_files(code: &CodeGenerationResult) -> Vec<SourceFile> {
    let files = code.files.iter().map(|file| SourceFile {
        path: file.file_path.clone(),
        content: file.content.clone(),
    });
    files.collect()
}
