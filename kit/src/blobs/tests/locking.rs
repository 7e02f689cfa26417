//! Objects that nobody removes: what a store is told, and what a real one then does.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aws_sdk_s3::types::ObjectLockMode;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
};

use super::*;

/// A day from now, in whole seconds, as headers have it.
fn tomorrow() -> BlobLock {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = now.expect("after 1970").as_secs() + 86_400;
    BlobLock {
        until: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds),
    }
}

fn pieces(bytes: &Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    stream::iter([Ok(bytes.clone())])
}

type Heard = Arc<Mutex<Vec<HeaderMap>>>;

/// Takes everything, and keeps what it was told beside the bytes.
async fn listen() -> (String, Heard) {
    let heard = Heard::default();
    let take = async |State(heard): State<Heard>, request: Request| {
        heard.lock().expect("unharmed").push(request.headers().clone());
    };
    let router = Router::new().fallback(take).with_state(Arc::clone(&heard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    (endpoint, heard)
}

#[tokio::test]
async fn a_store_is_told_how_long_the_bytes_stay_and_nothing_of_it_without_a_lock() {
    let dir = tempfile::tempdir().expect("a folder");
    let (endpoint, heard) = listen().await;
    let blobs = Blobs::open(&config(&endpoint, "saga", "id", "secret"), dir.path()).await;
    let blobs = blobs.expect("opens");
    let bytes = Bytes::from_static(b"kept");

    for lock in [Some(tomorrow()), None] {
        heard.lock().expect("unharmed").clear();
        let written = blobs.put_stream_locked("a", pieces(&bytes), MP3, lock).await;
        assert_eq!(written.expect("written"), 4);

        let heard = heard.lock().expect("unharmed");
        let told = |name: &str| {
            heard[0]
                .get(name)
                .map(|value| value.to_str().expect("ASCII").to_owned())
        };
        let until = lock.map(|lock| {
            let until = chrono::DateTime::<chrono::Utc>::from(lock.until);
            until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        });
        assert_eq!(told("x-amz-object-lock-retain-until-date"), until);
        assert_eq!(
            told("x-amz-object-lock-mode"),
            lock.map(|_| "GOVERNANCE".to_owned())
        );
        let checksum = lock.map(|_| "CRC32".to_owned());
        assert_eq!(told("x-amz-sdk-checksum-algorithm"), checksum);
    }
}

#[tokio::test]
async fn a_folder_and_an_ordinary_bucket_lock_nothing_and_say_so() {
    let dir = tempfile::tempdir().expect("a folder");
    assert!(!embedded(dir.path()).await.can_lock().await.expect("an answer"));

    if let Some(config) = real_store() {
        let blobs = Blobs::open(&config, dir.path()).await.expect("opens");
        assert!(!blobs.can_lock().await.expect("an answer"));
    }
}

#[tokio::test]
async fn what_is_locked_in_a_real_store_outlives_whoever_deletes_it() {
    let Some(config) = real_store() else {
        return;
    };
    let dir = tempfile::tempdir().expect("a folder");
    let client = open::remote(&config);
    let made = client
        .create_bucket()
        .bucket(&config.bucket)
        .object_lock_enabled_for_bucket(true);
    made.send().await.expect("a bucket with Object Lock");
    let blobs = Blobs::open(&config, dir.path()).await.expect("opens");
    assert!(blobs.can_lock().await.expect("an answer"));

    let long = Bytes::from(vec![7; 20_000_000]);
    let lock = tomorrow();
    for (key, bytes) in [("short", Bytes::from_static(b"kept")), ("long", long)] {
        let written = blobs
            .put_stream_locked(key, pieces(&bytes), MP3, Some(lock))
            .await;
        assert_eq!(written.expect("written"), bytes.len() as u64);
        assert!(read(&blobs, key, None).await == bytes, "{key}");

        let head = client
            .head_object()
            .bucket(&config.bucket)
            .key(key)
            .send()
            .await
            .expect("there");
        assert_eq!(head.object_lock_mode, Some(ObjectLockMode::Governance), "{key}");
        let until = head.object_lock_retain_until_date.expect("a date");
        assert_eq!(SystemTime::try_from(until).expect("a time"), lock.until, "{key}");

        let version = head.version_id.expect("a version");
        let remove = client.delete_object().bucket(&config.bucket).key(key);
        assert!(
            remove.version_id(&version).send().await.is_err(),
            "{key} was removed"
        );

        blobs.delete(key).await.expect("hidden");
        assert!(blobs.head(key).await.expect("looked up").is_none(), "{key}");
        let kept = client
            .get_object()
            .bucket(&config.bucket)
            .key(key)
            .version_id(&version);
        let kept = kept.send().await.expect("still there").body.collect().await;
        assert!(kept.expect("its bytes").into_bytes() == bytes, "{key}");
    }
}
