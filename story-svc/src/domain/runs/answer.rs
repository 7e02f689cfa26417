//! Whether an answer fits its question: one that brings a JSON Schema is answered by that. Never repeats a value of the answer.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use kit::error::FieldViolation;
use serde_json::Value;

/// Where a question says what its answer must be.
const SCHEMA: &str = "response_schema";
/// Faults reported at once.
const MOST: usize = 20;

/// Every place of the answer that does not fit, as `answer.path`; none for a question without a schema.
pub(crate) fn find_faults(question: &Value, answer: &Value) -> Vec<FieldViolation> {
    let Some(schema) = question.get(SCHEMA).filter(|schema| !schema.is_null()) else {
        return Vec::new();
    };
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => {
            tracing::error!(%error, "a question brings a schema that is none; its answer is taken as it is");
            return Vec::new();
        }
    };

    let faults = validator.iter_errors(answer).take(MOST);
    faults.map(|fault| tell(&fault)).collect()
}

fn tell(fault: &ValidationError<'_>) -> FieldViolation {
    let mut field = "answer".to_owned();
    for part in fault.instance_path().to_string().split('/').skip(1) {
        field.push('.');
        field.push_str(part);
    }

    let expected = match fault.kind() {
        Kind::Required { property } => format!("it to have {property}"),
        Kind::Type { .. } => "another type of value".to_owned(),
        Kind::Enum { options } => format!("one of {options}"),
        Kind::AdditionalProperties { unexpected } => format!("it without {}", unexpected.join(", ")),
        _ => format!("what {} of the question's schema says", fault.schema_path()),
    };
    FieldViolation::new(field, expected)
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
                "answer.steps.1: another type of value"
            ]
        );
        assert_eq!(
            faults(&schema, &json!({ "way": "left", "more": 1 })),
            ["answer: it without more"]
        );
        assert_eq!(faults(&schema, &json!("left")), ["answer: another type of value"]);
    }

    #[test]
    fn a_question_without_a_schema_takes_any_answer() {
        for question in [json!("Which way?"), json!({}), json!({ "response_schema": null })] {
            assert!(find_faults(&question, &json!(["any", 1])).is_empty());
        }
    }
}
