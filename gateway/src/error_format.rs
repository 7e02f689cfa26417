//! In whose words an error is written, by the address that was asked: ours, GraphQL's, or those of a foreign door's clients.

use axum::{extract::Request, response::Response};
use kit::rpc::RequestId;

use crate::{error::ApiError, graphql::transport::RefusalFormat, view::openai};

pub(crate) enum ErrorFormat {
    Ours,
    Graphql(RefusalFormat),
    Openai,
}

impl ErrorFormat {
    pub(crate) fn read(request: &Request) -> Self {
        match RefusalFormat::read(request) {
            Some(format) => Self::Graphql(format),
            None if openai::is_address(request.uri().path()) => Self::Openai,
            None => Self::Ours,
        }
    }

    /// The finished response.
    pub(crate) fn render(&self, error: &ApiError, request_id: &RequestId) -> Response {
        match self {
            Self::Ours => error.render(request_id.as_str()),
            Self::Graphql(format) => format.render(error, request_id),
            Self::Openai => openai::refusal::render_refusal(error),
        }
    }
}
