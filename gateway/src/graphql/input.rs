//! What is common to the inputs of mutations: how their fields are named in a refusal, and the checks that no type makes.

use kit::Problem;
use proto::keys;

use crate::error::{ApiError, FieldError};

/// A service's refusal of an input, in the names of the schema: `repo_url` is `input.repoUrl`.
pub(crate) fn refused(problem: Problem, service: &'static str) -> ApiError {
    ApiError::from_problem(problem, service).rename(inner)
}

/// A field of an input, by the name that services and REST have for it.
pub(crate) fn inner(mut fault: FieldError) -> FieldError {
    fault.field = format!("input.{}", camel_case(&fault.field));
    fault
}

/// The key as it was given; the same characters as in REST's header.
pub(crate) fn idempotency_key(key: Option<String>) -> Result<Option<String>, ApiError> {
    match key {
        Some(key) if !keys::is_idempotency_key(&key) => Err(ApiError::field(
            "input.idempotencyKey",
            "value_error",
            format!("expected {}", keys::EXPECTED_IDEMPOTENCY_KEY),
        )),
        key => Ok(key),
    }
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
        ] {
            assert_eq!(inner(FieldError::new(service, "value_error", "")).field, schema);
        }
    }

    #[test]
    fn an_idempotency_key_is_taken_as_it_is_or_refused() {
        assert_eq!(idempotency_key(None).unwrap(), None);
        let key = idempotency_key(Some("a key".to_owned())).unwrap();
        assert_eq!(key.as_deref(), Some("a key"));
        for wrong in ["", "é", "a\nb"] {
            assert!(idempotency_key(Some(wrong.to_owned())).is_err(), "{wrong:?}");
        }
    }
}
