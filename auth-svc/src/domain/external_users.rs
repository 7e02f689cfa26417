//! Users of other issuers: provisioned when they are first seen, the same user from then on.

use std::sync::Arc;

use kit::{clock::SharedClock, db::Db, ids::SharedIds, tokens::Unverified};

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    names,
    request_context::RequestContext,
    sessions::{Authenticated, Sessions},
};
use crate::{
    error::AuthError,
    external::{ExternalIdentity, Issuers},
    store::{
        identities,
        users::{self, NewUser, User, WriteOutcome},
    },
    tokens::Keyring,
};

/// Attempts to write a user whose generated name or email turned out to be taken, or that somebody else wrote first.
const ATTEMPTS: u32 = 5;

pub(crate) struct ExternalUsers {
    pub(crate) issuers: Issuers,
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) sessions: Sessions,
    pub(crate) audit: Audit,
}

impl ExternalUsers {
    /// Whose a token is: one of ours, or one of a trusted issuer.
    pub(crate) async fn authenticate(
        &self,
        context: &RequestContext,
        token: &str,
    ) -> Result<Authenticated, AuthError> {
        let parsed = Unverified::parse(token).map_err(|_| AuthError::Unauthenticated)?;
        if parsed.issuer() == Some(self.keyring.rules().issuer()) {
            return self.authenticate_own(token).await;
        }

        let identity = self.issuers.verify(token, self.clock.now()).await;
        let identity = identity.ok_or(AuthError::Unauthenticated)?;
        let user = self.find_or_provision(context, &identity).await?;
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        Ok(Authenticated {
            user,
            session_id: None,
            scopes: Vec::new(),
            expires_at: Some(identity.expires_at),
            auth_time: identity.auth_time,
        })
    }

    async fn authenticate_own(&self, token: &str) -> Result<Authenticated, AuthError> {
        let claims = self.keyring.verify(token).await?;
        let checked = self
            .sessions
            .check(claims.session_id, Some(claims.user_id))
            .await?;

        Ok(Authenticated {
            scopes: claims.scopes,
            expires_at: Some(claims.expires_at),
            ..checked
        })
    }

    async fn find_or_provision(
        &self,
        context: &RequestContext,
        identity: &ExternalIdentity,
    ) -> Result<User, AuthError> {
        let (issuer, subject) = (&identity.issuer, &identity.subject);
        for _ in 0..ATTEMPTS {
            if let Some(user) = identities::find_user_by_identity(&self.db, issuer, subject).await? {
                return Ok(user);
            }
            if let Some(user) = self.provision(context, identity).await? {
                return Ok(user);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// `None` when somebody else was faster; looking again helps. The email is taken over only when nobody has it here:
    /// an account is never reached through another issuer's word about an email.
    async fn provision(
        &self,
        context: &RequestContext,
        identity: &ExternalIdentity,
    ) -> Result<Option<User>, AuthError> {
        let mut tx = self.db.begin_write().await?;
        let email = identity
            .verified_email
            .as_deref()
            .and_then(|text| names::parse_email("email", text).ok());
        let free = match &email {
            Some(email) => users::find_user_by_email_in(&mut tx, &email.key).await?.is_none(),
            None => false,
        };

        let new = NewUser {
            id: self.ids.id(),
            username: names::generate_username(email.as_ref().map(|email| email.shown.as_str()), "user"),
            email_verified: free,
            email: email.filter(|_| free),
            guest: false,
            at: self.clock.now(),
        };
        if users::insert_user(&mut tx, &new).await? != WriteOutcome::Done {
            return Ok(None);
        }

        let (issuer, subject) = (&identity.issuer, &identity.subject);
        if !identities::insert_identity(&mut tx, issuer, subject, new.id, new.at).await? {
            return Ok(None);
        }
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::UserProvisioned,
                Some(new.id),
                issuer,
            )
            .await?;
        let user = read_user_back(&mut tx, new.id).await?;
        tx.commit().await?;

        Ok(Some(user))
    }
}
