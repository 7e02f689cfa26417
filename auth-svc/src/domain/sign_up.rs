//! Becoming somebody: an account, a guest that lasts, and a guest who becomes an account and keeps the id.

use kit::{
    actor::Actor,
    clock::SharedClock,
    db::{Db, WriteTx},
    error::Faults,
    ids::SharedIds,
};
use uuid::{Uuid, Version};

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    email_claims::EmailClaims,
    grants::{Grant, Grants},
    mail_outbox::MailOutbox,
    names,
    outbox::Outbox,
    request_context::RequestContext,
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    passwords::{Password, Passwords, list_owner_words},
    store::{
        account_tasks::TaskKind,
        mails::MailKind,
        sessions,
        users::{self, Name, NewUser, Username, WriteOutcome},
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

/// How an account comes to be.
#[derive(Clone, Copy)]
struct Way {
    /// The calling guest becomes it.
    upgrade: bool,
    /// A link that proves its email is mailed.
    wants_mail: bool,
}

struct ParsedRegistration {
    email: Name,
    username: Option<Username>,
    password: Password,
}

impl Registration {
    /// Reports all faults together.
    fn parse(&self) -> Result<ParsedRegistration, AuthError> {
        let mut faults = Faults::default();
        let email = names::parse_email("email", &self.email).map_err(|fault| faults.0.push(fault));
        let password = Password::parse("password", &self.password).map_err(|fault| faults.0.push(fault));
        let username = match self.username.trim() {
            "" => Ok(None),
            text => names::parse_username("username", text)
                .map(Some)
                .map_err(|fault| faults.0.push(fault)),
        };

        match (email, username, password) {
            (Ok(email), Ok(username), Ok(password)) => Ok(ParsedRegistration {
                email,
                username,
                password,
            }),
            _ => Err(faults.into()),
        }
    }
}

/// Whether a guest can become an account: one that has a session, or is of one browser alone. Guests of a network address
/// share their id, which is made from the address and has a version of its own.
pub(crate) fn can_upgrade(actor: &Actor) -> bool {
    let own = actor.user_id.get_version() == Some(Version::Random);
    actor.guest && (actor.session_id.is_some() || own)
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct SignUp {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) grants: Grants,
    pub(crate) audit: Audit,
    pub(crate) outbox: Outbox,
    pub(crate) claims: EmailClaims,
    pub(crate) mail: MailOutbox,
}

impl SignUp {
    pub(crate) async fn register(
        &self,
        context: &RequestContext,
        registration: Registration,
    ) -> Result<Grant, AuthError> {
        let parsed = registration.parse()?;
        let upgrade = registration.upgrade;
        if upgrade && !can_upgrade(&context.actor) {
            return Err(AuthError::NotUpgradable);
        }
        self.throttle.count_registration(context).await?;
        let wants_mail = self.may_mail(context, &parsed.email).await?;

        let username = parsed.username.as_ref().map(|name| name.shown.as_str());
        let words = list_owner_words(&parsed.email.shown, username);
        let hash = self.passwords.accept("password", parsed.password, words).await?;

        let mut new = NewUser {
            id: if upgrade {
                context.actor.user_id
            } else {
                self.ids.id()
            },
            username: names::generate_username(Some(&parsed.email.shown), "user"),
            email: Some(parsed.email),
            email_verified: false,
            email_held: false,
            guest: false,
            at: self.clock.now(),
        };
        let way = Way { upgrade, wants_mail };
        if let Some(chosen) = parsed.username {
            new.username = chosen;
            return self
                .write_account(context, &new, &hash, way)
                .await?
                .map_err(AuthError::from_outcome);
        }

        for _ in 0..ATTEMPTS {
            match self.write_account(context, &new, &hash, way).await? {
                Err(WriteOutcome::UsernameTaken) => {
                    let email = new.email.as_ref().map(|email| email.shown.as_str());
                    new.username = names::generate_username(email, "user");
                }
                outcome => return outcome.map_err(AuthError::from_outcome),
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// Whether a link may be mailed to whoever has this address: it may have been mailed to a lot.
    async fn may_mail(&self, context: &RequestContext, email: &Name) -> Result<bool, AuthError> {
        if !self.mail.is_on() {
            return Ok(false);
        }

        match self.throttle.count_mail(context, &email.key).await {
            Ok(()) => Ok(true),
            Err(AuthError::TooMany { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The account with its password and first session, or nothing and why not.
    async fn write_account(
        &self,
        context: &RequestContext,
        new: &NewUser,
        hash: &str,
        way: Way,
    ) -> Result<Result<Grant, WriteOutcome>, AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        let mut new = new.clone();
        if let Some(email) = &new.email {
            new.email_held = self.claims.claim(&mut tx, email, new.id).await?;
        }
        let outcome = match way.upgrade {
            true => self.make_account(&mut tx, context, &new).await?,
            false => users::insert_user(&mut tx, &new).await?,
        };
        if outcome != WriteOutcome::Done {
            return Ok(Err(outcome));
        }

        users::set_password(&mut tx, new.id, hash, new.at).await?;
        self.audit
            .record(&mut tx, context, AuditAction::Registered, Some(new.id), new.id)
            .await?;
        if let Some(email) = new.email.as_ref().filter(|_| way.wants_mail) {
            self.mail
                .add(&mut tx, MailKind::Verify, Some(new.id), email)
                .await?;
        }
        let opened = self.grants.open_session(&mut tx, context, new.id).await?;
        let user = read_user_back(&mut tx, new.id).await?;
        tx.commit().await?;
        self.outbox.wake_sweeper();
        self.mail.wake_mailer();

        Ok(Ok(self.grants.issue(user, opened).await?))
    }

    /// Makes the calling guest the account `new`, whether the guest has a row or not. Its guest sessions end, and what it
    /// made will be the account's alone.
    pub(crate) async fn make_account(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        new: &NewUser,
    ) -> Result<WriteOutcome, AuthError> {
        let mut outcome = users::upgrade_guest(tx, new).await?;
        if outcome == WriteOutcome::NotThere {
            outcome = users::insert_user(tx, new).await?;
        }

        if outcome == WriteOutcome::Done {
            sessions::revoke_sessions(tx, new.id, None, new.at).await?;
            self.outbox.add(tx, new.id, TaskKind::Claim).await?;
            self.audit
                .record(tx, context, AuditAction::GuestUpgraded, Some(new.id), new.id)
                .await?;
        }
        Ok(outcome)
    }

    /// A guest with a row and a session.
    pub(crate) async fn create_guest(
        &self,
        context: &RequestContext,
        upgrade: bool,
    ) -> Result<Grant, AuthError> {
        self.throttle.count_guest(context).await?;

        let keeps = upgrade && can_upgrade(&context.actor);
        let id = if keeps {
            context.actor.user_id
        } else {
            self.ids.id()
        };
        for _ in 0..ATTEMPTS {
            if let Some(grant) = self.write_guest(context, id).await? {
                return Ok(grant);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    /// `None` when the generated username was taken or the row appeared meanwhile.
    async fn write_guest(&self, context: &RequestContext, id: Uuid) -> Result<Option<Grant>, AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        match users::find_user_in(&mut tx, id).await? {
            Some(user) if user.guest && user.is_active() => {}
            Some(_) => return Err(AuthError::NotUpgradable),
            None => {
                let new = NewUser {
                    id,
                    email: None,
                    email_verified: false,
                    email_held: false,
                    username: names::generate_username(None, "guest"),
                    guest: true,
                    at: self.clock.now(),
                };
                if users::insert_user(&mut tx, &new).await? != WriteOutcome::Done {
                    return Ok(None);
                }
                self.audit
                    .record(&mut tx, context, AuditAction::GuestCreated, Some(id), id)
                    .await?;
            }
        }

        let opened = self.grants.open_session(&mut tx, context, id).await?;
        let user = read_user_back(&mut tx, id).await?;
        tx.commit().await?;

        Ok(Some(self.grants.issue(user, opened).await?))
    }
}
