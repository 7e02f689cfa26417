//! Where a value does not fit a JSON Schema, in words for whoever sent it. Never repeats the value.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use kit::error::FieldViolation;
use serde_json::Value;

/// Faults of one value that are told.
const MOST: usize = 20;

/// Every place of the value that does not fit, as `field.path`. What is no schema takes any value; it was checked when it was kept.
pub(crate) fn find_schema_faults(schema: &Value, value: &Value, field: &str) -> Vec<FieldViolation> {
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => {
            tracing::error!(%error, "what is kept as a schema is none; what it is for is taken as it is");
            return Vec::new();
        }
    };

    let faults = validator.iter_errors(value).take(MOST).map(|fault| {
        let mut at = field.to_owned();
        for part in fault.instance_path().to_string().split('/').skip(1) {
            at.push('.');
            at.push_str(part);
        }
        let expected = match fault.kind() {
            Kind::Required { property } => format!("it to have {property}"),
            Kind::Type { kind } => format!("{}, not {}", name_types(kind), name_type(fault.instance())),
            Kind::Enum { options } => format!("one of {options}"),
            Kind::AdditionalProperties { unexpected } => format!("it without {}", unexpected.join(", ")),
            _ => format!("what {} of its schema says", fault.schema_path()),
        };
        FieldViolation::new(at, expected)
    });
    faults.collect()
}

fn name_types(kind: &TypeKind) -> String {
    let with_article = |name: String| match name.as_str() {
        "null" => name,
        "array" | "integer" | "object" => format!("an {name}"),
        _ => format!("a {name}"),
    };
    match kind {
        TypeKind::Single(one) => with_article(one.to_string()),
        TypeKind::Multiple(some) => {
            let names: Vec<_> = some.iter().map(|one| with_article(one.to_string())).collect();
            names.join(" or ")
        }
    }
}

fn name_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
