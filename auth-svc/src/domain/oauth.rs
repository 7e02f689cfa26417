//! Who somebody is here whom a provider vouches for. Accounts are found by the provider's own id, and tied to it the first
//! time by a verified email only.

use kit::db::WriteTx;
use uuid::Uuid;

use super::{
    asking::Asking,
    audit::Action,
    core::{Core, Grant},
    names,
    sign_up::can_upgrade,
};
use crate::{
    error::AuthError,
    oauth::Provided,
    store::{
        api_keys, identities, sessions,
        users::{self, Name, NewUser, User, Written},
    },
};

/// Attempts to write a user whose generated name turned out to be taken, or that somebody else wrote first.
const ATTEMPTS: u32 = 5;

impl Core {
    /// With `link` the provider is added to the calling account; a calling guest becomes an account with it.
    pub(crate) async fn sign_in_by(
        &self,
        asking: &Asking,
        provider: &'static str,
        provided: Provided,
        link: bool,
    ) -> Result<Grant, AuthError> {
        let issuer = format!("oauth:{provider}");
        let linking = match link && !asking.actor.guest {
            true => Some(self.account(asking).await?),
            false => None,
        };
        for _ in 0..ATTEMPTS {
            let grant = match identities::user_of(&self.db, &issuer, &provided.subject).await? {
                Some(user) if linking.as_ref().is_some_and(|own| own.id != user.id) => {
                    return Err(AuthError::IdentityTaken);
                }
                Some(user) => Some(self.enter(asking, user, provider).await?),
                None => {
                    self.tie(asking, &issuer, provider, &provided, linking.as_ref(), link)
                        .await?
                }
            };

            if let Some(grant) = grant {
                return Ok(grant);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    async fn enter(&self, asking: &Asking, user: User, provider: &str) -> Result<Grant, AuthError> {
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        let mut tx = self.db.begin_write().await?;
        let opened = self.open(&mut tx, asking, user.id).await?;

        self.note(&mut tx, asking, Action::LoggedIn, Some(user.id), provider)
            .await?;
        tx.commit().await?;

        self.grant(user, opened).await
    }

    /// Ties the identity to an account, one that is there or a new one. `None` when somebody else was faster.
    async fn tie(
        &self,
        asking: &Asking,
        issuer: &str,
        provider: &str,
        provided: &Provided,
        linking: Option<&User>,
        link: bool,
    ) -> Result<Option<Grant>, AuthError> {
        let email = provided.verified_email.as_deref();
        let email = email.and_then(|text| names::email("email", text).ok());
        let mut tx = self.db.begin_write().await?;
        let known = match (linking, &email) {
            (Some(own), _) => Some(own.id),
            (None, Some(email)) => self.by_verified_email(&mut tx, email).await?,
            (None, None) => None,
        };

        let user = match known {
            Some(user) => user,
            None => match self.newcomer(&mut tx, asking, email, link).await? {
                Some(user) => user,
                None => return Ok(None),
            },
        };
        if !identities::insert(&mut tx, issuer, &provided.subject, user, self.clock.now()).await? {
            return Ok(None);
        }

        self.note(&mut tx, asking, Action::OauthLinked, Some(user), provider)
            .await?;

        let opened = self.open(&mut tx, asking, user).await?;
        let user = self.read_back(&mut tx, user).await?;

        tx.commit().await?;
        self.nudge.notify_one();

        Ok(Some(self.grant(user, opened).await?))
    }

    /// The account of an email that the provider has verified.
    ///
    /// Whoever registered it here never proved that the email is theirs: it may be somebody who waits for its owner to
    /// come. So the owner, who just proved it, gets the account with every other way in closed.
    async fn by_verified_email(&self, tx: &mut WriteTx, email: &Name) -> Result<Option<Uuid>, AuthError> {
        let Some(user) = users::by_email_in(tx, &email.key).await? else {
            return Ok(None);
        };
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        if !user.email_verified {
            let now = self.clock.now();
            users::set_email(tx, user.id, email, true, now).await?;
            users::delete_password(tx, user.id).await?;
            sessions::revoke_all(tx, user.id, None, now).await?;
            api_keys::revoke_all(tx, user.id, now).await?;
        }

        Ok(Some(user.id))
    }

    /// A new account, or the calling guest's.
    async fn newcomer(
        &self,
        tx: &mut WriteTx,
        asking: &Asking,
        email: Option<Name>,
        link: bool,
    ) -> Result<Option<Uuid>, AuthError> {
        let upgrade = link && can_upgrade(&asking.actor);
        let new = NewUser {
            id: if upgrade {
                asking.actor.user_id
            } else {
                self.ids.id()
            },
            username: names::generated(email.as_ref().map(|email| email.shown.as_str()), "user"),
            email_verified: email.is_some(),
            email,
            guest: false,
            at: self.clock.now(),
        };

        let written = match upgrade {
            true => self.become_account(tx, asking, &new).await?,
            false => users::insert(tx, &new).await?,
        };

        match written {
            Written::Done => {
                self.note(tx, asking, Action::Registered, Some(new.id), new.id)
                    .await?;
                Ok(Some(new.id))
            }
            Written::IdTaken | Written::NotThere => Err(AuthError::NotUpgradable),
            Written::EmailTaken | Written::UsernameTaken => Ok(None),
        }
    }
}
