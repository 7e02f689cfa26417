//! The same binary in roles: each role a process of its own, on one data folder.

mod apart;
mod faults;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::harness::{
    client::Client,
    collector::Collector,
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

/// What the processes of a test share.
struct World {
    data: DataFolder,
    voice: ElevenLabs,
    collector: Collector,
}

/// A process of one role that finds the others by address.
async fn role(world: &World, role: &str, services: &[(&str, &Saga)]) -> Saga {
    let World {
        data,
        voice,
        collector,
    } = world;
    let mut launch = Launch::new(data)
        .set("SAGA_TELEMETRY__OTLP_ENDPOINT", collector.endpoint())
        // Milliseconds that a span waits to be sent.
        .set("OTEL_BSP_SCHEDULE_DELAY", "50")
        .set("SAGA_RPC__LISTEN", "127.0.0.1:0")
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .set("SAGA_STORY__CHUNKS_AT_ONCE", "1")
        .argument("serve")
        .argument("--role")
        .argument(role);
    for (name, process) in services {
        launch = launch
            .argument("--set")
            .argument(format!("rpc.services.{name}={}", process.place("gRPC")));
    }

    launch.serve().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_in_their_own_processes_tell_a_story_and_another_worker_takes_over_a_killed_ones_run() {
    let repositories = Repositories::start().await;
    let world = World {
        data: DataFolder::new(),
        voice: ElevenLabs::start_with(2).await,
        collector: Collector::start().await,
    };
    let agent = role(&world, "agent", &[]).await;
    let story = role(&world, "story", &[("agent", &agent)]).await;
    let auth = role(&world, "auth", &[("story", &story)]).await;
    let first = role(&world, "worker", &[("agent", &agent)]).await;
    let behind = [("auth", &auth), ("story", &story), ("agent", &agent)];
    let gateway = role(&world, "gateway", &behind).await;

    let client = Client::of(&gateway);
    let id = client.generate(&repositories.sample()).await;

    // One piece at a time: the third is asked for only when the first two are journalled.
    world.voice.asked(3).await;
    first.kill().await;

    let _second = role(&world, "worker", &[("agent", &agent)]).await;
    world.voice.allow(usize::MAX);
    client.story_in(&id, &["completed"]).await;

    let twice: Vec<_> = world
        .voice
        .said()
        .into_iter()
        .filter(|(_, said)| said.answered != 1)
        .collect();

    assert!(twice.is_empty(), "finished pieces are spoken once: {twice:?}");
    assert_eq!(gateway.stop().await, Some(0), "a role stops cleanly");

    one_trace_leads_from_the_request_to_the_last_agent(&world.collector).await;
}

/// The request, the rpc that it made, the run that was claimed from the database later and by another process than began it, its
/// nodes, and the agents that these called.
async fn one_trace_leads_from_the_request_to_the_last_agent(collector: &Collector) {
    let spans = until("the run's last span", || async {
        let spans = collector.spans();
        spans
            .iter()
            .any(|span| span.name == "run code_story")
            .then_some(spans)
    })
    .await;
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let only = |name: &str| match named(name)[..] {
        [span] => span,
        ref others => panic!("one {name}: {others:?}"),
    };

    let request = only("POST /api/stories/generate");
    assert_eq!(request.kind, SpanKind::Server);
    assert!(request.parent.is_empty(), "nobody asked before it");
    for (attribute, value) in [
        ("http.route", "/api/stories/generate"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(request.attributes[attribute], value);
    }

    let rpc = only("saga.v1.Stories/CreateCodeStory");
    assert_eq!((&rpc.trace, &rpc.parent), (&request.trace, &request.id));

    let run = only("run code_story");
    assert_eq!((&run.trace, &run.parent), (&request.trace, &rpc.id));
    assert_eq!(run.kind, SpanKind::Consumer);

    let nodes = named("node");
    let of_run: Vec<_> = nodes.iter().filter(|node| node.parent == run.id).collect();
    assert!(!of_run.is_empty(), "what the second worker did: {nodes:?}");
    let calls: Vec<_> = named("saga.v1.Agents/RunAgent")
        .into_iter()
        .filter(|call| of_run.iter().any(|node| node.id == call.parent))
        .collect();
    assert!(!calls.is_empty() && calls.iter().all(|call| call.trace == request.trace));
    assert!(
        named("agent")
            .iter()
            .any(|agent| calls.iter().any(|call| call.id == agent.parent))
    );

    // Nothing of the transport, of the embedded S3 or of other engines.
    let known = ["GET ", "POST ", "saga.v1.", "run ", "node", "agent"];
    let foreign: Vec<_> = spans
        .iter()
        .filter(|span| !known.iter().any(|known| span.name.starts_with(known)))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
