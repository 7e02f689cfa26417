//! A result as it is sent: what the specification puts into it, in the order it wants. The same for every way of
//! travelling. Also what stopped a request before the engine saw it, as an error of GraphQL.

use async_graphql::{Response, ServerError, Value};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::Refused;

/// A result, finished.
pub struct Answer {
    response: Response,
    /// False of a subscription that could not begin.
    begun: bool,
}

impl Answer {
    pub fn new(response: Response) -> Self {
        Self {
            response,
            begun: true,
        }
    }

    /// The first result of a subscription. Without data, there was nothing to subscribe to.
    pub fn first(response: Response) -> Self {
        let answer = Self::new(response);

        Self {
            begun: !answer.has_no_data(),
            ..answer
        }
    }

    pub fn refused(refused: Refused) -> Self {
        Self::new(Response::from_errors(refused.errors))
    }

    /// Of a request that was stopped on its way.
    pub fn failed(error: async_graphql::Error) -> Self {
        Self::new(error_response(error))
    }

    /// Nothing was executed: such a result has no `data`. An error of a field always says where it happened.
    pub fn is_request_error(&self) -> bool {
        let nowhere = self.response.errors.iter().all(|error| error.path.is_empty());

        self.has_no_data() && (nowhere || !self.begun)
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

    pub fn to_json(&self) -> Vec<u8> {
        write_json(self)
    }
}

/// JSON of something that always can be written as such: it has string keys and no writer that fails.
pub fn write_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|err| {
        tracing::error!(%err, "an answer could not be written as JSON");
        br#"{"errors":[{"message":"Something went wrong on our side. It has been logged."}]}"#.to_vec()
    })
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
        let first = Answer::first(Response::from_errors(vec![field])).to_json();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&first).unwrap(),
            json!({ "errors": [{ "message": "No.", "path": ["a"] }] })
        );
    }
}
