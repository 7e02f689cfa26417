//! Lets a request in and runs it: finds the document, counts what it would cost, picks the operation, checks its
//! variables. The transports hand it what they read and send what it answers; the schema never sees a request that was
//! not let in here.

mod answer;
mod document;
mod lower;
pub(crate) mod refusal;
pub(crate) mod types;
mod variables;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use async_graphql::{
    Executor, Request, Response,
    futures_util::{StreamExt, stream::BoxStream},
    parser::types::{DocumentOperations, OperationType},
};
use kit::rpc::RequestId;

use self::{
    answer::Shape,
    refusal::Problem,
    types::{Types, TypesError},
};
pub(crate) use self::{
    document::{Document, Rules},
    refusal::{Code, Refused},
};
use super::{
    Asker, LoaderSlot, Schema,
    limits::weigh::weigh,
    persisted::{Documents, TrustedError},
};
use crate::config::GraphqlConfig;

/// Selections inside one another that async-graphql may follow: more than any document has that was let in.
pub(crate) const DEEPEST: usize = 128;

/// One request as a transport read it. `query` may be missing when `document_id` or `extensions` name a document.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) query: Option<String>,
    /// `documentId` of GraphQL over HTTP.
    pub(crate) document_id: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: serde_json::Map<String, serde_json::Value>,
    pub(crate) extensions: serde_json::Map<String, serde_json::Value>,
}

/// A request that was let in: its document is valid and within every limit, its operation is chosen, its variables fit.
pub(crate) struct Prepared {
    request: Request,
    request_id: RequestId,
    answer: Arc<Shape>,
    pub(crate) operation: OperationType,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error(transparent)]
    Types(#[from] TypesError),
    #[error(transparent)]
    Trusted(#[from] TrustedError),
}

/// Cheap to clone.
pub(crate) struct Engine<E = Schema>(Arc<Shared<E>>);

struct Shared<E> {
    schema: E,
    types: Types,
    documents: Documents,
    config: GraphqlConfig,
    development: bool,
}

impl<E> Clone for Engine<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: Executor> Engine<E> {
    /// `schema` runs documents that were validated here: it needs no rules or limits of its own.
    pub(crate) fn new(schema: E, config: &GraphqlConfig, development: bool) -> Result<Self, EngineError> {
        let types = Types::of(&schema)?;
        let rules = Rules {
            types: &types,
            limits: &config.limits,
        };
        let documents = Documents::open(config, rules)?;

        Ok(Self(Arc::new(Shared {
            schema,
            types,
            documents,
            config: config.clone(),
            development,
        })))
    }

    /// Finds the document, checks and counts. Runs nothing.
    pub(crate) fn prepare(&self, incoming: Incoming, asker: &Asker) -> Result<Prepared, Refused> {
        let refused = |problems| Refused::new(problems, &asker.call.request_id);
        self.admit(incoming, asker).map_err(refused)
    }

    fn admit(&self, incoming: Incoming, asker: &Asker) -> Result<Prepared, Vec<Problem>> {
        let one = |problem| vec![problem];
        let Shared { types, config, .. } = &*self.0;
        let limits = &config.limits;
        let open = config
            .introspection
            .open_to(self.0.development, &asker.call.actor);
        let rules = Rules { types, limits };
        let document = self.0.documents.find(&incoming, rules, open)?;
        let operation = document.choose(incoming.operation_name.as_deref()).map_err(one)?;
        if operation.introspects && !open {
            let message = "Reading the schema is not allowed here.";
            return Err(one(Problem::new(Code::IntrospectionDisabled, message)));
        }

        weigh(&incoming.variables, limits).map_err(one)?;

        let coerced = variables::coerce(&operation.variables, incoming.variables, types, limits.errors)?;
        let cost = operation.cost.with(&coerced.variables);
        if cost > limits.complexity {
            let limit = limits.complexity;
            let message = format!("The operation may answer {cost} fields; at most {limit} are allowed.");
            return Err(one(Problem::new(Code::TooComplex, message)));
        }

        let mut runs = operation.runs.clone();
        if let (false, DocumentOperations::Single(only)) = (coerced.absent.is_empty(), &mut runs.operations) {
            variables::leave_out(&mut only.node.selection_set, &coerced.absent);
        }

        let mut request = Request::new("")
            .variables(coerced.variables)
            .data(asker.clone())
            .data(LoaderSlot::default());
        request.set_parsed_query(runs);

        Ok(Prepared {
            request,
            request_id: asker.call.request_id.clone(),
            answer: Arc::clone(&operation.answer),
            operation: operation.ty,
        })
    }

    /// Runs a query or a mutation.
    pub(crate) async fn execute(&self, prepared: Prepared) -> Response {
        let response = self.0.schema.execute(prepared.request).await;
        complete(response, &prepared.answer, &prepared.request_id)
    }

    /// Runs a subscription: a response for each event, until it ends or the stream is dropped.
    pub(crate) fn subscribe(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        let (answer, id) = (prepared.answer, prepared.request_id);
        let responses = self.0.schema.execute_stream(prepared.request, None);
        responses
            .map(move |response| complete(response, &answer, &id))
            .boxed()
    }
}

fn complete(mut response: Response, answer: &Shape, request_id: &RequestId) -> Response {
    answer.complete(&mut response);
    response.errors.truncate(refusal::MOST_FIELD_ERRORS);
    for error in &mut response.errors {
        refusal::complete(error, request_id);
    }
    response
}
