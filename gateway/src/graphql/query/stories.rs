//! Stories: one, and your own.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page};
use proto::v1::ListStoriesRequest;

use crate::{
    graphql::{
        Ask,
        connection::parse_page,
        object::{
            run::RunStatus,
            story::{Story, StoryKind},
        },
        scalar::IdInput,
    },
    operation::stories::{GetStory, ListStories},
};

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
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let story = door.find(GetStory { id }).await?;

        Ok(story.map(|story| Story(Arc::new(story))))
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
        let door = ctx.door::<ListStories>().await?;
        let asked = parse_page(first, after).map_err(|error| ctx.fail(error))?;
        let request = ListStoriesRequest {
            kind: kind.map_or(0, i32::from),
            status: status.map_or(0, i32::from),
            page_size: asked.size,
            page_token: asked.token.clone(),
        };
        let list = door.perform(ListStories(request)).await?;

        let rows = list.stories.into_iter().map(|mut story| {
            let cursor = std::mem::take(&mut story.page_token);
            (cursor, Story(Arc::new(story)))
        });

        Ok(Some(asked.page(rows, !list.next_page_token.is_empty())))
    }
}
