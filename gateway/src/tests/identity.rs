//! Who is asking: tokens of ours and of others, API keys, what is remembered of them and for how long.

use std::{collections::HashSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kit::{
    actor::Tier,
    clock::{Clock as _, ManualClock, SystemClock},
    ids::random_id,
};
use proto::v1 as pb;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    fakes::{Person, Signer, now},
    harness::{Answer, Door},
};

const PATH: &str = "/api/stories";

async fn with(door: &Door, name: &str, value: &str) -> Answer {
    Answer::of(door.http.get(door.url(PATH)).header(name, value)).await
}

async fn bearing(door: &Door, token: &str) -> Answer {
    with(door, "authorization", &format!("Bearer {token}")).await
}

/// The user whom the story service saw last.
fn seen(door: &Door) -> kit::actor::Actor {
    door.world.lock().actors.last().cloned().expect("somebody asked")
}

async fn manual() -> (Door, ManualClock) {
    let clock = ManualClock::starting_at(SystemClock.now());
    (Door::open_at(clock.shared(), |_| {}).await, clock)
}

#[tokio::test]
async fn an_access_token_is_its_user_with_the_tier_that_the_account_has_now() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    door.world.lock().people.user(person.id, Tier::Power, false);

    assert_eq!(bearing(&door, &person.token).await.status, 200);

    let actor = seen(&door);
    assert_eq!(
        (actor.user_id, actor.tier, actor.guest),
        (person.id, Tier::Power, false)
    );
    assert_eq!(actor.session_id, Some(person.session));

    let guest = door.world.lasting_guest();
    assert_eq!(bearing(&door, &guest.token).await.status, 200);
    assert_eq!((seen(&door).user_id, seen(&door).guest), (guest.id, true));
}

#[tokio::test]
async fn keys_and_sessions_are_asked_for_once_for_many_requests() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let all = futures::future::join_all((0..20).map(|_| bearing(&door, &person.token))).await;

    assert!(all.iter().all(|answer| answer.status == 200));

    let people = &door.world.lock().people;
    assert_eq!(
        (people.called("get_jwks"), people.called("check_session")),
        (1, 1)
    );
}

/// Everything that is wrong with a token, by name.
fn wrong_tokens(door: &Door, person: &Person) -> Vec<(&'static str, String)> {
    let world = door.world.lock();
    let signer = &world.people.signers[0];
    let claims = world.people.claims(person.id, Some(person.session));
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (head, body) = (
        json!({ "alg": "ES256", "kid": signer.kid, "typ": "at+jwt" }),
        part(&claims),
    );
    let mut tokens = Vec::new();
    for none in ["none", "None", "NONE", "nOnE", "", "null"] {
        let head = part(&json!({ "alg": none, "kid": signer.kid, "typ": "at+jwt" }));
        tokens.push(("alg none", format!("{head}.{body}.")));
        tokens.push(("alg none, signed", format!("{head}.{body}.AAAA")));
    }

    let no_alg = part(&json!({ "kid": signer.kid, "typ": "at+jwt" }));
    tokens.push(("no alg", format!("{no_alg}.{body}.AAAA")));

    let mut hs = Header::new(Algorithm::HS256);
    (hs.kid, hs.typ) = (Some(signer.kid.clone()), Some("at+jwt".to_owned()));

    let confused = jsonwebtoken::encode(&hs, &claims, &EncodingKey::from_secret(&signer.public)).unwrap();
    tokens.push(("the public key as a secret", confused));

    let other = Signer::new(&signer.kid);
    tokens.push(("another key of the same id", other.sign(&claims)));

    for kid in ["../../etc/passwd", "key-1\u{0}", "", "' OR 1=1"] {
        let mut header = signer.header();
        header.kid = Some(kid.to_owned());
        tokens.push(("an odd key id", signer.sign_with(&header, &claims)));
    }

    let jwk = other.jwk();
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.test/jwks")),
        ("x5u", json!("https://evil.test/x5u")),
    ] {
        let mut head = head.clone();
        head[name] = value;

        let message = format!("{}.{body}", part(&head));
        let signature = jsonwebtoken::crypto::sign(
            message.as_bytes(),
            &EncodingKey::from_ec_der(&other.private),
            Algorithm::ES256,
        );
        tokens.push(("a key of its own", format!("{message}.{}", signature.unwrap())));
    }

    for bytes in [
        vec![0; 64],
        vec![],
        vec![0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01],
        vec![0xff; 64],
    ] {
        let signature = URL_SAFE_NO_PAD.encode(bytes);
        tokens.push(("no real signature", format!("{}.{body}.{signature}", part(&head))));
    }

    let now = now();
    let changes: [(&'static str, &str, Value); 19] = [
        ("expired", "exp", json!(now - 1)),
        ("far future", "exp", json!(now + 400 * 86_400)),
        ("exp as text", "exp", json!((now + 900).to_string())),
        ("no exp", "exp", Value::Null),
        ("not yet", "nbf", json!(now + 600)),
        ("from the future", "iat", json!(now + 600)),
        ("wrong aud", "aud", json!("others")),
        ("no aud", "aud", Value::Null),
        ("no iss", "iss", Value::Null),
        ("role anon", "role", json!("anon")),
        ("no sub", "sub", Value::Null),
        ("empty sub", "sub", json!("")),
        ("sub is no id", "sub", json!("somebody")),
        ("sub with NUL", "sub", json!(format!("{}\u{0}", person.id))),
        ("nil sub", "sub", json!(Uuid::nil())),
        ("unknown tier", "tier", json!("emperor")),
        ("scope of services", "scopes", json!(["operator"])),
        ("unknown session", "sid", json!(random_id())),
        ("sid is no id", "sid", json!("x")),
    ];
    for (name, claim, value) in changes {
        let mut claims = claims.clone();
        let fields = claims.as_object_mut().unwrap();
        if value.is_null() {
            fields.remove(claim)
        } else {
            fields.insert(claim.to_owned(), value)
        };
        tokens.push((name, signer.sign(&claims)));
    }

    let mut plain = signer.header();
    plain.typ = Some("JWT".to_owned());
    tokens.push(("another type of token", signer.sign_with(&plain, &claims)));

    for text in [
        "refresh-1",
        "a.b",
        "a.b.c",
        "...",
        "a.b.c.d",
        "eyJhbGciOiJFUzI1NiJ9",
        "undefined",
        "null",
    ] {
        tokens.push(("no token at all", text.to_owned()));
    }

    tokens
}

#[tokio::test]
async fn every_wrong_token_is_refused_with_the_same_words_and_never_with_a_fault_of_ours() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let expected = "The credentials are not valid.";
    let tokens = wrong_tokens(&door, &person);

    assert!(tokens.len() > 50);

    for (name, token) in tokens {
        let answer = bearing(&door, &token).await;
        assert_eq!(answer.refusal(), "401 AUTHENTICATION_ERROR", "{name}: {token}");
        assert_eq!(
            (
                answer.json()["message"].as_str(),
                answer.header("www-authenticate")
            ),
            (Some(expected), "Bearer"),
            "{name}"
        );
        assert_eq!(answer.json()["details"], json!({}), "{name}");
    }

    assert!(door.world.lock().actors.is_empty(), "nobody got through");
    assert_eq!(
        bearing(&door, &person.token).await.status,
        200,
        "the right one still works"
    );
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused_at_the_door() {
    let door = Door::open().await;
    let status = bearing(&door, &"a".repeat(1 << 20)).await.status;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_causes_one_fetch_of_the_keys() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let tokens: Vec<String> = {
        let people = &door.world.lock().people;
        let claims = people.claims(person.id, Some(person.session));
        (0..50)
            .map(|n| Signer::new(&format!("unknown-{n}")).sign(&claims))
            .collect()
    };
    let all = futures::future::join_all(tokens.iter().map(|token| bearing(&door, token))).await;

    assert!(all.iter().all(|answer| answer.status == 401));

    let fetches = door.world.lock().people.called("get_jwks");
    assert!(fetches <= 2, "{fetches}");
}

#[tokio::test]
async fn tokens_of_all_published_keys_are_taken() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let token = {
        let people = &mut door.world.lock().people;
        people.signers.push(Signer::new("standby"));
        people.signers[1].sign(&people.claims(person.id, Some(person.session)))
    };

    assert_eq!(bearing(&door, &person.token).await.status, 200);
    assert_eq!(bearing(&door, &token).await.status, 200);
}

#[tokio::test]
async fn a_key_that_is_published_later_is_fetched_when_its_first_token_comes() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Free);

    assert_eq!(bearing(&door, &person.token).await.status, 200);

    let token = {
        let people = &mut door.world.lock().people;
        people.signers = vec![Signer::new("next")];
        people.signers[0].sign(&people.claims(person.id, Some(person.session)))
    };

    assert_eq!(
        bearing(&door, &token).await.status,
        401,
        "the keys were fetched just now"
    );

    clock.advance(Duration::from_secs(6));
    assert_eq!(bearing(&door, &token).await.status, 200);
    assert_eq!(door.world.lock().people.called("get_jwks"), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_back_stops_counting() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Free);

    assert_eq!(bearing(&door, &person.token).await.status, 200);

    let (old, token) = {
        let people = &mut door.world.lock().people;
        let old = people.signers[0].clone();
        people.signers = vec![Signer::new("next")];
        let token = old.sign(&people.claims(person.id, Some(person.session)));
        (old, token)
    };

    clock.advance(Duration::from_secs(301));
    // The keys that are known serve this one, and are fetched anew behind its back.
    assert_eq!(bearing(&door, &token).await.status, 200);

    let claims = door.world.lock().people.claims(person.id, Some(person.session));
    let refused = async { while bearing(&door, &old.sign(&claims)).await.status != 401 {} };
    tokio::time::timeout(Duration::from_secs(10), refused)
        .await
        .expect("the new keys are there");
}

#[tokio::test]
async fn a_session_that_ended_elsewhere_is_felt_within_a_minute() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Free);

    assert_eq!(bearing(&door, &person.token).await.status, 200);

    door.world.lock().people.sessions.clear();
    clock.advance(Duration::from_secs(29));

    assert_eq!(
        bearing(&door, &person.token).await.status,
        200,
        "what was heard still counts"
    );

    clock.advance(Duration::from_secs(2));
    assert_eq!(
        bearing(&door, &person.token).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn a_token_that_was_recognised_still_runs_out() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Free);
    assert_eq!(bearing(&door, &person.token).await.status, 200);
    // The fake issues by the wall clock, which has gone on since this one was set.
    let behind = (SystemClock.now() - clock.now()).to_std().expect("time goes on");
    clock.advance(behind + Duration::from_secs(901));
    assert_eq!(
        bearing(&door, &person.token).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn while_auth_is_away_known_tokens_work_and_what_needs_it_says_so() {
    let (door, clock) = manual().await;
    let (person, other) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    let key = door.world.api_key(&person, &[]);

    assert_eq!(bearing(&door, &person.token).await.status, 200);

    door.world.lock().people.down = true;
    clock.advance(Duration::from_secs(60));

    for token in [&person.token, &other.token] {
        assert_eq!(bearing(&door, token).await.status, 200, "the keys are known");
    }

    let refused = bearing(&door, &key).await;
    assert_eq!(refused.refusal(), "503 EXTERNAL_SERVICE_ERROR");
    assert_eq!(refused.json()["details"]["service"], "auth");
    assert!(!refused.header("retry-after").is_empty());

    door.world.lock().people.down = false;
    assert_eq!(
        bearing(&door, &key).await.status,
        200,
        "a failure is not remembered"
    );
}

#[tokio::test]
async fn without_keys_a_token_of_ours_cannot_be_judged() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);

    door.world.lock().people.down = true;
    assert_eq!(
        bearing(&door, &person.token).await.refusal(),
        "503 EXTERNAL_SERVICE_ERROR"
    );

    let foreign = with(&door, "authorization", "Bearer nonsense").await;
    assert_eq!(
        foreign.refusal(),
        "401 AUTHENTICATION_ERROR",
        "what is no token needs no keys"
    );
}

#[tokio::test]
async fn an_api_key_is_taken_in_either_header_and_exchanged_once() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Pro);
    let key = door.world.api_key(&person, &["stories:read"]);
    let all = futures::future::join_all((0..10).map(|_| with(&door, "x-api-key", &key))).await;

    assert!(all.iter().all(|answer| answer.status == 200));
    assert_eq!(bearing(&door, &key).await.status, 200);

    let actor = seen(&door);
    assert_eq!(
        (actor.user_id, actor.tier, actor.scopes),
        (person.id, Tier::Pro, vec!["stories:read".to_owned()])
    );
    assert_eq!(door.world.lock().people.called("authenticate"), 1);

    door.world.lock().people.foreign.clear();
    clock.advance(Duration::from_secs(31));

    assert_eq!(
        bearing(&door, &key).await.refusal(),
        "401 AUTHENTICATION_ERROR",
        "revocation is felt"
    );
}

#[tokio::test]
async fn an_api_key_ends_when_it_says_even_while_it_is_remembered() {
    let (door, clock) = manual().await;
    let person = door.world.account(Tier::Free);
    let key = door.world.api_key(&person, &[]);
    door.world.lock().people.foreign.get_mut(&key).unwrap().expires_at = clock.now().timestamp() + 5;
    assert_eq!(bearing(&door, &key).await.status, 200);
    door.world.lock().people.foreign.clear();
    clock.advance(Duration::from_secs(6));
    assert_eq!(bearing(&door, &key).await.status, 401);
}

#[tokio::test]
async fn a_key_may_only_do_what_its_scopes_say() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(1, pb::RunStatus::Running);
    let rows = [
        (vec!["stories:read"], 200, 403),
        (vec!["stories:write"], 403, 200),
        (vec!["account:read"], 403, 403),
        (vec![], 200, 200),
    ];

    for (scopes, reads, writes) in rows {
        let key = door.world.api_key(&person, &scopes);
        let read = with(&door, "x-api-key", &key).await;
        let url = door.url(&format!("/api/stories/{}/cancel", story.id));
        let write = Answer::of(door.http.post(url).header("x-api-key", &key)).await;

        assert_eq!(
            (read.status.as_u16(), write.status.as_u16()),
            (reads, writes),
            "{scopes:?}"
        );

        if reads == 403 {
            assert_eq!(read.refusal(), "403 PERMISSION_DENIED");
            assert_eq!(read.json()["details"]["reason"], "SCOPE_MISSING");
        }
    }

    let service = door.world.api_key(&person, &["operator", "service"]);
    assert_eq!(
        bearing(&door, &service).await.status,
        401,
        "scopes of services do not come in from outside"
    );
}

#[tokio::test]
async fn a_token_of_a_trusted_issuer_is_exchanged_once_and_an_untrusted_one_is_refused() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let (trusted, untrusted) = {
        let people = &mut door.world.lock().people;
        let mut claims = people.claims(person.id, None);
        claims["iss"] = json!("https://project.supabase.test/auth/v1");

        let sign = |secret: &[u8]| {
            jsonwebtoken::encode(
                &Header::new(Algorithm::HS256),
                &claims,
                &EncodingKey::from_secret(secret),
            )
            .unwrap()
        };
        let (trusted, untrusted) = (sign(b"known"), sign(b"unknown"));
        let user = people.users.get(&person.id).cloned();
        let authenticated = pb::Authenticated {
            user,
            ..pb::Authenticated::default()
        };
        people.foreign.insert(trusted.clone(), authenticated);

        (trusted, untrusted)
    };
    for _ in 0..5 {
        assert_eq!(bearing(&door, &trusted).await.status, 200);
        assert_eq!(
            bearing(&door, &untrusted).await.refusal(),
            "401 AUTHENTICATION_ERROR"
        );
    }

    assert_eq!(seen(&door).user_id, person.id);
    assert_eq!(
        door.world.lock().people.called("authenticate"),
        2,
        "a refusal is remembered too"
    );
}

#[tokio::test]
async fn a_disabled_user_is_refused_whatever_it_brings() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let key = door.world.api_key(&person, &[]);
    {
        let people = &mut door.world.lock().people;
        people.users.get_mut(&person.id).unwrap().disabled = true;
        people
            .foreign
            .get_mut(&key)
            .unwrap()
            .user
            .as_mut()
            .unwrap()
            .disabled = true;
    }

    for credential in [&person.token, &key] {
        assert_eq!(bearing(&door, credential).await.status, 401);
    }
}

#[tokio::test]
async fn two_credentials_that_differ_are_refused_and_equal_ones_are_one() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let (key, other) = (door.world.api_key(&person, &[]), door.world.api_key(&person, &[]));
    let both = |bearer: &str, key: &str| {
        let request = door.http.get(door.url(PATH)).bearer_auth(bearer);
        Answer::of(request.header("x-api-key", key))
    };

    assert_eq!(both(&key, &key).await.status, 200);
    assert_eq!(both(&key, &other).await.refusal(), "401 AUTHENTICATION_ERROR");
    assert_eq!(
        both(&person.token, &key).await.refusal(),
        "401 AUTHENTICATION_ERROR"
    );
}

#[tokio::test]
async fn a_network_that_tries_many_wrong_keys_has_to_wait_with_those_and_with_no_good_one() {
    let door = Door::open_with(|config| {
        config.rate_limits.enabled = true;
        config.rate_limits.wrong_credentials = 3.try_into().unwrap();
    })
    .await;
    let person = door.world.account(Tier::Free);
    let (known, new) = (door.world.api_key(&person, &[]), door.world.api_key(&person, &[]));

    assert_eq!(bearing(&door, &known).await.status, 200);

    for _ in 0..3 {
        assert_eq!(bearing(&door, &format!("saga_{}", random_id())).await.status, 401);
    }

    for _ in 0..5 {
        let refused = bearing(&door, &format!("saga_{}", random_id())).await;
        assert_eq!(refused.refusal(), "429 RATE_LIMIT_EXCEEDED");
        assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 20);
    }

    for good in [&known, &new, &person.token] {
        assert_eq!(bearing(&door, good).await.status, 200, "a good one goes on");
    }
}

#[tokio::test]
async fn a_token_that_was_good_once_is_no_guess() {
    let door = Door::open_with(|config| {
        config.rate_limits.enabled = true;
        config.rate_limits.wrong_credentials = 3.try_into().unwrap();
    })
    .await;
    door.world.lock().people.wrong_reason = "EXPIRED_CREDENTIALS";

    for _ in 0..10 {
        let refused = bearing(&door, &format!("saga_{}", random_id())).await;
        assert_eq!(refused.refusal(), "401 AUTHENTICATION_ERROR");
    }
}

#[tokio::test]
async fn where_no_guests_are_allowed_whoever_signs_in_is_let_in() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    let person = door.world.account(Tier::Free);
    assert_eq!(door.get(PATH).await.refusal(), "401 AUTHENTICATION_ERROR");
    assert_eq!(bearing(&door, &person.token).await.status, 200);
}

/// One that nobody comes upon.
const LONG_KEY: &str = "0b5e2c6a-2f0e-4c53-9f0c-5d1e6f7a8b9c";

#[tokio::test]
async fn whoever_comes_without_a_cookie_is_a_guest_of_its_own() {
    let door = Door::open().await;
    let make = |key: Option<&'static str>| {
        let mut request = door.http.post(door.url("/api/stories/generate"));
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Answer::of(request.json(&json!({ "repoUrl": "u" })))
    };

    let mut guests = Vec::new();
    for key in [
        None,
        None,
        Some("order-1"),
        Some("order-1"),
        Some(LONG_KEY),
        Some(LONG_KEY),
    ] {
        let made = make(key).await;

        assert_eq!(made.status, 200);
        assert_eq!(
            made.cookie("saga_guest").is_empty(),
            key == Some("order-1"),
            "{key:?}"
        );
        guests.push(seen(&door).user_id);
    }

    assert_eq!((guests[2], guests[4]), (guests[3], guests[5]), "sent again");

    let different: HashSet<_> = guests.iter().collect();
    assert_eq!(different.len(), 4, "{guests:?}");

    let made = make(None).await;
    let (id, cookie) = (seen(&door).user_id, made.cookie("saga_guest"));
    with(&door, "cookie", &cookie).await;

    assert_eq!(seen(&door).user_id, id);

    // Once the guest is an account, its old cookie opens nothing of it.
    let (door, clock) = manual().await;
    let request = door.http.post(door.url("/api/stories/generate"));
    let cookie = Answer::of(request.json(&json!({ "repoUrl": "u" })))
        .await
        .cookie("saga_guest");
    let id = seen(&door).user_id;

    with(&door, "cookie", &cookie).await;
    assert_eq!(seen(&door).user_id, id);

    door.world.lock().people.user(id, Tier::Free, false);
    clock.advance(Duration::from_secs(31));
    with(&door, "cookie", &cookie).await;

    assert_ne!(seen(&door).user_id, id);
}
