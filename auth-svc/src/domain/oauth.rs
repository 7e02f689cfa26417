//! Signing in with GitHub and Google: a state that is good once, for ten minutes, for one browser, and who somebody is here
//! whom a provider vouches for. Accounts are found by the provider's own id, and tied to it the first time by a verified
//! email only.

use chrono::TimeDelta;
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
    ids::SharedIds,
    network::is_own_path,
};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    email_claims,
    mail_outbox::MailOutbox,
    names,
    outbox::Outbox,
    owner_proof::OwnerProof,
    request_context::RequestContext,
    sign_in_tickets::{EnteredSession, SignInOutcome, SignInTickets},
    sign_up::{SignUp, can_upgrade},
    takeover::take_over,
};
use crate::{
    error::AuthError,
    oauth::{ProviderIdentity, Providers},
    store::{
        identities,
        mails::MailKind,
        oauth_states::{self, OauthState},
        user_emails,
        users::{self, Name, NewUser, User, WriteOutcome},
    },
    tokens::{Secrets, hash_secret},
};

/// How long a person may take at the provider.
const STATE_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Longest path to come back to.
const PATH: usize = 2_000;
/// Attempts to write a user whose generated name turned out to be taken, or that somebody else wrote first.
const ATTEMPTS: u32 = 5;

/// A sign-in as it begins.
pub(crate) struct OauthStart {
    pub(crate) provider: String,
    pub(crate) redirect_url: String,
    pub(crate) return_to: String,
    pub(crate) link: bool,
}

/// Where to send the browser.
pub(crate) struct OauthRedirect {
    pub(crate) authorization_url: String,
    pub(crate) state: String,
}

/// A sign-in as it comes back.
pub(crate) struct OauthEnding {
    pub(crate) provider: String,
    pub(crate) state: String,
    pub(crate) redirect_url: String,
}

/// Who came back from a provider, and what for.
struct OauthVisit<'a> {
    context: &'a RequestContext,
    provider: &'static str,
    /// What the provider is called beside other issuers.
    issuer: String,
    identity: ProviderIdentity,
    /// The provider is added to the calling account; a calling guest becomes an account with it.
    link: bool,
    /// The calling account.
    own: Option<User>,
    return_to: String,
}

pub(crate) struct Oauth {
    pub(crate) providers: Providers,
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) proof: OwnerProof,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) secrets: Secrets,
    pub(crate) tickets: SignInTickets,
    pub(crate) audit: Audit,
    pub(crate) mail: MailOutbox,
    pub(crate) outbox: Outbox,
    pub(crate) sign_up: SignUp,
}

impl Oauth {
    pub(crate) async fn begin(
        &self,
        context: &RequestContext,
        start: OauthStart,
    ) -> Result<OauthRedirect, AuthError> {
        let provider = self.providers.find(&start.provider)?;
        // Another way in is as good as a password, and lasts as long.
        if start.link && !context.actor.guest {
            let user = self.callers.require_account(context).await?;
            self.proof.require_recent(context, &user).await?;
        }

        let state = self.secrets.make_state();
        let verifier = self.secrets.derive_verifier(state.expose());
        let authorization_url = provider.authorization_url(&start.redirect_url, state.expose(), verifier)?;

        let kept = OauthState {
            provider: start.provider,
            redirect_url: start.redirect_url,
            return_to: parse_return_to(&start.return_to)?,
            link_user_id: start.link.then_some(context.actor.user_id),
            expires_at: self.clock.now() + STATE_LIFETIME,
        };
        oauth_states::insert_state(&self.db.system(), &state.hash(), &kept).await?;

        Ok(OauthRedirect {
            authorization_url,
            state: state.expose().to_owned(),
        })
    }

    pub(crate) async fn finish(
        &self,
        context: &RequestContext,
        ending: OauthEnding,
        code: &str,
    ) -> Result<SignInOutcome, AuthError> {
        let provider = self.providers.find(&ending.provider)?;
        let state = self.take_state(context, &ending).await?;

        let verifier = self.secrets.derive_verifier(&ending.state);
        let identity = self
            .providers
            .identify(provider, code, &ending.redirect_url, verifier)
            .await?;

        let link = state.link_user_id.is_some();
        let own = match link && !context.actor.guest {
            true => {
                // Somebody who signed in, whenever it was: it was recent when they set out.
                let signed_in_at = self.callers.find_auth_time(context).await?;
                signed_in_at.ok_or(AuthError::SignInAgain)?;

                Some(self.callers.require_account(context).await?)
            }
            false => None,
        };
        let visit = OauthVisit {
            context,
            provider: provider.name,
            issuer: format!("oauth:{}", provider.name),
            identity,
            link,
            own,
            return_to: state.return_to,
        };

        self.sign_in(visit).await
    }

    /// Nobody was signed in at the provider: the path to go back to.
    pub(crate) async fn cancel(
        &self,
        context: &RequestContext,
        ending: OauthEnding,
    ) -> Result<String, AuthError> {
        let provider = self.providers.find(&ending.provider)?;
        let state = self.take_state(context, &ending).await?;
        tracing::debug!(provider = provider.name, "a sign-in was broken off");

        Ok(state.return_to)
    }

    /// Whatever is wrong with it, a state that came is used up.
    async fn take_state(
        &self,
        context: &RequestContext,
        ending: &OauthEnding,
    ) -> Result<OauthState, AuthError> {
        let state = oauth_states::take_state(&self.db.system(), &hash_secret(&ending.state)).await?;
        let fits = |state: &OauthState| {
            state.provider == ending.provider
                && state.redirect_url == ending.redirect_url
                && state.expires_at > self.clock.now()
                && state
                    .link_user_id
                    .is_none_or(|user| user == context.actor.user_id)
        };

        state.filter(fits).ok_or(AuthError::Unauthenticated)
    }

    async fn sign_in(&self, visit: OauthVisit<'_>) -> Result<SignInOutcome, AuthError> {
        for _ in 0..ATTEMPTS {
            let known =
                identities::find_user_by_identity(&self.db.system(), &visit.issuer, &visit.identity.subject)
                    .await?;
            let entered = match known {
                Some(user) if visit.own.as_ref().is_some_and(|own| own.id != user.id) => {
                    return Err(AuthError::IdentityTaken);
                }
                Some(user) => Some(self.enter(&visit, user).await?),
                None => self.tie(&visit).await?,
            };

            if let Some((user, entered)) = entered {
                let mut outcome = self.tickets.complete(user, entered).await?;
                if let SignInOutcome::Granted(grant) = &mut outcome {
                    grant.return_to = visit.return_to;
                }
                return Ok(outcome);
            }
        }

        Err(AuthError::UsernameTaken)
    }

    async fn enter(&self, visit: &OauthVisit<'_>, user: User) -> Result<(User, EnteredSession), AuthError> {
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        let mut tx = self.db.system().begin_write().await?;
        let entered = self.open(&mut tx, visit, &user).await?;
        tx.commit().await?;

        Ok((user, entered))
    }

    async fn open(
        &self,
        tx: &mut WriteTx,
        visit: &OauthVisit<'_>,
        user: &User,
    ) -> Result<EnteredSession, AuthError> {
        self.tickets
            .enter(tx, visit.context, user, visit.provider, &visit.return_to)
            .await
    }

    /// Ties the identity to an account, one that is there or a new one. `None` when somebody else was faster.
    async fn tie(&self, visit: &OauthVisit<'_>) -> Result<Option<(User, EnteredSession)>, AuthError> {
        let email = visit.identity.verified_email.as_deref();
        let email = email.and_then(|text| names::parse_email("email", text).ok());

        let mut tx = self.db.system().begin_write().await?;
        let known = match (&visit.own, &email) {
            (Some(own), _) => Some(own.id),
            (None, Some(email)) => self.take_over_email(&mut tx, email).await?,
            (None, None) => None,
        };
        let user = match known {
            Some(user) => user,
            None => match self.write_newcomer(&mut tx, visit, email).await? {
                Some(user) => user,
                None => return Ok(None),
            },
        };

        let (issuer, subject) = (&visit.issuer, &visit.identity.subject);
        if !identities::insert_identity(&mut tx, issuer, subject, user, self.clock.now()).await? {
            return Ok(None);
        }
        self.audit
            .record(
                &mut tx,
                visit.context,
                AuditAction::OauthLinked,
                Some(user),
                visit.provider,
            )
            .await?;
        let user = read_user_back(&mut tx, user).await?;
        if known.is_some() {
            self.mail
                .tell_owner(&mut tx, MailKind::ProviderAdded, &user)
                .await?;
        }
        let entered = self.open(&mut tx, visit, &user).await?;
        tx.commit().await?;
        self.outbox.wake_sweeper();
        self.mail.wake_mailer();

        Ok(Some((user, entered)))
    }

    /// The account of an email that the provider has verified.
    ///
    /// Whoever registered it here may never have proved that the email is theirs: it may be somebody who waits for its owner
    /// to come. So the owner, who just proved it, gets the account with every other way in closed. Where several claim the
    /// email, nobody can tell whose account it is: the owner gets a new one, and none of them has the email any more.
    async fn take_over_email(&self, tx: &mut WriteTx, email: &Name) -> Result<Option<Uuid>, AuthError> {
        let claimants = user_emails::list_claimants_in(tx, &email.key, 2).await?;
        let user = match claimants.as_slice() {
            [] => return Ok(None),
            [user] => user,
            [first, ..] if first.email_verified => first,
            _ => return Ok(None),
        };
        if !user.is_active() {
            return Err(AuthError::Unauthenticated);
        }

        if !user.email_verified {
            let now = self.clock.now();
            email_claims::prove(tx, user.id, email, now).await?;
            take_over(tx, user.id, now).await?;
        }
        Ok(Some(user.id))
    }

    /// A new account, or the calling guest's.
    async fn write_newcomer(
        &self,
        tx: &mut WriteTx,
        visit: &OauthVisit<'_>,
        email: Option<Name>,
    ) -> Result<Option<Uuid>, AuthError> {
        let context = visit.context;
        let upgrade = visit.link && can_upgrade(&context.actor);
        let new = NewUser {
            id: if upgrade {
                context.actor.user_id
            } else {
                self.ids.id()
            },
            username: names::generate_username(email.as_ref().map(|email| email.shown.as_str()), "user"),
            email_verified: email.is_some(),
            email_held: email.is_some(),
            email,
            guest: false,
            at: self.clock.now(),
        };
        if let Some(email) = &new.email {
            user_emails::drop_unproven(tx, &email.key, new.id).await?;
        }
        let outcome = match upgrade {
            true => self.sign_up.make_account(tx, context, &new).await?,
            false => users::insert_user(tx, &new).await?,
        };

        match outcome {
            WriteOutcome::Done => {
                self.audit
                    .record(tx, context, AuditAction::Registered, Some(new.id), new.id)
                    .await?;
                Ok(Some(new.id))
            }
            WriteOutcome::IdTaken | WriteOutcome::NotThere => Err(AuthError::NotUpgradable),
            WriteOutcome::EmailTaken | WriteOutcome::UsernameTaken => Ok(None),
        }
    }
}

/// A path on our own side, never an address: a sign-in must not send people elsewhere.
fn parse_return_to(text: &str) -> Result<String, AuthError> {
    if text.is_empty() {
        return Ok("/".to_owned());
    }

    match text.len() <= PATH && is_own_path(text) {
        true => Ok(text.to_owned()),
        false => Err(AuthError::invalid(
            "return_to",
            "a path on this site, such as /stories",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_returned_to() {
        assert_eq!(parse_return_to("").unwrap(), "/");
        assert_eq!(parse_return_to("/stories?x=1#y").unwrap(), "/stories?x=1#y");
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "stories",
            "/a\r\nb",
            "javascript:x",
        ] {
            assert!(parse_return_to(elsewhere).is_err(), "{elsewhere}");
        }
    }
}
