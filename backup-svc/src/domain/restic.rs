//! Repositories of restic. What is in one is restic's; here a name is held against the bytes that come under it, nothing
//! that is there is replaced, and only who may delete does.

use std::sync::Arc;

use kit::{clock::SharedClock, db::Db, error::Faults, ids::SharedIds};

use super::{
    checksum::Checksum,
    entitlements::Entitlements,
    objects::{Incoming, Objects, PREFIX},
    request_context::RequestContext,
};
use crate::{
    error::BackupError,
    store::restic::{self as store, ObjectName, ResticObject},
};

/// What a credential with scopes needs to delete.
const WRITE: &str = "backup:write";
/// The one object that has no name.
const CONFIG: &str = "config";
const LOCKS: &str = "locks";
const KINDS: [&str; 6] = [CONFIG, "data", "keys", LOCKS, "snapshots", "index"];
/// Objects in one page of a list.
const LISTED: i64 = 10_000;

/// Which object, as a client names it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawName {
    pub(crate) repository: String,
    pub(crate) kind: String,
    pub(crate) name: String,
}

pub(crate) struct ResticRepositories {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    pub(crate) objects: Objects,
    pub(crate) entitlements: Arc<Entitlements>,
}

impl ResticRepositories {
    pub(crate) async fn create(&self, context: &RequestContext, repository: &str) -> Result<(), BackupError> {
        let user = context.require_account()?;
        self.entitlements.require_backups(context).await?;
        check_repository(repository)?;

        Ok(store::create_repository(&self.db.user(user), user, repository, self.clock.now()).await?)
    }

    /// With all that is in it.
    pub(crate) async fn delete(&self, context: &RequestContext, repository: &str) -> Result<(), BackupError> {
        let user = context.require_account()?;
        require_write(context)?;

        let mut tx = self.db.user(user).begin_write().await?;
        let keys = store::delete_repository(&mut tx, user, repository).await?;
        for key in &keys {
            self.objects.forget(&mut tx, user, key).await?;
        }
        tx.commit().await?;

        self.objects.delete_bytes(&keys).await;

        Ok(())
    }

    /// Under a name that is there already nothing is written: but for the config, it says what its bytes are.
    pub(crate) async fn upload(
        &self,
        context: &RequestContext,
        raw: RawName,
        length: Option<u64>,
        incoming: Incoming,
    ) -> Result<ResticObject, BackupError> {
        let user = context.require_account()?;
        let limit = self.entitlements.require_backups(context).await?;
        let name = parse_name(context, raw)?;
        let db = self.db.user(user);
        if !store::repository_exists(&db, user, &name.repository).await? {
            return Err(no_repository(&name.repository));
        }
        if let Some(there) = store::find(&db, &name).await? {
            return answer_known(&name, there);
        }

        let key = format!("{PREFIX}{user}/restic/{}", self.ids.id());
        let mut reservation = self.objects.reserve(user, key, limit, length).await?;
        let received = self
            .objects
            .receive(&mut reservation, incoming, |received| {
                check_content(&name, received.checksum)
            })
            .await?;

        let object = ResticObject {
            name: name.name.clone(),
            s3_key: reservation.key.clone(),
            size_bytes: i64::try_from(received.size).unwrap_or(i64::MAX),
            created_at: self.clock.now(),
        };
        let mut tx = db.begin_write().await?;
        self.objects.settle(&mut tx, &reservation, received.size).await?;
        if store::insert(&mut tx, &name, &object).await? {
            tx.commit().await?;
            return Ok(object);
        }

        // Somebody has sent the same in the meantime.
        tx.rollback().await?;
        self.objects.give_up(&reservation).await;
        let there = store::find(&db, &name).await?;
        answer_known(&name, there.ok_or(BackupError::BrokenOff)?)
    }

    pub(crate) async fn get(
        &self,
        context: &RequestContext,
        raw: RawName,
    ) -> Result<ResticObject, BackupError> {
        let user = context.require_account()?;
        let name = parse_name(context, raw)?;
        let found = store::find(&self.db.user(user), &name).await?;

        found.ok_or_else(|| BackupError::NotFound {
            what: "object",
            id: format!("{}/{}/{}", name.repository, name.kind, name.name),
        })
    }

    /// Those behind a name, by name.
    pub(crate) async fn list(
        &self,
        context: &RequestContext,
        raw: RawName,
    ) -> Result<Vec<ResticObject>, BackupError> {
        let user = context.require_account()?;
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == raw.kind) else {
            return Err(wrong_kind());
        };
        let db = self.db.user(user);
        if !store::repository_exists(&db, user, &raw.repository).await? {
            return Err(no_repository(&raw.repository));
        }

        let after = ObjectName {
            user,
            repository: raw.repository,
            kind,
            name: raw.name,
        };
        Ok(store::list(&db, &after, LISTED).await?)
    }

    /// Whoever may only add may take back locks, as restic must.
    pub(crate) async fn delete_object(
        &self,
        context: &RequestContext,
        raw: RawName,
    ) -> Result<(), BackupError> {
        let user = context.require_account()?;
        if raw.kind != LOCKS {
            require_write(context)?;
        }
        let name = parse_name(context, raw)?;

        let mut tx = self.db.user(user).begin_write().await?;
        let Some(key) = store::delete(&mut tx, &name).await? else {
            return Ok(());
        };
        self.objects.forget(&mut tx, user, &key).await?;
        tx.commit().await?;

        self.objects.delete_bytes(&[key]).await;

        Ok(())
    }
}

fn answer_known(name: &ObjectName, there: ResticObject) -> Result<ResticObject, BackupError> {
    match name.kind {
        CONFIG => Err(BackupError::NeverReplaced),
        _ => Ok(there),
    }
}

fn require_write(context: &RequestContext) -> Result<(), BackupError> {
    let scopes = &context.actor.scopes;
    match scopes.is_empty() || scopes.iter().any(|scope| scope == WRITE) {
        true => Ok(()),
        false => Err(BackupError::AddsOnly),
    }
}

fn check_repository(name: &str) -> Result<(), BackupError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let fine = (1..=100).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.');
    match fine {
        true => Ok(()),
        false => Err(BackupError::invalid(
            "repository",
            "1 to 100 letters, digits, `.`, `_` and `-`, not a `.` first",
        )),
    }
}

fn parse_name(context: &RequestContext, raw: RawName) -> Result<ObjectName, BackupError> {
    check_repository(&raw.repository)?;
    let Some(kind) = KINDS.into_iter().find(|kind| *kind == raw.kind) else {
        return Err(wrong_kind());
    };

    let fits = match kind {
        CONFIG => raw.name.is_empty(),
        _ => {
            raw.name.len() == 64
                && raw.name == raw.name.to_ascii_lowercase()
                && Checksum::parse(&raw.name).is_some()
        }
    };
    match fits {
        true => Ok(ObjectName {
            user: context.actor.user_id,
            repository: raw.repository,
            kind,
            name: raw.name,
        }),
        false => Err(Faults::one("name", "a SHA-256 in small hexadecimal letters").into()),
    }
}

fn check_content(name: &ObjectName, checksum: Checksum) -> Result<(), BackupError> {
    match name.kind == CONFIG || checksum.to_string() == name.name {
        true => Ok(()),
        false => Err(BackupError::invalid(
            "name",
            format!("the SHA-256 of what was sent, which is {checksum}"),
        )),
    }
}

fn wrong_kind() -> BackupError {
    BackupError::invalid("kind", "data, keys, locks, snapshots or index")
}

fn no_repository(name: &str) -> BackupError {
    BackupError::NotFound {
        what: "repository",
        id: name.to_owned(),
    }
}
