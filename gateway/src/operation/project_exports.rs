//! Projects on their way out.

use kit::Problem;
use proto::v1::{ExportToGithubRequest, GithubExport};
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
        let service = match problem.reason.as_str() {
            "GITHUB_UNAVAILABLE" => "github",
            _ => Self::SERVICE.as_str(),
        };
        ApiError::from_problem(problem, service)
    }
}
