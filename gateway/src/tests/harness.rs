//! Builds a gateway on a free port, with its scripted services, and speaks to it like a client.

use std::{net::SocketAddr, num::NonZeroU32, time::Duration};

use http::{HeaderMap, StatusCode};
use kit::{
    actor::ActorKey,
    blobs::{Blobs, BlobsConfig},
    clock::{SharedClock, SystemClock},
    health::{Health, Phase},
    media::MediaSigner,
    rpc::{RpcChannel, guard},
    secrets::Key,
    shutdown::Shutdown,
};
use proto::v1::{
    accounts_server::AccountsServer, agents_server::AgentsServer, auth_server::AuthServer,
    billing_server::BillingServer, chats_server::ChatsServer, runs_server::RunsServer,
    stories_server::StoriesServer,
};
use serde::Deserialize;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::service::Routes;

use super::fakes::{World, add_workflows};
use crate::{Deps, Gateway, GatewayConfig};

pub(super) struct Door {
    pub(super) address: SocketAddr,
    pub(super) world: World,
    pub(super) blobs: Blobs,
    pub(super) signer: MediaSigner,
    pub(super) health: Health,
    pub(super) shutdown: Shutdown,
    pub(super) http: reqwest::Client,
    pub(super) served: Option<JoinHandle<std::io::Result<()>>>,
    _files: tempfile::TempDir,
}

#[derive(Deserialize)]
struct Whole {
    gateway: GatewayConfig,
}

pub(crate) fn config() -> GatewayConfig {
    let text = include_str!("../../../deploy/config/saga.toml");
    toml::from_str::<Whole>(text)
        .expect("the embedded configuration")
        .gateway
}

impl Door {
    pub(super) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    /// Without limits on how often a test may ask; `change` may bring them back.
    pub(super) async fn open_with(change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::open_fully(true, SystemClock::shared(), change).await
    }

    /// In development, or in production.
    pub(super) async fn open_as(development: bool, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::open_fully(development, SystemClock::shared(), change).await
    }

    pub(super) async fn open_at(clock: SharedClock, change: impl FnOnce(&mut GatewayConfig)) -> Self {
        Self::open_fully(true, clock, change).await
    }

    async fn open_fully(
        development: bool,
        clock: SharedClock,
        change: impl FnOnce(&mut GatewayConfig),
    ) -> Self {
        let mut config = config();
        config.rate_limits.enabled = false;
        config.rate_limits.times_in_development = NonZeroU32::MIN;
        change(&mut config);

        let files = tempfile::tempdir().expect("a folder");
        let actor_key = ActorKey::new(Key::random());
        let world = World::default();
        let routes = Routes::new(StoriesServer::new(world.clone()))
            .add_service(RunsServer::new(world.clone()))
            .add_service(AgentsServer::new(world.clone()))
            .add_service(ChatsServer::new(world.clone()))
            .add_service(AuthServer::new(world.clone()))
            .add_service(AccountsServer::new(world.clone()))
            .add_service(BillingServer::new(world.clone()));
        let routes = Routes::from(add_workflows(routes.into_axum_router()));
        let channel = RpcChannel::local(guard(routes, actor_key.clone(), clock.clone()));
        let blobs = Blobs::open(&blobs_config(), files.path())
            .await
            .expect("a blob store");
        let (signer, health, shutdown) = (MediaSigner::new(Key::random()), Health::new(), Shutdown::new());
        health.set_phase(Phase::Serving);

        let gateway = Gateway::build(Deps {
            story: channel.clone(),
            agent: channel.clone(),
            auth: channel.clone(),
            backup: RpcChannel::later().0,
            billing: channel,
            actor_key,
            guest_key: Key::random(),
            signer: signer.clone(),
            blobs: blobs.clone(),
            config,
            counters: None,
            development,
            clock,
            health: health.clone(),
            shutdown: shutdown.clone(),
        });
        let gateway = gateway.expect("a gateway");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = Some(tokio::spawn(gateway.serve(listener)));
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");

        Self {
            address,
            world,
            blobs,
            signer,
            health,
            shutdown,
            http,
            served,
            _files: files,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(super) fn ws_url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(self.url(path))).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.http.post(self.url(path)).json(body)).await
    }
}

pub(super) fn blobs_config() -> BlobsConfig {
    let empty = || String::new().into();
    BlobsConfig {
        endpoint: String::new(),
        region: String::new(),
        bucket: "saga".to_owned(),
        access_key_id: empty(),
        secret_access_key: empty(),
        path_style: true,
        encryption: kit::blobs::BlobEncryption::default(),
        kms_key_id: String::new(),
    }
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: bytes::Bytes,
}

impl Answer {
    pub(super) async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Self {
            status,
            headers,
            body: response.bytes().await.expect("a whole body"),
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|err| panic!("{err}: {}", self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// `name=value` of a cookie that was set; empty when it was not.
    pub(super) fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all("set-cookie").iter();
        let mut set = set.map(|set| set.to_str().expect("ASCII").split(';').next().unwrap_or_default());
        set.find(|set| set.starts_with(&format!("{name}=")))
            .unwrap_or_default()
            .to_owned()
    }

    /// Checks that the body has the one shape of errors, and tells `status code [field type]…`.
    pub(super) fn refusal(&self) -> String {
        let body = self.json();
        let object = body.as_object().expect("an object");
        let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();

        assert_eq!(keys, ["detail", "details", "error", "message", "request_id"]);
        assert_eq!(body["message"], body["detail"]);
        assert!(!body["message"].as_str().expect("a text").is_empty());
        assert_eq!(body["request_id"], self.header("x-request-id"));
        assert_eq!(self.header("content-type"), "application/json");

        let errors = body["details"]["errors"].as_array().cloned().unwrap_or_default();
        let fields = errors
            .iter()
            .map(|e| format!(" [{} {}]", text(&e["field"]), text(&e["type"])));

        format!(
            "{} {}{}",
            self.status.as_u16(),
            text(&body["error"]),
            fields.collect::<String>()
        )
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let waiting = async {
        while !is() {
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };

    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
