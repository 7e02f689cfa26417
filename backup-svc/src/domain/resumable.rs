//! Uploads that go on where they broke off: bytes come in segments, each of which is kept before it is acknowledged; when
//! all are there they become one backup. A segment takes no room of its own: the upload has taken it for all of them.

mod append;
mod finish;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use kit::{clock::SharedClock, db::Db, error::Chain, ids::SharedIds};
use uuid::Uuid;

pub(crate) use self::append::AppendInput;
use super::{
    backups::{BackupInput, ParsedBackup},
    entitlements::Entitlements,
    objects::{Objects, PREFIX, check_longest},
    request_context::RequestContext,
};
use crate::{
    error::BackupError,
    store::{
        self,
        objects::ObjectRow,
        resumable::{self as rows, ResumableUpload},
    },
};

/// Partial uploads that one may join.
const MOST_JOINED: usize = 100;
/// Uploads looked at in one sweep.
const SWEPT_AT_ONCE: i64 = 100;

/// What is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct ResumableInput {
    pub(crate) length: u64,
    pub(crate) partial: bool,
    pub(crate) joins: Vec<String>,
    pub(crate) backup: BackupInput,
}

pub(crate) struct ResumableUploads {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: SharedIds,
    /// Which wait for as long as an upload may stand still.
    pub(crate) objects: Objects,
    pub(crate) entitlements: Arc<Entitlements>,
    /// Those that this process is making backups of.
    pub(crate) finishing: Mutex<HashSet<Uuid>>,
}

impl ResumableUploads {
    pub(crate) async fn create(
        &self,
        context: &RequestContext,
        input: ResumableInput,
    ) -> Result<ResumableUpload, BackupError> {
        let user = context.require_account()?;
        let limit = self.entitlements.require_backups(context).await?;
        let now = self.clock.now();
        let mut backup = input.backup;
        if backup.timestamp == 0 {
            backup.timestamp = now.timestamp();
        }
        let parsed = backup.parse(now)?;
        if !input.joins.is_empty() {
            return self.join(user, parsed, &input.joins).await;
        }

        let mut upload = self.describe(user, &parsed);
        upload.length = i64::try_from(input.length).unwrap_or(i64::MAX);
        upload.partial = input.partial;
        self.objects
            .reserve(user, upload.s3_key.clone(), limit, Some(input.length))
            .await?;
        let mut tx = self.db.user(user).begin_write().await?;
        rows::insert(&mut tx, &upload).await?;
        tx.commit().await?;

        self.finish_if_whole(&upload).await?;
        self.find(user, upload.id).await
    }

    /// A new upload, of nothing yet.
    fn describe(&self, user: Uuid, parsed: &ParsedBackup) -> ResumableUpload {
        let (id, now) = (self.ids.id(), self.clock.now());

        ResumableUpload {
            id,
            user_id: user,
            s3_key: format!("{PREFIX}{user}/{}-{id}", parsed.timestamp),
            length: 0,
            received: 0,
            fence: 0,
            partial: false,
            finished: false,
            joins: Vec::new(),
            version: parsed.version,
            timestamp: parsed.timestamp,
            checksum: parsed.checksum.map(|sum| sum.to_string()).unwrap_or_default(),
            chunk_count: parsed.chunk_count,
            device: parsed.device.clone(),
            created_at: now,
            expires_at: now + self.objects.lease,
        }
    }

    /// The segments of partial uploads, and their room, become those of one; then that is whole.
    async fn join(
        &self,
        user: Uuid,
        parsed: ParsedBackup,
        joins: &[String],
    ) -> Result<ResumableUpload, BackupError> {
        let wrong = || {
            BackupError::invalid(
                "joins",
                "ids of 1 to 100 partial uploads of yours, each whole and named once",
            )
        };
        let ids: HashSet<_> = joins.iter().collect();
        if joins.len() > MOST_JOINED || ids.len() != joins.len() {
            return Err(wrong());
        }

        let mut upload = self.describe(user, &parsed);
        let mut partials = Vec::with_capacity(joins.len());
        for id in joins {
            let id = Uuid::try_parse(id).map_err(|_| wrong())?;
            let partial = rows::find(&self.db.user(user), user, id).await?;
            let partial = partial
                .filter(|one| one.partial && one.received == one.length && one.expires_at > self.clock.now());
            partials.push(partial.ok_or_else(wrong)?);
            upload.joins.push(id);
        }
        upload.length = partials.iter().map(|partial| partial.length).sum();
        upload.received = upload.length;
        check_longest(u64::try_from(upload.length).unwrap_or_default())?;

        let mut tx = self.db.user(user).begin_write().await?;
        rows::insert(&mut tx, &upload).await?;
        let mut position = 0;
        for partial in &partials {
            if !rows::move_segments(&mut tx, partial, upload.id, position).await? {
                return Err(BackupError::Elsewhere);
            }
            self.objects.forget(&mut tx, user, &partial.s3_key).await?;
            position += partial.length;
        }
        store::accounts::add(&mut tx, user, upload.length, self.clock.now()).await?;
        let room = ObjectRow {
            s3_key: upload.s3_key.clone(),
            user_id: user,
            size_bytes: upload.length,
            expires_at: Some(upload.expires_at),
            created_at: upload.created_at,
        };
        store::objects::insert(&mut tx, &room).await?;
        tx.commit().await?;

        self.finish_if_whole(&upload).await?;
        self.find(user, upload.id).await
    }

    /// One whose bytes are all there, and that is no backup yet because its process died, becomes one now.
    pub(crate) async fn get(
        &self,
        context: &RequestContext,
        id: &str,
    ) -> Result<ResumableUpload, BackupError> {
        let user = context.require_account()?;
        let upload = self.find(user, parse_id(id)?).await?;
        self.finish_if_whole(&upload).await?;

        Ok(upload)
    }

    async fn find(&self, user: Uuid, id: Uuid) -> Result<ResumableUpload, BackupError> {
        let found = rows::find(&self.db.user(user), user, id).await?;
        let found = found.filter(|upload| upload.expires_at > self.clock.now());
        found.ok_or_else(|| not_found(&id.to_string()))
    }

    pub(crate) async fn delete(&self, context: &RequestContext, id: &str) -> Result<(), BackupError> {
        let user = context.require_account()?;
        match self.find(user, parse_id(id)?).await {
            Ok(upload) => self.remove(&upload).await,
            Err(BackupError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A backup that it has become stays.
    async fn remove(&self, upload: &ResumableUpload) -> Result<(), BackupError> {
        let mut tx = self.db.user(upload.user_id).begin_write().await?;
        let mut keys = rows::delete_segments(&mut tx, upload.id).await?;
        if !upload.finished {
            keys.push(upload.s3_key.clone());
        }
        for key in &keys {
            self.objects.forget(&mut tx, upload.user_id, key).await?;
        }
        rows::delete(&mut tx, upload.id).await?;
        tx.commit().await?;

        self.objects.delete_bytes(&keys).await;
        Ok(())
    }

    /// Gives up those that nobody has gone on with.
    pub(crate) async fn sweep(&self) -> Result<u64, BackupError> {
        let expired = rows::list_expired(&self.db.system(), self.clock.now(), SWEPT_AT_ONCE).await?;
        let mut given_up = 0;
        for upload in expired {
            match self.remove(&upload).await {
                Ok(()) => given_up += 1,
                Err(error) => {
                    tracing::warn!(id = %upload.id, causes = %Chain(&error), "an upload is given up later")
                }
            }
        }

        Ok(given_up)
    }

    /// Whether nobody else in this process makes a backup of it.
    fn begin_finishing(&self, id: Uuid) -> bool {
        self.finishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id)
    }

    fn end_finishing(&self, id: Uuid) {
        self.finishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
    }
}

fn parse_id(id: &str) -> Result<Uuid, BackupError> {
    Uuid::try_parse(id).map_err(|_| not_found(id))
}

fn not_found(id: &str) -> BackupError {
    BackupError::NotFound {
        what: "upload",
        id: id.to_owned(),
    }
}
