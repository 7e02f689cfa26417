//! Projects that agents and people write.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::{GetProjectRequest, ListProjectsRequest};

use crate::{
    graphql::{Ask, connection::parse_page, object::project::Project, scalar::IdInput},
    operation::projects::{GetProject, ListProjects},
    view::projects::{ProjectMode, ProjectStatus},
};

#[derive(Default)]
pub(crate) struct ProjectsQuery;

#[Object]
impl ProjectsQuery {
    /// One project of yours; null when there is none with that id.
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project.")] id: IdInput,
    ) -> Result<Option<Project>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let project = door.find(GetProject(GetProjectRequest { id })).await?;

        Ok(project.map(Project::from))
    }

    /// Your projects, newest first. Archived ones only where `status` asks for them.
    #[expect(clippy::too_many_arguments, reason = "a list has its arguments")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only projects of this mode.")] mode: Option<ProjectMode>,
        #[graphql(desc = "Only projects in this status; all but archived ones when left out.")]
        status: Option<ProjectStatus>,
        #[graphql(desc = "Only projects after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only projects before the row with this cursor; together with `last`.")]
        before: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<Project>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
        let door = ctx.door::<ListProjects>().await?.for_page(&asked);

        let request = ListProjectsRequest {
            page_size: Some(asked.size),
            page: None,
            page_token: Some(asked.token.clone()).filter(|token| !token.is_empty()),
            mode: mode.map_or("", ProjectMode::as_str).to_owned(),
            status: status.map_or("", ProjectStatus::as_str).to_owned(),
            backward: asked.backward,
        };
        let list = door.perform(ListProjects(request)).await?;
        let projects = list.projects.into_iter().map(Project::from);
        let page = asked.page(
            list.page_tokens.into_iter().zip(projects),
            !list.next_page_token.is_empty(),
        );

        Ok(Some(page.of_total(Some(list.total))))
    }
}
