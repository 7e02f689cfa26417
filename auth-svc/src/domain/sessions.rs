//! Sessions: listed, checked and ended.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{asking::Asking, audit::Action, core::Core};
use crate::{
    error::AuthError,
    store::{
        sessions::{self, Session},
        users::User,
    },
    tokens::hash,
};

/// Whose sessions a logout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Local,
    Others,
    Global,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Others => "others",
            Self::Global => "global",
        }
    }
}

/// Whose a credential is, and until when.
pub(crate) struct Authenticated {
    pub(crate) user: User,
    pub(crate) session_id: Option<Uuid>,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Core {
    /// Ends sessions of the caller, or those that belong to the holder of a refresh token; their ids. A token that nobody
    /// knows ends nothing, and that is no failure (RFC 7009, section 2.2).
    pub(crate) async fn logout(
        &self,
        asking: &Asking,
        scope: Scope,
        refresh_token: &str,
    ) -> Result<Vec<Uuid>, AuthError> {
        let (user, session) = if refresh_token.is_empty() {
            (self.signed_in(asking).await?.id, asking.actor.session_id)
        } else {
            match self.session_of(refresh_token).await? {
                Some(session) => (session.user_id, Some(session.id)),
                None => return Ok(Vec::new()),
            }
        };

        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let ended = match scope {
            Scope::Local => {
                let session = session.ok_or(AuthError::SignIn)?;
                let ended = sessions::revoke(&mut tx, user, session, now).await?;
                ended.then_some(session).into_iter().collect()
            }
            Scope::Others => sessions::revoke_all(&mut tx, user, session, now).await?,
            Scope::Global => sessions::revoke_all(&mut tx, user, None, now).await?,
        };

        self.note(&mut tx, asking, Action::LoggedOut, Some(user), scope.name())
            .await?;
        tx.commit().await?;

        Ok(ended)
    }

    async fn session_of(&self, refresh_token: &str) -> Result<Option<Session>, AuthError> {
        let found = sessions::refresh(&self.db, &hash(refresh_token)).await?;
        let found = found.filter(|token| token.expires_at > self.clock.now());
        Ok(match found {
            Some(token) => sessions::by_id(&self.db, token.session_id).await?,
            None => None,
        })
    }

    /// Whether a session stands and is this user's; without a session, whether the user may act.
    pub(crate) async fn check_session(
        &self,
        session: Option<Uuid>,
        user: Option<Uuid>,
    ) -> Result<Authenticated, AuthError> {
        let (session, found) = match (session, user) {
            (Some(session), _) => {
                let (session, user) = self.standing(session).await?;
                (Some(session), user)
            }
            (None, Some(user)) => (None, self.active(user).await?),
            (None, None) => return Err(AuthError::Unauthenticated),
        };
        if user.is_some_and(|user| user != found.id) {
            return Err(AuthError::Unauthenticated);
        }

        Ok(Authenticated {
            user: found,
            session_id: session.as_ref().map(|session| session.id),
            scopes: Vec::new(),
            expires_at: session.map(|session| session.expires_at),
        })
    }

    pub(crate) async fn list_sessions(&self, asking: &Asking) -> Result<Vec<Session>, AuthError> {
        let user = self.signed_in(asking).await?;
        Ok(sessions::list(&self.db, user.id, self.clock.now()).await?)
    }

    pub(crate) async fn revoke_session(&self, asking: &Asking, id: &str) -> Result<Uuid, AuthError> {
        let user = self.signed_in(asking).await?;
        let not_found = || AuthError::NotFound {
            what: "session",
            id: id.to_owned(),
        };
        let session = Uuid::try_parse(id).map_err(|_| not_found())?;
        let mut tx = self.db.begin_write().await?;
        if !sessions::revoke(&mut tx, user.id, session, self.clock.now()).await? {
            return Err(not_found());
        }

        self.note(&mut tx, asking, Action::SessionRevoked, Some(user.id), session)
            .await?;
        tx.commit().await?;

        Ok(session)
    }
}
