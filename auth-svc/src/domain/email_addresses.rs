//! The email of an account: proven by a link, changed by a link to the new address, and told to the old one.

use kit::{clock::SharedClock, db::Db};
use secrecy::{ExposeSecret, SecretString};

use super::{
    audit::{Audit, AuditAction},
    callers::{Callers, read_user_back},
    email_claims::{self, EmailClaims},
    mail_outbox::MailOutbox,
    names,
    owner_proof::{OwnerProof, Proof},
    request_context::RequestContext,
    throttle::Throttle,
};
use crate::{
    error::AuthError,
    store::{
        email_links::{self, EmailLink, LinkKind},
        mails::MailKind,
        user_emails,
        users::{self, Name, User, WriteOutcome},
    },
    tokens::hash_secret,
};

pub(crate) struct EmailAddresses {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) callers: Callers,
    pub(crate) claims: EmailClaims,
    pub(crate) proof: OwnerProof,
    pub(crate) throttle: Throttle,
    pub(crate) mail: MailOutbox,
    pub(crate) audit: Audit,
}

impl EmailAddresses {
    /// Mails a link that proves the account's email; nothing when it is proven. `believed`: which one the caller believes it is,
    /// or empty.
    pub(crate) async fn request_verification(
        &self,
        context: &RequestContext,
        believed: &str,
    ) -> Result<(), AuthError> {
        self.mail.require_mail()?;
        let user = self.callers.require_account(context).await?;
        let key = user_emails::find_email_key(&self.db.user(user.id), user.id).await?;
        let (Some(shown), Some(key)) = (user.email, key) else {
            return Err(AuthError::NoEmail);
        };
        if !believed.is_empty() && names::parse_email("email", believed)?.key != key {
            return Err(AuthError::invalid("email", "the email of your account"));
        }
        if user.email_verified {
            return Ok(());
        }
        let email = Name { shown, key };
        self.throttle.count_mail(context, &email.key).await?;

        let mut tx = self.db.system().begin_write().await?;
        self.mail
            .add(&mut tx, MailKind::Verify, Some(user.id), &email)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(())
    }

    /// At once where there is no mail; else by a link that is mailed to the new address.
    pub(crate) async fn change(
        &self,
        context: &RequestContext,
        email: &str,
        proof: Proof,
    ) -> Result<User, AuthError> {
        let user = self.callers.require_account(context).await?;
        let email = names::parse_email("email", email)?;
        self.proof.require(context, &user, proof).await?;

        match self.mail.is_on() {
            true => self.request_change(context, user, email).await,
            false => self.change_unproven(context, user, email).await,
        }
    }

    /// Whether somebody else has the address is told by mail, to whoever reads it.
    async fn request_change(
        &self,
        context: &RequestContext,
        user: User,
        email: Name,
    ) -> Result<User, AuthError> {
        self.throttle.count_mail(context, &email.key).await?;

        let mut tx = self.db.system().begin_write().await?;
        let claimants = user_emails::list_claimants_in(&mut tx, &email.key, 1).await?;
        let owner = claimants
            .first()
            .filter(|owner| owner.email_verified && owner.id != user.id);
        let (kind, about) = match owner {
            Some(owner) => (MailKind::EmailTaken, owner.id),
            None => (MailKind::ConfirmChange, user.id),
        };
        self.mail.add(&mut tx, kind, Some(about), &email).await?;
        let action = AuditAction::EmailChangeRequested;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(user)
    }

    async fn change_unproven(
        &self,
        context: &RequestContext,
        user: User,
        email: Name,
    ) -> Result<User, AuthError> {
        let now = self.clock.now();
        let mut tx = self.db.system().begin_write().await?;
        let held = self.claims.claim(&mut tx, &email, user.id).await?;
        let outcome = user_emails::set_email(&mut tx, user.id, &email, (false, held), now).await?;
        if outcome != WriteOutcome::Done {
            return Err(AuthError::from_outcome(outcome));
        }

        let action = AuditAction::EmailChanged;
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// The address of a link becomes the account's, for whoever also shows that the account is theirs.
    pub(crate) async fn confirm(
        &self,
        context: &RequestContext,
        token: &str,
        password: SecretString,
    ) -> Result<User, AuthError> {
        let hash = hash_secret(token);
        let link = email_links::find_link(&self.db.system(), &hash).await?;
        let fits = |link: &EmailLink| link.kind != LinkKind::Reset && link.expires_at > self.clock.now();
        let link = link.filter(fits).ok_or(AuthError::LinkNotValid)?;

        let user = users::find_user(&self.db.system(), link.user_id).await?;
        let user = user.filter(User::is_active).ok_or(AuthError::LinkNotValid)?;
        self.require_account_owner(context, &user, password).await?;
        if link.kind == LinkKind::Verify
            && user_emails::find_email_key(&self.db.system(), user.id)
                .await?
                .as_ref()
                != Some(&link.email_key)
        {
            return Err(AuthError::LinkNotValid);
        }

        self.write_proven(context, &hash, &link, &user).await
    }

    async fn write_proven(
        &self,
        context: &RequestContext,
        hash: &[u8; 32],
        link: &EmailLink,
        user: &User,
    ) -> Result<User, AuthError> {
        let old = user_emails::find_email_key(&self.db.system(), user.id).await?;
        let old = old
            .zip(user.email.clone())
            .filter(|(key, _)| *key != link.email_key && user.email_verified);

        let mut tx = self.db.system().begin_write().await?;
        if !email_links::take_link(&mut tx, hash).await? {
            return Err(AuthError::LinkNotValid);
        }
        email_claims::prove(&mut tx, user.id, &link.email(), self.clock.now()).await?;
        // What else was mailed went to an address that may not be the account's any more.
        email_links::delete_links(&mut tx, user.id).await?;
        if let Some((key, shown)) = old {
            let old = Name { shown, key };
            self.mail
                .add(&mut tx, MailKind::EmailChanged, Some(user.id), &old)
                .await?;
        }

        let action = match link.kind {
            LinkKind::Change => AuditAction::EmailChanged,
            LinkKind::Verify | LinkKind::Reset => AuditAction::EmailVerified,
        };
        self.audit
            .record(&mut tx, context, action, Some(user.id), user.id)
            .await?;
        let user = read_user_back(&mut tx, user.id).await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(user)
    }

    /// Whoever reads the mail may not be the one who wrote the address into the account.
    async fn require_account_owner(
        &self,
        context: &RequestContext,
        user: &User,
        password: SecretString,
    ) -> Result<(), AuthError> {
        if context.actor.user_id == user.id && self.callers.require_account(context).await.is_ok() {
            return Ok(());
        }

        let given = !password.expose_secret().is_empty() && user.has_password;
        if given
            && self
                .proof
                .is_password(context, user, password, "password")
                .await?
        {
            return Ok(());
        }
        Err(AuthError::SignIn)
    }
}
