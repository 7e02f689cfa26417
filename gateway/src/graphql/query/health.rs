//! Whether the platform is well.

use async_graphql::{Context, Object, SimpleObject};

use crate::graphql::Ask;

#[derive(Default)]
pub(crate) struct HealthQuery;

/// Whether the platform is well.
#[derive(SimpleObject)]
struct Health {
    /// `healthy`, or `degraded` when an engine is down.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

#[Object]
impl HealthQuery {
    /// Whether the platform is well.
    async fn health(&self, ctx: &Context<'_>) -> Health {
        let ready = ctx.backend().health.readiness().await.ready;
        Health {
            status: if ready { "healthy" } else { "degraded" },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
