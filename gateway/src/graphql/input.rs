//! What is common to the inputs of mutations: how their fields are named in a refusal.

use super::scalar::Json;
use crate::error::{ApiError, FieldError};

/// JSON as services take it; `{}` when there is none.
pub(crate) fn write_json(value: Option<Json>, field: &str) -> Result<String, ApiError> {
    let Some(Json(value)) = value else {
        return Ok("{}".to_owned());
    };

    let json = value.into_json();
    json.map(|json| json.to_string())
        .map_err(|_| ApiError::field(field, "value_error", "expected JSON"))
}

/// A field of an input, by the name that services and REST have for it. What is inside of a field is the sender's own JSON, whose
/// names stay as they are.
pub(crate) fn inner(mut fault: FieldError) -> FieldError {
    // A header is no field of an input; no field of ours begins like one.
    if fault.field.starts_with("X-") {
        return fault;
    }
    let (first, rest) = match fault.field.split_once('.') {
        Some((first, rest)) => (first, format!(".{rest}")),
        None => (fault.field.as_str(), String::new()),
    };
    fault.field = format!("input.{}{rest}", camel_case(first));
    fault
}

fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut after_line = false;
    for letter in name.chars() {
        match letter {
            '_' => after_line = true,
            letter if after_line => {
                camel.push(letter.to_ascii_uppercase());
                after_line = false;
            }
            letter => camel.push(letter),
        }
    }

    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_field_gets_the_schemas_name() {
        for (service, schema) in [
            ("repo_url", "input.repoUrl"),
            ("focus_areas.2", "input.focusAreas.2"),
            ("message", "input.message"),
            ("idempotency_key", "input.idempotencyKey"),
            ("input.repo_url", "input.input.repo_url"),
        ] {
            assert_eq!(inner(FieldError::new(service, "value_error", "")).field, schema);
        }
    }
}
