//! That it is the owner who asks: whoever finds an open browser, or gets hold of a token, must not take the account. The current
//! password shows it; where there is none, a sign-in of the last minutes; and where there is a second factor, a code, unless
//! one was given at a sign-in of the last minutes. A key never does.

use chrono::{DateTime, TimeDelta, Utc};
use kit::{clock::SharedClock, db::Db};
use secrecy::SecretString;

use super::{
    audit::{Audit, AuditAction},
    callers::Callers,
    request_context::RequestContext,
    second_factor_codes::SecondFactorCodes,
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    passwords::{PasswordCheck, Passwords},
    store::{
        second_factors,
        users::{self, User},
    },
};

/// How long a sign-in shows that it is the owner who asks.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// What came with a request to show it; empty for nothing.
pub(crate) struct Proof {
    pub(crate) password: SecretString,
    /// The name of the password's field.
    pub(crate) field: &'static str,
    pub(crate) code: String,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct OwnerProof {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) callers: Callers,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) codes: SecondFactorCodes,
    pub(crate) audit: Audit,
}

impl OwnerProof {
    pub(crate) async fn require(
        &self,
        context: &RequestContext,
        user: &User,
        proof: Proof,
    ) -> Result<(), AuthError> {
        let code = proof.code.clone();
        let signed_in_at = self.require_first(context, user, proof).await?;

        if user.second_factor && !self.was_code_given(context, user, signed_in_at).await? {
            return self.require_code(context, user, &code).await;
        }
        Ok(())
    }

    /// For what nothing can be sent along with: a sign-in of the last minutes, with a code where one is asked for.
    pub(crate) async fn require_recent(
        &self,
        context: &RequestContext,
        user: &User,
    ) -> Result<(), AuthError> {
        let signed_in_at = self.callers.find_auth_time(context).await?;
        let signed_in_at = signed_in_at.ok_or(AuthError::SignInAgain)?;
        let shown = self.is_recent(signed_in_at)
            && (!user.second_factor || self.was_code_given(context, user, signed_in_at).await?);

        shown.then_some(()).ok_or(AuthError::SignInAgain)
    }

    /// As [`Self::require`], and a code in any case: for what changes the second factor itself.
    pub(crate) async fn require_with_code(
        &self,
        context: &RequestContext,
        user: &User,
        proof: Proof,
    ) -> Result<(), AuthError> {
        let code = proof.code.clone();
        self.require_first(context, user, proof).await?;

        self.require_code(context, user, &code).await
    }

    /// When they signed in.
    async fn require_first(
        &self,
        context: &RequestContext,
        user: &User,
        proof: Proof,
    ) -> Result<DateTime<Utc>, AuthError> {
        let signed_in_at = self.callers.find_auth_time(context).await?;
        let signed_in_at = signed_in_at.ok_or(AuthError::SignInAgain)?;

        if user.has_password {
            let right = self
                .is_password(context, user, proof.password, proof.field)
                .await?;
            if !right {
                return Err(AuthError::invalid(proof.field, "the current password"));
            }
        } else if !user.guest && !self.is_recent(signed_in_at) {
            // A guest has nothing to sign in with anew.
            return Err(AuthError::SignInAgain);
        }

        Ok(signed_in_at)
    }

    fn is_recent(&self, signed_in_at: DateTime<Utc>) -> bool {
        self.clock.now() - signed_in_at <= RECENT
    }

    /// Whether a sign-in of ours that asked for a code was a moment ago. Another issuer asks for none of ours.
    async fn was_code_given(
        &self,
        context: &RequestContext,
        user: &User,
        signed_in_at: DateTime<Utc>,
    ) -> Result<bool, AuthError> {
        if context.actor.session_id.is_none() || !self.is_recent(signed_in_at) {
            return Ok(false);
        }

        let factor = second_factors::find_factor(&self.db.user(user.id), user.id).await?;
        let asked_since = factor.and_then(|factor| factor.confirmed_at);
        Ok(asked_since.is_some_and(|since| since < signed_in_at))
    }

    async fn require_code(&self, context: &RequestContext, user: &User, code: &str) -> Result<(), AuthError> {
        if code.is_empty() {
            return Err(AuthError::CodeNeeded);
        }

        match self.codes.try_code(context, user, code).await? {
            true => Ok(()),
            false => Err(AuthError::invalid(
                "code",
                "a code of your authenticator that was not used yet, or a recovery code",
            )),
        }
    }

    /// Whether it is the user's password, who is signed in or brings something else that is secret. `field` is what the audit
    /// log calls it.
    pub(crate) async fn is_password(
        &self,
        context: &RequestContext,
        user: &User,
        password: SecretString,
        field: &str,
    ) -> Result<bool, AuthError> {
        let attempt = self.throttle.count_current_password(context, user.id).await?;
        let stored = users::find_password_hash(&self.db.user(user.id), user.id).await?;
        let right = self.passwords.verify(password, stored).await? != PasswordCheck::Wrong;

        let mut tx = self.db.user(user.id).begin_write().await?;
        if right {
            self.throttle.forgive(&mut tx, &attempt).await?;
        } else {
            let failed = AuditAction::PasswordCheckFailed;
            self.audit
                .record(&mut tx, context, failed, Some(user.id), field)
                .await?;
        }
        tx.commit().await?;

        Ok(right)
    }
}
