//! What every handler can reach: one value, built once, shared by all requests.

use std::sync::Arc;

use kit::{blobs::Blobs, clock::SharedClock, health::Health, media::MediaSigner};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assets::Files,
    config::GatewayConfig,
    error::ApiError,
    graphql::{Asker, Engine, graphiql::Graphiql, schema_file::SchemaFile},
    identity::{HasIdentity, IdentityResolver, PublicBase, RequestContext},
    operation::{Operation, Operations},
    rest::{docs::Docs, health::LastHealth, media::FileDelivery},
    stream::hub::Hub,
    view::stories::Links,
};

pub(crate) struct App {
    pub(crate) config: GatewayConfig,
    /// Who is who.
    pub(crate) identity: Arc<IdentityResolver>,
    /// What they do.
    pub(crate) operations: Arc<Operations>,
    pub(crate) signer: MediaSigner,
    pub(crate) blobs: Blobs,
    /// Who sends files.
    pub(crate) media: FileDelivery,
    pub(crate) hub: Hub,
    pub(crate) graphql: Engine,
    pub(crate) docs: Docs,
    pub(crate) page: Files,
    pub(crate) graphiql: Graphiql,
    pub(crate) schema_file: SchemaFile,
    pub(crate) health: Health,
    pub(crate) last_health: LastHealth,
    pub(crate) clock: SharedClock,
    pub(crate) development: bool,
    /// Cancelled when the process begins to stop: streams say goodbye.
    pub(crate) stop: CancellationToken,
    /// Streams that are open; a connection that was upgraded is not counted by the server any more.
    pub(crate) streams: TaskTracker,
}

impl App {
    pub(crate) fn links<'a>(&'a self, base: &'a PublicBase) -> Links<'a> {
        Links {
            base: &base.0,
            signer: &self.signer,
        }
    }

    /// What belongs to an operation that was admitted and counted.
    pub(crate) async fn perform<O: Operation>(
        &self,
        context: &RequestContext,
        operation: O,
    ) -> Result<O::Output, ApiError> {
        let performed = self.operations.perform(operation, context).await;
        performed.map(|(output, _)| output).map_err(O::refuse)
    }

    /// Who asks GraphQL, and what it lets them.
    pub(crate) fn asker(&self, call: RequestContext, base: PublicBase) -> Asker {
        let introspection = self.config.graphql.introspection;

        Asker {
            may_read_schema: introspection.open_to(self.development, &call.actor),
            call,
            base,
            keeps_cookies: true,
        }
    }
}

impl HasIdentity for Arc<App> {
    fn identity(&self) -> &IdentityResolver {
        &self.identity
    }
}
