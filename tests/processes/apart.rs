//! Two gateways, two workers and one process of each other role on PostgreSQL, RabbitMQ, S3, Redis and Neo4j: whichever gateway
//! somebody talks to, it is one platform.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kit::{
    actor::{Actor, ActorKey, Tier},
    clock::SystemClock,
    ids::random_id,
    rpc::{Caller, RequestId, RpcChannel, RpcTls, testing::Authority},
    secrets::Key,
};
use proto::v1::{ListStoriesRequest, stories_client::StoriesClient};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{
    client::{Client, watch},
    elevenlabs::ElevenLabs,
    fleet::{Fleet, MEMBERS},
    people::Person,
    repositories::Repositories,
    saga::{DataFolder, Launch},
    wait::until,
};

/// Requests of one network that are counted here: only those that make guests.
const GUESTS: usize = 4;
const UNCOUNTED: &str = "1000000";

async fn start(voice: &ElevenLabs) -> Option<Fleet> {
    let guests = GUESTS.to_string();
    Fleet::start(&[
        ("ELEVENLABS_API_KEY", "a-test-key"),
        ("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base()),
        ("SAGA_STORY__CHUNKS_AT_ONCE", "1"),
        ("SAGA_WORKER__CONCURRENCY", "2"),
        ("SAGA_GATEWAY__RATE_LIMITS__ENABLED", "true"),
        ("SAGA_GATEWAY__RATE_LIMITS__TIMES_IN_DEVELOPMENT", "1"),
        ("SAGA_GATEWAY__RATE_LIMITS__STANDARD", UNCOUNTED),
        ("SAGA_GATEWAY__RATE_LIMITS__POLL", UNCOUNTED),
        ("SAGA_GATEWAY__RATE_LIMITS__TIERS__FREE", UNCOUNTED),
        (
            "SAGA_GATEWAY__RATE_LIMITS__ENDPOINTS__ANONYMOUS_GENERATE",
            UNCOUNTED,
        ),
        ("SAGA_GATEWAY__RATE_LIMITS__ENDPOINTS__GUEST", &guests),
    ])
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_on_real_servers_are_one_platform_through_either_gateway() {
    let (voice, repositories) = (ElevenLabs::start_with(0).await, Repositories::start().await);
    let Some(mut fleet) = start(&voice).await else {
        return;
    };
    for (name, _) in MEMBERS {
        fleet.becomes_ready(name, true).await;
    }

    let (one, other) = (fleet.door("gateway-1"), fleet.door("gateway-2"));
    let ada = Person::register(&one, "ada").await;
    let bob = Person::register(&other, "bob").await;
    let repository = repositories.small(1);

    a_busy_owner_leaves_room_for_others(&ada, &bob, [&one, &other], &voice, &repository).await;
    a_story_is_told_to_its_end(&fleet, &voice, &repository).await;
    a_cancelled_story_hangs_up(&voice, &repositories.sample(), [&one, &other]).await;
    a_workflow_asks_at_one_gateway_and_is_answered_at_the_other(&ada, [&one, &other]).await;
    requests_are_counted_together([&one, &other]).await;
    a_restart_costs_no_request_that_only_reads(&mut fleet, &ada).await;
    who_shows_no_certificate_is_refused(&fleet).await;

    fleet.remove().await;
}

/// With two places in each of two workers, and all voices silent: the many stories of one owner take one place in each.
async fn a_busy_owner_leaves_room_for_others(
    busy: &Person,
    late: &Person,
    [one, other]: [&Client; 2],
    voice: &ElevenLabs,
    repository: &str,
) {
    let mut stories = Vec::new();
    for _ in 0..6 {
        stories.push(busy.generate(one, repository).await);
    }
    voice.held(2).await;

    let story = late.generate(other, repository).await;
    until("the other owner's story to be spoken", || async {
        let story = late.get(one, &format!("/api/stories/{story}")).await.body;
        (story["status"] == "synthesizing").then_some(())
    })
    .await;

    let begun = |status: &Value| status == "synthesizing" || status == "completed";
    let mut spoken = 0;
    for story in &stories {
        let story = busy.get(other, &format!("/api/stories/{story}")).await.body;
        spoken += usize::from(begun(&story["status"]));
    }
    assert_eq!(spoken, 2, "one place in each worker");

    voice.allow(usize::MAX);
    for (person, story) in stories.iter().map(|story| (busy, story)).chain([(late, &story)]) {
        until("the story to be finished", || async {
            let story = person.get(one, &format!("/api/stories/{story}")).await.body;
            assert_ne!(story["status"], "failed", "{story}");
            (story["status"] == "completed").then_some(())
        })
        .await;
    }
}

async fn a_story_is_told_to_its_end(fleet: &Fleet, voice: &ElevenLabs, repository: &str) {
    voice.allow(usize::MAX);
    let (one, other) = (fleet.member("gateway-1"), fleet.member("gateway-2"));
    let door = Client::of(one);
    let id = door.generate(repository).await;

    let (here, there) = tokio::join!(watch(one, &id, 0), watch(other, &id, 0));
    // Links lead to the gateway that was asked.
    let numbered = |messages: &[Value], base: &str| -> Vec<String> {
        let numbered = messages.iter().filter(|message| message["seq"].is_u64());
        numbered
            .map(|message| message.to_string().replace(base, ""))
            .collect()
    };
    assert_eq!(numbered(&here, one.base()), numbered(&there, other.base()));
    let numbers: Vec<_> = here
        .iter()
        .filter_map(|message| message["seq"].as_u64())
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let ends = here.iter().filter(|message| message["type"] == "complete");
    assert_eq!(ends.count(), 1, "{here:?}");

    // A link that one gateway made is good at the other.
    let story = door.story_in(&id, &["completed"]).await;
    let url = story["audio_url"].as_str().expect("a URL");
    let there = url.replacen(one.base(), other.base(), 1);
    assert_ne!(there, url);
    assert!(door.bytes(&there).await.len() > 1_000);
}

async fn a_cancelled_story_hangs_up(voice: &ElevenLabs, repository: &str, [one, other]: [&Client; 2]) {
    voice.hold();
    let ada = Person::register(one, "carol").await;
    let story = ada.generate(one, repository).await;
    voice.held(1).await;

    let path = format!("/api/stories/{story}");
    let answer = ada.post(other, &format!("{path}/cancel"), json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    voice.hung_up().await;
    until("the story to end", || async {
        let story = ada.get(one, &path).await.body;
        (story["status"] == "failed" && story["error_message"] == "cancelled").then_some(())
    })
    .await;
    voice.allow(usize::MAX);
}

async fn a_workflow_asks_at_one_gateway_and_is_answered_at_the_other(
    ada: &Person,
    [one, other]: [&Client; 2],
) {
    let source = json!({
        "title": "Greeting",
        "start": "ask",
        "output": { "said": "${values.finish}" },
        "nodes": {
            "ask": {
                "type": "question", "prompt": "Which word?",
                "schema": { "type": "object", "required": ["word"], "properties": { "word": { "type": "string" } } },
                "next": "finish"
            },
            "finish": { "type": "transform", "value": "Hello ${values.ask.answer.word}" }
        }
    });
    let definition = "/api/v1/workflow-definitions/greeting";
    let put = ada
        .call(one, "PUT", definition, Some(json!({ "source": source })))
        .await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.body);

    let made = ada
        .post(other, "/api/v1/workflows", json!({ "workflow_type": "greeting" }))
        .await;
    let path = format!("/api/v1/workflows/{}", made.body["id"].as_str().expect("an id"));
    let begun = ada
        .post(one, &format!("{path}/execute"), json!({ "user_input": {} }))
        .await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.body);
    let stands = |door, wanted: &'static str| {
        let path = path.clone();
        until("the workflow to go on", move || {
            let path = path.clone();
            async move {
                let workflow = ada.get(door, &path).await.body;
                (workflow["status"] == wanted).then_some(workflow)
            }
        })
    };
    stands(other, "interrupted").await;
    let answer = json!({ "human_response": { "word": "you" } });
    let answered = ada.post(other, &format!("{path}/interrupt"), answer).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);

    let done = stands(one, "completed").await;
    assert!(done.to_string().contains("Hello you"), "{done}");
}

async fn requests_are_counted_together([one, other]: [&Client; 2]) {
    let mut statuses = Vec::new();
    for number in 0..=GUESTS {
        let door = if number % 2 == 0 { one } else { other };
        statuses.push(door.post("/api/v1/auth/guest", json!({})).await.status);
    }

    let (within, beyond) = statuses.split_at(GUESTS);
    assert!(
        within.iter().all(|status| *status == StatusCode::OK),
        "{statuses:?}"
    );
    assert_eq!(beyond, [StatusCode::TOO_MANY_REQUESTS]);
}

/// Whether it ends in peace or not.
async fn a_restart_costs_no_request_that_only_reads(fleet: &mut Fleet, ada: &Person) {
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = ["gateway-1", "gateway-2"]
        .map(|gateway| {
            let (door, ada, stop) = (fleet.door(gateway), ada.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answered = 0;
                while !stop.load(Ordering::Relaxed) {
                    for path in ["/api/stories", "/api/v1/auth/me"] {
                        let answer = ada.get(&door, path).await;
                        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
                        answered += 1;
                    }
                }
                answered
            })
        })
        .into();

    for name in ["story", "auth", "agent"] {
        assert_eq!(fleet.stop(name).await, Some(0), "{name} stops cleanly");
        fleet.restart(name).await;
        fleet.kill(name).await;
        fleet.restart(name).await;
    }

    stop.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.expect("every request was answered") > 10);
    }
}

async fn who_shows_no_certificate_is_refused(fleet: &Fleet) {
    kit::tls::install_provider();
    let place = fleet.member("story").place("gRPC");
    let key =
        Key::from_text("actor_key", &"a key for actors of this fleet, long enough".into()).expect("a key");
    let caller = Caller::new(ActorKey::new(key), SystemClock::shared());
    let list = async |tls: Option<&RpcTls>| {
        let channel = RpcChannel::remote(&place, tls).expect("an address");
        let somebody = Actor::user(random_id(), Tier::Free);
        let request =
            caller.request_without_deadline(&somebody, &RequestId::random(), ListStoriesRequest::default());
        StoriesClient::new(channel).list_stories(request).await.map(drop)
    };

    list(Some(&fleet.certificate())).await.expect("one of the fleet");
    assert!(list(None).await.is_err(), "without a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let mut foreign = Authority::new(folder.path(), "foreign").certify("test.example");
    foreign.ca = folder.path().join("fleet.pem");
    std::fs::copy(fleet.certificate_file(), &foreign.ca).expect("copied");
    let foreign = foreign.load().expect("sound").expect("set");
    assert!(list(Some(&foreign)).await.is_err(), "with somebody else's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_certificates_of_a_role_is_said_at_start() {
    let data = DataFolder::new();
    let folder = tempfile::tempdir().expect("a folder");
    let files = Authority::new(folder.path(), "ours").certify("127.0.0.1");
    let all = [
        ("SAGA_RPC__TLS__CA", files.ca.display().to_string()),
        (
            "SAGA_RPC__TLS__CERTIFICATE",
            files.certificate.display().to_string(),
        ),
        ("SAGA_RPC__TLS__KEY", files.key.display().to_string()),
    ];
    for (setting, value, told) in [
        ("SAGA_RPC__TLS__KEY", "", "`rpc.tls.key` is not set"),
        (
            "SAGA_RPC__TLS__CA",
            "/nowhere/ca.pem",
            "`rpc.tls.ca` is /nowhere/ca.pem, which can't be read",
        ),
        (
            "SAGA_RPC__SERVICES__STORY",
            "http://127.0.0.1:1",
            "`rpc.services.story`",
        ),
    ] {
        let launch = all.iter().fold(Launch::new(&data), |launch, (name, value)| {
            launch.set(name, value)
        });
        let launch = launch
            .set(setting, value)
            .argument("serve")
            .argument("--role")
            .argument("auth");
        let output = launch.command().output().await.expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(told), "{said}");
    }
}
