//! What is left of a request's body once its answer is there: read and thrown away, as far as that is worth it, so that whoever
//! still sends it gets to read the answer instead of a reset connection. This holds for every route and every refusal, whoever
//! refused, and however little of the body was asked for.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::{Request, Version, header::EXPECT};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::timeout;

/// How much of a body nobody wants is read, and how long that may take.
const DISCARD_BYTES: usize = 32 << 20;
const DISCARD_TIME: Duration = Duration::from_secs(5);
/// Whoever sends nothing for so long waits for the answer.
const DISCARD_SILENCE: Duration = Duration::from_millis(500);

type GivenBack = Arc<Mutex<Option<Body>>>;

/// Where a request's body comes back to when it is dropped before its end.
pub(crate) struct UnreadBody(Option<GivenBack>);

impl UnreadBody {
    /// Watches over the body of a request. Frames tell the end of an answer in HTTP/2, so there nothing has to be read.
    pub(crate) fn watch(request: Request<Body>) -> (Request<Body>, Self) {
        let told_by_frames = request.version() == Version::HTTP_2;
        if told_by_frames || request.body().is_end_stream() {
            return (request, Self(None));
        }

        let given_back = GivenBack::default();
        let is_sent = !request.headers().contains_key(EXPECT);
        let request = request.map(|body| {
            Body::new(LentBody {
                body,
                is_sent,
                has_ended: false,
                given_back: Arc::clone(&given_back),
            })
        });

        (request, Self(Some(given_back)))
    }

    /// Reads what is left, if anything is. A body that somebody still reads is theirs.
    pub(crate) async fn discard(self) {
        let rest = self.0.and_then(|given_back| {
            let mut given_back = given_back.lock().unwrap_or_else(PoisonError::into_inner);
            given_back.take()
        });

        if let Some(rest) = rest {
            discard(rest).await;
        }
    }
}

/// Reads what is left of a body that was refused, as far as that is worth it.
pub(crate) async fn discard(body: Body) {
    let mut stream = body.into_data_stream();
    let reading = async {
        let mut seen = 0;
        while let Ok(Some(Ok(part))) = timeout(DISCARD_SILENCE, stream.next()).await {
            seen += part.len();
            if seen > DISCARD_BYTES {
                return;
            }
        }
    };

    // Whether it ended or ran out of time, the answer is the same refusal.
    let _ = timeout(DISCARD_TIME, reading).await;
}

struct LentBody {
    body: Body,
    /// Its sender has begun: at once, or told to by "100 Continue", which goes out when the body is first asked for. Who was not
    /// told to is answered without having sent anything.
    is_sent: bool,
    has_ended: bool,
    given_back: GivenBack,
}

impl HttpBody for LentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_sent = true;
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.has_ended |= matches!(polled, Poll::Ready(None | Some(Err(_))));

        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for LentBody {
    fn drop(&mut self) {
        if !self.is_sent || self.has_ended || self.body.is_end_stream() {
            return;
        }

        let rest = std::mem::take(&mut self.body);
        let mut given_back = self.given_back.lock().unwrap_or_else(PoisonError::into_inner);
        *given_back = Some(rest);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A body of five pieces that counts those that were taken.
    fn send(expects: bool) -> (Request<Body>, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&taken);
        let pieces = futures::stream::iter(0..5).map(move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(b"piece"))
        });
        let mut request = Request::new(Body::from_stream(pieces));
        if expects {
            let value = http::HeaderValue::from_static("100-continue");
            request.headers_mut().insert(EXPECT, value);
        }

        (request, taken)
    }

    #[tokio::test]
    async fn what_nobody_reads_is_read_when_the_answer_is_there() {
        for wanted in 0..=5 {
            let (request, taken) = send(false);
            let (request, unread) = UnreadBody::watch(request);
            let mut pieces = request.into_body().into_data_stream();
            for _ in 0..wanted {
                pieces.next().await.unwrap().unwrap();
            }
            drop(pieces);
            assert_eq!(taken.load(Ordering::Relaxed), wanted);

            unread.discard().await;
            assert_eq!(taken.load(Ordering::Relaxed), 5, "{wanted} were wanted");
        }
    }

    #[tokio::test]
    async fn whoever_was_not_told_to_continue_sends_nothing_and_whoever_was_is_read_to_the_end() {
        let (request, taken) = send(true);
        let (request, unread) = UnreadBody::watch(request);
        drop(request);
        unread.discard().await;
        assert_eq!(taken.load(Ordering::Relaxed), 0);

        let (request, taken) = send(true);
        let (request, unread) = UnreadBody::watch(request);
        let mut pieces = request.into_body().into_data_stream();
        pieces.next().await.unwrap().unwrap();
        drop(pieces);
        unread.discard().await;
        assert_eq!(taken.load(Ordering::Relaxed), 5);
    }

    #[tokio::test]
    async fn whoever_sends_nothing_is_not_waited_for_to_the_end() {
        let silence = futures::stream::pending::<std::io::Result<Bytes>>();
        let (request, unread) = UnreadBody::watch(Request::new(Body::from_stream(silence)));
        drop(request);

        unread.discard().await;
    }

    #[tokio::test]
    async fn a_body_that_somebody_still_reads_is_left_alone() {
        let (request, taken) = send(false);
        let (request, unread) = UnreadBody::watch(request);
        let mut pieces = request.into_body().into_data_stream();
        unread.discard().await;
        assert_eq!(taken.load(Ordering::Relaxed), 0);

        assert_eq!(pieces.by_ref().count().await, 5);
    }
}
