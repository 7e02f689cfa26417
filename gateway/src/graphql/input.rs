//! What is common to the inputs of mutations: how their fields are named in a refusal, and the checks that no type makes.

use kit::Problem;

use crate::error::{ApiError, FieldError};

/// Most characters of an idempotency key.
const KEY_MAX: usize = 255;

/// A service's refusal of an input, in the names of the schema: `repo_url` is `input.repoUrl`.
pub(crate) fn refused(problem: Problem, service: &'static str) -> ApiError {
    ApiError::from_problem(problem, service).rename(inner)
}

/// A field of an input, by the name that services and REST have for it.
pub(crate) fn inner(mut fault: FieldError) -> FieldError {
    fault.field = format!("input.{}", camel_case(&fault.field));
    fault
}

/// The key, or nothing; the same characters as in REST's header.
pub(crate) fn idempotency_key(key: Option<String>) -> Result<String, ApiError> {
    let Some(key) = key else {
        return Ok(String::new());
    };
    let fits = (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let wrong = || {
        ApiError::field(
            "input.idempotencyKey",
            "value_error",
            format!("expected 1 to {KEY_MAX} visible ASCII characters"),
        )
    };

    fits.then_some(key).ok_or_else(wrong)
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
    fn an_idempotency_key_is_1_to_255_visible_characters() {
        assert_eq!(idempotency_key(None).unwrap(), "");
        for fine in ["k", "a key", &"k".repeat(KEY_MAX)] {
            assert_eq!(idempotency_key(Some(fine.to_owned())).unwrap(), fine);
        }
        for wrong in ["", "é", "a\nb", "a\0", &"k".repeat(KEY_MAX + 1)] {
            assert!(idempotency_key(Some(wrong.to_owned())).is_err(), "{wrong:?}");
        }
    }
}
