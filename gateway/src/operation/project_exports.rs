//! Projects on their way out, and in.

use kit::Problem;
use proto::v1::{ExportToGithubRequest, GithubExport, GithubImport, ImportFromGithubRequest};
use tonic::Status;

use super::{Operation, Service, caller_kind::AccountHolder};
use crate::{
    error::ApiError,
    identity::{RequestContext, WriteProjects},
    services::Services,
};

/// REST alone: texts of GraphQL are kept for a while once they were read, and a token would be in one.
pub(crate) struct ExportToGithub(pub(crate) ExportToGithubRequest);

impl Operation for ExportToGithub {
    type Caller = AccountHolder;
    type Scope = WriteProjects;
    type Output = GithubExport;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<GithubExport, Status> {
        let exported = services.project_exports(context).export_to_github(self.0).await?;
        Ok(exported.into_inner())
    }

    fn refuse(problem: Problem) -> ApiError {
        blame_github(problem)
    }
}

/// REST alone, as above.
pub(crate) struct ImportFromGithub(pub(crate) ImportFromGithubRequest);

impl Operation for ImportFromGithub {
    type Caller = AccountHolder;
    type Scope = WriteProjects;
    type Output = GithubImport;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<GithubImport, Status> {
        let imported = services
            .project_exports(context)
            .import_from_github(self.0)
            .await?;
        Ok(imported.into_inner())
    }

    fn refuse(problem: Problem) -> ApiError {
        blame_github(problem)
    }
}

/// What GitHub does not answer is not this server's.
fn blame_github(problem: Problem) -> ApiError {
    let service = match problem.reason.as_str() {
        "GITHUB_UNAVAILABLE" => "github",
        _ => Service::Story.as_str(),
    };
    ApiError::from_problem(problem, service)
}
