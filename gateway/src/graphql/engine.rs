//! Lets a request in and runs it: finds the document, counts what it would cost, picks the operation. The transports hand
//! it what they read and send what it answers; the schema never sees a request that was not let in here.

use std::sync::Arc;

use async_graphql::{
    Executor, Name, Request, Response, ServerError, Value, Variables,
    futures_util::stream::BoxStream,
    parser::types::{DocumentOperations, OperationType},
};
use http::StatusCode;

use super::{Asker, LoaderSlot, Schema};

/// One request as a transport read it. `query` may be missing when `extensions` name a persisted document.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) query: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: serde_json::Map<String, serde_json::Value>,
    pub(crate) extensions: serde_json::Map<String, serde_json::Value>,
}

/// A request that was let in: its document is parsed and within every limit, its operation is chosen.
pub(crate) struct Prepared {
    request: Request,
    pub(crate) operation: OperationType,
}

/// A request that was not let in: a request error of the specification, without `data`.
#[derive(Debug)]
pub(crate) struct Refused {
    /// For `application/graphql-response+json`.
    pub(crate) status: StatusCode,
    pub(crate) errors: Vec<ServerError>,
}

impl Refused {
    fn new(status: StatusCode, error: ServerError) -> Self {
        Self {
            status,
            errors: vec![error],
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Engine(Arc<Shared>);

struct Shared {
    schema: Schema,
}

impl Engine {
    pub(crate) fn new(schema: Schema) -> Self {
        Self(Arc::new(Shared { schema }))
    }

    /// Parses, counts and chooses. Runs nothing.
    pub(crate) fn prepare(&self, incoming: Incoming, asker: &Asker) -> Result<Prepared, Refused> {
        let refused = |error| Refused::new(StatusCode::BAD_REQUEST, error);
        let variables = incoming
            .variables
            .into_iter()
            .map(|(name, value)| Ok((Name::new(name), Value::from_json(value)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|_| refused(ServerError::new("The variables are not JSON.", None)))?;
        let mut request = Request::new(incoming.query.unwrap_or_default())
            .data(asker.clone())
            .data(LoaderSlot::default());
        request.variables = Variables::from_value(Value::Object(variables));
        request.operation_name = incoming.operation_name;
        let document = request.parsed_query().map_err(refused)?;
        let chosen = match &document.operations {
            DocumentOperations::Single(operation) => Some(operation.node.ty),
            DocumentOperations::Multiple(all) => all.values().next().map(|operation| operation.node.ty),
        };
        let operation = chosen.ok_or_else(|| refused(ServerError::new("Unknown operation.", None)))?;
        Ok(Prepared { request, operation })
    }

    /// Runs a query or a mutation.
    pub(crate) async fn execute(&self, prepared: Prepared) -> Response {
        self.0.schema.execute(prepared.request).await
    }

    /// Runs a subscription: a response for each event, until it ends or the stream is dropped.
    pub(crate) fn subscribe(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        Executor::execute_stream(&self.0.schema, prepared.request, None)
    }
}
