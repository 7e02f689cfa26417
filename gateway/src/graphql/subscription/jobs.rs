//! A job, whenever something has changed about it.

use std::sync::Arc;

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};
use proto::v1::GetJobRequest;

use super::watching;
use crate::{
    graphql::{Ask, object::job::Job, scalar::IdInput},
    operation::jobs::{GetJob, WatchJob},
    stream::hub::Watched,
};

/// Events after which a job is another one.
const CHANGES: [&str; 4] = ["status", "question", "complete", "error"];

#[derive(Default)]
pub(crate) struct JobsSubscription;

#[Subscription]
impl JobsSubscription {
    /// A job as it is now; and again, whenever it has changed, until it has ended.
    async fn job_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the job to watch.")] id: IdInput,
    ) -> Result<impl Stream<Item = Result<Job>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?.to_string();
        let job = door.perform(WatchJob(GetJobRequest { id: id.clone() })).await?;

        let watched = Watched::Run(id.clone());
        let frames = watching::watch(ctx, &watched, job.last_event, watching::ResumedBy::Number)?;
        let operations = Arc::clone(&ctx.backend().operations);
        let call = door.context.clone();

        let changes = frames.filter_map(move |frame| {
            let (operations, call, id) = (Arc::clone(&operations), call.clone(), id.clone());
            async move {
                let frame = match frame {
                    Ok(frame) => frame,
                    Err(error) => return Some(Err(error)),
                };
                if !CHANGES.contains(&frame.event().kind.as_str()) {
                    return None;
                }

                let job = operations.perform(GetJob(GetJobRequest { id }), &call).await;
                job.ok().map(|(job, _)| Ok(Job::new(job)))
            }
        });
        let first = futures::stream::iter([Ok(Job::new(job))]);

        Ok(first.chain(changes))
    }
}
