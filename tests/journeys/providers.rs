//! Signing in by others' word: GitHub, played by this test, and Supabase's own client.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::harness::{
    client::{Answer, Client},
    node,
    people::{PASSWORD, Person, cookie, login, with},
    saga::{DataFolder, Launch},
    wait,
};

const SECRET: &str = "the secret of a Supabase project, long enough";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn supabase_js_signs_in_at_a_stand_in_and_its_token_is_accepted() {
    let saga = Launch::new(&DataFolder::new())
        .set("SUPABASE_JWT_SECRET", SECRET)
        .serve()
        .await;
    node::run("supabase.mjs", &[saga.base(), SECRET]).await;
}

/// The challenge of each code that was given out and not yet redeemed.
type Codes = Arc<Mutex<HashMap<String, String>>>;

async fn token(State(codes): State<Codes>, Form(form): Form<HashMap<String, String>>) -> Json<Value> {
    let code = form.get("code").cloned().unwrap_or_default();
    let challenge = codes.lock().expect("not poisoned").remove(&code);
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    let fits = challenge == Some(URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)));
    let secret = form
        .get("client_secret")
        .is_some_and(|secret| secret == "a client secret");

    Json(match fits && secret {
        true => json!({ "access_token": "a token", "token_type": "bearer", "scope": "user:email" }),
        // As GitHub says no.
        false => json!({ "error": "bad_verification_code" }),
    })
}

async fn user() -> Json<Value> {
    Json(json!({ "id": 1815, "login": "ada", "name": "Ada", "email": null }))
}

async fn emails() -> Json<Value> {
    Json(json!([{ "email": "ada@example.org", "primary": true, "verified": true, "visibility": "private" }]))
}

async fn provider(codes: &Codes) -> String {
    let router = Router::new()
        .route("/token", post(token))
        .route("/user", get(user))
        .route("/user/emails", get(emails))
        .with_state(codes.clone());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));

    tokio::spawn(async move { axum::serve(listener, router).await });

    base
}

const BEGIN: &str = "/api/v1/auth/oauth/github";

/// Goes to the provider and agrees there: the cookie that the browser holds, the code and the state to come back with.
async fn agree(door: &Client, codes: &Codes, path: &str) -> (String, String, String) {
    let begun = door.get(path).await;
    assert_eq!(begun.status, 302, "{}", begun.body);

    let to = begun.headers["location"].to_str().expect("a text");
    let query: HashMap<String, String> = Url::parse(to)
        .expect("a URL")
        .query_pairs()
        .into_owned()
        .collect();

    assert_eq!(
        (
            query["response_type"].as_str(),
            query["code_challenge_method"].as_str()
        ),
        ("code", "S256")
    );
    assert_eq!(query["client_id"], "a client");
    assert!(
        query["redirect_uri"].ends_with("/api/v1/auth/oauth/github/callback"),
        "{to}"
    );

    let mut codes = codes.lock().expect("not poisoned");
    let code = format!("code-{}", query["state"]);
    codes.insert(code.clone(), query["code_challenge"].clone());

    (cookie(&begun, "saga_oauth"), code, query["state"].clone())
}

async fn come_back(door: &Client, held: &str, code: &str, state: &str) -> Answer {
    let path = format!("{BEGIN}/callback?code={code}&state={state}");
    with(door, &[("cookie", held)], "GET", &path, None).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_signs_somebody_in_with_code_pkce_and_state_and_nobody_by_anything_less() {
    let codes = Codes::default();
    let github = provider(&codes).await;
    let saga = Launch::new(&DataFolder::new())
        .set("GITHUB_CLIENT_ID", "a client")
        .set("GITHUB_CLIENT_SECRET", "a client secret")
        .set(
            "SAGA_AUTH__OAUTH__GITHUB__AUTHORIZE_URL",
            format!("{github}/authorize"),
        )
        .set("SAGA_AUTH__OAUTH__GITHUB__TOKEN_URL", format!("{github}/token"))
        .set("SAGA_AUTH__OAUTH__GITHUB__API_URL", &github)
        .serve()
        .await;
    let door = Client::of(&saga);
    let (held, code, state) = agree(&door, &codes, BEGIN).await;

    for (name, held, code, state) in [
        ("no cookie", "a=b", code.as_str(), state.as_str()),
        ("another state", held.as_str(), code.as_str(), "another"),
        ("no code", held.as_str(), "", state.as_str()),
    ] {
        let answer = come_back(&door, held, code, state).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.body);
    }

    let ada = who_entered(&door, &come_back(&door, &held, &code, &state).await).await;
    assert_eq!(ada["email"], "ada@example.org");

    let replayed = come_back(&door, &held, &code, &state).await;
    assert_eq!(replayed.status, 401, "a state is good once: {}", replayed.body);

    let (_, stolen, _) = agree(&door, &codes, BEGIN).await;
    let (held, _, state) = agree(&door, &codes, BEGIN).await;
    let answer = come_back(&door, &held, &stolen, &state).await;

    assert_eq!(
        answer.status, 401,
        "a code of another sign-in has another challenge"
    );

    let (held, code, state) = agree(&door, &codes, &format!("{BEGIN}?return_to=/stories")).await;
    let entered = come_back(&door, &held, &code, &state).await;

    assert_eq!(
        (entered.status.as_u16(), entered.headers["location"].to_str().ok()),
        (303, Some("/stories"))
    );

    let session = cookie(&entered, "saga_access");
    let me = with(&door, &[("cookie", &session)], "GET", "/api/v1/auth/me", None).await;

    assert_eq!(me.body["id"], ada["id"], "the same account from then on");

    let away = door.get(&format!("{BEGIN}?return_to=https://evil.test")).await;
    assert_eq!(away.status, 422);
    assert_eq!(
        door.get("/api/v1/auth/oauth/google").await.status,
        404,
        "not configured"
    );
}

/// The account that a page is signed in to after the callback.
async fn who_entered(door: &Client, entered: &Answer) -> Value {
    assert_eq!(entered.status, 303, "{}", entered.body);
    let session = cookie(entered, "saga_access");
    let me = with(door, &[("cookie", &session)], "GET", "/api/v1/auth/me", None).await;
    assert_eq!(me.status, 200, "{}", me.body);
    me.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_gives_the_account_of_a_verified_email_to_its_owner_and_closes_every_other_way_in() {
    let codes = Codes::default();
    let github = provider(&codes).await;
    let saga = Launch::new(&DataFolder::new())
        .set("GITHUB_CLIENT_ID", "a client")
        .set("GITHUB_CLIENT_SECRET", "a client secret")
        .set("SAGA_AUTH__OAUTH__GITHUB__TOKEN_URL", format!("{github}/token"))
        .set("SAGA_AUTH__OAUTH__GITHUB__API_URL", &github)
        .serve()
        .await;
    let door = Client::of(&saga);

    // Somebody registered with an email that they have not shown to be theirs.
    let squatter = Person::register(&door, "ada").await;
    let (held, code, state) = agree(&door, &codes, BEGIN).await;
    let entered = come_back(&door, &held, &code, &state).await;
    let me = who_entered(&door, &entered).await;

    assert_eq!(me["id"], json!(squatter.id), "the account of the email");
    assert_eq!(
        (&me["email_verified"], &me["has_password"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        login(&door, "ada", PASSWORD).await.status,
        401,
        "the squatter's password is gone"
    );
    assert_eq!(squatter.refreshed(&door).await.status, 401, "and the session");

    wait::until("the squatter's access token to be refused", || async {
        (squatter.standing(&door).await == 401).then_some(())
    })
    .await;

    let link = format!("{BEGIN}?link=true");
    assert_eq!(
        door.get(&link).await.status,
        401,
        "nobody is signed in to add it to"
    );
}
