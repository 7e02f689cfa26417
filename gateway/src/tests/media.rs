//! Media through the real blob store: whole, in part, conditionally, and never without a true name.

use bytes::Bytes;
use kit::{media::MediaSigner, secrets::Key};

use super::harness::{Answer, Door, blobs_config, config};
use crate::{MediaDelivery, rest::media::FileDelivery};

const TEXT: &[u8] = b"0123456789";

async fn stored(door: &Door, key: &str, kind: &str, bytes: impl Into<Bytes>) -> String {
    door.blobs.put(key, bytes.into(), kind).await.expect("stored");
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
    format!("/media/{}", door.signer.sign(key, extension))
}

async fn with(door: &Door, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(door.http.get(door.url(path)), |request, (name, value)| {
            request.header(*name, *value)
        });
    Answer::of(request).await
}

#[tokio::test]
async fn a_file_is_served_whole_and_described() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    let answer = door.get(&path).await;

    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, TEXT));
    assert_eq!(answer.header("content-type"), "audio/mpeg");
    assert_eq!(
        (answer.header("content-length"), answer.header("accept-ranges")),
        ("10", "bytes")
    );
    assert_eq!(
        answer.header("cache-control"),
        "private, max-age=31536000, immutable"
    );
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("etag").starts_with('"') && answer.header("last-modified").ends_with(" GMT"));
}

#[tokio::test]
async fn head_tells_the_same_headers_and_the_length_without_the_body() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    let get = door.get(&path).await;
    let head = Answer::of(door.http.head(door.url(&path))).await;

    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));

    for name in [
        "content-length",
        "content-type",
        "etag",
        "last-modified",
        "accept-ranges",
        "cache-control",
    ] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }

    let part = Answer::of(door.http.head(door.url(&path)).header("range", "bytes=0-1")).await;
    assert_eq!((part.status.as_u16(), part.header("content-length")), (200, "10"));

    let known = door
        .http
        .head(door.url(&path))
        .header("if-none-match", get.header("etag"));

    assert_eq!(Answer::of(known).await.status, 304);
}

#[tokio::test]
async fn any_page_may_play_what_it_knows_the_name_of() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    for (origin, told) in [
        ("https://other.example", "*"),
        ("http://localhost:3000", "http://localhost:3000"),
    ] {
        let answer = with(&door, &path, &[("origin", origin)]).await;
        assert_eq!(
            answer
                .headers
                .get_all("access-control-allow-origin")
                .iter()
                .count(),
            1
        );
        assert_eq!(answer.header("access-control-allow-origin"), told);
    }

    assert_eq!(
        door.get(&path).await.header("cross-origin-resource-policy"),
        "cross-origin"
    );
}

#[tokio::test]
async fn one_range_is_served_as_a_part_and_one_beyond_the_end_is_refused() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    for (range, part, told) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-5", "2345", "bytes 2-5/10"),
        ("bytes=9-", "9", "bytes 9-9/10"),
        ("bytes=5-99", "56789", "bytes 5-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ] {
        let answer = with(&door, &path, &[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str()),
            (206, part),
            "{range}"
        );
        assert_eq!(answer.header("content-range"), told);
        assert_eq!(answer.header("content-length"), part.len().to_string());
    }

    for range in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
        let answer = with(&door, &path, &[("range", range)]).await;
        assert_eq!(answer.refusal(), "416 RANGE_NOT_SATISFIABLE", "{range}");
        assert_eq!(answer.header("content-range"), "bytes */10");
    }

    for range in ["bytes=0-1,3-4", "bytes=x", "items=0-1"] {
        assert_eq!(
            with(&door, &path, &[("range", range)]).await.status,
            200,
            "{range}"
        );
    }
}

#[tokio::test]
async fn who_has_the_file_does_not_get_it_again() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    let first = door.get(&path).await;
    let (tag, date) = (
        first.header("etag").to_owned(),
        first.header("last-modified").to_owned(),
    );

    for headers in [
        [("if-none-match", tag.as_str())],
        [("if-none-match", "*")],
        [("if-modified-since", date.as_str())],
    ] {
        let answer = with(&door, &path, &headers).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body.len()),
            (304, 0),
            "{headers:?}"
        );
        assert_eq!(answer.header("etag"), tag);
    }

    assert_eq!(
        with(&door, &path, &[("if-none-match", "\"other\"")]).await.status,
        200
    );
    assert_eq!(
        with(&door, &path, &[("if-match", "\"other\"")]).await.refusal(),
        "412 PRECONDITION_FAILED"
    );

    let same = with(
        &door,
        &path,
        &[("range", "bytes=0-1"), ("if-range", tag.as_str())],
    )
    .await;

    let other = with(&door, &path, &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).await;
    assert_eq!((same.status.as_u16(), other.status.as_u16()), (206, 200));
}

#[tokio::test]
async fn an_svg_opened_on_its_own_can_do_nothing() {
    let door = Door::open().await;
    let path = stored(&door, "s/cover.svg", "image/svg+xml", &b"<svg/>"[..]).await;
    let answer = door.get(&path).await;

    assert_eq!(answer.header("content-type"), "image/svg+xml");

    let policy = answer.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox; default-src 'none'") && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_name_that_is_forged_or_leads_nowhere_does_not_exist() {
    let door = Door::open().await;
    let path = stored(&door, "s/audio.mp3", "audio/mpeg", TEXT).await;
    let foreign = MediaSigner::new(Key::random()).sign("s/audio.mp3", "mp3");
    let gone = door.signer.sign("s/gone.mp3", "mp3");
    let bent = format!("{}A.mp3", path.trim_end_matches(".mp3"));
    let odd = [
        "/media/x.mp3",
        "/media/s%2Faudio.mp3",
        "/media/..%2f..%2fsaga.sqlite",
        "/media/%FF",
    ]
    .map(String::from);

    let renamed = path.replace(".mp3", ".svg");
    for path in [
        format!("/media/{foreign}"),
        format!("/media/{gone}"),
        bent,
        renamed,
    ]
    .into_iter()
    .chain(odd)
    {
        assert_eq!(
            door.get(&path).await.refusal(),
            "404 RESOURCE_NOT_FOUND",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_large_file_is_streamed_and_not_compressed() {
    let door = Door::open().await;
    let large = Bytes::from(vec![7_u8; 3 << 20]);
    let path = stored(&door, "s/t.json", "application/json", large.clone()).await;
    let answer = with(&door, &path, &[("accept-encoding", "gzip")]).await;
    assert_eq!(answer.header("content-length"), large.len().to_string());
    assert!(answer.body == large);
}

#[tokio::test]
async fn a_network_is_where_clients_are_sent_for_files_that_stay_readable() {
    let cdn = "https://cdn.example/saga".parse().expect("a URL");
    let door = Door::open_with(|config| {
        config.media.delivery = MediaDelivery::Cdn;
        config.media.cdn_url = Some(cdn);
    })
    .await;
    let path = stored(&door, "s/1/audio.mp3", "audio/mpeg", TEXT).await;

    let answer = with(&door, &path, &[("range", "bytes=2-5")]).await;
    assert_eq!(answer.status, 307);
    assert_eq!(
        answer.header("location"),
        "https://cdn.example/saga/s/1/audio.mp3"
    );
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cache-control"), "private, max-age=3600");

    // What is known without the bytes is still told here, and so is that there are none.
    let head = Answer::of(door.http.head(door.url(&path))).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (200, "10"));
    let missing = format!("/media/{}", door.signer.sign("s/1/nothing.mp3", "mp3"));
    assert_eq!(door.get(&missing).await.status, 404);
}

#[test]
fn settings_that_contradict_each_other_are_told_with_their_names() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let blobs = runtime
        .block_on(kit::blobs::Blobs::open(&blobs_config(), folder.path()))
        .expect("a folder");
    let refuse = |delivery, cdn: Option<&str>| {
        let mut media = config().media;
        media.delivery = delivery;
        media.cdn_url = cdn.map(|url| url.parse().expect("a URL"));
        FileDelivery::build(&media, &blobs)
            .err()
            .expect("refused")
            .to_string()
    };

    let cdn = Some("https://cdn.example");
    for (told, setting) in [
        (refuse(MediaDelivery::Presigned, None), "blobs.endpoint"),
        (refuse(MediaDelivery::Cdn, None), "gateway.media.cdn_url"),
        (refuse(MediaDelivery::Stream, cdn), "gateway.media.cdn_url"),
    ] {
        assert!(
            told.contains("`gateway.media.delivery`") && told.contains(setting),
            "{told}"
        );
    }
}
