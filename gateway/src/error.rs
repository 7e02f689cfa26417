//! The only place where a failure becomes HTTP or GraphQL: one body shape for every error, whoever refused the request,
//! and the same code in both. Never tells a client about causes; a service's `Problem` already holds only what may be read.

use std::{borrow::Cow, time::Duration};

use async_graphql::{ErrorExtensionValues, Value, value};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::{
    ErrorKind, Problem,
    actor::Tier,
    error::{FEATURE_NOT_AVAILABLE, MissingFeature, Quota},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The reason of every refusal that names fields, whoever refuses them.
const INVALID_FIELDS: &str = "INVALID_FIELDS";

/// Seconds after which what is away for a moment may be there again.
const SOON: u64 = 5;

/// The body of every error: CodeForge's `error`, `message`, `details` and FastAPI's `detail` in one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Stable code in capitals, e.g. `VALIDATION_ERROR`.
    #[schema(example = "RESOURCE_NOT_FOUND")]
    error: Cow<'static, str>,
    /// What went wrong, for a person.
    #[schema(example = "There is no such story.")]
    message: String,
    /// The same text as `message`.
    #[schema(example = "There is no such story.")]
    detail: String,
    details: ErrorDetails,
    /// Of something that a higher tier has: `feature_not_available`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Of something that a higher tier has: a feature such as `byok`, the name of an agent or the id of a playbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    feature: Option<String>,
    /// Of something that a higher tier has: the least tier that has it; absent when no tier does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pro")]
    least_tier: Option<&'static str>,
    /// Of a quota or a budget that is used up: what there is room for, in bytes, tokens or millionths of a US dollar.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// Of a quota or a budget that is used up: what is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<u64>,
    /// Of a budget that is used up: when there is room again, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    reset: Option<i64>,
    /// Quote it when asking for help; also in the `x-request-id` header.
    #[schema(example = "0f8fad5bd9cb469fa16570867728950e")]
    request_id: String,
}

/// What a program may want to know; only the keys that apply are present.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct ErrorDetails {
    /// The service's own stable reason, e.g. `STORY_NOT_FOUND`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    /// Seconds after which a retry can succeed; also in the `retry-after` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
    /// With which the code of a second factor is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket: Option<String>,
    /// Seconds until the ticket is worth nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_in: Option<u32>,
    /// The service that did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<&'static str>,
    /// The agent that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<Cow<'static, str>>,
    /// Number of the last event that was told.
    #[serde(skip)]
    last_event: Option<u64>,
    /// What there is room for; told beside the code, as Adiuva's clients look for it.
    #[serde(skip)]
    quota: Option<Quota>,
    /// What the caller's tier lacks; told beside the code, too.
    #[serde(skip)]
    missing_feature: Option<MissingFeature>,
}

/// One refused field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Path of the field as the caller wrote it, e.g. `focusAreas.2`.
    #[schema(example = "duration")]
    pub(crate) field: String,
    /// What was expected.
    #[schema(example = "expected 5, 10, 15 or 20 minutes")]
    pub(crate) message: String,
    /// Machine-readable cause: `missing`, `unknown_field`, `type_error`, `enum`, `value_error`.
    #[serde(rename = "type")]
    #[schema(example = "value_error")]
    pub(crate) kind: Cow<'static, str>,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
            kind: Cow::Borrowed(kind),
        }
    }
}

/// A failure on its way out. The middleware adds the request id and writes the body.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    code: &'static str,
    message: String,
    /// Boxed, because nearly every answer could be one.
    pub(crate) details: Box<ErrorDetails>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Box::default(),
        }
    }

    /// 422: well-formed, but these fields are not what they should be. The message names the first of them.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let message = match errors.first() {
            Some(first) if first.field.is_empty() => first.message.clone(),
            Some(first) => format!("`{}`: {}", first.field, first.message),
            None => "The request is not valid.".to_owned(),
        };
        let mut error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR", message);
        error.details.reason = Some(INVALID_FIELDS.to_owned());
        error.details.errors = errors;
        error
    }

    pub(crate) fn field(field: impl Into<String>, kind: &'static str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, kind, message)])
    }

    /// 400: not even readable.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND", message)
    }

    pub(crate) fn unknown_story() -> Self {
        Self::not_found("There is no such story.")
    }

    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "AUTHENTICATION_ERROR", message)
    }

    /// 401: nobody is signed in, and somebody must be.
    pub(crate) fn sign_in() -> Self {
        Self::unauthenticated("Sign in to do this.")
    }

    /// 401: what the caller stood on has ended while it listened.
    pub(crate) fn signed_out() -> Self {
        Self::unauthenticated("Your session has ended; sign in again.")
    }

    /// 401: the password was right, or the provider vouched for somebody; a code is asked for.
    pub(crate) fn code_needed(ticket: String, expires_in: u32) -> Self {
        let mut error =
            Self::unauthenticated("Send the ticket with a code of your authenticator to sign in.");
        error.details.reason = Some("SECOND_FACTOR_NEEDED".to_owned());
        error.details.ticket = Some(ticket);
        error.details.expires_in = Some(expires_in);
        error
    }

    /// 403: a guest with a session asks for what only an account has.
    pub(crate) fn account_needed() -> Self {
        let message = "This needs an account; register, and you keep what you have made.";
        Self::forbidden("ACCOUNT_NEEDED", message)
    }

    /// 403: the credential is good, but not for this.
    pub(crate) fn scope_missing(scope: &str) -> Self {
        let message = format!("This credential may not do that: it needs the scope `{scope}`.");
        Self::forbidden("SCOPE_MISSING", message)
    }

    /// 403: a page of another site wants to do something on behalf of its visitor.
    pub(crate) fn foreign_origin() -> Self {
        let message = "Pages of this origin may not do this on your behalf. `gateway.cors_origins` lists those that may; \
                       whoever brings a credential in a header needs none.";
        Self::forbidden("FOREIGN_ORIGIN", message)
    }

    /// 421: the request names a host that is not us.
    pub(crate) fn foreign_host() -> Self {
        let message = "Nothing of this name is served here. `gateway.public_url` and `gateway.hosts` say by which names \
                       clients may come.";
        Self::new(StatusCode::MISDIRECTED_REQUEST, "MISDIRECTED_REQUEST", message)
    }

    fn forbidden(reason: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message);
        error.details.reason = Some(reason.to_owned());
        error
    }

    /// 403: the double submit of the cookie `csrf_token` is missing or does not match.
    pub(crate) fn csrf() -> Self {
        let message = "Send the value of the cookie `csrf_token` in the header `X-CSRF-Token`.";
        Self::new(StatusCode::FORBIDDEN, "CSRF_VALIDATION_FAILED", message)
    }

    /// 429: too many requests of this kind; not before `wait` is over.
    pub(crate) fn rate_limited(wait: Duration) -> Self {
        let seconds = whole_seconds(wait).max(1);
        let message = format!("Too many requests; try again in {seconds} s.");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED", message);
        error.details.retry_after = Some(seconds);
        error
    }

    /// 503: a service that is needed for this does not answer.
    pub(crate) fn unavailable(service: &'static str) -> Self {
        let mut error = Self::overloaded("The service is not available at the moment. Please try again.");
        error.details.service = Some(service);
        error
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "This method is not allowed here; the `allow` header lists those that are.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("The body is too large; at most {limit} bytes are accepted.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    pub(crate) fn unsupported_media_type() -> Self {
        let message = "Send the body as JSON, with `content-type: application/json`.";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        )
    }

    /// 408: the client did not send its request in time.
    pub(crate) fn request_timeout() -> Self {
        let message = "The request was not received in time.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", message)
    }

    /// 504: we did not answer in time.
    pub(crate) fn timeout() -> Self {
        let message = "The request took longer than it was allowed to.";
        Self::new(StatusCode::GATEWAY_TIMEOUT, "TIMEOUT", message)
    }

    pub(crate) fn overloaded(message: impl Into<String>) -> Self {
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "EXTERNAL_SERVICE_ERROR", message);
        error.details.retry_after = Some(SOON);
        error
    }

    pub(crate) fn upgrade_required() -> Self {
        let message = "This address speaks WebSocket: send an upgrade request.";
        Self::new(StatusCode::UPGRADE_REQUIRED, "UPGRADE_REQUIRED", message)
    }

    pub(crate) fn internal() -> Self {
        let message = "Something went wrong on our side. It has been logged.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", message)
    }

    /// A service's refusal. Both wire tables of a kind meet here: status and CodeForge's code.
    pub(crate) fn from_problem(problem: Problem, service: &'static str) -> Self {
        let (status, code) = match (&problem.quota, problem.reason.as_str()) {
            (Some(_), "BUDGET_EXHAUSTED") => (StatusCode::TOO_MANY_REQUESTS, "BUDGET_EXHAUSTED"),
            (Some(_), "TOKEN_LIMIT_REACHED") => (StatusCode::TOO_MANY_REQUESTS, "TOKEN_LIMIT_REACHED"),
            // The contract's own word, in small letters (row 59).
            (Some(_), _) => (StatusCode::PAYLOAD_TOO_LARGE, "quota_exceeded"),
            (None, FEATURE_NOT_AVAILABLE) => (StatusCode::FORBIDDEN, "FEATURE_NOT_AVAILABLE"),
            (None, _) => row(&problem),
        };
        let mut error = Self::new(status, code, problem.message);
        error.details.reason = Some(problem.reason);
        error.details.quota = problem.quota.map(|quota| *quota);
        error.details.missing_feature = problem.missing_feature.map(|missing| *missing);
        let unavailable = problem.kind == ErrorKind::Unavailable;
        error.details.retry_after = problem
            .retry_after
            .map(whole_seconds)
            .or(unavailable.then_some(SOON));
        error.details.service = unavailable.then_some(service);

        let fields = problem.fields.into_iter();
        error.details.errors = fields
            .map(|f| FieldError::new(f.field, "value_error", f.expected))
            .collect();

        error
    }

    /// The same failure, told as the failure of an agent: a 500 then says which one.
    pub(crate) fn by_agent(mut self, agent: impl Into<Cow<'static, str>>) -> Self {
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            self.code = "AGENT_EXECUTION_ERROR";
            self.details.agent = Some(agent.into());
        }
        self
    }

    /// A stream's end, after which the client goes on from this event.
    pub(crate) fn last_event(mut self, number: u64) -> Self {
        self.details.last_event = Some(number);
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn body(&self, request_id: &str) -> ErrorBody {
        let missing = self.details.missing_feature.as_ref();

        ErrorBody {
            error: Cow::Borrowed(self.code),
            message: self.message.clone(),
            detail: self.message.clone(),
            details: (*self.details).clone(),
            // The contract's own word (row 56).
            code: missing.map(|_| "feature_not_available"),
            feature: missing.map(|missing| missing.feature.clone()),
            least_tier: missing.and_then(|missing| missing.least_tier).map(Tier::as_str),
            limit: self.details.quota.map(|quota| quota.limit),
            used: self.details.quota.map(|quota| quota.used),
            reset: self.details.quota.and_then(|quota| quota.resets_at),
            request_id: request_id.to_owned(),
        }
    }

    /// The same refusal, its fields told in another way; the message names them as they do.
    pub(crate) fn rename(mut self, mut tell: impl FnMut(FieldError) -> FieldError) -> Self {
        let errors = std::mem::take(&mut self.details.errors);
        for fault in errors {
            let told_as = format!("{}: expected", fault.field);
            let fault = tell(fault);
            self.message = self
                .message
                .replacen(&told_as, &format!("{}: expected", fault.field), 1);
            self.details.errors.push(fault);
        }

        self
    }

    /// The failure as GraphQL tells it. Of several fields at fault, the message and `field` name the first; all are in
    /// `fields`.
    pub(crate) fn graphql(self, request_id: &str) -> async_graphql::Error {
        let ErrorDetails {
            reason,
            errors,
            retry_after,
            ticket,
            expires_in,
            service,
            agent,
            last_event,
            quota,
            missing_feature,
        } = *self.details;
        let (feature, least_tier) = missing_feature
            .map(|missing| (missing.feature, missing.least_tier))
            .unzip();

        let message = match errors.first() {
            Some(fault) => format!("`{}`: {}", fault.field, fault.message),
            None => self.message,
        };

        let texts = [
            ("code", Some(self.code.to_owned())),
            ("reason", reason),
            ("ticket", ticket),
            ("field", errors.first().map(|fault| fault.field.clone())),
            ("service", service.map(str::to_owned)),
            ("agent", agent.map(Cow::into_owned)),
            ("feature", feature),
            ("leastTier", least_tier.flatten().map(|tier| tier.to_string())),
            ("requestId", Some(request_id.to_owned())),
        ];

        let mut extensions = ErrorExtensionValues::default();
        for (name, text) in texts {
            if let Some(text) = text {
                extensions.set(name, text);
            }
        }

        let numbers = [
            ("retryAfter", retry_after),
            ("expiresIn", expires_in.map(u64::from)),
            ("lastEvent", last_event),
            ("limit", quota.map(|quota| quota.limit)),
            ("used", quota.map(|quota| quota.used)),
            ("reset", quota.and_then(|quota| quota.resets_at?.try_into().ok())),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                extensions.set(name, number);
            }
        }

        if !errors.is_empty() {
            let fields = errors.into_iter().map(|fault| {
                value!({ "field": fault.field, "message": fault.message, "type": fault.kind.as_ref() })
            });
            extensions.set("fields", Value::List(fields.collect()));
        }

        let mut error = async_graphql::Error::new(message);
        error.extensions = Some(extensions);

        error
    }

    /// The finished response. Error bodies are never cached.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let mut response = (self.status, axum::Json(self.body(request_id))).into_response();
        self.add_headers(response.headers_mut());
        response
    }

    /// What the status asks for beside a body.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

        if let Some(seconds) = self.details.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }

        match self.status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::UPGRADE_REQUIRED => {
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            }
            _ => {}
        }
    }
}

/// HTTP status and code of a problem. `InvalidArgument` without fields and a step that the state forbids are
/// CodeForge's "custom" validation errors: 400.
fn row(problem: &Problem) -> (StatusCode, &'static str) {
    match problem.kind {
        ErrorKind::InvalidArgument if problem.fields.is_empty() => {
            (StatusCode::BAD_REQUEST, "VALIDATION_ERROR")
        }
        ErrorKind::InvalidArgument => (StatusCode::UNPROCESSABLE_ENTITY, "VALIDATION_ERROR"),
        ErrorKind::FailedPrecondition => (StatusCode::BAD_REQUEST, "VALIDATION_ERROR"),
        ErrorKind::Unauthenticated => (StatusCode::UNAUTHORIZED, "AUTHENTICATION_ERROR"),
        ErrorKind::PermissionDenied => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
        ErrorKind::NotFound => (StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND"),
        ErrorKind::AlreadyExists | ErrorKind::Aborted => (StatusCode::CONFLICT, "CONFLICT"),
        ErrorKind::ResourceExhausted => (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMIT_EXCEEDED"),
        ErrorKind::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, "TIMEOUT"),
        ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "EXTERNAL_SERVICE_ERROR"),
        ErrorKind::Unimplemented => (StatusCode::NOT_IMPLEMENTED, "NOT_AVAILABLE_HERE"),
        ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
    }
}

/// Rounded up, so that nobody comes back too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// Carries the error to the middleware, which knows the request id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_problem_has_its_status_and_code() {
        let told: Vec<String> = ErrorKind::ALL
            .iter()
            .map(|kind| {
                let error = ApiError::from_problem(Problem::new(*kind, "R", "m"), "story");
                format!("{kind:?} {} {}", error.status.as_u16(), error.code)
            })
            .collect();

        expect_test::expect![[r#"
            InvalidArgument 400 VALIDATION_ERROR
            Unauthenticated 401 AUTHENTICATION_ERROR
            PermissionDenied 403 PERMISSION_DENIED
            NotFound 404 RESOURCE_NOT_FOUND
            AlreadyExists 409 CONFLICT
            FailedPrecondition 400 VALIDATION_ERROR
            Aborted 409 CONFLICT
            ResourceExhausted 429 RATE_LIMIT_EXCEEDED
            DeadlineExceeded 504 TIMEOUT
            Unavailable 503 EXTERNAL_SERVICE_ERROR
            Unimplemented 501 NOT_AVAILABLE_HERE
            Internal 500 INTERNAL_ERROR"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn a_field_that_is_told_by_another_name_has_it_in_the_message_too() {
        let mut problem = Problem::new(
            ErrorKind::InvalidArgument,
            "R",
            "age: expected 1; version: expected 2",
        );
        problem.fields = [("age", "1"), ("version", "2")]
            .map(|(field, expected)| kit::FieldViolation::new(field, expected))
            .into();
        let error = ApiError::from_problem(problem, "backup").rename(|mut fault| {
            if fault.field == "version" {
                fault.field = "x-version".to_owned();
            }
            fault
        });

        assert_eq!(error.message, "age: expected 1; x-version: expected 2");
        let fields: Vec<_> = error
            .details
            .errors
            .iter()
            .map(|fault| fault.field.as_str())
            .collect();
        assert_eq!(fields, ["age", "x-version"]);
    }

    #[test]
    fn a_retry_time_is_rounded_up_and_sent_in_the_header_too() {
        let mut problem = Problem::new(ErrorKind::ResourceExhausted, "SLOW_DOWN", "Too fast.");
        problem.retry_after = Some(Duration::from_millis(1_200));
        let response = ApiError::from_problem(problem, "story").render("r1");
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }

    #[test]
    fn what_is_away_says_when_to_come_again() {
        let problem = Problem::new(ErrorKind::Unavailable, "ACCOUNT_DATABASE_UNAVAILABLE", "Away.");
        let response = ApiError::from_problem(problem, "auth").render("r1");

        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
    }
}
