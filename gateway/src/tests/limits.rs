//! How often somebody may ask, through the door: classes, tiers, headers, and what is not counted.

use std::time::Duration;

use kit::{
    actor::Tier,
    clock::{Clock as _, ManualClock, SystemClock},
};
use serde_json::{Value, json};

use super::harness::{Answer, Door};
use crate::GatewayConfig;

/// A door whose clock stands still, so that no bucket gets anything back.
async fn limited() -> Door {
    limited_with(|_| {}).await
}

/// A minute ahead: tokens are issued by the wall clock while this one stands still, and none may come from its future.
fn standing_clock() -> ManualClock {
    ManualClock::starting_at(SystemClock.now() + Duration::from_secs(60))
}

async fn limited_with(change: impl FnOnce(&mut GatewayConfig)) -> Door {
    let clock = standing_clock();
    Door::open_at(clock.shared(), |config| {
        config.rate_limits.enabled = true;
        change(config);
    })
    .await
}

async fn get(door: &Door, path: &str, token: &str) -> Answer {
    Answer::of(door.http.get(door.url(path)).bearer_auth(token)).await
}

async fn generate(door: &Door, token: &str) -> Answer {
    let request = door
        .http
        .post(door.url("/api/stories/generate"))
        .bearer_auth(token);
    Answer::of(request.json(&json!({ "repoUrl": "u" }))).await
}

/// Asks until it is refused.
async fn count(mut ask: impl AsyncFnMut() -> Answer) -> (u32, Answer) {
    for allowed in 0..1_000 {
        let answer = ask().await;
        if answer.status == 429 {
            return (allowed, answer);
        }
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    panic!("never refused");
}

#[tokio::test]
async fn a_user_may_ask_as_often_as_its_tier_says() {
    for (tier, standard, expensive) in [(Tier::Free, 60, 20), (Tier::Power, 120, 120)] {
        let door = limited().await;
        let person = door.world.account(tier);
        let (allowed, refused) = count(async || get(&door, "/api/stories", &person.token).await).await;

        assert_eq!(allowed, standard, "{tier}");
        assert_eq!(refused.refusal(), "429 RATE_LIMIT_EXCEEDED");

        let (allowed, _) = count(async || generate(&door, &person.token).await).await;
        assert!(
            (expensive..expensive + 10).contains(&allowed),
            "{tier}: {allowed}"
        );
    }
}

#[tokio::test]
async fn what_was_bought_says_how_often_somebody_may_ask_and_is_asked_for_once_in_a_while() {
    let door = limited().await;
    let person = door.world.account(Tier::Team);
    door.world.lock().rate = Some(80);
    let (allowed, refused) = count(async || generate(&door, &person.token).await).await;
    assert_eq!((allowed, refused.header("ratelimit-limit")), (80, "80"));
    assert_eq!(door.world.lock().rates_asked, 1);

    // Where nothing is sold, and while billing is away, the configured number of the tier counts.
    for rate in [Some(0), None] {
        let door = limited().await;
        let person = door.world.account(Tier::Power);
        door.world.lock().rate = rate;
        let (allowed, _) = count(async || generate(&door, &person.token).await).await;
        assert_eq!((allowed, door.world.lock().rates_asked), (120, 1), "{rate:?}");
    }
}

#[tokio::test]
async fn another_tier_is_felt_as_soon_as_it_is_known() {
    let clock = standing_clock();
    let door = Door::open_at(clock.shared(), |config| config.rate_limits.enabled = true).await;
    let limit = async |token: &str| generate(&door, token).await.header("ratelimit-limit").to_owned();
    let person = door.world.account(Tier::Free);
    door.world.lock().rate = Some(30);
    assert_eq!(limit(&person.token).await, "30");

    // Auth-svc tells it within half a minute, and what was known of Free counts no more.
    {
        let mut state = door.world.lock();
        state.rate = Some(75);
        state.people.users.get_mut(&person.id).unwrap().tier = "pro".to_owned();
    }
    clock.advance(Duration::from_secs(31));
    assert_eq!(limit(&person.token).await, "75");
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait_in_the_header_and_in_the_body() {
    let door = limited().await;
    let person = door.world.account(Tier::Free);
    let (_, refused) = count(async || generate(&door, &person.token).await).await;

    assert_eq!(
        refused.header("retry-after"),
        "3",
        "20 a minute is one in 3 seconds"
    );
    assert_eq!(refused.json()["details"]["retry_after"], 3);
    assert_eq!(
        (
            refused.header("ratelimit-limit"),
            refused.header("ratelimit-remaining")
        ),
        ("20", "0")
    );
}

#[tokio::test]
async fn every_counted_answer_tells_what_is_left() {
    let door = limited().await;
    let person = door.world.account(Tier::Free);
    let first = get(&door, "/api/stories", &person.token).await;
    let names = [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
    ];

    assert_eq!(names.map(|name| first.header(name)), ["60", "59", "1", "60;w=60"]);

    let second = get(
        &door,
        "/api/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2",
        &person.token,
    )
    .await;

    assert_eq!(
        (second.status.as_u16(), second.header("ratelimit-remaining")),
        (404, "599"),
        "what asks again and again is counted apart"
    );

    let origin = door
        .http
        .get(door.url("/api/stories"))
        .header("origin", "http://localhost:3000");
    let exposed = Answer::of(origin).await;

    assert!(
        exposed
            .header("access-control-expose-headers")
            .contains("ratelimit-remaining")
    );
}

#[tokio::test]
async fn one_user_does_not_use_up_what_another_has_but_guests_of_one_network_share() {
    let door = limited_with(|config| {
        // The address is the same for all in this test, so it gets more than its users.
        config.rate_limits.standard = 200.try_into().unwrap();
    })
    .await;
    let (one, other) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    count(async || generate(&door, &one.token).await).await;

    assert_eq!(generate(&door, &other.token).await.status, 200);

    let anonymous = async || {
        door.post("/api/stories/generate", &json!({ "repoUrl": "u" }))
            .await
    };
    let (allowed, _) = count(anonymous).await;

    assert_eq!(allowed, 10, "the strict limit of those without an account");
    assert_eq!(generate(&door, &other.token).await.status, 200);
}

#[tokio::test]
async fn one_address_has_a_limit_whoever_comes_from_it() {
    let door = limited().await;
    let people: Vec<_> = (0..4).map(|_| door.world.account(Tier::Free)).collect();
    let mut turn = 0;
    let (allowed, _) = count(async || {
        turn += 1;
        get(&door, "/api/stories", &people[turn % 4].token).await
    })
    .await;

    assert_eq!(allowed, 60);

    let forwarded = door
        .http
        .get(door.url("/api/stories"))
        .bearer_auth(&people[0].token);
    let forwarded = Answer::of(forwarded.header("x-forwarded-for", "203.0.113.9")).await;

    assert_eq!(
        forwarded.status, 429,
        "nobody believes what a client says of itself"
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_forwarded_address_is_counted() {
    let door = limited_with(|config| {
        config.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;

    let from = |address: &'static str| {
        let request = door.http.get(door.url("/api/stories"));
        Answer::of(request.header("x-forwarded-for", address))
    };
    count(async || from("203.0.113.9").await).await;

    assert_eq!(from("203.0.113.10").await.status, 200);

    count(async || from("2001:db8:1:2::3").await).await;
    assert_eq!(
        from("2001:db8:1:2:ffff::9").await.status,
        429,
        "a /64 is one subscriber"
    );
    assert_eq!(from("2001:db8:1:3::3").await.status, 200);
}

#[tokio::test]
async fn polling_thirty_times_a_minute_beside_generating_is_well_within_the_defaults() {
    let door = limited().await;
    let story = door
        .post("/api/stories/generate", &json!({ "repoUrl": "u" }))
        .await
        .json();
    let path = format!("/api/stories/{}", story["id"].as_str().unwrap());

    for _ in 0..30 {
        assert_eq!(door.get(&path).await.status, 200);
    }
}

#[tokio::test]
async fn health_documents_and_media_are_not_counted() {
    let door = limited().await;
    count(async || door.get("/api/stories").await).await;

    for path in [
        "/health",
        "/api/health",
        "/api/v1/health",
        "/docs",
        "/openapi.json",
    ] {
        for _ in 0..2 {
            let answer = door.get(path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("ratelimit-limit")),
                (200, ""),
                "{path}"
            );
        }
    }

    assert_eq!(door.get("/media/nothing").await.status, 404);
}

#[tokio::test]
async fn who_is_refused_for_a_wrong_credential_is_counted_too() {
    let door = limited().await;
    for _ in 0..60 {
        assert_eq!(get(&door, "/api/stories", "nonsense").await.status, 401);
    }
    assert_eq!(get(&door, "/api/stories", "nonsense").await.status, 429);
}

#[tokio::test]
async fn a_document_that_only_reads_states_is_a_poll_and_any_other_is_not() {
    let id = "7d444840-9dc0-41d1-b245-5ffdce74fad2";
    let polls = [
        format!("{{ story(id: \"{id}\") {{ status }} }}"),
        format!(
            "{{ a: run(id: \"{id}\") {{ status }} ...More }} fragment More on Query {{ story(id: \"{id}\") {{ status }} }}"
        ),
        format!("{{ __typename node(id: \"{id}\") {{ id }} }}"),
    ];
    let others = [
        "{ health { status } }".to_owned(),
        "{ __typename }".to_owned(),
        format!("{{ story(id: \"{id}\") {{ status }} health {{ status }} }}"),
        "mutation { createGuest { user { id } } }".to_owned(),
        "{ nothing }".to_owned(),
        "{".to_owned(),
    ];

    let door = limited().await;
    let person = door.world.account(Tier::Free);
    let ask = async |body: &Value| {
        let request = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
        Answer::of(request.json(body)).await
    };
    let limit = async |body: &Value| ask(body).await.header("ratelimit-limit").to_owned();

    for query in &polls {
        assert_eq!(limit(&json!({ "query": query })).await, "600", "{query}");
    }
    for query in &others {
        assert_eq!(limit(&json!({ "query": query })).await, "60", "{query}");
    }

    let one = json!({ "query": polls[0] });
    let batches = [
        (json!([one, one]), "600"),
        (json!([one, { "query": others[0] }]), "60"),
        (json!([{ "query": others[0] }]), "60"),
    ];
    for (batch, expected) in &batches {
        assert_eq!(limit(batch).await, *expected, "{batch}");
    }

    count(async || ask(&json!({ "query": others[0] })).await).await;
    assert_eq!(ask(&one).await.status, 200, "a poll is still let in");
}

#[tokio::test]
async fn what_has_a_limit_of_its_own_has_it_over_graphql_too() {
    let door = limited_with(|config| config.allow_anonymous = false).await;
    let query = "mutation($input: LoginInput!) { login(input: $input) { tokens { tokenType } } }";
    let body = json!({
        "query": query,
        "variables": { "input": { "identifier": "nobody@example.org", "password": "wrong" } },
    });

    let mut tries = 0;
    let refused = loop {
        let answer = door.post("/graphql", &body).await;
        let code = answer.json()["errors"][0]["extensions"]["code"].clone();
        if code != "AUTHENTICATION_ERROR" {
            break code;
        }
        tries += 1;
    };

    let allowed = crate::tests::config().rate_limits.endpoints.login.get();
    assert_eq!((refused, tries), (json!("RATE_LIMIT_EXCEEDED"), allowed));
}
