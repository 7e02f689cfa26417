//! GraphQL as the public clients speak it: the audit of GraphQL over HTTP, graphql-ws, graphql-sse, Apollo Client and Relay.

use crate::harness::{
    elevenlabs::ElevenLabs,
    node,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
};

#[tokio::test]
async fn the_public_audit_of_graphql_over_http_finds_nothing() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    node::run("audit.mjs", &[&format!("{}/graphql", saga.base())]).await;
}

/// Lets a script ask for a story and follow it.
async fn follow(script: &str) {
    let (voice, repositories) = (
        ElevenLabs::start_with(usize::MAX).await,
        Repositories::start().await,
    );

    let saga: Saga = Launch::new(&DataFolder::new())
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .serve()
        .await;
    let url = format!("{}/graphql", saga.base());
    node::run(script, &[&url, &repositories.sample()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_ws_asks_watches_resumes_and_is_refused() {
    follow("ws.mjs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_sse_asks_watches_resumes_and_is_refused() {
    follow("sse.mjs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apollo_client_asks_watches_over_socket_and_multipart_and_resumes() {
    follow("apollo.mjs").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_compiles_against_the_schema_and_keeps_one_record_of_each_story() {
    follow("relay.mjs").await;
}
