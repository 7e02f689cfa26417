//! The schema, noun by noun: queries, mutations and subscriptions run in this process, on scripted services.

mod doing;
mod loading;
mod reading;
mod schema;
mod watching;

use std::sync::Arc;

use async_graphql::{Response, futures_util::stream::BoxStream};
use futures::{FutureExt, StreamExt, stream};
use gql::Incoming;
use kit::{
    actor::{Actor, ActorKey},
    clock::SystemClock,
    health::{Health, Phase},
    ids::random_id,
    media::MediaSigner,
    rpc::{Caller, RpcChannel, guard},
    secrets::Key,
};
use proto::v1::{
    accounts_server::AccountsServer, agents_server::AgentsServer, auth_server::AuthServer,
    chats_server::ChatsServer, runs_server::RunsServer, stories_server::StoriesServer,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

use super::{fakes::World, harness};
use crate::{
    GatewayConfig,
    graphql::{self, Asker, Backend, Engine, scalar::JsonCache},
    identity::{Authenticator, Guests, PublicBase},
    limits::Limits,
    operation::Operations,
    services::Services,
    stream::hub::Hub,
};

/// An engine with its scripted services, and someone who asks.
struct Desk {
    world: World,
    signer: MediaSigner,
    stop: CancellationToken,
    health: Health,
    engine: Engine,
    asker: Asker,
}

impl Desk {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        let mut config = harness::config();
        change(&mut config);

        let clock = SystemClock::shared();
        let key = ActorKey::new(Key::random());
        let world = World::default();
        let routes = Routes::new(StoriesServer::new(world.clone()))
            .add_service(RunsServer::new(world.clone()))
            .add_service(AgentsServer::new(world.clone()))
            .add_service(ChatsServer::new(world.clone()))
            .add_service(AuthServer::new(world.clone()))
            .add_service(AccountsServer::new(world.clone()));
        let channel = RpcChannel::local(guard(routes, key.clone(), clock.clone()));
        let caller = Caller::new(key, clock.clone());
        let services = Services {
            story: channel.clone(),
            agent: channel.clone(),
            auth: channel.clone(),
            backup: RpcChannel::later().0,
            billing: channel,
            caller,
            guests: Arc::new(Guests::new(Key::random(), true)),
            timeout: config.request_timeout(),
            agent_timeout: config.agent_timeout(),
        };

        config.rate_limits.enabled = false;

        let limits = Arc::new(Limits::new(
            config.rate_limits,
            false,
            None,
            clock.clone(),
            services.clone(),
        ));
        let authenticator = Arc::new(Authenticator::new(
            &services,
            Arc::clone(&limits),
            clock,
            crate::identity::CsrfKey::new(kit::secrets::Key::random()),
        ));
        let (signer, health, stop) = (
            MediaSigner::new(Key::random()),
            Health::new(),
            CancellationToken::new(),
        );
        health.set_phase(Phase::Serving);

        let backend = Backend {
            hub: Hub::new(services.clone(), signer.clone(), &config.stream),
            operations: Arc::new(Operations {
                services,
                limits,
                authenticator,
            }),
            signer: signer.clone(),
            health: health.clone(),
            stop: stop.clone(),
            json: JsonCache::default(),
        };

        let asker = Asker {
            call: super::call(Actor::guest(random_id())),
            base: PublicBase("https://saga.example".into()),
            may_read_schema: true,
            keeps_cookies: true,
        };

        Self {
            world,
            signer,
            stop,
            health,
            engine: Engine::new(graphql::schema(backend), config.graphql.engine()).expect("an engine"),
            asker,
        }
    }

    fn incoming(query: &str, variables: Value) -> Incoming {
        Incoming {
            query: Some(query.to_owned()),
            variables: variables.as_object().cloned().unwrap_or_default(),
            ..Incoming::default()
        }
    }

    /// The whole response; a request that is not let in is answered with its errors.
    async fn run(&self, query: &str, variables: Value) -> Value {
        let response = match self.engine.prepare(Self::incoming(query, variables), &self.asker) {
            Ok(prepared) => self.engine.execute(prepared).await,
            Err(refused) => Response::from_errors(refused.errors),
        };
        serde_json::to_value(response).unwrap()
    }

    /// The data of a request that succeeds.
    async fn data(&self, query: &str) -> Value {
        let response = self.run(query, json!({})).await;
        assert_eq!(response.get("errors"), None, "{response:#}");
        response["data"].clone()
    }

    /// The first error of a request that fails, and what was left of the data.
    async fn error(&self, query: &str) -> (Value, Value) {
        let response = self.run(query, json!({})).await;
        (response["errors"][0].clone(), response["data"].clone())
    }

    /// `code reason field` of the first error, whose other parts are checked to be there.
    async fn refusal(&self, query: &str) -> String {
        let (error, _) = self.error(query).await;
        self.told(&error)
    }

    fn told(&self, error: &Value) -> String {
        let extensions = &error["extensions"];
        assert_eq!(
            extensions["requestId"],
            self.asker.call.request_id.as_str(),
            "{error:#}"
        );

        let names = ["code", "reason", "field"].iter();
        let texts: Vec<_> = names.filter_map(|name| extensions[name].as_str()).collect();

        texts.join(" ")
    }

    fn watch(&self, query: &str) -> Watched<'_> {
        let prepared = self.engine.prepare(Self::incoming(query, json!({})), &self.asker);
        let responses = match prepared {
            Ok(prepared) => self.engine.subscribe(prepared),
            Err(refused) => stream::iter([Response::from_errors(refused.errors)]).boxed(),
        };

        Watched {
            desk: self,
            responses,
        }
    }
}

/// A subscription that is open.
struct Watched<'a> {
    desk: &'a Desk,
    responses: BoxStream<'static, Response>,
}

impl Watched<'_> {
    /// The next response; `None` when the stream has ended.
    async fn response(&mut self) -> Option<Value> {
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), self.responses.next());
        let response = next.await.expect("in time")?;
        Some(serde_json::to_value(response).unwrap())
    }

    /// The next event: the value of the one field that was subscribed to.
    async fn event(&mut self) -> Value {
        let response = self.response().await.expect("an event");
        assert_eq!(response.get("errors"), None, "{response:#}");
        let data = response["data"].as_object().expect("data");
        data.values().next().expect("a field").clone()
    }

    async fn numbers(&mut self, count: usize) -> Vec<u64> {
        let mut numbers = Vec::new();
        for _ in 0..count {
            numbers.push(self.event().await["number"].as_u64().expect("a number"));
        }
        numbers
    }

    /// The error with which the subscription ends, and `code reason field` of it.
    async fn ends_with(&mut self) -> (Value, String) {
        let response = self.response().await.expect("an error");
        let error = response["errors"][0].clone();
        let told = self.desk.told(&error);
        assert_eq!(self.response().await, None, "an error is the end");
        (error, told)
    }

    /// True when nothing is there now.
    fn is_quiet(&mut self) -> bool {
        self.responses.next().now_or_never().is_none()
    }
}
