//! Sessions: listed, checked and ended. How they are opened is in `grants`, how they go on in `refresh_tokens`.

use chrono::{DateTime, Utc};
use kit::{clock::SharedClock, db::Db};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::Callers,
    request_context::RequestContext,
};
use crate::{
    error::AuthError,
    store::{
        sessions::{self, Session},
        users::User,
    },
    tokens::hash_secret,
};

/// Whose sessions a logout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutScope {
    Local,
    Others,
    Global,
}

impl LogoutScope {
    const fn as_str(self) -> &'static str {
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
    /// When they last showed who they are, where another issuer says so.
    pub(crate) auth_time: Option<DateTime<Utc>>,
    /// The API key that they came with.
    pub(crate) api_key: Option<Uuid>,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sessions {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) audit: Audit,
}

impl Sessions {
    /// Ends sessions of the caller, or the one that a refresh token belongs to; their ids. A token that is not good any more
    /// ends nothing, whatever it was good for, and that is no failure (RFC 7009, section 2.2): it may be a thief's.
    pub(crate) async fn log_out(
        &self,
        context: &RequestContext,
        scope: LogoutScope,
        refresh_token: &str,
    ) -> Result<Vec<Uuid>, AuthError> {
        let (user, session) = if refresh_token.is_empty() {
            let user = self.callers.require_user(context).await?;
            (user.id, context.actor.session_id)
        } else {
            match self.find_by_refresh_token(refresh_token).await? {
                None => return Ok(Vec::new()),
                Some(_) if scope != LogoutScope::Local => {
                    return Err(AuthError::invalid("scope", "local, with a refresh token"));
                }
                Some(session) => (session.user_id, Some(session.id)),
            }
        };

        let now = self.clock.now();
        let mut tx = self.db.user(user).begin_write().await?;
        let ended = match scope {
            LogoutScope::Local => {
                let session = session.ok_or(AuthError::SignIn)?;
                let ended = sessions::revoke_session(&mut tx, user, session, now).await?;
                ended.then_some(session).into_iter().collect()
            }
            LogoutScope::Others => sessions::revoke_sessions(&mut tx, user, session, now).await?,
            LogoutScope::Global => sessions::revoke_sessions(&mut tx, user, None, now).await?,
        };
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::LoggedOut,
                Some(user),
                scope.as_str(),
            )
            .await?;
        tx.commit().await?;

        Ok(ended)
    }

    /// The session that a token would prolong.
    async fn find_by_refresh_token(&self, token: &str) -> Result<Option<Session>, AuthError> {
        let now = self.clock.now();
        let found = sessions::find_refresh_token(&self.db.system(), &hash_secret(token)).await?;
        let Some(token) = found.filter(|token| token.used_at.is_none() && token.expires_at > now) else {
            return Ok(None);
        };

        let session = sessions::find_session(&self.db.system(), token.session_id).await?;
        Ok(session.filter(|session| session.stands(now)))
    }

    /// Whether a session stands and is this user's; without a session, whether the user may act.
    pub(crate) async fn check(
        &self,
        session: Option<Uuid>,
        user: Option<Uuid>,
    ) -> Result<Authenticated, AuthError> {
        let (session, found) = match (session, user) {
            (Some(session), _) => {
                let (session, user) = self.require_standing(session).await?;
                (Some(session), user)
            }
            (None, Some(user)) => (None, self.callers.require_active_user(user).await?),
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
            auth_time: None,
            api_key: None,
        })
    }

    /// A session that stands, and its user, who may act.
    pub(crate) async fn require_standing(&self, session_id: Uuid) -> Result<(Session, User), AuthError> {
        let session = sessions::find_session(&self.db.system(), session_id).await?;
        let session = session
            .filter(|session| session.stands(self.clock.now()))
            .ok_or(AuthError::Unauthenticated)?;

        let user = self.callers.require_active_user(session.user_id).await?;
        Ok((session, user))
    }

    pub(crate) async fn list(&self, context: &RequestContext) -> Result<Vec<Session>, AuthError> {
        let user = self.callers.require_user(context).await?;

        Ok(sessions::list_sessions(&self.db.user(user.id), user.id, self.clock.now()).await?)
    }

    pub(crate) async fn revoke(&self, context: &RequestContext, id: &str) -> Result<Uuid, AuthError> {
        let user = self.callers.require_user(context).await?;
        let not_found = || AuthError::NotFound {
            what: "session",
            id: id.to_owned(),
        };
        let session = Uuid::try_parse(id).map_err(|_| not_found())?;

        let mut tx = self.db.user(user.id).begin_write().await?;
        if !sessions::revoke_session(&mut tx, user.id, session, self.clock.now()).await? {
            return Err(not_found());
        }
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::SessionRevoked,
                Some(user.id),
                session,
            )
            .await?;
        tx.commit().await?;

        Ok(session)
    }
}
