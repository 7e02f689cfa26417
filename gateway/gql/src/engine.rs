//! Lets a request in and runs it: finds the document, counts what it would cost, picks the operation, checks its
//! variables. The transports hand it what they read and send what it answers; the schema never sees a request that was
//! not let in here.

mod answer;
pub(crate) mod conditions;
mod document;
pub(crate) mod lower;
pub(crate) mod refusal;
pub(crate) mod types;
mod variables;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

pub use self::refusal::Refused;
pub(crate) use self::{
    document::{Document, Rules},
    refusal::Code,
};
use self::{
    document::{Form, Operation},
    refusal::Problem,
    types::{Types, TypesError},
};
use crate::{
    EngineConfig, Limits,
    limits::weigh::weigh_variables,
    persisted::{Documents, TrustedError},
};
use async_graphql::{
    Executor, Request, Response, Value, Variables,
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
    form: Arc<Form>,
    pub operation: OperationType,
}

impl Prepared {
    /// The names of its root fields, as the schema has them.
    pub fn root_fields(&self) -> impl Iterator<Item = &str> {
        self.form.root_fields()
    }
}

/// What the requests of one body may cost together; taken from as they are let in.
#[derive(Debug)]
pub struct Budget {
    /// Of the complexity.
    fields: u64,
    /// Values of the schema that introspection reads.
    schema_values: u64,
    /// Requests that were let in.
    requests: usize,
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
    description: &'static str,
}

impl<E> Clone for Engine<E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<E: Executor> Engine<E> {
    /// `schema` runs documents that were validated here: it needs no rules or limits of its own.
    pub fn new(schema: E, config: EngineConfig) -> Result<Self, EngineError> {
        let types = Types::read(&schema, config.weights)?.with_old_names(config.renamed_types);
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
            description: config.description,
        })))
    }

    /// What one body may cost, whether it holds one request or several.
    pub fn budget(&self) -> Budget {
        Budget {
            fields: self.0.limits.complexity,
            schema_values: self.0.limits.introspection,
            requests: 0,
        }
    }

    /// Finds the document, checks and counts. Runs nothing.
    pub fn prepare(&self, incoming: Incoming, caller: &impl Caller) -> Result<Prepared, Refused> {
        self.prepare_within(&mut self.budget(), incoming, caller)
    }

    /// The same for one of several requests, which must not cost more than what others have left of their budget.
    pub fn prepare_within(
        &self,
        budget: &mut Budget,
        incoming: Incoming,
        caller: &impl Caller,
    ) -> Result<Prepared, Refused> {
        let refused = |problems| Refused::new(problems, caller.request_id());
        self.admit(budget, incoming, caller).map_err(refused)
    }

    fn admit(
        &self,
        budget: &mut Budget,
        incoming: Incoming,
        caller: &impl Caller,
    ) -> Result<Prepared, Vec<Problem>> {
        let one = |problem| vec![problem];
        let Shared { types, limits, .. } = &*self.0;
        let open = caller.may_read_schema();

        let rules = Rules { types, limits };
        let document = self.0.documents.find(&incoming, rules, open)?;
        let operation = document.choose(incoming.operation_name.as_deref()).map_err(one)?;

        weigh_variables(&incoming.variables, limits).map_err(one)?;

        let coerced =
            variables::coerce_variables(&operation.variables, incoming.variables, types, limits.errors)?;
        check_conditions(operation, &coerced.variables).map_err(one)?;

        let form = operation.form(&coerced.variables, rules).map_err(one)?;
        if form.introspects && !open {
            let message = "Reading the schema is not allowed here.";
            return Err(one(Problem::new(Code::IntrospectionDisabled, message)));
        }
        budget.take(&form, &coerced.variables, limits).map_err(one)?;

        let mut runs = form.runs.clone();
        if let (false, DocumentOperations::Single(only)) = (coerced.absent.is_empty(), &mut runs.operations) {
            variables::leave_out_absent(&mut only.node.selection_set, &coerced.absent);
        }

        let request = Request::new("").variables(coerced.variables);
        let mut request = caller.attach_data(request);
        request.set_parsed_query(runs);

        Ok(Prepared {
            request,
            request_id: caller.request_id().into(),
            form,
            operation: operation.ty,
        })
    }

    /// Runs a query or a mutation.
    pub async fn execute(&self, prepared: Prepared) -> Response {
        let response = self.0.schema.execute(prepared.request).await;
        complete(response, &prepared.form, &prepared.request_id, self.0.description)
    }

    /// Runs a subscription: a response for each event, until it ends or the stream is dropped.
    pub fn subscribe(&self, prepared: Prepared) -> BoxStream<'static, Response> {
        let (form, id, description) = (prepared.form, prepared.request_id, self.0.description);
        let responses = self.0.schema.execute_stream(prepared.request, None);
        responses
            .map(move |response| complete(response, &form, &id, description))
            .boxed()
    }
}

impl Budget {
    fn take(&mut self, form: &Form, variables: &Variables, limits: &Limits) -> Result<(), Problem> {
        let cost = form.cost.evaluate(variables);
        let limit = limits.complexity;
        let (fields, schema_values) = (
            self.fields.checked_sub(cost),
            self.schema_values.checked_sub(form.schema_values),
        );

        match (fields, schema_values) {
            (Some(fields), Some(schema_values)) => {
                *self = Self {
                    fields,
                    schema_values,
                    requests: self.requests + 1,
                };
                Ok(())
            }
            (None, _) if self.requests == 0 => {
                let message = format!("The operation may answer {cost} fields; at most {limit} are allowed.");
                Err(Problem::new(Code::TooComplex, message))
            }
            (None, _) => {
                let left = self.fields;
                let message = format!(
                    "The operation may answer {cost} fields; of the {limit} that a batch may have {left} are left."
                );
                Err(Problem::new(Code::TooComplex, message))
            }
            (_, None) => {
                let limit = limits.introspection;
                let message = format!(
                    "The batch reads too much of the schema; at most {limit} values are allowed in all of it."
                );
                Err(Problem::new(Code::IntrospectionTooLarge, message))
            }
        }
    }
}

/// A condition has to be true or false: a variable with a default may still be sent as null.
fn check_conditions(operation: &Operation, variables: &Variables) -> Result<(), Problem> {
    let null = |name: &&async_graphql::Name| !matches!(variables.get(*name), Some(Value::Boolean(_)));
    let Some(name) = operation.conditions().iter().find(null) else {
        return Ok(());
    };

    let mut definitions = operation.variables.iter();
    match definitions.find(|definition| definition.name() == name) {
        Some(definition) => Err(definition.refuse_null()),
        None => Ok(()),
    }
}

fn complete(mut response: Response, form: &Form, request_id: &str, description: &str) -> Response {
    form.answer.complete(&mut response);
    for (schema, key) in &form.descriptions {
        describe(&mut response.data, schema, key, description);
    }

    response.errors.truncate(refusal::MOST_FIELD_ERRORS);
    for error in &mut response.errors {
        refusal::complete_error(error, request_id);
    }
    response
}

/// async-graphql describes every schema with the same words.
fn describe(data: &mut Value, schema: &str, key: &str, description: &str) {
    if let Value::Object(root) = data
        && let Some(Value::Object(schema)) = root.get_mut(schema)
        && let Some(told) = schema.get_mut(key)
    {
        *told = Value::String(description.to_owned());
    }
}
