//! GraphQL over WebSocket, by `graphql-transport-ws`: what its messages mean and what is said, on the socket that
//! [`crate::socket`] keeps. One message is read or one result carried at a time, and the next one waits until the socket
//! has taken what was said, so a slow client holds back its own operations and nothing grows.
//!
//! Who asks: the handshake's cookie, address or `Authorization`, unless `connection_init` brings `authorization`
//! (`"Bearer …"`), `token`, or `apiKey` (also `x-api-key`) in its payload. When that runs out or is taken back, the
//! socket is closed with 4401; `connection_ack` says when it runs out in `payload.expiresAt`. A `ping` with one of the
//! same keys renews it: the `pong` then holds the new `expiresAt` in place of what was sent. A renewal by somebody else,
//! or one that is refused, closes with 4403.
//!
//! `providerKey` and `provider` (also as the headers are called) are a caller's own key at a provider of models, for the chats of
//! this socket. One that has carried a chat closes when the chat is over, because its buffers would keep the last of it: with 1000 as
//! soon as nothing is open on it, and with 1012 after a second, whatever is. So it takes one chat, best on a socket of its own.

mod close_reasons;
mod credentials;
mod forgetting;

use std::{sync::Arc, time::Duration};

use async_graphql::parser::types::OperationType;
use axum::{
    extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade},
    response::Response,
};
use chrono::{DateTime, Utc};
use futures::FutureExt;
use gql::{
    Incoming,
    transport::{
        Answer, AnswerTooLarge, ClientMessage, CredentialLifetime, OpenOperations, OperationEvent,
        ServerMessage,
    },
};
use http::{StatusCode, request::Parts};
use kit::rpc::RequestId;
use tokio::time::{Instant, timeout};
use tracing::Instrument;

use self::{
    close_reasons::{
        EXPIRED, FORBIDDEN, FORGOTTEN, FORGOTTEN_WITH_OTHERS, INIT_AGAIN, INIT_TIMEOUT, OTHER_SUBPROTOCOL,
        UNAUTHORIZED, id_in_use, invalid_message,
    },
    credentials::{Credentials, SocketCredential, UnusableCredential},
    forgetting::Forgetting,
};
use super::{
    delivery::{instant_of, once},
    http::price_of,
    refusal::answer_failure,
};
use crate::{
    app::App,
    error::ApiError,
    graphql::{Asker, EPHEMERAL_FIELDS},
    identity::{AuthMethod, Identity, PublicBase, RequestContext, request_id},
    socket::{
        CloseReason, Conversation, Flow, GO_ON, Line, SocketMessage, SocketSession, Terms, close_with,
        hang_up,
    },
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
        base: PublicBase::read(&parts.headers, &parts.uri, &parts.extensions, &app.identity),
        credentials: Credentials {
            headers: parts.headers,
            extensions: parts.extensions,
        },
        request_id: id,
    };

    let conversation = move |mut socket: WebSocket| {
        let talk = async move {
            let _open = open;
            let reason = if speaks {
                let terms = Terms::new(&app.config.stream, &app.stop);
                let conversation = Operating::new(app, arrival);
                SocketSession::new(&mut socket, terms, conversation).run().await
            } else {
                Some(OTHER_SUBPROTOCOL)
            };

            hang_up(socket, reason).await;
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
enum SocketClient {
    /// It has not sent `connection_init`.
    Unknown {
        arrival: Box<Arrival>,
        until: Instant,
    },
    Known(Box<KnownClient>),
}

struct KnownClient {
    asker: Asker,
    /// For a renewal.
    credentials: Credentials,
    expires_at: Option<DateTime<Utc>>,
    /// When to look whether it has run out.
    check: Option<Instant>,
}

impl KnownClient {
    fn new(app: &App, identity: Identity, credentials: Credentials, base: PublicBase, id: RequestId) -> Self {
        let expires_at = identity.expires_at;

        Self {
            asker: Asker {
                keeps_cookies: false,
                ..app.asker(RequestContext::new(identity, id), base)
            },
            credentials,
            expires_at,
            check: next_check(app, expires_at),
        }
    }

    /// The socket closes when what this client stands on has ended.
    fn watch_credential(&self, app: &App, line: &mut Line<'_>) {
        let call = &self.asker.call;
        let end = || {
            Arc::clone(&app.identity.authenticator)
                .until_ended(call.clone())
                .boxed()
        };
        line.watch_credential(call.auth_method.is_signed_in().then(end));
    }
}

/// A client and the operations that it has open.
struct Operating {
    app: Arc<App>,
    client: SocketClient,
    operations: OpenOperations,
    forgetting: Forgetting,
}

impl Conversation for Operating {
    /// An event, and others that are there already.
    async fn next(&mut self, out: &mut Vec<Frame>) -> Flow {
        if self.is_over() {
            return close_with(FORGOTTEN);
        }

        let (id, event) = self.operations.next().await;
        let mut text = self.write(&id, &event);
        let mut bytes = text.len();
        out.push(Frame::Text(text.into()));

        while out.len() < BATCH
            && bytes < BATCH_BYTES
            && let Some((id, event)) = self.operations.ready()
        {
            text = self.write(&id, &event);
            bytes += text.len();
            out.push(Frame::Text(text.into()));
        }

        GO_ON
    }

    async fn hear(&mut self, message: SocketMessage, line: &mut Line<'_>) -> Flow {
        match message {
            SocketMessage::Text(text) => self.obey(&text, line).await,
            SocketMessage::Binary => close_with(invalid_message("expected text, not binary")),
            SocketMessage::NotUtf8 => close_with(invalid_message("expected UTF-8")),
        }
    }

    fn next_check(&self) -> Option<Instant> {
        let check = match &self.client {
            SocketClient::Unknown { until, .. } => Some(*until),
            SocketClient::Known(known) => known.check,
        };

        check.into_iter().chain(self.forgetting.until()).min()
    }

    /// Too late for `connection_init`, or for the token, or for what was open beside a chat.
    fn check(&mut self, now: Instant) -> Flow {
        if self.forgetting.until().is_some_and(|until| until <= now) {
            return close_with(FORGOTTEN_WITH_OTHERS);
        }

        match &mut self.client {
            SocketClient::Unknown { until, .. } if *until <= now => return close_with(INIT_TIMEOUT),
            SocketClient::Known(known) if known.check.is_some_and(|check| check <= now) => {
                // By the clock, not by the timer: the two need not go at the same pace.
                let over = known.expires_at.is_some_and(|at| at <= self.app.clock.now());
                if over {
                    return close_with(EXPIRED);
                }
                known.check = next_check(&self.app, known.expires_at);
            }
            SocketClient::Unknown { .. } | SocketClient::Known(_) => {}
        }

        GO_ON
    }
}

impl Operating {
    fn new(app: Arc<App>, arrival: Arrival) -> Self {
        let patience = Duration::from_secs(app.config.graphql.init_timeout_seconds);

        Self {
            app,
            client: SocketClient::Unknown {
                arrival: Box::new(arrival),
                until: Instant::now() + patience,
            },
            operations: OpenOperations::default(),
            forgetting: Forgetting::default(),
        }
    }

    /// Nothing is open any more, and the buffers of this socket have had something of which nothing may stay behind.
    fn is_over(&self) -> bool {
        self.operations.count() == 0 && self.forgetting.until().is_some()
    }

    fn write(&mut self, id: &str, event: &OperationEvent) -> String {
        if !matches!(event, OperationEvent::Next(_)) {
            self.forgetting.end(id, Instant::now());
        }

        let most = self.app.config.graphql.limits.answer_bytes;
        let reply = match event {
            OperationEvent::Next(payload) => ServerMessage::Next { id, payload },
            OperationEvent::Failed(answer) => ServerMessage::Error {
                id,
                payload: answer.errors(),
            },
            OperationEvent::Complete => ServerMessage::Complete { id },
        };

        reply.to_text_within(most).unwrap_or_else(|AnswerTooLarge| {
            let request_id = match &self.client {
                SocketClient::Known(known) => known.asker.call.request_id.as_str(),
                SocketClient::Unknown { arrival, .. } => arrival.request_id.as_str(),
            };
            let payload = &Answer::too_large(most, request_id);
            ServerMessage::Next { id, payload }.to_text()
        })
    }

    async fn obey(&mut self, text: &str, line: &mut Line<'_>) -> Flow {
        let message = match ClientMessage::parse(text) {
            Ok(message) => message,
            Err(reason) => return close_with(invalid_message(&reason)),
        };

        match message {
            ClientMessage::ConnectionInit(payload) => self.init(SocketCredential::read(payload), line).await,
            ClientMessage::Ping(payload) => match SocketCredential::read(payload) {
                Ok(shown) if shown.is_empty() => say(line, &ServerMessage::Pong { payload }).await,
                shown => self.renew(shown, line).await,
            },
            ClientMessage::Pong => GO_ON,
            ClientMessage::Subscribe(id, incoming) => {
                // What can't be read as an operation may be one for all that.
                let may_chat = EPHEMERAL_FIELDS.iter().any(|field| text.contains(field));
                self.subscribe((id, may_chat), *incoming, line).await
            }
            ClientMessage::Complete(id) => {
                self.operations.cancel(&id);
                self.forgetting.end(&id, Instant::now());
                GO_ON
            }
        }
    }

    async fn init(
        &mut self,
        shown: Result<SocketCredential, UnusableCredential>,
        line: &mut Line<'_>,
    ) -> Flow {
        let SocketClient::Unknown { arrival, .. } = &self.client else {
            return close_with(INIT_AGAIN);
        };
        let Ok(shown) = shown else {
            return close_with(FORBIDDEN);
        };

        let credentials = arrival.credentials.replace_with(shown);
        let identity = match identify(&self.app, &credentials).await {
            Ok(identity) => identity,
            Err(denied) => return close_with(denied.into()),
        };

        let payload = validity(identity.expires_at);
        let (base, id) = (arrival.base.clone(), arrival.request_id.clone());
        let known = KnownClient::new(&self.app, identity, credentials.keep_for_renewal(), base, id);
        known.watch_credential(&self.app, line);
        self.client = SocketClient::Known(Box::new(known));

        say(line, &ServerMessage::ConnectionAck { payload }).await
    }

    /// A ping that shows a credential: the socket is good for as long as that is.
    async fn renew(
        &mut self,
        shown: Result<SocketCredential, UnusableCredential>,
        line: &mut Line<'_>,
    ) -> Flow {
        let SocketClient::Known(known) = &mut self.client else {
            return close_with(UNAUTHORIZED);
        };
        let Ok(shown) = shown else {
            return close_with(FORBIDDEN);
        };

        match identify(&self.app, &known.credentials.replace_with(shown)).await {
            Ok(identity) if identity.actor.user_id != known.asker.call.actor.user_id => {
                return close_with(FORBIDDEN);
            }
            Ok(identity) => {
                let Asker { call, base, .. } = known.asker.clone();
                let kept = known.credentials.keep_for_renewal();
                **known = KnownClient::new(&self.app, identity, kept, base, call.request_id);
                known.watch_credential(&self.app, line);
            }
            // What the client has is still good: it may try again until that runs out.
            Err(Denied::Unavailable) => {}
            Err(Denied::Refused) => return close_with(FORBIDDEN),
        }

        let payload = validity(known.expires_at);
        say(line, &ServerMessage::Renewed { payload }).await
    }

    async fn subscribe(
        &mut self,
        (id, may_chat): (String, bool),
        incoming: Incoming,
        line: &mut Line<'_>,
    ) -> Flow {
        let SocketClient::Known(known) = &self.client else {
            return close_with(UNAUTHORIZED);
        };

        if self.operations.contains(&id) {
            return close_with(id_in_use(&id));
        }

        let (asker, most) = (&known.asker, self.app.config.graphql.subscriptions_per_socket);
        let call = &asker.call;
        let prepared = self.app.graphql.prepare(incoming, asker);
        let taken = self
            .app
            .operations
            .count(price_of(&prepared), call.counted_actor(), call.client.address)
            .await;

        let chats = match &prepared {
            Ok(prepared) => prepared
                .root_fields()
                .any(|field| EPHEMERAL_FIELDS.contains(&field)),
            Err(_) => may_chat,
        };
        let refused = if chats && self.forgetting.has_carried() {
            answer_failure(&one_chat(), &call.request_id)
        } else if self.operations.count() >= most {
            answer_failure(&too_many(most), &call.request_id)
        } else if let Err(limited) = taken {
            answer_failure(&limited.into(), &call.request_id)
        } else {
            match prepared {
                Ok(prepared) if prepared.operation == OperationType::Subscription => {
                    let results = self.app.graphql.subscribe(prepared);
                    if chats {
                        self.forgetting.begin(&id);
                    }
                    self.operations.start(id, true, results);
                    return GO_ON;
                }
                Ok(prepared) => {
                    let result = once(&self.app, prepared, asker.call.request_id.clone());
                    self.operations.start(id, false, result);
                    return GO_ON;
                }
                Err(refused) => Answer::from_refusal(refused),
            }
        };

        if chats {
            self.forgetting.end_at_once(Instant::now());
        }
        let payload = refused.errors();
        say(line, &ServerMessage::Error { id: &id, payload }).await
    }
}

async fn say(line: &mut Line<'_>, reply: &ServerMessage<'_>) -> Flow {
    line.send([Frame::Text(reply.to_text().into())]).await
}

fn too_many(most: usize) -> ApiError {
    let message = format!("At most {most} operations may be open on one socket.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_SUBSCRIPTIONS", message)
}

fn one_chat() -> ApiError {
    let message = "A socket carries one chat, and closes behind it; open another one for the next.";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_SUBSCRIPTIONS", message)
}

/// Why nobody is known.
enum Denied {
    Refused,
    /// Nobody could say; it can be tried again.
    Unavailable,
}

impl From<Denied> for CloseReason {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused => FORBIDDEN,
            Denied::Unavailable => Self::UNAVAILABLE,
        }
    }
}

async fn identify(app: &App, credentials: &Credentials) -> Result<Identity, Denied> {
    let Credentials { headers, extensions } = credentials;
    let identified = timeout(
        app.config.request_timeout(),
        app.identity.identify(headers, extensions),
    )
    .await;

    identified
        .unwrap_or_else(|_| Err(ApiError::timeout()))
        .and_then(|identity| match identity.auth_method {
            AuthMethod::Nobody => Err(ApiError::sign_in()),
            _ => Ok(identity),
        })
        .map_err(|error| match error.status {
            StatusCode::TOO_MANY_REQUESTS => Denied::Unavailable,
            status if status.is_server_error() => Denied::Unavailable,
            _ => Denied::Refused,
        })
}

fn validity(expires_at: Option<DateTime<Utc>>) -> Option<CredentialLifetime> {
    expires_at.map(|expires_at| CredentialLifetime { expires_at })
}

/// When an identity has to be looked at again.
fn next_check(app: &App, expires_at: Option<DateTime<Utc>>) -> Option<Instant> {
    expires_at.map(|at| instant_of(app.clock.as_ref(), at))
}
