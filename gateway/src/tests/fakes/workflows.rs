//! Services of workflows that answer whatever they are asked with an empty message.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{Router, response::Response, routing::post};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Body, Frame};

/// An empty message, and the trailers that say that all is well.
#[derive(Default)]
struct EmptyMessage(u8);

impl Body for EmptyMessage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0 += 1;
        let frame = match self.0 {
            1 => Frame::data(Bytes::from_static(&[0; 5])),
            2 => Frame::trailers(HeaderMap::from_iter([(
                "grpc-status".parse().expect("a name"),
                HeaderValue::from_static("0"),
            )])),
            _ => return Poll::Ready(None),
        };

        Poll::Ready(Some(Ok(frame)))
    }
}

async fn answer() -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/grpc")
        .body(axum::body::Body::new(EmptyMessage::default()))
        .expect("a response")
}

/// The same routes, and those of workflows and books.
pub(in crate::tests) fn add_workflows(routes: Router) -> Router {
    routes
        .route("/saga.v1.Books/{method}", post(answer))
        .route("/saga.v1.Workflows/{method}", post(answer))
        .route("/saga.v1.WorkflowDefinitions/{method}", post(answer))
        .route("/saga.v1.WorkflowSchedules/{method}", post(answer))
        .route("/saga.v1.Items/{method}", post(answer))
        .route("/saga.v1.Webhooks/{method}", post(answer))
}
