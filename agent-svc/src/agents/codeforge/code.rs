//! Code: the files of an app; or one piece of a file, written anew ([`super::refactor`]). By a model or by the offline author.

use std::collections::BTreeSet;
use std::sync::Arc;

use forge::judge_path;
use kit::actor::Tier;
use proto::tasks::Level;
use proto::tasks::codeforge::documents::CodeGenerationResult;
use proto::tasks::codeforge::{CODE, CodeInput, CodeOutput, GenerateCode};
use serde_json::json;

use super::idea::{forge_app, read_document};
use super::mend::mend_known;
use super::modelled::{DocumentRequest, ask_model, enclose, tell_idea, tell_patterns, tell_requirements};
use super::refactor::{self, ModelRefactoring};
use super::{CodeForgeTools, prompts};
use crate::agent_context::AgentContext;
use crate::error::AgentError;
use crate::registry::{Agent, AgentName, Answer, Instructions};

const NAME: AgentName = AgentName {
    name: CODE,
    description: "Code: writes the files of an app, or one piece of a file anew.",
    least_tier: Tier::Free,
};
pub(super) const SPEAKER: &str = "Code";
/// Where the page begins.
const ENTRY: &str = "src/main.tsx";

pub(super) fn agent(tools: Arc<CodeForgeTools>) -> Agent {
    let instructions = Instructions::from_fragments(&prompts::FRAGMENTS)
        .with_answer::<CodeGenerationResult>()
        .with_answer::<ModelRefactoring>();

    Agent::new(NAME, instructions, move |input, desk| {
        let tools = Arc::clone(&tools);
        async move {
            match input {
                CodeInput::Generate(task) => generate(&tools, &desk, &task).await,
                CodeInput::Refactor(task) => refactor::run(&tools, &desk, task).await,
            }
        }
    })
}

async fn generate(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    task: &GenerateCode,
) -> Result<Answer<CodeOutput>, AgentError> {
    let offline = !tools.engines.models.available(desk);
    let is_to_be_mended = !task.files.is_empty() && !task.issues.is_empty();
    let mended = match is_to_be_mended {
        true => Some(mend_known(tools, task).await?),
        false => None,
    };
    // A model is asked for what no known edit mends alone.
    let offline = offline || mended.as_ref().is_some_and(|mended| mended.left.is_empty());
    let output: CodeGenerationResult = match mended {
        Some(mended) if offline => mended.write_result(task),
        Some(mended) => write_by_model(tools, desk, &mended.continue_task(task)).await?,
        None if offline => {
            let project = forge_app(tools, desk, &task.app, task.requirements.as_ref()).await?;
            read_document(project.code)?
        }
        None => write_by_model(tools, desk, task).await?,
    };

    let details = json!({ "files": output.files.len(), "issues": task.issues.len() });
    desk.log_with(SPEAKER, "Wrote the code", details, Level::Info)
        .await;
    Ok(Answer {
        output: CodeOutput::Generated(output),
        offline,
    })
}

async fn write_by_model(
    tools: &CodeForgeTools,
    desk: &AgentContext,
    task: &GenerateCode,
) -> Result<CodeGenerationResult, AgentError> {
    let mut material = vec![
        tell_idea(&task.app),
        tell_requirements(task.requirements.as_ref()),
        tell_patterns(tools, desk, &task.app).await,
    ];
    if let Some(wireframe) = &task.wireframe {
        material.push(format!("Wireframe: {}", json!(wireframe)));
    }
    for file in &task.files {
        material.push(format!("File {}:\n{}", file.path, file.content));
    }
    if !task.dependencies.is_empty() {
        material.push(format!("Packages: {}", task.dependencies.join(", ")));
    }
    if !task.issues.is_empty() {
        material.push(format!("Issues: {}", json!(task.issues)));
    }

    let wanted = DocumentRequest {
        speaker: SPEAKER,
        what: "code",
        prompt: prompts::code,
        material: enclose(&material),
        shown: "summary",
    };
    ask_model(tools, desk, wanted, judge).await
}

/// Files that can't be stored, or would not be a page.
fn judge(result: &CodeGenerationResult) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();

    for file in &result.files {
        if let Err(error) = judge_path(&file.file_path, file.content.len()) {
            problems.push(error.to_string());
        }
        if !seen.insert(file.file_path.to_lowercase()) {
            problems.push(format!("{} is there twice", file.file_path));
        }
    }
    if !seen.contains(ENTRY) {
        problems.push(format!("there is no {ENTRY}, which the page loads"));
    }

    problems
}

#[cfg(test)]
mod tests {
    use proto::tasks::codeforge::documents::{CodeLanguage, GeneratedFile};

    use super::*;

    fn judged(paths: &[&str]) -> Vec<String> {
        judge(&CodeGenerationResult {
            files: paths
                .iter()
                .map(|path| GeneratedFile {
                    file_path: (*path).to_owned(),
                    content: "x".to_owned(),
                    language: CodeLanguage::Tsx,
                    explanation: String::new(),
                })
                .collect(),
            summary: "Ten letters.".to_owned(),
            dependencies: Vec::new(),
        })
    }

    #[test]
    fn files_that_lead_elsewhere_or_collide_are_handed_back() {
        assert_eq!(judged(&["src/main.tsx", "src/a.ts"]), Vec::<String>::new());

        let problems = judged(&["src/../a.ts", ".git/config", "src/A.ts", "src/a.ts"]).join("\n");
        for part in [
            "src/../a.ts",
            ".git/config",
            "src/a.ts is there twice",
            "no src/main.tsx",
        ] {
            assert!(problems.contains(part), "{part} in {problems}");
        }
    }
}
