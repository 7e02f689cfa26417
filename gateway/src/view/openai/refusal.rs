//! An error as OpenAI's clients read it: the status decides which of their classes is raised, `message`, `param` and `code` are
//! its fields.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;

/// The body of every error.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenaiRefusal {
    error: RefusalCause,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
struct RefusalCause {
    /// For a person.
    #[schema(example = "There is no model `gpt-9` here.")]
    message: String,
    /// `invalid_request_error`, `authentication_error`, `permission_error`, `rate_limit_error` or `server_error`.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    kind: &'static str,
    /// The parameter at fault.
    #[schema(example = "messages[0].content")]
    param: Option<String>,
    /// Stable, for programs.
    #[schema(example = "model_not_found")]
    code: Option<String>,
}

/// What clients know by another word.
const CODES: [(&str, &str); 3] = [
    ("model_unknown", "model_not_found"),
    ("budget_exhausted", "insufficient_quota"),
    ("token_limit_reached", "insufficient_quota"),
];

/// Our word for programs, as clients know it.
pub(crate) fn write_code(reason: &str) -> String {
    let reason = reason.to_lowercase();
    let known = CODES.iter().find(|(ours, _)| *ours == reason);

    known.map_or(reason, |(_, theirs)| (*theirs).to_owned())
}

impl OpenaiRefusal {
    pub(crate) fn read(error: &ApiError) -> Self {
        let status = error.status.as_u16();
        let kind = match status {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };

        let reason = error.details.reason.as_deref().map(str::to_lowercase);
        let code = match status {
            401 => Some("invalid_api_key".to_owned()),
            429 if reason.is_none() => Some("rate_limit_exceeded".to_owned()),
            _ => reason.map(|reason| write_code(&reason)),
        };

        let fault = error.details.errors.first();
        let param = fault.map(|fault| write_path(&fault.field));
        let message = match (fault, &param) {
            (Some(fault), Some(param)) if !param.is_empty() => format!("`{param}`: {}", fault.message),
            _ => error.message().to_owned(),
        };

        Self {
            error: RefusalCause {
                message,
                kind,
                param: param.filter(|param| !param.is_empty()),
                code,
            },
        }
    }

    /// Code and message, where that is all that is told.
    pub(crate) fn into_words(self) -> (String, String) {
        let RefusalCause {
            code, message, kind, ..
        } = self.error;
        (code.unwrap_or_else(|| kind.to_owned()), message)
    }
}

/// `messages.0.content` as `messages[0].content`.
fn write_path(field: &str) -> String {
    let mut path = String::with_capacity(field.len());
    for part in field.split('.') {
        let is_index = !path.is_empty() && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match is_index {
            true => path.push_str(&format!("[{part}]")),
            false if path.is_empty() => path.push_str(part),
            false => path.push_str(&format!(".{part}")),
        }
    }

    path
}

/// The finished response. A field at fault is a 400 here, as these clients know it.
pub(crate) fn render_refusal(error: &ApiError) -> Response {
    let status = match error.status {
        StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
        status => status,
    };
    let mut response = (status, axum::Json(OpenaiRefusal::read(error))).into_response();
    error.add_headers(response.headers_mut());

    response
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(error: &ApiError) -> serde_json::Value {
        serde_json::to_value(OpenaiRefusal::read(error)).unwrap()
    }

    #[test]
    fn a_field_at_fault_is_the_parameter_as_its_sender_wrote_it() {
        let error = ApiError::field("messages.0.content", "type_error", "expected a text");
        assert_eq!(render_refusal(&error).status(), StatusCode::BAD_REQUEST);
        assert_eq!(
            told(&error),
            json!({"error": {
                "message": "`messages[0].content`: expected a text", "type": "invalid_request_error",
                "param": "messages[0].content", "code": "invalid_fields",
            }})
        );
    }

    #[test]
    fn codes_are_those_that_clients_look_for() {
        let mut unknown = ApiError::not_found("There is no model.");
        unknown.details.reason = Some("MODEL_UNKNOWN".to_owned());
        assert_eq!(told(&unknown)["error"]["code"], "model_not_found");
        assert_eq!(told(&ApiError::sign_in())["error"]["code"], "invalid_api_key");

        let limited = ApiError::rate_limited(std::time::Duration::from_secs(3));
        assert_eq!(told(&limited)["error"]["code"], "rate_limit_exceeded");
        assert_eq!(render_refusal(&limited).headers()["retry-after"], "3");
    }
}
