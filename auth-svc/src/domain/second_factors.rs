//! A second factor as its owner sees it: turned on by a first code, turned off by another one, and recovery codes for whoever
//! loses the authenticator.

use kit::{clock::SharedClock, db::Db};

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    mail_outbox::MailOutbox,
    owner_proof::{OwnerProof, Proof},
    request_context::RequestContext,
    second_factor_codes::{SecondFactorCodes, normalize},
};
use crate::{
    error::AuthError,
    store::{mails::MailKind, second_factors, sign_in_tickets, users::User},
    tokens::{Authenticator, Enrolment, Secrets},
};

/// Recovery codes that somebody has.
const RECOVERY_CODES: usize = 10;

pub(crate) struct SecondFactors {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) callers: Callers,
    pub(crate) secrets: Secrets,
    pub(crate) proof: OwnerProof,
    pub(crate) codes: SecondFactorCodes,
    pub(crate) mail: MailOutbox,
    pub(crate) audit: Audit,
    /// What apps call us.
    pub(crate) issuer: String,
}

impl SecondFactors {
    /// A secret that counts once a code of it came.
    pub(crate) async fn begin(&self, context: &RequestContext, proof: Proof) -> Result<Enrolment, AuthError> {
        let user = self.callers.require_account(context).await?;
        if user.second_factor {
            return Err(AuthError::SecondFactorOn);
        }
        self.proof.require(context, &user, proof).await?;

        let authenticator = Authenticator::random()?;
        let sealed = self.codes.seal(user.id, &authenticator)?;
        let mut tx = self.db.user(user.id).begin_write().await?;
        if !second_factors::put_factor(&mut tx, user.id, &sealed, self.clock.now()).await? {
            return Err(AuthError::SecondFactorOn);
        }
        tx.commit().await?;

        let account = user.email.as_ref().unwrap_or(&user.username);
        authenticator.enrol(account, &self.issuer)
    }

    /// Turns it on. The recovery codes are told this one time.
    pub(crate) async fn confirm(
        &self,
        context: &RequestContext,
        code: &str,
    ) -> Result<Vec<String>, AuthError> {
        let user = self.callers.require_account(context).await?;
        if user.second_factor {
            return Err(AuthError::SecondFactorOn);
        }
        // It must be the one who began it, not the holder of a key.
        let signed_in_at = self.callers.find_auth_time(context).await?;
        signed_in_at.ok_or(AuthError::SignInAgain)?;

        let factor = second_factors::find_factor(&self.db.user(user.id), user.id).await?;
        let factor = factor.ok_or(AuthError::SecondFactorOff)?;
        let now = self.clock.now();
        let step = self
            .codes
            .open(user.id, &factor)?
            .find_step(&normalize(code), now);
        let step =
            step.ok_or_else(|| AuthError::invalid("code", "the code that the authenticator shows now"))?;

        let mut tx = self.db.user(user.id).begin_write().await?;
        if !second_factors::confirm_factor(&mut tx, user.id, &factor.sealed, step, now).await? {
            return Err(AuthError::SecondFactorOn);
        }
        let codes = self.make_recovery_codes(&user);
        second_factors::replace_recovery_codes(&mut tx, user.id, &codes.hashes).await?;
        let action = AuditAction::SecondFactorEnabled;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        self.mail
            .tell_owner(&mut tx, MailKind::SecondFactorAdded, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(codes.shown)
    }

    pub(crate) async fn disable(&self, context: &RequestContext, proof: Proof) -> Result<User, AuthError> {
        let user = self.require_factor(context).await?;
        self.proof.require_with_code(context, &user, proof).await?;

        let mut tx = self.db.user(user.id).begin_write().await?;
        second_factors::delete_factor(&mut tx, user.id).await?;
        sign_in_tickets::delete_tickets(&mut tx, user.id).await?;
        let action = AuditAction::SecondFactorDisabled;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        let user = read_user_back(&mut tx, user.id).await?;
        self.mail
            .tell_owner(&mut tx, MailKind::SecondFactorRemoved, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(user)
    }

    /// New codes in place of all old ones.
    pub(crate) async fn renew_recovery_codes(
        &self,
        context: &RequestContext,
        proof: Proof,
    ) -> Result<Vec<String>, AuthError> {
        let user = self.require_factor(context).await?;
        self.proof.require_with_code(context, &user, proof).await?;

        let codes = self.make_recovery_codes(&user);
        let mut tx = self.db.user(user.id).begin_write().await?;
        second_factors::replace_recovery_codes(&mut tx, user.id, &codes.hashes).await?;
        let action = AuditAction::RecoveryCodesRenewed;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        tx.commit().await?;

        Ok(codes.shown)
    }

    async fn require_factor(&self, context: &RequestContext) -> Result<User, AuthError> {
        let user = self.callers.require_account(context).await?;
        match user.second_factor {
            true => Ok(user),
            false => Err(AuthError::SecondFactorOff),
        }
    }

    fn make_recovery_codes(&self, user: &User) -> RecoveryCodes {
        let shown: Vec<String> = std::iter::repeat_with(|| self.secrets.make_recovery_code())
            .take(RECOVERY_CODES)
            .collect();
        let hash = |code: &String| self.secrets.hash_recovery_code(user.id, &normalize(code));

        RecoveryCodes {
            hashes: shown.iter().map(hash).collect(),
            shown,
        }
    }
}

struct RecoveryCodes {
    shown: Vec<String>,
    hashes: Vec<[u8; 32]>,
}
