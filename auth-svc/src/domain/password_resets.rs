//! A forgotten password is set anew by a link in a mail. Whether there is an account is told to nobody but whoever reads it.

use kit::{clock::SharedClock, db::Db};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::read_user_back,
    email_claims,
    grants::Grants,
    mail_outbox::MailOutbox,
    names,
    request_context::RequestContext,
    takeover::{close_ways_in, take_over},
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    passwords::{Password, Passwords, list_owner_words},
    store::{
        email_links::{self, EmailLink, LinkKind},
        mails::MailKind,
        user_emails,
        users::{self, User},
    },
    tokens::hash_secret,
};

/// Whose password was set, and which sessions that ended.
pub(crate) struct PasswordReset {
    pub(crate) user_id: Uuid,
    pub(crate) ended: Vec<Uuid>,
}

pub(crate) struct PasswordResets {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) grants: Grants,
    pub(crate) mail: MailOutbox,
    pub(crate) audit: Audit,
}

impl PasswordResets {
    /// The same is done, and takes as long, whether or not there is an account: who has the address is looked up when the mail is
    /// sent.
    pub(crate) async fn request(&self, context: &RequestContext, email: &str) -> Result<(), AuthError> {
        self.mail.require_mail()?;
        let email = names::parse_email("email", email)?;
        self.throttle.count_mail(context, &email.key).await?;

        let mut tx = self.db.system().begin_write().await?;
        self.mail
            .add(&mut tx, MailKind::FindAccounts, None, &email)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(())
    }

    /// Closes every other way in. A second factor stays, unless the account was nobody's for certain before.
    pub(crate) async fn reset(
        &self,
        context: &RequestContext,
        token: &str,
        new: &str,
    ) -> Result<PasswordReset, AuthError> {
        let new = Password::parse("new_password", new)?;
        let hash = hash_secret(token);
        let link = email_links::find_link(&self.db.system(), &hash).await?;
        let fits = |link: &EmailLink| link.kind == LinkKind::Reset && link.expires_at > self.clock.now();
        let link = link.filter(fits).ok_or(AuthError::LinkNotValid)?;

        let user = users::find_user(&self.db.system(), link.user_id).await?;
        let user = user.filter(User::is_active).ok_or(AuthError::LinkNotValid)?;
        if user_emails::find_email_key(&self.db.system(), user.id)
            .await?
            .as_ref()
            != Some(&link.email_key)
        {
            return Err(AuthError::LinkNotValid);
        }

        let words = list_owner_words(&link.email, Some(&user.username));
        let password = self.passwords.accept("new_password", new, words).await?;
        self.write(context, &hash, &link, &password).await
    }

    async fn write(
        &self,
        context: &RequestContext,
        hash: &[u8; 32],
        link: &EmailLink,
        password: &str,
    ) -> Result<PasswordReset, AuthError> {
        let now = self.clock.now();
        let mut tx = self.db.system().begin_write().await?;
        if !email_links::take_link(&mut tx, hash).await? {
            return Err(AuthError::LinkNotValid);
        }

        let user = read_user_back(&mut tx, link.user_id).await?;
        let ended = match user.email_verified {
            true => close_ways_in(&mut tx, user.id, now).await?,
            // Who wrote the address into the account may be somebody else than who reads its mail.
            false => {
                email_claims::prove(&mut tx, user.id, &link.email(), now).await?;
                take_over(&mut tx, user.id, now).await?
            }
        };
        users::set_password(&mut tx, user.id, password, now).await?;
        // The owner is here, whatever strangers try elsewhere.
        self.grants.note_network(&mut tx, context, user.id).await?;
        self.mail
            .add(&mut tx, MailKind::PasswordSet, Some(user.id), &link.email())
            .await?;
        let action = AuditAction::PasswordReset;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(PasswordReset {
            user_id: user.id,
            ended,
        })
    }
}
