//! Sends the mail of the outbox, until a server has taken it. A link's secret is made when its mail is, and is nowhere but
//! in the mail: the database keeps its hash.

use std::time::Duration;

use chrono::TimeDelta;
use kit::{clock::SharedClock, db::Db, error::Chain};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    config::MailConfig,
    domain::mail_outbox::MailOutbox,
    error::AuthError,
    mail::{SendError, Smtp, Topic},
    store::{
        email_links::{self, EmailLink, LinkKind},
        mails::{self, Mail, MailKind},
        user_emails,
        users::{self, User},
    },
    tokens::Secrets,
};

/// How long a server may take for one mail, all of its answers together.
const SENDING: Duration = Duration::from_secs(30);
/// How long one process has for a mail before another one tries: more than [`SENDING`], so that no two do at once, and little
/// enough that somebody who waits for a link still waits when the first process was killed.
const LEASE: TimeDelta = TimeDelta::seconds(45);
/// Between two looks, though mail that another process works on may seem due.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
/// Waits double from the first to the longest.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);
/// A mail that nobody took for so long is of no use any more.
const OLD: TimeDelta = TimeDelta::hours(24);
/// Accounts that claim one address and are written to, where nobody has proven it.
const CLAIMANTS: i64 = 3;

pub(crate) struct Mailer {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) secrets: Secrets,
    pub(crate) outbox: MailOutbox,
    pub(crate) smtp: Smtp,
    pub(crate) config: MailConfig,
    /// Between two looks for mail that nobody announced.
    pub(crate) interval: Duration,
}

impl Mailer {
    /// Works until `stop`. What is under way then is sent by the next process.
    pub(crate) async fn run(self, stop: CancellationToken) {
        loop {
            let sent = tokio::select! {
                () = stop.cancelled() => return,
                sent = self.send_due() => sent,
            };
            if let Err(error) = sent {
                tracing::warn!(causes = %Chain(&error), "not all mail was looked at");
            }

            let pause = self.next_look().await;
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.outbox.wait() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Until the next mail is due; no longer than mail may wait that another process has written.
    async fn next_look(&self) -> Duration {
        match mails::find_next_due(&self.db.system()).await {
            Ok(Some(due)) => {
                let left = (due - self.clock.now()).to_std().unwrap_or_default();
                left.clamp(SHORTEST_PAUSE, self.interval.max(SHORTEST_PAUSE))
            }
            Ok(None) | Err(_) => self.interval,
        }
    }

    /// Sends what is due. While the server is away, the rest waits for the next look.
    pub(crate) async fn send_due(&self) -> Result<(), AuthError> {
        let now = self.clock.now();
        for mail in mails::list_due_mails(&self.db.system(), now).await? {
            if !mails::claim_mail(&self.db.system(), mail.id, now, now + LEASE).await? {
                continue;
            }

            match self.deliver(&mail).await? {
                Ok(()) => self.forget(mail.id).await?,
                Err(error) if self.is_hopeless(&mail, error) => {
                    tracing::warn!(mail = %mail.id, kind = mail.kind.as_str(), %error, "a mail is given up");
                    self.forget(mail.id).await?;
                }
                Err(error) => {
                    tracing::warn!(mail = %mail.id, kind = mail.kind.as_str(), %error, "a mail waits");
                    self.delay(&mail).await?;
                    if error == SendError::Away {
                        return Ok(());
                    }
                }
            }
        }

        Ok(())
    }

    fn is_hopeless(&self, mail: &Mail, error: SendError) -> bool {
        let refused = matches!(error, SendError::Refused(_) | SendError::Address);
        refused || self.clock.now() - mail.created_at > OLD
    }

    async fn delay(&self, mail: &Mail) -> Result<(), AuthError> {
        let doubled = 1 << mail.attempts.clamp(0, 10);
        let wait = (FIRST_WAIT * doubled).min(LONGEST_WAIT);

        Ok(mails::delay_mail(&self.db.system(), mail.id, self.clock.now() + wait).await?)
    }

    async fn forget(&self, id: Uuid) -> Result<(), AuthError> {
        let mut tx = self.db.system().begin_write().await?;
        mails::delete_mail(&mut tx, id).await?;
        Ok(tx.commit().await?)
    }

    /// The inner outcome is the server's. A mail that is about nothing any more is not sent.
    async fn deliver(&self, mail: &Mail) -> Result<Result<(), SendError>, AuthError> {
        if mail.kind == MailKind::FindAccounts {
            return self.find_accounts(mail).await.map(Ok);
        }
        let Some(user) = self.find_user(mail).await? else {
            return Ok(Ok(()));
        };

        let letter = Topic {
            kind: mail.kind,
            username: &user.username,
            site: &self.config.site_url,
            link: self.make_link(mail, &user).await?,
        };
        let sending = self.smtp.send(mail.id, &mail.email, letter.write());
        let sent = tokio::time::timeout(SENDING, sending).await;

        Ok(sent.unwrap_or(Err(SendError::Away)))
    }

    /// Whom a mail is about, while it is still right to write it.
    async fn find_user(&self, mail: &Mail) -> Result<Option<User>, AuthError> {
        let Some(id) = mail.user_id else {
            return Ok(None);
        };
        let user = users::find_user(&self.db.system(), id)
            .await?
            .filter(User::is_active);

        let about_own_email = matches!(mail.kind, MailKind::Verify | MailKind::Reset);
        if about_own_email
            && user_emails::find_email_key(&self.db.system(), id).await?.as_ref() != Some(&mail.email_key)
        {
            return Ok(None);
        }
        Ok(user)
    }

    /// One mail for each account that has the address: for the one that has proven it, else for those that say so.
    async fn find_accounts(&self, mail: &Mail) -> Result<(), AuthError> {
        let claimants = user_emails::list_claimants(&self.db.system(), &mail.email_key, CLAIMANTS).await?;
        let proven = claimants.iter().any(|user| user.email_verified);
        let written_to = claimants
            .iter()
            .filter(|user| user.is_active() && user.email_verified == proven);

        let mut tx = self.db.system().begin_write().await?;
        for user in written_to {
            self.outbox
                .add(&mut tx, MailKind::Reset, Some(user.id), &mail.email())
                .await?;
        }
        mails::delete_mail(&mut tx, mail.id).await?;
        tx.commit().await?;
        self.outbox.wake_mailer();

        Ok(())
    }

    /// Where a mail's link leads, and how long it is good. The secret is behind a `#`, which no browser sends to a server.
    async fn make_link(&self, mail: &Mail, user: &User) -> Result<Option<(String, TimeDelta)>, AuthError> {
        let (kind, word, lifetime) = match mail.kind {
            MailKind::Verify => (LinkKind::Verify, "email", self.config.confirm_link_lifetime()),
            MailKind::ConfirmChange => (LinkKind::Change, "email", self.config.confirm_link_lifetime()),
            MailKind::Reset => (LinkKind::Reset, "password", self.config.password_link_lifetime()),
            MailKind::FindAccounts
            | MailKind::EmailChanged
            | MailKind::EmailTaken
            | MailKind::PasswordSet
            | MailKind::ProviderAdded
            | MailKind::ApiKeyAdded
            | MailKind::ApiKeyRemoved
            | MailKind::SecondFactorAdded
            | MailKind::SecondFactorRemoved => return Ok(None),
        };
        let secret = self.secrets.make_link_token();
        let link = EmailLink {
            kind,
            user_id: user.id,
            email: mail.email.clone(),
            email_key: mail.email_key.clone(),
            expires_at: self.clock.now() + lifetime,
        };

        let mut tx = self.db.system().begin_write().await?;
        email_links::insert_link(&mut tx, &secret.hash(), &link).await?;
        tx.commit().await?;

        let site = self.config.site_url.trim_end_matches('/');
        let url = format!("{site}/confirm#{word}={}", secret.expose());
        Ok(Some((url, lifetime)))
    }
}
