//! The suite that every blob engine passes: a folder in process, the same behind a real HTTP connection, and the store
//! at `SAGA_TEST_S3_ENDPOINT` when one is given.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod locking;

use std::{io, path::Path};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

use super::{folder::Folder, *};

const MP3: &str = "audio/mpeg";

pub(super) fn config(endpoint: &str, bucket: &str, id: &str, secret: &str) -> BlobsConfig {
    BlobsConfig {
        endpoint: endpoint.into(),
        region: String::new(),
        bucket: bucket.into(),
        access_key_id: id.into(),
        secret_access_key: secret.into(),
        path_style: true,
        encryption: BlobEncryption::default(),
        kms_key_id: String::new(),
    }
}

async fn embedded(data_dir: &Path) -> Blobs {
    Blobs::open(&config("", "saga", "", ""), data_dir)
        .await
        .expect("opens")
}

/// An S3 service on a socket: the client signs, sends and reads as it does with Amazon's.
async fn serve_s3(data_dir: &Path) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let folder = Folder::open(&data_dir.join("blobs")).await.expect("a folder");
    let mut service = s3s::service::S3ServiceBuilder::new(folder);
    service.set_auth(s3s::auth::SimpleAuth::from_single("id", "secret"));
    let domain = format!("localhost:{}", address.port());
    service.set_host(s3s::host::SingleDomain::new(&domain).expect("a domain"));

    let service = service.build();
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let service = service.clone();
        async move {
            let response = service
                .call(request.map(s3s::Body::http_body_unsync))
                .await
                .expect("answered");
            response.map(axum::body::Body::new)
        }
    });

    let endpoint = format!("http://{address}");

    tokio::spawn(async move { axum::serve(listener, router).await });

    endpoint
}

async fn each_engine<F, Fut>(test: F)
where
    F: Fn(Blobs) -> Fut,
    Fut: Future<Output = ()>,
{
    let dir = tempfile::tempdir().expect("a folder");
    test(embedded(dir.path()).await).await;

    assert_eq!(aside(dir.path()), 0, "nothing is left aside");

    let dir = tempfile::tempdir().expect("a folder");
    let endpoint = serve_s3(dir.path()).await;
    test(
        Blobs::open(&config(&endpoint, "saga", "id", "secret"), dir.path())
            .await
            .expect("opens"),
    )
    .await;

    if let Some(config) = real_store() {
        test(Blobs::open(&config, dir.path()).await.expect("opens")).await;
    }
}

/// A bucket of its own in the real server, if there is one.
fn real_store() -> Option<BlobsConfig> {
    let var = crate::servers::read_variable;
    let bucket = format!("saga-test-{}", crate::ids::random_id().simple());

    Some(config(
        &var("SAGA_TEST_S3_ENDPOINT")?,
        &bucket,
        &var("SAGA_TEST_S3_ACCESS_KEY_ID")?,
        &var("SAGA_TEST_S3_SECRET_ACCESS_KEY")?,
    ))
}

fn aside(data_dir: &Path) -> usize {
    std::fs::read_dir(data_dir.join("blobs/.aside"))
        .expect("a folder")
        .count()
}

async fn read(blobs: &Blobs, key: &str, range: Option<BlobRange>) -> Bytes {
    blobs
        .get(key, range)
        .await
        .expect("read")
        .expect("there")
        .bytes()
        .await
        .expect("whole")
}

async fn put(blobs: &Blobs, key: &str, text: &'static str) {
    blobs
        .put(key, Bytes::from_static(text.as_bytes()), "text/plain")
        .await
        .expect("written");
}

#[tokio::test]
async fn what_was_written_is_read_back_with_what_is_known_of_it() {
    each_engine(|blobs| async move {
        let before = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now())
            - chrono::TimeDelta::seconds(2);
        blobs
            .put("stories/1/audio.mp3", Bytes::from_static(b"0123456789"), MP3)
            .await
            .expect("written");

        let meta = blobs
            .head("stories/1/audio.mp3")
            .await
            .expect("looked up")
            .expect("there");

        assert_eq!((meta.len, meta.content_type.as_deref()), (10, Some(MP3)));
        assert!(
            meta.etag.starts_with('"') && meta.etag.ends_with('"') && meta.etag.len() > 2,
            "{}",
            meta.etag
        );
        assert!(meta.last_modified >= before, "{}", meta.last_modified);

        let got = blobs
            .get("stories/1/audio.mp3", None)
            .await
            .expect("read")
            .expect("there");

        assert_eq!((got.len, got.total, got.from), (10, 10, 0));
        assert_eq!((&got.etag, got.content_type.as_deref()), (&meta.etag, Some(MP3)));
        assert_eq!(got.bytes().await.expect("whole"), "0123456789");

        blobs.check().await.expect("healthy");
    })
    .await;
}

#[tokio::test]
async fn ranges_are_cut_as_http_cuts_them() {
    each_engine(|blobs| async move {
        put(&blobs, "a", "0123456789").await;

        for (range, expected, from) in [
            (BlobRange::Between(2, 4), "234", 2),
            (BlobRange::Between(8, 99), "89", 8),
            (BlobRange::From(7), "789", 7),
            (BlobRange::Last(3), "789", 7),
            (BlobRange::Last(99), "0123456789", 0),
            (BlobRange::Between(0, 0), "0", 0),
        ] {
            let got = blobs.get("a", Some(range)).await.expect("read").expect("there");
            assert_eq!(
                (got.len, got.total, got.from),
                (expected.len() as u64, 10, from),
                "{range:?}"
            );
            assert_eq!(got.bytes().await.expect("whole"), expected, "{range:?}");
        }

        let err = blobs
            .get("a", Some(BlobRange::From(10)))
            .await
            .expect_err("beyond the end");

        assert!(
            matches!(
                err,
                BlobError::Range {
                    from: 10,
                    total: 10,
                    ..
                }
            ),
            "{err:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    each_engine(|blobs| async move {
        put(&blobs, "folder/object", "x").await;
        for key in ["nothing", "folder", "folder/object/below", "folder/nothing"] {
            assert_eq!(blobs.head(key).await.expect("looked up"), None, "{key}");
            assert!(blobs.get(key, None).await.expect("looked up").is_none(), "{key}");
            blobs.delete(key).await.expect("nothing to delete");
        }
        assert_eq!(read(&blobs, "folder/object", None).await, "x");
    })
    .await;
}

#[tokio::test]
async fn writing_again_replaces_bytes_type_and_tag() {
    each_engine(|blobs| async move {
        put(&blobs, "a", "first").await;

        let first = blobs.head("a").await.expect("looked up").expect("there");
        blobs
            .put("a", Bytes::from_static(b"other"), MP3)
            .await
            .expect("written");

        let second = blobs.head("a").await.expect("looked up").expect("there");
        assert_ne!(first.etag, second.etag);
        assert_eq!(second.content_type.as_deref(), Some(MP3));
        assert_eq!(read(&blobs, "a", None).await, "other");
    })
    .await;
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    each_engine(|blobs| async move {
        blobs.put("empty", Bytes::new(), MP3).await.expect("written");
        assert_eq!(
            blobs.head("empty").await.expect("looked up").expect("there").len,
            0
        );
        assert_eq!(read(&blobs, "empty", None).await, "");

        let none = stream::empty::<io::Result<Bytes>>();
        assert_eq!(
            blobs
                .put_stream("empty-stream", none, MP3)
                .await
                .expect("written"),
            0
        );
        assert_eq!(read(&blobs, "empty-stream", None).await, "");
    })
    .await;
}

#[tokio::test]
async fn a_stream_longer_than_a_part_arrives_whole() {
    each_engine(|blobs| async move {
        // 20 MiB in pieces that don't divide a part, each byte telling its place.
        let piece = |n: u32| Ok(Bytes::from(n.to_be_bytes().repeat(250_000)));
        let pieces = stream::iter((0..21).map(piece));
        let len = blobs.put_stream("big", pieces, MP3).await.expect("written");

        assert_eq!(len, 21_000_000);

        let meta = blobs.head("big").await.expect("looked up").expect("there");
        assert_eq!((meta.len, meta.content_type.as_deref()), (len, Some(MP3)));

        let got = read(&blobs, "big", None).await;
        assert_eq!(got.len(), 21_000_000);

        for n in 0_u32..21 {
            let at = n as usize * 1_000_000;
            assert!(
                got[at..at + 1_000_000]
                    .chunks(4)
                    .all(|word| word == n.to_be_bytes()),
                "piece {n}"
            );
        }

        let whole = Bytes::from(vec![7; 9 * 1024 * 1024]);
        blobs.put("big", whole.clone(), MP3).await.expect("written");

        assert_eq!(read(&blobs, "big", None).await, whole);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_breaks_leaves_nothing_and_keeps_the_old_object() {
    each_engine(|blobs| async move {
        put(&blobs, "old", "kept").await;

        for pieces in [1, 20] {
            for key in ["new", "old"] {
                let err = blobs.put_stream(key, broken(pieces), MP3).await.expect_err("cut");
                assert!(matches!(err, BlobError::Source { .. }), "{err:?}");
            }
        }

        assert_eq!(blobs.head("new").await.expect("looked up"), None);
        assert_eq!(read(&blobs, "old", None).await, "kept");
    })
    .await;
}

fn broken(pieces: usize) -> impl futures::Stream<Item = io::Result<Bytes>> + Send {
    let good = stream::iter((0..pieces).map(|_| Ok(Bytes::from(vec![1; 1_000_000]))));
    good.chain(stream::iter([Err(io::Error::other("cut"))]))
}

#[tokio::test]
async fn deleting_takes_one_object_or_everything_under_a_prefix() {
    each_engine(|blobs| async move {
        for key in ["stories/1/a", "stories/1/b/c", "stories/10/a", "stories/2/a"] {
            put(&blobs, key, "x").await;
        }

        blobs.delete("stories/2/a").await.expect("deleted");
        assert_eq!(blobs.delete_prefix("stories/1/").await.expect("deleted"), 2);
        assert_eq!(blobs.list("", None).await.expect("listed").keys, ["stories/10/a"]);
        assert_eq!(blobs.delete_prefix("stories/1").await.expect("deleted"), 1);
        assert_eq!(blobs.delete_prefix("stories/1").await.expect("nothing left"), 0);
        assert!(
            blobs.delete_prefix("").await.is_err(),
            "everything is never meant"
        );
        assert!(blobs.delete_prefix("/").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn listing_is_in_order_and_by_pages() {
    each_engine(|blobs| async move {
        let puts = stream::iter((0..1_005).rev()).map(|n| {
            let blobs = &blobs;
            async move {
                blobs
                    .put(&format!("many/{n:04}"), Bytes::from_static(b"x"), MP3)
                    .await
                    .expect("written")
            }
        });

        puts.buffer_unordered(16).collect::<()>().await;
        put(&blobs, "many.txt", "x").await;
        put(&blobs, "man", "x").await;

        let first = blobs.list("many/", None).await.expect("listed");
        assert_eq!(
            (first.keys.len(), first.keys[0].as_str(), first.keys[999].as_str()),
            (1_000, "many/0000", "many/0999")
        );

        let rest = blobs.list("many/", first.next).await.expect("listed");
        assert_eq!(
            (rest.keys.len(), rest.keys[4].as_str(), rest.next),
            (5, "many/1004", None)
        );
        assert_eq!(
            blobs.list("many.", None).await.expect("listed").keys,
            ["many.txt"]
        );
        assert_eq!(blobs.list("none", None).await.expect("listed").keys, [""; 0]);
        assert_eq!(
            blobs.delete_prefix("many/").await.expect("deleted"),
            1_005,
            "more than one page"
        );
    })
    .await;
}

#[tokio::test]
async fn long_and_odd_keys_are_kept_as_they_are() {
    each_engine(|blobs| async move {
        let long = format!(
            "analysis/github.com/{}/{}/{}.v1.json.zst",
            "o".repeat(39),
            "r".repeat(200),
            "c".repeat(40)
        );

        for key in [long.as_str(), "a b/ü+&%20=?#/~x", "dots/.hidden/..x"] {
            blobs
                .put(key, Bytes::from_static(b"x"), MP3)
                .await
                .unwrap_or_else(|err| panic!("{key}: {err:?}"));
            assert_eq!(read(&blobs, key, None).await, "x", "{key}");
            assert_eq!(blobs.list(key, None).await.expect("listed").keys, [key]);
        }
    })
    .await;
}

#[tokio::test]
async fn keys_that_would_leave_the_store_are_refused() {
    each_engine(|blobs| async move {
        for key in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            "./a",
            "a/.",
            "a\0b",
            "a\nb",
            "a\\b",
            &"k".repeat(256),
            &"k/".repeat(600),
        ] {
            let err = blobs.put(key, Bytes::new(), MP3).await.expect_err("refused");
            assert!(matches!(err, BlobError::Key { .. }), "{key:?}: {err:?}");
            assert!(
                blobs.get(key, None).await.is_err() && blobs.head(key).await.is_err(),
                "{key:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn objects_outlive_the_process_and_leave_no_litter() {
    let dir = tempfile::tempdir().expect("a folder");
    let blobs = embedded(dir.path()).await;
    blobs
        .put("stories/1/audio.mp3", Bytes::from_static(b"sound"), MP3)
        .await
        .expect("written");

    let before = blobs.head("stories/1/audio.mp3").await.expect("looked up");
    drop(blobs);

    assert_eq!(
        std::fs::read(dir.path().join("blobs/saga/stories/1/audio.mp3")).expect("a file"),
        b"sound"
    );

    let blobs = embedded(dir.path()).await;
    assert_eq!(
        blobs.head("stories/1/audio.mp3").await.expect("looked up"),
        before
    );

    blobs.delete("stories/1/audio.mp3").await.expect("deleted");

    let left = |path: &str| {
        std::fs::read_dir(dir.path().join("blobs").join(path))
            .expect("a folder")
            .count()
    };

    assert_eq!((left("saga"), left(".types"), aside(dir.path())), (0, 0, 0));
}

#[tokio::test]
async fn what_a_crash_left_aside_is_removed_after_a_day() {
    let dir = tempfile::tempdir().expect("a folder");
    drop(embedded(dir.path()).await);

    let aside_dir = dir.path().join("blobs/.aside");
    for name in ["new", "old"] {
        std::fs::write(aside_dir.join(name), "half").expect("a file");
    }

    std::fs::create_dir(aside_dir.join("old-upload")).expect("a folder");
    std::fs::write(aside_dir.join("old-upload/1"), "half").expect("a file");

    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 3_600);
    for name in ["old", "old-upload"] {
        let file = std::fs::File::open(aside_dir.join(name)).expect("a file");
        file.set_modified(yesterday).expect("a time");
    }

    drop(embedded(dir.path()).await);

    let left: Vec<_> = std::fs::read_dir(&aside_dir)
        .expect("a folder")
        .map(|one| one.expect("one").file_name())
        .collect();

    assert_eq!(left, ["new"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_and_deleters_of_one_folder_do_not_hurt_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    // Two stores on one folder, as two processes would have.
    let stores = [embedded(dir.path()).await, embedded(dir.path()).await];
    let jobs = (0..100).map(|n| {
        let blobs = stores[n % 2].clone();
        tokio::spawn(async move {
            let key = format!("shared/folder/{}", n % 4);
            blobs
                .put(&key, Bytes::from(vec![n as u8; 10_000]), MP3)
                .await
                .expect("written");

            if let Some(got) = blobs.get(&key, None).await.expect("read") {
                let bytes = got.bytes().await.expect("whole");
                assert!(
                    bytes.len() == 10_000 && bytes.iter().all(|byte| *byte == bytes[0]),
                    "two writes are mixed"
                );
            }

            blobs.delete(&key).await.expect("deleted");
        })
    });
    for job in futures::future::join_all(jobs).await {
        job.expect("no panic");
    }

    assert_eq!(stores[0].list("", None).await.expect("listed").keys, [""; 0]);
    assert_eq!(aside(dir.path()), 0);
}

#[tokio::test]
async fn a_store_that_is_not_there_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let err = Blobs::open(&config("http://127.0.0.1:1", "saga", "id", "secret"), dir.path())
        .await
        .expect_err("nobody");

    assert_eq!(
        err.to_string(),
        "the blob store could not be opened (http://127.0.0.1:1, from `blobs.endpoint`, bucket saga)"
    );

    let endpoint = serve_s3(dir.path()).await;
    let err = Blobs::open(&config(&endpoint, "saga", "id", "wrong"), dir.path())
        .await
        .expect_err("a wrong secret");

    assert!(matches!(err, BlobError::Refused { .. }), "{err:?}");
}

/// A bucket that is not there is made; where that is not allowed, or it goes away later, it is told by its setting.
#[tokio::test]
async fn a_missing_bucket_is_told_with_the_setting() {
    let router = axum::Router::new().fallback(async |method: http::Method| match method {
        http::Method::HEAD => http::StatusCode::NOT_FOUND,
        _ => http::StatusCode::FORBIDDEN,
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let dir = tempfile::tempdir().expect("a folder");
    let refused = Blobs::open(&config(&endpoint, "nowhere", "id", "secret"), dir.path()).await;
    let told = refused.expect_err("refused").to_string();
    assert!(
        told.contains("nowhere") && told.contains("`blobs.access_key_id`"),
        "{told}"
    );

    if let Some(config) = real_store() {
        let blobs = Blobs::open(&config, dir.path()).await.expect("opens");
        let deleted = blobs.client.delete_bucket().bucket(&config.bucket).send().await;
        deleted.expect("deleted");
        let told = blobs.check().await.expect_err("gone").to_string();
        assert!(
            told.contains(&config.bucket) && told.contains("`blobs.bucket`"),
            "{told}"
        );
    }
}

/// What a store is asked for: the head of each request.
async fn heads(config: BlobsConfig) -> Vec<http::request::Parts> {
    let (tell, told) = std::sync::mpsc::channel();
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let upload = "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>";
        let _ = tell.send(request.into_parts().0);
        async move { ([("etag", "\"1\"")], upload) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let dir = tempfile::tempdir().expect("a folder");
    let blobs = Blobs::open(&BlobsConfig { endpoint, ..config }, dir.path())
        .await
        .expect("opens");
    put(&blobs, "small", "0123456789").await;
    let large = Bytes::from(vec![7; write::PART_BYTES + 1]);
    // The answers are no whole upload; what it began with is what counts.
    let _ = blobs.put("large", large, MP3).await;

    told.try_iter().collect()
}

#[tokio::test]
async fn a_store_is_asked_to_encrypt_what_is_written_as_configured() {
    for (encryption, key, expected) in [
        (BlobEncryption::Bucket, "", None),
        (BlobEncryption::Aes256, "", Some("AES256")),
        (BlobEncryption::Kms, "key-1", Some("aws:kms")),
    ] {
        let config = BlobsConfig {
            encryption,
            kms_key_id: key.to_owned(),
            ..config("", "saga", "id", "secret")
        };
        let heads = heads(config).await;
        let begins = |head: &&http::request::Parts| {
            let is_upload =
                head.method == http::Method::POST && head.uri.query().is_some_and(|q| q.contains("uploads"));
            is_upload || head.method == http::Method::PUT && head.uri.path().ends_with("small")
        };
        let begun: Vec<_> = heads.iter().filter(begins).collect();
        assert_eq!(begun.len(), 2, "{heads:?}");

        for head in begun {
            let header = |name: &str| {
                head.headers
                    .get(name)
                    .map(|value| value.to_str().expect("a text"))
            };
            assert_eq!(header("x-amz-server-side-encryption"), expected);
            assert_eq!(
                header("x-amz-server-side-encryption-aws-kms-key-id").unwrap_or_default(),
                key
            );
        }
    }
}

/// What a client without any key gets at an address, where the names of buckets under `localhost` lead to this machine.
async fn fetch(address: &str) -> (u16, Bytes) {
    crate::tls::install_provider();
    let url: url::Url = address.parse().expect("a URL");
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let client = reqwest::Client::builder()
        .no_proxy()
        .resolve(host, ([127, 0, 0, 1], port).into());
    let answer = client
        .build()
        .expect("a client")
        .get(url.clone())
        .send()
        .await
        .expect("answered");

    (answer.status().as_u16(), answer.bytes().await.expect("a body"))
}

#[tokio::test]
async fn a_signed_address_gives_one_object_to_whoever_has_it_in_both_styles() {
    let dir = tempfile::tempdir().expect("a folder");
    let socket = config(&serve_s3(dir.path()).await, "saga", "id", "secret");

    for config in std::iter::once(socket).chain(real_store()) {
        let blobs = Blobs::open(&config, dir.path()).await.expect("opens");
        put(&blobs, "a/b c.txt", "0123456789").await;
        put(&blobs, "other.txt", "not this").await;

        // The name of the host is signed: it must be the one that clients use.
        let named = config.endpoint.replace("127.0.0.1", "localhost");
        for path_style in [true, false] {
            let styled = BlobsConfig {
                path_style,
                ..config.clone()
            };
            let styled = Blobs {
                client: open::remote(&styled),
                ..blobs.clone()
            };
            let minute = std::time::Duration::from_secs(60);
            let presigner = styled.presigner(&named, minute).expect("sound").expect("a store");
            let address = presigner.sign("a/b c.txt").await.expect("signed");

            let expected = match path_style {
                true => format!("{named}/{}/a/b%20c.txt?", config.bucket),
                false => format!(
                    "{}/a/b%20c.txt?",
                    named.replace("//", &format!("//{}.", config.bucket))
                ),
            };
            assert!(address.starts_with(&expected), "{address} is not {expected}");
            assert_eq!(
                fetch(&address).await,
                (200, Bytes::from_static(b"0123456789")),
                "{address}"
            );

            let bent = address.replace("b%20c.txt", "other.txt").replace("a/", "");
            assert_eq!(fetch(&bent).await.0, 403, "{bent}");
        }
    }

    let embedded = embedded(dir.path()).await;
    let none = embedded
        .presigner("", std::time::Duration::from_secs(60))
        .expect("sound");
    assert!(none.is_none(), "nobody else reaches a folder");
}
