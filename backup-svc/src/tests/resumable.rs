//! Uploads that go on where they broke off.

use std::time::Duration;

use kit::{ErrorKind, Problem, actor::Actor};
use proto::v1::{
    CreateResumableUploadRequest, DeleteResumableUploadRequest, GetResumableUploadRequest, NewBackup,
    ResumableAppend, ResumableUpload, UploadEnd, UploadPiece, upload_piece::Piece,
};
use sha2::{Digest as _, Sha256};

use super::world::{World, checksum_of, on_each_engine, pieces_of, somebody};

/// More than two segments.
fn large() -> Vec<u8> {
    (0..20_000_000_u32).map(|number| (number % 249) as u8).collect()
}

fn creation(bytes: &[u8]) -> CreateResumableUploadRequest {
    CreateResumableUploadRequest {
        length: bytes.len() as u64,
        backup: Some(NewBackup {
            version: 3,
            checksum: checksum_of(bytes),
            ..NewBackup::default()
        }),
        ..CreateResumableUploadRequest::default()
    }
}

async fn create(
    world: &World,
    actor: &Actor,
    request: CreateResumableUploadRequest,
) -> Result<ResumableUpload, Problem> {
    let created = world.resumable(actor).create_resumable_upload(request).await;
    created
        .map(tonic::Response::into_inner)
        .map_err(|status| Problem::from_status(&status))
}

async fn look(world: &World, actor: &Actor, id: &str) -> Result<ResumableUpload, Problem> {
    let request = GetResumableUploadRequest { id: id.to_owned() };
    let found = world.resumable(actor).get_resumable_upload(request).await;
    found
        .map(tonic::Response::into_inner)
        .map_err(|status| Problem::from_status(&status))
}

async fn append(
    world: &World,
    actor: &Actor,
    head: ResumableAppend,
    bytes: &[u8],
    ends: bool,
) -> Result<ResumableUpload, Problem> {
    let mut pieces = vec![Piece::Append(head)];
    pieces.extend(pieces_of(bytes));
    if ends {
        pieces.push(Piece::End(UploadEnd {}));
    }
    let messages: Vec<_> = pieces
        .into_iter()
        .map(|piece| UploadPiece { piece: Some(piece) })
        .collect();
    let appended = world
        .resumable(actor)
        .append_to_resumable_upload(futures::stream::iter(messages))
        .await;
    appended
        .map(tonic::Response::into_inner)
        .map_err(|status| Problem::from_status(&status))
}

fn at(id: &str, offset: u64) -> ResumableAppend {
    ResumableAppend {
        id: id.to_owned(),
        offset,
        ..ResumableAppend::default()
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_it_broke_off_and_becomes_a_backup() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let bytes = large();
        let upload = create(&world, &ada, creation(&bytes)).await.unwrap();
        assert_eq!(world.used(&ada).await, bytes.len() as u64);

        let broken = append(&world, &ada, at(&upload.id, 0), &bytes[..9_000_001], false).await;
        assert_eq!(broken.unwrap_err().reason, "BROKEN_OFF");
        assert_eq!(look(&world, &ada, &upload.id).await.unwrap().offset, 9_000_001);
        for offset in [0, 9_000_000, 9_000_002] {
            let refused = append(&world, &ada, at(&upload.id, offset), b"x", true)
                .await
                .unwrap_err();
            assert_eq!(refused.kind, ErrorKind::Aborted, "{offset}");
        }

        let done = append(&world, &ada, at(&upload.id, 9_000_001), &bytes[9_000_001..], true)
            .await
            .unwrap();
        assert_eq!(done.offset, done.length);
        let backup = world.newest(&ada).await.unwrap();
        assert_eq!((backup.id.as_str(), backup.version), (upload.id.as_str(), 3));
        let stored = world.blobs.get(&backup.s3_key, None).await.unwrap().unwrap();
        assert!(stored.bytes().await.unwrap() == bytes);
        assert_eq!(world.keys().await, [backup.s3_key]);
        assert_eq!(world.used(&ada).await, bytes.len() as u64);
        assert_eq!(
            look(&world, &ada, &upload.id).await.unwrap().offset,
            bytes.len() as u64
        );
    })
    .await;
}

#[tokio::test]
async fn bytes_with_a_checksum_are_kept_all_or_none() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let upload = create(&world, &ada, creation(b"onetwo")).await.unwrap();
        let with = |offset, checksum: Vec<u8>| ResumableAppend {
            checksum: Some(checksum),
            ..at(&upload.id, offset)
        };

        let wrong = append(&world, &ada, with(0, vec![0; 32]), b"one", true)
            .await
            .unwrap_err();
        assert_eq!(wrong.reason, "CHECKSUM_DIFFERS");
        let sum = Sha256::digest(b"one").to_vec();
        let broken = append(&world, &ada, with(0, sum.clone()), b"one", false)
            .await
            .unwrap_err();
        assert_eq!(broken.reason, "BROKEN_OFF");
        assert_eq!(world.keys().await, Vec::<String>::new());
        assert_eq!(
            append(&world, &ada, with(0, sum), b"one", true)
                .await
                .unwrap()
                .offset,
            3
        );

        let many = append(&world, &ada, at(&upload.id, 3), b"twoo", true)
            .await
            .unwrap_err();
        assert_eq!(many.reason, "LENGTH_DIFFERS");
        append(&world, &ada, at(&upload.id, 3), b"two", true)
            .await
            .unwrap();
        assert_eq!(world.list(&ada).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn parts_that_are_whole_are_joined_in_order_within_their_room() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let mut ids = Vec::new();
        for part in [b"one".as_slice(), b"three"] {
            let request = CreateResumableUploadRequest {
                length: part.len() as u64,
                partial: true,
                ..CreateResumableUploadRequest::default()
            };
            let made = create(&world, &ada, request).await.unwrap();
            ids.push(made.id.clone());
            let joins = CreateResumableUploadRequest {
                joins: ids.clone(),
                ..creation(b"")
            };
            assert_eq!(
                create(&world, &ada, joins).await.unwrap_err().fields[0].field,
                "joins"
            );
            append(&world, &ada, at(&made.id, 0), part, true).await.unwrap();
        }
        assert_eq!((world.used(&ada).await, world.list(&ada).await.len()), (8, 0));

        let eve = somebody();
        let joins = CreateResumableUploadRequest {
            joins: ids.clone(),
            length: 0,
            ..creation(b"onethree")
        };
        assert_eq!(
            create(&world, &eve, joins.clone()).await.unwrap_err().fields[0].field,
            "joins"
        );
        let joined = create(&world, &ada, joins).await.unwrap();
        assert_eq!((joined.length, joined.offset, joined.joins), (8, 8, ids.clone()));
        assert_eq!(world.newest(&ada).await.unwrap().size_bytes, 8);
        assert_eq!(world.used(&ada).await, 8);
        assert_eq!(
            look(&world, &ada, &ids[0]).await.unwrap_err().kind,
            ErrorKind::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn an_upload_is_its_owners_and_one_that_is_given_up_or_expires_leaves_nothing() {
    on_each_engine(|world| async move {
        let (ada, eve) = (somebody(), somebody());
        for way in ["given up", "expired", "wrong"] {
            let upload = create(&world, &ada, creation(b"onetwo")).await.unwrap();
            append(&world, &ada, at(&upload.id, 0), b"one", true)
                .await
                .unwrap();
            assert_eq!(
                look(&world, &eve, &upload.id).await.unwrap_err().kind,
                ErrorKind::NotFound
            );
            let other = append(&world, &eve, at(&upload.id, 3), b"two", true)
                .await
                .unwrap_err();
            assert_eq!(other.kind, ErrorKind::NotFound);
            let delete = DeleteResumableUploadRequest {
                id: upload.id.clone(),
            };
            world
                .resumable(&eve)
                .delete_resumable_upload(delete.clone())
                .await
                .unwrap();
            assert_eq!(world.used(&ada).await, 6);

            match way {
                "given up" => {
                    for _ in 0..2 {
                        world
                            .resumable(&ada)
                            .delete_resumable_upload(delete.clone())
                            .await
                            .unwrap();
                    }
                }
                "expired" => {
                    world.pass(Duration::from_secs(86_401));
                    assert_eq!(
                        look(&world, &ada, &upload.id).await.unwrap_err().kind,
                        ErrorKind::NotFound
                    );
                    world.uploads.sweep().await.unwrap();
                }
                _ => {
                    let wrong = append(&world, &ada, at(&upload.id, 3), b"owt", true)
                        .await
                        .unwrap_err();
                    assert_eq!(wrong.fields[0].field, "checksum");
                }
            }
            world.assert_nothing_is_left(&ada).await;
        }
    })
    .await;
}
