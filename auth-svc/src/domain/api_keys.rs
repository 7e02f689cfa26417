//! API keys: made, shown once, replaced, revoked, and recognised.

use chrono::{DateTime, TimeDelta, Utc};
use kit::{clock::SharedClock, db::Db, error::Faults, ids::SharedIds, page::Cursor};
use uuid::Uuid;

use super::{
    audit::{Audit, AuditAction},
    callers::Callers,
    mail_outbox::MailOutbox,
    owner_proof::OwnerProof,
    request_context::RequestContext,
    sessions::Authenticated,
};
use crate::{
    error::AuthError,
    store::{
        api_keys::{self, ApiKey},
        mails::MailKind,
    },
    tokens::{Secret, Secrets, hash_secret},
};

/// What a key can be held to, as the gateway checks it. The list is closed: no key ever carries what only operators and
/// services may.
pub(crate) const SCOPES: [&str; 13] = [
    "account:read",
    "account:write",
    "stories:read",
    "stories:write",
    "agents:run",
    "models:use",
    "workflows:read",
    "workflows:write",
    "projects:read",
    "projects:write",
    "backup:read",
    "backup:append",
    "backup:write",
];
/// Keys of one account that are not revoked.
const MOST: u32 = 100;
/// A use is noted this often at most.
const NOTED: TimeDelta = TimeDelta::seconds(60);
const NAME: usize = 100;

/// A key as it is asked for.
pub(crate) struct ApiKeyInput {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// RFC 3339, or empty.
    pub(crate) expires_at: String,
}

struct ParsedApiKey {
    name: String,
    scopes: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl ApiKeyInput {
    fn parse(self, now: DateTime<Utc>) -> Result<ParsedApiKey, AuthError> {
        let mut faults = Faults::default();
        let name = self.name.trim().to_owned();
        if !(1..=NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            faults.add("name", "1 to 100 characters on one line");
        }

        let mut scopes = self.scopes;
        scopes.sort();
        scopes.dedup();

        if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
            let expected = format!("some of {}, or none for all", SCOPES.join(", "));
            faults.add("scopes", expected);
        }

        let expires_at = match self.expires_at.trim() {
            "" => None,
            text => {
                let end = DateTime::parse_from_rfc3339(text).map(|end| end.to_utc());
                // Beyond year 9999 neither a database nor RFC 3339 can write it.
                let end = end.ok().filter(|end| *end > now && *end <= Cursor::NEWEST.at);
                if end.is_none() {
                    faults.add("expires_at", "a time in the future, in RFC 3339");
                }

                end
            }
        };

        if !faults.is_empty() {
            return Err(faults.into());
        }

        Ok(ParsedApiKey {
            name,
            scopes,
            expires_at,
        })
    }
}

pub(crate) struct ApiKeys {
    pub(crate) db: Db,
    pub(crate) callers: Callers,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) secrets: Secrets,
    pub(crate) proof: OwnerProof,
    pub(crate) mail: MailOutbox,
    pub(crate) audit: Audit,
}

impl ApiKeys {
    pub(crate) async fn list(&self, context: &RequestContext) -> Result<Vec<ApiKey>, AuthError> {
        let user = self.callers.require_account(context).await?;
        Ok(api_keys::list_keys(&self.db.user(user.id), user.id).await?)
    }

    /// The key and its secret, which nobody sees again. A key is as good as a password, so it takes a sign-in of the last minutes,
    /// and no other key makes one.
    pub(crate) async fn create(
        &self,
        context: &RequestContext,
        raw: ApiKeyInput,
    ) -> Result<(ApiKey, Secret), AuthError> {
        let user = self.callers.require_account(context).await?;
        self.proof.require_recent(context, &user).await?;

        let now = self.clock.now();
        let parsed = raw.parse(now)?;
        let secret = self.secrets.make_api_key();
        let key = ApiKey {
            id: self.ids.id(),
            user_id: user.id,
            name: parsed.name,
            prefix: secret.prefix(),
            scopes: parsed.scopes,
            created_at: now,
            expires_at: parsed.expires_at,
            last_used_at: None,
            revoked_at: None,
        };

        let mut tx = self.db.user(user.id).begin_write().await?;
        if api_keys::count_keys(&mut tx, user.id).await? >= i64::from(MOST) {
            return Err(AuthError::TooManyKeys { most: MOST });
        }

        api_keys::insert_key(&mut tx, &key, &secret.hash()).await?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::ApiKeyCreated,
                Some(user.id),
                key.id,
            )
            .await?;
        self.mail
            .tell_owner(&mut tx, MailKind::ApiKeyAdded, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok((key, secret))
    }

    /// The same for a key that is there: what had its old secret can do nothing more.
    pub(crate) async fn regenerate(
        &self,
        context: &RequestContext,
        id: &str,
    ) -> Result<(ApiKey, Secret), AuthError> {
        let user = self.callers.require_account(context).await?;
        self.proof.require_recent(context, &user).await?;

        let secret = self.secrets.make_api_key();
        let mut tx = self.db.user(user.id).begin_write().await?;
        let key = api_keys::replace_secret(&mut tx, user.id, parse_id(id)?, &secret.prefix(), &secret.hash())
            .await?;
        let key = key.ok_or_else(|| not_found(id))?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::ApiKeyRegenerated,
                Some(user.id),
                key.id,
            )
            .await?;
        self.mail
            .tell_owner(&mut tx, MailKind::ApiKeyAdded, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok((key, secret))
    }

    pub(crate) async fn revoke(&self, context: &RequestContext, id: &str) -> Result<ApiKey, AuthError> {
        let user = self.callers.require_account(context).await?;

        let mut tx = self.db.user(user.id).begin_write().await?;
        let key = api_keys::revoke_key(&mut tx, user.id, parse_id(id)?, self.clock.now()).await?;
        let key = key.ok_or_else(|| not_found(id))?;
        self.audit
            .record(
                &mut tx,
                context,
                AuditAction::ApiKeyRevoked,
                Some(user.id),
                key.id,
            )
            .await?;
        self.mail
            .tell_owner(&mut tx, MailKind::ApiKeyRemoved, &user)
            .await?;
        tx.commit().await?;
        self.mail.wake_mailer();

        Ok(key)
    }

    /// Whose a key is.
    pub(crate) async fn authenticate(&self, secret: &str) -> Result<Authenticated, AuthError> {
        let now = self.clock.now();
        let key = api_keys::find_key_by_hash(&self.db.system(), &hash_secret(secret)).await?;
        let key = key
            .filter(|key| key.stands(now))
            .ok_or(AuthError::Unauthenticated)?;
        let user = self.callers.require_active_user(key.user_id).await?;

        if key.last_used_at.is_none_or(|at| now - at >= NOTED) {
            api_keys::note_use(&self.db.user(user.id), key.id, now, now - NOTED).await?;
        }

        Ok(Authenticated {
            user,
            session_id: None,
            scopes: key.scopes,
            expires_at: key.expires_at,
            auth_time: None,
            api_key: Some(key.id),
        })
    }
}

fn parse_id(id: &str) -> Result<Uuid, AuthError> {
    Uuid::try_parse(id).map_err(|_| not_found(id))
}

fn not_found(id: &str) -> AuthError {
    AuthError::NotFound {
        what: "API key",
        id: id.to_owned(),
    }
}
