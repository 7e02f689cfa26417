//! A result as it is sent: what the specification puts into it, in the order it wants. The same for every way of
//! travelling. Also what stopped a request before the engine saw it, as an error of GraphQL.

use async_graphql::{Response, ServerError, Value};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::write::write_json;
use crate::Refused;

/// Code of what stands in place of an answer that has too many bytes.
const ANSWER_TOO_LARGE_CODE: &str = "ANSWER_TOO_LARGE";

/// A result, finished.
pub struct Answer {
    response: Response,
    /// False of a subscription that could not begin.
    begun: bool,
    /// True where something was done although no data is shown.
    done: bool,
}

impl Answer {
    pub fn new(response: Response) -> Self {
        Self {
            response,
            begun: true,
            done: false,
        }
    }

    /// The first result of a subscription. Without data, there was nothing to subscribe to.
    pub fn first_of_subscription(response: Response) -> Self {
        let answer = Self::new(response);

        Self {
            begun: !answer.has_no_data(),
            ..answer
        }
    }

    pub fn from_refusal(refused: Refused) -> Self {
        Self::new(Response::from_errors(refused.errors))
    }

    /// Of a request that was stopped on its way.
    pub fn from_error(error: async_graphql::Error) -> Self {
        Self::new(error_response(error))
    }

    /// In place of one that has more than `most` bytes.
    pub fn too_large(most: usize, request_id: &str) -> Self {
        let message = format!("The answer has more than {most} bytes; ask for less, or for less at once.");
        let mut error = ServerError::new(message, None);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", ANSWER_TOO_LARGE_CODE);
        extensions.set("requestId", request_id);

        Self {
            done: true,
            ..Self::new(Response::from_errors(vec![error]))
        }
    }

    /// Nothing was executed: such a result has no `data`. An error of a field always says where it happened.
    pub fn is_request_error(&self) -> bool {
        let nowhere = self.response.errors.iter().all(|error| error.path.is_empty());

        self.has_no_data() && !self.done && (nowhere || !self.begun)
    }

    /// Errors, and nothing else.
    pub fn has_no_data(&self) -> bool {
        self.response.data == Value::Null && !self.response.errors.is_empty()
    }

    pub fn errors(&self) -> &[ServerError] {
        &self.response.errors
    }

    pub fn take_headers(&mut self) -> http::HeaderMap {
        std::mem::take(&mut self.response.http_headers)
    }

    pub(super) fn response(&self) -> &Response {
        &self.response
    }

    /// At once: for one that is known to be short.
    pub fn to_json(&self) -> Vec<u8> {
        write_json(self)
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Response {
            data,
            errors,
            extensions,
            ..
        } = &self.response;
        let mut map = to.serialize_map(None)?;
        // First, so that a person who looks at a long answer sees them.
        if !errors.is_empty() {
            map.serialize_entry("errors", errors)?;
        }

        if !self.is_request_error() {
            map.serialize_entry("data", data)?;
        }

        if !extensions.is_empty() {
            map.serialize_entry("extensions", extensions)?;
        }

        map.end()
    }
}

/// What stopped a request on its way, as GraphQL tells it.
pub fn error_response(error: async_graphql::Error) -> Response {
    let mut told = ServerError::new(error.message, None);
    told.extensions = error.extensions;

    Response::from_errors(vec![told])
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;
    use serde_json::json;

    use super::*;

    fn told(response: Response) -> serde_json::Value {
        serde_json::from_slice(&Answer::new(response).to_json()).unwrap()
    }

    #[test]
    fn data_is_left_out_only_when_nothing_was_executed() {
        let error = || ServerError::new("No.", None);
        assert_eq!(
            told(Response::from_errors(vec![error()])),
            json!({ "errors": [{ "message": "No." }] })
        );

        let field = error().with_path(vec![PathSegment::Field("a".into())]);
        assert_eq!(
            told(Response::from_errors(vec![field])),
            json!({ "errors": [{ "message": "No.", "path": ["a"] }], "data": null })
        );
        assert_eq!(told(Response::new(Value::Null)), json!({ "data": null }));
        let field = error().with_path(vec![PathSegment::Field("a".into())]);
        let first = Answer::first_of_subscription(Response::from_errors(vec![field])).to_json();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&first).unwrap(),
            json!({ "errors": [{ "message": "No.", "path": ["a"] }] })
        );
    }
}
