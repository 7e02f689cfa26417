//! The rows of users, their passwords and their profiles.

use chrono::{DateTime, Utc};
use kit::actor::Tier;
use kit::db::{DbError, ScopedDb, WriteTx, is_unique};
use kit::{on, on_tx, on_write};
use sqlx::FromRow;
use uuid::Uuid;

use super::UnknownWord;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserStatus {
    Active,
    Disabled,
    Deleting,
}

impl UserStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }
}

impl TryFrom<String> for UserStatus {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        let all = [Self::Active, Self::Disabled, Self::Deleting];
        let found = all.into_iter().find(|status| status.as_str() == text);
        found.ok_or(UnknownWord(text, "status of a user"))
    }
}

/// `Tier` as a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TierColumn(pub(crate) Tier);

impl TryFrom<String> for TierColumn {
    type Error = UnknownWord;

    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse().map(Self).map_err(|_| UnknownWord(text, "tier"))
    }
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) username: String,
    pub(crate) guest: bool,
    #[sqlx(try_from = "String")]
    pub(crate) tier: TierColumn,
    #[sqlx(try_from = "String")]
    pub(crate) status: UserStatus,
    pub(crate) has_password: bool,
    /// A code is asked for at sign-in.
    pub(crate) second_factor: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl User {
    pub(crate) fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }

    pub(crate) const fn tier(&self) -> Tier {
        self.tier.0
    }
}

/// An email, as written and as compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) shown: String,
    pub(crate) key: String,
}

/// A username, as written, as compared, and as it looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Username {
    pub(crate) shown: String,
    pub(crate) key: String,
    pub(crate) skeleton: String,
}

#[derive(Clone, Debug)]
pub(crate) struct NewUser {
    pub(crate) id: Uuid,
    pub(crate) email: Option<Name>,
    pub(crate) email_verified: bool,
    /// Nobody else may have it.
    pub(crate) email_held: bool,
    pub(crate) username: Username,
    pub(crate) guest: bool,
    pub(crate) at: DateTime<Utc>,
}

impl NewUser {
    fn held_email(&self) -> Option<&str> {
        let email = self.email.as_ref().filter(|_| self.email_held);
        email.map(|email| email.key.as_str())
    }
}

/// What a write of a user found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteOutcome {
    Done,
    /// The transaction is of no use any more after this and the next two.
    EmailTaken,
    UsernameTaken,
    IdTaken,
    /// No such user, or not in the state that the change needs.
    NotThere,
}

/// A user with what there is to sign in with. An email that an issuer names without vouching for it is shown where there is
/// no other.
macro_rules! select_users {
    ($rest:literal) => {
        $crate::store::users::select_users!("", $rest)
    };
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT u.id, COALESCE(u.email, (SELECT MAX(n.email) FROM identities n WHERE n.user_id = u.id)) AS email, ",
            "u.email_verified, u.username, u.guest, u.tier, u.status, u.created_at, u.updated_at, ",
            "(c.user_id IS NOT NULL) AS has_password, ",
            "EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) ",
            "AS second_factor ",
            $more,
            "FROM users u LEFT JOIN credentials c ON c.user_id = u.id ",
            $rest
        )
    };
}
pub(crate) use select_users;

pub(crate) async fn find_user(db: &ScopedDb, id: Uuid) -> Result<Option<User>, DbError> {
    let sql = select_users!("WHERE u.id = $1");
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

pub(crate) async fn find_user_in(tx: &mut WriteTx, id: Uuid) -> Result<Option<User>, DbError> {
    let sql = select_users!("WHERE u.id = $1");
    Ok(on_tx!(tx, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// By email or username, with the stored password: several where nobody has proven the email that they all claim. Who has
/// proven it comes first; else it is the oldest and the newest, so that nobody is pushed out by those who come later.
pub(crate) async fn find_logins(
    db: &ScopedDb,
    email_key: &str,
    username_key: &str,
    most: i64,
) -> Result<Vec<(User, Option<String>)>, DbError> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        user: User,
        password_hash: Option<String>,
    }

    let sql = select_users!(
        ", c.password_hash ",
        "WHERE (u.email_key = $1 OR u.username_key = $2) AND (u.email_verified OR u.username_key = $2 OR u.id IN \
           (SELECT id FROM users WHERE email_key = $1 ORDER BY created_at, id LIMIT 1) OR u.id IN \
           (SELECT id FROM users WHERE email_key = $1 ORDER BY created_at DESC, id LIMIT ($3 - 1))) \
         ORDER BY u.email_verified DESC, u.created_at, u.id LIMIT $3"
    );
    let rows: Vec<Row> = on!(db, c => sqlx::query_as(sql)
        .bind(email_key)
        .bind(username_key)
        .bind(most)
        .fetch_all(c)
        .await)?;

    Ok(rows
        .into_iter()
        .map(|row| (row.user, row.password_hash))
        .collect())
}

pub(crate) async fn find_password_hash(db: &ScopedDb, id: Uuid) -> Result<Option<String>, DbError> {
    let sql = "SELECT password_hash FROM credentials WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_scalar(sql).bind(id).fetch_optional(c).await)?)
}

/// Newest first, those before `after`.
pub(crate) async fn list_users(
    db: &ScopedDb,
    after: (DateTime<Utc>, Uuid),
    rows: i64,
) -> Result<Vec<User>, DbError> {
    let sql =
        select_users!("WHERE (u.created_at, u.id) < ($1, $2) ORDER BY u.created_at DESC, u.id DESC LIMIT $3");
    Ok(on!(db, c => sqlx::query_as(sql)
        .bind(after.0)
        .bind(after.1)
        .bind(rows)
        .fetch_all(c)
        .await)?)
}

/// What a broken constraint of `users` means.
pub(super) fn read_outcome(done: Result<u64, sqlx::Error>) -> Result<WriteOutcome, DbError> {
    match done {
        Ok(0) => Ok(WriteOutcome::NotThere),
        Ok(_) => Ok(WriteOutcome::Done),
        Err(error) if is_unique(&error, "users_email_held", &["users.email_held"]) => {
            Ok(WriteOutcome::EmailTaken)
        }
        Err(error) if is_unique(&error, "users_username_key", &["users.username_key"]) => {
            Ok(WriteOutcome::UsernameTaken)
        }
        Err(error) if is_unique(&error, "users_username_skeleton", &["users.username_skeleton"]) => {
            Ok(WriteOutcome::UsernameTaken)
        }
        Err(error) if is_unique(&error, "users_pkey", &["users.id"]) => Ok(WriteOutcome::IdTaken),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn insert_user(tx: &mut WriteTx, user: &NewUser) -> Result<WriteOutcome, DbError> {
    let sql = "INSERT INTO users (id, email, email_key, email_verified, username, username_key, username_skeleton, \
               guest, tier, status, created_at, updated_at, email_held) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'free', 'active', $9, $9, $10)";

    read_outcome(on_tx!(tx, c => sqlx::query(sql)
        .bind(user.id)
        .bind(user.email.as_ref().map(|name| &name.shown))
        .bind(user.email.as_ref().map(|name| &name.key))
        .bind(user.email_verified)
        .bind(&user.username.shown)
        .bind(&user.username.key)
        .bind(&user.username.skeleton)
        .bind(user.guest)
        .bind(user.at)
        .bind(user.held_email())
        .execute(c)
        .await
        .map(|done| done.rows_affected())))
}

/// Makes an account of a guest that has a row.
pub(crate) async fn upgrade_guest(tx: &mut WriteTx, user: &NewUser) -> Result<WriteOutcome, DbError> {
    let sql = "UPDATE users SET email = $2, email_key = $3, email_verified = $4, username = $5, username_key = $6, \
               username_skeleton = $7, guest = $8, updated_at = $9, email_held = $10 \
               WHERE id = $1 AND guest AND status = 'active'";

    read_outcome(on_tx!(tx, c => sqlx::query(sql)
        .bind(user.id)
        .bind(user.email.as_ref().map(|name| &name.shown))
        .bind(user.email.as_ref().map(|name| &name.key))
        .bind(user.email_verified)
        .bind(&user.username.shown)
        .bind(&user.username.key)
        .bind(&user.username.skeleton)
        .bind(user.guest)
        .bind(user.at)
        .bind(user.held_email())
        .execute(c)
        .await
        .map(|done| done.rows_affected())))
}

pub(crate) async fn set_username(
    tx: &mut WriteTx,
    id: Uuid,
    username: &Username,
    at: DateTime<Utc>,
) -> Result<WriteOutcome, DbError> {
    let sql = "UPDATE users SET username = $2, username_key = $3, username_skeleton = $4, updated_at = $5 \
               WHERE id = $1";
    read_outcome(on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(&username.shown)
        .bind(&username.key)
        .bind(&username.skeleton)
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected())))
}

/// Some users whose names nobody has looked at yet.
pub(crate) async fn list_without_skeleton(db: &ScopedDb, rows: i64) -> Result<Vec<(Uuid, String)>, DbError> {
    let sql =
        "SELECT id, username FROM users WHERE username_skeleton IS NULL ORDER BY created_at, id LIMIT $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(rows).fetch_all(c).await)?)
}

/// Of two that look alike the older one has the looks; the other keeps its name, and `else_as` stands for its looks.
pub(crate) async fn set_skeleton(
    db: &ScopedDb,
    id: Uuid,
    skeleton: &str,
    else_as: &str,
) -> Result<(), DbError> {
    let sql = "UPDATE users SET username_skeleton = $2 WHERE id = $1 AND username_skeleton IS NULL \
               AND NOT EXISTS (SELECT 1 FROM users u WHERE u.username_skeleton = $2)";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(skeleton).execute(c).await.map(drop))?;

    let sql = "UPDATE users SET username_skeleton = $2 WHERE id = $1 AND username_skeleton IS NULL";
    on_write!(db, c => sqlx::query(sql).bind(id).bind(else_as).execute(c).await.map(drop))?;
    Ok(())
}

/// The first password, or another in place of it.
pub(crate) async fn set_password(
    tx: &mut WriteTx,
    id: Uuid,
    hash: &str,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO credentials (user_id, password_hash, changed_at) VALUES ($1, $2, $3) \
               ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, \
               changed_at = excluded.changed_at";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(hash).bind(at).execute(c).await.map(drop))?;
    Ok(())
}

/// The same password under a better hash, unless it was changed meanwhile.
pub(crate) async fn replace_password_hash(
    tx: &mut WriteTx,
    id: Uuid,
    old: &str,
    new: &str,
) -> Result<(), DbError> {
    let sql = "UPDATE credentials SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2";
    on_tx!(tx, c => sqlx::query(sql).bind(id).bind(old).bind(new).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn delete_password(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM credentials WHERE user_id = $1";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

pub(crate) async fn set_tier(
    tx: &mut WriteTx,
    id: Uuid,
    tier: Tier,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE users SET tier = $2, updated_at = $3 WHERE id = $1";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(tier.as_str())
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// False when the user is not in a status that can be left for this one: there is no way back from `deleting`.
pub(crate) async fn set_status(
    tx: &mut WriteTx,
    id: Uuid,
    status: UserStatus,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE users SET status = $2, updated_at = $3 WHERE id = $1 AND status <> 'deleting'";
    let done = on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(status.as_str())
        .bind(at)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;

    Ok(done > 0)
}

/// Everything that belongs to the user alone goes with the row.
pub(crate) async fn delete_user(tx: &mut WriteTx, id: Uuid) -> Result<(), DbError> {
    let sql = "DELETE FROM users WHERE id = $1 AND status = 'deleting'";
    on_tx!(tx, c => sqlx::query(sql).bind(id).execute(c).await.map(drop))?;
    Ok(())
}

#[derive(Clone, Debug, FromRow)]
pub(crate) struct ProfileRow {
    pub(crate) full_name: String,
    pub(crate) avatar_url: String,
    pub(crate) skill_level: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

pub(crate) async fn find_profile(db: &ScopedDb, id: Uuid) -> Result<Option<ProfileRow>, DbError> {
    let sql =
        "SELECT full_name, avatar_url, skill_level, created_at, updated_at FROM profiles WHERE user_id = $1";
    Ok(on!(db, c => sqlx::query_as(sql).bind(id).fetch_optional(c).await)?)
}

/// What a change of a profile says; a field that is `None` stays, or is what a new profile has.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProfileChange {
    pub(crate) full_name: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) skill_level: Option<&'static str>,
}

pub(crate) async fn put_profile(
    tx: &mut WriteTx,
    id: Uuid,
    change: &ProfileChange,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO profiles (user_id, full_name, avatar_url, skill_level, created_at, updated_at) \
               VALUES ($1, COALESCE($2, ''), COALESCE($3, ''), COALESCE($4, 'beginner'), $5, $5) \
               ON CONFLICT (user_id) DO UPDATE SET full_name = COALESCE($2, profiles.full_name), \
               avatar_url = COALESCE($3, profiles.avatar_url), \
               skill_level = COALESCE($4, profiles.skill_level), updated_at = $5";
    on_tx!(tx, c => sqlx::query(sql)
        .bind(id)
        .bind(change.full_name.as_ref())
        .bind(change.avatar_url.as_ref())
        .bind(change.skill_level)
        .bind(at)
        .execute(c)
        .await
        .map(drop))?;

    Ok(())
}
