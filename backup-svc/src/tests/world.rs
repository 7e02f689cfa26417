//! A service on a database of its own and a folder, with a clock that stands still, and somebody who sends to it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use kit::{
    Problem,
    actor::{Actor, ActorKey, Tier},
    blobs::{BlobEncryption, Blobs, BlobsConfig},
    clock::{Clock, ManualClock},
    config::Seconds,
    db::{Db, testing::each_engine},
    health::Health,
    ids::{SystemIds, random_id},
    rpc::{Caller, Calling, RequestId, RpcChannel, guard},
    secrets::Key,
    shutdown::Shutdown,
    webhooks::testing::FakeWebhooks,
};
use proto::v1::{
    self, GetBackupQuotaRequest, GetBackupRequest, ListBackupsRequest, NewBackup, NewResticObject,
    ResticObjectKey, UploadEnd, UploadPiece, backup_owners_client::BackupOwnersClient,
    backups_client::BackupsClient, restic_repositories_client::ResticRepositoriesClient,
    resumable_uploads_client::ResumableUploadsClient, upload_piece::Piece,
    webhook_events_server::WebhookEventsServer,
};
use sha2::{Digest as _, Sha256};
use tonic::service::Routes;

use crate::{
    BackupConfig, BackupService, Deps, MIGRATIONS, TierGigabytes,
    domain::{objects::Objects, resumable::ResumableUploads, retention::Retention},
};

/// In one piece of an upload.
pub(super) const PIECE: usize = 64 * 1024;

pub(super) struct World {
    pub(super) channel: RpcChannel,
    pub(super) caller: Caller,
    pub(super) db: Db,
    pub(super) blobs: Blobs,
    pub(super) clock: ManualClock,
    pub(super) objects: Objects,
    pub(super) uploads: Arc<ResumableUploads>,
    pub(super) retention: Retention,
    /// What webhooks were told.
    pub(super) told: FakeWebhooks,
    _files: tempfile::TempDir,
}

/// Runs a test on every engine.
pub(super) async fn on_each_engine<Fut: Future<Output = ()>>(test: impl Fn(World) -> Fut) {
    each_engine(&MIGRATIONS, |db| async {
        test(World::open(db).await).await;
    })
    .await;
}

impl World {
    async fn open(db: Db) -> Self {
        let files = tempfile::tempdir().expect("a folder");
        let empty = || String::new().into();
        let blobs = BlobsConfig {
            endpoint: String::new(),
            region: String::new(),
            bucket: "saga".to_owned(),
            access_key_id: empty(),
            secret_access_key: empty(),
            path_style: true,
            encryption: BlobEncryption::default(),
            kms_key_id: String::new(),
        };
        let blobs = Blobs::open(&blobs, files.path()).await.expect("a blob store");
        let clock = ManualClock::default();
        let actor_key = ActorKey::new(Key::random());
        let told = FakeWebhooks::default();
        let service = BackupService::build(Deps {
            db: db.clone(),
            blobs: blobs.clone(),
            billing: None,
            webhooks: Some(RpcChannel::local(guard(
                Routes::new(WebhookEventsServer::new(told.clone())),
                actor_key.clone(),
                Arc::new(clock.clone()),
            ))),
            actor_key: actor_key.clone(),
            clock: Arc::new(clock.clone()),
            ids: SystemIds::shared(),
            config: BackupConfig {
                gigabytes: TierGigabytes {
                    free: 0,
                    pro: 1,
                    power: 50,
                    team: -1,
                },
                lease_seconds: Seconds::new(600),
                resumable_seconds: Seconds::new(86_400),
                sweep_seconds: Seconds::new(60),
                compare_seconds: Seconds::new(3_600),
                retention_seconds: Seconds::new(3_600),
                lock_days: 0,
            },
            health: Health::new(),
            shutdown: Shutdown::new(),
        });

        Self {
            channel: RpcChannel::local(service.routes),
            caller: Caller::new(actor_key, Arc::new(clock.clone())),
            objects: service.sweeper.objects.clone(),
            uploads: Arc::clone(&service.sweeper.uploads),
            retention: service.sweeper.retention.clone(),
            told,
            db,
            blobs,
            clock,
            _files: files,
        }
    }

    pub(super) fn calling(&self, actor: &Actor) -> Calling {
        Calling::new(
            self.channel.clone(),
            self.caller.clone(),
            actor.clone(),
            RequestId::random(),
            Duration::from_secs(60),
        )
    }

    pub(super) fn backups(&self, actor: &Actor) -> BackupsClient<Calling> {
        BackupsClient::new(self.calling(actor))
    }

    pub(super) fn restic(&self, actor: &Actor) -> ResticRepositoriesClient<Calling> {
        ResticRepositoriesClient::new(self.calling(actor))
    }

    pub(super) fn resumable(&self, actor: &Actor) -> ResumableUploadsClient<Calling> {
        ResumableUploadsClient::new(self.calling(actor))
    }

    pub(super) async fn upload_restic(
        &self,
        actor: &Actor,
        key: ResticObjectKey,
        bytes: &[u8],
    ) -> Result<v1::ResticObject, Problem> {
        let head = NewResticObject {
            key: Some(key),
            length: Some(bytes.len() as u64),
        };
        let mut pieces = vec![Piece::ResticObject(head)];
        pieces.extend(pieces_of(bytes));
        pieces.push(Piece::End(UploadEnd {}));
        let messages: Vec<_> = pieces
            .into_iter()
            .map(|piece| UploadPiece { piece: Some(piece) })
            .collect();
        let answer = self
            .restic(actor)
            .upload_restic_object(futures::stream::iter(messages))
            .await;

        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| Problem::from_status(&status))
    }

    pub(super) fn owners(&self, actor: &Actor) -> BackupOwnersClient<Calling> {
        BackupOwnersClient::new(self.calling(actor))
    }

    pub(super) async fn upload(
        &self,
        actor: &Actor,
        head: NewBackup,
        bytes: &[u8],
    ) -> Result<v1::Backup, Problem> {
        let mut pieces = pieces_of(bytes);
        pieces.push(Piece::End(UploadEnd {}));
        self.send(actor, head, pieces).await
    }

    pub(super) async fn send(
        &self,
        actor: &Actor,
        head: NewBackup,
        pieces: Vec<Piece>,
    ) -> Result<v1::Backup, Problem> {
        let pieces = std::iter::once(Piece::Backup(head)).chain(pieces);
        let messages: Vec<_> = pieces.map(|piece| UploadPiece { piece: Some(piece) }).collect();
        let answer = self
            .backups(actor)
            .upload_backup(futures::stream::iter(messages))
            .await;

        answer
            .map(tonic::Response::into_inner)
            .map_err(|status| Problem::from_status(&status))
    }

    pub(super) async fn used(&self, actor: &Actor) -> u64 {
        let quota = self
            .backups(actor)
            .get_backup_quota(GetBackupQuotaRequest {})
            .await;
        quota.expect("a quota").into_inner().used_bytes
    }

    pub(super) async fn list(&self, actor: &Actor) -> Vec<v1::Backup> {
        let list = self
            .backups(actor)
            .list_backups(ListBackupsRequest::default())
            .await;
        list.expect("a list").into_inner().backups
    }

    pub(super) async fn newest(&self, actor: &Actor) -> Result<v1::Backup, Problem> {
        let found = self.backups(actor).get_backup(GetBackupRequest::default()).await;
        found
            .map(tonic::Response::into_inner)
            .map_err(|status| Problem::from_status(&status))
    }

    /// Keys of all objects that are there.
    pub(super) async fn keys(&self) -> Vec<String> {
        self.blobs.list("backups/", None).await.expect("a list").keys
    }

    /// Nothing is kept of the actor, and no room is taken.
    pub(super) async fn assert_nothing_is_left(&self, actor: &Actor) {
        assert_eq!(self.used(actor).await, 0);
        assert_eq!(self.keys().await, Vec::<String>::new());
        assert_eq!(self.list(actor).await, []);
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(super) fn clock_now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A backup of these bytes, made now.
    pub(super) fn head(&self, bytes: &[u8]) -> NewBackup {
        NewBackup {
            version: 1,
            timestamp: self.clock.now().timestamp(),
            checksum: checksum_of(bytes),
            length: Some(bytes.len() as u64),
            ..NewBackup::default()
        }
    }
}

pub(super) fn pieces_of(bytes: &[u8]) -> Vec<Piece> {
    let pieces = bytes.chunks(PIECE);
    pieces
        .map(|piece| Piece::Data(Bytes::copy_from_slice(piece)))
        .collect()
}

pub(super) fn checksum_of(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Somebody who pays, for a gigabyte here.
pub(super) fn somebody() -> Actor {
    Actor::user(random_id(), Tier::Pro)
}
