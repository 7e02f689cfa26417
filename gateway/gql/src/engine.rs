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

pub use self::refusal::Refused;
use self::{
    answer::AnswerShape,
    refusal::Problem,
    types::{Types, TypesError},
};
pub(crate) use self::{
    document::{Document, Rules},
    refusal::Code,
};
use crate::{
    EngineConfig, Limits,
    limits::weigh::weigh_variables,
    persisted::{Documents, TrustedError},
};
use async_graphql::{
    Executor, Request, Response,
    futures_util::{StreamExt, stream::BoxStream},
    parser::types::{DocumentOperations, OperationType},
};

/// Selections inside one another that async-graphql may follow: more than any document has that was let in.
pub const DEEPEST: usize = 128;

/// One request as a transport read it. `query` may be missing when `document_id` or `extensions` name a document.
#[derive(Debug, Default)]
pub struct Incoming {
    pub query: Option<String>,
    /// `documentId` of GraphQL over HTTP.
    pub document_id: Option<String>,
    pub operation_name: Option<String>,
    pub variables: serde_json::Map<String, serde_json::Value>,
    pub extensions: serde_json::Map<String, serde_json::Value>,
}

/// Who asks, as far as the engine has to know.
pub trait Caller {
    /// Under which the request is found again in a log; errors carry it.
    fn request_id(&self) -> &str;

    /// Whether it may read the schema, and gets names suggested for those that do not exist.
    fn may_read_schema(&self) -> bool;

    /// Puts into a request what resolvers look for in their context.
    fn attach_data(&self, request: Request) -> Request;
}

/// A request that was let in: its document is valid and within every limit, its operation is chosen, its variables fit.
pub struct Prepared {
    request: Request,
    request_id: Box<str>,
    answer: Arc<AnswerShape>,
    pub operation: OperationType,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Types(#[from] TypesError),
    #[error(transparent)]
    Trusted(#[from] TrustedError),
}

/// Cheap to clone.
pub struct Engine<E>(Arc<Shared<E>>);

struct Shared<E> {
    schema: E,
    types: Types,
    documents: Documents,
    limits: Limits,
}

impl<E> Clone for Engine<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: Executor> Engine<E> {
    /// `schema` runs documents that were validated here: it needs no rules or limits of its own.
    pub fn new(schema: E, config: EngineConfig) -> Result<Self, EngineError> {
        let types = Types::read(&schema)?.with_old_names(config.renamed_types);
        let rules = Rules {
            types: &types,
            limits: &config.limits,
        };
        let documents = Documents::open(&config, rules)?;

        Ok(Self(Arc::new(Shared {
            schema,
            types,
            documents,
            limits: config.limits,
        })))
    }

    /// Finds the document, checks and counts. Runs nothing.
    pub fn prepare(&self, incoming: Incoming, caller: &impl Caller) -> Result<Prepared, Refused> {
        let refused = |problems| Refused::new(problems, caller.request_id());
        self.admit(incoming, caller).map_err(refused)
    }

    fn admit(&self, incoming: Incoming, caller: &impl Caller) -> Result<Prepared, Vec<Problem>> {
        let one = |problem| vec![problem];
        let Shared { types, limits, .. } = &*self.0;
        let open = caller.may_read_schema();

        let rules = Rules { types, limits };
        let document = self.0.documents.find(&incoming, rules, open)?;
        let operation = document.choose(incoming.operation_name.as_deref()).map_err(one)?;
        if operation.introspects && !open {
            let message = "Reading the schema is not allowed here.";
            return Err(one(Problem::new(Code::IntrospectionDisabled, message)));
        }

        weigh_variables(&incoming.variables, limits).map_err(one)?;

        let coerced =
            variables::coerce_variables(&operation.variables, incoming.variables, types, limits.errors)?;
        let cost = operation.cost.evaluate(&coerced.variables);
        if cost > limits.complexity {
            let limit = limits.complexity;
            let message = format!("The operation may answer {cost} fields; at most {limit} are allowed.");
            return Err(one(Problem::new(Code::TooComplex, message)));
        }

        let mut runs = operation.runs.clone();
        if let (false, DocumentOperations::Single(only)) = (coerced.absent.is_empty(), &mut runs.operations) {
            variables::leave_out_absent(&mut only.node.selection_set, &coerced.absent);
        }

        let request = Request::new("").variables(coerced.variables);
        let mut request = caller.attach_data(request);
        request.set_parsed_query(runs);

        Ok(Prepared {
            request,
            request_id: caller.request_id().into(),
            answer: Arc::clone(&operation.answer),
            operation: operation.ty,
        })
    }

    /// Runs a query or a mutation.
    pub async fn execute(&self, prepared: Prepared) -> Response {
        let response = self.0.schema.execute(prepared.request).await;
        complete(response, &prepared.answer, &prepared.request_id)
    }

    /// Runs a subscription: a response for each event, until it ends or the stream is dropped.
    pub fn subscribe(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        let (answer, id) = (prepared.answer, prepared.request_id);
        let responses = self.0.schema.execute_stream(prepared.request, None);
        responses
            .map(move |response| complete(response, &answer, &id))
            .boxed()
    }
}

fn complete(mut response: Response, answer: &AnswerShape, request_id: &str) -> Response {
    answer.complete(&mut response);
    response.errors.truncate(refusal::MOST_FIELD_ERRORS);
    for error in &mut response.errors {
        refusal::complete_error(error, request_id);
    }
    response
}
