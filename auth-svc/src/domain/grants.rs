//! How a session is opened and tokens are given for it, whichever way somebody has signed in.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kit::{clock::SharedClock, db::WriteTx, ids::SharedIds, tokens::AccessClaims};
use uuid::Uuid;

use super::request_context::RequestContext;
use crate::{
    config::AuthConfig,
    error::AuthError,
    store::{
        sessions::{self, NewRefreshToken, Session},
        throttles,
        users::User,
    },
    tokens::{Keyring, Secret, Secrets},
};

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

/// A session that was just written, and not committed yet.
pub(crate) struct OpenedSession {
    session_id: Uuid,
    refresh_token: Secret,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Grants {
    keyring: Arc<Keyring>,
    secrets: Secrets,
    clock: SharedClock,
    ids: SharedIds,
    access_lifetime: TimeDelta,
    refresh_lifetime: TimeDelta,
}

impl Grants {
    pub(crate) fn new(
        keyring: Arc<Keyring>,
        secrets: Secrets,
        clock: SharedClock,
        ids: SharedIds,
        config: &AuthConfig,
    ) -> Self {
        Self {
            keyring,
            secrets,
            clock,
            ids,
            access_lifetime: config.access_lifetime(),
            refresh_lifetime: config.refresh_lifetime(),
        }
    }

    pub(crate) const fn access_lifetime(&self) -> TimeDelta {
        self.access_lifetime
    }

    pub(crate) const fn refresh_lifetime(&self) -> TimeDelta {
        self.refresh_lifetime
    }

    /// Writes a new session with its first refresh token. The account is known from this network from now on.
    pub(crate) async fn open_session(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        user: Uuid,
    ) -> Result<OpenedSession, AuthError> {
        let session = self.new_session(context, user, self.refresh_lifetime);
        sessions::insert_session(tx, &session).await?;

        let refresh_token = self.secrets.make_refresh_token();
        self.add_refresh_token(tx, session.id, &refresh_token).await?;
        self.note_network(tx, context, user).await?;

        Ok(OpenedSession {
            session_id: session.id,
            refresh_token,
        })
    }

    /// A session that nobody signed in to, for a token that an operator makes. Nothing refreshes it; it ends as the others do.
    pub(crate) async fn open_minted_session(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        user: Uuid,
        lifetime: TimeDelta,
    ) -> Result<Uuid, AuthError> {
        let session = Session {
            minted: true,
            ..self.new_session(context, user, lifetime)
        };
        sessions::insert_session(tx, &session).await?;

        Ok(session.id)
    }

    fn new_session(&self, context: &RequestContext, user: Uuid, lifetime: TimeDelta) -> Session {
        let now = self.clock.now();
        Session {
            id: self.ids.id(),
            user_id: user,
            address: context.address.clone(),
            user_agent: context.user_agent.clone(),
            created_at: now,
            last_used_at: now,
            expires_at: now + lifetime,
            revoked_at: None,
            minted: false,
        }
    }

    /// The account is used from here: strangers' failures elsewhere do not keep its owner out.
    pub(crate) async fn note_network(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        user: Uuid,
    ) -> Result<(), AuthError> {
        let network = context.network();
        if network.is_empty() {
            return Ok(());
        }

        Ok(throttles::note_network(tx, user, &network, self.clock.now()).await?)
    }

    pub(crate) async fn add_refresh_token(
        &self,
        tx: &mut WriteTx,
        session_id: Uuid,
        token: &Secret,
    ) -> Result<(), AuthError> {
        let now = self.clock.now();
        let row = NewRefreshToken {
            hash: token.hash(),
            session_id,
            created_at: now,
            expires_at: now + self.refresh_lifetime,
        };

        Ok(sessions::insert_refresh_token(tx, &row).await?)
    }

    /// The tokens of a session that was opened and committed.
    pub(crate) async fn issue(&self, user: User, opened: OpenedSession) -> Result<Grant, AuthError> {
        self.issue_again(user, opened.session_id, opened.refresh_token)
            .await
    }

    /// A new access token for a session that goes on, beside the refresh token that it goes on with.
    pub(crate) async fn issue_again(
        &self,
        user: User,
        session_id: Uuid,
        refresh_token: Secret,
    ) -> Result<Grant, AuthError> {
        let grant = self
            .issue_access_token(user, Some(session_id), self.access_lifetime)
            .await?;

        Ok(Grant {
            refresh_token: Some(refresh_token),
            ..grant
        })
    }

    /// An access token alone.
    pub(crate) async fn issue_access_token(
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
}
