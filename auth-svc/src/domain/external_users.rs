//! Users of other issuers: provisioned when they are first seen, the same user from then on.

use std::sync::Arc;

use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
    ids::SharedIds,
    tokens::Unverified,
};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    email_claims, names,
    outbox::Outbox,
    request_context::RequestContext,
    sessions::{Authenticated, Sessions},
    sign_up::SignUp,
};
use crate::{
    error::AuthError,
    external::{ExternalIdentity, Issuers},
    store::{
        identities, user_emails,
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
            api_key: None,
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
            let known = identities::find_user_by_identity(&self.db.system(), issuer, subject).await?;
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
        if !user.is_active() || !became_somebody && !self.lacks_email(&user, identity).await? {
            return Ok(Some(user));
        }

        let mut tx = self.db.system().begin_write().await?;
        let email = self.find_free_email(&mut tx, identity).await?;
        let now = self.clock.now();
        let outcome = match email {
            email if became_somebody => {
                let new = NewUser {
                    id: user.id,
                    username: generate_username(email.as_ref(), "user"),
                    email_verified: email.is_some(),
                    email_held: email.is_some(),
                    email,
                    guest: false,
                    at: now,
                };
                self.sign_up.make_account(&mut tx, context, &new).await?
            }
            Some(email) => user_emails::set_email(&mut tx, user.id, &email, (true, true), now).await?,
            // It is somebody's here already, or nobody vouches for it.
            None => WriteOutcome::Done,
        };
        if outcome != WriteOutcome::Done {
            return Ok(None);
        }
        note_shown_email(&mut tx, identity).await?;

        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;
        self.outbox.wake_sweeper();

        Ok(Some(user))
    }

    /// Whether the issuer knows an email that is not known of the user here: one to have, or one to show.
    async fn lacks_email(&self, user: &User, identity: &ExternalIdentity) -> Result<bool, AuthError> {
        if user.guest {
            return Ok(false);
        }

        let named = read_shown_email(identity);
        let differs = named.is_some_and(|named| user.email.as_ref() != Some(&named.shown));
        let to_have = !user.email_verified && identity.verified_email.is_some();
        if !differs && !to_have {
            return Ok(false);
        }
        // Whoever has an email here keeps it.
        Ok(user_emails::find_email_key(&self.db.system(), user.id)
            .await?
            .is_none())
    }

    /// `None` when somebody else was faster; looking again helps.
    async fn provision(
        &self,
        context: &RequestContext,
        identity: &ExternalIdentity,
    ) -> Result<Option<User>, AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        let email = self.find_free_email(&mut tx, identity).await?;
        let word = if identity.anonymous { "guest" } else { "user" };
        let new = NewUser {
            id: self.ids.id(),
            username: generate_username(email.as_ref(), word),
            email_verified: email.is_some(),
            email_held: email.is_some(),
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
        note_shown_email(&mut tx, identity).await?;
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

    /// The email that the issuer vouches for, when nobody has proven here that it is theirs: an account is never reached through
    /// another issuer's word about an email. Whoever only claims it has it no more.
    async fn find_free_email(
        &self,
        tx: &mut WriteTx,
        identity: &ExternalIdentity,
    ) -> Result<Option<Name>, AuthError> {
        let verified = identity.verified_email.as_deref().filter(|_| !identity.anonymous);
        let Some(email) = verified.and_then(|text| names::parse_email("email", text).ok()) else {
            return Ok(None);
        };

        if email_claims::is_proven(tx, &email).await? {
            return Ok(None);
        }
        user_emails::drop_unproven(tx, &email.key, Uuid::nil()).await?;

        Ok(Some(email))
    }
}

/// What the issuer calls the user's email is shown, whether or not anybody vouches for it; it leads to nobody.
async fn note_shown_email(tx: &mut WriteTx, identity: &ExternalIdentity) -> Result<(), AuthError> {
    let email = read_shown_email(identity);
    let shown = email.as_ref().map(|email| email.shown.as_str());

    Ok(identities::set_shown_email(tx, &identity.issuer, &identity.subject, shown).await?)
}

fn generate_username(email: Option<&Name>, word: &str) -> Username {
    names::generate_username(email.map(|email| email.shown.as_str()), word)
}

fn read_shown_email(identity: &ExternalIdentity) -> Option<Name> {
    let email = identity.email.as_deref().filter(|_| !identity.anonymous)?;
    names::parse_email("email", email).ok()
}
