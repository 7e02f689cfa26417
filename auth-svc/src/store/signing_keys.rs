//! The rows of signing keys.

use chrono::{DateTime, Utc};
use kit::db::{DbError, ScopedDb, WriteTx};
use kit::{on, on_tx};
use sqlx::FromRow;

use super::UnknownWord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    Standby,
    Active,
    Retired,
}

impl KeyState {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

impl TryFrom<String> for KeyState {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let all = [Self::Standby, Self::Active, Self::Retired];
        let found = all.into_iter().find(|state| state.as_str() == text);
        found.ok_or(UnknownWord(text, "state of a key"))
    }
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    #[sqlx(try_from = "String")]
    pub(crate) state: KeyState,
    pub(crate) sealed: Vec<u8>,
    pub(crate) public_jwk: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) activated_at: Option<DateTime<Utc>>,
    pub(crate) retired_at: Option<DateTime<Utc>>,
}

/// All of them, oldest first.
pub(crate) async fn list_signing_keys(db: &ScopedDb) -> Result<Vec<SigningKey>, DbError> {
    let sql = "SELECT kid, state, sealed, public_jwk, created_at, activated_at, retired_at \
               FROM signing_keys ORDER BY created_at, kid";
    Ok(on!(db, c => sqlx::query_as(sql).fetch_all(c).await)?)
}

/// Adds a key; nothing happens when another one is in its state already.
pub(crate) async fn insert_signing_key(tx: &mut WriteTx, key: &SigningKey) -> Result<(), DbError> {
    let sql = "INSERT INTO signing_keys (kid, state, sealed, public_jwk, created_at, activated_at, retired_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(&key.kid)
        .bind(key.state.as_str())
        .bind(&key.sealed)
        .bind(&key.public_jwk)
        .bind(key.created_at)
        .bind(key.activated_at)
        .bind(key.retired_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Each key goes one state on, and `standby` waits from now on.
pub(crate) async fn rotate_signing_keys(
    tx: &mut WriteTx,
    standby: &SigningKey,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    for sql in [
        "UPDATE signing_keys SET state = 'retired', retired_at = $1 WHERE state = 'active'",
        "UPDATE signing_keys SET state = 'active', activated_at = $1 WHERE state = 'standby'",
    ] {
        on_tx!(tx, c => sqlx::query(sql).bind(at).execute(c).await.map(drop))?;
    }
    insert_signing_key(tx, standby).await
}

pub(crate) async fn delete_retired_keys(tx: &mut WriteTx, at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM signing_keys WHERE state = 'retired' AND retired_at < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(at).execute(c).await.map(drop))?;
    Ok(())
}
