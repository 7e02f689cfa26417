//! Runs: cancelled.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    graphql::{Ask, object::run::Run, scalar::IdInput},
    operation::runs::CancelRun,
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
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let run = door.perform(CancelRun { id }).await?;

        Ok(Some(CancelRunPayload {
            run: Run(Arc::new(run)),
        }))
    }
}
