//! Who asks over GraphQL: credentials in a socket's first message, their end, their renewal, and what operations count.

use kit::{
    actor::Tier,
    clock::{Clock as _, ManualClock, SystemClock},
};
use proto::v1::RunStatus;
use serde_json::{Value, json};

use super::{
    fakes::{Person, log, now},
    graphql_socket::Socket,
    harness::{Answer, Door},
};
use crate::GatewayConfig;

/// A token of the person that runs out so many seconds from now.
pub(super) fn lasting(door: &Door, person: &Person, seconds: i64) -> Person {
    let people = &door.world.lock().people;
    let mut claims = people.claims(person.id, Some(person.session));
    claims["exp"] = json!(now() + seconds);
    Person {
        token: people.signers[0].sign(&claims),
        ..person.clone()
    }
}

/// A socket whose client says who it is in its first message; the acknowledgement too.
pub(super) async fn begin(door: &Door, payload: Value) -> (Socket, Value) {
    let mut socket = Socket::raw(door).await;
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    let ack = socket.heard().await;
    assert_eq!(ack["type"], "connection_ack");
    (socket, ack["payload"].clone())
}

fn bearer(person: &Person) -> Value {
    json!({ "authorization": format!("Bearer {}", person.token) })
}

async fn renew(socket: &mut Socket, person: &Person) {
    socket
        .say(json!({ "type": "ping", "payload": bearer(person) }))
        .await;
}

const LIST: &str = "{ stories { nodes { id } } }";

async fn list(door: &Door, socket: &mut Socket, id: &str) -> uuid::Uuid {
    socket.subscribe(id, LIST).await;
    let next = socket.heard().await;
    assert_eq!(next["type"], "next", "{next}");
    assert_eq!(socket.heard().await["type"], "complete");
    door.world.lock().actors.last().expect("somebody asked").user_id
}

#[tokio::test]
async fn a_socket_asks_as_whom_its_first_message_says() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let key = door.world.api_key(&person, &["stories:read"]);

    for payload in [
        bearer(&person),
        json!({ "token": person.token }),
        json!({ "apiKey": key }),
        json!({ "x-api-key": key }),
        json!({ "authorization": format!("Bearer {key}") }),
    ] {
        let (mut socket, _) = begin(&door, payload.clone()).await;
        assert_eq!(list(&door, &mut socket, "1").await, person.id, "{payload}");
    }
}

#[tokio::test]
async fn a_socket_is_closed_with_4401_when_its_token_runs_out() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let (mut socket, payload) = begin(&door, bearer(&lasting(&door, &person, 2))).await;
    assert!(payload["expiresAt"].is_string(), "{payload}");
    assert_eq!(
        socket.closed().await,
        (4401, "Unauthorized: the token has run out".into())
    );
}

#[tokio::test]
async fn a_guest_has_nothing_that_could_run_out() {
    let door = Door::open().await;
    let (mut socket, payload) = begin(&door, Value::Null).await;
    assert_eq!(payload, Value::Null);
    assert!(!list(&door, &mut socket, "1").await.is_nil());
}

#[tokio::test]
async fn a_ping_with_a_new_token_renews_the_socket() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let (mut socket, before) = begin(&door, bearer(&lasting(&door, &person, 3))).await;
    let (mut other, _) = begin(&door, bearer(&lasting(&door, &person, 4))).await;
    let renewed = lasting(&door, &person, 900);
    renew(&mut socket, &renewed).await;

    let pong = socket.heard().await;
    assert_eq!(pong["type"], "pong");

    let (first, second) = (&before["expiresAt"], &pong["payload"]["expiresAt"]);
    assert!(
        second.as_str().expect("an end") > first.as_str().unwrap(),
        "{second} after {first}"
    );
    assert!(
        !pong.to_string().contains(&renewed.token),
        "a token is not sent back"
    );

    // One that was not renewed shows that the time has come.
    assert_eq!(other.closed().await.0, 4401);
    assert_eq!(list(&door, &mut socket, "1").await, person.id);
}

#[tokio::test]
async fn a_renewal_by_somebody_else_or_by_nobody_closes_with_4403() {
    let door = Door::open().await;
    let (person, other) = (door.world.account(Tier::Free), door.world.account(Tier::Free));
    let nobody = Person {
        token: "x.y.z".into(),
        ..person.clone()
    };
    for stranger in [&other, &nobody] {
        let (mut socket, _) = begin(&door, bearer(&person)).await;
        renew(&mut socket, stranger).await;
        assert_eq!(socket.closed().await.0, 4403);
    }

    // A guest can not become somebody on the way.
    let (mut guest, _) = begin(&door, Value::Null).await;
    renew(&mut guest, &person).await;

    assert_eq!(guest.closed().await.0, 4403);

    // Before the acknowledgement there is nothing to renew.
    let mut raw = Socket::raw(&door).await;
    renew(&mut raw, &person).await;

    assert_eq!(raw.closed().await.0, 4401);
}

#[tokio::test]
async fn who_signs_out_here_is_signed_out_of_sockets_and_streams_at_once() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let story = door.world.story(1, RunStatus::Running);
    door.world.tell(&story.run_id, [log(1)]);

    let (mut socket, _) = begin(&door, bearer(&person)).await;
    let query = format!(
        "subscription {{ storyProgress(id: \"{}\") {{ number }} }}",
        story.id
    );

    let events = |accept: &'static str| {
        let request = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
        request
            .header("accept", accept)
            .json(&json!({ "query": query }))
            .send()
    };
    let stream = events("text/event-stream").await.unwrap();
    let parts = events("multipart/mixed;subscriptionSpec=1.0").await.unwrap();
    let out = door
        .http
        .post(door.url("/api/v1/auth/logout"))
        .bearer_auth(&person.token);

    assert_eq!(
        Answer::of(out.json(&json!({ "scope": "local" }))).await.status,
        200
    );
    assert_eq!(
        socket.closed().await,
        (4401, "Unauthorized: the session has ended".into())
    );

    for told in [stream.text().await.unwrap(), parts.text().await.unwrap()] {
        assert!(told.contains("AUTHENTICATION_ERROR"), "{told}");
    }
}

#[tokio::test]
async fn while_nobody_can_say_who_is_who_a_new_socket_may_try_again_and_an_old_one_stays() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    let (mut socket, _) = begin(&door, bearer(&person)).await;

    // Our own tokens are judged with the keys that are known; only auth-svc knows a key.
    let key = door.world.api_key(&person, &[]);
    door.world.lock().people.down = true;

    let mut raw = Socket::raw(&door).await;
    raw.say(json!({ "type": "connection_init", "payload": { "apiKey": key } }))
        .await;

    assert_eq!(raw.closed().await.0, 1013);

    renew(&mut socket, &person).await;
    assert_eq!(socket.heard().await["type"], "pong");
    assert_eq!(list(&door, &mut socket, "1").await, person.id);
}

async fn limited(change: impl FnOnce(&mut GatewayConfig)) -> Door {
    // A clock that stands still, so that no bucket gets anything back.
    let clock = ManualClock::starting_at(SystemClock.now());
    Door::open_at(clock.shared(), |config| {
        config.rate_limits.enabled = true;
        change(config);
    })
    .await
}

fn number(of: u32) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(of).unwrap()
}

async fn ask(door: &Door, person: &Person, body: &Value) -> Answer {
    let request = door.http.post(door.url("/graphql")).bearer_auth(&person.token);
    Answer::of(request.json(body)).await
}

#[tokio::test]
async fn operations_count_one_each_and_the_answer_says_what_is_left() {
    let door = limited(|config| config.rate_limits.standard = number(5)).await;
    let person = door.world.account(Tier::Free);
    // `free` has 20 of the other class; the higher of both counts.
    for left in (0..20).rev() {
        let answer = ask(
            &door,
            &person,
            &json!({ "query": "{ a: __typename b: __typename }" }),
        )
        .await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-remaining"), left.to_string());
    }

    let answer = ask(&door, &person, &json!({ "query": "{ __typename }" })).await;
    assert_eq!(answer.status, 429);

    let error = &answer.json()["errors"][0];
    assert_eq!(error["extensions"]["code"], "RATE_LIMIT_EXCEEDED");
    assert_eq!(
        error["extensions"]["retryAfter"].to_string(),
        answer.header("retry-after")
    );
    assert_eq!(answer.header("ratelimit-remaining"), "0");
}

#[tokio::test]
async fn what_makes_a_model_work_counts_for_each_time_it_is_asked_for() {
    let field = |alias: &str| {
        format!(
            "{alias}: generateStory(input: {{ repoUrl: \"https://github.com/o/r\" }}) {{ story {{ id }} }}"
        )
    };
    let one = json!({ "query": format!("mutation {{ {} }}", field("a")) });
    let all = ["a", "b", "c", "d"].map(field).join(" ");

    for four in [
        json!([one, one, one, one]),
        json!({ "query": format!("mutation {{ {all} }}") }),
    ] {
        let door = limited(|config| config.rate_limits.tiers.free = number(3)).await;
        let person = door.world.account(Tier::Free);
        let told = ask(&door, &person, &four).await.json();
        let refused = told.get(3).unwrap_or(&told);

        assert_eq!(
            refused["errors"][0]["extensions"]["code"], "RATE_LIMIT_EXCEEDED",
            "{told}"
        );
        assert_eq!(door.world.lock().created.len(), 3);

        // The other class is untouched.
        assert_eq!(
            ask(&door, &person, &json!({ "query": "{ __typename }" }))
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn a_socket_is_no_way_around_the_limits() {
    let door = limited(|config| {
        config.rate_limits.standard = number(3);
        config.rate_limits.tiers.free = number(3);
    })
    .await;
    let person = door.world.account(Tier::Free);
    let (mut socket, _) = begin(&door, bearer(&person)).await;
    // One was the handshake, from this network.
    for id in ["1", "2"] {
        list(&door, &mut socket, id).await;
    }

    socket.subscribe("3", LIST).await;

    let error = socket.heard().await;
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("3")));
    assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMIT_EXCEEDED");
    assert!(error["payload"][0]["extensions"]["retryAfter"].is_number());

    // The socket itself stays.
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.heard().await["type"], "pong");
}
