//! A body byte by byte as it came, whatever it is: for what is signed.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;

use super::body;
use crate::{app::App, error::ApiError};

pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<Arc<App>> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ApiError> {
        let (most, time) = (app.config.body_limit_bytes, app.config.request_timeout());
        body(request.into_body(), most, time).await.map(Self)
    }
}
