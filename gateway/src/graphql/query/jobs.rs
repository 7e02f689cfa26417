//! Jobs of CodeForge's agents.

use async_graphql::{Context, Object, Result};
use proto::v1::GetJobRequest;

use crate::{
    graphql::{Ask, object::job::Job, scalar::IdInput},
    operation::jobs::GetJob,
};

#[derive(Default)]
pub(crate) struct JobsQuery;

#[Object]
impl JobsQuery {
    /// One job of yours; null when there is none with that id.
    async fn job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the job.")] id: IdInput,
    ) -> Result<Option<Job>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let job = door.find(GetJob(GetJobRequest { id })).await?;

        Ok(job.map(Job::new))
    }
}
