//! Codes of second factors: right once, counted, and noted where they are wrong. Who is asked for one, and when, is elsewhere.

use std::sync::Arc;

use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    request_context::RequestContext,
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    store::{
        second_factors::{self, SecondFactor},
        users::User,
    },
    tokens::{Authenticator, Hash, Seal, Secrets},
};

/// A code that fits, and is not used up yet.
pub(crate) enum FittingCode {
    /// Of the authenticator, in this step of 30 s.
    Step(i64),
    Recovery(Hash),
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct SecondFactorCodes {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) secrets: Secrets,
    pub(crate) seal: Arc<Seal>,
    pub(crate) throttle: Throttle,
    pub(crate) audit: Audit,
}

impl SecondFactorCodes {
    /// Uses a code of the user up, or refuses it. Whether it was right is for the caller to say in their words.
    pub(crate) async fn try_code(
        &self,
        context: &RequestContext,
        user: &User,
        code: &str,
    ) -> Result<bool, AuthError> {
        let attempt = self.throttle.count_code(context, user).await?;
        let fitting = self.find_fitting(user.id, code).await?;

        let mut tx = self.db.user(user.id).begin_write().await?;
        let used = match fitting {
            Some(code) => self.use_up(&mut tx, context, user.id, code).await?,
            None => false,
        };
        if used {
            self.throttle.forgive(&mut tx, &attempt).await?;
        } else {
            let failed = AuditAction::SecondFactorFailed;
            self.audit
                .record_anonymous(&mut tx, context, failed, Some(user.id))
                .await?;
        }
        tx.commit().await?;

        Ok(used)
    }

    async fn find_fitting(&self, user: Uuid, code: &str) -> Result<Option<FittingCode>, AuthError> {
        let code = normalize(code);
        let digits = code.len() == Authenticator::DIGITS && code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            let hash = self.secrets.hash_recovery_code(user, &code);
            return Ok(Some(FittingCode::Recovery(hash)));
        }

        let factor = second_factors::find_factor(&self.db.user(user), user).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else {
            return Ok(None);
        };
        let step = self.open(user, &factor)?.find_step(&code, self.clock.now());

        Ok(step.map(FittingCode::Step))
    }

    /// Of any number that bring the same code, one gets further.
    async fn use_up(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        user: Uuid,
        code: FittingCode,
    ) -> Result<bool, AuthError> {
        match code {
            FittingCode::Step(step) => Ok(second_factors::use_step(tx, user, step).await?),
            FittingCode::Recovery(hash) => {
                let used = second_factors::use_recovery_code(tx, user, &hash).await?;
                if used {
                    let action = AuditAction::RecoveryCodeUsed;
                    self.audit.record(tx, context, action, Some(user), user).await?;
                }
                Ok(used)
            }
        }
    }

    /// The authenticator of a stored secret.
    pub(crate) fn open(&self, user: Uuid, factor: &SecondFactor) -> Result<Authenticator, AuthError> {
        let secret = self.seal.open(&seal_name(user), &factor.sealed);
        let secret = secret.map_err(|error| AuthError::internal("opening a second factor", error))?;

        Authenticator::from_secret(&secret)
    }

    pub(crate) fn seal(&self, user: Uuid, authenticator: &Authenticator) -> Result<Vec<u8>, AuthError> {
        let sealed = self.seal.seal(&seal_name(user), authenticator.secret());
        sealed.map_err(|error| AuthError::internal("sealing a second factor", error))
    }
}

/// Bound to the user, so that nobody's secret can be put in another's place.
fn seal_name(user: Uuid) -> String {
    format!("second factor of {user}")
}

/// As people type it: with spaces, hyphens and in any case.
pub(crate) fn normalize(code: &str) -> String {
    let spoken = |char: &char| !char.is_whitespace() && *char != '-';
    code.nfkc()
        .filter(spoken)
        .take(64)
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(normalize(" 123 456 "), "123456");
        assert_eq!(normalize("１２３４５６"), "123456");
        assert_eq!(normalize("ABCD-efgh-2345-WXYZ\n"), "abcdefgh2345wxyz");
    }
}
