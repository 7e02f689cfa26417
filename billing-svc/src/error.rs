//! Every way in which a call to this service fails. Causes stay inside; what a client may read is in `Display`.

use kit::{
    db::DbError,
    error::{ErrorKind, Faults, FieldViolation, ServiceError},
};

#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// Some input fields do not fit; all of them are named.
    #[error("{0}")]
    Invalid(Faults),
    #[error("the billing database failed")]
    Database(#[from] DbError),
}

impl BillingError {
    /// One field at fault.
    pub(crate) fn invalid(field: &str, expected: &str) -> Self {
        Self::Invalid(Faults::one(field, expected))
    }
}

impl ServiceError for BillingError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::InvalidArgument,
            Self::Database(_) => ErrorKind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID_FIELDS",
            Self::Database(_) => "BILLING_DATABASE_UNAVAILABLE",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(faults) => faults.0.clone(),
            Self::Database(_) => Vec::new(),
        }
    }
}
