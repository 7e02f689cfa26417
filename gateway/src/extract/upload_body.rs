//! A body of any length that is sent on as it comes. What is left of one that was refused is thrown away, so that its
//! sender gets to read the refusal.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::{Body, BodyDataStream},
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use futures::StreamExt;
use http::header;
use tokio::sync::Mutex;

use crate::{app::App, error::ApiError, unread_body::discard};

/// Clones read the same bytes on.
#[derive(Clone)]
pub(crate) struct UploadBody {
    bytes: Arc<Mutex<BodyDataStream>>,
    /// How long its sender says that it is.
    pub(crate) declared: Option<u64>,
    /// The sender sends nothing until it is told to, which it is when the first bytes are asked for.
    waits: Arc<AtomicBool>,
}

impl UploadBody {
    pub(crate) async fn next(&self) -> Option<Result<Bytes, axum::Error>> {
        self.waits.store(false, Ordering::Relaxed);
        self.bytes.lock().await.next().await
    }

    /// It was refused. Whoever waits for "100 Continue" is answered without having sent anything.
    pub(crate) async fn discard_rest(&self) {
        if !self.waits.load(Ordering::Relaxed) {
            let rest = self.clone();
            let pieces = futures::stream::unfold(rest, |rest| async move {
                rest.next().await.map(|piece| (piece, rest))
            });
            discard(Body::from_stream(pieces)).await;
        }
    }
}

impl FromRequest<Arc<App>> for UploadBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Arc<App>) -> Result<Self, ApiError> {
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH);

        Ok(Self {
            declared: length.and_then(|length| length.to_str().ok()?.parse().ok()),
            waits: Arc::new(headers.contains_key(header::EXPECT).into()),
            bytes: Arc::new(Mutex::new(request.into_body().into_data_stream())),
        })
    }
}
