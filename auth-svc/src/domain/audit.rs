//! The audit log: what counts as an event, and who may read it. Holds ids and names of acts; never a secret, a password or
//! a body, and nothing that was typed into a form.

use kit::db::WriteTx;
use uuid::Uuid;

use super::{
    asking::Asking,
    core::Core,
    page::{Cursor, Page, PageRequest},
};
use crate::{
    error::AuthError,
    store::audit::{self, Event},
};

/// Scope of whoever operates the platform. No token or key of a user ever carries it.
pub(crate) const OPERATOR: &str = "operator";
/// Scope of our own services among themselves.
pub(crate) const SERVICE: &str = "service";

/// Events read at a time by an export.
const BATCH: i64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Registered,
    GuestCreated,
    GuestUpgraded,
    UserProvisioned,
    LoggedIn,
    LoginFailed,
    RefreshReused,
    LoggedOut,
    SessionRevoked,
    EmailChanged,
    PasswordChanged,
    UsernameChanged,
    ApiKeyCreated,
    ApiKeyRegenerated,
    ApiKeyRevoked,
    OauthLinked,
    DeletionRequested,
    Deleted,
    TierSet,
    Disabled,
    Enabled,
    KeysRotated,
    TokenMinted,
}

impl Action {
    pub(crate) const fn name(self) -> &'static str {
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
            Self::EmailChanged => "email_changed",
            Self::PasswordChanged => "password_changed",
            Self::UsernameChanged => "username_changed",
            Self::ApiKeyCreated => "api_key_created",
            Self::ApiKeyRegenerated => "api_key_regenerated",
            Self::ApiKeyRevoked => "api_key_revoked",
            Self::OauthLinked => "oauth_linked",
            Self::DeletionRequested => "account_deletion_requested",
            Self::Deleted => "account_deleted",
            Self::TierSet => "tier_set",
            Self::Disabled => "user_disabled",
            Self::Enabled => "user_enabled",
            Self::KeysRotated => "keys_rotated",
            Self::TokenMinted => "token_minted",
        }
    }
}

impl Core {
    /// Writes down what was done to whose account, together with the change itself.
    pub(crate) async fn note(
        &self,
        tx: &mut WriteTx,
        asking: &Asking,
        action: Action,
        user: Option<Uuid>,
        target: impl ToString,
    ) -> Result<(), AuthError> {
        let event = self.event(asking, action, user, target.to_string());
        Ok(audit::insert(tx, &event).await?)
    }

    /// The same for an act of somebody who is not signed in, e.g. a wrong password.
    pub(crate) async fn note_of_nobody(
        &self,
        tx: &mut WriteTx,
        asking: &Asking,
        action: Action,
        user: Option<Uuid>,
    ) -> Result<(), AuthError> {
        let event = Event {
            actor: String::new(),
            ..self.event(asking, action, user, String::new())
        };
        Ok(audit::insert(tx, &event).await?)
    }

    fn event(&self, asking: &Asking, action: Action, user: Option<Uuid>, target: String) -> Event {
        Event {
            id: self.ids.id(),
            at: self.clock.now(),
            user_id: user,
            actor: asking.doer(user),
            action: action.name().to_owned(),
            target,
            address: asking.address.clone(),
            user_agent: asking.user_agent.clone(),
            request_id: asking.request_id.as_str().to_owned(),
        }
    }

    /// The caller's own events, newest first.
    pub(crate) async fn own_events(
        &self,
        asking: &Asking,
        page: PageRequest,
    ) -> Result<Page<Event>, AuthError> {
        let user = self.signed_in(asking).await?;
        let before = page.after.unwrap_or(Cursor::LAST);
        let rows = audit::page(&self.db, user.id, (before.at, before.id), page.rows()).await?;
        Ok(page.page(rows, |event| Cursor {
            at: event.at,
            id: event.id,
        }))
    }

    /// Everybody's events after `after`, oldest first, some at a time; an empty answer is the end.
    pub(crate) async fn export_events(&self, after: Cursor) -> Result<Vec<Event>, AuthError> {
        Ok(audit::export(&self.db, (after.at, after.id), BATCH).await?)
    }
}
