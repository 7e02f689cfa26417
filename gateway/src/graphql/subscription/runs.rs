//! A run's events, live.

use std::sync::Arc;

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};

use super::watching;
use crate::{
    error::ApiError,
    graphql::{Ask, object::run_event::RunEvent, scalar::IdInput},
    operation::runs::WatchRun,
    stream::{hub::Watched, place::EventPlace},
    view::stories::Links,
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
        #[graphql(desc = "The id of the run to watch.")] id: IdInput,
        #[graphql(
            desc = "Number of the last event that you have; without it, everything is told from the start."
        )]
        after: Option<i64>,
        #[graphql(desc = "Cursor of the last event that you have. It wins over `after`.")] cursor: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Result<RunEvent>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let number = watching::parse_after(after).map_err(|error| ctx.fail(error))?;
        let place = cursor.map(|cursor| {
            EventPlace::decode(&cursor).ok_or_else(|| {
                let expected = "expected the cursor of an event of this run";
                ctx.fail(ApiError::field("cursor", "value_error", expected))
            })
        });
        let place = place.transpose()?;
        let run = door.perform(WatchRun { id }).await?;

        let (after, resume) = match place {
            Some(place) => (place.number_in(&run.id), watching::ResumedBy::Cursor),
            None => (number, watching::ResumedBy::Number),
        };
        let frames = watching::watch(ctx, &Watched::Run(run.id), after, resume)?;
        let (backend, base) = (Arc::clone(ctx.backend()), ctx.asker().base.clone());

        Ok(frames.map(move |frame| {
            let links = Links {
                base: &base.0,
                signer: &backend.signer,
            };
            frame.map(|frame| RunEvent::read(frame.event(), links))
        }))
    }
}
