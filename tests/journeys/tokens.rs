//! Tokens at the doors: the public keys that verify them, their rotation, and everything that is wrong with one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet};
use kit::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::harness::{
    client::{Answer, Client},
    people::{Person, bearing, graphql},
    saga::{DataFolder, Launch},
    wait,
};

const SECRET: &str = "the secret of a Supabase project, long enough";
const SUBJECT: &str = "0b9c5f5e-4a39-4f3c-9f5e-6f3a2f2d8c11";
/// A P-256 key that no server has.
const FOREIGN_KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglqBEmBRIcKCdr0a36SI4hvgAL78Et4b9Aa0tOeYU2aShRANCAAQ1XWb5t9gBU16KrCw0pAH3lYwzVPwgJpngbzYSIdUGEibEoZrupm/jOh5wW2iCCUIzs/FfbRD2QsrW1DvZgmds";

fn now() -> i64 {
    SystemClock.now().timestamp()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn read(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

async fn jwks(door: &Client) -> JwkSet {
    let answer = door.get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200);
    serde_json::from_value(answer.body).expect("a set of keys")
}

/// The claims of a token, verified with nothing but what is public.
async fn verified(door: &Client, token: &str) -> Value {
    let keys = jwks(door).await;
    let header = jsonwebtoken::decode_header(token).expect("a header");
    let key = keys
        .find(header.kid.as_deref().expect("a key id"))
        .expect("the key is published");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&["saga"]);
    rules.set_issuer(&["saga"]);
    rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);

    let key = DecodingKey::from_jwk(key).expect("a key");
    jsonwebtoken::decode::<Value>(token, &key, &rules)
        .expect("it verifies")
        .claims
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_keys_verify_a_token_which_says_what_it_is_good_for() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, guest) = (Person::register(&door, "ada").await, Person::guest(&door).await);
    let claims = verified(&door, &ada.access).await;
    let number = |name: &str| {
        claims[name]
            .as_i64()
            .unwrap_or_else(|| panic!("{name} in {claims}"))
    };

    assert_eq!(number("exp") - number("iat"), 900);
    assert!(number("nbf") <= now() && number("iat") <= now());
    assert_eq!(
        (&claims["sub"], &claims["tier"], &claims["is_anonymous"]),
        (&json!(ada.id), &json!("free"), &json!(false))
    );

    for name in ["jti", "sid"] {
        assert!(claims[name].is_string(), "{name} in {claims}");
    }

    assert_eq!(verified(&door, &guest.access).await["is_anonymous"], true);

    let published = door.get("/.well-known/jwks.json").await.body;
    for key in published["keys"].as_array().expect("keys") {
        assert_eq!(
            (&key["alg"], &key["kty"], &key["d"]),
            (&json!("ES256"), &json!("EC"), &Value::Null)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_under_a_running_platform_and_old_tokens_stay_good() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).argument("serve").serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let kid = |person: &Person| {
        read(&person.access, 0)["kid"]
            .as_str()
            .expect("a key id")
            .to_owned()
    };

    let output = Launch::new(&data)
        .argument("key")
        .argument("rotate")
        .command()
        .output()
        .await
        .expect("the binary runs");

    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let next = wait::until("a token of the next key", || async {
        let next = Person::login(&door, "ada").await;
        (kid(&next) != kid(&ada)).then_some(next)
    })
    .await;

    for person in [&ada, &next] {
        assert_eq!(person.standing(&door).await, 200);
        verified(&door, &person.access).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supabase_token_is_accepted_where_its_secret_is_configured_and_nowhere_else() {
    let token = supabase(&claims());
    let saga = Launch::new(&DataFolder::new())
        .set("SUPABASE_JWT_SECRET", SECRET)
        .serve()
        .await;
    let door = Client::of(&saga);
    let me = || bearing(&door, &token, "GET", "/api/v1/auth/me", None);
    let first = me().await;

    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["is_guest"], false);
    assert_ne!(first.body["id"], SUBJECT, "the id is our own");
    assert_eq!(me().await.body["id"], first.body["id"]);

    let told = graphql(&door, Some(&token), "{ me { id } }").await;
    assert_eq!(told.body["data"]["me"]["id"], first.body["id"]);

    let other = Launch::new(&DataFolder::new()).serve().await;
    assert_eq!(
        bearing(&Client::of(&other), &token, "GET", "/api/v1/auth/me", None)
            .await
            .status,
        401
    );
}

fn claims() -> Value {
    json!({
        "iss": "https://abc.supabase.co/auth/v1", "aud": "authenticated", "sub": SUBJECT, "role": "authenticated",
        "iat": now(), "exp": now() + 3_600,
    })
}

/// Signed with the secret that the server trusts: what is wrong is in the claims.
fn supabase(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).expect("a token")
}

/// The claims with some of them others; `null` takes one away.
fn changed(changes: Value) -> String {
    let mut claims = claims();
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    supabase(&claims)
}

fn wrong_claims() -> Vec<(&'static str, String)> {
    let rows = [
        ("expired", json!({ "exp": now() - 3_600 })),
        ("not yet valid", json!({ "nbf": now() + 3_600 })),
        ("far future", json!({ "exp": now() + 100 * 31_536_000 })),
        ("no exp", json!({ "exp": null })),
        ("exp as a text", json!({ "exp": (now() + 3_600).to_string() })),
        ("exp below zero", json!({ "exp": -1 })),
        ("another aud", json!({ "aud": "anon" })),
        ("no aud", json!({ "aud": null })),
        ("another iss", json!({ "iss": "https://evil.test" })),
        ("no iss", json!({ "iss": null })),
        ("our iss", json!({ "iss": "saga", "aud": "saga" })),
        ("role anon", json!({ "role": "anon" })),
        ("role service_role", json!({ "role": "service_role" })),
        ("no sub", json!({ "sub": null })),
        ("empty sub", json!({ "sub": "" })),
        ("sub no UUID", json!({ "sub": "admin" })),
        ("sub with NUL", json!({ "sub": format!("{SUBJECT}\u{0}") })),
        ("sub a number", json!({ "sub": 1 })),
    ];

    rows.into_iter()
        .map(|(name, changes)| (name, changed(changes)))
        .collect()
}

fn wrong_headers(ada: &Person, public: &Value) -> Vec<(String, String)> {
    let (head, body) = (
        read(&ada.access, 0),
        ada.access.split('.').nth(1).expect("three parts"),
    );
    let signature = ada.access.split('.').nth(2).expect("three parts");
    let with = |changes: Value| {
        let mut head = head.clone();
        for (name, value) in changes.as_object().expect("an object") {
            head[name] = value.clone();
        }
        head
    };

    let mut rows = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", "", "null"] {
        let head = part(&with(json!({ "alg": none })));
        rows.push((format!("alg {none:?}"), format!("{head}.{body}.")));
        rows.push((
            format!("alg {none:?}, signed"),
            format!("{head}.{body}.{signature}"),
        ));
    }

    let mut bare = head.clone();
    bare.as_object_mut().expect("an object").remove("alg");
    rows.push(("no alg".into(), format!("{}.{body}.{signature}", part(&bare))));

    let claims = read(&ada.access, 1);
    let kid = head["kid"].as_str().map(str::to_owned);
    let coordinates = ["x", "y"].map(|name| public[name].as_str().expect("a coordinate").to_owned());
    for secret in [public.to_string(), coordinates.concat(), coordinates[0].clone()] {
        let mut header = Header::new(Algorithm::HS256);
        (header.kid, header.typ) = (kid.clone(), head["typ"].as_str().map(str::to_owned));
        let key = EncodingKey::from_secret(secret.as_bytes());
        rows.push((
            "the public key as a secret".into(),
            jsonwebtoken::encode(&header, &claims, &key).expect("a token"),
        ));
    }

    let raw = coordinates
        .map(|text| URL_SAFE_NO_PAD.decode(text).expect("base64url"))
        .concat();
    let key = EncodingKey::from_secret(&[&[4][..], &raw].concat());
    let mut header = Header::new(Algorithm::HS256);
    header.kid = kid.clone();
    rows.push((
        "the public point as a secret".into(),
        jsonwebtoken::encode(&header, &claims, &key).expect("a token"),
    ));

    for alg in ["HS256", "HS384", "RS256", "PS256", "ES384", "EdDSA"] {
        rows.push((
            format!("{alg} instead"),
            format!("{}.{body}.{signature}", part(&with(json!({ "alg": alg })))),
        ));
    }

    for kid in [
        "../../etc/passwd",
        "/dev/null",
        "key\u{0}",
        "",
        "' OR 1=1 --",
        "https://evil.test/key",
    ] {
        rows.push((format!("kid {kid:?}"), foreign(&claims, Some(kid.to_owned()))));
    }

    rows.push(("another key of the same kid".into(), foreign(&claims, kid)));

    for (name, value) in [
        ("jku", json!("https://evil.test/jwks.json")),
        ("x5u", json!("https://evil.test/x5u.pem")),
        ("jwk", public.clone()),
        ("crit", json!(["exp"])),
    ] {
        rows.push((
            name.into(),
            format!("{}.{body}.{signature}", part(&with(json!({ name: value })))),
        ));
    }

    let zero = URL_SAFE_NO_PAD.encode([0; 64]);
    let der =
        URL_SAFE_NO_PAD.encode([&[0x30, 0x44, 0x02, 0x20][..], &[1; 32], &[0x02, 0x20], &[1; 32]].concat());
    let first = part(&head);
    for (name, signature) in [
        ("zero", zero.as_str()),
        ("DER", &der),
        ("no", ""),
        ("short", "AAAA"),
    ] {
        rows.push((format!("{name} signature"), format!("{first}.{body}.{signature}")));
    }

    let mut longer = claims;
    longer["exp"] = json!(now() + 1_000_000);
    rows.push((
        "claims changed".into(),
        format!("{first}.{}.{signature}", part(&longer)),
    ));
    rows.push(("a refresh token".into(), ada.refresh.clone()));

    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "nonsense",
        "saga_",
        "saga_nonsense",
        "eyJ.eyJ.eyJ",
    ] {
        rows.push((format!("{text:?}"), text.to_owned()));
    }

    rows
}

/// Signed with a key that the server does not know.
fn foreign(claims: &Value, kid: Option<String>) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = kid;
    header.typ = Some("at+jwt".to_owned());
    let key = base64::engine::general_purpose::STANDARD
        .decode(FOREIGN_KEY)
        .expect("base64");
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&key)).expect("a token")
}

/// The whole answer without what differs from request to request.
fn anonymous(answer: &Answer) -> String {
    let id = answer.headers["x-request-id"].to_str().expect("a text");
    answer.body.to_string().replace(id, "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_token_gets_the_same_refusal_at_both_doors() {
    let saga = Launch::new(&DataFolder::new())
        .set("SUPABASE_JWT_SECRET", SECRET)
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let kid = read(&ada.access, 0)["kid"].clone();
    let published = door.get("/.well-known/jwks.json").await.body;
    let public = published["keys"]
        .as_array()
        .and_then(|keys| keys.iter().find(|key| key["kid"] == kid))
        .expect("the key");
    let mut tokens = wrong_headers(&ada, public);
    tokens.extend(
        wrong_claims()
            .into_iter()
            .map(|(name, token)| (name.to_owned(), token)),
    );

    let (mut rest, mut graph) = (None, None);
    for (name, token) in &tokens {
        let answer = bearing(&door, token, "GET", "/api/v1/auth/me", None).await;
        assert_eq!(answer.status, 401, "{name}: {token}: {}", answer.body);
        assert_eq!(
            &anonymous(&answer),
            rest.get_or_insert_with(|| anonymous(&answer)),
            "{name}"
        );

        let answer = graphql(&door, Some(token), "{ me { id } }").await;
        assert_eq!(answer.status, 401, "{name}: {token}: {}", answer.body);
        assert_eq!(
            &anonymous(&answer),
            graph.get_or_insert_with(|| anonymous(&answer)),
            "{name}"
        );
    }

    assert!(tokens.len() > 60, "{}", tokens.len());
    assert_eq!(ada.standing(&door).await, 200, "the right one still works");

    let good = bearing(&door, &supabase(&claims()), "GET", "/api/v1/auth/me", None).await;
    assert_eq!(
        good.status, 200,
        "and so does the right one of the other issuer: {}",
        good.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_unknown_key_ids_and_a_token_of_a_megabyte_are_refused() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let claims = read(&ada.access, 1);

    for round in 0..10 {
        let tokens: Vec<_> = (0..50)
            .map(|number| foreign(&claims, Some(format!("unknown-{round}-{number}"))))
            .collect();
        let answers = tokens
            .iter()
            .map(|token| bearing(&door, token, "GET", "/api/v1/auth/me", None));
        let answers = futures::future::join_all(answers).await;
        assert!(answers.iter().all(|answer| answer.status == 401));
    }

    assert_eq!(ada.standing(&door).await, 200);

    for path in ["/api/v1/auth/me", "/graphql"] {
        let header = format!("Bearer {}", "a".repeat(1 << 20));
        let request = door
            .http()
            .get(format!("{}{path}", saga.base()))
            .header("authorization", header);
        // The server may close the connection before it has read all of the header.
        if let Ok(answer) = request.send().await {
            assert!(
                [401, 431].contains(&answer.status().as_u16()),
                "{}",
                answer.status()
            );
        }

        assert_eq!(ada.standing(&door).await, 200);
    }
}
