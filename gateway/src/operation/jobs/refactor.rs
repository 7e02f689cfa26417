//! One piece of a file, written anew by the code agent; and into the project, if that is wanted.

use futures::StreamExt;
use kit::{ErrorKind, Problem};
use proto::{
    tasks::codeforge::{CODE, CodeInput, CodeOutput, RefactorCode, documents::RefactorResult},
    v1::{GetFileRequest, RunAgentRequest, UpdateFileRequest, run_agent_event::Event},
};
use tonic::Status;

use crate::{
    error::ApiError,
    identity::{RequestContext, WriteProjects},
    operation::{Operation, Price, Service, caller_kind::AccountHolder},
    services::Services,
};

pub(crate) struct RefactorFile {
    pub(crate) file: GetFileRequest,
    pub(crate) selected_code: String,
    pub(crate) instruction: String,
    pub(crate) apply: bool,
}

/// What was made of it; the file's new version when it was written.
pub(crate) struct RefactoredFile {
    pub(crate) result: RefactorResult,
    pub(crate) version: Option<u32>,
}

impl Operation for RefactorFile {
    type Caller = AccountHolder;
    type Scope = WriteProjects;
    type Output = RefactoredFile;

    const SERVICE: Service = Service::Agent;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<RefactoredFile, Status> {
        let mut files = services.project_files(context);
        let known = files.get_file(self.file.clone()).await?.into_inner();
        if known.origin == "scaffold" {
            let message = format!("{} is the server's own; it can only be read.", known.path);
            return Err(Problem::new(ErrorKind::FailedPrecondition, "SCAFFOLD_FILE", message).into_status());
        }

        let task = CodeInput::Refactor(RefactorCode {
            file_path: known.path,
            content: known.content.unwrap_or_default(),
            selected_code: self.selected_code,
            instruction: self.instruction,
        });
        let result = ask_agent(services, context, &task).await?;
        let version = match self.apply {
            true => {
                let request = UpdateFileRequest {
                    project_id: self.file.project_id,
                    path: self.file.path,
                    content: Some(result.full_file_content.clone()),
                    language: None,
                };
                Some(files.update_file(request).await?.into_inner().version)
            }
            false => None,
        };

        Ok(RefactoredFile { result, version })
    }

    /// A failure of the agent's says so.
    fn refuse(problem: Problem) -> ApiError {
        ApiError::from_problem(problem, Self::SERVICE.as_str()).by_agent(CODE)
    }
}

async fn ask_agent(
    services: &Services,
    context: &RequestContext,
    task: &CodeInput,
) -> Result<RefactorResult, Status> {
    let broken = || Problem::new(ErrorKind::Internal, "AGENT_BROKEN", "The agent broke down.").into_status();
    let request = RunAgentRequest {
        name: CODE.to_owned(),
        input: serde_json::to_string(task).map_err(|_| broken())?,
        run_id: String::new(),
        of_caller: true,
    };
    let mut events = services
        .working_agents(context)
        .run_agent(request)
        .await?
        .into_inner();

    while let Some(event) = events.next().await {
        if let Some(Event::Output(output)) = event?.event {
            return match serde_json::from_str(&output.output) {
                Ok(CodeOutput::Refactored(result)) => Ok(result),
                Ok(CodeOutput::Generated(_)) | Err(_) => Err(broken()),
            };
        }
    }

    Err(broken())
}
