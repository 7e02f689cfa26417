//! Why a request is not let in: the stable codes in one table, and how a problem becomes an error that a client reads.
//! Never echoes more than a little of what the client sent.

use async_graphql::{ErrorExtensionValues, Pos, ServerError, value};
use http::StatusCode;

use crate::validate::values::WrongValue;

/// Longest message of one error, in characters.
const LONGEST_MESSAGE: usize = 200;
/// Longest piece of the client's own text inside a message, in characters.
const LONGEST_QUOTE: usize = 40;
/// Most errors of fields that one answer tells; each field that failed is null all the same.
pub(crate) const MOST_FIELD_ERRORS: usize = 100;
/// Most places that one error points at.
const MOST_PLACES: usize = 3;

/// What went wrong, as `extensions.code` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Not a request: no document, or `extensions` of the wrong shape.
    BadRequest,
    ParseFailed,
    ValidationFailed,
    /// No operation of that name, or several and no name.
    OperationUnresolved,
    /// A variable is missing or has the wrong type.
    BadUserInput,
    DocumentTooLarge,
    TooManyTokens,
    NestedTooDeep,
    TooManyOperations,
    TooManyFragments,
    TooManySelections,
    TooDeep,
    TooManyRootFields,
    TooManyAliases,
    TooManyDirectives,
    TooComplex,
    TooManyVariables,
    VariablesTooLarge,
    VariablesTooDeep,
    IntrospectionDisabled,
    IntrospectionTooLarge,
    PersistedNotFound,
    PersistedNotSupported,
    PersistedMismatch,
    NotListed,
}

impl Code {
    /// The code on the wire and the status for `application/graphql-response+json`.
    const fn row(self) -> (&'static str, StatusCode) {
        use StatusCode as S;

        match self {
            Self::BadRequest => ("BAD_REQUEST", S::BAD_REQUEST),
            Self::ParseFailed => ("GRAPHQL_PARSE_FAILED", S::BAD_REQUEST),
            Self::ValidationFailed => ("GRAPHQL_VALIDATION_FAILED", S::BAD_REQUEST),
            Self::OperationUnresolved => ("OPERATION_RESOLUTION_FAILURE", S::BAD_REQUEST),
            Self::BadUserInput => ("BAD_USER_INPUT", S::BAD_REQUEST),
            Self::DocumentTooLarge => ("QUERY_TOO_LARGE", S::BAD_REQUEST),
            Self::TooManyTokens => ("QUERY_TOO_MANY_TOKENS", S::BAD_REQUEST),
            Self::NestedTooDeep => ("QUERY_NESTED_TOO_DEEP", S::BAD_REQUEST),
            Self::TooManyOperations => ("QUERY_TOO_MANY_OPERATIONS", S::BAD_REQUEST),
            Self::TooManyFragments => ("QUERY_TOO_MANY_FRAGMENTS", S::BAD_REQUEST),
            Self::TooManySelections => ("QUERY_TOO_MANY_SELECTIONS", S::BAD_REQUEST),
            Self::TooDeep => ("QUERY_TOO_DEEP", S::BAD_REQUEST),
            Self::TooManyRootFields => ("QUERY_TOO_MANY_ROOT_FIELDS", S::BAD_REQUEST),
            Self::TooManyAliases => ("QUERY_TOO_MANY_ALIASES", S::BAD_REQUEST),
            Self::TooManyDirectives => ("QUERY_TOO_MANY_DIRECTIVES", S::BAD_REQUEST),
            Self::TooComplex => ("QUERY_TOO_COMPLEX", S::BAD_REQUEST),
            Self::TooManyVariables => ("QUERY_TOO_MANY_VARIABLES", S::BAD_REQUEST),
            Self::VariablesTooLarge => ("VARIABLES_TOO_LARGE", S::BAD_REQUEST),
            Self::VariablesTooDeep => ("VARIABLES_NESTED_TOO_DEEP", S::BAD_REQUEST),
            Self::IntrospectionDisabled => ("INTROSPECTION_DISABLED", S::BAD_REQUEST),
            Self::IntrospectionTooLarge => ("INTROSPECTION_TOO_LARGE", S::BAD_REQUEST),
            Self::PersistedNotFound => ("PERSISTED_QUERY_NOT_FOUND", S::NOT_FOUND),
            Self::PersistedNotSupported => ("PERSISTED_QUERY_NOT_SUPPORTED", S::BAD_REQUEST),
            Self::PersistedMismatch => ("PERSISTED_QUERY_HASH_MISMATCH", S::BAD_REQUEST),
            Self::NotListed => ("QUERY_NOT_LISTED", S::FORBIDDEN),
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        self.row().0
    }
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    places: Vec<Pos>,
    fault: Option<Fault>,
}

/// The argument at fault, in the shape that a resolver's refusal has.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// Its path, e.g. `input.title`.
    field: String,
    /// What was expected of it.
    message: String,
    /// `missing`, `unknown_field`, `type_error`, `enum` or `value_error`.
    kind: &'static str,
}

impl Fault {
    pub(crate) fn new(field: String, wrong: &WrongValue) -> Self {
        Self {
            field,
            message: format!("expected {}", wrong.expected),
            kind: wrong.kind,
        }
    }

    fn describe(self, extensions: &mut ErrorExtensionValues) {
        extensions.set("reason", "INVALID_FIELDS");

        let field = brief(&self.field, LONGEST_MESSAGE);
        let message = brief(&self.message, LONGEST_MESSAGE);
        extensions.set("field", field.as_str());
        extensions.set(
            "fields",
            value!([{ "field": field, "message": message, "type": self.kind }]),
        );
    }
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            places: Vec::new(),
            fault: None,
        }
    }

    /// A document that breaks a rule of the specification.
    pub(crate) fn invalid(place: Pos, message: impl Into<String>) -> Self {
        Self::new(Code::ValidationFailed, message).with_place(place)
    }

    pub(crate) fn with_place(mut self, place: Pos) -> Self {
        self.places.push(place);
        self
    }

    pub(crate) fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    fn into_error(self, request_id: &str) -> ServerError {
        let mut error = ServerError::new(brief(&self.message, LONGEST_MESSAGE), None);
        error.locations = self.places;
        error.locations.truncate(MOST_PLACES);

        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_str());

        if let Some(fault) = self.fault {
            fault.describe(&mut extensions);
        }
        extensions.set("requestId", request_id);
        error.extensions = Some(extensions);

        error
    }
}

/// A request that was not let in: a request error of the specification, without `data`.
#[derive(Debug)]
pub struct Refused {
    /// For `application/graphql-response+json`.
    pub status: StatusCode,
    pub errors: Vec<ServerError>,
}

impl Refused {
    pub(crate) fn new(problems: Vec<Problem>, request_id: &str) -> Self {
        let code = problems.first().map_or(Code::BadRequest, |problem| problem.code);
        metrics::counter!("gateway_graphql_refused_total", "code" => code.as_str()).increment(1);

        Self {
            status: code.row().1,
            errors: problems
                .into_iter()
                .map(|one| one.into_error(request_id))
                .collect(),
        }
    }
}

/// Gives an error of the execution its request id, and, where no resolver has said what it is, a code: what is left
/// then is an argument that a resolver's own parser refused.
pub(crate) fn complete_error(error: &mut ServerError, request_id: &str) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", Code::BadUserInput.as_str());
        error.message = brief(&error.message, LONGEST_MESSAGE);
    }
    if extensions.get("requestId").is_none() {
        extensions.set("requestId", request_id);
    }
}

/// The client's own text, as a message may repeat it.
pub(crate) fn quote_text(text: &str) -> String {
    format!("`{}`", brief(text, LONGEST_QUOTE))
}

fn brief(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_carries_its_code_and_request_id_and_repeats_little() {
        let id = "abc";
        let fault = Fault::new("f".repeat(5_000), &WrongValue::type_error("e".repeat(5_000)));
        let mut problem = Problem::new(Code::TooDeep, "é".repeat(5_000)).with_fault(fault);
        for _ in 0..50 {
            problem = problem.with_place(Pos::default());
        }
        let refused = Refused::new(vec![problem], id);
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);

        let error = serde_json::to_value(&refused.errors[0]).unwrap();
        assert_eq!(error["message"].as_str().unwrap().chars().count(), 201);
        assert_eq!(error["locations"].as_array().unwrap().len(), 3);
        assert_eq!(error["extensions"]["code"], "QUERY_TOO_DEEP");
        assert_eq!(error["extensions"]["requestId"], "abc");
        assert!(error.to_string().len() < 1_600, "{error}");
        assert_eq!(quote_text(&"x".repeat(41)), format!("`{}…`", "x".repeat(40)));
        assert_eq!(quote_text("x"), "`x`");
    }

    #[test]
    fn an_error_of_the_execution_keeps_its_code_and_gets_what_it_lacks() {
        let id = "abc";
        let mut typed = ServerError::new("There is no such story.", None);
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", "RESOURCE_NOT_FOUND");
        typed.extensions = Some(extensions);
        complete_error(&mut typed, id);
        let mut plain = ServerError::new("x".repeat(1_000), None);
        complete_error(&mut plain, id);
        let code = |error: &ServerError| serde_json::to_value(error).unwrap()["extensions"].clone();
        assert_eq!(
            code(&typed),
            serde_json::json!({ "code": "RESOURCE_NOT_FOUND", "requestId": "abc" })
        );
        assert_eq!(
            code(&plain),
            serde_json::json!({ "code": "BAD_USER_INPUT", "requestId": "abc" })
        );
        assert_eq!(plain.message.chars().count(), 201);
    }
}
