//! A workflow's events, live.

use std::sync::Arc;

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};
use proto::v1::GetSharedWorkflowRequest;

use super::watching;
use crate::{
    graphql::{Ask, object::workflow_event::WorkflowEvent, scalar::IdInput},
    operation::workflows::{WatchSharedWorkflow, WatchWorkflow},
    stream::workflows::{Listener, Picked, start_after},
    view::akd::events::Mode,
};

#[derive(Default)]
pub(crate) struct WorkflowsSubscription;

#[Subscription]
impl WorkflowsSubscription {
    /// What happened in a workflow, and what happens, through all its runs until the current one has ended and everything was
    /// told. A subscription that ends with the code `TOO_SLOW` or `GOING_AWAY` is begun again with the last number that came.
    async fn workflow_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of the workflow to watch.")] id: IdInput,
        #[graphql(
            desc = "Number of the last event that you have; without it, everything is told from the start."
        )]
        after: Option<i64>,
        #[graphql(
            desc = "Which events are wanted; all but `STATE` when left out. Questions, answers and the end are always told."
        )]
        modes: Option<Vec<Mode>>,
    ) -> Result<impl Stream<Item = Result<WorkflowEvent>> + use<>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&id, "id")?;
        let number = watching::parse_after(after).map_err(|error| ctx.fail(error))?;
        let workflow = door.perform(WatchWorkflow { id }).await?;

        let listener = Listener {
            operations: Arc::clone(&ctx.backend().operations),
            call: door.context.clone(),
            workflow: workflow.id.clone(),
            link: None,
            modes: modes.unwrap_or_default().into(),
        };
        listen(ctx, listener, start_after(number, &workflow))
    }

    /// The same of a workflow that its owner shares, without logs and what was used; it ends with the code
    /// `RESOURCE_NOT_FOUND` as soon as the link is revoked or has expired.
    async fn shared_workflow_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
        #[graphql(
            desc = "Number of the last event that you have; without it, everything is told from the start."
        )]
        after: Option<i64>,
        #[graphql(
            desc = "Which events are wanted; all but `STATE` when left out. Questions, answers and the end are always told."
        )]
        modes: Option<Vec<Mode>>,
    ) -> Result<impl Stream<Item = Result<WorkflowEvent>> + use<>> {
        let door = ctx.door().await?;
        let number = watching::parse_after(after).map_err(|error| ctx.fail(error))?;
        let request = GetSharedWorkflowRequest { token: token.clone() };
        let workflow = door.perform(WatchSharedWorkflow(request)).await?;

        let listener = Listener {
            operations: Arc::clone(&ctx.backend().operations),
            call: door.context.clone(),
            workflow: workflow.id.clone(),
            link: Some(token),
            modes: modes.unwrap_or_default().into(),
        };
        listen(ctx, listener, start_after(number, &workflow))
    }
}

/// The events above `after` that the listener wants.
fn listen(
    ctx: &Context<'_>,
    listener: Listener,
    after: u64,
) -> Result<impl Stream<Item = Result<WorkflowEvent>> + use<>> {
    let frames = watching::watch(ctx, &listener.watched(), after, watching::ResumedBy::Number)?;
    let listener = Arc::new(listener);

    Ok(frames.filter_map(move |frame| {
        let listener = Arc::clone(&listener);
        async move {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => return Some(Err(error)),
            };
            let event = match listener.pick(&frame).await? {
                Picked::AsItIs => WorkflowEvent::from(frame.event()),
                Picked::Read(event) => WorkflowEvent::from(&event),
            };

            Some(Ok(event))
        }
    }))
}
