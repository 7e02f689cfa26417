//! Where a sign-in goes on once its first factor was right: into a session, or to a ticket with which a code is brought. A
//! ticket is good once, for minutes, and for a few wrong codes.

use chrono::TimeDelta;
use kit::{
    clock::SharedClock,
    db::{Db, WriteTx},
};

use super::{
    audit::{Audit, AuditAction},
    grants::{Grant, Grants, OpenedSession},
    request_context::RequestContext,
    second_factor_codes::SecondFactorCodes,
};
use crate::{
    error::AuthError,
    store::{
        sign_in_tickets::{self, SignInTicket},
        users::{self, User},
    },
    tokens::{Secret, Secrets, hash_secret},
};

/// How long a person may look for the authenticator.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// Wrong codes that a ticket is good for.
const MOST_WRONG: i32 = 5;

/// A code is asked for.
pub(crate) struct Challenge {
    pub(crate) ticket: Secret,
    pub(crate) expires_in: TimeDelta,
    pub(crate) return_to: String,
}

/// What signing in came to.
pub(crate) enum SignInOutcome {
    Granted(Box<Grant>),
    Challenged(Challenge),
}

/// The same before its transaction is committed.
pub(crate) enum EnteredSession {
    Opened(OpenedSession),
    Challenged(Challenge),
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct SignInTickets {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) secrets: Secrets,
    pub(crate) codes: SecondFactorCodes,
    pub(crate) grants: Grants,
    pub(crate) audit: Audit,
}

impl SignInTickets {
    /// Opens a session for somebody whose first factor was right, or asks for the second. `method` is what the first one was.
    pub(crate) async fn enter(
        &self,
        tx: &mut WriteTx,
        context: &RequestContext,
        user: &User,
        method: &str,
        return_to: &str,
    ) -> Result<EnteredSession, AuthError> {
        if !user.second_factor {
            let opened = self.grants.open_session(tx, context, user.id).await?;
            self.audit
                .record(tx, context, AuditAction::LoggedIn, Some(user.id), method)
                .await?;
            return Ok(EnteredSession::Opened(opened));
        }

        let secret = self.secrets.make_ticket();
        let ticket = SignInTicket {
            user_id: user.id,
            method: method.to_owned(),
            return_to: return_to.to_owned(),
            expires_at: self.clock.now() + LIFETIME,
        };
        sign_in_tickets::insert_ticket(tx, &secret.hash(), &ticket).await?;

        Ok(EnteredSession::Challenged(Challenge {
            ticket: secret,
            expires_in: LIFETIME,
            return_to: ticket.return_to,
        }))
    }

    /// After the commit.
    pub(crate) async fn complete(
        &self,
        user: User,
        entered: EnteredSession,
    ) -> Result<SignInOutcome, AuthError> {
        match entered {
            EnteredSession::Opened(opened) => {
                let grant = self.grants.issue(user, opened).await?;
                Ok(SignInOutcome::Granted(Box::new(grant)))
            }
            EnteredSession::Challenged(challenge) => Ok(SignInOutcome::Challenged(challenge)),
        }
    }

    /// A session for whoever brings a ticket and a code.
    pub(crate) async fn finish(
        &self,
        context: &RequestContext,
        ticket: &str,
        code: &str,
    ) -> Result<Grant, AuthError> {
        let hash = hash_secret(ticket);
        let ticket = sign_in_tickets::find_ticket(&self.db.system(), &hash).await?;
        let ticket = ticket
            .filter(|ticket| ticket.expires_at > self.clock.now())
            .ok_or(AuthError::Unauthenticated)?;

        // Whoever lost the factor meanwhile signs in anew.
        let user = users::find_user(&self.db.system(), ticket.user_id).await?;
        let user = user
            .filter(|user| user.is_active() && user.second_factor)
            .ok_or(AuthError::Unauthenticated)?;
        if !self.codes.try_code(context, &user, code).await? {
            sign_in_tickets::note_wrong_code(&self.db.system(), &hash, MOST_WRONG).await?;
            return Err(AuthError::Unauthenticated);
        }

        let mut tx = self.db.system().begin_write().await?;
        if !sign_in_tickets::take_ticket(&mut tx, &hash).await? {
            return Err(AuthError::Unauthenticated);
        }
        let opened = self.grants.open_session(&mut tx, context, user.id).await?;
        let method = format!("{} and code", ticket.method);
        self.audit
            .record(&mut tx, context, AuditAction::LoggedIn, Some(user.id), method)
            .await?;
        tx.commit().await?;

        let grant = self.grants.issue(user, opened).await?;
        Ok(Grant {
            return_to: ticket.return_to,
            ..grant
        })
    }
}
