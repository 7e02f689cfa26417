//! What a killed process leaves: found, told, and cleaned up.

use std::time::Duration;

use bytes::Bytes;
use kit::ids::random_id;

use super::world::{on_each_engine, somebody};
use crate::{config::BackupLimit, domain::objects::Comparison};

const PREFIX: &str = "backups/";

#[tokio::test]
async fn an_upload_whose_process_died_is_given_up_when_its_time_is_over() {
    on_each_engine(|world| async move {
        let ada = somebody();
        // The object is there and its row is not: killed between the two.
        let key = format!("{PREFIX}{}/1-{}", ada.user_id, random_id());
        world
            .objects
            .reserve(ada.user_id, key.clone(), BackupLimit::Unlimited, Some(5))
            .await
            .unwrap();
        world
            .blobs
            .put(&key, Bytes::from_static(b"bytes"), "x/y")
            .await
            .unwrap();
        assert_eq!(world.used(&ada).await, 5);

        world.pass(Duration::from_secs(599));
        assert_eq!(world.objects.sweep().await.unwrap(), 0);
        // Nor does a comparison touch what may still come to its end.
        let fine = Comparison {
            objects: 1,
            ..Comparison::default()
        };
        assert_eq!(world.objects.compare().await.unwrap(), fine);

        world.pass(Duration::from_secs(2));
        assert_eq!(world.objects.sweep().await.unwrap(), 1);
        world.assert_nothing_is_left(&ada).await;
        assert_eq!(world.objects.sweep().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_object_without_a_row_goes_and_a_row_without_an_object_is_told() {
    on_each_engine(|world| async move {
        let ada = somebody();
        let kept = world.upload(&ada, world.head(b"kept"), b"kept").await.unwrap();
        let lost = world.upload(&ada, world.head(b"lost"), b"lost").await.unwrap();
        world.blobs.delete(&lost.s3_key).await.unwrap();
        for key in ["backups/0/a", "backups/zzz", "other/z"] {
            world
                .blobs
                .put(key, Bytes::from_static(b"x"), "x/y")
                .await
                .unwrap();
        }

        let found = world.objects.compare().await.unwrap();
        assert_eq!(
            found,
            Comparison {
                objects: 3,
                without_row: 2,
                without_object: 1
            }
        );
        assert_eq!(world.keys().await, [kept.s3_key]);
        assert!(world.blobs.head("other/z").await.unwrap().is_some());

        // It is told each time, and no more once it is there again.
        assert_eq!(world.objects.compare().await.unwrap().without_object, 1);
        world
            .blobs
            .put(&lost.s3_key, Bytes::from_static(b"lost"), "x/y")
            .await
            .unwrap();
        assert_eq!(world.objects.compare().await.unwrap().without_object, 0);
        assert_eq!(world.list(&ada).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_comparison_goes_through_any_number_of_pages() {
    on_each_engine(|world| async move {
        let user = random_id();
        let mut tx = world.db.user(user).begin_write().await.unwrap();
        let at = world.clock_now();
        for number in 0..2_050 {
            let key = format!("{PREFIX}{user}/{number:05}");
            world.blobs.put(&key, Bytes::new(), "x/y").await.unwrap();
            // Every tenth is unknown.
            if number % 10 > 0 {
                let row = crate::store::objects::ObjectRow {
                    s3_key: key,
                    user_id: user,
                    size_bytes: 0,
                    expires_at: None,
                    created_at: at,
                };
                crate::store::objects::insert(&mut tx, &row).await.unwrap();
            }
        }
        tx.commit().await.unwrap();

        let found = world.objects.compare().await.unwrap();
        assert_eq!(
            found,
            Comparison {
                objects: 2_050,
                without_row: 205,
                without_object: 0
            }
        );
        assert_eq!(world.objects.compare().await.unwrap().objects, 1_845);
    })
    .await;
}
