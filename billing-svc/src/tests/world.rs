//! A billing service on each database, with a Stripe and an auth-svc of the test's, and who calls it.

use std::{net::SocketAddr, ops::Deref, path::PathBuf, sync::Arc, time::Duration};

use kit::{
    actor::{Actor, ActorKey, Tier},
    clock::{Clock, ManualClock},
    config::Seconds,
    db::{Db, testing::each_engine},
    health::Health,
    ids::{SystemIds, random_id},
    rpc::{Caller, Calling, RequestId, RpcChannel, guard, serve},
    secrets::Key,
    shutdown::spawn_owned,
    webhooks::testing::FakeWebhooks,
};
use proto::v1::{
    ReceiveStripeEventRequest, operators_server::OperatorsServer, subscriptions_client::SubscriptionsClient,
    webhook_events_server::WebhookEventsServer,
};
use secrecy::SecretString;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use tonic::{Status, service::Routes};
use url::Url;

use super::fake_auth::FakeAuth;
use crate::{
    BillingConfig, BillingError, BillingService, BillingWorker, Deps, MIGRATIONS, PricesConfig, SpendSweeper,
    domain::reconciler::ReconcilePass,
    stripe::testing::{FakeStripe, sign},
};

const WEBHOOK_SECRET: &str = "whsec_test";

pub(super) struct World {
    pub(super) db: Db,
    pub(super) clock: ManualClock,
    pub(super) stripe: FakeStripe,
    pub(super) auth: FakeAuth,
    /// What webhooks were told.
    pub(super) told: FakeWebhooks,
    pub(super) worker: Option<BillingWorker>,
    pub(super) sweeper: SpendSweeper,
    routes: Routes,
    /// In this process.
    connection: Connection,
}

/// A way to the service.
pub(super) struct Connection {
    channel: RpcChannel,
    caller: Caller,
}

impl Deref for World {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// The service at an address, for as long as this is kept.
pub(super) struct Served {
    address: SocketAddr,
    _served: AbortOnDropHandle<Result<(), tonic::transport::Error>>,
}

/// A configuration that sells.
pub(super) fn selling() -> BillingConfig {
    BillingConfig {
        stripe_secret_key: SecretString::from("sk_test_saga"),
        stripe_webhook_secret: SecretString::from(WEBHOOK_SECRET),
        ..not_selling()
    }
}

pub(super) fn not_selling() -> BillingConfig {
    BillingConfig {
        stripe_secret_key: SecretString::from(""),
        stripe_webhook_secret: SecretString::from(""),
        stripe_url: Url::parse("http://127.0.0.1:1").unwrap(),
        return_url: "https://saga.example/".to_owned(),
        tier_when_not_sold: Tier::Free,
        tiers_file: PathBuf::new(),
        model_prices_file: PathBuf::new(),
        sweep_seconds: Seconds::new(3_600),
        reconcile_seconds: Seconds::new(3_600),
        prices: PricesConfig {
            pro: "price_pro".to_owned(),
            power: "price_power".to_owned(),
            team: "price_team".to_owned(),
        },
    }
}

pub(super) async fn each_world<F, Fut>(config: BillingConfig, test: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| async {
        test(World::new(db, config.clone()).await).await;
    })
    .await;
}

impl Connection {
    /// The way to the service in the name of `actor`.
    pub(super) fn calling(&self, actor: &Actor) -> Calling {
        Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor.clone(),
            RequestId::random(),
            Duration::from_secs(30),
        )
    }
}

impl World {
    pub(super) async fn new(db: Db, config: BillingConfig) -> Self {
        let (clock, key) = (ManualClock::default(), ActorKey::new(Key::random()));
        let (stripe, auth) = (FakeStripe::start().await, FakeAuth::default());
        let told = FakeWebhooks::default();
        let routes = Routes::new(OperatorsServer::new(auth.clone()));
        let service = BillingService::build(Deps {
            db: db.clone(),
            auth: RpcChannel::local(guard(routes, key.clone(), clock.shared())),
            webhooks: Some(RpcChannel::local(guard(
                Routes::new(WebhookEventsServer::new(told.clone())),
                key.clone(),
                clock.shared(),
            ))),
            actor_key: key.clone(),
            clock: clock.shared(),
            ids: Arc::new(SystemIds),
            config: BillingConfig {
                stripe_url: stripe.base.clone(),
                ..config
            },
            health: Health::new(),
        })
        .expect("the service is built");

        Self {
            db,
            connection: Connection {
                channel: RpcChannel::local(service.routes.clone()),
                caller: Caller::new(key, clock.shared()),
            },
            clock,
            stripe,
            auth,
            told,
            worker: service.worker,
            sweeper: service.sweeper,
            routes: service.routes,
        }
    }

    /// As a process of its own serves it.
    pub(super) async fn serve(&self) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = serve(listener, self.routes.clone(), None, CancellationToken::new());

        Served {
            address,
            _served: spawn_owned(serving),
        }
    }

    /// A connection of its own.
    pub(super) fn connect(&self, served: &Served) -> Connection {
        Connection {
            channel: RpcChannel::remote(&format!("http://{}", served.address), None).expect("an address"),
            caller: self.connection.caller.clone(),
        }
    }

    pub(super) fn subscriptions(&self, actor: &Actor) -> SubscriptionsClient<Calling> {
        SubscriptionsClient::new(self.calling(actor))
    }

    /// Everything that is due is done.
    pub(super) async fn work(&self) {
        let worker = self.worker.as_ref().expect("something is sold");
        worker.work().await.expect("it is worked off");
    }

    /// What the worker does from time to time.
    pub(super) async fn reconcile_everybody(&self) -> Result<ReconcilePass, BillingError> {
        let worker = self.worker.as_ref().expect("something is sold");
        worker.reconciler.reconcile_everybody().await
    }

    /// Sends it as Stripe does.
    pub(super) async fn send(&self, event: &Value) -> Result<(), Status> {
        let body = event.to_string().into_bytes();
        let at = self.clock.now().timestamp();
        let signature = format!("t={at},v1={}", sign(WEBHOOK_SECRET, at, &body));
        self.send_signed(body, signature).await
    }

    pub(super) async fn send_signed(&self, payload: Vec<u8>, signature: String) -> Result<(), Status> {
        // Whoever sends it is nobody.
        let mut client = self.subscriptions(&Actor::guest(random_id()));
        let message = ReceiveStripeEventRequest { payload, signature };
        client.receive_stripe_event(message).await.map(drop)
    }
}
