//! Probes over HTTP and gRPC.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use futures::StreamExt;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::ServiceExt;

use super::*;
use crate::{admin, rpc::RpcChannel, telemetry::Metrics};

#[derive(Debug, thiserror::Error)]
#[error("the database did not answer")]
struct Down;

fn registry() -> (Health, Arc<AtomicBool>) {
    let (health, up) = (Health::new(), Arc::new(AtomicBool::new(true)));
    let seen = up.clone();
    health.register("story", "database", "sqlite", move || {
        let up = seen.load(Ordering::Relaxed);
        async move { if up { Ok(()) } else { Err(Down) } }
    });
    health.register("agent", "blobs", "folder", || async { Ok::<(), Down>(()) });
    (health, up)
}

async fn get(health: &Health, path: &str) -> (StatusCode, String) {
    let router = admin::router(health.clone(), Metrics::detached());
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("answered");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn a_process_is_ready_only_while_it_serves() {
    let (health, _) = registry();

    for (phase, ready) in [
        (Phase::Starting, false),
        (Phase::Serving, true),
        (Phase::Stopping, false),
    ] {
        health.set_phase(phase);
        assert_eq!(health.readiness().await.ready, ready, "{phase:?}");
        assert_eq!(
            get(&health, "/livez").await.0,
            StatusCode::OK,
            "it lives while {phase:?}"
        );
    }
}

#[tokio::test]
async fn readiness_names_the_engine_that_is_down() {
    let (health, up) = registry();
    health.set_phase(Phase::Serving);

    assert_eq!(get(&health, "/readyz").await.0, StatusCode::OK);

    up.store(false, Ordering::Relaxed);

    let (status, body) = get(&health, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);

    let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let expected = serde_json::json!({
        "ready": false,
        "phase": "serving",
        "needs": [
            {"role": "story", "need": "database", "engine": "sqlite", "up": false, "error": "the database did not answer"},
            {"role": "agent", "need": "blobs", "engine": "folder", "up": true},
        ],
    });

    assert_eq!(body, expected);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_answer_is_down() {
    let health = Health::new();
    health.set_phase(Phase::Serving);
    health.register(
        "story",
        "database",
        "postgresql",
        std::future::pending::<Result<(), Down>>,
    );

    let readiness = health.readiness().await;
    assert_eq!(
        readiness.needs[0].error.as_deref(),
        Some("no answer within 2 seconds")
    );
    assert!(!readiness.ready);
}

#[tokio::test]
async fn metrics_are_served_as_text() {
    let (status, _) = get(&Health::new(), "/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(get(&Health::new(), "/secret").await.0, StatusCode::NOT_FOUND);
}

fn client(health: &Health) -> HealthClient<RpcChannel> {
    HealthClient::new(RpcChannel::local(tonic::service::Routes::new(health.service())))
}

fn asked(service: &str) -> HealthCheckRequest {
    HealthCheckRequest {
        service: service.to_owned(),
    }
}

#[tokio::test]
async fn each_role_answers_for_what_it_needs() {
    let (health, up) = registry();
    health.set_phase(Phase::Serving);
    up.store(false, Ordering::Relaxed);

    let mut client = client(&health);
    for (service, expected) in [
        ("", ServingStatus::NotServing),
        ("story", ServingStatus::NotServing),
        ("agent", ServingStatus::Serving),
    ] {
        let answer = client.check(asked(service)).await.expect("answered").into_inner();
        assert_eq!(answer.status(), expected, "{service:?}");
    }

    let unknown = client.check(asked("billing")).await.expect_err("not here");
    assert_eq!(unknown.code(), tonic::Code::NotFound);
}

#[tokio::test(start_paused = true)]
async fn whoever_watches_sees_every_change_once() {
    let (health, up) = registry();
    health.set_phase(Phase::Serving);

    let mut seen = client(&health)
        .watch(asked("story"))
        .await
        .expect("a stream")
        .into_inner();
    let mut next = async || seen.next().await.expect("an answer").expect("no error").status();

    assert_eq!(next().await, ServingStatus::Serving);

    up.store(false, Ordering::Relaxed);
    assert_eq!(next().await, ServingStatus::NotServing);

    up.store(true, Ordering::Relaxed);
    assert_eq!(next().await, ServingStatus::Serving);

    health.set_phase(Phase::Stopping);
    assert_eq!(next().await, ServingStatus::NotServing);
}

#[tokio::test]
async fn watching_a_service_that_is_not_here_says_so() {
    let health = Health::new();
    let mut seen = client(&health)
        .watch(asked("billing"))
        .await
        .expect("a stream")
        .into_inner();
    let first = seen.next().await.expect("an answer").expect("no error");
    assert_eq!(first.status(), ServingStatus::ServiceUnknown);
}
