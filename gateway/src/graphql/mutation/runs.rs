//! Runs: cancelled.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, input, object::run::Run, scalar::IdInput},
    identity::WriteStories,
};

#[derive(Default)]
pub(crate) struct RunsMutation;

/// Which run to stop.
#[derive(InputObject)]
struct CancelRunInput {
    /// Its id.
    id: IdInput,
}

/// What became of the run.
#[derive(SimpleObject)]
struct CancelRunPayload {
    /// The run, which is stopping or has stopped.
    run: Run,
}

#[Object]
impl RunsMutation {
    /// Stop a run of yours. What was finished is kept.
    async fn cancel_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CancelRunInput,
    ) -> Result<Option<CancelRunPayload>> {
        let call = ctx.scoped::<WriteStories>()?;
        let id = input.id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
        let run = ctx.backend().clients.cancel_run(&call, id).await;
        let run = run.map_err(|problem| ctx.fail(input::refused(problem, "story")))?;
        let run = Run(Arc::new(run));
        Ok(Some(CancelRunPayload { run }))
    }
}
