//! A project, live.

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};
use proto::v1::GetProjectRequest;

use super::watching;
use crate::{
    graphql::{Ask, object::project::Project, scalar::IdInput},
    operation::projects::WatchProject,
};

#[derive(Default)]
pub(crate) struct ProjectsSubscription;

#[Subscription]
impl ProjectsSubscription {
    /// A project of yours: as it is, and after each change of it or its files. It ends with the code `GOING_AWAY` when the server
    /// restarts, and is begun again then.
    async fn project_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the project to watch.")] id: IdInput,
    ) -> Result<impl Stream<Item = Result<Project>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let told = door.perform(WatchProject(GetProjectRequest { id })).await?;

        let projects = told.map(|next| next.map(Project::from));
        Ok(watching::follow(ctx, "story", projects))
    }
}
