//! Reports as a receiver of envelopes gets them.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::Value;
use tracing::Dispatch;

use super::super::{Exporters, LogFormat, TelemetryConfig, build};

#[derive(Clone)]
struct Receiver {
    answer: StatusCode,
    got: Arc<Mutex<Vec<(String, String, String)>>>,
}

impl Receiver {
    /// One that answers with this status, and its DSN.
    async fn start(answer: StatusCode) -> (Self, String) {
        crate::tls::install_provider();
        let receiver = Self {
            answer,
            got: Arc::default(),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let dsn = format!("http://akey@{}/7", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(take).with_state(receiver.clone());
        #[expect(clippy::disallowed_methods, reason = "it ends with its test")]
        tokio::spawn(async { axum::serve(listener, app).await });

        (receiver, dsn)
    }

    /// The events that came, with every line of their envelopes read.
    fn events(&self) -> Vec<Value> {
        let got = self.got.lock().expect("no panic");
        let read = got.iter().map(|(path, auth, body)| {
            assert_eq!(path, "/api/7/envelope/");
            assert!(
                auth.starts_with("Sentry sentry_version=7") && auth.contains("sentry_key=akey"),
                "{auth}"
            );

            let lines: Vec<_> = body.lines().collect();
            let [head, item, event] = lines[..] else {
                panic!("three lines: {body}");
            };
            let read = |line| serde_json::from_str::<Value>(line).expect("JSON");
            assert_eq!(read(item)["type"], "event");
            assert_eq!(read(item)["length"], event.len());
            assert_eq!(read(head)["event_id"], read(event)["event_id"]);
            read(event)
        });

        read.collect()
    }
}

async fn take(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: String) -> StatusCode {
    let auth = headers["x-sentry-auth"].to_str().expect("a text").to_owned();
    let mut got = receiver.got.lock().expect("no panic");
    got.push((uri.path().to_owned(), auth, body));
    receiver.answer
}

fn listening(dsn: &str) -> (Dispatch, Exporters) {
    let config = TelemetryConfig {
        log: "error".to_owned(),
        format: LogFormat::Json,
        otlp_endpoint: String::new(),
        trace_ratio: 1.0,
        sentry_dsn: dsn.into(),
    };
    build(&config, true, std::io::sink).expect("telemetry")
}

async fn flush(exporters: Exporters) {
    tokio::task::spawn_blocking(move || exporters.reports.expect("a DSN").flush())
        .await
        .expect("no panic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_is_reported_with_where_it_was_and_without_what_people_wrote() {
    let (receiver, dsn) = Receiver::start(StatusCode::OK).await;
    let (dispatch, exporters) = listening(&dsn);

    tracing::dispatcher::with_default(&dispatch, || {
        let _request =
            tracing::info_span!("request", request_id = "r-1", path = "/api/diary/of/nora").entered();
        let _node = tracing::info_span!("node", node = "write", run_id = "run-1").entered();
        let causes = "no row for `Dear diary`: nora@example.org at https://u:p@host/x?token=1";
        tracing::error!(kind = ?"Internal", reason = "BROKEN", prompt = "my secret plan", %causes, "request failed");
        tracing::warn!("not worth a report");
        tracing::error!(kind = ?crate::ErrorKind::Unavailable, "an engine is away");
    });
    flush(exporters).await;

    let events = receiver.events();
    let [event] = &events[..] else {
        panic!("one report: {events:?}");
    };
    let exception = &event["exception"]["values"][0];
    assert_eq!(
        exception["value"],
        "request failed: no row for `…`: … at https://host/…"
    );
    assert_eq!(exception["mechanism"]["handled"], true);
    let frame = &exception["stacktrace"]["frames"][0];
    assert!(
        frame["filename"]
            .as_str()
            .expect("a file")
            .ends_with("reports/tests.rs")
    );
    assert!(frame["lineno"].as_u64() > Some(0));

    for (tag, value) in [
        ("request_id", "r-1"),
        ("run_id", "run-1"),
        ("node", "write"),
        ("reason", "BROKEN"),
    ] {
        assert_eq!(event["tags"][tag], value);
    }
    assert_eq!(
        (&event["environment"], &event["level"]),
        (&"production".into(), &"error".into())
    );
    assert_eq!(event["release"], concat!("saga@", env!("CARGO_PKG_VERSION")));
    let all = event.to_string();
    for word in ["diary", "nora", "secret plan", "token"] {
        assert!(!all.contains(word), "{word} in {all}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_reported_where_it_was_and_within_its_work() {
    let (receiver, dsn) = Receiver::start(StatusCode::OK).await;
    let (dispatch, exporters) = listening(&dsn);
    crate::telemetry::panics::tell_panics(true);

    let at = tracing::dispatcher::with_default(&dispatch, || {
        let _node = tracing::info_span!("node", node = "speak").entered();
        let panicked = std::panic::catch_unwind(|| panic!("no voice for {:?}", "Ada's diary"));
        panicked.expect_err("it panics");
        line!() - 2
    });
    flush(exporters).await;

    let events = receiver.events();
    let [event] = &events[..] else {
        panic!("one report: {events:?}");
    };
    let exception = &event["exception"]["values"][0];
    assert_eq!(event["level"], "fatal");
    assert_eq!(exception["type"], "panic");
    assert_eq!(exception["value"], r#"panicked: no voice for "…""#);
    assert_eq!(exception["stacktrace"]["frames"][0]["lineno"], at);
    assert_eq!(exception["mechanism"]["handled"], false);
    assert_eq!(event["tags"]["node"], "speak");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_more_is_sent_after_a_refusal_and_never_more_than_anybody_reads() {
    for (answer, most) in [(StatusCode::TOO_MANY_REQUESTS, 1), (StatusCode::OK, 20)] {
        let (receiver, dsn) = Receiver::start(answer).await;
        let (dispatch, exporters) = listening(&dsn);

        tracing::dispatcher::with_default(&dispatch, || {
            for number in 0..30 {
                tracing::error!(number, "again");
            }
        });
        flush(exporters).await;

        assert_eq!(receiver.events().len(), most, "{answer}");
    }
}

#[tokio::test]
async fn what_is_no_dsn_is_told_with_its_setting_and_not_repeated() {
    let config = TelemetryConfig {
        sentry_dsn: "hunter2".into(),
        log: "info".to_owned(),
        format: LogFormat::Json,
        otlp_endpoint: String::new(),
        trace_ratio: 1.0,
    };
    let refused = build(&config, true, std::io::sink)
        .map(drop)
        .expect_err("refused")
        .to_string();

    assert!(
        refused.contains("`telemetry.sentry_dsn`") && !refused.contains("hunter2"),
        "{refused}"
    );
}
