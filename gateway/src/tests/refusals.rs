//! Everything that is refused: each with the right status, the one body shape, and the field at fault. Limits are
//! tried on both sides.

use std::time::Duration;

use kit::{ErrorKind, FieldViolation, Problem};
use proto::v1::RunStatus;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::harness::{Answer, Door};

const GENERATE: &str = "/api/stories/generate";

async fn raw(door: &Door, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(
        door.http
            .post(door.url(GENERATE))
            .header("content-type", kind)
            .body(body),
    )
    .await
}

#[tokio::test]
async fn every_wrong_body_of_generate_names_its_field() {
    let door = Door::open().await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "repoUrl": "https://github.com/o/r" });
        body[name] = value;
        body
    };

    let rows = [
        (json!({}), "422 VALIDATION_ERROR [repoUrl missing]"),
        (json!([]), "422 VALIDATION_ERROR [ type_error]"),
        (json!(null), "422 VALIDATION_ERROR [ type_error]"),
        (
            json!({ "repoUrl": 7 }),
            "422 VALIDATION_ERROR [repoUrl type_error]",
        ),
        (
            json!({ "repoUrl": null }),
            "422 VALIDATION_ERROR [repoUrl type_error]",
        ),
        (with("style", json!("opera")), "422 VALIDATION_ERROR [style enum]"),
        (with("style", json!(1)), "422 VALIDATION_ERROR [style type_error]"),
        (
            with("duration", json!(7)),
            "422 VALIDATION_ERROR [duration value_error]",
        ),
        (
            with("duration", json!(0)),
            "422 VALIDATION_ERROR [duration value_error]",
        ),
        (
            with("duration", json!(-5)),
            "422 VALIDATION_ERROR [duration value_error]",
        ),
        (
            with("duration", json!(5.5)),
            "422 VALIDATION_ERROR [duration type_error]",
        ),
        (
            with("duration", json!("5")),
            "422 VALIDATION_ERROR [duration type_error]",
        ),
        (
            with("voice", json!("rachel")),
            "422 VALIDATION_ERROR [voice enum]",
        ),
        (
            with("technicalDepth", json!("wizard")),
            "422 VALIDATION_ERROR [technicalDepth enum]",
        ),
        (
            with("technical_depth", json!("wizard")),
            "422 VALIDATION_ERROR [technical_depth enum]",
        ),
        (
            with("focusAreas", json!("api")),
            "422 VALIDATION_ERROR [focusAreas type_error]",
        ),
        (
            with("focusAreas", json!(["api", 2])),
            "422 VALIDATION_ERROR [focusAreas.1 type_error]",
        ),
        (
            with("focusAreas", json!(["a\u{0}b"])),
            "422 VALIDATION_ERROR [focusAreas.0 value_error]",
        ),
        (
            json!({ "repoUrl": "https://github.com/o/r\u{0}" }),
            "422 VALIDATION_ERROR [repoUrl value_error]",
        ),
        (
            with("colour", json!("red")),
            "422 VALIDATION_ERROR [colour unknown_field]",
        ),
        (
            with("repo_url", json!("twice")),
            "422 VALIDATION_ERROR [repo_url value_error]",
        ),
    ];
    for (body, told) in rows {
        assert_eq!(door.post(GENERATE, &body).await.refusal(), told, "{body}");
    }

    assert!(
        door.world.lock().created.is_empty(),
        "nothing refused reaches a service"
    );
}

#[tokio::test]
async fn every_allowed_value_of_generate_is_taken() {
    let door = Door::open().await;
    let values: [(&str, &[Value]); 4] = [
        (
            "style",
            &["documentary", "tutorial", "podcast", "fiction", "technical"].map(Value::from),
        ),
        ("duration", &[5, 10, 15, 20].map(Value::from)),
        ("voice", &["Rachel", "Drew", "Bella", "Antoni"].map(Value::from)),
        (
            "technicalDepth",
            &["beginner", "intermediate", "advanced", "expert"].map(Value::from),
        ),
    ];

    for (name, values) in values {
        for value in values {
            let answer = door.post(GENERATE, &json!({ "repoUrl": "u", name: value })).await;
            assert_eq!(answer.status, 200, "{name} {value}");
        }
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let door = Door::open().await;
    let deep = "[".repeat(100_000);
    for body in [
        "",
        "{",
        "{\"repoUrl\":}",
        "nope",
        "{} {}",
        "{'a':1}",
        "\u{feff}{}",
        deep.as_str(),
    ] {
        let answer = raw(&door, "application/json", body.to_owned()).await;
        assert_eq!(answer.refusal(), "400 VALIDATION_ERROR", "{body:.20}");
    }

    let answer = raw(&door, "application/json", vec![b'"', 0xff, b'"']).await;
    assert_eq!(answer.refusal(), "400 VALIDATION_ERROR");
}

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    let door = Door::open().await;
    let body = r#"{"repoUrl":"u"}"#;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        assert_eq!(
            raw(&door, kind, body).await.refusal(),
            "415 UNSUPPORTED_MEDIA_TYPE",
            "{kind}"
        );
    }

    let none = Answer::of(door.http.post(door.url(GENERATE)).body(body)).await;
    assert_eq!(none.refusal(), "415 UNSUPPORTED_MEDIA_TYPE");
    assert_eq!(
        raw(&door, "application/json; charset=utf-8", body).await.status,
        200
    );
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_not_a_byte_longer() {
    let door = Door::open_with(|config| config.body_limit_bytes = 1_000).await;
    let padded = |len: usize| {
        let body = r#"{"repoUrl":"u"}"#;
        format!("{body}{}", " ".repeat(len - body.len()))
    };

    assert_eq!(raw(&door, "application/json", padded(1_000)).await.status, 200);
    assert_eq!(
        raw(&door, "application/json", padded(1_001)).await.refusal(),
        "413 PAYLOAD_TOO_LARGE"
    );

    // Without a length, as chunks.
    for (len, status) in [(1_000, 200), (1_001, 413)] {
        let chunks: Vec<Result<String, std::io::Error>> = padded(len)
            .as_bytes()
            .chunks(100)
            .map(|c| Ok(String::from_utf8(c.to_vec()).unwrap()))
            .collect();
        let body = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
        assert_eq!(raw(&door, "application/json", body).await.status, status, "{len}");
    }
}

#[tokio::test]
async fn a_body_of_ten_megabytes_gets_its_refusal_and_not_a_reset() {
    let door = Door::open().await;
    let body = format!("{{\"repoUrl\":\"{}\"}}", "x".repeat(10 << 20));
    let answer = raw(&door, "application/json", body).await;
    assert_eq!(answer.refusal(), "413 PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_answered_alike() {
    let door = Door::open().await;
    let unknown = "/api/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2";
    let message = door.get(unknown).await.json()["message"].clone();
    let odd = [
        "nope",
        "7d444840",
        "%00",
        "%FF",
        "7d444840-9dc0-41d1-b245-5ffdce74fad2x",
        "..%2f..",
        "%7B7d444840%7D",
    ];

    for id in odd {
        for (method, suffix) in [
            ("GET", ""),
            ("POST", "/restart"),
            ("POST", "/cancel"),
            ("GET", "/events"),
        ] {
            let url = door.url(&format!("/api/stories/{id}{suffix}"));
            let answer = Answer::of(door.http.request(method.parse().unwrap(), url)).await;
            assert_eq!(
                answer.refusal(),
                "404 RESOURCE_NOT_FOUND",
                "{method} {id}{suffix}"
            );
            assert_eq!(answer.json()["message"], message);
        }
    }

    assert_eq!(
        door.get(unknown).await.json()["details"]["reason"],
        "STORY_NOT_FOUND"
    );
}

#[tokio::test]
async fn places_and_methods_that_do_not_exist_have_the_same_body() {
    let door = Door::open().await;
    for path in [
        "/nowhere",
        "/api",
        "/api/stories/a/b/c",
        "/docs/secret",
        "/docs/index.html",
        "/docs/%FF",
    ] {
        assert_eq!(door.get(path).await.refusal(), "404 RESOURCE_NOT_FOUND", "{path}");
    }

    for (method, path, allow) in [
        ("DELETE", "/api/health", "GET,HEAD"),
        ("PUT", GENERATE, "POST"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("PATCH", "/media/x", "GET,HEAD"),
    ] {
        let answer = Answer::of(door.http.request(method.parse().unwrap(), door.url(path))).await;
        assert_eq!(answer.refusal(), "405 METHOD_NOT_ALLOWED", "{method} {path}");
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
}

#[tokio::test]
async fn a_services_refusal_keeps_its_kind_its_reason_and_names_fields_as_the_caller_wrote_them() {
    let door = Door::open().await;
    let fields = vec![FieldViolation::new(
        "repo_url",
        "expected a repository on an allowed host",
    )];
    let invalid = Problem::invalid("REPO_URL_HOST", "The repository's host is not allowed.", fields);
    for (body, name) in [
        (json!({ "repoUrl": "u" }), "repoUrl"),
        (json!({ "repo_url": "u" }), "repo_url"),
    ] {
        door.world.lock().refusal = Some(invalid.clone());

        let answer = door.post(GENERATE, &body).await;
        assert_eq!(
            answer.refusal(),
            format!("422 VALIDATION_ERROR [{name} value_error]")
        );

        let told = answer.json();
        assert_eq!(told["details"]["reason"], "REPO_URL_HOST");
        assert_eq!(
            told["details"]["errors"][0]["message"],
            "expected a repository on an allowed host"
        );
    }

    let rows = [
        (ErrorKind::AlreadyExists, "409 CONFLICT"),
        (ErrorKind::FailedPrecondition, "400 VALIDATION_ERROR"),
        (ErrorKind::PermissionDenied, "403 PERMISSION_DENIED"),
        (ErrorKind::ResourceExhausted, "429 RATE_LIMIT_EXCEEDED"),
        (ErrorKind::Unavailable, "503 EXTERNAL_SERVICE_ERROR"),
        (ErrorKind::DeadlineExceeded, "504 TIMEOUT"),
        (ErrorKind::Internal, "500 INTERNAL_ERROR"),
    ];

    for (kind, told) in rows {
        let mut problem = Problem::new(kind, "REASON", "Words for the user.");
        problem.retry_after = Some(Duration::from_secs(7));
        door.world.lock().refusal = Some(problem);
        let answer = door.post(GENERATE, &json!({ "repoUrl": "u" })).await;
        assert_eq!(
            (answer.refusal().as_str(), answer.header("retry-after")),
            (told, "7")
        );
    }
}

#[tokio::test]
async fn cancelling_what_has_ended_is_a_validation_error() {
    let door = Door::open().await;
    let story = door.world.story(1, RunStatus::Completed);
    let problem = Problem::new(
        ErrorKind::FailedPrecondition,
        "STORY_NOT_RUNNING",
        "It has ended.",
    );
    door.world.lock().refusal = Some(problem);

    let answer = Answer::of(
        door.http
            .post(door.url(&format!("/api/stories/{}/cancel", story.id))),
    )
    .await;

    assert_eq!(answer.refusal(), "400 VALIDATION_ERROR");
}

#[tokio::test]
async fn an_unknown_kind_in_a_query_is_named() {
    let door = Door::open().await;
    assert_eq!(
        door.get("/api/stories?kind=poems").await.refusal(),
        "422 VALIDATION_ERROR [kind enum]"
    );
    assert_eq!(
        door.get("/api/stories?kind=%00").await.refusal(),
        "422 VALIDATION_ERROR [kind value_error]"
    );
}

#[tokio::test]
async fn an_idempotency_key_has_at_most_255_characters() {
    let door = Door::open().await;
    let send = |key: String| {
        let request = door.http.post(door.url(GENERATE)).header("idempotency-key", key);
        Answer::of(request.json(&json!({ "repoUrl": "u" })))
    };

    assert_eq!(send("k".repeat(255)).await.status, 200);
    assert_eq!(
        send("k".repeat(256)).await.refusal(),
        "422 VALIDATION_ERROR [Idempotency-Key value_error]"
    );
    assert_eq!(
        send("ключ".to_owned()).await.refusal(),
        "422 VALIDATION_ERROR [Idempotency-Key value_error]"
    );
}

#[tokio::test]
async fn guests_are_refused_where_none_are_allowed_but_health_and_docs_stay_open() {
    let door = Door::open_with(|config| config.allow_anonymous = false).await;
    for path in [
        "/api/stories",
        "/api/stories/7d444840-9dc0-41d1-b245-5ffdce74fad2",
    ] {
        let answer = door.get(path).await;
        assert_eq!(
            (answer.refusal().as_str(), answer.header("www-authenticate")),
            ("401 AUTHENTICATION_ERROR", "Bearer")
        );
    }

    let answer = door.post(GENERATE, &json!({ "repoUrl": "u" })).await;
    assert_eq!(answer.refusal(), "401 AUTHENTICATION_ERROR");

    for path in ["/api/health", "/docs", "/openapi.json"] {
        assert_eq!(door.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_verified_is_refused() {
    let door = Door::open().await;
    let request = door
        .http
        .get(door.url("/api/stories"))
        .bearer_auth("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.");
    assert_eq!(Answer::of(request).await.refusal(), "401 AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_a_timeout() {
    let door = Door::open_with(|config| config.request_timeout_seconds = 1).await;
    door.world.lock().silent = true;
    assert_eq!(door.get("/api/stories").await.refusal(), "504 TIMEOUT");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_request_timeout() {
    let door = Door::open_with(|config| config.request_timeout_seconds = 1).await;
    let mut socket = TcpStream::connect(door.address).await.unwrap();
    let head = format!(
        "POST {GENERATE} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{{"
    );
    socket.write_all(head.as_bytes()).await.unwrap();

    let mut answer = vec![0; 4_096];
    let read = socket.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);

    assert!(answer.starts_with("HTTP/1.1 408 Request Timeout"), "{answer}");
}
