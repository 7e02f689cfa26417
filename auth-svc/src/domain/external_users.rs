//! Users of other issuers: provisioned when they are first seen, the same user from then on.

use std::sync::Arc;

use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
    ids::SharedIds,
    tokens::Unverified,
};

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    names,
    outbox::Outbox,
    request_context::RequestContext,
    sessions::{Authenticated, Sessions},
    sign_up::SignUp,
};
use crate::{
    error::AuthError,
    external::{ExternalIdentity, Issuers},
    store::{
        identities,
        users::{self, Name, NewUser, User, Username, WriteOutcome},
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
    pub(crate) sign_up: SignUp,
    pub(crate) audit: Audit,
    pub(crate) outbox: Outbox,
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

        let identity = self.issuers.verify(token, self.clock.now()).await?;
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
            let known = identities::find_user_by_identity(&self.db, issuer, subject).await?;
            let user = match known {
                Some(user) => self.catch_up(context, user, identity).await?,
                None => self.provision(context, identity).await?,
            };
            if let Some(user) = user {
                return Ok(user);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// The user as the issuer knows them by now: who was anonymous there may have become somebody, and an email may have
    /// been verified since. `None` when somebody else was faster; looking again helps.
    async fn catch_up(
        &self,
        context: &RequestContext,
        user: User,
        identity: &ExternalIdentity,
    ) -> Result<Option<User>, AuthError> {
        let became_somebody = user.guest && !identity.anonymous;
        let lacks_email = !user.guest && user.email.is_none() && identity.verified_email.is_some();
        if !user.is_active() || !became_somebody && !lacks_email {
            return Ok(Some(user));
        }

        let mut tx = self.db.begin_write().await?;
        let email = self.find_free_email(&mut tx, identity).await?;
        let now = self.clock.now();
        let outcome = match email {
            email if became_somebody => {
                let new = NewUser {
                    id: user.id,
                    username: generate_username(email.as_ref(), "user"),
                    email_verified: email.is_some(),
                    email,
                    guest: false,
                    at: now,
                };
                self.sign_up.make_account(&mut tx, context, &new).await?
            }
            Some(email) => users::set_email(&mut tx, user.id, &email, true, now).await?,
            // It is somebody's here already.
            None => return Ok(Some(user)),
        };
        if outcome != WriteOutcome::Done {
            return Ok(None);
        }

        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;
        self.outbox.wake_sweeper();

        Ok(Some(user))
    }

    /// `None` when somebody else was faster; looking again helps.
    async fn provision(
        &self,
        context: &RequestContext,
        identity: &ExternalIdentity,
    ) -> Result<Option<User>, AuthError> {
        let mut tx = self.db.begin_write().await?;
        let email = self.find_free_email(&mut tx, identity).await?;
        let word = if identity.anonymous { "guest" } else { "user" };
        let new = NewUser {
            id: self.ids.id(),
            username: generate_username(email.as_ref(), word),
            email_verified: email.is_some(),
            email,
            guest: identity.anonymous,
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

    /// The email that the issuer vouches for, when nobody has it here: an account is never reached through another issuer's
    /// word about an email.
    async fn find_free_email(
        &self,
        tx: &mut WriteTx,
        identity: &ExternalIdentity,
    ) -> Result<Option<Name>, AuthError> {
        let verified = identity.verified_email.as_deref().filter(|_| !identity.anonymous);
        let Some(email) = verified.and_then(|text| names::parse_email("email", text).ok()) else {
            return Ok(None);
        };

        let owner = users::find_user_by_email_in(tx, &email.key).await?;
        Ok(owner.is_none().then_some(email))
    }
}

fn generate_username(email: Option<&Name>, word: &str) -> Username {
    names::generate_username(email.map(|email| email.shown.as_str()), word)
}
