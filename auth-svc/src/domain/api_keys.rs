//! API keys: made, shown once, replaced, revoked, and recognised.

use chrono::{DateTime, TimeDelta, Utc};
use kit::FieldViolation;
use uuid::Uuid;

use super::{asking::Asking, audit::Action, core::Core, sessions::Authenticated};
use crate::{
    error::AuthError,
    store::api_keys::{self, ApiKey},
    tokens::{Secret, hash},
};

/// What a key can be held to, as the gateway checks it. The list is closed: no key ever carries what only operators and
/// services may.
pub(crate) const SCOPES: [&str; 5] = [
    "account:read",
    "account:write",
    "stories:read",
    "stories:write",
    "agents:run",
];
/// Keys of one account that are not revoked.
const MOST: u32 = 100;
/// A use is noted this often at most.
const NOTED: TimeDelta = TimeDelta::seconds(60);
const NAME: usize = 100;

/// A key as it is asked for.
pub(crate) struct RawKey {
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// RFC 3339, or empty.
    pub(crate) expires_at: String,
}

struct Parsed {
    name: String,
    scopes: Vec<String>,
    expires_at: Option<DateTime<Utc>>,
}

impl RawKey {
    fn parse(self, now: DateTime<Utc>) -> Result<Parsed, AuthError> {
        let mut fields = Vec::new();
        let name = self.name.trim().to_owned();
        if !(1..=NAME).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            fields.push(FieldViolation::new("name", "1 to 100 characters on one line"));
        }

        let mut scopes = self.scopes;
        scopes.sort();
        scopes.dedup();

        if scopes.iter().any(|scope| !SCOPES.contains(&scope.as_str())) {
            let expected = format!("some of {}, or none for all", SCOPES.join(", "));
            fields.push(FieldViolation::new("scopes", expected));
        }

        let expires_at = match self.expires_at.trim() {
            "" => None,
            text => {
                let end = DateTime::parse_from_rfc3339(text).map(|end| end.to_utc());
                // Beyond year 9999 neither a database nor RFC 3339 can write it.
                let end = end
                    .ok()
                    .filter(|end| *end > now && *end <= super::page::Cursor::LAST.at);
                if end.is_none() {
                    fields.push(FieldViolation::new(
                        "expires_at",
                        "a time in the future, in RFC 3339",
                    ));
                }

                end
            }
        };

        if !fields.is_empty() {
            return Err(AuthError::Invalid { fields });
        }

        Ok(Parsed {
            name,
            scopes,
            expires_at,
        })
    }
}

impl Core {
    pub(crate) async fn list_api_keys(&self, asking: &Asking) -> Result<Vec<ApiKey>, AuthError> {
        let user = self.account(asking).await?;
        Ok(api_keys::list(&self.db, user.id).await?)
    }

    /// The key and its secret, which nobody sees again.
    pub(crate) async fn create_api_key(
        &self,
        asking: &Asking,
        raw: RawKey,
    ) -> Result<(ApiKey, Secret), AuthError> {
        let user = self.account(asking).await?;
        let now = self.clock.now();
        let parsed = raw.parse(now)?;
        let secret = self.secrets.api_key();
        let key = ApiKey {
            id: self.ids.id(),
            user_id: user.id,
            name: parsed.name,
            prefix: secret.prefix(),
            scopes: narrowed(parsed.scopes, &asking.actor.scopes)?,
            created_at: now,
            expires_at: parsed.expires_at,
            last_used_at: None,
            revoked_at: None,
        };

        let mut tx = self.db.begin_write().await?;
        if api_keys::count(&mut tx, user.id).await? >= i64::from(MOST) {
            return Err(AuthError::TooManyKeys { most: MOST });
        }

        api_keys::insert(&mut tx, &key, &secret.hash()).await?;
        self.note(&mut tx, asking, Action::ApiKeyCreated, Some(user.id), key.id)
            .await?;
        tx.commit().await?;

        Ok((key, secret))
    }

    pub(crate) async fn regenerate_api_key(
        &self,
        asking: &Asking,
        id: &str,
    ) -> Result<(ApiKey, Secret), AuthError> {
        let user = self.account(asking).await?;
        let secret = self.secrets.api_key();
        let mut tx = self.db.begin_write().await?;
        let key = api_keys::replace(&mut tx, user.id, parse(id)?, &secret.prefix(), &secret.hash()).await?;
        let key = key.ok_or_else(|| not_found(id))?;
        narrowed(key.scopes.clone(), &asking.actor.scopes)?;
        self.note(&mut tx, asking, Action::ApiKeyRegenerated, Some(user.id), key.id)
            .await?;
        tx.commit().await?;

        Ok((key, secret))
    }

    pub(crate) async fn revoke_api_key(&self, asking: &Asking, id: &str) -> Result<ApiKey, AuthError> {
        let user = self.account(asking).await?;
        let mut tx = self.db.begin_write().await?;
        let key = api_keys::revoke(&mut tx, user.id, parse(id)?, self.clock.now()).await?;
        let key = key.ok_or_else(|| not_found(id))?;
        self.note(&mut tx, asking, Action::ApiKeyRevoked, Some(user.id), key.id)
            .await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Whose a key is.
    pub(crate) async fn by_api_key(&self, secret: &str) -> Result<Authenticated, AuthError> {
        let now = self.clock.now();
        let key = api_keys::by_hash(&self.db, &hash(secret)).await?;
        let key = key
            .filter(|key| key.stands(now))
            .ok_or(AuthError::Unauthenticated)?;
        let user = self.active(key.user_id).await?;

        if key.last_used_at.is_none_or(|at| now - at >= NOTED) {
            api_keys::used(&self.db, key.id, now, now - NOTED).await?;
        }

        Ok(Authenticated {
            user,
            session_id: None,
            scopes: key.scopes,
            expires_at: key.expires_at,
        })
    }
}

/// A key that is made or shown with another key can do no more than that one.
fn narrowed(wanted: Vec<String>, own: &[String]) -> Result<Vec<String>, AuthError> {
    let within = own.is_empty() || !wanted.is_empty() && wanted.iter().all(|scope| own.contains(scope));
    if within {
        Ok(wanted)
    } else {
        Err(AuthError::invalid(
            "scopes",
            "no more than the key that you call with may do",
        ))
    }
}

fn parse(id: &str) -> Result<Uuid, AuthError> {
    Uuid::try_parse(id).map_err(|_| not_found(id))
}

fn not_found(id: &str) -> AuthError {
    AuthError::NotFound {
        what: "API key",
        id: id.to_owned(),
    }
}
