//! Room: taken before the first byte, never more than there is, given back when nothing comes of it.

use futures::future::join_all;
use kit::{
    ErrorKind,
    actor::{Actor, Tier},
    error::Quota,
    ids::random_id,
};
use proto::v1::{NewBackup, UploadEnd, upload_piece::Piece};

use super::world::{PIECE, on_each_engine, pieces_of, somebody};

const GIGABYTE: u64 = 1 << 30;

#[tokio::test]
async fn an_upload_that_can_not_fit_is_refused_before_its_first_byte() {
    on_each_engine(|world| async move {
        let ada = somebody();
        world.upload(&ada, world.head(b"four"), b"four").await.unwrap();
        let head = NewBackup {
            length: Some(GIGABYTE - 3),
            ..world.head(b"")
        };

        // Nothing but the head is sent.
        let refused = world.send(&ada, head, Vec::new()).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::ResourceExhausted);
        assert_eq!(
            refused.quota.as_deref(),
            Some(&Quota {
                limit: GIGABYTE,
                used: 4,
                resets_at: None,
            })
        );
        assert_eq!(world.used(&ada).await, 4);

        let endless = NewBackup {
            length: Some(u64::MAX),
            ..world.head(b"")
        };
        for actor in [ada, Actor::user(random_id(), Tier::Team)] {
            let refused = world.send(&actor, endless.clone(), Vec::new()).await.unwrap_err();
            assert_eq!(
                (refused.kind, refused.reason.as_str()),
                (ErrorKind::ResourceExhausted, "UPLOAD_TOO_LONG")
            );
            assert_eq!(refused.quota.map(|quota| quota.limit), Some(64 * GIGABYTE));
        }
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_does_not_say_how_long_it_is_takes_room_as_it_comes() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let bytes = vec![7; 3 * PIECE];
        let taken = NewBackup {
            length: Some(GIGABYTE - 2 * PIECE as u64),
            ..world.head(b"")
        };

        // Somebody else's upload, not at its end yet, has left room for two pieces.
        let others = async_stream::stream! {
            yield proto::v1::UploadPiece { piece: Some(Piece::Backup(taken)) };
            std::future::pending::<()>().await;
        };
        let mut client = world.backups(&ada);
        let holding = tokio::spawn(async move { client.upload_backup(Box::pin(others)).await.map(drop) });
        while world.used(&ada).await == 0 {
            tokio::task::yield_now().await;
        }

        let head = |bytes: &[u8]| NewBackup {
            length: None,
            ..world.head(bytes)
        };
        let refused = world.upload(&ada, head(&bytes), &bytes).await.unwrap_err();
        assert_eq!(refused.kind, ErrorKind::ResourceExhausted);
        assert_eq!(refused.quota.map(|quota| quota.limit), Some(GIGABYTE));

        let fits = &bytes[..2 * PIECE];
        world.upload(&ada, head(fits), fits).await.unwrap();
        assert_eq!(world.used(&ada).await, GIGABYTE);
        holding.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_uploads_at_the_edge_never_take_more_than_there_is() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let bytes = vec![1; 100_000];
        let room_for = 7;
        let taken = GIGABYTE - room_for * bytes.len() as u64 - 99_999;
        let now = world.clock_now();
        let mut tx = world.db.user(ada.user_id).begin_write().await.unwrap();
        crate::store::accounts::add(&mut tx, ada.user_id, i64::try_from(taken).unwrap(), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let uploads = (0..20).map(|number| {
            let head = match number % 2 {
                0 => world.head(&bytes),
                _ => NewBackup {
                    length: None,
                    ..world.head(&bytes)
                },
            };
            let mut pieces = pieces_of(&bytes);
            pieces.push(Piece::End(UploadEnd {}));
            world.send(&ada, head, pieces)
        });
        let outcomes = join_all(uploads).await;

        let kept = outcomes.iter().filter(|outcome| outcome.is_ok()).count() as u64;
        assert!((1..=room_for).contains(&kept), "{kept}");
        for refused in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(refused.kind, ErrorKind::ResourceExhausted, "{refused:?}");
        }
        assert_eq!(world.used(&ada).await, taken + kept * bytes.len() as u64);
        assert_eq!(world.keys().await.len() as u64, kept);
    })
    .await;
}
