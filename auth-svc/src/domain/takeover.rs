//! An owner who comes by the account's email gets it with every way in closed that was there before: whoever wrote the email
//! into it, or got in since, is out.

use chrono::{DateTime, Utc};
use kit::db::WriteTx;
use uuid::Uuid;

use crate::{
    error::AuthError,
    store::{
        api_keys, email_links, identities, oauth_states, second_factors, sessions, sign_in_tickets, users,
    },
};

/// Closes every way into the account; the sessions that ended. A second factor is none, and stays.
pub(crate) async fn close_ways_in(
    tx: &mut WriteTx,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, AuthError> {
    users::delete_password(tx, user).await?;
    let ended = sessions::revoke_sessions(tx, user, None, now).await?;
    api_keys::revoke_keys(tx, user, now).await?;
    identities::delete_identities(tx, user).await?;

    // Nor may anything that began before go on.
    oauth_states::delete_links(tx, user).await?;
    sign_in_tickets::delete_tickets(tx, user).await?;
    email_links::delete_links(tx, user).await?;

    Ok(ended)
}

/// The same of an account that was nobody's for certain: a second factor there is a stranger's.
pub(crate) async fn take_over(
    tx: &mut WriteTx,
    user: Uuid,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, AuthError> {
    second_factors::delete_factor(tx, user).await?;
    close_ways_in(tx, user, now).await
}
