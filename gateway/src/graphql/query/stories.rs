//! Stories: one, and your own.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page};
use kit::ErrorKind;
use proto::v1::ListStoriesRequest;

use crate::graphql::{
    Ask,
    connection::{parse_page, refuse_page},
    object::{
        run::RunStatus,
        story::{Story, StoryKind},
    },
    scalar::IdInput,
};
use crate::identity::ReadStories;

#[derive(Default)]
pub(crate) struct StoriesQuery;

#[Object]
impl StoriesQuery {
    /// One story; null when there is none with that id that you may see.
    async fn story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: IdInput,
    ) -> Result<Option<Story>> {
        let call = ctx.scoped::<ReadStories>()?;
        let id = id.parse_as("id").map_err(|error| ctx.fail(error))?;
        match ctx.backend().clients.get_story(&call, id).await {
            Ok(story) => Ok(Some(Story(Arc::new(story)))),
            Err(problem) if problem.kind == ErrorKind::NotFound => Ok(None),
            Err(problem) => Err(ctx.refuse(problem, "story")),
        }
    }

    /// Your own stories, newest first.
    async fn stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this kind.")] kind: Option<StoryKind>,
        #[graphql(desc = "Only those whose current run has this status.")] status: Option<RunStatus>,
        #[graphql(desc = "Only those after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many: 1 to 100.", default_with = "Some(PAGE_DEFAULT)")] first: Option<i64>,
    ) -> Result<Option<Page<Story>>> {
        let call = ctx.scoped::<ReadStories>()?;
        let asked = parse_page(first, after).map_err(|error| ctx.fail(error))?;
        let message = ListStoriesRequest {
            kind: kind.map_or(0, i32::from),
            status: status.map_or(0, i32::from),
            page_size: asked.size,
            page_token: asked.token.clone(),
        };
        let list = ctx.backend().clients.stories_page(&call, message).await;
        let list = list.map_err(|problem| ctx.fail(refuse_page(problem, "story")))?;
        let rows = list.stories.into_iter().map(|mut story| {
            let cursor = std::mem::take(&mut story.page_token);
            (cursor, Story(Arc::new(story)))
        });

        Ok(Some(asked.page(rows, !list.next_page_token.is_empty())))
    }
}
