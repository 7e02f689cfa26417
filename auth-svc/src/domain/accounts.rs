//! What somebody does with the own account: see it, change the password, and leave. Its email is in `email_addresses`.

use kit::{clock::SharedClock, db::Db};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    outbox::Outbox,
    owner_proof::{OwnerProof, Proof},
    request_context::{RequestContext, SERVICE},
};
use crate::{
    error::AuthError,
    passwords::{Password, Passwords, list_owner_words},
    store::{
        account_tasks::{self, TaskKind},
        api_keys, audit_events, email_links, sessions, sign_in_tickets,
        users::{self, User, UserStatus},
    },
};

pub(crate) struct Accounts {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) passwords: Passwords,
    pub(crate) proof: OwnerProof,
    pub(crate) audit: Audit,
    pub(crate) outbox: Outbox,
}

impl Accounts {
    /// The caller's own user. A guest of a cookie learns here that it has become somebody, in whatever state.
    pub(crate) async fn find_own(&self, context: &RequestContext) -> Result<User, AuthError> {
        let actor = &context.actor;
        if actor.guest && actor.session_id.is_none() {
            let user = users::find_user(&self.db.user(actor.user_id), actor.user_id).await?;
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

    /// All other sessions end.
    pub(crate) async fn change_password(
        &self,
        context: &RequestContext,
        proof: Proof,
        new: &str,
    ) -> Result<User, AuthError> {
        let user = self.callers.require_account(context).await?;
        let new = Password::parse("new_password", new)?;
        self.proof.require(context, &user, proof).await?;

        let email = user.email.as_deref().unwrap_or_default();
        let words = list_owner_words(email, Some(&user.username));
        let hash = self.passwords.accept("new_password", new, words).await?;

        let now = self.clock.now();
        let mut tx = self.db.user(user.id).begin_write().await?;
        users::set_password(&mut tx, user.id, &hash, now).await?;
        email_links::delete_links(&mut tx, user.id).await?;
        sign_in_tickets::delete_tickets(&mut tx, user.id).await?;
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
    pub(crate) async fn delete(&self, context: &RequestContext, proof: Proof) -> Result<(), AuthError> {
        let user = self.callers.require_user(context).await?;
        self.proof.require(context, &user, proof).await?;

        let now = self.clock.now();
        let mut tx = self.db.user(user.id).begin_write().await?;
        users::set_status(&mut tx, user.id, UserStatus::Deleting, now).await?;
        users::delete_password(&mut tx, user.id).await?;
        sign_in_tickets::delete_tickets(&mut tx, user.id).await?;
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

        let mut tx = self.db.user(user).begin_write().await?;
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
}
