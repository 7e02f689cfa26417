//! The rows of links that were mailed: what they are for, whom they concern, which address they prove.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{UnknownWord, users::Name};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// The account's email is its owner's.
    Verify,
    /// The account gets this email.
    Change,
    /// The account gets another password.
    Reset,
}

impl LinkKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Change => "change",
            Self::Reset => "reset",
        }
    }
}

impl TryFrom<String> for LinkKind {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let found = [Self::Verify, Self::Change, Self::Reset]
            .into_iter()
            .find(|kind| kind.as_str() == text);
        found.ok_or(UnknownWord(text, "kind of a link"))
    }
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct EmailLink {
    #[sqlx(try_from = "String")]
    pub(crate) kind: LinkKind,
    pub(crate) user_id: Uuid,
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) expires_at: DateTime<Utc>,
}

impl EmailLink {
    pub(crate) fn email(&self) -> Name {
        Name {
            shown: self.email.clone(),
            key: self.email_key.clone(),
        }
    }
}

pub(crate) async fn insert_link(tx: &mut WriteTx, hash: &[u8; 32], link: &EmailLink) -> Result<(), DbError> {
    let sql = "INSERT INTO email_links (hash, kind, user_id, email, email_key, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(hash.as_slice())
        .bind(link.kind.as_str())
        .bind(link.user_id)
        .bind(&link.email)
        .bind(&link.email_key)
        .bind(link.expires_at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

pub(crate) async fn find_link(db: &ScopedDb, hash: &[u8; 32]) -> Result<Option<EmailLink>, DbError> {
    let sql = "SELECT kind, user_id, email, email_key, expires_at FROM email_links WHERE hash = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(hash.as_slice()).fetch_optional(c).await)?)
}

/// Uses a link up: of any number that bring it, one is told so.
pub(crate) async fn take_link(tx: &mut WriteTx, hash: &[u8; 32]) -> Result<bool, DbError> {
    let sql = "DELETE FROM email_links WHERE hash = $1";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(hash.as_slice())
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// No link that was mailed for this user is good any more.
pub(crate) async fn delete_links(tx: &mut WriteTx, user: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM email_links WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(user).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_expired_links(tx: &mut WriteTx, now: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "DELETE FROM email_links WHERE expires_at < $1";
    on_tx!(tx, c => sqlx::query(sql).bind(now).execute(c).await.map(drop))?;
    Ok(())
}
