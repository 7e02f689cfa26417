//! What somebody uses, live.

use std::sync::Arc;

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};
use http::StatusCode;
use kit::Problem;

use crate::{
    error::ApiError,
    graphql::{Ask, object::spending::MonthUsage},
    operation::spending::WatchUsage,
};

#[derive(Default)]
pub(crate) struct UsageSubscription;

#[Subscription]
impl UsageSubscription {
    /// What you used this month: as it is, and after each change. It ends with the code `GOING_AWAY` when the server restarts, and is
    /// begun again then.
    async fn usage_changed(
        &self,
        ctx: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<MonthUsage>> + use<>> {
        let mut told = ctx.door().await?.perform(WatchUsage).await?;
        let (backend, asker) = (ctx.backend(), ctx.asker());
        let (stop, request_id) = (backend.stop.clone(), asker.call.request_id.clone());
        let ended = Arc::clone(&backend.operations.authenticator).until_ended(asker.call.clone());

        Ok(async_stream::stream! {
            let mut ended = std::pin::pin!(ended);
            let mut stop = std::pin::pin!(stop.cancelled_owned());
            let end = loop {
                let next = tokio::select! {
                    next = told.next() => next,
                    () = &mut stop => break going_away(),
                    () = &mut ended => break ApiError::signed_out(),
                };
                match next {
                    Some(Ok(usage)) => yield Ok(usage.into()),
                    Some(Err(status)) => break ApiError::from_problem(Problem::from_status(&status), "billing"),
                    None => break going_away(),
                }
            };
            yield Err(end.graphql(request_id.as_str()));
        })
    }
}

fn going_away() -> ApiError {
    let message = "The server is restarting. Subscribe again.";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "GOING_AWAY", message)
}
