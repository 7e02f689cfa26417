//! Weighs what a client sends beside the document: the bytes of its variables and how deep they are nested.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::most;
use crate::{
    config::GraphqlLimits,
    graphql::engine::refusal::{Code, Problem},
};

pub(crate) fn weigh(variables: &Map<String, Value>, limits: &GraphqlLimits) -> Result<(), Problem> {
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
    let mut count = Count {
        bytes: 0,
        limit: limits.variable_bytes,
    };
    // It fails only where `Count` stops it.
    let counted = serde_json::to_writer(&mut count, variables);
    let bytes = if counted.is_ok() { count.bytes } else { usize::MAX };
    most(
        Code::VariablesTooLarge,
        bytes,
        limits.variable_bytes,
        "The variables have too many bytes",
    )
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

/// Counts what is written to it, and stops beyond the limit.
struct Count {
    bytes: usize,
    limit: usize,
}

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len();
        if self.bytes > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graphql::engine::tests::limits;

    fn told(variables: Value, limits: &GraphqlLimits) -> Result<(), (Code, String)> {
        let Value::Object(variables) = variables else {
            panic!("an object");
        };
        weigh(&variables, limits).map_err(|problem| (problem.code, problem.message))
    }

    #[test]
    fn bytes_are_those_of_the_json_and_the_last_allowed_one_passes() {
        let mut limits = limits();
        limits.variable_bytes = 13;
        assert_eq!(told(json!({ "a": "12345" }), &limits), Ok(()));
        let (code, message) = told(json!({ "a": "123456" }), &limits).unwrap_err();
        assert!(
            code == Code::VariablesTooLarge && message.contains("at most 13"),
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
