//! The closed list of failure kinds with its codes between services, and the one way in which an error becomes a
//! gRPC `Status` and back. Never decides what a product says (messages come from the services) nor what HTTP answers (the
//! gateway does).

mod faults;

pub use faults::Faults;

use std::{error::Error, fmt, time::Duration};

use prost::Message;
use proto::v1::{ErrorDetail, MissingFeatureDetail, QuotaDetail};
use tonic::{Code, Status};

use crate::actor::Tier;

/// What kind of failure it is. Closed: a new kind needs a row here and in the gateway's table of HTTP statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    InvalidArgument,
    Unauthenticated,
    PermissionDenied,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Aborted,
    ResourceExhausted,
    DeadlineExceeded,
    Unavailable,
    /// Not here: it is turned off, or this version does not know it.
    Unimplemented,
    Internal,
}

impl ErrorKind {
    /// Every kind, for tests that walk the table.
    pub const ALL: [Self; 12] = [
        Self::InvalidArgument,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::NotFound,
        Self::AlreadyExists,
        Self::FailedPrecondition,
        Self::Aborted,
        Self::ResourceExhausted,
        Self::DeadlineExceeded,
        Self::Unavailable,
        Self::Unimplemented,
        Self::Internal,
    ];

    /// The code on the wire between services, and the reason of a failure that names none of its own.
    const fn row(self) -> (Code, &'static str) {
        match self {
            Self::InvalidArgument => (Code::InvalidArgument, "INVALID_ARGUMENT"),
            Self::Unauthenticated => (Code::Unauthenticated, "UNAUTHENTICATED"),
            Self::PermissionDenied => (Code::PermissionDenied, "PERMISSION_DENIED"),
            Self::NotFound => (Code::NotFound, "NOT_FOUND"),
            Self::AlreadyExists => (Code::AlreadyExists, "ALREADY_EXISTS"),
            Self::FailedPrecondition => (Code::FailedPrecondition, "FAILED_PRECONDITION"),
            Self::Aborted => (Code::Aborted, "ABORTED"),
            Self::ResourceExhausted => (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
            Self::DeadlineExceeded => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            Self::Unavailable => (Code::Unavailable, "UNAVAILABLE"),
            Self::Unimplemented => (Code::Unimplemented, "UNIMPLEMENTED"),
            Self::Internal => (Code::Internal, "INTERNAL"),
        }
    }

    #[must_use]
    pub const fn grpc(self) -> Code {
        self.row().0
    }

    /// The reason of a failure that names none of its own.
    #[must_use]
    pub const fn default_reason(self) -> &'static str {
        self.row().1
    }

    /// The kind of a status that another process sent. Codes that we never send fold into their nearest kind.
    #[must_use]
    pub const fn from_code(code: Code) -> Self {
        match code {
            Code::InvalidArgument | Code::OutOfRange => Self::InvalidArgument,
            Code::Unauthenticated => Self::Unauthenticated,
            Code::PermissionDenied => Self::PermissionDenied,
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists => Self::AlreadyExists,
            Code::FailedPrecondition => Self::FailedPrecondition,
            Code::Aborted => Self::Aborted,
            Code::ResourceExhausted => Self::ResourceExhausted,
            Code::DeadlineExceeded => Self::DeadlineExceeded,
            // Cancelled by the other side: it was shutting down.
            Code::Unavailable | Code::Cancelled => Self::Unavailable,
            Code::Unimplemented => Self::Unimplemented,
            Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => Self::Internal,
        }
    }

    /// True when the fault is ours or our engines', so that its text is not for clients.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Internal | Self::Unavailable)
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Unavailable => "The service is not available at the moment. Please try again.",
            Self::DeadlineExceeded => "The request took longer than it was allowed to.",
            _ => "Something went wrong on our side. It has been logged.",
        }
    }
}

/// One input field that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// Name as the caller wrote it, snake_case, nested names joined by dots.
    pub field: String,
    /// What was expected, as a sentence for a person.
    pub expected: String,
}

impl FieldViolation {
    pub fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
        }
    }
}

/// How much there is room for, and how much of it is taken: bytes, or what a budget counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    pub used: u64,
    /// When there is room again, in seconds since 1970; none where nobody knows or it never is.
    pub resets_at: Option<i64>,
}

/// Reason of every refusal of what a higher tier has.
pub const FEATURE_NOT_AVAILABLE: &str = "FEATURE_NOT_AVAILABLE";

/// What somebody's tier lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFeature {
    /// A feature of the tiers, the name of an agent or the id of a playbook.
    pub feature: String,
    /// The least tier that has it; none when no tier does.
    pub least_tier: Option<Tier>,
}

/// An error of a service: carries data, knows its kind and its stable reason.
pub trait ServiceError: Error + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    /// Stable, machine-readable cause in SCREAMING_SNAKE_CASE.
    fn reason(&self) -> &'static str;

    /// What a client may read. The fault of a client is explained by `Display`; ours by a fixed sentence.
    fn public_message(&self) -> String {
        if self.kind().is_ours() {
            self.kind().sentence().to_owned()
        } else {
            self.to_string()
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        Vec::new()
    }

    fn retry_after(&self) -> Option<Duration> {
        None
    }

    /// What there is room for, when the failure is that there is none.
    fn quota(&self) -> Option<Quota> {
        None
    }

    /// What the caller's tier lacks, when that is the failure.
    fn missing_feature(&self) -> Option<MissingFeature> {
        None
    }
}

/// What a client may know of a failure. Every service error converts into it, and so does a received `Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ErrorKind,
    pub reason: String,
    pub message: String,
    pub fields: Vec<FieldViolation>,
    pub retry_after: Option<Duration>,
    /// Apart, because few problems have one and every answer that may fail makes room for it.
    pub quota: Option<Box<Quota>>,
    /// Apart for the same reason.
    pub missing_feature: Option<Box<MissingFeature>>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Problem {}

impl Problem {
    /// A problem with no field and no retry time.
    pub fn new(kind: ErrorKind, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
            quota: None,
            missing_feature: None,
        }
    }

    /// A refusal of what the caller's tier has not: PERMISSION_DENIED that names it and the least tier that has it.
    pub fn not_in_tier(missing: MissingFeature, message: impl Into<String>) -> Self {
        Self {
            missing_feature: Some(Box::new(missing)),
            ..Self::new(ErrorKind::PermissionDenied, FEATURE_NOT_AVAILABLE, message)
        }
    }

    /// A refused input: INVALID_ARGUMENT that names its fields.
    pub fn invalid(
        reason: impl Into<String>,
        message: impl Into<String>,
        fields: Vec<FieldViolation>,
    ) -> Self {
        Self {
            fields,
            ..Self::new(ErrorKind::InvalidArgument, reason, message)
        }
    }

    pub fn from_error(err: &impl ServiceError) -> Self {
        Self {
            kind: err.kind(),
            reason: err.reason().to_owned(),
            message: err.public_message(),
            fields: err.fields(),
            retry_after: err.retry_after(),
            quota: err.quota().map(Box::new),
            missing_feature: err.missing_feature().map(Box::new),
        }
    }

    /// Reads what another service sent. A status without our detail (a broken connection, a proxy) keeps its kind, and
    /// its text only when the fault is the client's.
    #[must_use]
    pub fn from_status(status: &Status) -> Self {
        let kind = ErrorKind::from_code(status.code());
        let detail = (!status.details().is_empty())
            .then(|| ErrorDetail::decode(status.details()).ok())
            .flatten();
        let Some(detail) = detail else {
            let hide = kind.is_ours() || kind == ErrorKind::DeadlineExceeded || status.message().is_empty();
            let message = if hide { kind.sentence() } else { status.message() };
            return Self::new(kind, kind.default_reason(), message);
        };

        let fields = detail
            .fields
            .into_iter()
            .map(|f| FieldViolation::new(f.field, f.expected))
            .collect();

        let retry_after =
            (detail.retry_after_seconds > 0).then(|| Duration::from_secs(detail.retry_after_seconds.into()));

        Self {
            kind,
            reason: detail.reason,
            message: status.message().to_owned(),
            fields,
            retry_after,
            quota: detail.quota.map(
                |QuotaDetail {
                     limit,
                     used,
                     resets_at,
                 }| {
                    Box::new(Quota {
                        limit,
                        used,
                        resets_at,
                    })
                },
            ),
            missing_feature: detail.missing_feature.map(|missing| {
                Box::new(MissingFeature {
                    feature: missing.feature,
                    least_tier: missing.least_tier.and_then(|tier| tier.parse().ok()),
                })
            }),
        }
    }

    /// The status that carries this problem, with its detail.
    #[must_use]
    pub fn into_status(self) -> Status {
        let fields = self.fields.into_iter();
        let detail = ErrorDetail {
            reason: self.reason,
            fields: fields
                .map(|f| proto::v1::FieldViolation {
                    field: f.field,
                    expected: f.expected,
                })
                .collect(),
            retry_after_seconds: self.retry_after.map_or(0, whole_seconds),
            quota: self.quota.map(|quota| QuotaDetail {
                limit: quota.limit,
                used: quota.used,
                resets_at: quota.resets_at,
            }),
            missing_feature: self.missing_feature.map(|missing| MissingFeatureDetail {
                feature: missing.feature,
                least_tier: missing.least_tier.map(|tier| tier.to_string()),
            }),
        };

        Status::with_details(self.kind.grpc(), self.message, detail.encode_to_vec().into())
    }
}

/// Rounded up, so that a client never comes back too early, and never 0, which means "unknown".
fn whole_seconds(wait: Duration) -> u32 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

/// Turns a service error into a `Status` at the boundary of the service: the only place where its causes are logged.
pub fn into_status(err: impl ServiceError) -> Status {
    let (kind, reason) = (err.kind(), err.reason());
    if kind.is_ours() {
        tracing::error!(?kind, reason, causes = %Chain(&err), "request failed");
    } else {
        tracing::debug!(?kind, reason, causes = %Chain(&err), "request refused");
    }
    Problem::from_error(&err).into_status()
}

/// Shows an error with all its causes on one line, for logs.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(err) = cause {
            write!(f, ": {err}")?;
            cause = err.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
