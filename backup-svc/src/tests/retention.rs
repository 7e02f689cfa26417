//! Which backups are kept: previewed, done behind everybody's back, each account's alone; devices without one are told of.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use kit::{actor::Actor, error::ErrorKind};
use proto::v1::{
    BackupRetention, GetBackupRetentionRequest, ListBackupDevicesRequest, NewBackup,
    PreviewBackupRetentionResponse, ResticObjectKey,
};

use super::world::{World, checksum_of, on_each_engine, somebody};
use crate::{BackupVerifier, domain::retention::RetentionPass};

const DAY: Duration = Duration::from_secs(24 * 3_600);

impl World {
    async fn keep(&self, actor: &Actor, rules: BackupRetention) {
        let set = self.backups(actor).set_backup_retention(rules).await;
        assert_eq!(set.expect("they fit").into_inner(), rules);
    }

    async fn preview(&self, actor: &Actor, rules: BackupRetention) -> PreviewBackupRetentionResponse {
        let preview = self.backups(actor).preview_backup_retention(rules).await;
        preview.expect("a preview").into_inner()
    }

    /// Their bytes, newest first.
    async fn kept(&self, actor: &Actor) -> Vec<u64> {
        self.list(actor)
            .await
            .iter()
            .map(|backup| backup.size_bytes)
            .collect()
    }

    /// One backup a day, each a byte longer than the one before.
    async fn upload_daily(&self, actor: &Actor, device: &str, days: usize) {
        for day in 1..=days {
            let bytes = vec![1; day];
            let head = NewBackup {
                device: device.to_owned(),
                ..self.head(&bytes)
            };
            self.upload(actor, head, &bytes).await.expect("it is kept");
            self.pass(DAY);
        }
    }
}

#[tokio::test]
async fn rules_are_previewed_and_then_delete_what_they_do_not_keep() {
    on_each_engine(|world| async move {
        let (ada, bob) = (somebody(), somebody());
        world.upload_daily(&ada, "laptop", 5).await;
        world.upload_daily(&bob, "laptop", 3).await;
        let rules = BackupRetention {
            keep_last: 2,
            ..BackupRetention::default()
        };

        let preview = world.preview(&ada, rules).await;
        assert_eq!(
            (preview.kept, preview.deleted, preview.deleted_bytes),
            (2, 3, 1 + 2 + 3)
        );
        let kept: Vec<_> = preview
            .verdicts
            .iter()
            .map(|verdict| verdict.kept_by.join(" "))
            .collect();
        assert_eq!(kept, ["newest last", "last", "", "", ""]);
        assert_eq!(
            world.retention.run_once().await.unwrap(),
            RetentionPass::default()
        );
        assert_eq!(world.kept(&ada).await, [5, 4, 3, 2, 1]);

        world.keep(&ada, rules).await;
        let found = world
            .backups(&ada)
            .get_backup_retention(GetBackupRetentionRequest {})
            .await;
        assert_eq!(found.unwrap().into_inner(), rules);
        assert_eq!(
            world.retention.run_once().await.unwrap(),
            RetentionPass { deleted: 3, told: 0 }
        );
        assert_eq!(world.kept(&ada).await, [5, 4]);
        assert_eq!(world.used(&ada).await, 9);
        assert_eq!(world.kept(&bob).await, [3, 2, 1]);
        assert_eq!(world.keys().await.len(), 5);

        // Nothing but each device's newest is left by the strictest rules.
        let one = BackupRetention {
            keep_within_days: 1,
            ..BackupRetention::default()
        };
        world.pass(400 * DAY);
        world.keep(&bob, one).await;
        world.retention.run_once().await.unwrap();
        assert_eq!(world.kept(&bob).await, [3, 2]);
    })
    .await;
}

#[tokio::test]
async fn whoever_only_adds_pushes_out_no_backup_of_an_earlier_day() {
    on_each_engine(|world| async move {
        let ada = somebody();
        world.upload_daily(&ada, "", 3).await;
        let rules = BackupRetention {
            keep_daily: 4,
            ..BackupRetention::default()
        };
        world.keep(&ada, rules).await;

        // They claim to be of any time.
        for timestamp in [0, 1, 1_000_000_000] {
            let head = NewBackup {
                timestamp,
                ..world.head(b"a flood of them")
            };
            world.upload(&ada, head, b"a flood of them").await.unwrap();
        }
        world.retention.run_once().await.unwrap();

        let mut kept = world.kept(&ada).await;
        kept.sort_unstable();
        assert_eq!(kept, [1, 2, 3, 15]);
    })
    .await;
}

#[tokio::test]
async fn a_device_without_a_backup_is_told_once_until_it_has_another() {
    on_each_engine(|world| async move {
        let ada = somebody();
        world.upload_daily(&ada, "laptop", 1).await;
        let repository = "home".to_owned();
        let create = proto::v1::CreateResticRepositoryRequest {
            repository: repository.clone(),
        };
        world.restic(&ada).create_restic_repository(create).await.unwrap();
        let snapshot = ResticObjectKey {
            repository,
            kind: "snapshots".to_owned(),
            name: checksum_of(b"snapshot"),
        };
        world.upload_restic(&ada, snapshot, b"snapshot").await.unwrap();
        let rules = BackupRetention {
            alert_after_days: 2,
            ..BackupRetention::default()
        };
        world.keep(&ada, rules).await;

        let pass = async || world.retention.run_once().await.unwrap().told;
        assert_eq!(pass().await, 0);
        world.pass(DAY + Duration::from_secs(1));
        // Nothing is lost while nobody can be told.
        world.told.away.store(true, Ordering::SeqCst);
        assert_eq!(pass().await, 0);
        world.told.away.store(false, Ordering::SeqCst);
        assert_eq!((pass().await, pass().await), (1, 0));
        world.pass(DAY);
        assert_eq!((pass().await, pass().await), (1, 0));

        let told = world.told.take();
        let devices: Vec<serde_json::Value> = told
            .iter()
            .map(|event| serde_json::from_str(&event.data).unwrap())
            .collect();
        assert_eq!(devices[0]["device"], "laptop");
        assert_eq!(devices[1]["device"], "restic:home");
        assert!(told.iter().all(|event| event.event_type == "backup.overdue"));

        let listed = world
            .backups(&ada)
            .list_backup_devices(ListBackupDevicesRequest {})
            .await;
        let listed = listed.unwrap().into_inner().devices;
        let overdue: Vec<_> = listed
            .iter()
            .map(|device| (device.device.as_str(), device.overdue))
            .collect();
        assert_eq!(overdue, [("restic:home", true), ("laptop", true)]);

        world.upload_daily(&ada, "laptop", 1).await;
        assert_eq!(pass().await, 0);
        world.pass(2 * DAY);
        assert_eq!(pass().await, 1);
        assert_ne!(world.told.take()[0].id, told[0].id);
    })
    .await;
}

#[tokio::test]
async fn rules_go_with_their_account_and_wrong_ones_are_named() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let wrong = BackupRetention {
            keep_last: 10_001,
            keep_within_days: 36_501,
            ..BackupRetention::default()
        };
        let refused = world.backups(&ada).set_backup_retention(wrong).await.unwrap_err();
        let refused = kit::Problem::from_status(&refused);
        assert_eq!(refused.kind, ErrorKind::InvalidArgument);
        let fields: Vec<_> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["keep_last", "keep_within_days"]);

        let rules = BackupRetention {
            keep_last: 1,
            ..BackupRetention::default()
        };
        world.keep(&ada, rules).await;
        let mut service = ada.clone();
        service.scopes = vec!["service".to_owned()];
        let gone = proto::v1::OwnerRequest {
            user_id: ada.user_id.to_string(),
        };
        world.owners(&service).delete_backups(gone).await.unwrap();
        let found = world
            .backups(&ada)
            .get_backup_retention(GetBackupRetentionRequest {})
            .await;
        assert_eq!(found.unwrap().into_inner(), BackupRetention::default());
    })
    .await;
}

#[tokio::test]
async fn reading_everything_finds_what_is_missing_longer_or_changed() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let mut keys = Vec::new();
        for bytes in [b"kept", b"gone", b"grow", b"flip"] {
            let kept = world.upload(&ada, world.head(bytes), bytes).await.unwrap();
            keys.push(kept.s3_key);
        }
        let verifier = BackupVerifier {
            db: world.db.clone(),
            blobs: world.blobs.clone(),
        };
        let fine = verifier.verify(|_| ()).await.unwrap();
        assert_eq!((fine.objects, fine.bytes, fine.damaged.len()), (4, 16, 0));
        assert_eq!(verifier.count_bytes().await.unwrap(), 16);

        world.blobs.delete(&keys[1]).await.unwrap();
        for (key, bytes) in [(&keys[2], &b"grown"[..]), (&keys[3], b"flop")] {
            world
                .blobs
                .put(key, Bytes::from_static(bytes), "x/y")
                .await
                .unwrap();
        }
        let mut read = 0;
        let found = verifier.verify(|bytes| read += bytes).await.unwrap();
        assert_eq!((found.objects, read), (4, 13));
        let mut damaged: Vec<_> = found
            .damaged
            .iter()
            .map(|object| object.problem.as_str())
            .collect();
        damaged.sort_unstable();
        assert_eq!(damaged[0], "it has 5 bytes and should have 4");
        assert_eq!(damaged[1], "it is not in the blob store");
        assert!(damaged[2].starts_with("its SHA-256 is "), "{damaged:?}");
        assert!(found.damaged.iter().all(|object| object.user_id == ada.user_id));
    })
    .await;
}
