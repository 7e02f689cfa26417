//! Users of other issuers: provisioned when they are first seen, the same user from then on.

use kit::tokens::Unverified;

use super::{asking::Asking, audit::Action, core::Core, names, sessions::Authenticated};
use crate::{
    error::AuthError,
    external::{Issuers, Stranger},
    store::{
        identities,
        users::{self, NewUser, User, Written},
    },
};

/// Attempts to write a user whose generated name or email turned out to be taken, or that somebody else wrote first.
const ATTEMPTS: u32 = 5;

impl Core {
    /// Whose a token is: one of ours, or one of a trusted issuer.
    pub(crate) async fn by_token(
        &self,
        asking: &Asking,
        issuers: &Issuers,
        token: &str,
    ) -> Result<Authenticated, AuthError> {
        let parsed = Unverified::parse(token).map_err(|_| AuthError::Unauthenticated)?;
        if parsed.issuer() == Some(self.keyring.rules().issuer()) {
            return self.by_access_token(token).await;
        }

        let stranger = issuers.verify(token, self.clock.now()).await;
        let stranger = stranger.ok_or(AuthError::Unauthenticated)?;
        let user = self.user_of(asking, &stranger).await?;
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        Ok(Authenticated {
            user,
            session_id: None,
            scopes: Vec::new(),
            expires_at: Some(stranger.expires_at),
        })
    }

    async fn by_access_token(&self, token: &str) -> Result<Authenticated, AuthError> {
        let claims = self.keyring.verify(token).await?;
        let checked = self
            .check_session(claims.session_id, Some(claims.user_id))
            .await?;

        Ok(Authenticated {
            scopes: claims.scopes,
            expires_at: Some(claims.expires_at),
            ..checked
        })
    }

    async fn user_of(&self, asking: &Asking, stranger: &Stranger) -> Result<User, AuthError> {
        for _ in 0..ATTEMPTS {
            if let Some(user) = identities::user_of(&self.db, &stranger.issuer, &stranger.subject).await? {
                return Ok(user);
            }
            if let Some(user) = self.provision(asking, stranger).await? {
                return Ok(user);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// `None` when somebody else was faster; looking again helps. The email is taken over only when nobody has it here:
    /// an account is never reached through another issuer's word about an email.
    async fn provision(&self, asking: &Asking, stranger: &Stranger) -> Result<Option<User>, AuthError> {
        let mut tx = self.db.begin_write().await?;
        let email = stranger
            .verified_email
            .as_deref()
            .and_then(|text| names::email("email", text).ok());

        let free = match &email {
            Some(email) => users::by_email_in(&mut tx, &email.key).await?.is_none(),
            None => false,
        };

        let new = NewUser {
            id: self.ids.id(),
            username: names::generated(email.as_ref().map(|email| email.shown.as_str()), "user"),
            email_verified: free,
            email: email.filter(|_| free),
            guest: false,
            at: self.clock.now(),
        };
        if users::insert(&mut tx, &new).await? != Written::Done {
            return Ok(None);
        }

        let (issuer, subject) = (&stranger.issuer, &stranger.subject);
        if !identities::insert(&mut tx, issuer, subject, new.id, new.at).await? {
            return Ok(None);
        }

        self.note(&mut tx, asking, Action::UserProvisioned, Some(new.id), issuer)
            .await?;

        let user = self.read_back(&mut tx, new.id).await?;
        tx.commit().await?;

        Ok(Some(user))
    }
}
