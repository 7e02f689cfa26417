//! The gateway against fakes of every provider, at the HTTP boundary: what goes over the wire, what comes back, and what
//! the caller, the sink and the books hear of it.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod breaking;
mod ending;
mod failing;
mod reach;
mod routing;
mod shaping;
mod spending;
mod tooling;
mod wiring;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kit::clock::ManualClock;
use serde_json::Value;

use super::testing::{Asked, FakeProvider, KEY};
use super::*;

const KINDS: [ProviderKind; 4] = [
    ProviderKind::OpenAi,
    ProviderKind::Anthropic,
    ProviderKind::Gemini,
    ProviderKind::Compatible,
];

/// One gateway, its fakes in the order of its route, and everything that it takes from outside.
struct Rig {
    fakes: Vec<FakeProvider>,
    gateway: Gateway,
    clock: ManualClock,
    slept: Arc<Mutex<Vec<Duration>>>,
    books: Arc<Books>,
}

#[derive(Default)]
struct Books(Mutex<Vec<UsageRecord>>);

impl UsageSink for Books {
    fn record(&self, record: &UsageRecord) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(record.clone());
    }
}

impl Rig {
    async fn new(kinds: &[ProviderKind]) -> Self {
        Self::with(kinds, |_| {}).await
    }

    /// Every provider in both ways of asking it.
    async fn each() -> Vec<(String, Self)> {
        let mut rigs = Vec::new();
        for kind in KINDS {
            for streaming in [true, false] {
                rigs.push((
                    format!("{kind:?}, streaming {streaming}"),
                    Self::one(kind, streaming).await,
                ));
            }
        }

        rigs
    }

    async fn each_streaming() -> Vec<(String, Self)> {
        let mut rigs = Vec::new();
        for kind in KINDS {
            rigs.push((format!("{kind:?}"), Self::one(kind, true).await));
        }
        rigs
    }

    async fn one(kind: ProviderKind, streaming: bool) -> Self {
        let set = |config: &mut ModelsConfig| {
            config
                .providers
                .values_mut()
                .for_each(|p| p.streaming = streaming)
        };
        Self::with(&[kind], set).await
    }

    async fn with(kinds: &[ProviderKind], change: impl FnOnce(&mut ModelsConfig)) -> Self {
        let mut fakes = Vec::new();
        for kind in kinds {
            fakes.push(FakeProvider::start(*kind).await);
        }

        let mut config = config(&fakes);
        change(&mut config);

        let clock = ManualClock::default();
        let slept: Arc<Mutex<Vec<Duration>>> = Arc::default();
        let books: Arc<Books> = Arc::default();
        let waits = Arc::clone(&slept);
        let deps = GatewayDeps {
            clock: clock.shared(),
            books: Arc::clone(&books) as Arc<dyn UsageSink>,
            sleep: Arc::new(move |wait| {
                waits.lock().unwrap_or_else(PoisonError::into_inner).push(wait);
                Box::pin(std::future::ready(()))
            }),
            jitter: Arc::new(|| 1.0),
            spender: None,
            entitlements: None,
        };
        let gateway = Gateway::new(&config, deps).expect("a valid configuration");

        Self {
            fakes,
            gateway,
            clock,
            slept,
            books,
        }
    }

    fn fake(&self) -> &FakeProvider {
        &self.fakes[0]
    }

    async fn ask(&self) -> (Result<Reply, LlmError>, Vec<Event>) {
        let mut events = Vec::new();
        let reply = self.gateway.complete(&call(), request(), &mut events).await;
        (reply, events)
    }

    fn slept(&self) -> Vec<u64> {
        self.slept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(Duration::as_secs)
            .collect()
    }

    fn booked(&self) -> Vec<UsageRecord> {
        self.books
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.booked().iter().map(|record| record.usage.outcome).collect()
    }
}

/// Providers `p0`, `p1`, … each with the model `m`, and one route over them.
fn config(fakes: &[FakeProvider]) -> ModelsConfig {
    let provider = |fake: &FakeProvider| ProviderConfig {
        kind: fake.kind(),
        api_key: if fake.kind() == ProviderKind::Compatible {
            ""
        } else {
            KEY
        }
        .into(),
        base_url: fake.base_url(),
        model: String::new(),
        streaming: true,
        json_schema: true,
    };

    let any = ModelConfig {
        max_tokens: 1_000,
        max_tokens_limit: 4_000,
        thinking_budget_tokens: 0,
        temperature: true,
        headers: BTreeMap::new(),
        input_micro_usd_per_mtok: 5_000_000,
        output_micro_usd_per_mtok: 25_000_000,
    };

    ModelsConfig {
        connect_timeout_ms: 10_000,
        first_byte_timeout_ms: 30_000,
        idle_timeout_ms: 30_000,
        call_timeout_ms: 60_000,
        retry: RetryConfig {
            attempts: 3,
            base_delay_ms: 2_000,
            max_delay_ms: 30_000,
            longest_wait_ms: 60_000,
        },
        breaker: BreakerConfig {
            failures: 5,
            open_ms: 60_000,
            probes: 2,
        },
        providers: fakes
            .iter()
            .enumerate()
            .map(|(i, fake)| (format!("p{i}"), provider(fake)))
            .collect(),
        aliases: BTreeMap::new(),
        routes: BTreeMap::from([(
            "test".to_owned(),
            (0..fakes.len()).map(|i| format!("p{i}/m")).collect(),
        )]),
        catalog: BTreeMap::from([("*".to_owned(), any)]),
    }
}

fn request() -> Request {
    Request {
        class: "test.agent".to_owned(),
        system: "Speak plainly.".to_owned(),
        messages: vec![Message::User("Say hello.".to_owned())],
        temperature: Some(0.5),
        ..Request::default()
    }
}

fn call() -> Call {
    Call {
        user: "u1".to_owned(),
        agent: "test.agent".to_owned(),
        run: Some("r1".to_owned()),
        ..Call::default()
    }
}

fn deltas(events: &[Event]) -> Vec<&str> {
    let text = |event: &'_ Event| matches!(event, Event::Delta(_));
    events
        .iter()
        .filter(|event| text(event))
        .map(|event| if let Event::Delta(text) = event { text } else { "" })
        .collect()
}

/// What a client has on its screen after these events.
fn shown(events: &[Event]) -> String {
    let mut shown = String::new();
    for event in events {
        match event {
            Event::Delta(text) => shown.push_str(text),
            Event::Restart => shown.clear(),
            Event::Usage(_) => {}
        }
    }

    shown
}

fn cause(reply: Result<Reply, LlmError>, what: &str) -> Failure {
    match reply {
        Err(LlmError::Unavailable { cause, .. }) => cause,
        other => panic!("{what}: {other:?}"),
    }
}

fn body(asked: &Asked) -> &Value {
    &asked.body
}

/// Log lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Collects what this thread logs, while the guards live.
    fn collect(&self, level: tracing::Level) -> (tracing::Dispatch, tracing::subscriber::DefaultGuard) {
        // With one collector in the process, a line first logged by the thread of another test is off for good.
        let second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
        let writer = self.clone();
        let lines = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
        let lines = lines.with_writer(move || writer.clone()).finish();
        (second, tracing::subscriber::set_default(lines))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
