//! Signing in with a password.

use kit::db::Db;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    names,
    request_context::RequestContext,
    sign_in_tickets::{SignInOutcome, SignInTickets},
    throttle::{CountedAttempt, Throttle},
};
use crate::{
    error::AuthError,
    passwords::{PasswordCheck, Passwords},
    store::users::{self, User},
};

/// Accounts that claim one email and whose passwords are looked at, where nobody has proven it.
const CLAIMANTS: i64 = 3;

pub(crate) struct SignIn {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) tickets: SignInTickets,
    pub(crate) audit: Audit,
}

/// Whose password it was.
struct Recognised {
    user: User,
    /// The stored hash, and a better one to keep in its place.
    renewed: Option<(String, String)>,
}

impl SignIn {
    /// `identifier` is an email or a username.
    pub(crate) async fn log_in(
        &self,
        context: &RequestContext,
        identifier: &str,
        password: SecretString,
    ) -> Result<SignInOutcome, AuthError> {
        let (email_key, username_key) = names::parse_identifier(identifier);
        let found = users::find_logins(&self.db.system(), &email_key, &username_key, CLAIMANTS).await?;

        let name = format!("{email_key}{username_key}");
        let claimants: Vec<&User> = found.iter().map(|(user, _)| user).collect();
        // A failure is in the log of the one it was meant for, where that is known.
        let meant = match claimants.as_slice() {
            [one] => Some(one.id),
            [one, ..] if one.email_verified => Some(one.id),
            _ => None,
        };
        let attempt = self.throttle.count_login(context, &claimants, &name).await?;

        match self.recognise(found, password).await? {
            Some(recognised) => self.succeed(context, recognised, &attempt).await,
            None => self.fail(context, meant).await,
        }
    }

    /// Whose password it is, of those who have the name.
    async fn recognise(
        &self,
        found: Vec<(User, Option<String>)>,
        password: SecretString,
    ) -> Result<Option<Recognised>, AuthError> {
        if found.is_empty() {
            // As long as with somebody.
            self.passwords.verify(password, None).await?;
            return Ok(None);
        }

        for (user, stored) in found {
            let check = self.passwords.verify(password.clone(), stored.clone()).await?;
            if check == PasswordCheck::Wrong || !user.is_active() {
                continue;
            }

            let renewed = match (check, stored) {
                (PasswordCheck::Outdated(new), Some(old)) => Some((old, new)),
                _ => None,
            };
            return Ok(Some(Recognised { user, renewed }));
        }

        Ok(None)
    }

    async fn fail(&self, context: &RequestContext, user: Option<Uuid>) -> Result<SignInOutcome, AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        self.audit
            .record_anonymous(&mut tx, context, AuditAction::LoginFailed, user)
            .await?;
        tx.commit().await?;

        Err(AuthError::Unauthenticated)
    }

    async fn succeed(
        &self,
        context: &RequestContext,
        Recognised { user, renewed }: Recognised,
        attempt: &CountedAttempt,
    ) -> Result<SignInOutcome, AuthError> {
        let mut tx = self.db.user(user.id).begin_write().await?;
        self.throttle.forgive(&mut tx, attempt).await?;
        if let Some((old, new)) = renewed {
            users::replace_password_hash(&mut tx, user.id, &old, &new).await?;
        }
        let entered = self
            .tickets
            .enter(&mut tx, context, &user, "password", "")
            .await?;
        tx.commit().await?;

        self.tickets.complete(user, entered).await
    }
}
