//! The audit log: what counts as an event, and who may read it. Holds ids and names of acts; never a secret, a password or
//! a body, and nothing that was typed into a form.

use chrono::{DateTime, Utc};
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
    ids::SharedIds,
    page::{Cursor, Page, PageRequest},
};
use uuid::Uuid;

use super::{
    callers::Callers,
    request_context::{OPERATOR, RequestContext},
};
use crate::{
    error::AuthError,
    store::audit_events::{self, AuditEvent},
};

/// Events read at a time by an export.
const BATCH: i64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuditAction {
    Registered,
    GuestCreated,
    GuestUpgraded,
    UserProvisioned,
    LoggedIn,
    LoginFailed,
    RefreshReused,
    LoggedOut,
    SessionRevoked,
    EmailChangeRequested,
    EmailChanged,
    EmailVerified,
    PasswordChanged,
    /// By a link in a mail.
    PasswordReset,
    /// The current password was asked for, and a wrong one came: what somebody at an open browser tries.
    PasswordCheckFailed,
    UsernameChanged,
    ApiKeyCreated,
    ApiKeyRegenerated,
    ApiKeyRevoked,
    OauthLinked,
    SecondFactorEnabled,
    SecondFactorDisabled,
    /// A code was asked for, and a wrong or used one came.
    SecondFactorFailed,
    RecoveryCodeUsed,
    RecoveryCodesRenewed,
    /// By an operator.
    SecondFactorReset,
    DeletionRequested,
    Deleted,
    TierSet,
    Disabled,
    Enabled,
    KeysRotated,
    TokenMinted,
    UsersListed,
    UserRead,
    AuditExported,
}

impl AuditAction {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "register",
            Self::GuestCreated => "guest_created",
            Self::GuestUpgraded => "guest_upgraded",
            Self::UserProvisioned => "user_provisioned",
            Self::LoggedIn => "login",
            Self::LoginFailed => "login_failed",
            Self::RefreshReused => "refresh_reuse_detected",
            Self::LoggedOut => "logout",
            Self::SessionRevoked => "session_revoked",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailVerified => "email_verified",
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::PasswordCheckFailed => "password_check_failed",
            Self::UsernameChanged => "username_changed",
            Self::ApiKeyCreated => "api_key_created",
            Self::ApiKeyRegenerated => "api_key_regenerated",
            Self::ApiKeyRevoked => "api_key_revoked",
            Self::OauthLinked => "oauth_linked",
            Self::SecondFactorEnabled => "second_factor_enabled",
            Self::SecondFactorDisabled => "second_factor_disabled",
            Self::SecondFactorFailed => "second_factor_failed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesRenewed => "recovery_codes_renewed",
            Self::SecondFactorReset => "second_factor_reset",
            Self::DeletionRequested => "account_deletion_requested",
            Self::Deleted => "account_deleted",
            Self::TierSet => "tier_set",
            Self::Disabled => "user_disabled",
            Self::Enabled => "user_enabled",
            Self::KeysRotated => "keys_rotated",
            Self::TokenMinted => "token_minted",
            Self::UsersListed => "users_listed",
            Self::UserRead => "user_read",
            Self::AuditExported => "audit_exported",
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Audit {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
}

impl Audit {
    /// Writes down what was done to whose account, together with the change itself.
    pub(crate) async fn record(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        action: AuditAction,
        user: Option<Uuid>,
        target: impl ToString,
    ) -> Result<(), AuthError> {
        let event = self.describe(context, action, user, target.to_string());
        Ok(audit_events::insert_event(tx, &event).await?)
    }

    /// The same for an act of somebody who is not signed in, e.g. a wrong password.
    pub(crate) async fn record_anonymous(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        action: AuditAction,
        user: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let event = AuditEvent {
            actor: String::new(),
            ..self.describe(context, action, user, String::new())
        };
        Ok(audit_events::insert_event(tx, &event).await?)
    }

    fn describe(
        &self,
        context: &RequestContext,
        action: AuditAction,
        user: Option<Uuid>,
        target: String,
    ) -> AuditEvent {
        AuditEvent {
            id: self.ids.id(),
            at: self.clock.now(),
            user_id: user,
            actor: context.name_actor(user),
            action: action.as_str().to_owned(),
            target,
            address: context.address.clone(),
            user_agent: context.user_agent.clone(),
            request_id: context.request_id.as_str().to_owned(),
        }
    }

    /// The caller's own events, newest first.
    pub(crate) async fn list_own_events(
        &self,
        context: &RequestContext,
        page: PageRequest,
    ) -> Result<Page<AuditEvent>, AuthError> {
        let user = self.callers.require_user(context).await?;
        let before = page.after.unwrap_or(Cursor::NEWEST);

        let rows = audit_events::list_events(
            &self.db.user(user.id),
            user.id,
            (before.at, before.id),
            page.rows(),
        )
        .await?;
        Ok(page.page(rows, |event| Cursor {
            at: event.at,
            id: event.id,
        }))
    }

    /// That everybody's events since a time are about to be read.
    pub(crate) async fn begin_export(
        &self,
        context: &RequestContext,
        since: DateTime<Utc>,
    ) -> Result<(), AuthError> {
        context.require_scope(OPERATOR)?;

        let mut tx = self.db.system().begin_write().await?;
        self.record(
            &mut tx,
            context,
            AuditAction::AuditExported,
            None,
            since.to_rfc3339(),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Everybody's events after `after`, oldest first, some at a time; an empty answer is the end.
    pub(crate) async fn export_events(
        &self,
        context: &RequestContext,
        after: Cursor,
    ) -> Result<Vec<AuditEvent>, AuthError> {
        context.require_scope(OPERATOR)?;

        Ok(audit_events::export_events(&self.db.system(), (after.at, after.id), BATCH).await?)
    }
}
