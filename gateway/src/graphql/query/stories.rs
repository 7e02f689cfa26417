//! Stories: one, one that is shared, and your own.

use async_graphql::{Context, Enum, InputObject, Object, Result, SelectionField};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1::{self, ListStoriesRequest};

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        connection::parse_page,
        object::{
            run::RunStatus,
            story::{Story, StoryKind, StoryState},
        },
        scalar::IdInput,
    },
    operation::stories::{GetSharedStory, GetStory, ListStories},
};

#[derive(Default)]
pub(crate) struct StoriesQuery;

/// What stories can be ordered by.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum StoryOrderField {
    /// The moment at which a story was asked for.
    CreatedAt,
    /// The moment at which a story, or the attempt at making it, last changed.
    UpdatedAt,
}

/// Which end of an order comes first.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum OrderDirection {
    /// The earliest comes first.
    Asc,
    /// The latest comes first.
    Desc,
}

/// The order of a list of stories; equal ones stand by their ids.
#[derive(InputObject)]
struct StoryOrder {
    /// What the stories are ordered by.
    field: StoryOrderField,
    /// Whether the latest or the earliest comes first.
    direction: OrderDirection,
}

impl From<StoryOrder> for v1::StoryOrder {
    fn from(order: StoryOrder) -> Self {
        match (order.field, order.direction) {
            (StoryOrderField::CreatedAt, OrderDirection::Desc) => Self::Newest,
            (StoryOrderField::CreatedAt, OrderDirection::Asc) => Self::Oldest,
            (StoryOrderField::UpdatedAt, OrderDirection::Desc) => Self::LastChanged,
            (StoryOrderField::UpdatedAt, OrderDirection::Asc) => Self::FirstChanged,
        }
    }
}

/// Fields of a story that are in its headline. Whoever asks for another one gets all of it read.
pub(crate) const STORY_HEADLINE_FIELDS: &[&str] = &[
    "__typename",
    "createdAt",
    "errorCode",
    "errorMessage",
    "errorReason",
    "id",
    "kind",
    "offline",
    "percent",
    "progress",
    "share",
    "status",
    "title",
    "updatedAt",
];

/// Whether what is selected of a page's stories are their headlines only.
fn asks_for_headlines(ctx: &Context<'_>) -> bool {
    let page: Vec<_> = ctx.field().selection_set().collect();
    let nodes = fields_inside(&page, "nodes");
    let of_edges = fields_inside(&fields_inside(&page, "edges"), "node");

    nodes
        .iter()
        .chain(&of_edges)
        .all(|field| STORY_HEADLINE_FIELDS.contains(&field.name()))
}

/// What is selected inside of those of these fields that have the name.
fn fields_inside<'a>(fields: &[SelectionField<'a>], name: &str) -> Vec<SelectionField<'a>> {
    let named = fields.iter().filter(|field| field.name() == name);
    named.flat_map(SelectionField::selection_set).collect()
}

#[Object]
impl StoriesQuery {
    /// One story; null when there is none with that id that you may see.
    async fn story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story's id, as it was answered when the story was begun.")] id: IdInput,
    ) -> Result<Option<Story>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let story = door.find(GetStory { id }).await?;

        Ok(story.map(Story::new))
    }

    /// The story that its owner shares by this link, signed in or not; null when the link leads nowhere any more.
    async fn shared_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link: `Story.share.token`.")] token: String,
    ) -> Result<Option<Story>> {
        let story = ctx.door().await?.find(GetSharedStory { token }).await?;
        Ok(story.map(Story::new))
    }

    /// Your own stories, newest first unless another order is asked for.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn stories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only stories of this kind.")] kind: Option<StoryKind>,
        #[graphql(desc = "Only stories that stand here, as `Story.status` shows it.")] status: Option<
            StoryState,
        >,
        #[graphql(
            desc = "Only stories whose current run has this status.",
            deprecation = "`status` takes what `Story.status` shows."
        )]
        run_status: Option<RunStatus>,
        #[graphql(
            desc = "Only stories whose title or repository has all of these words, in any case: at most 200 characters."
        )]
        search: Option<String>,
        #[graphql(desc = "The order of the list; by `CREATED_AT`, the latest first, when left out.")]
        order_by: Option<StoryOrder>,
        #[graphql(desc = "Only stories after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only stories before the row with this cursor; together with `last`.")]
        before: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<Story>>> {
        let door = ctx.door::<ListStories>().await?;
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;
        let mut request = ListStoriesRequest {
            kind: kind.map_or(0, i32::from),
            status: run_status.map_or(0, i32::from),
            page_size: Some(asked.size),
            page_token: Some(asked.token.clone()).filter(|token| !token.is_empty()),
            search: search.unwrap_or_default(),
            order: order_by.map_or(0, |order| v1::StoryOrder::from(order).into()),
            backward: asked.backward,
            with_total: ctx.look_ahead().field("totalCount").exists(),
            headlines: asks_for_headlines(ctx),
            ..ListStoriesRequest::default()
        };
        match (status, run_status) {
            (Some(_), Some(_)) => {
                let expected = "expected either `status` or `runStatus`";
                return Err(ctx.fail(ApiError::field("runStatus", "value_error", expected)));
            }
            (Some(status), None) => status.filter(&mut request),
            (None, _) => {}
        }
        let list = door.for_page(&asked).perform(ListStories(request)).await?;

        let rows = list.stories.into_iter().map(|mut story| {
            let cursor = story.page_token.take().unwrap_or_default();
            (cursor, Story::new(story))
        });

        let page = asked.page(rows, list.next_page_token.is_some());
        Ok(Some(page.of_total(list.total)))
    }
}
