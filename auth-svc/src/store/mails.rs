//! The rows of mail that is still to be sent.

use chrono::{DateTime, Utc};
use kit::{
    db::{DbError, ScopedDb, WriteTx},
    on, on_tx, on_write,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::{UnknownWord, users::Name};

/// What a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// A link that proves the email of an account.
    Verify,
    /// A link by which an account gets another email.
    ConfirmChange,
    /// Somebody forgot the password of an account with this email, if there is one.
    FindAccounts,
    /// A link that sets a password.
    Reset,
    /// To the old address: the account has another one.
    EmailChanged,
    /// To an address that somebody wanted, and that has an account.
    EmailTaken,
    /// The password was set by a link.
    PasswordSet,
    /// A provider signs in to the account.
    ProviderAdded,
    /// A key was made, or an old one given a new secret.
    ApiKeyAdded,
    ApiKeyRemoved,
    SecondFactorAdded,
    SecondFactorRemoved,
}

impl MailKind {
    const ALL: [Self; 12] = [
        Self::Verify,
        Self::ConfirmChange,
        Self::FindAccounts,
        Self::Reset,
        Self::EmailChanged,
        Self::EmailTaken,
        Self::PasswordSet,
        Self::ProviderAdded,
        Self::ApiKeyAdded,
        Self::ApiKeyRemoved,
        Self::SecondFactorAdded,
        Self::SecondFactorRemoved,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::ConfirmChange => "confirm_change",
            Self::FindAccounts => "find_accounts",
            Self::Reset => "reset",
            Self::EmailChanged => "email_changed",
            Self::EmailTaken => "email_taken",
            Self::PasswordSet => "password_set",
            Self::ProviderAdded => "provider_added",
            Self::ApiKeyAdded => "api_key_added",
            Self::ApiKeyRemoved => "api_key_removed",
            Self::SecondFactorAdded => "second_factor_added",
            Self::SecondFactorRemoved => "second_factor_removed",
        }
    }
}

impl TryFrom<String> for MailKind {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or(UnknownWord(text, "kind of a mail"))
    }
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct Mail {
    pub(crate) id: Uuid,
    #[sqlx(try_from = "String")]
    pub(crate) kind: MailKind,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) email: String,
    pub(crate) email_key: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) attempts: i32,
}

impl Mail {
    pub(crate) fn email(&self) -> Name {
        Name {
            shown: self.email.clone(),
            key: self.email_key.clone(),
        }
    }
}

/// Due at once.
pub(crate) async fn insert_mail(
    tx: &mut WriteTx,
    id: Uuid,
    kind: MailKind,
    user: Option<Uuid>,
    email: &Name,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO mails (id, kind, user_id, email, email_key, created_at, due_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $6)";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(kind.as_str())
        .bind(user)
        .bind(&email.shown)
        .bind(&email.key)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}

/// Those that are due, the oldest first.
pub(crate) async fn list_due_mails(db: &ScopedDb, now: DateTime<Utc>) -> Result<Vec<Mail>, DbError> {
    let sql = "SELECT id, kind, user_id, email, email_key, created_at, attempts FROM mails WHERE due_at <= $1 \
               ORDER BY due_at, id LIMIT 100";
    Ok(on!(db, c => sqlx::query_as(sql).bind(now).fetch_all(c).await)?)
}

/// When the next mail is to be sent, of all that wait.
pub(crate) async fn find_next_due(db: &ScopedDb) -> Result<Option<DateTime<Utc>>, DbError> {
    let sql = "SELECT min(due_at) FROM mails";
    Ok(on!(db, c => sqlx::query_scalar(sql).fetch_one(c).await)?)
}

/// Takes a mail on until `due_at`: of any number that try, one gets it.
pub(crate) async fn claim_mail(
    db: &ScopedDb,
    id: Uuid,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE mails SET due_at = $3, attempts = attempts + 1 WHERE id = $1 AND due_at <= $2";
    let done = on_write!(db, c => sqlx::query(sql)
        .bind(id)
        .bind(now)
        .bind(due_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

pub(crate) async fn delay_mail(db: &ScopedDb, id: Uuid, due_at: DateTime<Utc>) -> Result<(), DbError> {
    let sql = "UPDATE mails SET due_at = $2 WHERE id = $1";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(due_at).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_mail(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM mails WHERE id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}
