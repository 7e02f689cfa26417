//! What somebody does with the own account: see it, change how to sign in, and leave.

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    names,
    outbox::Outbox,
    request_context::{RequestContext, SERVICE},
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    passwords::{Password, PasswordCheck, Passwords, list_owner_words},
    store::{
        account_tasks::{self, TaskKind},
        api_keys, audit_events, sessions,
        users::{self, User, UserStatus, WriteOutcome},
    },
};

/// How long a sign-in shows that it is the owner who asks.
const RECENT: TimeDelta = TimeDelta::minutes(10);

pub(crate) struct Accounts {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) audit: Audit,
    pub(crate) outbox: Outbox,
}

impl Accounts {
    /// The caller's own user. A guest of a cookie learns here that it has become somebody, in whatever state.
    pub(crate) async fn find_own(&self, context: &RequestContext) -> Result<User, AuthError> {
        let actor = &context.actor;
        if actor.guest && actor.session_id.is_none() {
            let user = users::find_user(&self.db, actor.user_id).await?;
            return user.ok_or(AuthError::SignIn);
        }

        self.callers.require_user(context).await
    }

    /// Those of `ids` that the caller may see: the own one.
    pub(crate) async fn find_visible(
        &self,
        context: &RequestContext,
        ids: &[String],
    ) -> Result<Vec<User>, AuthError> {
        let own = self.callers.require_user(context).await?;
        let asked = ids.contains(&own.id.to_string());

        Ok(asked.then_some(own).into_iter().collect())
    }

    pub(crate) async fn change_email(
        &self,
        context: &RequestContext,
        email: &str,
        password: SecretString,
    ) -> Result<User, AuthError> {
        let user = self.callers.require_account(context).await?;
        let email = names::parse_email("email", email)?;
        self.prove_owner(&user, context, password, "password").await?;

        let mut tx = self.db.begin_write().await?;
        let outcome = users::set_email(&mut tx, user.id, &email, false, self.clock.now()).await?;
        if outcome != WriteOutcome::Done {
            return Err(AuthError::from_outcome(outcome));
        }
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::EmailChanged,
                Some(user.id),
                user.id,
            )
            .await?;
        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// All other sessions end.
    pub(crate) async fn change_password(
        &self,
        context: &RequestContext,
        current: SecretString,
        new: &str,
    ) -> Result<User, AuthError> {
        let user = self.callers.require_account(context).await?;
        let new = Password::parse("new_password", new)?;
        self.prove_owner(&user, context, current, "current_password")
            .await?;

        let email = user.email.as_deref().unwrap_or_default();
        let words = list_owner_words(email, Some(&user.username));
        let hash = self.passwords.accept("new_password", new, words).await?;

        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        users::set_password(&mut tx, user.id, &hash, now).await?;
        sessions::revoke_sessions(&mut tx, user.id, context.actor.session_id, now).await?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::PasswordChanged,
                Some(user.id),
                user.id,
            )
            .await?;
        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// From now on nothing signs the user in, and a run deletes what the account owns.
    pub(crate) async fn delete(
        &self,
        context: &RequestContext,
        password: SecretString,
    ) -> Result<(), AuthError> {
        let user = self.callers.require_user(context).await?;
        self.prove_owner(&user, context, password, "password").await?;

        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        users::set_status(&mut tx, user.id, UserStatus::Deleting, now).await?;
        users::delete_password(&mut tx, user.id).await?;
        sessions::revoke_sessions(&mut tx, user.id, None, now).await?;
        api_keys::revoke_keys(&mut tx, user.id, now).await?;
        self.outbox.add(&mut tx, user.id, TaskKind::Delete).await?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::DeletionRequested,
                Some(user.id),
                user.id,
            )
            .await?;
        tx.commit().await?;
        self.outbox.wake_sweeper();

        Ok(())
    }

    /// The last step of that run. Again is harmless.
    pub(crate) async fn finish_deletion(
        &self,
        context: &RequestContext,
        user: Uuid,
    ) -> Result<(), AuthError> {
        context.require_scope(SERVICE)?;

        let mut tx = self.db.begin_write().await?;
        let Some(found) = users::find_user_in(&mut tx, user).await? else {
            return Ok(());
        };
        if found.status != UserStatus::Deleting {
            return Err(AuthError::Denied);
        }

        audit_events::anonymize_events(&mut tx, user).await?;
        account_tasks::delete_tasks(&mut tx, user).await?;
        users::delete_user(&mut tx, user).await?;
        self.audit
            .record(&mut tx, context, AuditAction::Deleted, Some(user), user)
            .await?;
        tx.commit().await?;

        Ok(self.db.forget_deleted().await?)
    }

    /// That it is the owner who asks: whoever finds an open browser, or gets hold of a token, must not take the account.
    /// The current password shows it; where there is none, a sign-in of the last minutes. A key never does.
    async fn prove_owner(
        &self,
        user: &User,
        context: &RequestContext,
        password: SecretString,
        field: &str,
    ) -> Result<(), AuthError> {
        let signed_in_at = self.callers.find_auth_time(context).await?;
        let signed_in_at = signed_in_at.ok_or(AuthError::SignInAgain)?;

        if user.has_password {
            return self.check_password(user, context, password, field).await;
        }
        // A guest has nothing to sign in with anew.
        if user.guest || self.clock.now() - signed_in_at <= RECENT {
            return Ok(());
        }
        Err(AuthError::SignInAgain)
    }

    async fn check_password(
        &self,
        user: &User,
        context: &RequestContext,
        password: SecretString,
        field: &str,
    ) -> Result<(), AuthError> {
        let attempt = self.throttle.count_current_password(context, user.id).await?;
        let stored = users::find_password_hash(&self.db, user.id).await?;
        let check = self.passwords.verify(password, stored).await?;

        let mut tx = self.db.begin_write().await?;
        if check == PasswordCheck::Wrong {
            let failed = AuditAction::PasswordCheckFailed;
            self.audit
                .record(&mut tx, context, failed, Some(user.id), field)
                .await?;
            tx.commit().await?;
            return Err(AuthError::invalid(field, "the current password"));
        }
        self.throttle.forgive(&mut tx, &attempt).await?;
        tx.commit().await?;

        Ok(())
    }
}
