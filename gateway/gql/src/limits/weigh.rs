//! Weighs what a client sends beside the document: the bytes of its variables and how deep they are nested.

use serde_json::{Map, Value};

use super::most;
use crate::{
    Limits,
    engine::refusal::{Code, Problem},
};

/// Of a number, a truth value or null.
const BYTES_OF_OTHERS: usize = 8;

pub(crate) fn weigh(variables: &Map<String, Value>, limits: &Limits) -> Result<(), Problem> {
    if variables.is_empty() {
        return Ok(());
    }

    if variables
        .values()
        .any(|value| deeper(value, limits.variable_nesting))
    {
        let limit = limits.variable_nesting;
        let message = format!(
            "The variables have too many lists and objects inside one another; at most {limit} are allowed."
        );
        return Err(Problem::new(Code::VariablesTooDeep, message));
    }

    let bytes = variables.iter().map(|(name, value)| name.len() + bytes(value));
    let what = "The variables have too many bytes";

    most(Code::VariablesTooLarge, bytes.sum(), limits.variable_bytes, what)
}

/// Of names and texts, and a few for each other value. Never reads a text, however long.
fn bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + bytes(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => BYTES_OF_OTHERS,
    }
}

/// Whether a value has more than so many lists and objects inside one another. Goes no deeper than that.
fn deeper(value: &Value, levels: usize) -> bool {
    let inner = |value: &Value| deeper(value, levels.saturating_sub(1));
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(inner),
        Value::Object(fields) => levels == 0 || fields.values().any(inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::engine::tests::limits;

    fn told(variables: Value, limits: &Limits) -> Result<(), (Code, String)> {
        let Value::Object(variables) = variables else {
            panic!("an object");
        };
        weigh(&variables, limits).map_err(|problem| (problem.code, problem.message))
    }

    #[test]
    fn bytes_are_those_of_names_and_texts_and_the_last_allowed_one_passes() {
        let mut limits = limits();
        limits.variable_bytes = 20;

        assert_eq!(
            told(json!({ "name": "text", "b": [1], "": { "c": "de" } }), &limits),
            Ok(())
        );

        let (code, message) =
            told(json!({ "name": "text", "b": [1], "": { "c": "def" } }), &limits).unwrap_err();
        assert!(
            code == Code::VariablesTooLarge && message.contains("at most 20"),
            "{message}"
        );
    }

    #[test]
    fn nesting_counts_lists_and_objects_alike() {
        let mut limits = limits();
        limits.variable_nesting = 3;

        assert_eq!(told(json!({ "a": [{ "b": [1] }], "c": [[[]]] }), &limits), Ok(()));

        for deep in [json!({ "a": [{ "b": [{}] }] }), json!({ "a": [[[[]]]] })] {
            let (code, message) = told(deep, &limits).unwrap_err();
            assert!(
                code == Code::VariablesTooDeep && message.contains("at most 3"),
                "{message}"
            );
        }
    }
}
