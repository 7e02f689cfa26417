//! Every way in which a call to this service fails. Causes stay inside; what a client may read is in `Display`. A wrong
//! credential of any kind is one and the same failure.

use std::time::Duration;

use kit::{
    db::DbError,
    error::{ErrorKind, Faults, FieldViolation, ServiceError},
};

use crate::store::users::WriteOutcome;

#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Some input fields do not fit; all of them are named.
    #[error("{0}")]
    Invalid(Faults),
    /// A wrong password, token, key or state, or one whose user may not act. Never says which.
    #[error("The credentials are not valid.")]
    Unauthenticated,
    /// The same to whoever asks: a token that was good, which guesses nothing.
    #[error("The credentials are not valid.")]
    Expired,
    /// The caller is nobody with an account.
    #[error("Sign in to do this.")]
    SignIn,
    /// The caller has to show anew who they are.
    #[error("Sign in again to do this: it needs a sign-in of the last 10 minutes, and no API key.")]
    SignInAgain,
    /// The account has a second factor, and no code came.
    #[error("Send a code of your authenticator, or sign in again: your account has a second factor.")]
    CodeNeeded,
    #[error("The second factor is on already; turn it off first.")]
    SecondFactorOn,
    #[error("There is no second factor here: begin to turn it on first.")]
    SecondFactorOff,
    /// Used, too old, or never one of ours. Never says which.
    #[error("This link is not good any more. Ask for a new one.")]
    LinkNotValid,
    #[error("Your account has no email.")]
    NoEmail,
    #[error("This server sends no mail, so nothing can be done by mail here.")]
    MailOff,
    #[error("This is not for you.")]
    Denied,
    #[error("This email already has an account.")]
    EmailTaken,
    #[error("This username is taken.")]
    UsernameTaken,
    #[error("This sign-in already belongs to another account.")]
    IdentityTaken,
    /// `upgrade` by somebody who is no guest, or a guest that others share.
    #[error("Only a guest with a cookie or a session can become an account.")]
    NotUpgradable,
    #[error("There is no {what} {id}.")]
    NotFound { what: &'static str, id: String },
    #[error("You have {most} API keys, and that is the most. Revoke one first.")]
    TooManyKeys { most: u32 },
    #[error("Too many attempts. Please try again later.")]
    TooMany { retry_after: Duration },
    #[error("the account database failed")]
    Database(#[from] DbError),
    /// A provider of sign-ins does not answer as it should.
    #[error("{provider} did not answer as it should")]
    Provider {
        provider: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The keys of a trusted issuer are needed and can not be had.
    #[error("the keys of `{issuer}` can not be had")]
    IssuerUnavailable { issuer: String },
    /// Hashing, sealing or signing failed, or something stored by us can not be read by us.
    #[error("{what} failed")]
    Internal {
        what: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl AuthError {
    /// One field at fault.
    pub(crate) fn invalid(field: &str, expected: &str) -> Self {
        Faults::one(field, expected).into()
    }

    /// What a refused write of a user means to whoever asked for it.
    pub(crate) fn from_outcome(outcome: WriteOutcome) -> Self {
        match outcome {
            WriteOutcome::EmailTaken => Self::EmailTaken,
            WriteOutcome::UsernameTaken => Self::UsernameTaken,
            WriteOutcome::IdTaken | WriteOutcome::NotThere => Self::NotUpgradable,
            WriteOutcome::Done => Self::internal("writing a user", "it was written"),
        }
    }

    pub(crate) fn internal(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Internal {
            what,
            source: source.into(),
        }
    }
}

impl From<Faults> for AuthError {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

/// One field at fault.
impl From<FieldViolation> for AuthError {
    fn from(fault: FieldViolation) -> Self {
        Self::Invalid(vec![fault].into())
    }
}

impl ServiceError for AuthError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::LinkNotValid => ErrorKind::InvalidArgument,
            Self::Unauthenticated | Self::Expired | Self::SignIn => ErrorKind::Unauthenticated,
            Self::SignInAgain | Self::CodeNeeded | Self::Denied => ErrorKind::PermissionDenied,
            Self::EmailTaken | Self::UsernameTaken | Self::IdentityTaken => ErrorKind::AlreadyExists,
            Self::NotUpgradable
            | Self::TooManyKeys { .. }
            | Self::SecondFactorOn
            | Self::SecondFactorOff
            | Self::NoEmail => ErrorKind::FailedPrecondition,
            Self::MailOff => ErrorKind::Unimplemented,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::TooMany { .. } => ErrorKind::ResourceExhausted,
            Self::Database(_) | Self::Provider { .. } | Self::IssuerUnavailable { .. } => {
                ErrorKind::Unavailable
            }
            Self::Internal { .. } => ErrorKind::Internal,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "INVALID_FIELDS",
            Self::Unauthenticated => "INVALID_CREDENTIALS",
            Self::Expired => "EXPIRED_CREDENTIALS",
            Self::SignIn => "SIGN_IN_NEEDED",
            Self::SignInAgain => "RECENT_SIGN_IN_NEEDED",
            Self::CodeNeeded => "SECOND_FACTOR_NEEDED",
            Self::SecondFactorOn => "SECOND_FACTOR_ON",
            Self::SecondFactorOff => "SECOND_FACTOR_OFF",
            Self::LinkNotValid => "LINK_NOT_VALID",
            Self::NoEmail => "NO_EMAIL",
            Self::MailOff => "MAIL_OFF",
            Self::Denied => "PERMISSION_DENIED",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::UsernameTaken => "USERNAME_TAKEN",
            Self::IdentityTaken => "IDENTITY_TAKEN",
            Self::NotUpgradable => "NOT_UPGRADABLE",
            Self::NotFound { .. } => "NOT_FOUND",
            Self::TooManyKeys { .. } => "TOO_MANY_API_KEYS",
            Self::TooMany { .. } => "TOO_MANY_ATTEMPTS",
            Self::Database(_) => "ACCOUNT_DATABASE_UNAVAILABLE",
            Self::Provider { .. } => "SIGN_IN_PROVIDER_UNAVAILABLE",
            Self::IssuerUnavailable { .. } => "TOKEN_ISSUER_UNAVAILABLE",
            Self::Internal { .. } => "INTERNAL",
        }
    }

    fn fields(&self) -> Vec<FieldViolation> {
        match self {
            Self::Invalid(faults) => faults.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            _ => None,
        }
    }
}
