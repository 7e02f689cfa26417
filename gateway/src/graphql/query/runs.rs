//! Runs: one, and your own.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use gql::connection::{PAGE_DEFAULT, Page};
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
    async fn run(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: IdInput) -> Result<Option<Run>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let run = door.find(GetRun { id }).await?;

        Ok(run.map(|run| Run(Arc::new(run))))
    }

    /// Your own runs, newest first.
    async fn runs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with this status.")] status: Option<RunStatus>,
        #[graphql(desc = "Only those after the row with this cursor.")] after: Option<String>,
        #[graphql(desc = "How many: 1 to 100.", default_with = "Some(PAGE_DEFAULT)")] first: Option<i64>,
    ) -> Result<Option<Page<Run>>> {
        let door = ctx.door::<ListRuns>().await?;
        let asked = parse_page(first, after).map_err(|error| ctx.fail(error))?;
        let request = ListRunsRequest {
            status: status.map_or(0, i32::from),
            page_size: asked.size,
            page_token: asked.token.clone(),
        };
        let list = door.perform(ListRuns(request)).await?;

        let rows = list.runs.into_iter().map(|mut run| {
            let cursor = std::mem::take(&mut run.page_token);
            (cursor, Run(Arc::new(run)))
        });

        Ok(Some(asked.page(rows, !list.next_page_token.is_empty())))
    }
}
