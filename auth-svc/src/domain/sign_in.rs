//! Signing in with a password, and staying signed in: refresh tokens are single-use and follow from one another, so two
//! tabs that refresh at once both go on, and a stolen one ends the session.

use chrono::TimeDelta;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    asking::Asking,
    audit::Action,
    core::{Core, Grant, Refreshed},
    names,
    throttle::Counted,
};
use crate::{
    error::AuthError,
    passwords::Verdict,
    store::{
        sessions::{self, Session},
        throttles,
        users::{self, User},
    },
    tokens::{Secret, hash},
};

/// How long an account is known from a network.
const KNOWN: TimeDelta = TimeDelta::days(90);
/// Successors that are followed within the reuse window; each was asked for by somebody.
const STEPS: u32 = 32;

/// Counts that one login is held to.
struct Counts {
    account_in_network: Counted,
    /// Network and account, from a network that the account is not known from.
    others: Vec<Counted>,
}

impl Core {
    /// `identifier` is an email or a username.
    pub(crate) async fn login(
        &self,
        asking: &Asking,
        identifier: &str,
        password: SecretString,
    ) -> Result<Grant, AuthError> {
        let (email_key, username_key) = names::identifier(identifier);
        let found = users::for_login(&self.db, &email_key, &username_key).await?;
        let (user, stored) = found.unzip();
        let stored = stored.flatten();
        let name = format!("{email_key}{username_key}");
        let counts = self.counts(asking, user.as_ref(), &name).await?;
        if !is_signed_in_as(asking, user.as_ref()) {
            let all = [&[counts.account_in_network], counts.others.as_slice()].concat();
            self.count(all).await?;
        }

        let verdict = self.passwords.verify(password, stored.clone()).await?;
        match user {
            Some(user) if user.is_active() && verdict != Verdict::Wrong => {
                self.succeed(asking, user, stored, verdict, counts).await
            }
            user => self.fail(asking, user.map(|user| user.id)).await,
        }
    }

    async fn counts(&self, asking: &Asking, user: Option<&User>, name: &str) -> Result<Counts, AuthError> {
        let (network, limits) = (asking.network(), &self.config.throttle);
        let who = user.map_or_else(|| name.to_owned(), |user| user.id.to_string());
        let since = self.clock.now() - KNOWN;
        let known = match user {
            Some(user) => throttles::is_known(&self.db, user.id, &network, since).await?,
            None => false,
        };

        let others = if known {
            Vec::new()
        } else {
            vec![
                Counted::new("login in network", &[&network], limits.network()),
                Counted::new("login to account", &[&who], limits.account()),
            ]
        };

        Ok(Counts {
            account_in_network: Counted::new(
                "login to account in network",
                &[&who, &network],
                limits.account_in_network(),
            ),
            others,
        })
    }

    async fn fail(&self, asking: &Asking, user: Option<Uuid>) -> Result<Grant, AuthError> {
        let mut tx = self.db.begin_write().await?;
        self.note_of_nobody(&mut tx, asking, Action::LoginFailed, user)
            .await?;
        tx.commit().await?;
        Err(AuthError::Unauthenticated)
    }

    async fn succeed(
        &self,
        asking: &Asking,
        user: User,
        stored: Option<String>,
        verdict: Verdict,
        counts: Counts,
    ) -> Result<Grant, AuthError> {
        let mut tx = self.db.begin_write().await?;
        self.take_back(&mut tx, &counts.account_in_network, &counts.others)
            .await?;
        throttles::know(&mut tx, user.id, &asking.network(), self.clock.now()).await?;

        if let (Verdict::Outdated(new), Some(old)) = (verdict, stored) {
            users::rehash(&mut tx, user.id, &old, &new).await?;
        }

        let opened = self.open(&mut tx, asking, user.id).await?;
        self.note(&mut tx, asking, Action::LoggedIn, Some(user.id), "password")
            .await?;
        tx.commit().await?;

        self.grant(user, opened).await
    }

    /// The session goes on, under the next refresh token; or it ends, because the token is a copy.
    pub(crate) async fn refresh(&self, asking: &Asking, token: &str) -> Result<Refreshed, AuthError> {
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        let Some(session_id) = sessions::use_refresh(&mut tx, &hash(token), now).await? else {
            tx.rollback().await?;
            return self.refresh_again(asking, token).await;
        };
        let expires_at = now + self.config.refresh_lifetime();
        let user_id = sessions::prolong(&mut tx, session_id, now, expires_at).await?;
        let user_id = user_id.ok_or(AuthError::Unauthenticated)?;
        let user = self.read_back(&mut tx, user_id).await?;
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        let next = self.secrets.successor(token);
        self.keep(&mut tx, session_id, &next).await?;
        tx.commit().await?;

        self.grant_of(user, session_id, next).await.map(Refreshed::On)
    }

    /// A token that is used up: within the window its active successor is given once more; after it, somebody has a copy.
    async fn refresh_again(&self, asking: &Asking, token: &str) -> Result<Refreshed, AuthError> {
        let used = sessions::refresh(&self.db, &hash(token)).await?;
        let used = used.ok_or(AuthError::Unauthenticated)?;
        let (session, user) = self.standing(used.session_id).await?;

        // Not used, yet not taken: it has expired.
        let used_at = used.used_at.ok_or(AuthError::Unauthenticated)?;
        if self.clock.now() - used_at > self.config.reuse_window() {
            self.end_stolen(asking, &session).await?;
            return Ok(Refreshed::Ended(session));
        }

        let next = self.active_successor(token).await?;
        self.grant_of(user, session.id, next).await.map(Refreshed::On)
    }

    async fn active_successor(&self, token: &str) -> Result<Secret, AuthError> {
        let mut next = self.secrets.successor(token);
        for _ in 0..STEPS {
            let row = sessions::refresh(&self.db, &next.hash()).await?;
            let row = row.ok_or(AuthError::Unauthenticated)?;
            if row.used_at.is_none() {
                return Ok(next);
            }
            next = self.secrets.successor(next.expose());
        }

        Err(AuthError::Unauthenticated)
    }

    async fn end_stolen(&self, asking: &Asking, session: &Session) -> Result<(), AuthError> {
        let mut tx = self.db.begin_write().await?;
        sessions::revoke(&mut tx, session.user_id, session.id, self.clock.now()).await?;
        self.note_of_nobody(&mut tx, asking, Action::RefreshReused, Some(session.user_id))
            .await?;
        tx.commit().await?;
        tracing::warn!(session = %session.id, "a used refresh token came again: the session was ended");
        Ok(())
    }

    /// A session that stands, and its user, who may act.
    pub(crate) async fn standing(&self, session_id: Uuid) -> Result<(Session, User), AuthError> {
        let session = sessions::by_id(&self.db, session_id).await?;
        let session = session
            .filter(|session| session.stands(self.clock.now()))
            .ok_or(AuthError::Unauthenticated)?;
        let user = self.active(session.user_id).await?;
        Ok((session, user))
    }

    pub(crate) async fn active(&self, user: Uuid) -> Result<User, AuthError> {
        let user = users::by_id(&self.db, user).await?;
        user.filter(User::is_active).ok_or(AuthError::Unauthenticated)
    }
}

/// Whoever is signed in to the account already has nothing to guess.
fn is_signed_in_as(asking: &Asking, user: Option<&User>) -> bool {
    let actor = &asking.actor;
    actor.session_id.is_some() && user.is_some_and(|user| user.id == actor.user_id)
}
