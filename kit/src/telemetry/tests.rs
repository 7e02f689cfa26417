//! Log lines as they are written, and traces as a collector receives them.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::*;
use crate::ephemeral::hush_panics;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("no panic").clone()).expect("UTF-8")
    }

    fn lines(&self) -> Vec<Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

#[test]
fn a_panic_with_a_chat_in_hand_says_where_it_was_and_nothing_else() {
    panics::tell_panics(true);

    let said = logged(&config("info", LogFormat::Json), false, || {
        let text = String::from("\u{e9}t\u{e9}, and what is secret");
        let sliced = catch_unwind(|| hush_panics(|| text[1..].len()));
        let aloud = catch_unwind(|| panic!("said aloud"));
        assert!(sliced.is_err() && aloud.is_err());
    });

    let (said, lines) = (said.text(), said.lines());
    assert!(
        lines[0]["message"]
            .as_str()
            .is_some_and(|said| said.contains("with a chat in hand")),
        "{said}"
    );
    assert!(
        said.contains("telemetry/tests.rs") && said.contains("said aloud"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
}

fn config(log: &str, format: LogFormat) -> TelemetryConfig {
    TelemetryConfig {
        log: log.into(),
        format,
        otlp_endpoint: String::new(),
        trace_ratio: 1.0,
        sentry_dsn: SecretString::default(),
    }
}

fn logged(config: &TelemetryConfig, production: bool, body: impl FnOnce()) -> Captured {
    let captured = Captured::default();
    let writer = captured.clone();
    let (dispatch, _) = build(config, production, move || writer.clone()).expect("telemetry");
    tracing::dispatcher::with_default(&dispatch, body);
    captured
}

#[test]
fn a_json_line_carries_the_fields_of_every_span_around_it() {
    let lines = logged(&config("info", LogFormat::Json), false, || {
        let outer = tracing::info_span!(
            "rpc",
            request_id = "r1",
            attempt = 1,
            user = tracing::field::Empty
        );
        let _outer = outer.enter();

        outer.record("user", "u1");

        let _inner = tracing::info_span!("step", run_id = "run1", attempt = 2).entered();
        tracing::info!(chapters = 3, done = true, ratio = 0.5, "wrote \"it\"\nall");
        tracing::debug!("not asked for");
    })
    .lines();

    assert_eq!(lines.len(), 1);

    let line = &lines[0];
    for (key, expected) in [
        ("request_id", Value::from("r1")),
        ("user", "u1".into()),
        ("run_id", "run1".into()),
        ("attempt", 2.into()),
        ("chapters", 3.into()),
        ("done", true.into()),
        ("ratio", 0.5.into()),
        ("message", "wrote \"it\"\nall".into()),
        ("level", "INFO".into()),
        ("span", "step".into()),
    ] {
        assert_eq!(line[key], expected, "{key} of {line}");
    }

    let timestamp = line["timestamp"].as_str().expect("a time");
    assert!(timestamp.ends_with('Z') && timestamp.contains('T'), "{timestamp}");
}

#[test]
fn a_name_that_is_said_twice_stands_on_its_line_once() {
    let text = logged(&config("info", LogFormat::Json), true, || {
        let _span = tracing::info_span!("rpc", status = 1, "a\"b" = 2).entered();
        tracing::Span::current().record("status", 3);
        tracing::info!(status = 4, nothing = f64::NAN, "done");
        tracing::info!("again");
    })
    .text();

    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert_eq!(lines[0].matches("\"status\"").count(), 1, "{text}");

    let first: Value = serde_json::from_str(lines[0]).expect("JSON");
    assert_eq!(
        (&first["status"], &first["nothing"], &first["a\"b"]),
        (&4.into(), &Value::Null, &2.into())
    );
    assert!(lines[1].contains("\"status\":3"), "{text}");
}

#[test]
fn production_speaks_json_and_development_speaks_to_people() {
    let auto = config("info", LogFormat::Auto);
    assert_eq!(logged(&auto, true, || tracing::info!("hello")).lines().len(), 1);
    let text = logged(&auto, false, || tracing::info!("hello")).text();
    assert!(
        text.contains("hello") && serde_json::from_str::<Value>(&text).is_err(),
        "{text}"
    );
    assert!(!text.contains('\u{1b}') || io::stderr().is_terminal());
}

#[test]
fn modules_are_filtered_by_name() {
    let lines = logged(&config("warn,kit=debug", LogFormat::Json), true, || {
        tracing::debug!("ours");
        tracing::info!(target: "other", "theirs");
    })
    .lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["message"], "ours");
}

#[test]
fn what_is_only_for_traces_is_not_logged() {
    let lines = logged(&config("info", LogFormat::Json), true, || {
        let _span =
            tracing::info_span!("rpc", method = "/a", otel.name = "a", otel.kind = "server").entered();
        tracing::info!("done");
    })
    .lines();
    let line = lines[0].as_object().expect("an object");

    assert_eq!(line["method"], "/a");
    assert!(!line.keys().any(|key| key.starts_with("otel")), "{line:?}");
}

#[test]
fn a_wrong_filter_is_refused_in_words() {
    let err = build(&config("kit=loud", LogFormat::Auto), false, io::sink)
        .map(drop)
        .expect_err("refused");
    assert_eq!(
        err.to_string(),
        "`kit=loud` is not a log filter; expected something like info,story_svc=debug"
    );
}

/// A collector that takes everything and counts how often it was called.
async fn collector() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    let export = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let _ = tell.send(request.uri().path().to_owned());
        async {
            // An empty message: not compressed, no bytes.
            let headers = [("content-type", "application/grpc"), ("grpc-status", "0")];
            (headers, axum::body::Body::from(vec![0_u8; 5]))
        }
    });

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let uri = format!("http://{}", listener.local_addr().expect("an address"));
    let routes = tonic::service::Routes::from(export);
    tokio::spawn(crate::rpc::serve(
        listener,
        routes,
        None,
        tokio_util::sync::CancellationToken::new(),
    ));

    (uri, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traces_held_back_are_sent_when_the_guard_drops() {
    let (endpoint, mut told) = collector().await;
    let config = TelemetryConfig {
        otlp_endpoint: endpoint,
        ..config("info", LogFormat::Json)
    };
    let (dispatch, exporters) = build(&config, true, io::sink).expect("telemetry");
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info_span!("work").in_scope(|| tracing::info!("done"))
    });

    let guard = Guard {
        metrics: Metrics::detached(),
        exporters,
    };
    tokio::task::spawn_blocking(move || drop(guard))
        .await
        .expect("no panic");

    let path = told
        .try_recv()
        .expect("the collector was called before the guard was gone");
    assert_eq!(
        path,
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_down_holds_nothing_up() {
    let config = TelemetryConfig {
        otlp_endpoint: "http://127.0.0.1:1".into(),
        ..config("info", LogFormat::Json)
    };

    let (dispatch, exporters) = build(&config, true, io::sink).expect("telemetry");
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info_span!("work").in_scope(|| tracing::info!("done"))
    });
    tokio::task::spawn_blocking(move || {
        drop(Guard {
            metrics: Metrics::detached(),
            exporters,
        })
    })
    .await
    .expect("no panic");
}

#[tokio::test]
async fn telemetry_is_set_up_once() {
    let first = init(&config("off", LogFormat::Auto), false).expect("the first time");
    assert!(matches!(
        init(&config("off", LogFormat::Auto), false),
        Err(TelemetryError::Twice)
    ));
    ::metrics::counter!("saga_test_total").increment(1);
    assert!(first.metrics().render().contains("saga_test_total 1"));
}
