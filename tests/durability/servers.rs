//! RabbitMQ, Redis and Neo4j killed with work in flight, and links to them that stall: every accepted story ends exactly once, and
//! readiness tells the truth.

use kit::servers::{NEO4J, Proxy, RABBITMQ, REDIS};
use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::{
    client::{Client, watch},
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

/// What `/readyz` says.
async fn readiness(saga: &Saga) -> (bool, Value) {
    let asked = Client::of(saga).http().get(saga.place("Health")).send().await;
    let answer = asked.expect("the admin port answers");
    let ready = answer.status() == StatusCode::OK;

    (ready, answer.json().await.expect("JSON"))
}

async fn becomes_ready(saga: &Saga, wanted: bool) {
    until(&format!("ready to be {wanted}"), || async {
        let (ready, _) = readiness(saga).await;
        (ready == wanted).then_some(())
    })
    .await;
}

fn find_need<'a>(readiness: &'a Value, name: &str) -> &'a Value {
    let needs = readiness["needs"].as_array().expect("a list");
    let found = needs.iter().find(|need| need["need"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {readiness}"))
}

/// With a voice that speaks as far as the test allows, and workers that look for themselves only this often.
fn launch(data: &DataFolder, voice: &ElevenLabs, broker: &str, poll: &str) -> Launch {
    Launch::new(data)
        .set("AMQP_URL", broker)
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .set("SAGA_STORY__CHUNKS_AT_ONCE", "1")
        .set("SAGA_WORKER__POLL_MILLISECONDS", poll)
}

async fn ended_once(saga: &Saga, story: &str) {
    let messages = watch(saga, story, 0).await;
    let ends = messages.iter().filter(|message| message["type"] == "complete");
    assert_eq!(ends.count(), 1, "{story}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stories_go_on_while_rabbitmq_is_killed_and_are_announced_again_when_it_is_back() {
    let Some(server) = RABBITMQ.seize().await else {
        return;
    };
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );
    let repository = repositories.sample();
    let saga = launch(&data, &voice, &server.url, "1000").serve().await;
    let client = Client::of(&saga);
    let (ready, told) = readiness(&saga).await;
    assert!(ready && find_need(&told, "bus")["engine"] == "rabbitmq", "{told}");

    let in_flight = client.generate(&repository).await;
    voice.held(1).await;
    server.kill().await;
    becomes_ready(&saga, false).await;
    let (_, told) = readiness(&saga).await;
    assert!(
        find_need(&told, "bus")["error"]
            .as_str()
            .is_some_and(|error| error.contains("bus.url")),
        "{told}"
    );

    let accepted_meanwhile = client.generate(&repository).await;
    voice.allow(usize::MAX);
    for story in [&in_flight, &accepted_meanwhile] {
        client.story_in(story, &["completed"]).await;
    }

    server.restart().await;
    becomes_ready(&saga, true).await;
    let accepted_afterwards = client.generate(&repository).await;
    client.story_in(&accepted_afterwards, &["completed"]).await;

    for story in [&in_flight, &accepted_meanwhile, &accepted_afterwards] {
        ended_once(&saga, story).await;
    }
}

/// The worker would look by itself only after an hour.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_wakes_a_worker_in_another_process_also_after_its_link_has_stalled() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(usize::MAX).await,
        Repositories::start().await,
    );
    let repository = repositories.sample();
    let (proxy, through) = Proxy::start_before(&server.url).await;

    let role = |role: &str, services: &[(&str, &Saga)]| {
        let mut launch = launch(&data, &voice, &through, "3600000")
            .set("SAGA_RPC__LISTEN", "127.0.0.1:0")
            .argument("serve")
            .argument("--role")
            .argument(role);
        for (name, process) in services {
            launch = launch
                .argument("--set")
                .argument(format!("rpc.services.{name}={}", process.place("gRPC")));
        }
        launch.serve()
    };
    let agent = role("agent", &[]).await;
    let story = role("story", &[("agent", &agent)]).await;
    let auth = role("auth", &[("story", &story)]).await;
    let worker = role("worker", &[("agent", &agent)]).await;
    let gateway = role(
        "gateway",
        &[("auth", &auth), ("story", &story), ("agent", &agent)],
    )
    .await;
    let client = Client::of(&gateway);

    let first = client.generate(&repository).await;
    client.story_in(&first, &["completed"]).await;

    proxy.stall();
    becomes_ready(&worker, false).await;
    proxy.pass();
    becomes_ready(&worker, true).await;
    becomes_ready(&story, true).await;

    let second = client.generate(&repository).await;
    client.story_in(&second, &["completed"]).await;
    for story in [&first, &second] {
        ended_once(&gateway, story).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_whose_redis_is_killed_stays_ready_says_so_and_goes_on_counting() {
    let Some(server) = REDIS.seize().await else { return };
    let data = DataFolder::new();
    let saga = Launch::new(&data)
        .set("REDIS_URL", &server.url)
        .set("SAGA_GATEWAY__RATE_LIMITS__ENABLED", "true")
        .serve()
        .await;
    let client = Client::of(&saga);
    let is_counted = || async {
        let answer = client
            .http()
            .get(format!("{}/api/stories", saga.base()))
            .send()
            .await;
        answer
            .expect("answered")
            .headers()
            .contains_key("ratelimit-limit")
    };
    assert!(is_counted().await);

    server.kill().await;
    assert!(is_counted().await);
    let (ready, told) = readiness(&saga).await;
    let need = find_need(&told, "rate limits");
    assert!(ready && need["up"] == false && need["optional"] == true, "{told}");

    server.restart().await;
    until("Redis to be used again", || async {
        let (_, told) = readiness(&saga).await;
        (find_need(&told, "rate limits")["up"] == true).then_some(())
    })
    .await;
    assert!(is_counted().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neo4j_that_is_killed_makes_the_service_unready_until_it_is_back() {
    let Some(server) = NEO4J.seize().await else {
        return;
    };
    let data = DataFolder::new();
    let read = |name: &str| std::env::var(name).expect(name);
    let saga = Launch::new(&data)
        .set("NEO4J_URI", &server.url)
        .set("NEO4J_USER", read("SAGA_TEST_NEO4J_USER"))
        .set("NEO4J_PASSWORD", read("SAGA_TEST_NEO4J_PASSWORD"))
        .serve()
        .await;
    let (ready, told) = readiness(&saga).await;
    assert!(
        ready && find_need(&told, "knowledge")["engine"] == "neo4j",
        "{told}"
    );

    server.kill().await;
    becomes_ready(&saga, false).await;
    let (_, told) = readiness(&saga).await;
    let error = find_need(&told, "knowledge")["error"]
        .as_str()
        .unwrap_or_default();
    assert!(error.contains("knowledge.uri"), "{told}");

    server.restart().await;
    becomes_ready(&saga, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_used_is_refused_at_start_with_the_setting() {
    let data = DataFolder::new();
    for (name, value, told) in [
        ("AMQP_URL", "amqp://somebody:hunter2@127.0.0.1:1", "`bus.url`"),
        ("SAGA_BUS__URL", "http://127.0.0.1:1", "`bus.url`"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1", "`redis.url`"),
        ("NEO4J_URI", "bolt://127.0.0.1:1", "`knowledge.uri`"),
        ("NEO4J_URI", "bolt://neo4j:hunter2@127.0.0.1:1", "`knowledge.uri`"),
    ] {
        let output = Launch::new(&data).set(name, value).command().output().await;
        let output = output.expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();

        assert!(!output.status.success(), "{name}={value}");
        assert!(said.contains(told) && !said.contains("hunter2"), "{said}");
    }

    let output = Launch::new(&data)
        .set("AMQP_URL", "amqp://127.0.0.1:1")
        .set("CELERY_BROKER_URL", "amqp://127.0.0.1:2")
        .command()
        .output()
        .await
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && said.contains("AMQP_URL and CELERY_BROKER_URL both mean"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_and_put_back_by_a_command() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let data = DataFolder::new();
    let run = async |verb: &str| -> Value {
        let mut launch = Launch::new(&data).set("AMQP_URL", &server.url);
        for argument in ["bus", "dead-letters", verb, "--json"] {
            launch = launch.argument(argument);
        }
        let output = launch.command().output().await.expect("the binary runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    };

    assert!(run("list").await.is_array());
    assert!(run("replay").await["replayed"].is_u64());
}
