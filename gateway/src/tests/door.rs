//! The door itself: health, the document and its page, headers, protocols, limits and the orderly end.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, body::Body, routing::get};
use kit::health::Phase;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower::ServiceExt;

use super::harness::{Answer, Door, until};

/// Sends text as it is and reads until the server closes.
async fn wire(door: &Door, text: &str) -> String {
    let mut socket = TcpStream::connect(door.address).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();

    let mut answer = Vec::new();
    let reading = socket.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), reading)
        .await
        .expect("the server closes")
        .unwrap();

    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_of_http_1_1_names_its_host_once() {
    let door = Door::open().await;
    let cases = [
        ("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        ("GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n", "400"),
        (
            "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "400",
        ),
        (
            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "200",
        ),
        ("GET /health HTTP/1.0\r\n\r\n", "200"),
    ];

    for (request, status) in cases {
        let answer = wire(&door, request).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request}\n{answer}");
    }
}

/// Whoever sends all of it before looking for an answer would find the connection reset.
#[tokio::test]
async fn whatever_is_refused_before_its_body_is_read_is_answered_and_not_reset() {
    let door = Door::open().await;
    let cases = [
        ("PUT /api/v1/backup", "401"),
        (
            "PATCH /api/v1/backup/tus/7d444840-9dc0-41d1-b245-5ffdce74fad2",
            "401",
        ),
        ("POST /api/v1/backup/restic/laptop/config", "401"),
        ("PUT /nothing", "404"),
        ("PUT /api/v1/backup/history", "405"),
        ("POST /api/stories/generate", "415"),
    ];
    let body = "x".repeat(10 << 20);

    for (place, status) in cases {
        let head = format!(
            "{place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n",
            body.len()
        );
        let answer = wire(&door, &format!("{head}Connection: close\r\n\r\n{body}")).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{place}");
    }
}

#[tokio::test]
async fn health_has_one_body_under_its_three_names_and_is_always_200() {
    let door = Door::open().await;
    door.health
        .register("story", "database", "sqlite", || async { Ok::<_, io::Error>(()) });

    let healthy = json!({
        "status": "healthy", "version": env!("CARGO_PKG_VERSION"), "service": "saga",
        "dependencies": { "story.database": "up" }
    });
    for path in ["/api/health", "/api/v1/health", "/health", "/health/"] {
        let answer = door.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, healthy.clone()),
            "{path}"
        );
        let head = Answer::of(door.http.head(door.url(path))).await;
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
    }

    // At most a second old.
    let door = Door::open().await;
    door.health.register("story", "bus", "amqp", || async {
        Err(io::Error::other("secret address"))
    });

    let answer = door.get("/api/health").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["status"], "degraded");
    assert_eq!(answer.json()["dependencies"]["story.bus"], "down");
    assert!(!answer.text().contains("secret"));
}

#[tokio::test]
async fn however_many_ask_the_parts_are_asked_once_a_second() {
    let door = Door::open().await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    door.health.register("story", "database", "sqlite", move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { Ok::<_, io::Error>(()) }
    });

    let began = Instant::now();
    for _ in 0..50 {
        assert_eq!(door.get("/api/health").await.status, 200);
    }

    let asked = u64::from(asked.load(Ordering::Relaxed));
    assert!(asked <= began.elapsed().as_secs() + 1, "{asked}");
}

#[tokio::test]
async fn health_is_degraded_while_the_process_stops() {
    let door = Door::open().await;
    door.health.set_phase(Phase::Stopping);
    assert_eq!(door.get("/api/health").await.json()["status"], "degraded");
}

#[tokio::test]
async fn a_sane_request_id_is_kept_passed_on_and_echoed_and_another_is_replaced() {
    let door = Door::open().await;
    let send =
        |id: &'static str| Answer::of(door.http.get(door.url("/api/stories")).header("x-request-id", id));

    assert_eq!(send("abc-123").await.header("x-request-id"), "abc-123");
    assert_eq!(door.world.lock().request_ids, ["abc-123"]);

    for odd in ["a b", "<x>", ""] {
        let answer = send(odd).await;
        let own = answer.header("x-request-id");
        assert!(own.len() == 32 && own != odd, "{own}");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_accepted_without_a_redirect_and_keeps_the_body() {
    let door = Door::open().await;
    let answer = door
        .post("/api/stories/generate/", &json!({ "repoUrl": "u" }))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(door.get("/api/stories/?kind=all").await.status, 200);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let door = Door::open().await;
    for path in ["/api/health", "/nowhere", "/docs", "/media/x"] {
        let answer = door.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), "DENY");
    }

    assert_eq!(door.get("/api/health").await.header("cache-control"), "no-store");
}

#[tokio::test]
async fn listed_origins_get_credentials_local_ones_do_not_and_others_get_nothing() {
    let door = Door::open_with(|config| config.cors_origins = vec!["https://app.example".into()]).await;
    let ask = |origin: &'static str| {
        let request = door
            .http
            .request(http::Method::OPTIONS, door.url("/api/stories/generate"));
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        Answer::of(request.header("access-control-request-headers", "content-type, idempotency-key"))
    };
    for (origin, allowed, credentials) in [
        ("https://app.example", true, true),
        ("http://localhost:3000", true, false),
        ("app://adiuva", true, false),
        ("https://evil.example", false, false),
        ("null", false, false),
    ] {
        let answer = ask(origin).await;
        assert_eq!(answer.status, 200, "{origin}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            if allowed { origin } else { "" }
        );
        assert_eq!(
            answer.header("access-control-allow-credentials"),
            if credentials { "true" } else { "" }
        );
    }

    let refused = door
        .http
        .get(door.url("/nowhere"))
        .header("origin", "https://app.example");
    let refused = Answer::of(refused).await;

    assert_eq!(
        (
            refused.status.as_u16(),
            refused.header("access-control-allow-origin")
        ),
        (404, "https://app.example")
    );
}

#[tokio::test]
async fn long_json_is_compressed_when_asked_for_and_short_json_is_not() {
    let door = Door::open().await;
    let ask = |path: &str| {
        door.http
            .get(door.url(path))
            .header("accept-encoding", "gzip")
            .send()
    };

    // The client takes the header off what it unpacked.
    let long = ask("/openapi.json").await.unwrap();
    assert!(long.headers().get("content-length").is_none());
    assert!(long.json::<Value>().await.unwrap()["openapi"].is_string());

    let short = ask("/api/health").await.unwrap();
    assert!(short.headers().get("content-length").is_some());
}

#[tokio::test]
async fn head_has_the_length_and_no_body_and_the_reason_phrase_is_there() {
    let door = Door::open().await;
    let get = wire(
        &door,
        "GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .await;

    let head = wire(
        &door,
        "HEAD /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    .await;

    assert!(
        get.starts_with("HTTP/1.1 200 OK\r\n") && head.starts_with("HTTP/1.1 200 OK\r\n"),
        "{head}"
    );

    let length = get.split("\r\n\r\n").nth(1).unwrap().len();
    assert!(
        head.contains(&format!("content-length: {length}\r\n")) && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn http2_without_tls_is_spoken_on_the_same_port() {
    let door = Door::open().await;
    let client = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let response = client.get(door.url("/api/health")).send().await.unwrap();

    assert_eq!(
        (response.version(), response.status().as_u16()),
        (http::Version::HTTP_2, 200)
    );

    let refused = client.get(door.url("/nowhere")).send().await.unwrap();
    assert_eq!(
        refused.json::<Value>().await.unwrap()["error"],
        "RESOURCE_NOT_FOUND"
    );
}

#[tokio::test]
async fn a_client_that_sends_its_headers_drop_by_drop_is_let_go() {
    let door = Door::open_with(|config| config.header_timeout_seconds = 1).await;
    for start in [
        "",
        "G",
        "PRI * HT",
        "GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ",
    ] {
        wire(&door, start).await;
    }
}

#[tokio::test]
async fn headers_beyond_the_limit_are_refused() {
    let door = Door::open().await;
    let fits = format!(
        "GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: {}\r\n\r\n",
        "a".repeat(8_000)
    );

    assert!(wire(&door, &fits).await.starts_with("HTTP/1.1 200"));

    let long = format!(
        "GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx: {}\r\n\r\n",
        "a".repeat(20_000)
    );

    assert!(wire(&door, &long).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn nonsense_on_the_wire_is_answered_with_400_and_no_panic() {
    let door = Door::open().await;
    for text in [
        "nonsense\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    ] {
        let answer = wire(&door, text).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{text:?}: {answer}");
    }

    assert_eq!(door.get("/api/health").await.status, 200);
}

#[tokio::test]
async fn a_soft_stop_closes_the_door_lets_requests_finish_and_then_ends() {
    let mut door = Door::open().await;
    let served = door.served.take().unwrap();
    let mut busy = TcpStream::connect(door.address).await.unwrap();
    let head = "POST /api/stories/generate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n";
    busy.write_all(head.as_bytes()).await.unwrap();

    // The request is under way once the server has taken its head.
    assert_eq!(door.get("/api/health").await.status, 200);

    door.shutdown.stop();
    until("the door is closed", || {
        std::net::TcpStream::connect(door.address).is_err()
    })
    .await;

    assert!(!served.is_finished());

    busy.write_all(br#"{"repoUrl":"u"}"#).await.unwrap();

    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    tokio::time::timeout(Duration::from_secs(5), served)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_hard_stop_waits_for_nobody() {
    let mut door = Door::open().await;
    door.world.lock().silent = true;

    let served = door.served.take().unwrap();
    let mut busy = TcpStream::connect(door.address).await.unwrap();
    busy.write_all(b"GET /api/stories HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    until("the call is under way", || !door.world.lock().actors.is_empty()).await;
    door.shutdown.stop_now();
    tokio::time::timeout(Duration::from_secs(5), served)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn the_document_is_openapi_3_1_with_every_route_and_every_error() {
    let door = Door::open().await;
    let document = door.get("/openapi.json").await.json();

    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));

    let routes: Vec<String> = operations(&document)
        .map(|(path, method, _)| format!("{method} {path}"))
        .collect();
    expect_test::expect![[r#"
        delete /api/stories
        delete /api/stories/{id}
        delete /api/stories/{id}/share
        delete /api/v1/api-keys/{id}
        delete /api/v1/auth/me
        delete /api/v1/auth/second-factor
        delete /api/v1/backup/restic/{repository}
        delete /api/v1/backup/restic/{repository}/{kind}/{name}
        delete /api/v1/backup/tus/{id}
        delete /api/v1/backup/{backup_id}
        delete /api/v1/billing/subscription
        delete /api/v1/items
        delete /api/v1/sessions/{id}
        delete /api/v1/webhooks/{id}
        delete /api/v1/workflow-definitions/{name}
        delete /api/v1/workflow-schedules/{id}
        delete /api/v1/workflows/{id}
        delete /api/v1/workflows/{id}/share/{share_id}
        delete /langgraph/assistants/{assistant_id}
        delete /langgraph/runs/crons/{cron_id}
        delete /langgraph/store/items
        delete /langgraph/threads/{thread_id}
        delete /langgraph/threads/{thread_id}/runs/{run_id}
        delete /v1/projects/{id}
        delete /v1/projects/{id}/files/{path}
        delete /v1/responses/{response_id}
        get /.well-known/jwks.json
        get /api/health
        get /api/stories
        get /api/stories/shared/{token}
        get /api/stories/{id}
        get /api/stories/{id}/bible
        get /api/stories/{id}/bible/at
        get /api/stories/{id}/book
        get /api/stories/{id}/chapters/{chapter}
        get /api/stories/{id}/events
        get /api/stories/{id}/export
        get /api/stories/{id}/ledger
        get /api/v1/agents
        get /api/v1/agents/{type}/schema
        get /api/v1/api-keys
        get /api/v1/audit
        get /api/v1/auth/me
        get /api/v1/auth/oauth
        get /api/v1/auth/oauth/{provider}
        get /api/v1/auth/oauth/{provider}/callback
        get /api/v1/backup
        get /api/v1/backup/devices
        get /api/v1/backup/history
        get /api/v1/backup/quota
        get /api/v1/backup/restic/{repository}/config
        get /api/v1/backup/restic/{repository}/{kind}
        get /api/v1/backup/restic/{repository}/{kind}/{name}
        get /api/v1/backup/retention
        get /api/v1/backup/{backup_id}
        get /api/v1/billing/subscription
        get /api/v1/chat/stream
        get /api/v1/health
        get /api/v1/items
        get /api/v1/items/namespaces
        get /api/v1/plans/playbook
        get /api/v1/plans/playbook/{plan_id}
        get /api/v1/sessions
        get /api/v1/shared/{token}
        get /api/v1/shared/{token}/events
        get /api/v1/voices
        get /api/v1/voices/{voice}/sample
        get /api/v1/webhooks
        get /api/v1/webhooks/{id}
        get /api/v1/webhooks/{id}/deliveries
        get /api/v1/webhooks/{id}/deliveries/{delivery_id}
        get /api/v1/workflow-definitions/{name}
        get /api/v1/workflow-definitions/{name}/versions
        get /api/v1/workflow-schedules
        get /api/v1/workflow-schedules/preview
        get /api/v1/workflow-schedules/{id}
        get /api/v1/workflows
        get /api/v1/workflows/types
        get /api/v1/workflows/{id}
        get /api/v1/workflows/{id}/checkpoints
        get /api/v1/workflows/{id}/checkpoints/{checkpoint}
        get /api/v1/workflows/{id}/events
        get /api/v1/workflows/{id}/export
        get /api/v1/workflows/{id}/questions
        get /api/v1/workflows/{id}/runs
        get /api/v1/workflows/{id}/sessions
        get /api/v1/workflows/{id}/share
        get /api/v1/workflows/{id}/ws
        get /health
        get /langgraph/assistants/{assistant_id}
        get /langgraph/assistants/{assistant_id}/graph
        get /langgraph/assistants/{assistant_id}/schemas
        get /langgraph/assistants/{assistant_id}/subgraphs
        get /langgraph/assistants/{assistant_id}/subgraphs/{namespace}
        get /langgraph/info
        get /langgraph/ok
        get /langgraph/runs/crons/{cron_id}
        get /langgraph/store/items
        get /langgraph/threads/{thread_id}
        get /langgraph/threads/{thread_id}/runs
        get /langgraph/threads/{thread_id}/runs/{run_id}
        get /langgraph/threads/{thread_id}/runs/{run_id}/join
        get /langgraph/threads/{thread_id}/runs/{run_id}/stream
        get /langgraph/threads/{thread_id}/state
        get /langgraph/threads/{thread_id}/state/{checkpoint_id}
        get /langgraph/threads/{thread_id}/storage
        get /langgraph/threads/{thread_id}/stream
        get /media/{name}
        get /v1/jobs/{id}
        get /v1/jobs/{id}/list
        get /v1/jobs/{id}/stream
        get /v1/models
        get /v1/models/{model}
        get /v1/models/{provider}/{model}
        get /v1/profiles
        get /v1/profiles/me
        get /v1/projects
        get /v1/projects/{id}
        get /v1/projects/{id}/archive
        get /v1/projects/{id}/files
        get /v1/projects/{id}/files/{path}
        get /v1/projects/{id}/files/{path}/diff
        get /v1/projects/{id}/files/{path}/versions
        get /v1/projects/{id}/files/{path}/versions/{version}
        get /v1/projects/{id}/git/info/refs
        get /v1/projects/{id}/revisions
        get /v1/responses/{response_id}
        get /v1/responses/{response_id}/input_items
        get /v1/student/{project_id}/progress
        get /v1/student/{project_id}/roadmap
        get /v1/student/{project_id}/sessions
        get /ws/stories/{id}
        get /ws/stories/{id}/progress
        head /api/v1/backup/tus/{id}
        options /api/v1/backup/tus
        patch /api/stories/{id}
        patch /api/v1/backup/tus/{id}
        patch /api/v1/billing/subscription
        patch /api/v1/webhooks/{id}
        patch /api/v1/workflow-schedules/{id}
        patch /langgraph/assistants/{assistant_id}
        patch /langgraph/runs/crons/{cron_id}
        patch /langgraph/threads/{thread_id}
        post /api/chat/intent
        post /api/stories
        post /api/stories/delete
        post /api/stories/generate
        post /api/stories/import
        post /api/stories/{id}/cancel
        post /api/stories/{id}/chapters/{chapter}/rewrite
        post /api/stories/{id}/continue
        post /api/stories/{id}/narrate
        post /api/stories/{id}/respond
        post /api/stories/{id}/restart
        post /api/stories/{id}/rewrite
        post /api/stories/{id}/share
        post /api/stories/{id}/undo
        post /api/v1/agents/{type}/execute
        post /api/v1/api-keys
        post /api/v1/api-keys/{id}/regenerate
        post /api/v1/auth/email
        post /api/v1/auth/email/confirm
        post /api/v1/auth/email/verification
        post /api/v1/auth/guest
        post /api/v1/auth/login
        post /api/v1/auth/login/code
        post /api/v1/auth/logout
        post /api/v1/auth/password
        post /api/v1/auth/password/forgotten
        post /api/v1/auth/password/reset
        post /api/v1/auth/refresh
        post /api/v1/auth/register
        post /api/v1/auth/second-factor
        post /api/v1/auth/second-factor/confirm
        post /api/v1/auth/second-factor/recovery-codes
        post /api/v1/backup/restic/{repository}
        post /api/v1/backup/restic/{repository}/config
        post /api/v1/backup/restic/{repository}/{kind}/{name}
        post /api/v1/backup/retention/preview
        post /api/v1/backup/tus
        post /api/v1/billing/checkout
        post /api/v1/billing/portal
        post /api/v1/billing/webhook
        post /api/v1/chat
        post /api/v1/items/search
        post /api/v1/plans/templates/{template_id}
        post /api/v1/webhooks
        post /api/v1/webhooks/{id}/deliveries/{delivery_id}/replay
        post /api/v1/webhooks/{id}/secret
        post /api/v1/workflow-definitions/validate
        post /api/v1/workflow-schedules
        post /api/v1/workflows
        post /api/v1/workflows/bulk
        post /api/v1/workflows/fork
        post /api/v1/workflows/import
        post /api/v1/workflows/{id}/cancel
        post /api/v1/workflows/{id}/execute
        post /api/v1/workflows/{id}/fork
        post /api/v1/workflows/{id}/interrupt
        post /api/v1/workflows/{id}/questions/{question_id}
        post /api/v1/workflows/{id}/resume
        post /api/v1/workflows/{id}/share
        post /api/v1/workflows/{id}/state
        post /langgraph/assistants
        post /langgraph/assistants/count
        post /langgraph/assistants/search
        post /langgraph/assistants/{assistant_id}/latest
        post /langgraph/assistants/{assistant_id}/versions
        post /langgraph/runs
        post /langgraph/runs/batch
        post /langgraph/runs/cancel
        post /langgraph/runs/crons
        post /langgraph/runs/crons/count
        post /langgraph/runs/crons/search
        post /langgraph/runs/stream
        post /langgraph/runs/wait
        post /langgraph/store/items/search
        post /langgraph/store/namespaces
        post /langgraph/threads
        post /langgraph/threads/count
        post /langgraph/threads/prune
        post /langgraph/threads/search
        post /langgraph/threads/{thread_id}/copy
        post /langgraph/threads/{thread_id}/history
        post /langgraph/threads/{thread_id}/runs
        post /langgraph/threads/{thread_id}/runs/crons
        post /langgraph/threads/{thread_id}/runs/stream
        post /langgraph/threads/{thread_id}/runs/wait
        post /langgraph/threads/{thread_id}/runs/{run_id}/cancel
        post /langgraph/threads/{thread_id}/state
        post /langgraph/threads/{thread_id}/state/checkpoint
        post /v1/agents/jobs/{id}/respond
        post /v1/chat/completions
        post /v1/clarify
        post /v1/embeddings
        post /v1/jobs/{id}/cancel
        post /v1/profiles
        post /v1/projects
        post /v1/projects/{id}/export/github
        post /v1/projects/{id}/files
        post /v1/projects/{id}/files/{path}/refactor
        post /v1/projects/{id}/files/{path}/versions/{version}/restore
        post /v1/projects/{id}/git/git-receive-pack
        post /v1/projects/{id}/git/git-upload-pack
        post /v1/projects/{id}/import/github
        post /v1/responses
        post /v1/responses/{response_id}/cancel
        post /v1/run-agent
        post /v1/run-pipeline
        post /v1/student/ask
        post /v1/student/choice-framework
        post /v1/student/roadmap
        post /v1/student/{project_id}/choice
        post /v1/student/{project_id}/roadmap
        post /v1/student/{project_id}/sessions
        put /api/stories/{id}/bible
        put /api/stories/{id}/facts/{fact}
        put /api/stories/{id}/findings/{finding}
        put /api/v1/backup
        put /api/v1/backup/retention
        put /api/v1/items
        put /api/v1/workflow-definitions/{name}
        put /api/v1/workflows/{id}
        put /langgraph/store/items
        put /v1/profiles
        put /v1/profiles/me
        put /v1/projects/{id}
        put /v1/projects/{id}/files/{path}
        put /v1/student/{project_id}/choice
        put /v1/student/{project_id}/roadmap/progress"#]]
    .assert_eq(&sorted(routes).join("\n"));

    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert_eq!(
        schemes.keys().collect::<Vec<_>>(),
        ["api_key", "bearer", "session"]
    );

    for (path, method, operation) in operations(&document) {
        assert!(
            operation["responses"]
                .as_object()
                .is_some_and(|all| !all.is_empty()),
            "{method} {path}"
        );
        assert!(
            operation["summary"].is_string() && operation["operationId"].is_string(),
            "{method} {path}"
        );

        let named = path.matches('{').count();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let in_path = parameters
            .iter()
            .filter(|p| p["in"] == "path" && p["required"] == true)
            .count();

        assert_eq!(
            named, in_path,
            "{method} {path}: every part of the path is described"
        );

        for (status, response) in operation["responses"].as_object().unwrap() {
            let body = &response["content"]["application/json"]["schema"];
            let shape = match crate::view::openai::is_address(path) {
                true => "#/components/schemas/OpenaiRefusal",
                false => "#/components/schemas/ErrorBody",
            };
            if status.starts_with(['4', '5']) {
                assert_eq!(body["$ref"], shape, "{method} {path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn every_reference_and_every_operation_id_of_the_document_is_good() {
    let door = Door::open().await;
    let document = door.get("/openapi.json").await.json();
    let mut references = Vec::new();
    collect(&document, &mut references);

    assert!(references.len() > 20);

    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a local reference");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }

    let ids: Vec<_> = operations(&document)
        .map(|(_, _, op)| op["operationId"].to_string())
        .collect();
    let mut once = sorted(ids.clone());
    once.dedup();

    assert_eq!(once.len(), ids.len(), "{ids:?}");

    let request = &document["components"]["schemas"]["GenerateRequest"];
    assert_eq!(request["required"], json!(["repoUrl"]));
    assert!(
        request["example"].is_object() || request["examples"].is_array(),
        "{request}"
    );
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let methods = item
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| *name != "parameters");
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn collect<'a>(value: &'a Value, references: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[tokio::test]
async fn the_docs_page_and_all_it_loads_come_from_here() {
    let door = Door::open().await;
    let page = door.get("/docs").await;

    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );

    let text = page.text();
    let links: Vec<&str> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|attribute| {
            text.split(attribute)
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap())
        })
        .collect();

    assert_eq!(links.len(), 5, "{links:?}");

    for link in links {
        assert!(link.starts_with('/') && !link.starts_with("//"), "{link}");
        let asset = door.get(link).await;
        assert_eq!(asset.status, 200, "{link}");
        assert!(
            !asset.body.is_empty() && !asset.header("content-type").is_empty(),
            "{link}"
        );
    }

    assert!(
        !text.contains("://") && !text.contains("<style") && !text.contains("style="),
        "nothing inline or elsewhere"
    );

    let inline = text
        .split("<script")
        .skip(1)
        .filter(|rest| !rest.starts_with(" src="))
        .count();

    assert_eq!(inline, 0, "no inline script");

    let start = door.get("/docs/start.js").await.text();
    assert!(
        !start.contains("://") && start.contains("/openapi.json") && start.contains("validatorUrl: null")
    );
}

#[tokio::test]
async fn the_docs_page_may_not_reach_another_host() {
    let door = Door::open().await;
    let page = door.get("/docs").await;
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self';",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }

    assert!(
        !policy.contains("http") && !policy.contains('*') && !policy.contains("unsafe-eval"),
        "{policy}"
    );
}

#[tokio::test]
async fn the_document_is_not_sent_again_to_who_has_it() {
    let door = Door::open().await;
    let first = door.get("/openapi.json").await;
    let again = door
        .http
        .get(door.url("/openapi.json"))
        .header("if-none-match", first.header("etag"));
    assert_eq!(Answer::of(again).await.status, 304);
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing_of_it() {
    async fn panics() {
        panic!("secret cause");
    }

    let router = crate::router::wrap(Router::new().route("/panics", get(panics)), Vec::new());
    let request = http::Request::get("/panics")
        .header("x-request-id", "r-1")
        .body(Body::empty())
        .unwrap();
    let response = router.oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    let answer = Answer {
        status,
        headers,
        body,
    };

    assert_eq!(answer.refusal(), "500 INTERNAL_ERROR");
    assert_eq!(answer.header("x-request-id"), "r-1");
    assert!(!answer.text().contains("secret"));
}

#[tokio::test]
async fn requests_are_counted_and_timed_by_route_and_not_by_what_a_client_writes() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let told = recorder.handle();
    let _here = metrics::set_default_local_recorder(&recorder);
    let door = Door::open().await;
    for id in ["a", "b"] {
        door.get(&format!("/api/stories/{id}")).await;
    }

    door.get("/secret-place").await;

    let odd = door
        .http
        .request("BREW".parse().unwrap(), door.url("/api/health"));
    assert_eq!(Answer::of(odd).await.refusal(), "405 METHOD_NOT_ALLOWED");

    let text = told.render();
    let line = r#"gateway_http_requests_total{route="/api/stories/{id}",method="GET",status="404"} 2"#;

    assert!(text.contains(line), "{text}");
    assert!(text.contains(r#"gateway_http_request_seconds"#));
    assert!(
        text.contains(r#"route="unmatched""#) && text.contains(r#"method="other""#),
        "{text}"
    );
    assert!(!text.contains("secret-place") && !text.contains("BREW"), "{text}");
}
