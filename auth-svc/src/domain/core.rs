//! What every part of the domain shares: the engines, the clock, and how a session is opened and a grant made.

use chrono::{DateTime, TimeDelta, Utc};
use kit::clock::SharedClock;
use kit::db::{Db, WriteTx};
use kit::ids::SharedIds;
use kit::tokens::AccessClaims;
use uuid::Uuid;

use super::asking::Asking;
use crate::{
    config::AuthConfig,
    error::AuthError,
    passwords::Passwords,
    store::{
        sessions::{self, NewRefresh, Session},
        tasks::{self, Kind},
        users::{self, User},
    },
    tokens::{Keyring, Secret, Secrets},
};

pub(crate) struct Core {
    pub(crate) db: Db,
    pub(crate) passwords: Passwords,
    pub(crate) keyring: Keyring,
    pub(crate) secrets: Secrets,
    pub(crate) config: AuthConfig,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    /// Wakes the sweeper: something was written that it has to do.
    pub(crate) nudge: tokio::sync::Notify,
}

/// Tokens for somebody who has signed in.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) user: User,
    pub(crate) access_token: String,
    /// None of a development token.
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) expires_in: TimeDelta,
    pub(crate) session_id: Option<Uuid>,
    /// Path to go to after a sign-in with a provider.
    pub(crate) return_to: String,
}

/// What became of a session whose refresh token came.
pub(crate) enum Refreshed {
    /// It goes on.
    On(Grant),
    /// It was ended, because the token had been used before.
    Ended(Session),
}

/// A session that was just written.
pub(crate) struct Opened {
    session_id: Uuid,
    refresh_token: Secret,
}

impl Core {
    /// The user behind a caller who is signed in: with an account, or with a session as a guest.
    pub(crate) async fn signed_in(&self, asking: &Asking) -> Result<User, AuthError> {
        let actor = &asking.actor;
        if actor.guest && actor.session_id.is_none() {
            return Err(AuthError::SignIn);
        }
        let user = users::by_id(&self.db, actor.user_id).await?;
        // A guest's token that outlived the guest: the account that it became has sessions of its own.
        user.filter(|user| user.is_active() && user.guest == actor.guest)
            .ok_or(AuthError::SignIn)
    }

    /// Writes a new session with its first refresh token.
    pub(crate) async fn open(
        &self,
        tx: &mut WriteTx,
        asking: &Asking,
        user: Uuid,
    ) -> Result<Opened, AuthError> {
        let now = self.clock.now();
        let session = Session {
            id: self.ids.id(),
            user_id: user,
            address: asking.address.clone(),
            user_agent: asking.user_agent.clone(),
            created_at: now,
            last_used_at: now,
            expires_at: now + self.config.refresh_lifetime(),
            revoked_at: None,
        };

        sessions::insert(tx, &session).await?;

        let refresh_token = self.secrets.refresh_token();
        self.keep(tx, session.id, &refresh_token).await?;

        Ok(Opened {
            session_id: session.id,
            refresh_token,
        })
    }

    /// Writes a refresh token of a session.
    pub(crate) async fn keep(
        &self,
        tx: &mut WriteTx,
        session_id: Uuid,
        token: &Secret,
    ) -> Result<(), AuthError> {
        let now = self.clock.now();
        let row = NewRefresh {
            hash: token.hash(),
            session_id,
            created_at: now,
            expires_at: now + self.config.refresh_lifetime(),
        };
        Ok(sessions::insert_refresh(tx, &row).await?)
    }

    /// The tokens of a session that was written and committed.
    pub(crate) async fn grant(&self, user: User, opened: Opened) -> Result<Grant, AuthError> {
        self.grant_of(user, opened.session_id, opened.refresh_token).await
    }

    pub(crate) async fn grant_of(
        &self,
        user: User,
        session_id: Uuid,
        refresh_token: Secret,
    ) -> Result<Grant, AuthError> {
        let lifetime = self.config.access_lifetime();
        let grant = self.access(user, Some(session_id), lifetime).await?;
        Ok(Grant {
            refresh_token: Some(refresh_token),
            ..grant
        })
    }

    /// An access token alone.
    pub(crate) async fn access(
        &self,
        user: User,
        session_id: Option<Uuid>,
        lifetime: TimeDelta,
    ) -> Result<Grant, AuthError> {
        let expires_at = self.clock.now() + lifetime;
        let claims = AccessClaims {
            user_id: user.id,
            session_id,
            tier: user.tier(),
            guest: user.guest,
            scopes: Vec::new(),
            id: self.ids.id(),
            expires_at,
        };

        Ok(Grant {
            access_token: self.keyring.sign(&claims).await?,
            refresh_token: None,
            expires_at,
            expires_in: lifetime,
            session_id,
            user,
            return_to: String::new(),
        })
    }

    /// The user as this transaction sees it.
    pub(crate) async fn read_back(&self, tx: &mut WriteTx, id: Uuid) -> Result<User, AuthError> {
        let user = users::by_id_in(tx, id).await?;
        user.ok_or_else(|| AuthError::internal("reading a user back", "it is not there"))
    }

    /// Writes what other services must be told, together with the change itself.
    pub(crate) async fn tell(&self, tx: &mut WriteTx, user: Uuid, kind: Kind) -> Result<(), AuthError> {
        Ok(tasks::insert(tx, self.ids.id(), user, kind, self.clock.now()).await?)
    }
}
