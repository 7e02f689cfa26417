//! Projects: made, listed, changed, archived, watched. What agents do with them is in `jobs`, their files are in `project_files`.

use proto::v1::{
    CreateProjectRequest, GetProjectRequest, ListProjectsRequest, ListProjectsResponse, Project,
    UpdateProjectRequest,
};
use tonic::{Status, Streaming};

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadProjects, RequestContext, WriteProjects},
    services::Services,
};

rpc_operations! {
    CreateProject(CreateProjectRequest) -> Project: projects.create_project,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("createProject");
    GetProject(GetProjectRequest) -> Project: projects.get_project,
        AccountHolder, ReadProjects, Price::POLL, Field::Query("project");
    ListProjects(ListProjectsRequest) -> ListProjectsResponse: projects.list_projects,
        AccountHolder, ReadProjects, Price::STANDARD, Field::Query("projects");
    UpdateProject(UpdateProjectRequest) -> Project: projects.update_project,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("updateProject");
    ArchiveProject(GetProjectRequest) -> Project: projects.archive_project,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("archiveProject");
}

/// The project as it is, and again whenever it changes.
pub(crate) struct WatchProject(pub(crate) GetProjectRequest);

impl Operation for WatchProject {
    type Caller = AccountHolder;
    type Scope = ReadProjects;
    type Output = Streaming<Project>;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Subscription("projectUpdated");

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Streaming<Project>, Status> {
        let told = services.watched_projects(context).watch_project(self.0).await?;
        Ok(told.into_inner())
    }
}
