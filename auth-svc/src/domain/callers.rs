//! The user behind a caller, as the database knows them now: a signed actor says who asks, and only a row says whether
//! that user may still act.

use kit::db::{Db, WriteTx};
use uuid::Uuid;

use super::request_context::RequestContext;
use crate::{
    error::AuthError,
    store::users::{self, User},
};

/// The user behind a caller who is signed in: with an account, or with a session as a guest.
pub(crate) async fn require_user(db: &Db, context: &RequestContext) -> Result<User, AuthError> {
    let actor = &context.actor;
    if actor.guest && actor.session_id.is_none() {
        return Err(AuthError::SignIn);
    }

    let user = users::find_user(db, actor.user_id).await?;
    // A guest's token that outlived the guest: the account that it became has sessions of its own.
    user.filter(|user| user.is_active() && user.guest == actor.guest)
        .ok_or(AuthError::SignIn)
}

/// A caller with an account, not a guest.
pub(crate) async fn require_account(db: &Db, context: &RequestContext) -> Result<User, AuthError> {
    let user = require_user(db, context).await?;
    if user.guest {
        Err(AuthError::SignIn)
    } else {
        Ok(user)
    }
}

/// The user whom a credential belongs to.
pub(crate) async fn require_active_user(db: &Db, id: Uuid) -> Result<User, AuthError> {
    let user = users::find_user(db, id).await?;
    user.filter(User::is_active).ok_or(AuthError::Unauthenticated)
}

/// The user as this transaction sees it.
pub(crate) async fn read_user_back(tx: &mut WriteTx, id: Uuid) -> Result<User, AuthError> {
    let user = users::find_user_in(tx, id).await?;
    user.ok_or_else(|| AuthError::internal("reading a user back", "it is not there"))
}
