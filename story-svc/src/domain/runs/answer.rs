//! Whether an answer fits its question: one that brings a JSON Schema is answered by that. Never repeats a value of the answer.

use kit::error::FieldViolation;
use serde_json::Value;

use crate::domain::schema_faults::find_schema_faults;

/// Where a question says what its answer must be.
const SCHEMA: &str = "response_schema";

/// Every place of the answer that does not fit, as `answer.path`; none for a question without a schema.
pub(crate) fn find_faults(question: &Value, answer: &Value) -> Vec<FieldViolation> {
    let schema = question.get(SCHEMA).filter(|schema| !schema.is_null());
    schema
        .map(|schema| find_schema_faults(schema, answer, "answer"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, answer: &Value) -> Vec<String> {
        let question = json!({ "prompt": "Which way?", "response_schema": schema });
        let faults = find_faults(&question, answer).into_iter();
        faults
            .map(|fault| format!("{}: {}", fault.field, fault.expected))
            .collect()
    }

    #[test]
    fn an_answer_is_judged_by_the_schema_of_its_question() {
        let schema = json!({
            "type": "object", "required": ["way"], "additionalProperties": false,
            "properties": { "way": { "enum": ["left", "right"] }, "steps": { "type": "array", "items": { "type": "integer" } } },
        });

        assert_eq!(
            faults(&schema, &json!({ "way": "left", "steps": [1, 2] })),
            Vec::<String>::new()
        );
        assert_eq!(faults(&schema, &json!({})), [r#"answer: it to have "way""#]);
        assert_eq!(
            faults(&schema, &json!({ "way": "up", "steps": [1, "secret"] })),
            [
                r#"answer.way: one of ["left","right"]"#,
                "answer.steps.1: an integer, not a string"
            ]
        );
        assert_eq!(
            faults(&schema, &json!({ "way": "left", "more": 1 })),
            ["answer: it without more"]
        );
        assert_eq!(
            faults(&schema, &json!("left")),
            ["answer: an object, not a string"]
        );
    }

    #[test]
    fn a_question_without_a_schema_takes_any_answer() {
        for question in [json!("Which way?"), json!({}), json!({ "response_schema": null })] {
            assert!(find_faults(&question, &json!(["any", 1])).is_empty());
        }
    }
}
