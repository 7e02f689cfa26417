//! Sign-in with GitHub and Google, against a provider that this test plays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use kit::error::{ErrorKind, Problem};
use proto::v1::{BeginOauthRequest, BeginOauthResponse, CancelOauthRequest, FinishOauthRequest, Grant};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::world::{
    PASSWORD, Person, World, config, each_world, each_world_with, granted, inner, is_refused, kind,
};
use crate::AuthConfig;

const CALLBACK: &str = "https://saga.example/api/v1/auth/oauth/callback";

/// Who is signed in at the provider.
#[derive(Clone, Default)]
struct FakeProvider(Arc<Mutex<Playing>>);

#[derive(Default)]
struct Playing {
    /// Challenge of each code that was given out and not yet redeemed.
    codes: HashMap<String, String>,
    given: u32,
    github: Value,
    emails: Value,
    google: Value,
    broken: bool,
}

impl FakeProvider {
    /// Somebody with this id and email.
    fn is(&self, id: u64, email: &str, verified: bool) {
        let mut playing = self.0.lock().unwrap();
        playing.github = json!({ "id": id, "login": "ada", "email": "public@example.org" });
        playing.emails = json!([
            { "email": "old@example.org", "primary": false, "verified": false, "visibility": null },
            { "email": email, "primary": true, "verified": verified, "visibility": "private" },
        ]);
        playing.google =
            json!({ "sub": id.to_string(), "email": email, "email_verified": verified, "name": "Ada" });
    }

    fn breaks(&self, broken: bool) {
        self.0.lock().unwrap().broken = broken;
    }

    /// The person agrees: a code for the browser, and the state that comes back with it.
    fn agree(&self, begun: &BeginOauthResponse) -> (String, String) {
        let url = Url::parse(&begun.authorization_url).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();

        assert_eq!(query["response_type"], "code");
        assert_eq!(query["code_challenge_method"], "S256");
        assert_eq!(
            (query["redirect_uri"].as_str(), query["client_id"].as_str()),
            (CALLBACK, "a client")
        );
        assert_eq!(query["state"], begun.state);

        let mut playing = self.0.lock().unwrap();
        playing.given += 1;

        let code = format!("code {}", playing.given);
        playing
            .codes
            .insert(code.clone(), query["code_challenge"].clone());

        (code, query["state"].clone())
    }

    async fn start(&self) -> String {
        let router = Router::new()
            .route("/token", post(token))
            .route("/user", get(user))
            .route("/user/emails", get(emails))
            .route("/userinfo", get(userinfo))
            .with_state(self.clone());

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());

        tokio::spawn(async move { axum::serve(listener, router).await });

        url
    }

    fn tell(&self, headers: &HeaderMap, what: impl Fn(&Playing) -> Value) -> (StatusCode, Json<Value>) {
        if headers
            .get("authorization")
            .is_none_or(|value| value != "Bearer a token")
        {
            return (StatusCode::UNAUTHORIZED, Json(Value::Null));
        }
        (StatusCode::OK, Json(what(&self.0.lock().unwrap())))
    }
}

async fn user(State(provider): State<FakeProvider>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    provider.tell(&headers, |playing| playing.github.clone())
}

async fn emails(State(provider): State<FakeProvider>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    provider.tell(&headers, |playing| playing.emails.clone())
}

async fn userinfo(State(provider): State<FakeProvider>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    provider.tell(&headers, |playing| playing.google.clone())
}

async fn token(
    State(provider): State<FakeProvider>,
    Form(form): Form<HashMap<String, String>>,
) -> (StatusCode, Json<Value>) {
    let mut playing = provider.0.lock().unwrap();
    if playing.broken {
        return (StatusCode::BAD_GATEWAY, Json(json!("down")));
    }

    let challenge = playing.codes.remove(form.get("code").map_or("", String::as_str));
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let fits = challenge == Some(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    if fits && form["client_secret"] == "a secret" && form["redirect_uri"] == CALLBACK {
        let token = json!({ "access_token": "a token", "token_type": "bearer", "scope": "user:email" });
        return (StatusCode::OK, Json(token));
    }

    // As GitHub says no.
    (StatusCode::OK, Json(json!({ "error": "bad_verification_code" })))
}

/// Runs the test with both providers played by one.
async fn each_provider<F, Fut>(test: F)
where
    F: Fn(Arc<World>, FakeProvider) -> Fut,
    Fut: Future<Output = ()>,
{
    let provider = FakeProvider::default();
    let url = provider.start().await;
    let point = |config: &mut AuthConfig| {
        let (github, google) = (&mut config.oauth.github, &mut config.oauth.google);
        github.client_id = "a client".to_owned();
        github.client_secret = "a secret".into();
        github.token_url = format!("{url}/token");
        github.api_url.clone_from(&url);
        google.client_id = "a client".to_owned();
        google.client_secret = "a secret".into();
        google.token_url = format!("{url}/token");
        google.userinfo_url = format!("{url}/userinfo");
    };

    each_world_with(point, |world| test(world, provider.clone())).await;
}

async fn begin(person: &Person, provider: &str, link: bool) -> Result<BeginOauthResponse, Problem> {
    let message = BeginOauthRequest {
        provider: provider.to_owned(),
        redirect_url: CALLBACK.to_owned(),
        return_to: "/stories".to_owned(),
        link,
    };
    inner(person.auth().begin_oauth(person.ask(message)).await)
}

async fn finish(person: &Person, provider: &str, code: &str, state: &str) -> Result<Grant, Problem> {
    let message = FinishOauthRequest {
        provider: provider.to_owned(),
        state: state.to_owned(),
        code: code.to_owned(),
        redirect_url: CALLBACK.to_owned(),
        client: person.client(),
    };
    inner(person.auth().finish_oauth(person.ask(message)).await).map(granted)
}

async fn sign_in(person: &Person, at: &FakeProvider, provider: &str, link: bool) -> Result<Grant, Problem> {
    let begun = begin(person, provider, link).await?;
    let (code, state) = at.agree(&begun);
    finish(person, provider, &code, &state).await
}

async fn agreed(person: &Person, at: &FakeProvider, provider: &str) -> (String, String) {
    at.agree(&begin(person, provider, false).await.unwrap())
}

#[tokio::test]
async fn somebody_new_gets_an_account_and_the_same_one_from_then_on() {
    each_provider(|world, at| async move {
        for (number, provider) in (1..).zip(["github", "google"]) {
            let email = format!("{provider}@example.org");
            at.is(number, &email, true);

            let guest = world.guest();
            let first = sign_in(&guest, &at, provider, false).await.unwrap();
            let user = first.user.unwrap();

            assert_eq!((user.email.as_str(), user.email_verified), (email.as_str(), true));
            assert_eq!(
                (user.guest, user.has_password, first.return_to.as_str()),
                (false, false, "/stories")
            );

            // Names and emails change at the provider; the id does not.
            at.is(number, "another@example.org", true);

            let again = sign_in(&guest, &at, provider, false).await.unwrap();
            assert_eq!(again.user.unwrap().id, user.id);
        }
    })
    .await;
}

#[tokio::test]
async fn a_state_is_good_once_for_ten_minutes_for_its_provider_and_address() {
    each_provider(|world, at| async move {
        at.is(1, "ada@example.org", true);

        let guest = world.guest();
        let (code, state) = agreed(&guest, &at, "github").await;
        for wrong in ["", "x", &state[1..]] {
            is_refused(finish(&guest, "github", &code, wrong).await);
        }

        finish(&guest, "github", &code, &state).await.unwrap();
        is_refused(finish(&guest, "github", &code, &state).await);

        let (code, state) = agreed(&guest, &at, "github").await;
        is_refused(finish(&guest, "google", &code, &state).await);

        let (code, state) = agreed(&guest, &at, "github").await;
        let elsewhere = FinishOauthRequest {
            provider: "github".to_owned(),
            state,
            code,
            redirect_url: "https://evil.example/callback".to_owned(),
            client: guest.client(),
        };

        is_refused(inner(guest.auth().finish_oauth(guest.ask(elsewhere)).await));

        let (code, state) = agreed(&guest, &at, "github").await;
        world.clock.advance(Duration::from_secs(600));
        is_refused(finish(&guest, "github", &code, &state).await);
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_that_was_broken_off_leads_back_and_uses_its_state_up() {
    each_provider(|world, at| async move {
        at.is(1, "ada@example.org", true);
        let guest = world.guest();
        let (code, state) = agreed(&guest, &at, "github").await;
        let cancel = |provider: &str, state: &str| {
            let message = CancelOauthRequest {
                provider: provider.to_owned(),
                state: state.to_owned(),
                redirect_url: CALLBACK.to_owned(),
            };
            let guest = guest.clone();
            async move { inner(guest.auth().cancel_oauth(guest.ask(message)).await) }
        };

        is_refused(cancel("github", "another").await);
        assert_eq!(cancel("github", &state).await.unwrap().return_to, "/stories");

        is_refused(cancel("github", &state).await);
        is_refused(finish(&guest, "github", &code, &state).await);
    })
    .await;
}

#[tokio::test]
async fn a_code_that_was_stolen_from_another_sign_in_is_worth_nothing() {
    each_provider(|world, at| async move {
        at.is(1, "ada@example.org", true);
        let (ada, eve) = (world.guest(), world.guest());
        let (stolen, _) = agreed(&ada, &at, "github").await;
        let (_, own) = agreed(&eve, &at, "github").await;
        // The code belongs to another verifier.
        is_refused(finish(&eve, "github", &stolen, &own).await);
        let (_, own) = agreed(&eve, &at, "github").await;
        is_refused(finish(&eve, "github", "no code", &own).await);
    })
    .await;
}

#[tokio::test]
async fn an_unverified_email_leads_to_nobodys_account() {
    each_provider(|world, at| async move {
        let (ada, _) = world.account("ada@example.org").await;
        for provider in ["github", "google"] {
            at.is(7, "ada@example.org", false);
            let grant = sign_in(&world.guest(), &at, provider, false).await.unwrap();
            let user = grant.user.unwrap();
            assert_ne!(user.id, ada.id(), "{provider}");
            assert_eq!(user.email, "");
        }

        ada.login("ada@example.org", PASSWORD)
            .await
            .expect("nothing happened to the account");
    })
    .await;
}

#[tokio::test]
async fn a_verified_email_leads_to_its_account_and_shuts_out_whoever_never_proved_it() {
    each_provider(|world, at| async move {
        // Somebody registers with an email that is not theirs, and waits.
        let (squatter, grant) = world.account("ada@example.org").await;
        at.is(7, "ADA@example.org", true);

        let signed_in = sign_in(&world.guest(), &at, "github", false).await.unwrap();
        let user = signed_in.user.unwrap();

        assert_eq!(user.id, squatter.id());
        assert!(user.email_verified && !user.has_password);
        assert!(!squatter.stands().await);

        is_refused(squatter.refresh(&grant.refresh_token).await);
        is_refused(squatter.login("ada@example.org", PASSWORD).await);

        // Once it is proved, a second provider changes nothing.
        let second = sign_in(&world.guest(), &at, "google", false).await.unwrap();
        let owner = world.bearer(&second).await;

        assert_eq!(owner.id(), user.id);
        assert!(owner.stands().await && owner.acts().await.contains(&"oauth_linked".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn an_identity_that_was_added_before_the_owner_came_opens_the_account_no_more() {
    each_provider(|world, at| async move {
        // Somebody registers with an email that is not theirs, adds an own provider to it, and is about to add another.
        let (squatter, _) = world.account("ada@example.org").await;
        at.is(66, "squatter@example.org", true);
        let linked = sign_in(&squatter, &at, "github", true).await.unwrap();
        assert_eq!(linked.user.unwrap().id, squatter.id());
        let (code, state) = at.agree(&begin(&squatter, "google", true).await.unwrap());

        at.is(7, "ada@example.org", true);
        let owner = sign_in(&world.guest(), &at, "google", false).await.unwrap();
        assert_eq!(owner.user.unwrap().id, squatter.id());

        at.is(66, "squatter@example.org", true);
        let again = sign_in(&world.guest(), &at, "github", false).await.unwrap();
        assert_ne!(again.user.unwrap().id, squatter.id());
        is_refused(finish(&squatter, "google", &code, &state).await);

        // The owner's own way in stays.
        at.is(7, "ada@example.org", true);
        let again = sign_in(&world.guest(), &at, "google", false).await.unwrap();
        assert_eq!(again.user.unwrap().id, squatter.id());
    })
    .await;
}

#[tokio::test]
async fn a_provider_is_added_to_the_own_account_by_its_owner() {
    each_provider(|world, at| async move {
        let (ada, _) = world.account("ada@example.org").await;
        let (bob, _) = world.account("bob@example.org").await;

        at.is(7, "elsewhere@example.org", false);

        let linked = sign_in(&ada, &at, "github", true).await.unwrap();
        assert_eq!(linked.user.unwrap().id, ada.id());

        let signed_in = sign_in(&world.guest(), &at, "github", false).await.unwrap();
        assert_eq!(signed_in.user.unwrap().id, ada.id());

        ada.login("ada@example.org", PASSWORD)
            .await
            .expect("the password stays");

        let taken = sign_in(&bob, &at, "github", true).await;
        assert_eq!(
            kind(taken),
            (ErrorKind::AlreadyExists, "IDENTITY_TAKEN".to_owned())
        );

        // What one began another cannot finish.
        let (code, state) = at.agree(&begin(&ada, "google", true).await.unwrap());
        is_refused(finish(&bob, "google", &code, &state).await);
    })
    .await;
}

#[tokio::test]
async fn a_guest_becomes_an_account_with_a_provider_and_keeps_its_id() {
    each_provider(|world, at| async move {
        at.is(7, "ada@example.org", true);
        let guest = world.guest();
        let user = sign_in(&guest, &at, "google", true).await.unwrap().user.unwrap();
        assert_eq!((user.id, user.guest), (guest.id(), false));
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_not_the_clients_fault() {
    each_provider(|world, at| async move {
        at.is(7, "ada@example.org", true);
        at.breaks(true);
        let problem = sign_in(&world.guest(), &at, "github", false).await.unwrap_err();
        assert_eq!(problem.kind, ErrorKind::Unavailable);
        assert_eq!(problem.reason, "SIGN_IN_PROVIDER_UNAVAILABLE");
        at.breaks(false);
        sign_in(&world.guest(), &at, "github", false).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_not_configured_does_not_exist() {
    assert!(config().oauth.github.client_id.is_empty());
    each_world(|world| async move {
        for provider in ["github", "google", "facebook", ""] {
            let begun = begin(&world.guest(), provider, false).await;
            assert_eq!(kind(begun).0, ErrorKind::NotFound, "{provider}");
        }
    })
    .await;
}
