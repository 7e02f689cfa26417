//! Every way in which a call to this service fails. Causes stay inside; what a client may read is in `Display`.

use kit::{
    actor::Tier,
    blobs::BlobError,
    db::DbError,
    error::{ErrorKind, FEATURE_NOT_AVAILABLE, Faults, FieldViolation, MissingFeature, Quota, ServiceError},
};

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Some input fields do not fit; all of them are named.
    #[error("{0}")]
    Invalid(Faults),
    /// A guest, who may be somebody else tomorrow.
    #[error("This needs an account; register, and you keep what you have made.")]
    AccountNeeded,
    #[error("The tier `{tier}` has no backups; {}.", explain_least(*least))]
    NotInTier { tier: Tier, least: Option<Tier> },
    #[error("There is no room for this: {used} of {limit} bytes are taken.")]
    QuotaExceeded { limit: u64, used: u64 },
    #[error("At most {most} bytes are taken in one upload.")]
    TooLong { most: u64 },
    #[error("There is no {what} {id}.")]
    NotFound { what: &'static str, id: String },
    #[error("There is no backup yet.")]
    NoneYet,
    /// The client went, or sent nothing any more.
    #[error("The bytes broke off before their end, and nothing of them is kept.")]
    BrokenOff,
    #[error("{declared} bytes were declared and {received} came; nothing of them is kept.")]
    LengthDiffers { declared: u64, received: u64 },
    /// A credential that may not delete.
    #[error("This credential adds and reads, and deletes nothing: that needs the scope `backup:write`.")]
    AddsOnly,
    #[error("The config of a repository is written once.")]
    NeverReplaced,
    /// Bytes came for another offset, or somebody else appends since.
    #[error("The upload has come to another offset; look it up and go on from there.")]
    Elsewhere,
    #[error("The bytes are not what their checksum says, and none of them are kept.")]
    ChecksumDiffers,
    #[error("This is for services only.")]
    Denied,
    #[error("the backup database failed")]
    Database(#[from] DbError),
    #[error("the blob store failed")]
    Blobs(#[from] BlobError),
    /// What a tier contains is needed and can't be had.
    #[error("billing did not answer: {0}")]
    Billing(tonic::Status),
    #[error("webhooks could not be told: {0}")]
    Webhooks(tonic::Status),
    #[error("{what} failed")]
    Internal {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What the tiers call what this service does.
const FEATURE: &str = "backup";

fn explain_least(least: Option<Tier>) -> String {
    match least {
        Some(least) => format!("the least tier that has them is `{least}`"),
        None => "no tier has them here".to_owned(),
    }
}

impl BackupError {
    /// One field at fault.
    pub(crate) fn invalid(field: &str, expected: impl Into<String>) -> Self {
        Self::Invalid(Faults::one(field, expected))
    }
}

impl From<Faults> for BackupError {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl ServiceError for BackupError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::BrokenOff | Self::LengthDiffers { .. } | Self::ChecksumDiffers => {
                ErrorKind::InvalidArgument
            }
            Self::Elsewhere => ErrorKind::Aborted,
            Self::AccountNeeded | Self::NotInTier { .. } | Self::AddsOnly | Self::Denied => {
                ErrorKind::PermissionDenied
            }
            Self::NeverReplaced => ErrorKind::AlreadyExists,
            Self::QuotaExceeded { .. } | Self::TooLong { .. } => ErrorKind::ResourceExhausted,
            Self::NotFound { .. } | Self::NoneYet => ErrorKind::NotFound,
            Self::Database(_) | Self::Blobs(_) | Self::Billing(_) | Self::Webhooks(_) => {
                ErrorKind::Unavailable
            }
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID_FIELDS",
            Self::AccountNeeded => "ACCOUNT_NEEDED",
            Self::NotInTier { .. } => FEATURE_NOT_AVAILABLE,
            Self::QuotaExceeded { .. } => "QUOTA_EXCEEDED",
            Self::TooLong { .. } => "UPLOAD_TOO_LONG",
            Self::NotFound { .. } | Self::NoneYet => "NOT_FOUND",
            Self::BrokenOff => "BROKEN_OFF",
            Self::LengthDiffers { .. } => "LENGTH_DIFFERS",
            Self::Elsewhere => "OFFSET_DIFFERS",
            Self::ChecksumDiffers => "CHECKSUM_DIFFERS",
            Self::AddsOnly => "SCOPE_MISSING",
            Self::NeverReplaced => "ALREADY_EXISTS",
            Self::Denied => "PERMISSION_DENIED",
            Self::Database(_) => "BACKUP_DATABASE_UNAVAILABLE",
            Self::Blobs(_) => "BLOB_STORE_UNAVAILABLE",
            Self::Billing(_) => "BILLING_UNAVAILABLE",
            Self::Webhooks(_) => "WEBHOOKS_UNAVAILABLE",
            Self::Internal { .. } => "INTERNAL",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(faults) => faults.0.clone(),
            _ => Vec::new(),
        }
    }

    fn quota(&self) -> Option<Quota> {
        match self {
            Self::QuotaExceeded { limit, used } => Some(Quota {
                limit: *limit,
                used: *used,
                resets_at: None,
            }),
            Self::TooLong { most } => Some(Quota {
                limit: *most,
                used: 0,
                resets_at: None,
            }),
            _ => None,
        }
    }

    fn missing_feature(&self) -> Option<MissingFeature> {
        match self {
            Self::NotInTier { least, .. } => Some(MissingFeature {
                feature: FEATURE.to_owned(),
                least_tier: *least,
            }),
            _ => None,
        }
    }
}
