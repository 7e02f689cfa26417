//! Keeps the deadline of a call: `grpc-timeout` bounds the answer and the stream that follows it, at the server and, a
//! moment later, at a caller whose server didn't.
//! (tonic's own bounds only the wait for the first byte, and nothing at all when no socket is between.)

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderMap;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Instant, sleep_until};
use tonic::{Status, body::Body};

/// Metadata key of the time that a caller grants, by the gRPC protocol.
const TIMEOUT_HEADER: &str = "grpc-timeout";

/// What the caller grants, by <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>: at most eight digits
/// and a unit. A malformed value is no deadline, as in tonic.
pub(super) fn granted(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(TIMEOUT_HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }

    let n: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(n * 3_600)),
        "M" => Some(Duration::from_secs(n * 60)),
        "S" => Some(Duration::from_secs(n)),
        "m" => Some(Duration::from_millis(n)),
        "u" => Some(Duration::from_micros(n)),
        "n" => Some(Duration::from_nanos(n)),
        _ => None,
    }
}

pub(super) fn exceeded() -> Status {
    Status::deadline_exceeded("the request took longer than it was allowed to")
}

/// A response body that ends early, with a status: DEADLINE_EXCEEDED when its time is over, for example.
pub(super) struct Bounded {
    inner: Option<Body>,
    over: BoxFuture<'static, Status>,
}

impl Bounded {
    pub(super) fn new(inner: Body, until: Instant) -> Self {
        let over = async move {
            sleep_until(until).await;
            exceeded()
        };
        Self::by(inner, over)
    }

    /// Ends as soon as `over` does, and as it says.
    pub(super) fn by(inner: Body, over: impl Future<Output = Status> + Send + 'static) -> Self {
        Self {
            inner: Some(inner),
            over: Box::pin(over),
        }
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(inner) = self.inner.as_mut() else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }

        let Poll::Ready(status) = self.over.as_mut().poll(cx) else {
            return Poll::Pending;
        };

        // Dropping the inner body is what stops the work behind it.
        self.inner = None;

        let mut trailers = HeaderMap::new();
        match status.add_header(&mut trailers) {
            Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Err(status) => Poll::Ready(Some(Err(status))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        granted(&HeaderMap::from_iter([(
            http::HeaderName::from_static(TIMEOUT_HEADER),
            text.parse().expect("a value"),
        )]))
    }

    #[test]
    fn every_unit_of_the_protocol_is_read() {
        assert_eq!(read("2H"), Some(Duration::from_secs(7_200)));
        assert_eq!(read("3M"), Some(Duration::from_secs(180)));
        assert_eq!(read("42S"), Some(Duration::from_secs(42)));
        assert_eq!(read("13m"), Some(Duration::from_millis(13)));
        assert_eq!(read("2u"), Some(Duration::from_micros(2)));
        assert_eq!(read("82n"), Some(Duration::from_nanos(82)));
    }

    #[test]
    fn a_malformed_timeout_is_no_deadline() {
        for text in ["", "S", "-1S", "+1S", "1", "1 S", "123456789S", "1s", "1é"] {
            let value = http::HeaderValue::from_bytes(text.as_bytes()).expect("a value");
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static(TIMEOUT_HEADER), value)]);
            assert_eq!(granted(&headers), None, "{text:?}");
        }
    }
}
