//! The only public door: REST, WebSocket, SSE, media and the OpenAPI document. It checks what comes in, asks the
//! services, and shapes what goes out; it stores nothing and decides nothing about stories.

mod admission;
mod answer_notes;
mod app;
mod assets;
mod config;
mod connection_end;
mod error;
mod error_format;
mod extract;
mod graphql;
mod identity;
mod layers;
mod limits;
mod operation;
mod page;
mod rest;
mod router;
mod serve;
mod services;
mod socket;
mod stream;
mod unread_body;
mod view;

#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

use axum::Router;
use kit::{
    actor::ActorKey,
    blobs::Blobs,
    clock::SharedClock,
    health::Health,
    media::MediaSigner,
    rpc::{Caller, RpcChannel},
    secrets::Key,
    shutdown::Shutdown,
};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

pub use crate::{
    config::{Exposure, GatewayConfig, GraphqlConfig, MediaConfig, MediaDelivery, StreamConfig},
    graphql::{graphiql::read_own_explorer, sdl},
    limits::{RateLimitConfig, RedisConfig, SharedCounters, SharedCountersError},
    operation::OperationEntry,
    router::{ListedDoor, document, doors},
};

/// What the gateway is made from.
pub struct Deps {
    /// Stories and runs.
    pub story: RpcChannel,
    pub agent: RpcChannel,
    /// Accounts, sessions and keys.
    pub auth: RpcChannel,
    /// What people's devices keep.
    pub backup: RpcChannel,
    /// What tiers contain, and what is bought.
    pub billing: RpcChannel,
    /// Signs who asks, for the services.
    pub actor_key: ActorKey,
    /// Signs the guest cookie.
    pub guest_key: Key,
    pub signer: MediaSigner,
    pub blobs: Blobs,
    pub config: GatewayConfig,
    /// Where requests are counted together with other gateways.
    pub counters: Option<SharedCounters>,
    /// Whether developers are the users: the schema is open to everybody then, unless the configuration says otherwise.
    pub development: bool,
    pub clock: SharedClock,
    pub health: Health,
    /// Streams say goodbye when it turns soft.
    pub shutdown: Shutdown,
}

#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    #[error("the OpenAPI document could not be written")]
    Document(#[source] serde_json::Error),
    #[error(transparent)]
    Media(#[from] rest::media::FileDeliveryError),
    #[error("GraphQL cannot be served")]
    Graphql(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The door, ready to be opened.
pub struct Gateway {
    router: Router,
    config: GatewayConfig,
    streams: TaskTracker,
    shutdown: Shutdown,
}

impl Gateway {
    pub fn build(deps: Deps) -> Result<Self, GatewayError> {
        let Deps {
            story,
            agent,
            auth,
            backup,
            billing,
            actor_key,
            guest_key,
            signer,
            blobs,
            config,
            counters,
            development,
            clock,
            health,
            shutdown,
        } = deps;
        let caller = Caller::new(actor_key, clock.clone());
        let csrf = identity::CsrfKey::new(guest_key.clone());
        let guests = Arc::new(identity::Guests::new(guest_key, config.allow_anonymous));
        let services = services::Services {
            story,
            agent,
            auth,
            backup,
            billing,
            caller,
            guests: Arc::clone(&guests),
            timeout: config.request_timeout(),
            agent_timeout: config.agent_timeout(),
        };

        let limits = limits::Limits::new(
            config.rate_limits,
            development,
            counters,
            clock.clone(),
            services.clone(),
        );
        let limits = Arc::new(limits);
        let authenticator = identity::Authenticator::new(&services, Arc::clone(&limits), clock.clone(), csrf);
        let authenticator = Arc::new(authenticator);
        let identity = identity::IdentityResolver {
            authenticator: Arc::clone(&authenticator),
            guests,
            proxies: identity::Proxies::new(config.trusted_proxies.clone()),
            public_base: config.public_url.as_deref().map(Arc::from),
            hosts: identity::Hosts::new(config.public_url.as_deref(), &config.hosts, config.listen),
            listen: config.listen,
            origins: config.cors_origins.clone(),
        };

        let streams = TaskTracker::new();
        let hub = stream::hub::Hub::new(services.clone(), signer.clone(), &config.stream);
        let operations = Arc::new(operation::Operations {
            services,
            limits,
            authenticator,
        });
        let backend = graphql::Backend {
            operations: Arc::clone(&operations),
            hub: hub.clone(),
            signer: signer.clone(),
            health: health.clone(),
            stop: shutdown.soft.clone(),
            json: graphql::scalar::JsonCache::default(),
        };

        let app = app::App {
            graphql: gql::Engine::new(graphql::schema(backend), config.graphql.engine())
                .map_err(|err| GatewayError::Graphql(Box::new(err)))?,
            identity: Arc::new(identity),
            operations,
            hub,
            page: page::files(config.graphql.graphiql, development),
            schema_file: graphql::schema_file::SchemaFile::new(&graphql::sdl()),
            graphiql: graphql::graphiql::Graphiql::new(config.graphql.graphiql, development),
            docs: rest::docs::Docs::new(&document()).map_err(GatewayError::Document)?,
            stop: shutdown.soft.clone(),
            streams: streams.clone(),
            development,
            config: config.clone(),
            signer,
            media: rest::media::FileDelivery::build(&config.media, &blobs)?,
            blobs,
            health,
            last_health: rest::health::LastHealth::default(),
            clock,
        };

        Ok(Self {
            router: router::build(Arc::new(app)),
            config,
            streams,
            shutdown,
        })
    }

    /// All routes, for callers that serve them in another way.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves HTTP/1.1 and h2c until `shutdown` is soft and every connection has ended, or `shutdown` is hard.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        serve::serve(listener, self.router, &self.config, self.streams, &self.shutdown).await
    }
}
