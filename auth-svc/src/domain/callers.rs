//! The user behind a caller, as the database knows them now: a signed actor says who asks, and only rows say whether that
//! user may still act, in that session.

use chrono::{DateTime, Utc};
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
};
use uuid::Uuid;

use super::request_context::RequestContext;
use crate::{
    error::AuthError,
    store::{
        sessions::{self, Session},
        users::{self, User},
    },
};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Callers {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
}

impl Callers {
    /// The user behind a caller who is signed in: with an account, or with a session as a guest.
    pub(crate) async fn require_user(&self, context: &RequestContext) -> Result<User, AuthError> {
        let actor = &context.actor;
        if actor.guest && actor.session_id.is_none() {
            return Err(AuthError::SignIn);
        }
        // A gateway believes for a while that a session stands; what is done here may outlast it.
        if actor.session_id.is_some() {
            self.find_session(context).await?.ok_or(AuthError::SignIn)?;
        }

        let user = users::find_user(&self.db.user(actor.user_id), actor.user_id).await?;
        // A guest's token that outlived the guest: the account that it became has sessions of its own.
        user.filter(|user| user.is_active() && user.guest == actor.guest)
            .ok_or(AuthError::SignIn)
    }

    /// A caller with an account, not a guest.
    pub(crate) async fn require_account(&self, context: &RequestContext) -> Result<User, AuthError> {
        let user = self.require_user(context).await?;
        if user.guest {
            Err(AuthError::SignIn)
        } else {
            Ok(user)
        }
    }

    /// The user whom a credential belongs to.
    pub(crate) async fn require_active_user(&self, id: Uuid) -> Result<User, AuthError> {
        let user = users::find_user(&self.db.user(id), id).await?;
        user.filter(User::is_active).ok_or(AuthError::Unauthenticated)
    }

    /// When the caller last showed who they are. `None` of an API key and of a token that was made for them: whoever holds
    /// one was handed it.
    pub(crate) async fn find_auth_time(
        &self,
        context: &RequestContext,
    ) -> Result<Option<DateTime<Utc>>, AuthError> {
        let session = self.find_session(context).await?;

        // A session begins with a sign-in, and refreshing it is none.
        Ok(session
            .filter(|session| !session.minted)
            .map(|session| session.created_at)
            .or(context.actor.auth_time))
    }

    /// The caller's session, if it stands.
    async fn find_session(&self, context: &RequestContext) -> Result<Option<Session>, AuthError> {
        let Some(id) = context.actor.session_id else {
            return Ok(None);
        };

        let now = self.clock.now();
        let session = sessions::find_session(&self.db.user(context.actor.user_id), id).await?;
        Ok(session.filter(|session| session.user_id == context.actor.user_id && session.stands(now)))
    }
}

/// The user as this transaction sees it.
pub(crate) async fn read_user_back(tx: &mut WriteTx, id: Uuid) -> Result<User, AuthError> {
    let user = users::find_user_in(tx, id).await?;
    user.ok_or_else(|| AuthError::internal("reading a user back", "it is not there"))
}
