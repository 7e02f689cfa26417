//! Uploads: kept whole or not at all, found again, deleted.

use kit::{
    ErrorKind,
    actor::{Actor, Tier},
    ids::random_id,
};
use proto::v1::{DeleteBackupRequest, GetBackupRequest, NewBackup, OwnerRequest, upload_piece::Piece};

use super::world::{on_each_engine, pieces_of, somebody};

/// More than one part of an object.
fn large() -> Vec<u8> {
    (0..20_000_000_u32).map(|number| (number % 251) as u8).collect()
}

#[tokio::test]
async fn what_was_sent_is_kept_byte_by_byte_and_found_again() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let bytes = large();
        let backup = world.upload(&ada, world.head(&bytes), &bytes).await.unwrap();

        assert_eq!(backup.size_bytes, bytes.len() as u64);
        let prefix = format!("backups/{}/{}-", ada.user_id, backup.timestamp);
        assert!(backup.s3_key.starts_with(&prefix), "{}", backup.s3_key);

        let stored = world.blobs.get(&backup.s3_key, None).await.unwrap().unwrap();
        assert_eq!(stored.bytes().await.unwrap(), bytes);
        assert_eq!(world.newest(&ada).await.unwrap(), backup);
        assert_eq!(world.used(&ada).await, bytes.len() as u64);
    })
    .await;
}

#[tokio::test]
async fn of_two_backups_of_one_second_both_are_kept_and_the_later_one_is_the_newest() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let first = world.upload(&ada, world.head(b"one"), b"one").await.unwrap();
        world.pass(std::time::Duration::from_millis(1));
        let head = NewBackup {
            timestamp: first.timestamp * 1_000 + 999,
            ..world.head(b"two")
        };
        let second = world.upload(&ada, head, b"two").await.unwrap();

        assert_eq!(first.timestamp, second.timestamp);
        let listed = world.list(&ada).await;
        assert_eq!(listed, [second.clone(), first]);
        assert_eq!(world.newest(&ada).await.unwrap(), second);
    })
    .await;
}

#[tokio::test]
async fn bytes_that_are_not_what_was_said_leave_nothing() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let bytes = large();
        let sound = world.head(&bytes);

        let other = NewBackup {
            checksum: "0".repeat(64),
            ..sound.clone()
        };
        let refused = world.upload(&ada, other, &bytes).await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.fields[0].field.as_str()),
            (ErrorKind::InvalidArgument, "checksum")
        );
        world.assert_nothing_is_left(&ada).await;

        for length in [bytes.len() as u64 - 1, bytes.len() as u64 + 1] {
            let head = NewBackup {
                length: Some(length),
                ..sound.clone()
            };
            let refused = world.upload(&ada, head, &bytes).await.unwrap_err();
            assert_eq!(refused.reason, "LENGTH_DIFFERS");
            world.assert_nothing_is_left(&ada).await;
        }

        for (pieces, left) in [
            (pieces_of(&bytes), "no end"),
            (pieces_of(&bytes[..100_000]), "the middle"),
            (Vec::new(), "the head"),
        ] {
            let refused = world.send(&ada, sound.clone(), pieces).await.unwrap_err();
            assert_eq!(refused.reason, "BROKEN_OFF", "{left}");
            world.assert_nothing_is_left(&ada).await;
        }

        let strange = vec![Piece::Backup(sound.clone())];
        let refused = world.send(&ada, sound, strange).await.unwrap_err();
        assert_eq!(refused.reason, "BROKEN_OFF");
        world.assert_nothing_is_left(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn all_wrong_fields_of_a_head_are_named_at_once() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let head = NewBackup {
            version: -1,
            timestamp: i64::MAX,
            checksum: "abc".to_owned(),
            chunk_count: Some(0),
            length: Some(0),
            device: "a\nb".to_owned(),
        };
        let refused = world.upload(&ada, head, b"").await.unwrap_err();
        let fields: Vec<_> = refused.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["version", "timestamp", "checksum", "chunk_count", "device"]
        );

        for timestamp in [-1, world.head(b"").timestamp + 90_000, i64::MIN] {
            let head = NewBackup {
                timestamp,
                ..world.head(b"")
            };
            let refused = world.upload(&ada, head, b"").await.unwrap_err();
            assert_eq!(refused.fields[0].field, "timestamp", "{timestamp}");
        }

        let fine = NewBackup {
            checksum: format!("sha256:{}", world.head(b"x").checksum.to_uppercase()),
            device: "Ada's téléphone".to_owned(),
            length: None,
            ..world.head(b"x")
        };
        assert_eq!(
            world.upload(&ada, fine, b"x").await.unwrap().checksum,
            world.head(b"x").checksum
        );
    })
    .await;
}

#[tokio::test]
async fn a_backup_is_its_owners_alone_and_deleting_it_again_is_harmless() {
    on_each_engine(|world| async move {
        let (ada, eve) = (somebody(), somebody());
        let backup = world.upload(&ada, world.head(b"mine"), b"mine").await.unwrap();
        let named = |id: &str| GetBackupRequest { id: id.to_owned() };

        for id in [backup.id.as_str(), "../../etc/passwd", "", "x"] {
            let refused = world.backups(&eve).get_backup(named(id)).await.unwrap_err();
            assert_eq!(refused.code(), tonic::Code::NotFound, "{id}");
        }

        let delete = DeleteBackupRequest {
            id: backup.id.clone(),
        };
        let by_eve = world.backups(&eve).delete_backup(delete.clone()).await.unwrap();
        assert!(!by_eve.into_inner().deleted);
        assert_eq!(world.list(&ada).await, [backup]);

        for deleted in [true, false] {
            let by_ada = world.backups(&ada).delete_backup(delete.clone()).await.unwrap();
            assert_eq!(by_ada.into_inner().deleted, deleted);
        }
        world.assert_nothing_is_left(&ada).await;
    })
    .await;
}

#[tokio::test]
async fn a_guest_keeps_nothing_and_a_tier_without_backups_adds_nothing_but_reads_and_deletes() {
    on_each_engine(|world| async move {
        let guest = Actor::guest(random_id());
        let refused = world.upload(&guest, world.head(b"x"), b"x").await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_str()),
            (ErrorKind::PermissionDenied, "ACCOUNT_NEEDED")
        );

        let pro = somebody();
        let backup = world.upload(&pro, world.head(b"x"), b"x").await.unwrap();
        let free = Actor::user(pro.user_id, Tier::Free);
        let refused = world.upload(&free, world.head(b"x"), b"x").await.unwrap_err();
        assert_eq!(
            (refused.kind, refused.reason.as_str()),
            (ErrorKind::PermissionDenied, "FEATURE_NOT_AVAILABLE")
        );
        let missing = refused.missing_feature.expect("what is missing");
        assert_eq!(
            (missing.feature.as_str(), missing.least_tier),
            ("backup", Some(Tier::Pro))
        );

        assert_eq!(world.newest(&free).await.unwrap(), backup);
        assert_eq!(world.list(&free).await.len(), 1);
        let delete = DeleteBackupRequest { id: backup.id };
        world.backups(&free).delete_backup(delete).await.unwrap();
        world.assert_nothing_is_left(&pro).await;
    })
    .await;
}

#[tokio::test]
async fn an_account_that_goes_takes_everything_with_it_and_only_a_service_says_so() {
    on_each_engine(|world| async move {
        let (ada, eve) = (somebody(), somebody());
        for bytes in [b"one", b"two"] {
            world.upload(&ada, world.head(bytes), bytes).await.unwrap();
        }
        let kept = world.upload(&eve, world.head(b"eve"), b"eve").await.unwrap();
        let owner = OwnerRequest {
            user_id: ada.user_id.to_string(),
        };

        let refused = world
            .owners(&ada)
            .delete_backups(owner.clone())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied);

        let service = Actor {
            scopes: vec!["service".to_owned()],
            ..ada.clone()
        };
        for backups in [2, 0] {
            let deleted = world
                .owners(&service)
                .delete_backups(owner.clone())
                .await
                .unwrap();
            assert_eq!(deleted.into_inner().backups, backups);
        }

        assert_eq!(world.used(&ada).await, 0);
        assert_eq!(world.keys().await, [kept.s3_key]);
    })
    .await;
}
