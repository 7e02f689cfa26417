//! The making of a story, live.

use std::{future::ready, sync::Arc};

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};

use super::watching;
use crate::{
    graphql::{Ask, object::progress::StoryProgress, scalar::IdInput},
    operation::stories::{WatchStory, WatchedStory},
    stream::place::EventPlace,
    view::stories::Links,
};

#[derive(Default)]
pub(crate) struct StoriesSubscription;

#[Subscription]
impl StoriesSubscription {
    /// What happened in the current attempt at a story, and what happens, until it has ended and everything was told. A
    /// subscription that ends with the code `TOO_SLOW` or `GOING_AWAY` is begun again with the last number that came.
    async fn story_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story's id.")] id: IdInput,
        #[graphql(
            desc = "Number of the last event that you have; without it, everything is told from the start. A \
                          number that this attempt has not reached is one of an earlier attempt: you are told \
                          everything."
        )]
        after: Option<i64>,
        #[graphql(
            desc = "The attempt whose event `after` is: the `run` of that event. After another attempt than the \
                          current one, you are told everything."
        )]
        run: Option<IdInput>,
    ) -> Result<impl Stream<Item = Result<StoryProgress>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let number = watching::parse_after(after).map_err(|error| ctx.fail(error))?;
        let run = run.map(|run| ctx.parse_id(&run, "run")).transpose()?;
        let after = EventPlace::new(number, run.map(|run| run.to_string()));
        let WatchedStory { story, after, .. } = door.perform(WatchStory { id, after }).await?;

        let frames = watching::watch(ctx, &story.run_id, after)?;
        let (backend, base) = (Arc::clone(ctx.backend()), ctx.asker().base.clone());

        Ok(frames.filter_map(move |frame| {
            let links = Links {
                base: &base.0,
                signer: &backend.signer,
            };
            ready(match frame {
                Ok(frame) => StoryProgress::read(&frame, &story.id, links).map(Ok),
                Err(error) => Some(Err(error)),
            })
        }))
    }
}
