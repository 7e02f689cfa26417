//! What whoever operates the platform does: look users up, set their tier, disable them, rotate keys, make tokens for
//! development. Every act is in the audit log.

use chrono::TimeDelta;
use kit::actor::Tier;
use kit::tokens::LONGEST_DAYS;
use uuid::Uuid;

use super::{
    asking::Asking,
    audit::{Action, OPERATOR},
    core::{Core, Grant},
    names,
    page::{Cursor, Page, PageRequest},
};
use crate::{
    error::AuthError,
    store::{
        api_keys, sessions,
        users::{self, Status, User},
    },
};

impl Core {
    /// Newest first.
    pub(crate) async fn list_users(
        &self,
        asking: &Asking,
        page: PageRequest,
    ) -> Result<Page<User>, AuthError> {
        asking.needs(OPERATOR)?;
        let after = page.after.unwrap_or(Cursor::LAST);
        let rows = users::page(&self.db, (after.at, after.id), page.rows()).await?;
        Ok(page.page(rows, |user| Cursor {
            at: user.created_at,
            id: user.id,
        }))
    }

    /// By id, email or username.
    pub(crate) async fn find_user(&self, asking: &Asking, identifier: &str) -> Result<User, AuthError> {
        asking.needs(OPERATOR)?;

        let found = match Uuid::try_parse(identifier) {
            Ok(id) => users::by_id(&self.db, id).await?,
            Err(_) => {
                let (email, username) = names::identifier(identifier);
                let found = users::for_login(&self.db, &email, &username).await?;
                found.map(|(user, _)| user)
            }
        };

        found.ok_or_else(|| no_user(identifier))
    }

    pub(crate) async fn set_tier(&self, asking: &Asking, id: &str, tier: &str) -> Result<User, AuthError> {
        asking.needs(OPERATOR)?;

        let tier: Tier = tier
            .parse()
            .map_err(|_| AuthError::invalid("tier", "free, pro, power or team"))?;
        let user = parse(id)?;
        let mut tx = self.db.begin_write().await?;
        if !users::set_tier(&mut tx, user, tier, self.clock.now()).await? {
            return Err(no_user(id));
        }

        self.note(&mut tx, asking, Action::TierSet, Some(user), tier)
            .await?;

        let user = self.read_back(&mut tx, user).await?;
        tx.commit().await?;

        Ok(user)
    }

    /// A disabled user is signed out everywhere and cannot sign in; keys and sessions do not come back when the user is
    /// enabled again.
    pub(crate) async fn set_disabled(
        &self,
        asking: &Asking,
        id: &str,
        disabled: bool,
    ) -> Result<User, AuthError> {
        asking.needs(OPERATOR)?;

        let (user, now) = (parse(id)?, self.clock.now());
        let (status, action) = match disabled {
            true => (Status::Disabled, Action::Disabled),
            false => (Status::Active, Action::Enabled),
        };
        let mut tx = self.db.begin_write().await?;
        if !users::set_status(&mut tx, user, status, now).await? {
            return Err(no_user(id));
        }

        if disabled {
            sessions::revoke_all(&mut tx, user, None, now).await?;
            api_keys::revoke_all(&mut tx, user, now).await?;
        }

        self.note(&mut tx, asking, action, Some(user), user).await?;

        let user = self.read_back(&mut tx, user).await?;
        tx.commit().await?;

        Ok(user)
    }

    pub(crate) async fn rotate_keys(&self, asking: &Asking) -> Result<(), AuthError> {
        asking.needs(OPERATOR)?;
        let mut tx = self.db.begin_write().await?;
        self.keyring.rotate(&mut tx).await?;
        self.note(&mut tx, asking, Action::KeysRotated, None, "").await?;
        tx.commit().await?;
        self.keyring.forget();
        Ok(())
    }

    /// An access token that no session stands behind; 0 seconds mean the usual lifetime.
    pub(crate) async fn mint_token(
        &self,
        asking: &Asking,
        id: &str,
        seconds: u32,
    ) -> Result<Grant, AuthError> {
        asking.needs(OPERATOR)?;

        let user = users::by_id(&self.db, parse(id)?)
            .await?
            .ok_or_else(|| no_user(id))?;
        if !user.is_active() {
            return Err(AuthError::invalid(
                "user_id",
                "a user who is neither disabled nor being deleted",
            ));
        }

        let lifetime = match seconds {
            0 => self.config.access_lifetime(),
            seconds => TimeDelta::seconds(seconds.into()),
        };
        if lifetime > TimeDelta::days(LONGEST_DAYS) {
            return Err(AuthError::invalid("lifetime_seconds", "at most 31 days"));
        }

        let mut tx = self.db.begin_write().await?;
        self.note(
            &mut tx,
            asking,
            Action::TokenMinted,
            Some(user.id),
            lifetime.num_seconds(),
        )
        .await?;
        tx.commit().await?;

        self.access(user, None, lifetime).await
    }
}

fn parse(id: &str) -> Result<Uuid, AuthError> {
    Uuid::try_parse(id).map_err(|_| no_user(id))
}

fn no_user(id: &str) -> AuthError {
    AuthError::NotFound {
        what: "user",
        id: id.to_owned(),
    }
}
