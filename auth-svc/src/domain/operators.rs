//! What whoever operates the platform does: look users up, set their tier, disable them, rotate keys, make tokens for
//! development. Every act is in the audit log.

use std::sync::Arc;

use chrono::TimeDelta;
use kit::{
    actor::Tier,
    clock::SharedClock,
    db::Db,
    page::{Cursor, Page, PageRequest},
    tokens::LONGEST_DAYS,
};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    grants::{Grant, Grants},
    mail_outbox::MailOutbox,
    names,
    request_context::{OPERATOR, RequestContext, SERVICE},
};
use crate::{
    error::AuthError,
    store::{
        api_keys,
        mails::MailKind,
        second_factors, sessions, sign_in_tickets,
        users::{self, User, UserStatus},
    },
    tokens::Keyring,
};

pub(crate) struct Operators {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) grants: Grants,
    pub(crate) mail: MailOutbox,
    pub(crate) audit: Audit,
}

impl Operators {
    /// Newest first.
    pub(crate) async fn list_users(
        &self,
        context: &RequestContext,
        page: PageRequest,
    ) -> Result<Page<User>, AuthError> {
        context.require_scope(OPERATOR)?;
        let after = page.after.unwrap_or(Cursor::NEWEST);
        let rows = users::list_users(&self.db.system(), (after.at, after.id), page.rows()).await?;
        self.record_reading(context, AuditAction::UsersListed, None)
            .await?;
        Ok(page.page(rows, |user| Cursor {
            at: user.created_at,
            id: user.id,
        }))
    }

    /// By id, email or username.
    pub(crate) async fn find_user(
        &self,
        context: &RequestContext,
        identifier: &str,
    ) -> Result<User, AuthError> {
        context.require_scope(OPERATOR)?;

        let found = match Uuid::try_parse(identifier) {
            Ok(id) => users::find_user(&self.db.system(), id).await?,
            Err(_) => {
                let (email, username) = names::parse_identifier(identifier);
                let found = users::find_logins(&self.db.system(), &email, &username, 2).await?;
                // Until one of them has proven it, an address says nothing of who is meant.
                match found.as_slice() {
                    [(first, _), _, ..] if !first.email_verified => {
                        return Err(AuthError::invalid(
                            "identifier",
                            "an id or a username: several accounts claim this address",
                        ));
                    }
                    _ => found.into_iter().next().map(|(user, _)| user),
                }
            }
        };

        let found = found.ok_or_else(|| not_found(identifier))?;
        self.record_reading(context, AuditAction::UserRead, Some(found.id))
            .await?;

        Ok(found)
    }

    /// Whoever may see everything is seen, too.
    async fn record_reading(
        &self,
        context: &RequestContext,
        action: AuditAction,
        user: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let target = user.map(|id| id.to_string()).unwrap_or_default();

        let mut tx = self.db.system().begin_write().await?;
        self.audit.record(&mut tx, context, action, user, target).await?;
        Ok(tx.commit().await?)
    }

    pub(crate) async fn set_tier(
        &self,
        context: &RequestContext,
        id: &str,
        tier: &str,
    ) -> Result<User, AuthError> {
        // Billing-svc, too: something that was bought changes a tier.
        context
            .require_scope(OPERATOR)
            .or_else(|_| context.require_scope(SERVICE))?;

        let tier: Tier = tier
            .parse()
            .map_err(|_| AuthError::invalid("tier", "free, pro, power or team"))?;
        let user = parse_id(id)?;
        let mut tx = self.db.system().begin_write().await?;
        if !users::set_tier(&mut tx, user, tier, self.clock.now()).await? {
            return Err(not_found(id));
        }

        self.audit
            .record(&mut tx, context, AuditAction::TierSet, Some(user), tier)
            .await?;

        let user = read_user_back(&mut tx, user).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// A disabled user is signed out everywhere and cannot sign in; keys and sessions do not come back when the user is
    /// enabled again.
    pub(crate) async fn set_disabled(
        &self,
        context: &RequestContext,
        id: &str,
        disabled: bool,
    ) -> Result<User, AuthError> {
        context.require_scope(OPERATOR)?;

        let (user, now) = (parse_id(id)?, self.clock.now());
        let (status, action) = match disabled {
            true => (UserStatus::Disabled, AuditAction::Disabled),
            false => (UserStatus::Active, AuditAction::Enabled),
        };
        let mut tx = self.db.system().begin_write().await?;
        if !users::set_status(&mut tx, user, status, now).await? {
            return Err(not_found(id));
        }

        if disabled {
            sign_in_tickets::delete_tickets(&mut tx, user).await?;
            sessions::revoke_sessions(&mut tx, user, None, now).await?;
            api_keys::revoke_keys(&mut tx, user, now).await?;
        }

        self.audit
            .record(&mut tx, context, action, Some(user), user)
            .await?;

        let user = read_user_back(&mut tx, user).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// For a user who has lost the authenticator and the recovery codes. Whoever is signed in has to sign in anew.
    pub(crate) async fn reset_second_factor(
        &self,
        context: &RequestContext,
        id: &str,
    ) -> Result<User, AuthError> {
        context.require_scope(OPERATOR)?;

        let (user, now) = (parse_id(id)?, self.clock.now());
        let mut tx = self.db.system().begin_write().await?;
        if users::find_user_in(&mut tx, user).await?.is_none() {
            return Err(not_found(id));
        }
        if !second_factors::delete_factor(&mut tx, user).await? {
            return Err(AuthError::SecondFactorOff);
        }
        sign_in_tickets::delete_tickets(&mut tx, user).await?;
        sessions::revoke_sessions(&mut tx, user, None, now).await?;

        let action = AuditAction::SecondFactorReset;
        self.audit
            .record(&mut tx, context, action, Some(user), user)
            .await?;
        let user = read_user_back(&mut tx, user).await?;
        self.mail
            .tell_owner(&mut tx, MailKind::SecondFactorRemoved, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(user)
    }

    pub(crate) async fn rotate_keys(&self, context: &RequestContext) -> Result<(), AuthError> {
        context.require_scope(OPERATOR)?;
        let mut tx = self.db.system().begin_write().await?;
        self.keyring.rotate(&mut tx).await?;
        self.audit
            .record(&mut tx, context, AuditAction::KeysRotated, None, "")
            .await?;
        tx.commit().await?;
        self.keyring.forget();
        Ok(())
    }

    /// An access token that nobody signed in for; 0 seconds mean the usual lifetime. It ends with the user's other sessions.
    pub(crate) async fn mint_token(
        &self,
        context: &RequestContext,
        id: &str,
        seconds: u32,
    ) -> Result<Grant, AuthError> {
        context.require_scope(OPERATOR)?;

        let user = users::find_user(&self.db.system(), parse_id(id)?)
            .await?
            .ok_or_else(|| not_found(id))?;
        if !user.is_active() {
            return Err(AuthError::invalid(
                "user_id",
                "a user who is neither disabled nor being deleted",
            ));
        }

        let lifetime = match seconds {
            0 => self.grants.access_lifetime(),
            seconds => TimeDelta::seconds(seconds.into()),
        };
        if lifetime > TimeDelta::days(LONGEST_DAYS) {
            return Err(AuthError::invalid("lifetime_seconds", "at most 31 days"));
        }

        let mut tx = self.db.system().begin_write().await?;
        let session = self
            .grants
            .open_minted_session(&mut tx, context, user.id, lifetime)
            .await?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::TokenMinted,
                Some(user.id),
                lifetime.num_seconds(),
            )
            .await?;
        tx.commit().await?;

        self.grants
            .issue_access_token(user, Some(session), lifetime)
            .await
    }
}

fn parse_id(id: &str) -> Result<Uuid, AuthError> {
    Uuid::try_parse(id).map_err(|_| not_found(id))
}

fn not_found(id: &str) -> AuthError {
    AuthError::NotFound {
        what: "user",
        id: id.to_owned(),
    }
}
