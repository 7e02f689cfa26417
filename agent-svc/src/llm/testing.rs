//! Fakes of the model providers on loopback, in the shapes of their public API references: OpenAI chat completions
//! (also for compatible servers), Anthropic messages, Gemini generateContent. They check paths and keys and play
//! scripts; they never think. Behind the feature `testing`.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod anthropic;
mod gemini;
mod openai;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::ProviderKind;

/// The key that the fakes accept; `compatible` ones accept none too.
pub const KEY: &str = "sk-fake-key-0123456789";

/// Whoever answers a chat with this word in its message panics, in builds for tests.
pub const PANIC_WORD: &str = "panic-over-this-chat";

/// What a fake does with one request.
#[derive(Debug, Clone)]
pub enum Script {
    Answer(Answer),
    /// An error in the provider's own form.
    Status {
        status: u16,
        headers: Vec<(&'static str, String)>,
    },
    /// A web page with status 200, as a proxy may send.
    WebPage,
    /// Nothing, until the client goes away.
    Hang,
}

impl Script {
    pub fn say(text: &str) -> Self {
        Self::Answer(Answer::new(text))
    }

    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            headers: Vec::new(),
        }
    }

    pub fn retry_after(status: u16, value: impl Into<String>) -> Self {
        Self::Status {
            status,
            headers: vec![("retry-after", value.into())],
        }
    }
}

impl From<Answer> for Script {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// An answer with status 200.
#[derive(Debug, Clone)]
pub struct Answer {
    pub text: String,
    /// Anthropic only: signed thoughts before the text.
    pub thinking: Option<String>,
    /// Names and arguments.
    pub calls: Vec<(String, Value)>,
    pub finish: Ending,
    pub input_tokens: u64,
    pub output_tokens: u64,
    pub end: End,
}

/// Why the model stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Stop,
    Length,
    /// The model declines: `refusal`, or a filter's finish reason.
    Refusal,
    /// OpenAI's `refusal` text, Gemini's blocked prompt; Anthropic knows only `Refusal`.
    Blocked,
}

/// How far the answer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Complete,
    /// The connection breaks after the text.
    Breaks,
    /// The stream ends in good order, but before its last event.
    Stops,
    /// Nothing comes after the text, until the client goes away.
    Stalls,
    /// Bytes that are not what the protocol says.
    Garbage,
    /// An error event in a stream that had begun well.
    ErrorEvent,
}

impl Answer {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            thinking: None,
            calls: Vec::new(),
            finish: Ending::Stop,
            input_tokens: 100,
            output_tokens: 20,
            end: End::Complete,
        }
    }

    #[must_use]
    pub fn call(mut self, name: &str, arguments: Value) -> Self {
        self.calls.push((name.to_owned(), arguments));
        self
    }

    #[must_use]
    pub fn thinking(mut self, thoughts: &str) -> Self {
        self.thinking = Some(thoughts.to_owned());
        self
    }

    #[must_use]
    pub fn finish(mut self, finish: Ending) -> Self {
        self.finish = finish;
        self
    }

    #[must_use]
    pub fn end(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// The text in the pieces of a stream.
    fn pieces(&self) -> impl Iterator<Item = &str> {
        self.text.split_inclusive(' ')
    }
}

/// A request as the provider got it.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
    pub connection: Connection,
}

/// The connection that a request came over.
#[derive(Debug, Clone)]
pub struct Connection {
    pub client: SocketAddr,
    /// Cancelled once it is gone.
    pub ended: CancellationToken,
}

/// Held by a connection for as long as it lasts.
#[derive(Clone)]
struct Held(
    Connection,
    #[expect(dead_code, reason = "it tells by going")] Arc<DropGuard>,
);

impl Connected<IncomingStream<'_, TcpListener>> for Held {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        let ended = CancellationToken::new();
        let guard = Arc::new(ended.clone().drop_guard());
        let client = *stream.remote_addr();

        Self(Connection { client, ended }, guard)
    }
}

/// One dialect: how an answer looks on its wire.
struct Dialect {
    /// Path below the address, with a slash at its end.
    root: &'static str,
    /// Whether the path is one of the provider's, and asks for a stream.
    route: fn(&str, &Value) -> Option<bool>,
    key: fn(&HeaderMap) -> Option<&str>,
    /// The events before the last, and the last ones.
    stream: fn(&Answer) -> (Vec<String>, Vec<String>),
    whole: fn(&Answer) -> Value,
    error: fn(u16) -> Value,
    error_event: fn() -> String,
}

struct Shared {
    kind: ProviderKind,
    dialect: Dialect,
    scripts: Mutex<Scripts>,
    asked: watch::Sender<Vec<Asked>>,
    closed: watch::Sender<usize>,
}

type Decide = Box<dyn Fn(&Asked) -> Script + Send>;

#[derive(Default)]
struct Scripts {
    queue: VecDeque<Script>,
    otherwise: Option<Decide>,
}

/// A model provider on loopback. It stops when dropped.
pub struct FakeProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl FakeProvider {
    /// Panics when no loopback port can be had.
    pub async fn start(kind: ProviderKind) -> Self {
        let dialect = match kind {
            ProviderKind::OpenAi | ProviderKind::Compatible => openai::dialect(),
            ProviderKind::Anthropic => anthropic::dialect(),
            ProviderKind::Gemini => gemini::dialect(),
        };

        let shared = Arc::new(Shared {
            kind,
            dialect,
            scripts: Mutex::default(),
            asked: watch::Sender::default(),
            closed: watch::Sender::default(),
        });

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        let app = Router::new().fallback(serve).with_state(Arc::clone(&shared));
        let app = app.into_make_service_with_connect_info::<Held>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("a serving fake") });

        Self {
            address,
            shared,
            server,
        }
    }

    pub fn kind(&self) -> ProviderKind {
        self.shared.kind
    }

    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.dialect.root)
    }

    /// Plays these for the next requests, in order.
    pub fn will(&self, scripts: impl IntoIterator<Item = Script>) {
        self.shared.scripts().queue.extend(scripts);
    }

    /// Decides for requests that no script waits for. Without it they get 400.
    pub fn otherwise(&self, decide: impl Fn(&Asked) -> Script + Send + 'static) {
        self.shared.scripts().otherwise = Some(Box::new(decide));
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.borrow().clone()
    }

    /// Waits until this many requests have come.
    pub async fn until_asked(&self, count: usize) {
        let mut asked = self.shared.asked.subscribe();
        asked
            .wait_for(|asked| asked.len() >= count)
            .await
            .expect("the fake lives");
    }

    /// Waits until the client has gone away from this many unfinished answers.
    pub async fn until_closed(&self, count: usize) {
        let mut closed = self.shared.closed.subscribe();
        closed
            .wait_for(|closed| *closed >= count)
            .await
            .expect("the fake lives");
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, asked: &Asked) -> Script {
        let mut scripts = self.scripts();
        let queued = scripts.queue.pop_front();
        queued
            .or_else(|| scripts.otherwise.as_ref().map(|decide| decide(asked)))
            .unwrap_or(Script::status(400))
    }
}

/// Lives as long as an answer does; tells when the client leaves before its end.
struct Unfinished(Option<Arc<Shared>>);

impl Unfinished {
    fn finish(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            shared.closed.send_modify(|closed| *closed += 1);
        }
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(Held(connection, _)): ConnectInfo<Held>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let asked = Asked {
        path: parts.uri.to_string(),
        headers: parts.headers,
        body,
        connection,
    };

    let dialect = &shared.dialect;
    let Some(streams) = (dialect.route)(&asked.path, &asked.body) else {
        return error(dialect, 404, &[]);
    };
    let key = (dialect.key)(&asked.headers);
    if key != Some(KEY) && !(key.is_none() && shared.kind == ProviderKind::Compatible) {
        return error(dialect, 401, &[]);
    }

    let script = shared.next(&asked);
    shared.asked.send_modify(|all| all.push(asked));

    let unfinished = Unfinished(Some(Arc::clone(&shared)));
    match script {
        Script::Status { status, headers } => {
            unfinished.finish();
            error(&shared.dialect, status, &headers)
        }
        Script::WebPage => {
            unfinished.finish();
            (
                [(header::CONTENT_TYPE, "text/html")],
                "<html><body>Please sign in</body></html>",
            )
                .into_response()
        }
        Script::Hang => {
            std::future::pending::<()>().await;
            drop(unfinished);
            StatusCode::OK.into_response()
        }
        Script::Answer(answer) if streams => play_stream(&shared.dialect, &answer, unfinished),
        Script::Answer(answer) => play_whole(&shared.dialect, &answer, unfinished),
    }
}

fn error(dialect: &Dialect, status: u16, headers: &[(&'static str, String)]) -> Response {
    let status_code = StatusCode::from_u16(status).expect("a status");
    let mut response = (status_code, axum::Json((dialect.error)(status))).into_response();
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(*name, value.parse().expect("a header value"));
    }
    response
}

fn play_stream(dialect: &Dialect, answer: &Answer, unfinished: Unfinished) -> Response {
    let (mut frames, last) = (dialect.stream)(answer);
    match answer.end {
        End::Complete => frames.extend(last),
        End::Garbage => frames.push("event: content_block_start\ndata: {\"half\": tru\n\n".to_owned()),
        End::ErrorEvent => frames.push((dialect.error_event)()),
        End::Breaks | End::Stops | End::Stalls => {}
    }
    body("text/event-stream", frames, answer.end, unfinished)
}

fn play_whole(dialect: &Dialect, answer: &Answer, unfinished: Unfinished) -> Response {
    let text = (dialect.whole)(answer).to_string();
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    let text = if answer.end == End::Complete { text } else { half };
    body("application/json", vec![text], answer.end, unfinished)
}

fn body(content_type: &'static str, pieces: Vec<String>, end: End, unfinished: Unfinished) -> Response {
    let stream = async_stream::stream! {
        let unfinished = if end == End::Stalls {
            Some(unfinished)
        } else {
            unfinished.finish();
            None
        };
        for piece in pieces {
            yield Ok::<_, std::io::Error>(Bytes::from(piece));
            // Lets the server send this piece before it looks at the next.
            tokio::task::yield_now().await;
        }
        if end == End::Breaks {
            yield Err(std::io::ErrorKind::ConnectionReset.into());
        }
        if unfinished.is_some() {
            std::future::pending::<()>().await;
        }
    };

    ([(header::CONTENT_TYPE, content_type)], Body::from_stream(stream)).into_response()
}

/// One server-sent event.
fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}
