//! One WebSocket, whatever is said on it: sends with patience, pings, notices that the server stops or that the client's
//! credential has ended, and tells why it closes. What is said next and what a message means is a [`Conversation`]'s.

mod close_reason;

use std::{ops::ControlFlow, time::Duration};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures::{FutureExt, SinkExt, future::BoxFuture};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Error as SocketError, error::ProtocolError};
use tokio_util::sync::CancellationToken;

pub(crate) use self::close_reason::CloseReason;
use crate::config::StreamConfig;

/// How long a client may take to answer a close.
const GOODBYE: Duration = Duration::from_secs(2);

/// Whether a conversation goes on. What ends it is a close of ours, or `None` when the client is gone.
pub(crate) type Flow = ControlFlow<Option<CloseReason>>;

pub(crate) const GO_ON: Flow = Flow::Continue(());

pub(crate) const fn close_with(reason: CloseReason) -> Flow {
    Flow::Break(Some(reason))
}

/// What a client has sent, beside what keeps the connection alive.
pub(crate) enum SocketMessage {
    Text(Utf8Bytes),
    Binary,
    /// A text that is not UTF-8.
    NotUtf8,
}

/// What is said on one socket.
pub(crate) trait Conversation: Send {
    /// Waits until there is something to say and adds it to `out`. Dropping the future loses nothing.
    fn next(&mut self, out: &mut Vec<Message>) -> impl Future<Output = Flow> + Send;

    /// What a message of the client means.
    fn hear(&mut self, message: SocketMessage, line: &mut Line<'_>) -> impl Future<Output = Flow> + Send;

    /// When [`Self::check`] is wanted, whatever is said until then.
    fn next_check(&self) -> Option<Instant> {
        None
    }

    /// Looks at the clock: something that was to happen may be late.
    fn check(&mut self, _now: Instant) -> Flow {
        GO_ON
    }
}

/// How long things may take on a socket, and when the server stops.
pub(crate) struct Terms {
    /// Time between two pings.
    ping: Duration,
    /// How long a client may take nothing of what it is sent.
    patience: Duration,
    stop: CancellationToken,
}

impl Terms {
    pub(crate) fn new(config: &StreamConfig, stop: &CancellationToken) -> Self {
        Self {
            ping: Duration::from_secs(config.ping_seconds),
            patience: Duration::from_secs(config.send_timeout_seconds),
            stop: stop.clone(),
        }
    }
}

/// The way to the client, for whoever has to answer it.
pub(crate) struct Line<'a> {
    socket: &'a mut WebSocket,
    patience: Duration,
    /// Done when what the client stands on has ended; `None` for one who stands on nothing.
    credential_end: Option<BoxFuture<'static, ()>>,
}

impl Line<'_> {
    /// Hands all messages to the socket and flushes once. The timer only runs out when the client does not read.
    pub(crate) async fn send(&mut self, messages: impl IntoIterator<Item = Message>) -> Flow {
        let work = async {
            for message in messages {
                self.socket.feed(message).await?;
            }

            self.socket.flush().await
        };

        match timeout(self.patience, work).await {
            Ok(Ok(())) => GO_ON,
            Ok(Err(_)) => Flow::Break(None),
            Err(_) => {
                metrics::counter!("gateway_stream_slow_clients_total").increment(1);
                close_with(CloseReason::TOO_SLOW)
            }
        }
    }

    /// From now on the socket closes as signed out when `end` is done; with `None` it never does.
    pub(crate) fn watch_credential(&mut self, end: Option<BoxFuture<'static, ()>>) {
        self.credential_end = end;
    }
}

/// One socket and what is said on it.
pub(crate) struct SocketSession<'a, C> {
    conversation: C,
    line: Line<'a>,
    ping: Duration,
    stop: CancellationToken,
    next_ping: Instant,
    /// The client has sent something since the last ping.
    heard: bool,
}

impl<'a, C: Conversation> SocketSession<'a, C> {
    pub(crate) fn new(socket: &'a mut WebSocket, terms: Terms, conversation: C) -> Self {
        let Terms { ping, patience, stop } = terms;
        let line = Line {
            socket,
            patience,
            credential_end: None,
        };

        Self {
            conversation,
            line,
            ping,
            stop,
            next_ping: Instant::now() + ping,
            heard: true,
        }
    }

    /// The same for a client whose credential is known from the start.
    pub(crate) fn watching_credential(mut self, end: impl Future<Output = ()> + Send + 'static) -> Self {
        self.line.watch_credential(Some(end.boxed()));
        self
    }

    /// Returns why it closes; `None` when the client is gone.
    pub(crate) async fn run(mut self) -> Option<CloseReason> {
        let stop = self.stop.clone();
        let mut stop = std::pin::pin!(stop.cancelled());
        let mut timer = std::pin::pin!(sleep_until(self.next_turn()));
        let mut out = Vec::new();

        loop {
            let flow = tokio::select! {
                received = self.line.socket.recv() => self.hear(received).await,
                flow = self.conversation.next(&mut out) => match flow {
                    // What ends because the server stops must not be told as complete: a client would not come back.
                    Flow::Continue(()) if self.stop.is_cancelled() => close_with(CloseReason::GOING_AWAY),
                    Flow::Continue(()) => self.line.send(std::mem::take(&mut out)).await,
                    end => end,
                },
                () = &mut timer => self.take_turn().await,
                () = &mut stop => close_with(CloseReason::GOING_AWAY),
                () = wait_for_end(&mut self.line.credential_end) => close_with(CloseReason::SIGNED_OUT),
            };

            if let Flow::Break(reason) = flow {
                return reason;
            }

            let next = self.next_turn();
            if timer.deadline() != next {
                timer.as_mut().reset(next);
            }
        }
    }

    fn next_turn(&self) -> Instant {
        let check = self.conversation.next_check();
        check.map_or(self.next_ping, |check| check.min(self.next_ping))
    }

    /// A time has come: for a check, or for a ping.
    async fn take_turn(&mut self) -> Flow {
        let now = Instant::now();
        self.conversation.check(now)?;

        if self.next_ping > now {
            return GO_ON;
        }
        if !std::mem::take(&mut self.heard) {
            return Flow::Break(None);
        }

        self.next_ping = now + self.ping;
        self.line.send([Message::Ping(bytes::Bytes::new())]).await
    }

    async fn hear(&mut self, received: Option<Result<Message, axum::Error>>) -> Flow {
        self.heard = true;

        match read_message(received) {
            // Boxed: what it takes to obey must not make every idle socket larger.
            Ok(Some(message)) => Box::pin(self.conversation.hear(message, &mut self.line)).await,
            Ok(None) => GO_ON,
            Err(end) => Flow::Break(end),
        }
    }
}

async fn wait_for_end(credential: &mut Option<BoxFuture<'static, ()>>) {
    match credential {
        Some(end) => end.await,
        None => std::future::pending().await,
    }
}

/// What was received; `None` for what only keeps the connection alive. The error is why the socket closes.
pub(crate) fn read_message(
    received: Option<Result<Message, axum::Error>>,
) -> Result<Option<SocketMessage>, Option<CloseReason>> {
    let error = match received {
        None | Some(Ok(Message::Close(_))) => return Err(None),
        Some(Ok(Message::Text(text))) => return Ok(Some(SocketMessage::Text(text))),
        Some(Ok(Message::Binary(_))) => return Ok(Some(SocketMessage::Binary)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
        Some(Err(error)) => error.into_inner(),
    };

    match error.downcast_ref() {
        Some(SocketError::Utf8(_)) => Ok(Some(SocketMessage::NotUtf8)),
        Some(SocketError::Capacity(_)) => Err(Some(CloseReason::TOO_BIG)),
        Some(SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Err(None),
        Some(SocketError::Protocol(_)) => Err(Some(CloseReason::NOT_WEBSOCKET)),
        _ => Err(None),
    }
}

/// Ends the connection: tells the client why, if it is still there, and lets the close and its answer cross. A client
/// that does not answer is left.
pub(crate) async fn hang_up(mut socket: WebSocket, reason: Option<CloseReason>) {
    if let Some(reason) = reason {
        let close = Message::Close(Some(reason.into_frame()));
        if !matches!(timeout(GOODBYE, socket.send(close)).await, Ok(Ok(()))) {
            return;
        }
    }

    let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = timeout(GOODBYE, rest).await;
}
