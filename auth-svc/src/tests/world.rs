//! The service with everything around it: a database, callers with signed actors, and a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use kit::actor::{Actor, ActorKey, Tier};
use kit::clock::{Clock, ManualClock};
use kit::db::Db;
use kit::db::testing::each_engine;
use kit::error::{ErrorKind, Problem};
use kit::health::Health;
use kit::ids::{SystemIds, random_id};
use kit::rpc::{Caller, RequestId, RpcChannel, guard};
use kit::secrets::Key;
use kit::tokens::{AccessClaims, Algorithm, KeySet};
use proto::v1::accounts_client::AccountsClient;
use proto::v1::auth_client::AuthClient;
use proto::v1::operators_client::OperatorsClient;
use proto::v1::refresh_response::Outcome;
use proto::v1::sign_in_response;
use proto::v1::story_owners_server::StoryOwnersServer;
use proto::v1::{
    AuditEvent, CheckSessionRequest, Client, CreateGuestRequest, GetJwksRequest, Grant,
    ListAuditEventsRequest, LoginRequest, RefreshRequest, RegisterRequest, SecondFactorChallenge,
    SignInResponse, User,
};
use serde::Deserialize;
use tonic::service::Routes;
use tonic::{Request, Status};
use uuid::Uuid;

use super::telling::FakeStories;
use crate::error::AuthError;
use crate::{AuthConfig, AuthService, AuthSweeper, Deps, MIGRATIONS};

/// Longer than anything here takes; only a broken test waits for it.
const PATIENCE: Duration = Duration::from_secs(120);
const CALL: Duration = Duration::from_secs(30);

pub(super) const PASSWORD: &str = "an unusual sentence";

pub(super) struct World {
    pub(super) clock: ManualClock,
    pub(super) db: Db,
    pub(super) config: AuthConfig,
    pub(super) sweeper: AuthSweeper,
    /// Story-svc.
    pub(super) stories: FakeStories,
    key: ActorKey,
    auth_key: Key,
    channel: RpcChannel,
}

/// The embedded defaults, with hashes that cost next to nothing.
pub(super) fn config() -> AuthConfig {
    #[derive(Deserialize)]
    struct EmbeddedFile {
        auth: AuthConfig,
    }
    let embedded: EmbeddedFile = toml::from_str(include_str!("../../../deploy/config/saga.toml")).unwrap();
    let mut config = embedded.auth;
    (config.passwords.memory_kib, config.passwords.iterations) = (64, 1);
    config
}

/// Runs the test on each database engine.
pub(super) async fn each_world<F, Fut>(test: F)
where
    F: Fn(Arc<World>) -> Fut,
    Fut: Future<Output = ()>,
{
    each_world_with(|_| {}, test).await;
}

pub(super) async fn each_world_with<F, Fut>(change: impl Fn(&mut AuthConfig), test: F)
where
    F: Fn(Arc<World>) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| async {
        let mut config = config();
        change(&mut config);
        let world = World::new(db, config).await;
        tokio::time::timeout(PATIENCE, test(Arc::new(world)))
            .await
            .expect("the test hangs");
    })
    .await;
}

impl World {
    pub(super) async fn new(db: Db, config: AuthConfig) -> Self {
        db.migrate(&MIGRATIONS).await.unwrap();
        let (clock, key, auth_key) = (
            ManualClock::default(),
            ActorKey::new(Key::random()),
            Key::random(),
        );

        let stories = FakeStories::default();
        let service = build(&db, &key, &auth_key, &clock, &config, &stories)
            .await
            .unwrap();

        Self {
            channel: RpcChannel::local(service.routes),
            sweeper: service.sweeper,
            stories,
            clock,
            db,
            config,
            key,
            auth_key,
        }
    }

    /// Another process on the same database.
    pub(super) async fn another(&self) -> World {
        self.another_with(self.config.clone()).await
    }

    /// Another process with another configuration.
    pub(super) async fn another_with(&self, config: AuthConfig) -> World {
        let service = build(
            &self.db,
            &self.key,
            &self.auth_key,
            &self.clock,
            &config,
            &self.stories,
        );
        let service = service.await.unwrap();
        World {
            channel: RpcChannel::local(service.routes),
            sweeper: service.sweeper,
            stories: self.stories.clone(),
            clock: self.clock.clone(),
            db: self.db.clone(),
            config,
            key: self.key.clone(),
            auth_key: self.auth_key.clone(),
        }
    }

    /// The service built once more, with this secret key.
    pub(super) async fn build_with(&self, auth_key: &Key) -> Result<AuthService, crate::BuildError> {
        build(
            &self.db,
            &self.key,
            auth_key,
            &self.clock,
            &self.config,
            &self.stories,
        )
        .await
    }

    /// Somebody of a browser, who is not signed in.
    pub(super) fn guest(self: &Arc<Self>) -> Person {
        self.person(Actor::guest(random_id()))
    }

    pub(super) fn operator(self: &Arc<Self>) -> Person {
        let mut actor = Actor::user(Uuid::nil(), Tier::Team);
        actor.scopes = vec!["operator".to_owned()];
        self.person(actor)
    }

    /// The bearer of an access token, as the gateway would see them.
    pub(super) async fn bearer(self: &Arc<Self>, grant: &Grant) -> Person {
        self.person(
            self.claims(&grant.access_token)
                .await
                .expect("a good token")
                .actor(),
        )
    }

    pub(super) fn person(self: &Arc<Self>, actor: Actor) -> Person {
        Person {
            world: Arc::clone(self),
            actor,
            client: Client {
                address: "192.0.2.1".to_owned(),
                user_agent: "a test".to_owned(),
            },
        }
    }

    pub(super) async fn jwks(self: &Arc<Self>) -> serde_json::Value {
        let guest = self.guest();
        let jwks = guest
            .auth()
            .get_jwks(guest.ask(GetJwksRequest {}))
            .await
            .unwrap()
            .into_inner();
        serde_json::from_str(&jwks.json).unwrap()
    }

    /// An access token, verified as the gateway does it.
    pub(super) async fn claims(self: &Arc<Self>, token: &str) -> Option<AccessClaims> {
        let keys = KeySet::from_jwks(&self.jwks().await.to_string(), &[Algorithm::ES256]).unwrap();
        self.config
            .access_rules()
            .verify(token, &keys, self.clock.now())
            .ok()
    }

    /// A fresh account.
    pub(super) async fn account(self: &Arc<Self>, email: &str) -> (Person, Grant) {
        let grant = self.guest().at(&address_of(email)).register(email).await.unwrap();
        (self.bearer(&grant).await, grant)
    }
}

/// One address for each email, so that tests do not wait for one another's registrations.
fn address_of(email: &str) -> String {
    let sum = email
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    std::net::Ipv4Addr::from(sum).to_string()
}

async fn build(
    db: &Db,
    key: &ActorKey,
    auth_key: &Key,
    clock: &ManualClock,
    config: &AuthConfig,
    stories: &FakeStories,
) -> Result<AuthService, crate::BuildError> {
    let routes = Routes::new(StoryOwnersServer::new(stories.clone()));
    AuthService::build(Deps {
        db: db.clone(),
        story: RpcChannel::local(guard(routes, key.clone(), clock.shared())),
        actor_key: key.clone(),
        auth_key: auth_key.clone(),
        clock: clock.shared(),
        ids: SystemIds::shared(),
        config: config.clone(),
        health: Health::new(),
    })
    .await
}

/// Somebody who calls.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) world: Arc<World>,
    pub(super) actor: Actor,
    client: Client,
}

impl Person {
    pub(super) fn at(mut self, address: &str) -> Self {
        address.clone_into(&mut self.client.address);
        self
    }

    pub(super) fn client(&self) -> Option<Client> {
        Some(self.client.clone())
    }

    pub(super) fn id(&self) -> String {
        self.actor.user_id.to_string()
    }

    pub(super) fn ask<T>(&self, message: T) -> Request<T> {
        let caller = Caller::new(self.world.key.clone(), self.world.clock.shared());
        caller.request(
            &self.actor,
            &RequestId::parse("a-request").unwrap(),
            CALL,
            message,
        )
    }

    pub(super) fn auth(&self) -> AuthClient<RpcChannel> {
        AuthClient::new(self.world.channel.clone())
    }

    pub(super) fn accounts(&self) -> AccountsClient<RpcChannel> {
        AccountsClient::new(self.world.channel.clone())
    }

    pub(super) fn operators(&self) -> OperatorsClient<RpcChannel> {
        OperatorsClient::new(self.world.channel.clone())
    }

    pub(super) async fn register(&self, email: &str) -> Result<Grant, Problem> {
        self.register_as(email, PASSWORD, "", false).await
    }

    pub(super) async fn register_as(
        &self,
        email: &str,
        password: &str,
        username: &str,
        upgrade: bool,
    ) -> Result<Grant, Problem> {
        let message = RegisterRequest {
            email: email.to_owned(),
            password: password.to_owned(),
            username: username.to_owned(),
            upgrade,
            client: self.client(),
        };
        inner(self.auth().register(self.ask(message)).await)
    }

    pub(super) async fn login(&self, identifier: &str, password: &str) -> Result<Grant, Problem> {
        self.begin_login(identifier, password).await.map(granted)
    }

    /// For whoever may be asked for a code.
    pub(super) async fn begin_login(
        &self,
        identifier: &str,
        password: &str,
    ) -> Result<SignInResponse, Problem> {
        let message = LoginRequest {
            identifier: identifier.to_owned(),
            password: password.to_owned(),
            client: self.client(),
        };
        inner(self.auth().login(self.ask(message)).await)
    }

    pub(super) async fn create_guest(&self) -> Result<Grant, Problem> {
        let message = CreateGuestRequest {
            upgrade: false,
            client: self.client(),
        };
        inner(self.auth().create_guest(self.ask(message)).await)
    }

    pub(super) async fn refresh(&self, token: &str) -> Result<Grant, Problem> {
        let message = RefreshRequest {
            refresh_token: token.to_owned(),
            client: self.client(),
        };
        let response = inner(self.auth().refresh(self.ask(message)).await)?;

        match response.outcome {
            Some(Outcome::Grant(grant)) => Ok(grant),
            Some(Outcome::Ended(ended)) => {
                assert_eq!(ended.user_id, self.id());
                Err(Problem::from_status(&kit::into_status(
                    AuthError::Unauthenticated,
                )))
            }
            None => panic!("an empty answer"),
        }
    }

    pub(super) async fn me(&self) -> Result<User, Problem> {
        inner(self.accounts().get_me(self.ask(proto::v1::GetMeRequest {})).await)
    }

    /// Whether the own session and user stand.
    pub(super) async fn stands(&self) -> bool {
        let message = CheckSessionRequest {
            session_id: self.actor.session_id.map(|id| id.to_string()).unwrap_or_default(),
            user_id: self.id(),
        };
        self.auth().check_session(self.ask(message)).await.is_ok()
    }

    /// What happened to the own account, newest first.
    pub(super) async fn events(&self) -> Vec<AuditEvent> {
        let message = ListAuditEventsRequest {
            page_size: 100,
            ..Default::default()
        };

        self.accounts()
            .list_audit_events(self.ask(message))
            .await
            .unwrap()
            .into_inner()
            .events
    }

    /// The same as sorted names: the clock stands still, so nothing tells which came first.
    pub(super) async fn acts(&self) -> Vec<String> {
        let mut acts: Vec<_> = self
            .events()
            .await
            .into_iter()
            .map(|event| event.action)
            .collect();
        acts.sort();
        acts
    }
}

/// The tokens of a sign-in that asks for no code.
pub(super) fn granted(answer: SignInResponse) -> Grant {
    match answer.outcome {
        Some(sign_in_response::Outcome::Grant(grant)) => grant,
        other => panic!("a code was asked for: {other:?}"),
    }
}

/// The ticket of a sign-in that asks for one.
pub(super) fn challenged(answer: SignInResponse) -> SecondFactorChallenge {
    match answer.outcome {
        Some(sign_in_response::Outcome::Challenge(challenge)) => challenge,
        _ => panic!("no code was asked for"),
    }
}

pub(super) fn inner<T>(answer: Result<tonic::Response<T>, Status>) -> Result<T, Problem> {
    answer
        .map(tonic::Response::into_inner)
        .map_err(|status| Problem::from_status(&status))
}

/// Refused as every wrong credential is: nothing says which check failed.
pub(super) fn is_refused<T: std::fmt::Debug>(answer: Result<T, Problem>) {
    let problem = answer.expect_err("it is refused");
    assert_eq!(problem.kind, ErrorKind::Unauthenticated);
    assert_eq!(
        (problem.reason.as_str(), problem.message.as_str()),
        ("INVALID_CREDENTIALS", "The credentials are not valid.")
    );
}

pub(super) fn kind<T: std::fmt::Debug>(answer: Result<T, Problem>) -> (ErrorKind, String) {
    let problem = answer.expect_err("it fails");
    (problem.kind, problem.reason)
}
