//! Results as a stream over HTTP. A task carries them from the engine to the body, one at a time: the next one is only
//! asked for when the connection has taken the last. A client that takes nothing for too long is given up, and one that
//! goes away cancels what it asked for.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use async_graphql::Response as GraphqlResponse;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{
    SinkExt, Stream, StreamExt,
    channel::mpsc,
    stream::{self, BoxStream},
};
use gql::{
    Prepared,
    transport::{Answer, AnswerTooLarge, StreamFormat, error_response},
};
use http::{HeaderName, StatusCode, header};
use kit::{clock::Clock, rpc::RequestId};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::{
    http::{deadline, execute},
    refusal::answer_failure,
};
use crate::{app::App, error::ApiError};

/// The results of one operation, in their order.
pub(super) struct ResultStream {
    answers: BoxStream<'static, Answer>,
    request_id: RequestId,
}

impl ResultStream {
    /// Of a subscription.
    pub(super) fn new(responses: BoxStream<'static, GraphqlResponse>, request_id: RequestId) -> Self {
        let answers = responses.enumerate().map(|(number, response)| match number {
            0 => Answer::first_of_subscription(response),
            _ => Answer::new(response),
        });

        Self {
            answers: answers.boxed(),
            request_id,
        }
    }

    /// Of a query or a mutation.
    pub(super) fn once(app: &Arc<App>, prepared: Prepared, request_id: RequestId) -> Self {
        let response = once(app, prepared, request_id.clone());

        Self {
            answers: response.map(Answer::new).boxed(),
            request_id,
        }
    }

    /// One that is there already.
    pub(super) fn ready(answer: Answer, request_id: RequestId) -> Self {
        Self {
            answers: stream::iter([answer]).boxed(),
            request_id,
        }
    }
}

/// The one response to a query or a mutation.
pub(super) fn once(
    app: &Arc<App>,
    prepared: Prepared,
    request_id: RequestId,
) -> BoxStream<'static, GraphqlResponse> {
    let (app, deadline) = (Arc::clone(app), deadline(app));
    let response = async move {
        let done = execute(&app.graphql, prepared, deadline).await;
        done.unwrap_or_else(|error| error_response(error.graphql(request_id.as_str())))
    };
    stream::once(response).boxed()
}

/// Answers with a stream that ends with the results, when who asked may no more (`expires_at`), or when the server stops.
pub(super) fn respond(
    app: &Arc<App>,
    results: ResultStream,
    format: StreamFormat,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Response, ApiError> {
    if app.streams.len() >= app.config.stream.max_clients {
        return Err(ApiError::overloaded(
            "Too many streams are open; try again in a moment.",
        ));
    }

    let headers = [
        (header::CONTENT_TYPE, format.content_type()),
        (header::CACHE_CONTROL, "no-cache"),
        // Asks proxies such as nginx not to hold the stream back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];

    let (to_body, parts) = mpsc::channel(0);
    let relay = Relay {
        app: Arc::clone(app),
        results,
        format,
        ends: expires_at.map(|at| instant_of(app.clock.as_ref(), at)),
        to_body,
    };
    let span = tracing::info_span!(parent: None, "graphql_stream", request_id = %relay.results.request_id);
    let relay = app
        .streams
        .spawn(tracing::Instrument::instrument(relay.run(), span));
    let parts = BodyParts {
        parts,
        _relay: AbortOnDropHandle::new(relay),
    };

    Ok((headers, Body::from_stream(parts)).into_response())
}

/// The body: what the relay hands over. Dropped with the connection, and the relay with it.
struct BodyParts {
    parts: mpsc::Receiver<Bytes>,
    _relay: AbortOnDropHandle<()>,
}

impl Stream for BodyParts {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.parts.poll_next_unpin(context).map(|part| part.map(Ok))
    }
}

struct Relay {
    app: Arc<App>,
    results: ResultStream,
    format: StreamFormat,
    /// When who asked may no more.
    ends: Option<Instant>,
    to_body: mpsc::Sender<Bytes>,
}

/// The client is gone, or takes nothing.
struct ClientGone;

impl Relay {
    async fn run(mut self) {
        // Either way there is nobody left to tell.
        let _ = self.carry().await;
    }

    async fn carry(&mut self) -> Result<(), ClientGone> {
        let app = Arc::clone(&self.app);
        let quiet = Duration::from_secs(app.config.stream.comment_seconds);
        let mut stop = std::pin::pin!(app.stop.cancelled());
        let mut timer = std::pin::pin!(sleep_until(self.next_turn(quiet)));

        self.send(self.format.opening()).await?;

        loop {
            let part = tokio::select! {
                // First, so that a subscription which also hears of it is not told as complete.
                biased;
                () = &mut stop => return self.break_off(&restarting()).await,
                answer = self.results.answers.next() => match answer {
                    Some(answer) => self.write(&answer),
                    None => return self.send(self.format.completion()).await,
                },
                () = &mut timer => {
                    if self.ends.is_some_and(|ends| ends <= Instant::now()) {
                        return self.break_off(&ApiError::unauthenticated("The token has run out.")).await;
                    }
                    self.format.heartbeat()
                }
            };

            self.send(part).await?;
            timer.as_mut().reset(self.next_turn(quiet));
        }
    }

    fn write(&self, answer: &Answer) -> Bytes {
        let most = self.app.config.graphql.limits.answer_bytes;
        let written = self.format.write_result(answer, most);

        written.unwrap_or_else(|AnswerTooLarge| {
            let answer = Answer::too_large(most, self.results.request_id.as_str());
            self.format.write_result(&answer, usize::MAX).unwrap_or_default()
        })
    }

    fn next_turn(&self, quiet: Duration) -> Instant {
        let heartbeat = Instant::now() + quiet;
        self.ends.map_or(heartbeat, |ends| ends.min(heartbeat))
    }

    async fn break_off(&mut self, error: &ApiError) -> Result<(), ClientGone> {
        let answer = answer_failure(error, &self.results.request_id);
        self.send(self.format.write_break(&answer)).await
    }

    /// Returns once the connection has taken the part.
    async fn send(&mut self, part: Bytes) -> Result<(), ClientGone> {
        let patience = Duration::from_secs(self.app.config.stream.send_timeout_seconds);
        match timeout(patience, self.to_body.send(part)).await {
            Ok(sent) => sent.map_err(|_| ClientGone),
            Err(_) => {
                metrics::counter!("gateway_stream_slow_clients_total").increment(1);
                Err(ClientGone)
            }
        }
    }
}

fn restarting() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "EXTERNAL_SERVICE_ERROR",
        "The server is restarting; ask again.",
    )
}

/// When a time of the clock comes, for timers.
pub(super) fn instant_of(clock: &dyn Clock, at: DateTime<Utc>) -> Instant {
    Instant::now() + (at - clock.now()).to_std().unwrap_or_default()
}
