//! Mail that is to be sent: written together with the change that it tells of, sent by the mailer. Says where there is none.

use std::sync::Arc;

use kit::{clock::SharedClock, db::WriteTx, ids::SharedIds};
use tokio::sync::Notify;
use uuid::Uuid;

use super::names;
use crate::{
    error::AuthError,
    store::{
        mails::{self, MailKind},
        users::{Name, User},
    },
};

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct MailOutbox {
    clock: SharedClock,
    ids: SharedIds,
    on: bool,
    wake: Arc<Notify>,
}

impl MailOutbox {
    pub(crate) fn new(clock: SharedClock, ids: SharedIds, on: bool) -> Self {
        Self {
            clock,
            ids,
            on,
            wake: Arc::default(),
        }
    }

    pub(crate) const fn is_on(&self) -> bool {
        self.on
    }

    /// For what can be done by mail only.
    pub(crate) fn require_mail(&self) -> Result<(), AuthError> {
        match self.on {
            true => Ok(()),
            false => Err(AuthError::MailOff),
        }
    }

    /// Nothing where no mail is sent.
    pub(crate) async fn add(
        &self,
        tx: &mut WriteTx,
        kind: MailKind,
        user: Option<Uuid>,
        email: &Name,
    ) -> Result<(), AuthError> {
        if !self.on {
            return Ok(());
        }

        Ok(mails::insert_mail(tx, self.ids.id(), kind, user, email, self.clock.now()).await?)
    }

    /// Tells the owner that a way into the account was added or removed, where the account has an address that is proven: who reads
    /// another one may be somebody else.
    pub(crate) async fn tell_owner(
        &self,
        tx: &mut WriteTx,
        kind: MailKind,
        user: &User,
    ) -> Result<(), AuthError> {
        let proven = user.email.as_deref().filter(|_| user.email_verified);

        match proven.and_then(|email| names::parse_email("email", email).ok()) {
            Some(email) => self.add(tx, kind, Some(user.id), &email).await,
            None => Ok(()),
        }
    }

    /// After the commit of whatever may have added something.
    pub(crate) fn wake_mailer(&self) {
        self.wake.notify_one();
    }

    /// Until something may have been added.
    pub(crate) async fn wait(&self) {
        self.wake.notified().await;
    }
}
