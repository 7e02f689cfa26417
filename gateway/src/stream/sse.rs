//! Server-sent events, by <https://html.spec.whatwg.org/multipage/server-sent-events.html>: headers, comments that keep
//! a silent connection open, and single events.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{HeaderName, header};
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

/// Sent when nothing else was for a while.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A response that streams `events`, with a comment whenever none came for `quiet`.
pub(crate) fn respond_with_events(
    events: impl Stream<Item = Bytes> + Send + 'static,
    quiet: Duration,
) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        // Asks proxies such as nginx not to hold the stream back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let body = Body::from_stream(kept_alive(events, quiet).map(Ok::<_, Infallible>));
    (headers, body).into_response()
}

fn kept_alive(events: impl Stream<Item = Bytes> + Send, quiet: Duration) -> impl Stream<Item = Bytes> + Send {
    async_stream::stream! {
        let mut events = std::pin::pin!(events);
        let mut silence = std::pin::pin!(sleep_until(Instant::now() + quiet));
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(event) => yield event,
                    None => return,
                },
                () = &mut silence => yield COMMENT,
            }
            silence.as_mut().reset(Instant::now() + quiet);
        }
    }
}

/// One event with a name and data as JSON, which has no line breaks.
pub(crate) fn write_event(name: &str, data: &impl Serialize) -> Bytes {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    format!("event: {name}\ndata: {json}\n\n").into()
}
