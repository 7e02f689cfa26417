//! The same binary in roles: each role a process of its own, on one data folder.

mod apart;
mod faults;

use crate::harness::{
    client::Client,
    elevenlabs::ElevenLabs,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
};

/// A process of one role that finds the others by address.
async fn role(data: &DataFolder, voice: &ElevenLabs, role: &str, services: &[(&str, &Saga)]) -> Saga {
    let mut launch = Launch::new(data)
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
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(2).await,
        Repositories::start().await,
    );
    let agent = role(&data, &voice, "agent", &[]).await;
    let story = role(&data, &voice, "story", &[("agent", &agent)]).await;
    let auth = role(&data, &voice, "auth", &[("story", &story)]).await;
    let first = role(&data, &voice, "worker", &[("agent", &agent)]).await;
    let behind = [("auth", &auth), ("story", &story), ("agent", &agent)];
    let gateway = role(&data, &voice, "gateway", &behind).await;

    let client = Client::of(&gateway);
    let id = client.generate(&repositories.sample()).await;

    // One piece at a time: the third is asked for only when the first two are journalled.
    voice.asked(3).await;
    first.kill().await;

    let _second = role(&data, &voice, "worker", &[("agent", &agent)]).await;
    voice.allow(usize::MAX);
    client.story_in(&id, &["completed"]).await;

    let twice: Vec<_> = voice
        .said()
        .into_iter()
        .filter(|(_, said)| said.answered != 1)
        .collect();

    assert!(twice.is_empty(), "finished pieces are spoken once: {twice:?}");
    assert_eq!(gateway.stop().await, Some(0), "a role stops cleanly");
}
