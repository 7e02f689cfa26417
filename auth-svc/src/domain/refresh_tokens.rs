//! Staying signed in: refresh tokens are single-use and follow from one another, so two tabs that refresh at once both go
//! on, and a stolen one ends the session.

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db};

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    grants::{Grant, Grants},
    request_context::RequestContext,
    sessions::Sessions,
};
use crate::{
    error::AuthError,
    store::sessions::{self, Session},
    tokens::{Secret, Secrets, hash_secret},
};

/// Successors that are followed within the reuse window; each was asked for by somebody.
const STEPS: u32 = 32;

/// What became of a session whose refresh token came.
pub(crate) enum RefreshOutcome {
    Continued(Grant),
    /// It was ended, because the token had been used before.
    Ended(Session),
}

pub(crate) struct RefreshTokens {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) secrets: Secrets,
    pub(crate) grants: Grants,
    pub(crate) sessions: Sessions,
    pub(crate) audit: Audit,
    pub(crate) reuse_window: TimeDelta,
}

impl RefreshTokens {
    /// The session goes on, under the next refresh token; or it ends, because the token is a copy.
    pub(crate) async fn refresh(
        &self,
        context: &RequestContext,
        token: &str,
    ) -> Result<RefreshOutcome, AuthError> {
        let now = self.clock.now();
        let mut tx = self.db.system().begin_write().await?;
        let Some(session_id) = sessions::use_refresh_token(&mut tx, &hash_secret(token), now).await? else {
            tx.rollback().await?;
            return self.answer_used_token(context, token).await;
        };

        let expires_at = now + self.grants.refresh_lifetime();
        let user_id = sessions::prolong_session(&mut tx, session_id, now, expires_at).await?;
        let user = read_user_back(&mut tx, user_id.ok_or(AuthError::Unauthenticated)?).await?;
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        let next = self.secrets.derive_successor(token);
        self.grants.add_refresh_token(&mut tx, session_id, &next).await?;
        self.grants.note_network(&mut tx, context, user.id).await?;
        tx.commit().await?;

        let grant = self.grants.issue_again(user, session_id, next).await?;
        Ok(RefreshOutcome::Continued(grant))
    }

    /// A token that is used up: within the window its active successor is given once more; after it, somebody has a copy.
    async fn answer_used_token(
        &self,
        context: &RequestContext,
        token: &str,
    ) -> Result<RefreshOutcome, AuthError> {
        let used = sessions::find_refresh_token(&self.db.system(), &hash_secret(token)).await?;
        let used = used.ok_or(AuthError::Unauthenticated)?;
        let (session, user) = self.sessions.require_standing(used.session_id).await?;

        // Not used, yet not taken: it has expired.
        let used_at = used.used_at.ok_or(AuthError::Unauthenticated)?;
        if self.clock.now() - used_at > self.reuse_window {
            self.end_stolen(context, &session).await?;
            return Ok(RefreshOutcome::Ended(session));
        }

        let next = self.find_active_successor(token).await?;
        let grant = self.grants.issue_again(user, session.id, next).await?;
        Ok(RefreshOutcome::Continued(grant))
    }

    async fn find_active_successor(&self, token: &str) -> Result<Secret, AuthError> {
        let mut next = self.secrets.derive_successor(token);
        for _ in 0..STEPS {
            let row = sessions::find_refresh_token(&self.db.system(), &next.hash()).await?;
            let row = row.ok_or(AuthError::Unauthenticated)?;
            if row.used_at.is_none() {
                return Ok(next);
            }
            next = self.secrets.derive_successor(next.expose());
        }

        Err(AuthError::Unauthenticated)
    }

    async fn end_stolen(&self, context: &RequestContext, session: &Session) -> Result<(), AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        sessions::revoke_session(&mut tx, session.user_id, session.id, self.clock.now()).await?;
        self.audit
            .record_anonymous(
                &mut tx,
                context,
                AuditAction::RefreshReused,
                Some(session.user_id),
            )
            .await?;
        tx.commit().await?;

        tracing::warn!(session = %session.id, "a used refresh token came again: the session was ended");
        Ok(())
    }
}
