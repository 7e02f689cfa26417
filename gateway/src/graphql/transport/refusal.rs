//! A refusal as GraphQL tells it, whoever refused: a layer around all routes, the router, or a handler here. Its media
//! type is the client's choice where it has one, else `application/json`.

use axum::{extract::Request, response::Response};
use gql::transport::{Answer, BAD_REQUEST_CODE, BadRequest};
use http::StatusCode;
use kit::rpc::RequestId;

use super::{
    PATH,
    http::write_short,
    negotiate::{Accept, Media},
};
use crate::error::ApiError;

/// What an error of a request to GraphQL has to look like.
pub(crate) struct RefusalFormat(Media);

impl RefusalFormat {
    /// `None` for a request to somewhere else.
    pub(crate) fn read(request: &Request) -> Option<Self> {
        (request.uri().path() == PATH)
            .then(|| Self(Accept::read(request.headers()).single().unwrap_or(Media::Json)))
    }

    /// The finished response, in place of [`ApiError::render`].
    pub(crate) fn render(&self, error: &ApiError, request_id: &RequestId) -> Response {
        let mut response = write_short(&answer_failure(error, request_id), self.0, error.status);
        error.add_headers(response.headers_mut());
        response
    }
}

/// A refusal on the way, as the one result of a request.
pub(super) fn answer_failure(error: &ApiError, request_id: &RequestId) -> Answer {
    Answer::from_error(error.clone().graphql(request_id.as_str()))
}

impl From<BadRequest> for ApiError {
    fn from(bad: BadRequest) -> Self {
        Self::new(StatusCode::BAD_REQUEST, BAD_REQUEST_CODE, bad.message())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_on_the_way_tells_all_that_a_program_may_want() {
        let mut error = ApiError::field("a", "enum", "expected b");
        error.details.reason = Some("NOT_B".into());
        error.details.retry_after = Some(3);
        let id = RequestId::parse("r1").unwrap();

        let told = serde_json::to_value(answer_failure(&error, &id)).unwrap();

        let extensions = &told["errors"][0]["extensions"];
        for (name, value) in [
            ("code", json!("VALIDATION_ERROR")),
            ("field", json!("a")),
            ("reason", json!("NOT_B")),
            ("requestId", json!("r1")),
            ("retryAfter", json!(3)),
        ] {
            assert_eq!(extensions[name], value, "{told}");
        }
        assert!(told.get("data").is_none());
    }
}
