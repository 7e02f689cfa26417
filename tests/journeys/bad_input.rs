//! Everything a client can get wrong gets its status, the field and what was expected, and breaks nothing.

use reqwest::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    repositories::Repositories,
    saga::{DataFolder, Launch},
};

fn with(key: &str, value: Value, repository: &str) -> Value {
    let mut body = json!({ "repoUrl": repository, "style": "documentary", "duration": 5, "voice": "Rachel" });
    body[key] = value;
    body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_is_named_with_what_was_expected() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let good = repositories.sample();
    let cases = [
        ("style", json!("opera"), "style"),
        ("duration", json!(7), "duration"),
        ("duration", json!("five"), "duration"),
        ("voice", json!("Zarathustra"), "voice"),
        ("technicalDepth", json!("wizard"), "technical"),
        ("focusAreas", json!("routing"), "focus"),
        ("focusAreas", json!(["a\u{0}b"]), "focus"),
        ("colour", json!("red"), "colour"),
        ("repoUrl", json!(17), "repo"),
        ("repoUrl", json!(""), "repo"),
        ("repoUrl", json!("not a url"), "repo"),
        ("repoUrl", json!("ssh://git@github.com/a/b"), "repo"),
        ("repoUrl", json!("ext::sh -c id"), "repo"),
        ("repoUrl", json!("--upload-pack=touch /tmp/x"), "repo"),
        ("repoUrl", json!("https://user:secret@github.com/a/b"), "repo"),
        (
            "repoUrl",
            json!("https://github.com/a/b\r\nHost: localhost"),
            "repo",
        ),
        ("repoUrl", json!("https://unknown.example/a/b"), "repo"),
        ("repoUrl", json!("file:///etc"), "repo"),
        ("repoUrl", json!("https://github.com/"), "repo"),
    ];

    for (key, value, field) in cases {
        let answer = client
            .post("/api/stories/generate", with(key, value.clone(), &good))
            .await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{key}={value}: {}",
            answer.body
        );

        let errors = answer.body["details"]["errors"].to_string();
        assert!(
            errors.to_lowercase().contains(field),
            "{key}={value}: {}",
            answer.body
        );

        for key in ["error", "message", "detail", "details", "request_id"] {
            assert!(answer.body.get(key).is_some(), "no `{key}` in {}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_refused_in_every_spelling() {
    let data = DataFolder::new();
    let saga = Launch::new(&data)
        .set("SAGA_SOURCES__ALLOW_PRIVATE", "false")
        .set(
            "SAGA_SOURCES__ALLOW_HOSTS",
            "github.com,127.0.0.1,localhost,2130706433,0x7f000001,[::1]",
        )
        .serve()
        .await;
    let client = Client::of(&saga);

    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.1.1",
        "[fe80::1]",
        "0.0.0.0",
    ] {
        let body = with("repoUrl", json!(format!("https://{host}/a/b")), "");
        let answer = client.post("/api/stories/generate", body).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{host}: {}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_things_malformed_bodies_and_huge_bodies_get_their_own_status() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let unknown = "/api/stories/00000000-0000-4000-8000-000000000000";

    for path in [
        unknown,
        "/api/stories/not-an-id",
        "/no/such/route",
        "/media/forged.mp3",
    ] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
        let header = answer.headers["x-request-id"].to_str().expect("text");
        assert_eq!(
            answer.body["request_id"], header,
            "{path}: the id is in the body and in the header"
        );
    }

    assert_eq!(
        client.post(&format!("{unknown}/restart"), json!({})).await.status,
        StatusCode::NOT_FOUND
    );

    let method = client.call(Method::PATCH, "/api/stories/generate", None).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);

    let url = format!("{}/api/stories/generate", saga.base());
    let send = |kind: &'static str, body: Vec<u8>| {
        client
            .http()
            .post(&url)
            .header(CONTENT_TYPE, kind)
            .body(body)
            .send()
    };
    let malformed = send("application/json", b"{".to_vec()).await.expect("an answer");

    assert_eq!(malformed.status(), StatusCode::BAD_REQUEST);

    let typed = send("text/plain", b"{}".to_vec()).await.expect("an answer");
    assert_eq!(typed.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let huge = send("application/json", vec![b' '; 10 * 1024 * 1024])
        .await
        .expect("an answer");
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let empty = client
        .post(
            "/api/chat/intent",
            json!({ "message": "", "repoUrl": "https://github.com/a/b" }),
        )
        .await;

    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", empty.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_cannot_be_told_fails_in_words_for_its_user() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);

    for (url, said) in [
        (repositories.missing(), "not found"),
        (repositories.empty(), "no commit"),
    ] {
        let id = client.generate(&url).await;
        let story = client.story_in(&id, &["failed"]).await;
        let message = story["error_message"].as_str().expect("a message");

        assert!(message.to_lowercase().contains(said), "{message}");
        assert!(
            !message.contains("::") && !message.contains('{'),
            "no internals: {message}"
        );
        assert_eq!(story["audio_url"], Value::Null);
    }
}
