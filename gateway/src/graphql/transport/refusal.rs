//! A refusal as GraphQL tells it, whoever refused: a layer around all routes, the router, or a handler here. Its media
//! type is the client's choice where it has one, else `application/json`.

use axum::{extract::Request, response::Response};
use kit::rpc::RequestId;

use super::{
    PATH,
    answer::Answer,
    http::write,
    negotiate::{Accept, Media},
};
use crate::error::ApiError;

/// What an error of a request to GraphQL has to look like.
pub(crate) struct Shape(Media);

impl Shape {
    /// `None` for a request to somewhere else.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        (request.uri().path() == PATH)
            .then(|| Self(Accept::read(request.headers()).single().unwrap_or(Media::Json)))
    }

    /// The finished response, in place of [`ApiError::render`].
    pub(crate) fn render(&self, error: &ApiError, request_id: &RequestId) -> Response {
        let mut response = write(&Answer::failed(error, request_id), self.0, error.status);
        error.add_headers(response.headers_mut());
        response
    }
}
