//! The making of a story, live.

use std::{future::ready, sync::Arc};

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};

use super::watching;
use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::{progress::StoryProgress, story_event::StoryEvent},
        scalar::IdInput,
    },
    operation::stories::{FollowStory, WatchStory, WatchedStory},
    stream::{hub::Watched, place::EventPlace},
    view::stories::Links,
};

#[derive(Default)]
pub(crate) struct StoriesSubscription;

#[Subscription]
impl StoriesSubscription {
    /// What happened in the current attempt at a story, and what happens, until it has ended and everything was told. Whoever
    /// comes back with the cursor of the last event misses nothing: after an event of an earlier attempt, everything of the
    /// current one is told. So a subscription is begun again that ends with the code `TOO_SLOW` or `GOING_AWAY`.
    async fn story_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the story to watch.")] id: IdInput,
        #[graphql(
            desc = "Cursor of the last event that you have; without it, everything is told from the start."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<StoryEvent>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let after = match after {
            None => EventPlace::default(),
            Some(cursor) => EventPlace::decode(&cursor).ok_or_else(|| {
                let expected = "expected the cursor of an event of this story";
                ctx.fail(ApiError::field("after", "value_error", expected))
            })?,
        };
        let watched = door.perform(FollowStory(WatchStory { id, after })).await?;

        let WatchedStory { story, after, .. } = watched;
        let frames = watching::watch(
            ctx,
            &Watched::Run(story.run_id.clone()),
            after,
            watching::ResumedBy::Cursor,
        )?;
        let (backend, base) = (Arc::clone(ctx.backend()), ctx.asker().base.clone());

        Ok(frames.filter_map(move |frame| {
            let links = Links {
                base: &base.0,
                signer: &backend.signer,
            };
            ready(match frame {
                Ok(frame) => StoryEvent::read(&frame, &story.id, links).map(Ok),
                Err(error) => Some(Err(error)),
            })
        }))
    }

    /// The same as `storyEvents`, as one type with a field for everything that can happen.
    #[graphql(
        deprecation = "`storyEvents` has a type for each kind of event, and a cursor that knows its attempt."
    )]
    async fn story_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the story to watch.")] id: IdInput,
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

        let frames = watching::watch(
            ctx,
            &Watched::Run(story.run_id.clone()),
            after,
            watching::ResumedBy::Number,
        )?;
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
