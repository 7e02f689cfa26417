//! Runs: cancelled, answered, and begun anew at one of their checkpoints.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use crate::{
    error::ApiError,
    graphql::{
        Ask,
        object::run::Run,
        scalar::{IdInput, Json},
    },
    operation::runs::{AnswerRun, CancelRun, ForkRun},
};

#[derive(Default)]
pub(crate) struct RunsMutation;

/// The run that is to stop.
#[derive(InputObject)]
struct CancelRunInput {
    /// The id of a run of yours that has not ended.
    id: IdInput,
}

/// What became of a run that was to stop.
#[derive(SimpleObject)]
struct CancelRunPayload {
    /// The run, which is stopping or has stopped.
    run: Run,
}

/// The answer to the question that a run waits on.
#[derive(InputObject)]
struct AnswerRunInput {
    /// The id of a run of yours whose status is `WAITING_FOR_INPUT`.
    id: IdInput,
    /// The answer, in the form that `Run.question` asks for: where that has a `response_schema`, it must fit it.
    answer: Json,
}

/// What became of a run that was answered.
#[derive(SimpleObject)]
struct AnswerRunPayload {
    /// The run, which goes on.
    run: Run,
}

/// The checkpoint at which a new run begins.
#[derive(InputObject)]
struct ForkRunInput {
    /// The id of a run of yours. If it made a story, that must not be in the making.
    id: IdInput,
    /// The checkpoint's number, as `Run.checkpoints` lists it; 0 is the beginning.
    step: i64,
}

/// A run that was begun at a checkpoint of another one.
#[derive(SimpleObject)]
struct ForkRunPayload {
    /// The new run, which is queued. For a story, it is the current attempt from now on.
    run: Run,
}

#[Object]
impl RunsMutation {
    /// Stop a run of yours. What was finished is kept.
    async fn cancel_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run that is to stop.")] input: CancelRunInput,
    ) -> Result<Option<CancelRunPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let run = door.perform(CancelRun { id }).await?;

        Ok(Some(CancelRunPayload { run: Run::new(run) }))
    }

    /// Answer the question that a run of yours waits on. A question takes one answer: a second one is refused.
    async fn answer_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run and the answer.")] input: AnswerRunInput,
    ) -> Result<Option<AnswerRunPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let answer = input.answer.0.into_json().map_err(|_| {
            let expected = "expected a JSON value";
            ctx.fail(ApiError::field("input.answer", "value_error", expected))
        })?;
        let operation = AnswerRun {
            id,
            answer: answer.to_string(),
        };
        let run = door.perform(operation).await?;

        Ok(Some(AnswerRunPayload { run: Run::new(run) }))
    }

    /// Begin a new run at a checkpoint of one of yours: what was done by then is not done again.
    async fn fork_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run and its checkpoint.")] input: ForkRunInput,
    ) -> Result<Option<ForkRunPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let step = u64::try_from(input.step).map_err(|_| {
            let expected = "expected the number of a checkpoint: 0, 1, 2…";
            ctx.fail(ApiError::field("input.step", "value_error", expected))
        })?;
        let run = door.perform(ForkRun { id, step }).await?;

        Ok(Some(ForkRunPayload { run: Run::new(run) }))
    }
}
