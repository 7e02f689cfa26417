//! Who asks.

use async_graphql::{Context, Object};

use crate::{
    graphql::{Ask, object::viewer::Viewer},
    identity::AuthMethod,
};

#[derive(Default)]
pub(crate) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// You; null when you have not signed in, where no guests are allowed.
    async fn me(&self, ctx: &Context<'_>) -> Option<Viewer> {
        find_viewer(ctx)
    }

    /// The same as `me`.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<Viewer> {
        find_viewer(ctx)
    }
}

fn find_viewer(ctx: &Context<'_>) -> Option<Viewer> {
    let call = &ctx.asker().call;
    (call.auth_method != AuthMethod::Nobody).then(|| Viewer(call.clone()))
}
