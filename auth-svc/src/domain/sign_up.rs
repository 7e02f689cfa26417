//! Becoming somebody: an account, a guest that lasts, and a guest who becomes an account and keeps the id.

use kit::FieldViolation;
use kit::actor::Actor;
use uuid::{Uuid, Version};

use super::{
    asking::Asking,
    audit::Action,
    core::{Core, Grant},
    names,
    throttle::Counted,
};
use crate::{
    error::AuthError,
    passwords::Password,
    store::{
        sessions,
        tasks::Kind,
        users::{self, Name, NewUser, Written},
    },
};

/// Generated usernames that are tried; each of them is one of 28 billion.
const ATTEMPTS: u32 = 5;

/// A registration as it came.
pub(crate) struct Registration {
    pub(crate) email: String,
    pub(crate) password: String,
    /// Empty for a generated one.
    pub(crate) username: String,
    /// The calling guest becomes the account.
    pub(crate) upgrade: bool,
}

struct Parsed {
    email: Name,
    username: Option<Name>,
    password: Password,
}

impl Registration {
    /// Reports all faults together.
    fn parse(&self) -> Result<Parsed, AuthError> {
        let mut fields: Vec<FieldViolation> = Vec::new();
        let email = names::email("email", &self.email).map_err(|fault| fields.push(fault));
        let password = Password::parse("password", &self.password).map_err(|fault| fields.push(fault));
        let username = match self.username.trim() {
            "" => Ok(None),
            text => names::username("username", text)
                .map(Some)
                .map_err(|fault| fields.push(fault)),
        };

        match (email, username, password) {
            (Ok(email), Ok(username), Ok(password)) => Ok(Parsed {
                email,
                username,
                password,
            }),
            _ => Err(AuthError::Invalid { fields }),
        }
    }
}

/// Whether a guest can become an account: one that has a session, or is of one browser alone. Guests of a network address
/// share their id, which is made from the address and has a version of its own.
pub(crate) fn can_upgrade(actor: &Actor) -> bool {
    let own = actor.user_id.get_version() == Some(Version::Random);
    actor.guest && (actor.session_id.is_some() || own)
}

impl Core {
    pub(crate) async fn register(&self, asking: &Asking, raw: Registration) -> Result<Grant, AuthError> {
        let parsed = raw.parse()?;

        if raw.upgrade && !can_upgrade(&asking.actor) {
            return Err(AuthError::NotUpgradable);
        }

        self.count(vec![self.registrations(asking)]).await?;

        let about = about(&parsed.email, parsed.username.as_ref());
        let hash = self.passwords.accept(parsed.password, about).await?;
        let mut new = NewUser {
            id: if raw.upgrade {
                asking.actor.user_id
            } else {
                self.ids.id()
            },
            username: names::generated(Some(&parsed.email.shown), "user"),
            email: Some(parsed.email),
            email_verified: false,
            guest: false,
            at: self.clock.now(),
        };
        if let Some(chosen) = parsed.username {
            new.username = chosen;
            return self
                .write_account(asking, &new, &hash, raw.upgrade)
                .await?
                .map_err(taken);
        }

        for _ in 0..ATTEMPTS {
            match self.write_account(asking, &new, &hash, raw.upgrade).await? {
                Err(Written::UsernameTaken) => {
                    new.username =
                        names::generated(new.email.as_ref().map(|email| email.shown.as_str()), "user");
                }
                outcome => return outcome.map_err(taken),
            }
        }

        Err(AuthError::UsernameTaken)
    }

    fn registrations(&self, asking: &Asking) -> Counted {
        Counted::new(
            "registration",
            &[&asking.network()],
            self.config.throttle.registrations(),
        )
    }

    /// The account with its password and first session, or nothing and why not.
    async fn write_account(
        &self,
        asking: &Asking,
        new: &NewUser,
        hash: &str,
        upgrade: bool,
    ) -> Result<Result<Grant, Written>, AuthError> {
        let mut tx = self.db.begin_write().await?;
        let written = match upgrade {
            true => self.become_account(&mut tx, asking, new).await?,
            false => users::insert(&mut tx, new).await?,
        };
        if written != Written::Done {
            return Ok(Err(written));
        }

        users::set_password(&mut tx, new.id, hash, new.at).await?;
        self.note(&mut tx, asking, Action::Registered, Some(new.id), new.id)
            .await?;

        let opened = self.open(&mut tx, asking, new.id).await?;
        let user = self.read_back(&mut tx, new.id).await?;

        tx.commit().await?;
        self.nudge.notify_one();

        Ok(Ok(self.grant(user, opened).await?))
    }

    /// Makes the calling guest the account `new`, whether the guest has a row or not. Its guest sessions end, and what it
    /// made will be the account's alone.
    pub(crate) async fn become_account(
        &self,
        tx: &mut kit::db::WriteTx,
        asking: &Asking,
        new: &NewUser,
    ) -> Result<Written, AuthError> {
        let mut written = users::upgrade(tx, new).await?;
        if written == Written::NotThere {
            written = users::insert(tx, new).await?;
        }

        if written == Written::Done {
            sessions::revoke_all(tx, new.id, None, new.at).await?;
            self.tell(tx, new.id, Kind::Claim).await?;
            self.note(tx, asking, Action::GuestUpgraded, Some(new.id), new.id)
                .await?;
        }

        Ok(written)
    }

    /// A guest with a row and a session.
    pub(crate) async fn create_guest(&self, asking: &Asking, upgrade: bool) -> Result<Grant, AuthError> {
        let counted = Counted::new("guest", &[&asking.network()], self.config.throttle.guests());
        self.count(vec![counted]).await?;

        let keeps = upgrade && can_upgrade(&asking.actor);
        let id = if keeps {
            asking.actor.user_id
        } else {
            self.ids.id()
        };
        for _ in 0..ATTEMPTS {
            if let Some(grant) = self.write_guest(asking, id).await? {
                return Ok(grant);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// `None` when the generated username was taken or the row appeared meanwhile.
    async fn write_guest(&self, asking: &Asking, id: Uuid) -> Result<Option<Grant>, AuthError> {
        let mut tx = self.db.begin_write().await?;
        match users::by_id_in(&mut tx, id).await? {
            Some(user) if user.guest && user.is_active() => {}
            Some(_) => return Err(AuthError::NotUpgradable),
            None => {
                let new = NewUser {
                    id,
                    email: None,
                    email_verified: false,
                    username: names::generated(None, "guest"),
                    guest: true,
                    at: self.clock.now(),
                };
                if users::insert(&mut tx, &new).await? != Written::Done {
                    return Ok(None);
                }

                self.note(&mut tx, asking, Action::GuestCreated, Some(id), id)
                    .await?;
            }
        }

        let opened = self.open(&mut tx, asking, id).await?;
        let user = self.read_back(&mut tx, id).await?;

        tx.commit().await?;

        Ok(Some(self.grant(user, opened).await?))
    }
}

/// Words that a password of this owner must not be.
pub(crate) fn about(email: &Name, username: Option<&Name>) -> Vec<String> {
    let local = email.shown.rsplit_once('@').map(|(local, _)| local.to_owned());
    let words = [
        Some(email.shown.clone()),
        local,
        username.map(|name| name.shown.clone()),
    ];
    words.into_iter().flatten().chain(["saga".to_owned()]).collect()
}

/// What a refused write means to who asked for it.
pub(crate) fn taken(written: Written) -> AuthError {
    match written {
        Written::EmailTaken => AuthError::EmailTaken,
        Written::UsernameTaken => AuthError::UsernameTaken,
        Written::IdTaken | Written::NotThere => AuthError::NotUpgradable,
        Written::Done => AuthError::internal("writing a user", "it was written"),
    }
}
