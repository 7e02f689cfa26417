//! A run's events, live.

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};

use super::watching;
use crate::{
    graphql::{Ask, object::run_event::RunEvent, scalar::IdInput},
    operation::runs::WatchRun,
};

#[derive(Default)]
pub(crate) struct RunsSubscription;

#[Subscription]
impl RunsSubscription {
    /// What happened in a run, and what happens, until it has ended and everything was told. A subscription that ends
    /// with the code `TOO_SLOW` or `GOING_AWAY` is begun again with the last number that came.
    async fn run_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id.")] id: IdInput,
        #[graphql(
            desc = "Number of the last event that you have; without it, everything is told from the start."
        )]
        after: Option<i64>,
    ) -> Result<impl Stream<Item = Result<RunEvent>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let after = watching::parse_after(after).map_err(|error| ctx.fail(error))?;
        let run = door.perform(WatchRun { id }).await?;

        let frames = watching::watch(ctx, &run.id, after)?;
        Ok(frames.map(|frame| frame.map(RunEvent)))
    }
}
