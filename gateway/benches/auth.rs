//! What it costs the gateway to know who asks: CPU time of a request with a credential, beside the same request to the
//! same handler without one. The whole router runs, without a socket; the services behind it answer at once.
//!
//!     cargo bench -p gateway --bench auth
//!
//! Prints a line of JSON for each kind of credential: nanoseconds of CPU a request, and how much more than a guest's.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot run says why")]

use std::{hint::black_box, time::Duration};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::{Router, body::Body};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gateway::{Deps, Gateway, GatewayConfig};
use http::{Request, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    actor::ActorKey,
    blobs::{Blobs, BlobsConfig},
    clock::{Clock, SystemClock},
    health::Health,
    ids::random_id,
    media::MediaSigner,
    rpc::{RpcChannel, guard},
    secrets::Key,
    shutdown::Shutdown,
};
use proto::v1::{self as pb, auth_server::AuthServer, stories_server::StoriesServer};
use serde::Deserialize;
use serde_json::{Value, json};
use tonic::{Response, Status, service::Routes};
use tower::ServiceExt;

/// Requests of one kind in a row, and how often all kinds take turns.
const REQUESTS: usize = 2_000;
const ROUNDS: usize = 15;
const USER: &str = "7d444840-9dc0-41d1-b245-5ffdce74fad2";
const SESSION: &str = "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11";

#[derive(Clone)]
struct Services {
    jwks: String,
}

impl Services {
    fn authenticated(session_id: &str) -> pb::Authenticated {
        pb::Authenticated {
            user: Some(pb::User {
                id: USER.into(),
                email: "ada@example.org".into(),
                username: "ada".into(),
                tier: "pro".into(),
                ..pb::User::default()
            }),
            session_id: session_id.into(),
            ..pb::Authenticated::default()
        }
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn no<T>() -> Answer<T> {
    Err(Status::unimplemented("not measured"))
}

#[tonic::async_trait]
impl pb::auth_server::Auth for Services {
    async fn register(&self, _: tonic::Request<pb::RegisterRequest>) -> Answer<pb::Grant> {
        no()
    }
    async fn login(&self, _: tonic::Request<pb::LoginRequest>) -> Answer<pb::SignInResponse> {
        no()
    }
    async fn finish_sign_in(&self, _: tonic::Request<pb::FinishSignInRequest>) -> Answer<pb::Grant> {
        no()
    }
    async fn request_password_reset(
        &self,
        _: tonic::Request<pb::RequestPasswordResetRequest>,
    ) -> Answer<pb::RequestPasswordResetResponse> {
        no()
    }
    async fn reset_password(
        &self,
        _: tonic::Request<pb::ResetPasswordRequest>,
    ) -> Answer<pb::ResetPasswordResponse> {
        no()
    }
    async fn confirm_email(&self, _: tonic::Request<pb::ConfirmEmailRequest>) -> Answer<pb::User> {
        no()
    }
    async fn create_guest(&self, _: tonic::Request<pb::CreateGuestRequest>) -> Answer<pb::Grant> {
        no()
    }
    async fn refresh(&self, _: tonic::Request<pb::RefreshRequest>) -> Answer<pb::RefreshResponse> {
        no()
    }
    async fn logout(&self, _: tonic::Request<pb::LogoutRequest>) -> Answer<pb::LogoutResponse> {
        no()
    }
    async fn authenticate(&self, _: tonic::Request<pb::AuthenticateRequest>) -> Answer<pb::Authenticated> {
        Ok(Response::new(Self::authenticated("")))
    }
    async fn check_session(&self, _: tonic::Request<pb::CheckSessionRequest>) -> Answer<pb::Authenticated> {
        Ok(Response::new(Self::authenticated(SESSION)))
    }
    async fn get_jwks(&self, _: tonic::Request<pb::GetJwksRequest>) -> Answer<pb::Jwks> {
        Ok(Response::new(pb::Jwks {
            json: self.jwks.clone(),
            issuer: "saga".into(),
            audience: "saga".into(),
        }))
    }
    async fn list_oauth_providers(
        &self,
        _: tonic::Request<pb::ListOauthProvidersRequest>,
    ) -> Answer<pb::ListOauthProvidersResponse> {
        no()
    }
    async fn begin_oauth(&self, _: tonic::Request<pb::BeginOauthRequest>) -> Answer<pb::BeginOauthResponse> {
        no()
    }
    async fn cancel_oauth(
        &self,
        _: tonic::Request<pb::CancelOauthRequest>,
    ) -> Answer<pb::CancelOauthResponse> {
        no()
    }
    async fn finish_oauth(&self, _: tonic::Request<pb::FinishOauthRequest>) -> Answer<pb::SignInResponse> {
        no()
    }
}

#[tonic::async_trait]
impl pb::stories_server::Stories for Services {
    async fn create_code_story(&self, _: tonic::Request<pb::CreateCodeStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn get_story(&self, _: tonic::Request<pb::GetStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn batch_get_stories(
        &self,
        _: tonic::Request<pb::BatchGetStoriesRequest>,
    ) -> Answer<pb::BatchGetStoriesResponse> {
        no()
    }
    async fn list_story_titles(
        &self,
        _: tonic::Request<pb::ListStoryTitlesRequest>,
    ) -> Answer<pb::ListStoryTitlesResponse> {
        no()
    }
    async fn list_stories(
        &self,
        _: tonic::Request<pb::ListStoriesRequest>,
    ) -> Answer<pb::ListStoriesResponse> {
        Ok(Response::new(pb::ListStoriesResponse::default()))
    }
    async fn restart_story(&self, _: tonic::Request<pb::RestartStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn cancel_story(&self, _: tonic::Request<pb::CancelStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn get_shared_story(&self, _: tonic::Request<pb::GetSharedStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn rename_story(&self, _: tonic::Request<pb::RenameStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn share_story(&self, _: tonic::Request<pb::ShareStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn unshare_story(&self, _: tonic::Request<pb::UnshareStoryRequest>) -> Answer<pb::Story> {
        no()
    }
    async fn delete_story(
        &self,
        _: tonic::Request<pb::DeleteStoryRequest>,
    ) -> Answer<pb::DeleteStoryResponse> {
        no()
    }
    async fn delete_stories(
        &self,
        _: tonic::Request<pb::DeleteStoriesRequest>,
    ) -> Answer<pb::DeleteStoriesResponse> {
        no()
    }
}

struct Signer {
    key: EncodingKey,
    jwks: String,
}

impl Signer {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let public = pair.public_key().as_ref();
        let part = |from: usize| URL_SAFE_NO_PAD.encode(&public[from..from + 32]);
        let jwk =
            json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "k", "x": part(1), "y": part(33) });

        Self {
            key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()),
            jwks: json!({ "keys": [jwk] }).to_string(),
        }
    }

    fn token(&self) -> String {
        let now = SystemClock.now().timestamp();
        let claims = json!({
            "iss": "saga", "aud": "saga", "sub": USER, "sid": SESSION, "jti": random_id(), "iat": now, "nbf": now,
            "exp": now + 900, "tier": "pro", "is_anonymous": false, "scopes": []
        });
        let mut header = Header::new(Algorithm::ES256);
        (header.kid, header.typ) = (Some("k".into()), Some("at+jwt".into()));
        jsonwebtoken::encode::<Value>(&header, &claims, &self.key).unwrap()
    }
}

#[derive(Deserialize)]
struct Whole {
    gateway: GatewayConfig,
}

async fn router(jwks: String, files: &std::path::Path) -> Router {
    let mut config = toml::from_str::<Whole>(include_str!("../../deploy/config/saga.toml"))
        .unwrap()
        .gateway;
    // Counting is part of what is measured; only the numbers are out of reach.
    let (many, limits) = (u32::MAX.try_into().unwrap(), &mut config.rate_limits);
    (limits.standard, limits.tiers.free, limits.tiers.pro) = (many, many, many);

    let (key, clock) = (ActorKey::new(Key::random()), SystemClock::shared());
    let services = Services { jwks };
    let routes = Routes::new(AuthServer::new(services.clone())).add_service(StoriesServer::new(services));
    let channel = RpcChannel::local(guard(routes, key.clone(), clock.clone()));
    let empty = || String::new().into();
    let blobs = BlobsConfig {
        endpoint: String::new(),
        region: String::new(),
        bucket: "saga".into(),
        access_key_id: empty(),
        secret_access_key: empty(),
        path_style: true,
        encryption: kit::blobs::BlobEncryption::default(),
        kms_key_id: String::new(),
    };

    let gateway = Gateway::build(Deps {
        story: channel.clone(),
        agent: channel.clone(),
        auth: channel.clone(),
        backup: RpcChannel::later().0,
        billing: channel,
        actor_key: key,
        guest_key: Key::random(),
        signer: MediaSigner::new(Key::random()),
        blobs: Blobs::open(&blobs, files).await.unwrap(),
        config,
        counters: None,
        development: false,
        clock,
        health: Health::new(),
        shutdown: Shutdown::new(),
    });

    gateway.unwrap().router()
}

/// CPU time of this thread so far.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// A kind of request; some are different each time.
struct Kind {
    name: &'static str,
    header: &'static str,
    values: Vec<String>,
    /// Nanoseconds of CPU a request, by round.
    rounds: Vec<u64>,
}

impl Kind {
    fn new(name: &'static str, header: &'static str, values: Vec<String>) -> Self {
        Self {
            name,
            header,
            values,
            rounds: Vec::new(),
        }
    }

    fn value(&mut self) -> String {
        match self.values.len() {
            1 => self.values[0].clone(),
            _ => self.values.pop().unwrap(),
        }
    }

    async fn round(&mut self, router: &Router, warm: bool) {
        let mut requests = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            let request = Request::get("/api/stories?kind=code").header(self.header, self.value());
            requests.push(request.body(Body::empty()).unwrap());
        }

        let start = cpu();

        for request in requests {
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(black_box(response).status(), StatusCode::OK, "{}", self.name);
        }

        let spent = cpu().saturating_sub(start);
        if !warm {
            self.rounds
                .push(u64::try_from(spent.as_nanos()).unwrap() / REQUESTS as u64);
        }
    }

    fn median(&mut self) -> u64 {
        self.rounds.sort_unstable();
        self.rounds[self.rounds.len() / 2]
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();

    runtime.block_on(async {
        let (signer, files) = (Signer::new(), tempfile::tempdir().unwrap());
        let router = router(signer.jwks.clone(), files.path()).await;
        let one = signer.token();
        let fresh = (0..=REQUESTS * (ROUNDS + 1)).map(|_| format!("Bearer {}", signer.token()));
        let mut kinds = [
            Kind::new("guest", "cookie", vec!["csrf_token=x".into()]),
            Kind::new("token", "authorization", vec![format!("Bearer {one}")]),
            Kind::new(
                "cookie",
                "cookie",
                vec![format!("saga_access={one}; csrf_token=x")],
            ),
            Kind::new("api key", "x-api-key", vec!["saga_0123456789abcdef".into()]),
            Kind::new("token, never seen", "authorization", fresh.collect()),
        ];
        for round in 0..=ROUNDS {
            for kind in &mut kinds {
                kind.round(&router, round == 0).await;
            }
        }

        let guest = kinds[0].median();
        for kind in &mut kinds {
            let median = kind.median();
            let more = i64::try_from(median).unwrap() - i64::try_from(guest).unwrap();
            println!(
                "{}",
                json!({ "credential": kind.name, "cpu_ns": median, "more_than_guest_ns": more })
            );
        }
    });
}
