//! What somebody uses, live.

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};

use super::watching;
use crate::{
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
        let told = ctx.door().await?.perform(WatchUsage).await?;
        let usages = told.map(|next| next.map(MonthUsage::from));

        Ok(watching::follow(ctx, "billing", usages))
    }
}
