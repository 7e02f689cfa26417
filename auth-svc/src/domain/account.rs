//! What somebody does with the own account: see it, change how to sign in, and leave.

use secrecy::SecretString;
use uuid::Uuid;

use super::{
    asking::Asking,
    audit::{Action, SERVICE},
    core::Core,
    names,
    sign_up::{about, taken},
    throttle::Counted,
};
use crate::{
    error::AuthError,
    passwords::{Password, Verdict},
    store::{
        api_keys, audit, sessions,
        tasks::{self, Kind},
        users::{self, Name, Status, User, Written},
    },
};

impl Core {
    /// The caller's own user. A guest of a cookie learns here that it has become somebody, in whatever state.
    pub(crate) async fn me(&self, asking: &Asking) -> Result<User, AuthError> {
        let actor = &asking.actor;
        if actor.guest && actor.session_id.is_none() {
            let user = users::by_id(&self.db, actor.user_id).await?;
            return user.ok_or(AuthError::SignIn);
        }
        self.signed_in(asking).await
    }

    pub(crate) async fn change_email(
        &self,
        asking: &Asking,
        email: &str,
        password: SecretString,
    ) -> Result<User, AuthError> {
        let user = self.account(asking).await?;
        let email =
            names::email("email", email).map_err(|fault| AuthError::Invalid { fields: vec![fault] })?;

        self.prove(&user, asking, password, "password").await?;

        let mut tx = self.db.begin_write().await?;
        let written = users::set_email(&mut tx, user.id, &email, false, self.clock.now()).await?;
        if written != Written::Done {
            return Err(taken(written));
        }

        self.note(&mut tx, asking, Action::EmailChanged, Some(user.id), user.id)
            .await?;

        let user = self.read_back(&mut tx, user.id).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// All other sessions end.
    pub(crate) async fn change_password(
        &self,
        asking: &Asking,
        current: SecretString,
        new: &str,
    ) -> Result<User, AuthError> {
        let user = self.account(asking).await?;
        let new = Password::parse("new_password", new)
            .map_err(|fault| AuthError::Invalid { fields: vec![fault] })?;

        self.prove(&user, asking, current, "current_password").await?;

        let hash = self.passwords.accept(new, words(&user)).await.map_err(renamed)?;
        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        users::set_password(&mut tx, user.id, &hash, now).await?;
        sessions::revoke_all(&mut tx, user.id, asking.actor.session_id, now).await?;
        self.note(&mut tx, asking, Action::PasswordChanged, Some(user.id), user.id)
            .await?;

        let user = self.read_back(&mut tx, user.id).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// From now on nothing signs the user in, and a run deletes what the account owns.
    pub(crate) async fn delete_account(
        &self,
        asking: &Asking,
        password: SecretString,
    ) -> Result<(), AuthError> {
        let user = self.signed_in(asking).await?;
        self.prove(&user, asking, password, "password").await?;

        let now = self.clock.now();
        let mut tx = self.db.begin_write().await?;
        users::set_status(&mut tx, user.id, Status::Deleting, now).await?;
        users::delete_password(&mut tx, user.id).await?;
        sessions::revoke_all(&mut tx, user.id, None, now).await?;
        api_keys::revoke_all(&mut tx, user.id, now).await?;
        self.tell(&mut tx, user.id, Kind::Delete).await?;
        self.note(&mut tx, asking, Action::DeletionRequested, Some(user.id), user.id)
            .await?;
        tx.commit().await?;
        self.nudge.notify_one();

        Ok(())
    }

    /// The last step of that run. Again is harmless.
    pub(crate) async fn finish_deletion(&self, asking: &Asking, user: Uuid) -> Result<(), AuthError> {
        asking.needs(SERVICE)?;

        let mut tx = self.db.begin_write().await?;
        let Some(found) = users::by_id_in(&mut tx, user).await? else {
            return Ok(());
        };
        if found.status != Status::Deleting {
            return Err(AuthError::Denied);
        }

        audit::anonymize(&mut tx, user).await?;
        tasks::forget(&mut tx, user).await?;
        users::delete(&mut tx, user).await?;
        self.note(&mut tx, asking, Action::Deleted, Some(user), user)
            .await?;
        tx.commit().await?;

        Ok(())
    }

    /// A caller with an account, not a guest.
    pub(crate) async fn account(&self, asking: &Asking) -> Result<User, AuthError> {
        let user = self.signed_in(asking).await?;
        if user.guest {
            Err(AuthError::SignIn)
        } else {
            Ok(user)
        }
    }

    /// The current password, where the account has one: whoever finds an open browser must not take the account.
    async fn prove(
        &self,
        user: &User,
        asking: &Asking,
        password: SecretString,
        field: &str,
    ) -> Result<(), AuthError> {
        if !user.has_password {
            return Ok(());
        }

        let parts = [user.id.to_string(), asking.network()];
        let parts = parts.each_ref().map(String::as_str);
        let counted = Counted::new(
            "current password",
            &parts,
            self.config.throttle.account_in_network(),
        );
        self.count(vec![counted]).await?;

        let stored = users::password_of(&self.db, user.id).await?;
        if self.passwords.verify(password, stored).await? == Verdict::Wrong {
            return Err(AuthError::invalid(field, "the current password"));
        }

        let mut tx = self.db.begin_write().await?;
        self.take_back(&mut tx, &counted, &[]).await?;
        tx.commit().await?;

        Ok(())
    }
}

fn words(user: &User) -> Vec<String> {
    let name = |shown: &str| Name {
        shown: shown.to_owned(),
        key: String::new(),
    };
    about(
        &name(user.email.as_deref().unwrap_or_default()),
        Some(&name(&user.username)),
    )
}

/// The same fault under the name that this request has for the field.
fn renamed(error: AuthError) -> AuthError {
    match error {
        AuthError::Invalid { mut fields } => {
            for fault in &mut fields {
                "new_password".clone_into(&mut fault.field);
            }
            AuthError::Invalid { fields }
        }
        other => other,
    }
}
