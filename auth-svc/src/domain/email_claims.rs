//! Who may have an email. Where mail is sent, an address that nobody has proven is kept from nobody: several accounts may
//! claim it, and the one that proves it has it. Where none is, the first one to name it has it.

use chrono::{DateTime, Utc};
use kit::db::WriteTx;
use uuid::Uuid;

use crate::{
    error::AuthError,
    store::{
        user_emails,
        users::{Name, WriteOutcome},
    },
};

/// Enough to see whether anybody else claims an email.
const FEW: i64 = 3;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct EmailClaims {
    pub(crate) can_be_proven: bool,
}

impl EmailClaims {
    /// Whether `user` may name this email without having proven it: refused where it is somebody else's. The answer is whether
    /// nobody else may then.
    pub(crate) async fn claim(&self, tx: &mut WriteTx, email: &Name, user: Uuid) -> Result<bool, AuthError> {
        let claimants = user_emails::list_claimants_in(tx, &email.key, FEW).await?;
        let mut others = claimants.iter().filter(|claimant| claimant.id != user);
        if others.any(|other| other.email_verified || !self.can_be_proven) {
            return Err(AuthError::EmailTaken);
        }

        if self.can_be_proven {
            user_emails::release_unproven(tx, &email.key).await?;
        }
        Ok(!self.can_be_proven)
    }
}

/// Whether somebody has proven that the email is theirs.
pub(crate) async fn is_proven(tx: &mut WriteTx, email: &Name) -> Result<bool, AuthError> {
    let first = user_emails::list_claimants_in(tx, &email.key, 1).await?;
    Ok(first.first().is_some_and(|user| user.email_verified))
}

/// `user` has shown that the email is theirs: they have it, and nobody else does.
pub(crate) async fn prove(
    tx: &mut WriteTx,
    user: Uuid,
    email: &Name,
    at: DateTime<Utc>,
) -> Result<(), AuthError> {
    user_emails::drop_unproven(tx, &email.key, user).await?;

    match user_emails::set_email(tx, user, email, (true, true), at).await? {
        WriteOutcome::Done => Ok(()),
        outcome => Err(AuthError::from_outcome(outcome)),
    }
}
