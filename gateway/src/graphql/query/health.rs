//! Whether the platform is well.

use async_graphql::{Context, Enum, Object, SimpleObject};

use crate::graphql::Ask;

#[derive(Default)]
pub(crate) struct HealthQuery;

/// How well the platform is.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "HealthStatus")]
enum PlatformHealth {
    /// Everything that it needs answers.
    Healthy,
    /// Something that it needs is down, or it is starting or stopping.
    Degraded,
}

/// Whether the platform is well.
#[derive(SimpleObject)]
struct Health {
    /// How well the platform is, in one word.
    status: PlatformHealth,
    /// The version of the server that answers.
    version: &'static str,
    /// The name of the service that answers.
    service: &'static str,
    /// Each part that this server needs.
    dependencies: Vec<Dependency>,
}

/// A part that the server needs.
#[derive(SimpleObject)]
struct Dependency {
    /// Who needs it and what it is, e.g. `story.database`.
    name: String,
    /// Whether it answers at the moment.
    up: bool,
}

#[Object]
impl HealthQuery {
    /// Whether the platform is well.
    async fn health(&self, ctx: &Context<'_>) -> Health {
        let readiness = ctx.backend().health.readiness().await;
        // Why a part is down is for the admin port and the log, not for everybody.
        let needs = readiness.needs.into_iter().map(|need| Dependency {
            name: format!("{}.{}", need.role, need.need),
            up: need.up,
        });

        Health {
            status: if readiness.ready {
                PlatformHealth::Healthy
            } else {
                PlatformHealth::Degraded
            },
            version: env!("CARGO_PKG_VERSION"),
            service: "saga",
            dependencies: needs.collect(),
        }
    }
}
