//! What every handler can reach: one value, built once, shared by all requests.

use std::sync::Arc;

use kit::{blobs::Blobs, clock::SharedClock, health::Health, media::MediaSigner};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assets::Files,
    clients::Clients,
    config::GatewayConfig,
    graphql::{Asker, Engine, graphiql::Graphiql},
    identity::{Authenticator, Call, Guests, Proxies, PublicBase},
    limits::Limits,
    rest::docs::Docs,
    stream::hub::Hub,
    view::stories::Links,
};

pub(crate) struct App {
    pub(crate) config: GatewayConfig,
    pub(crate) public_base: Option<Arc<str>>,
    pub(crate) clients: Clients,
    /// Who is who.
    pub(crate) people: Arc<Authenticator>,
    pub(crate) guests: Guests,
    pub(crate) proxies: Proxies,
    pub(crate) limits: Arc<Limits>,
    pub(crate) signer: MediaSigner,
    pub(crate) blobs: Blobs,
    pub(crate) hub: Hub,
    pub(crate) graphql: Engine,
    pub(crate) docs: Docs,
    pub(crate) page: Files,
    pub(crate) graphiql: Graphiql,
    pub(crate) health: Health,
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
    /// Who asks GraphQL, and what it lets them.
    pub(crate) fn asker(&self, call: Call, base: PublicBase) -> Asker {
        let introspection = self.config.graphql.introspection;

        Asker {
            may_read_schema: introspection.open_to(self.development, &call.actor),
            call,
            base,
        }
    }
}
