//! Runs: one, and your own.

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments, PageRequest};
use proto::v1::ListRunsRequest;

use crate::{
    graphql::{
        Ask,
        connection::parse_page,
        object::run::{Run, RunStatus},
        scalar::IdInput,
    },
    operation::runs::{GetRun, ListRuns},
};

#[derive(Default)]
pub(crate) struct RunsQuery;

#[Object]
impl RunsQuery {
    /// One run; null when there is none with that id that you may see.
    async fn run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's id, as its events name it.")] id: IdInput,
    ) -> Result<Option<Run>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let run = door.find(GetRun { id }).await?;

        Ok(run.map(Run::new))
    }

    /// Your own runs, newest first.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only runs with this status.")] status: Option<RunStatus>,
        #[graphql(desc = "Only runs after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only runs before the row with this cursor; together with `last`.")] before: Option<
            String,
        >,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<Run>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let asked = parse_page(arguments).map_err(|error| ctx.fail(error))?;

        list_runs(ctx, &asked, status, None).await
    }
}

/// One page of the asker's own runs, or of the attempts at a story; `None` for a story that the asker may not see.
pub(crate) async fn list_runs(
    ctx: &Context<'_>,
    asked: &PageRequest,
    status: Option<RunStatus>,
    story: Option<String>,
) -> Result<Option<Page<Run>>> {
    let door = ctx.door::<ListRuns>().await?.for_page(asked);
    let request = ListRunsRequest {
        status: status.map_or(0, i32::from),
        page_size: Some(asked.size),
        page_token: Some(asked.token.clone()).filter(|token| !token.is_empty()),
        backward: asked.backward,
        with_total: ctx.look_ahead().field("totalCount").exists(),
        story_id: story,
    };
    let list = match request.story_id {
        Some(_) => door.find(ListRuns(request)).await?,
        None => Some(door.perform(ListRuns(request)).await?),
    };
    let Some(list) = list else {
        return Ok(None);
    };

    let rows = list.runs.into_iter().map(|mut run| {
        let cursor = run.page_token.take().unwrap_or_default();
        (cursor, Run::new(run))
    });

    let page = asked.page(rows, list.next_page_token.is_some());
    Ok(Some(page.of_total(list.total)))
}
