//! Who asks.

use async_graphql::{Context, Object};

use crate::graphql::{Ask, object::viewer::Viewer};

#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// You.
    async fn me(&self, ctx: &Context<'_>) -> Viewer {
        Viewer(ctx.asker().call.actor.clone())
    }
}
