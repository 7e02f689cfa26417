//! Signing in with a password.

use kit::db::Db;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    grants::{Grant, Grants},
    names,
    request_context::RequestContext,
    throttle::{CountedAttempt, Throttle},
};
use crate::{
    error::AuthError,
    passwords::{PasswordCheck, Passwords},
    store::users::{self, User},
};

pub(crate) struct SignIn {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) grants: Grants,
    pub(crate) audit: Audit,
}

impl SignIn {
    /// `identifier` is an email or a username.
    pub(crate) async fn log_in(
        &self,
        context: &RequestContext,
        identifier: &str,
        password: SecretString,
    ) -> Result<Grant, AuthError> {
        let (email_key, username_key) = names::parse_identifier(identifier);
        let found = users::find_login(&self.db, &email_key, &username_key).await?;
        let (user, stored) = found.unzip();
        let stored = stored.flatten();

        let name = format!("{email_key}{username_key}");
        let attempt = self.throttle.count_login(context, user.as_ref(), &name).await?;

        let check = self.passwords.verify(password, stored.clone()).await?;
        match user {
            Some(user) if user.is_active() && check != PasswordCheck::Wrong => {
                let renewed = match (check, stored) {
                    (PasswordCheck::Outdated(new), Some(old)) => Some((old, new)),
                    _ => None,
                };
                self.succeed(context, user, renewed, &attempt).await
            }
            user => self.fail(context, user.map(|user| user.id)).await,
        }
    }

    async fn fail(&self, context: &RequestContext, user: Option<Uuid>) -> Result<Grant, AuthError> {
        let mut tx = self.db.begin_write().await?;
        self.audit
            .record_anonymous(&mut tx, context, AuditAction::LoginFailed, user)
            .await?;
        tx.commit().await?;

        Err(AuthError::Unauthenticated)
    }

    /// `renewed` is the stored hash and a better one to keep in its place.
    async fn succeed(
        &self,
        context: &RequestContext,
        user: User,
        renewed: Option<(String, String)>,
        attempt: &CountedAttempt,
    ) -> Result<Grant, AuthError> {
        let mut tx = self.db.begin_write().await?;
        self.throttle.forgive(&mut tx, attempt).await?;
        if let Some((old, new)) = renewed {
            users::replace_password_hash(&mut tx, user.id, &old, &new).await?;
        }
        let opened = self.grants.open_session(&mut tx, context, user.id).await?;
        self.audit
            .record(&mut tx, context, AuditAction::LoggedIn, Some(user.id), "password")
            .await?;
        tx.commit().await?;

        self.grants.issue(user, opened).await
    }
}
