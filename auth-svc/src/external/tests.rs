//! Tokens of other issuers, against a stand-in that publishes keys and counts who asks.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode, routing::get};
use kit::clock::{Clock, ManualClock};
use kit::error::ServiceError;
use kit::tokens::testing::TestIssuer;
use kit::tokens::{Algorithm, Subject};
use serde_json::json;

use super::*;

const USER: &str = "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11";
const SECRET: &str = "a secret of a Supabase project, long enough";

/// Publishes keys, as it is told to.
struct StandIn {
    url: String,
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<(StatusCode, String)>>,
}

impl StandIn {
    async fn start(jwks: &str) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(Mutex::new((StatusCode::OK, jwks.to_owned())));
        let (counts, says) = (Arc::clone(&asked), Arc::clone(&answer));
        let keys = move || async move {
            counts.fetch_add(1, Ordering::SeqCst);
            says.lock().unwrap().clone()
        };
        let router = Router::new().route("/auth/v1/.well-known/jwks.json", get(keys));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());

        tokio::spawn(async move { axum::serve(listener, router).await });

        Self { url, asked, answer }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn says(&self, status: StatusCode, text: &str) {
        *self.answer.lock().unwrap() = (status, text.to_owned());
    }
}

fn config(supabase_url: &str, secret: &str) -> IssuerConfig {
    IssuerConfig {
        supabase_url: supabase_url.to_owned(),
        issuer: String::new(),
        audience: "authenticated".to_owned(),
        jwks_url: String::new(),
        secret: secret.into(),
        algorithms: vec![Algorithm::ES256, Algorithm::RS256],
        subject: Subject::Uuid,
        longest_seconds: 604_800,
    }
}

fn issuers(config: &IssuerConfig, clock: &ManualClock) -> Issuers {
    Issuers::new(
        [(&"supabase".to_owned(), config)],
        &build_client().unwrap(),
        &clock.shared(),
    )
}

/// What came of a token: who it is about, or why not.
fn reason(outcome: Result<ExternalIdentity, AuthError>) -> &'static str {
    outcome.err().map_or("", |error| error.reason())
}

const REFUSED: &str = "INVALID_CREDENTIALS";
const UNAVAILABLE: &str = "TOKEN_ISSUER_UNAVAILABLE";

fn issuer(url: &str) -> TestIssuer {
    TestIssuer::new(&format!("{url}/auth/v1"), "authenticated")
}

fn hs256(claims: &serde_json::Value, secret: &str) -> String {
    let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&jsonwebtoken::Header::default(), claims, &key).unwrap()
}

#[tokio::test]
async fn a_token_is_verified_with_the_keys_that_its_issuer_publishes() {
    let clock = ManualClock::default();
    let stand_in = StandIn::start("").await;
    let supabase = issuer(&stand_in.url);
    stand_in.says(StatusCode::OK, supabase.jwks());

    let issuers = issuers(&config(&stand_in.url, ""), &clock);
    let claims = json!({ "sub": USER, "role": "authenticated", "email": "ada@example.org",
        "app_metadata": { "email_verified": true } });
    let token = supabase.sign("JWT", &claims, clock.now());
    let stranger = issuers.verify(&token, clock.now()).await.unwrap();

    assert_eq!(
        (stranger.issuer.as_str(), stranger.subject.as_str()),
        ("supabase", USER)
    );
    assert_eq!(stranger.verified_email.as_deref(), Some("ada@example.org"));

    let again = supabase.sign("JWT", &json!({ "sub": USER }), clock.now());
    assert_eq!(
        issuers.verify(&again, clock.now()).await.unwrap().verified_email,
        None
    );
    assert_eq!(stand_in.asked(), 1, "keys are kept");
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_fetches_the_keys_a_few_times_at_most() {
    let clock = ManualClock::default();
    let stand_in = StandIn::start("").await;
    let (supabase, stranger) = (issuer(&stand_in.url), issuer(&stand_in.url));
    stand_in.says(StatusCode::OK, supabase.jwks());

    let issuers = Arc::new(issuers(&config(&stand_in.url, ""), &clock));
    let unknown = stranger.sign("JWT", &json!({ "sub": USER }), clock.now());
    let flood: Vec<_> = (0..200)
        .map(|_| {
            let (issuers, token, now) = (Arc::clone(&issuers), unknown.clone(), clock.now());
            tokio::spawn(async move { issuers.verify(&token, now).await })
        })
        .collect();
    for one in flood {
        assert_eq!(reason(one.await.unwrap()), REFUSED);
    }

    assert_eq!(stand_in.asked(), 1);

    // The good ones are not held up, and a new key is learnt when the gap is over.
    let good = supabase.sign("JWT", &json!({ "sub": USER }), clock.now());
    assert!(issuers.verify(&good, clock.now()).await.is_ok());

    stand_in.says(StatusCode::OK, stranger.jwks());
    clock.advance(jwks::GAP.to_std().unwrap());

    assert!(issuers.verify(&unknown, clock.now()).await.is_ok());
    assert_eq!(stand_in.asked(), 2);
}

#[tokio::test]
async fn old_keys_go_on_while_the_issuer_is_away_and_a_strange_answer_gives_none() {
    let clock = ManualClock::default();
    let stand_in = StandIn::start("").await;
    let supabase = issuer(&stand_in.url);
    let issuers = issuers(&config(&stand_in.url, ""), &clock);
    let token = |clock: &ManualClock| supabase.sign("JWT", &json!({ "sub": USER }), clock.now());

    for (status, text) in [
        (StatusCode::OK, "<html>"),
        (StatusCode::FOUND, supabase.jwks()),
        (StatusCode::INTERNAL_SERVER_ERROR, supabase.jwks()),
        (StatusCode::OK, &"x".repeat(300_000)),
    ] {
        stand_in.says(status, text);
        assert_eq!(
            reason(issuers.verify(&token(&clock), clock.now()).await),
            UNAVAILABLE,
            "{status}"
        );
        clock.advance(jwks::GAP.to_std().unwrap());
    }

    stand_in.says(StatusCode::OK, supabase.jwks());
    assert!(issuers.verify(&token(&clock), clock.now()).await.is_ok());

    stand_in.says(StatusCode::BAD_GATEWAY, "");
    clock.advance(jwks::FRESH.to_std().unwrap());

    assert!(issuers.verify(&token(&clock), clock.now()).await.is_ok());

    // Nobody can say whether the issuer has a key by now that it had not before.
    let unknown = issuer(&stand_in.url).sign("JWT", &json!({ "sub": USER }), clock.now());
    assert_eq!(reason(issuers.verify(&unknown, clock.now()).await), UNAVAILABLE);
}

#[tokio::test]
async fn a_shared_secret_is_enough_and_needs_no_fetch() {
    let clock = ManualClock::default();
    let at = clock.now().timestamp();
    let claims = |iss: &str| json!({ "iss": iss, "aud": "authenticated", "sub": USER, "exp": at + 900 });
    let alone = issuers(&config("", SECRET), &clock);
    let project = "https://abc.supabase.co/auth/v1";

    assert!(
        alone
            .verify(&hs256(&claims(project), SECRET), clock.now())
            .await
            .is_ok()
    );

    for (iss, secret) in [
        (project, "another secret, which is long enough too"),
        ("https://abc.supabase.co", SECRET),
        ("supabase", SECRET),
    ] {
        assert_eq!(
            reason(alone.verify(&hs256(&claims(iss), secret), clock.now()).await),
            REFUSED,
            "{iss}"
        );
    }

    let stand_in = StandIn::start("").await;
    let both = issuers(&config(&format!("{}/", stand_in.url), SECRET), &clock);
    let own = format!("{}/auth/v1", stand_in.url);

    assert!(
        both.verify(&hs256(&claims(&own), SECRET), clock.now())
            .await
            .is_ok()
    );
    assert_eq!(
        reason(both.verify(&hs256(&claims(project), SECRET), clock.now()).await),
        REFUSED
    );
    assert_eq!(stand_in.asked(), 0);
}

#[tokio::test]
async fn a_token_that_was_good_is_told_from_one_that_never_was() {
    let clock = ManualClock::default();
    let at = clock.now().timestamp();
    let claims = json!({ "iss": "https://abc.supabase.co/auth/v1", "aud": "authenticated", "sub": USER, "exp": at + 900 });
    let issuers = issuers(&config("", SECRET), &clock);
    let (good, forged) = (
        hs256(&claims, SECRET),
        hs256(&claims, "another secret, which is long enough too"),
    );

    clock.advance(std::time::Duration::from_secs(900));

    assert_eq!(
        reason(issuers.verify(&good, clock.now()).await),
        "EXPIRED_CREDENTIALS"
    );
    assert_eq!(reason(issuers.verify(&forged, clock.now()).await), REFUSED);
}

#[tokio::test]
async fn an_entry_that_is_not_filled_in_trusts_nobody() {
    let clock = ManualClock::default();
    let nobody = issuers(&config("", ""), &clock);
    assert!(nobody.list_names().is_empty());
    let token = issuer("").sign("JWT", &json!({ "sub": USER }), clock.now());
    assert_eq!(reason(nobody.verify(&token, clock.now()).await), REFUSED);
}

#[test]
fn an_email_counts_only_when_the_issuer_vouches_for_it() {
    let read = |claims: serde_json::Value| read_verified_email(claims.as_object().unwrap());
    assert_eq!(
        read(json!({ "email": "a@b.c", "email_verified": true })).as_deref(),
        Some("a@b.c")
    );

    assert_eq!(
        read(json!({ "email": "a@b.c", "app_metadata": { "email_verified": true } })).as_deref(),
        Some("a@b.c")
    );
    for claims in [
        json!({ "email": "a@b.c" }),
        json!({ "email": "a@b.c", "user_metadata": { "email_verified": true } }),
        json!({ "email": "a@b.c", "email_verified": false, "app_metadata": { "email_verified": true } }),
        json!({ "email": "a@b.c", "email_verified": "true" }),
        json!({ "email": "a@b.c", "email_verified": false, "user_metadata": { "email_verified": true } }),
        json!({ "email": "", "email_verified": true }),
        json!({ "email": ["a@b.c"], "email_verified": true }),
    ] {
        assert_eq!(read(claims.clone()), None, "{claims}");
    }
}
