//! GraphQL over WebSocket, by `graphql-transport-ws`. One task per socket: it reads one message or carries one result at
//! a time and waits until the socket has taken what it says, so a slow client holds back its own operations and nothing
//! grows.
//!
//! Who asks: the handshake's cookie, address or `Authorization`, unless `connection_init` brings `authorization`
//! (`"Bearer …"`), `token`, or `apiKey` (also `x-api-key`) in its payload. When that runs out or is taken back, the
//! socket is closed with 4401; `connection_ack` says when it runs out in `payload.expiresAt`. A `ping` with one of the
//! same keys renews it: the `pong` then holds the new `expiresAt` in place of what was sent. A renewal by somebody else,
//! or one that is refused, closes with 4403.

mod close;
mod credentials;
mod message;
mod operations;

use std::{ops::ControlFlow, sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use axum::{
    extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade},
    response::Response,
};
use futures::{FutureExt, SinkExt, future::BoxFuture};
use http::{StatusCode, request::Parts};
use kit::rpc::RequestId;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite;
use tracing::Instrument;

use self::{
    close::Close,
    credentials::{Credentials, Shown, Unusable},
    message::{Message, Reply, Validity},
    operations::{Event, Operations},
};
use super::{
    answer::Answer,
    delivery::{instant_of, once},
    http::request_id,
};
use crate::{
    app::App,
    error::ApiError,
    graphql::{Asker, engine::Incoming},
    identity::{Call, How, Identity, PublicBase},
    limits::Class,
    stream::goodbye,
};

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Bytes that a socket reads at once. The buffer is there for as long as the socket, and most messages fit.
const READ_BYTES: usize = 1_024;
/// Bytes that a socket gathers before it writes; taken only while there are some.
const WRITE_BYTES: usize = 4_096;

/// Results that are handed to the socket before they are flushed, and bytes after which no more are added.
const BATCH: usize = 32;
const BATCH_BYTES: usize = 65_536;

/// Accepts the handshake. A client without our subprotocol is accepted too, and told by the close code.
pub(super) fn open(app: Arc<App>, upgrade: WebSocketUpgrade, parts: Parts) -> Result<Response, ApiError> {
    let stream = &app.config.stream;
    if app.streams.len() >= stream.max_clients {
        return Err(ApiError::overloaded(
            "Too many streams are open; try again in a moment.",
        ));
    }

    let limit = stream.client_message_bytes;
    let upgrade = upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(WRITE_BYTES);
    let speaks = upgrade.selected_protocol().is_some();
    let (id, open) = (request_id(&parts.extensions), app.streams.token());
    let span = tracing::info_span!(parent: None, "graphql_socket", request_id = %id);
    let arrival = Arrival {
        base: PublicBase::of(&parts.headers, &parts.uri, &parts.extensions, &app),
        credentials: Credentials {
            headers: parts.headers,
            extensions: parts.extensions,
        },
        request_id: id,
    };

    let conversation = move |socket: WebSocket| {
        let talk = async move {
            let _open = open;
            let mut socket = socket;
            let close = if speaks {
                Session::new(app, &mut socket, arrival).run().await
            } else {
                Some(Close::SUBPROTOCOL)
            };

            match close {
                Some(close) => goodbye::say(socket, close.frame()).await,
                None => goodbye::drain(socket).await,
            }
        };

        talk.instrument(span)
    };

    Ok(upgrade.on_upgrade(conversation))
}

/// A client that has opened a socket.
struct Arrival {
    base: PublicBase,
    credentials: Credentials,
    request_id: RequestId,
}

/// What a session knows of its client.
enum Client {
    /// It has not sent `connection_init`.
    Unknown {
        arrival: Box<Arrival>,
        until: Instant,
    },
    Known(Box<Known>),
}

struct Known {
    asker: Asker,
    /// For a renewal.
    credentials: Credentials,
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// When to look whether it has run out.
    check: Option<Instant>,
    /// Done when what the client stands on has ended; `None` for a guest, who stands on nothing.
    ended: Option<BoxFuture<'static, ()>>,
}

impl Known {
    fn new(app: &App, identity: Identity, credentials: Credentials, base: PublicBase, id: RequestId) -> Self {
        let (expires_at, signed_in) = (identity.expires_at, identity.how.signed_in());
        let call = Call::new(identity, id);
        let ended = signed_in.then(|| Arc::clone(&app.people).until_ended(call.clone()).boxed());

        Self {
            asker: Asker { call, base },
            credentials,
            expires_at,
            check: check(app, expires_at),
            ended,
        }
    }
}

impl Client {
    /// Returns when what the client stands on has ended.
    async fn ended(&mut self) {
        if let Self::Known(known) = self
            && let Some(ended) = &mut known.ended
        {
            return ended.await;
        }
        std::future::pending().await
    }
}

struct Session<'a> {
    app: Arc<App>,
    socket: &'a mut WebSocket,
    client: Client,
    operations: Operations,
    next_ping: Instant,
    /// Something came since the last ping.
    heard: bool,
}

/// What ends a session: a close of ours, or `None` when the client is gone.
type Flow = ControlFlow<Option<Close>>;

const GO_ON: Flow = Flow::Continue(());

fn end(close: Close) -> Flow {
    Flow::Break(Some(close))
}

impl<'a> Session<'a> {
    fn new(app: Arc<App>, socket: &'a mut WebSocket, arrival: Arrival) -> Self {
        let patience = Duration::from_secs(app.config.graphql.init_timeout_seconds);
        let ping = Duration::from_secs(app.config.stream.ping_seconds);
        let now = Instant::now();

        Self {
            app,
            socket,
            client: Client::Unknown {
                arrival: Box::new(arrival),
                until: now + patience,
            },
            operations: Operations::new(),
            next_ping: now + ping,
            heard: true,
        }
    }

    async fn run(mut self) -> Option<Close> {
        let stop = self.app.stop.clone();
        let mut stop = std::pin::pin!(stop.cancelled());
        let mut timer = std::pin::pin!(sleep_until(self.next_turn()));

        loop {
            let flow = tokio::select! {
                frame = self.socket.recv() => self.hear(frame).await,
                (id, event) = self.operations.next() => self.tell(&id, event).await,
                () = &mut timer => self.turn().await,
                () = &mut stop => end(Close::GOING_AWAY),
                () = self.client.ended() => end(Close::SIGNED_OUT),
            };
            if let Flow::Break(close) = flow {
                return close;
            }

            let next = self.next_turn();
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
        }
    }

    fn next_turn(&self) -> Instant {
        let other = match &self.client {
            Client::Unknown { until, .. } => Some(*until),
            Client::Known(known) => known.check,
        };
        other.map_or(self.next_ping, |other| other.min(self.next_ping))
    }

    /// A time has come: too late for `connection_init`, too late for the token, or for a ping.
    async fn turn(&mut self) -> Flow {
        let now = Instant::now();
        match &mut self.client {
            Client::Unknown { until, .. } if *until <= now => return end(Close::INIT_TIMEOUT),
            Client::Known(known) if known.check.is_some_and(|check| check <= now) => {
                // By the clock, not by the timer: the two need not go at the same pace.
                let over = known.expires_at.is_some_and(|at| at <= self.app.clock.now());
                if over {
                    return end(Close::EXPIRED);
                }
                known.check = check(&self.app, known.expires_at);
            }
            Client::Unknown { .. } | Client::Known(_) => {}
        }

        if self.next_ping > now {
            return GO_ON;
        }

        if !std::mem::take(&mut self.heard) {
            return Flow::Break(None);
        }

        self.next_ping = now + Duration::from_secs(self.app.config.stream.ping_seconds);
        self.send([Frame::Ping(bytes::Bytes::new())]).await
    }

    async fn hear(&mut self, frame: Option<Result<Frame, axum::Error>>) -> Flow {
        self.heard = true;

        match frame {
            None | Some(Ok(Frame::Close(_))) => Flow::Break(None),
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => GO_ON,
            // Boxed: what it takes to obey must not make every idle socket larger.
            Some(Ok(Frame::Text(text))) => Box::pin(self.obey(&text)).await,
            Some(Ok(Frame::Binary(_))) => end(Close::invalid("expected text, not binary")),
            Some(Err(error)) => Flow::Break(match error.into_inner().downcast_ref() {
                Some(tungstenite::Error::Capacity(_)) => Some(Close::TOO_BIG),
                Some(tungstenite::Error::Utf8(_)) => Some(Close::invalid("expected UTF-8")),
                Some(tungstenite::Error::Protocol(
                    tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
                )) => None,
                Some(tungstenite::Error::Protocol(_)) => Some(Close::PROTOCOL),
                _ => None,
            }),
        }
    }

    async fn obey(&mut self, text: &str) -> Flow {
        let message = match Message::parse(text) {
            Ok(message) => message,
            Err(reason) => return end(Close::invalid(&reason)),
        };

        match message {
            Message::ConnectionInit(payload) => self.init(Shown::in_payload(payload)).await,
            Message::Ping(payload) => match Shown::in_payload(payload) {
                Ok(shown) if shown.is_empty() => self.say(&Reply::Pong { payload }).await,
                shown => self.renew(shown).await,
            },
            Message::Pong => GO_ON,
            Message::Subscribe(id, incoming) => self.subscribe(id, *incoming).await,
            Message::Complete(id) => {
                self.operations.cancel(&id);
                GO_ON
            }
        }
    }

    async fn init(&mut self, shown: Result<Shown, Unusable>) -> Flow {
        let Client::Unknown { arrival, .. } = &self.client else {
            return end(Close::INIT_AGAIN);
        };
        let Ok(shown) = shown else {
            return end(Close::FORBIDDEN);
        };
        let credentials = arrival.credentials.with(shown);
        let identity = match identify(&self.app, &credentials).await {
            Ok(identity) => identity,
            Err(denied) => return end(denied.into()),
        };
        let payload = validity(identity.expires_at);
        let (base, id) = (arrival.base.clone(), arrival.request_id.clone());
        let known = Known::new(&self.app, identity, credentials.kept(), base, id);
        self.client = Client::Known(Box::new(known));

        self.say(&Reply::ConnectionAck { payload }).await
    }

    /// A ping that shows a credential: the socket is good for as long as that is.
    async fn renew(&mut self, shown: Result<Shown, Unusable>) -> Flow {
        let Client::Known(known) = &mut self.client else {
            return end(Close::UNAUTHORIZED);
        };
        let Ok(shown) = shown else {
            return end(Close::FORBIDDEN);
        };
        match identify(&self.app, &known.credentials.with(shown)).await {
            Ok(identity) if identity.actor.user_id != known.asker.call.actor.user_id => {
                return end(Close::FORBIDDEN);
            }
            Ok(identity) => {
                let Asker { call, base } = known.asker.clone();
                let kept = known.credentials.kept();
                **known = Known::new(&self.app, identity, kept, base, call.request_id);
            }
            // What the client has is still good: it may try again until that runs out.
            Err(Denied::Unavailable) => {}
            Err(Denied::Refused) => return end(Close::FORBIDDEN),
        }

        let payload = validity(known.expires_at);
        self.say(&Reply::Renewed { payload }).await
    }

    async fn subscribe(&mut self, id: String, incoming: Incoming) -> Flow {
        let Client::Known(known) = &self.client else {
            return end(Close::UNAUTHORIZED);
        };

        if self.operations.contains(&id) {
            return end(Close::exists(&id));
        }

        let (asker, most) = (&known.asker, self.app.config.graphql.subscriptions_per_socket);
        let call = &asker.call;
        let taken = self
            .app
            .limits
            .take(Class::Standard, Some(&call.actor), call.client.address)
            .await;

        let refused = if self.operations.len() >= most {
            Answer::failed(&too_many(most), &call.request_id)
        } else if let Err(limited) = taken {
            Answer::failed(&limited.into(), &call.request_id)
        } else {
            match self.app.graphql.prepare(incoming, asker) {
                Ok(prepared) if prepared.operation == OperationType::Subscription => {
                    let results = self.app.graphql.subscribe(prepared);
                    self.operations.start(id, true, results);
                    return GO_ON;
                }
                Ok(prepared) => {
                    let result = once(&self.app, prepared, asker.call.request_id.clone());
                    self.operations.start(id, false, result);
                    return GO_ON;
                }
                Err(refused) => Answer::refused(refused),
            }
        };
        let payload = refused.errors();

        self.say(&Reply::Error { id: &id, payload }).await
    }

    /// Hands an event to the socket, and others that are there already, and flushes once.
    async fn tell(&mut self, id: &str, event: Event) -> Flow {
        let mut texts = vec![told(id, &event)];
        let mut bytes = texts[0].len();
        while texts.len() < BATCH
            && bytes < BATCH_BYTES
            && let Some((id, event)) = self.operations.ready()
        {
            let text = told(&id, &event);
            bytes += text.len();
            texts.push(text);
        }

        // Subscriptions end then too, and must not be told as complete: a client would not come back for them.
        if self.app.stop.is_cancelled() {
            return end(Close::GOING_AWAY);
        }

        self.send(texts.into_iter().map(|text| Frame::Text(text.into())))
            .await
    }

    async fn say(&mut self, reply: &Reply<'_>) -> Flow {
        self.send([Frame::Text(reply.text().into())]).await
    }

    /// Returns once the socket has taken everything. The timer only runs out when the client does not read.
    async fn send(&mut self, frames: impl IntoIterator<Item = Frame>) -> Flow {
        let patience = Duration::from_secs(self.app.config.stream.send_timeout_seconds);
        let work = async {
            for frame in frames {
                self.socket.feed(frame).await?;
            }
            self.socket.flush().await
        };

        match timeout(patience, work).await {
            Ok(Ok(())) => GO_ON,
            Ok(Err(_)) => Flow::Break(None),
            Err(_) => {
                metrics::counter!("gateway_stream_slow_clients_total").increment(1);
                end(Close::TOO_SLOW)
            }
        }
    }
}

fn told(id: &str, event: &Event) -> String {
    let reply = match event {
        Event::Next(payload) => Reply::Next { id, payload },
        Event::Failed(answer) => Reply::Error {
            id,
            payload: answer.errors(),
        },
        Event::Complete => Reply::Complete { id },
    };

    reply.text()
}

fn too_many(most: usize) -> ApiError {
    let message = format!("At most {most} operations may be open on one socket.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_SUBSCRIPTIONS", message)
}

/// Why nobody is known.
enum Denied {
    Refused,
    /// Nobody could say; it can be tried again.
    Unavailable,
}

impl From<Denied> for Close {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused => Self::FORBIDDEN,
            Denied::Unavailable => Self::UNAVAILABLE,
        }
    }
}

async fn identify(app: &App, credentials: &Credentials) -> Result<Identity, Denied> {
    let Credentials { headers, extensions } = credentials;
    let identified = timeout(app.config.request_timeout(), app.identify(headers, extensions)).await;

    identified
        .unwrap_or_else(|_| Err(ApiError::timeout()))
        .and_then(|identity| match identity.how {
            How::Nobody => Err(ApiError::sign_in()),
            _ => Ok(identity),
        })
        .map_err(|error| match error.status {
            StatusCode::TOO_MANY_REQUESTS => Denied::Unavailable,
            status if status.is_server_error() => Denied::Unavailable,
            _ => Denied::Refused,
        })
}

fn validity(expires_at: Option<chrono::DateTime<chrono::Utc>>) -> Option<Validity> {
    expires_at.map(|expires_at| Validity { expires_at })
}

/// When an identity has to be looked at again.
fn check(app: &App, expires_at: Option<chrono::DateTime<chrono::Utc>>) -> Option<Instant> {
    expires_at.map(|at| instant_of(app.clock.as_ref(), at))
}
