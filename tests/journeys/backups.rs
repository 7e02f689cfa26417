//! Backups over the public door: streamed in and out, kept whole or not at all, counted, and their owner's alone.

use std::{path::Path, time::Duration};

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::rpcs::role;
use crate::harness::{
    client::Client,
    database::open_sqlite,
    elevenlabs::ElevenLabs,
    node,
    people::{Person, graphql},
    python,
    saga::{DataFolder, Launch, Saga},
    wait,
};

const BACKUP: &str = "/api/v1/backup";
/// Of every backup here: 14 November 2023, 22:13:20.
const MADE_AT: &str = "1700000000";

/// A platform with somebody on it who pays.
async fn somebody(data: &DataFolder) -> (Saga, Client, Person) {
    let saga = Launch::new(data).serve().await;
    let door = Client::of(&saga);
    Person::register(&door, "ada").await;
    set_tier(data, "ada", "pro").await;

    // The token says the tier.
    let ada = Person::login(&door, "ada").await;
    (saga, door, ada)
}

pub(super) async fn set_tier(data: &DataFolder, user: &str, tier: &str) {
    let launch = Launch::new(data);
    let command = ["user", "set-tier", user, tier].into_iter();
    let launch = command.fold(launch, |launch, word| launch.argument(word));
    let done = launch.command().output().await.expect("the binary runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn checksum(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn put(
    door: &Client,
    saga: &Saga,
    who: &Person,
    bytes: &[u8],
    headers: &[(&str, &str)],
) -> (u16, Value) {
    let sum = checksum(bytes);
    let mut own = HeaderMap::new();
    let usual = [
        ("x-backup-version", "1"),
        ("x-backup-timestamp", MADE_AT),
        ("x-backup-checksum", sum.as_str()),
    ];
    for (name, value) in usual.iter().chain(headers) {
        let name: reqwest::header::HeaderName = name.parse().expect("a name");
        own.insert(name, value.parse().expect("a value"));
    }

    let request = door.http().put(format!("{}{BACKUP}", saga.base())).headers(own);
    let answer = request
        .bearer_auth(&who.access)
        .body(bytes.to_vec())
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

async fn fetch(
    door: &Client,
    saga: &Saga,
    who: &Person,
    method: Method,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = door
        .http()
        .request(method, format!("{}{BACKUP}", saga.base()))
        .bearer_auth(&who.access);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());

    (status, headers, answer.bytes().await.expect("a body").to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_goes_up_comes_down_is_listed_and_deleted() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    let bytes: Vec<u8> = (0..12_000_000_u32).map(|number| (number % 253) as u8).collect();

    let none = ada.get(&door, BACKUP).await;
    assert_eq!(none.status, 404, "{}", none.body);
    let (status, body) = put(&door, &saga, &ada, &bytes, &[("x-backup-chunk-count", "3")]).await;
    assert_eq!((status, &body["ok"]), (200, &json!(true)), "{body}");

    let (status, headers, got) = fetch(&door, &saga, &ada, Method::GET, &[]).await;
    assert_eq!(status, 200);
    assert!(got == bytes, "other bytes came back");
    let tag = headers["etag"].to_str().expect("ASCII").to_owned();
    assert_eq!(tag, format!("\"{}\"", checksum(&bytes)));
    assert_eq!(headers["last-modified"], "Tue, 14 Nov 2023 22:13:20 GMT");

    let (status, headers, got) = fetch(&door, &saga, &ada, Method::HEAD, &[]).await;
    assert_eq!((status.as_u16(), got.len()), (200, 0));
    assert_eq!(headers["content-length"], bytes.len().to_string().as_str());
    let (status, headers, got) = fetch(
        &door,
        &saga,
        &ada,
        Method::GET,
        &[("range", "bytes=9000000-9000009")],
    )
    .await;
    assert_eq!(
        (status.as_u16(), got.as_slice()),
        (206, &bytes[9_000_000..9_000_010])
    );
    assert_eq!(headers["content-range"], "bytes 9000000-9000009/12000000");

    for (name, value, expected) in [
        ("if-modified-since", "Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("if-modified-since", "Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("if-none-match", tag.as_str(), 304),
        ("if-none-match", "\"x\"", 200),
        ("if-match", "\"x\"", 412),
        ("range", "bytes=12000000-", 416),
    ] {
        let (status, ..) = fetch(&door, &saga, &ada, Method::GET, &[(name, value)]).await;
        assert_eq!(status, expected, "{name}: {value}");
    }

    let (_, newer) = put(
        &door,
        &saga,
        &ada,
        b"newer",
        &[("x-backup-timestamp", "1700000001000")],
    )
    .await;
    let history = ada.get(&door, &format!("{BACKUP}/history")).await.body;
    let stamps: Vec<_> = history
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["timestamp"])
        .collect();
    assert_eq!(stamps, [&json!(1_700_000_001), &json!(1_700_000_000)]);
    assert_eq!(history[1]["chunk_count"], 3);
    assert_eq!(history[1]["size_bytes"], 12_000_000);
    let quota = ada.get(&door, &format!("{BACKUP}/quota")).await.body;
    assert_eq!(quota, json!({ "used": 12_000_005, "limit": 5_368_709_120_u64 }));

    let asked = "{ me { backups(limit: 1) { id sizeBytes madeAt } backupQuota { usedBytes limitBytes } } }";
    let told = graphql(&door, Some(&ada.access), asked).await.body;
    let id = newer["backup"]["id"].as_str().expect("an id");
    let expected = json!({ "me": {
        "backups": [{ "id": id, "sizeBytes": "5", "madeAt": "2023-11-14T22:13:21Z" }],
        "backupQuota": { "usedBytes": "12000005", "limitBytes": "5368709120" } } });
    assert_eq!(told["data"], expected, "{told}");

    for _ in 0..2 {
        let deleted = ada.call(&door, "DELETE", &format!("{BACKUP}/{id}"), None).await;
        assert_eq!(
            (deleted.status.as_u16(), &deleted.body),
            (200, &json!({ "ok": true }))
        );
    }
    let older = history[1]["id"].as_str().expect("an id");
    let delete = format!(r#"mutation {{ deleteBackup(input: {{ id: "{older}" }}) {{ deletedBackupId }} }}"#);
    let told = graphql(&door, Some(&ada.access), &delete).await.body;
    assert_eq!(told["data"]["deleteBackup"]["deletedBackupId"], older, "{told}");
    let quota = ada.get(&door, &format!("{BACKUP}/quota")).await.body;
    assert_eq!(quota["used"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_nobody_elses_and_a_tier_without_backups_keeps_none() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    let (_, kept) = put(&door, &saga, &ada, b"mine", &[]).await;
    let id = kept["backup"]["id"].as_str().expect("an id").to_owned();
    let eve = Person::register(&door, "eve").await;

    let (status, refused) = put(&door, &saga, &eve, b"mine", &[]).await;
    assert_eq!(
        (
            status,
            &refused["code"],
            &refused["feature"],
            &refused["least_tier"]
        ),
        (
            403,
            &json!("feature_not_available"),
            &json!("backup"),
            &json!("pro")
        ),
        "{refused}"
    );
    for path in [
        BACKUP.to_owned(),
        format!("{BACKUP}/{id}"),
        format!("{BACKUP}/..%2F{id}"),
    ] {
        assert_eq!(eve.get(&door, &path).await.status, 404, "{path}");
    }
    assert_eq!(eve.get(&door, &format!("{BACKUP}/history")).await.body, json!([]));
    assert_eq!(
        eve.get(&door, &format!("{BACKUP}/quota")).await.body,
        json!({ "used": 0, "limit": 0 })
    );
    let deleted = eve.call(&door, "DELETE", &format!("{BACKUP}/{id}"), None).await;
    assert_eq!(deleted.status, 200);
    assert_eq!(
        ada.get(&door, &format!("{BACKUP}/history")).await.body[0]["id"],
        id.as_str()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_are_wrong_are_named_and_nothing_is_kept() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    let short = "a".repeat(63);
    let other = "b".repeat(64);
    let md5 = format!("md5:{other}");

    for (name, value) in [
        ("x-backup-version", "-1"),
        ("x-backup-version", "1e3"),
        ("x-backup-version", "99999999999999999999"),
        ("x-backup-timestamp", "-5"),
        ("x-backup-timestamp", "1.7e9"),
        ("x-backup-timestamp", "99999999999"),
        ("x-backup-timestamp", "９"),
        ("x-backup-checksum", short.as_str()),
        ("x-backup-checksum", other.as_str()),
        ("x-backup-checksum", md5.as_str()),
        ("x-backup-chunk-count", "0"),
    ] {
        let (status, body) = put(&door, &saga, &ada, b"bytes", &[(name, value)]).await;
        assert_eq!(status, 422, "{name}: {value}: {body}");
        assert_eq!(body["details"]["errors"][0]["field"], name, "{value}: {body}");
    }

    let upper = checksum(b"bytes").to_uppercase();
    let named = format!("sha256:{upper}");
    let (status, body) = put(&door, &saga, &ada, b"bytes", &[("x-backup-checksum", &named)]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        ada.get(&door, &format!("{BACKUP}/history"))
            .await
            .body
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_clients_of_tus_go_on_where_they_broke_off_join_parts_and_give_up() {
    let data = DataFolder::new();
    let (saga, _, ada) = somebody(&data).await;

    node::run("tus.mjs", &[saga.base(), &ada.access]).await;
    python::run("tus_client.py", &[saga.base(), &ada.access]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_can_go_on_survives_kill_9() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    let bytes: Vec<u8> = (0..30_000_000_u32).map(|number| (number % 233) as u8).collect();
    let length = bytes.len().to_string();
    let tus = |saga: &Saga, method: Method, place: &str| {
        let request = door.http().request(method, format!("{}{place}", saga.base()));
        request.bearer_auth(&ada.access).header("tus-resumable", "1.0.0")
    };
    let created = tus(&saga, Method::POST, &format!("{BACKUP}/tus")).header("upload-length", &length);
    let created = created.send().await.expect("an answer");
    assert_eq!(created.status(), 201);
    let place = created.headers()["location"].to_str().expect("ASCII").to_owned();

    // Half of it has been sent when the process dies.
    let address = saga.base().trim_start_matches("http://").to_owned();
    let mut socket = TcpStream::connect(&address).await.expect("it listens");
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: {length}\r\n\r\n",
        ada.access
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(&bytes[..20_000_000]).await.expect("sent");
    let offset = |saga: &Saga| {
        let looked = tus(saga, Method::HEAD, &place).send();
        async move {
            let answer = looked.await.expect("an answer");
            let offset = answer.headers()["upload-offset"].to_str().expect("ASCII");
            offset.parse::<usize>().expect("a number")
        }
    };
    wait::until("two segments to be kept", || async {
        (offset(&saga).await >= 16_000_000).then_some(())
    })
    .await;
    saga.kill().await;

    let saga = Launch::new(&data).serve().await;
    let kept = offset(&saga).await;
    assert!((16_000_000..=20_000_000).contains(&kept), "{kept}");
    let rest = tus(&saga, Method::PATCH, &place)
        .header("upload-offset", kept.to_string())
        .header("content-type", "application/offset+octet-stream")
        .body(bytes[kept..].to_vec());
    assert_eq!(rest.send().await.expect("an answer").status(), 204);
    let (_, headers, got) = fetch(&door, &saga, &ada, Method::GET, &[]).await;
    assert!(got == bytes, "other bytes came back");
    assert_eq!(
        headers["x-backup-checksum"],
        format!("sha256:{}", checksum(&bytes)).as_str()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_passes_through_roles_that_live_apart() {
    let (data, voice) = (DataFolder::new(), ElevenLabs::start_with(0).await);
    let agent = role(&data, &voice, "agent", &[]).await;
    let story = role(&data, &voice, "story", &[("agent", &agent)]).await;
    let auth = role(&data, &voice, "auth", &[("story", &story)]).await;
    let backup = role(&data, &voice, "backup", &[]).await;
    let behind = [
        ("auth", &auth),
        ("story", &story),
        ("agent", &agent),
        ("backup", &backup),
    ];
    let gateway = role(&data, &voice, "gateway", &behind).await;
    let door = Client::of(&gateway);
    Person::register(&door, "ada").await;
    set_tier(&data, "ada", "pro").await;
    let ada = Person::login(&door, "ada").await;

    let bytes: Vec<u8> = (0..9_000_000_u32).map(|number| (number % 241) as u8).collect();
    let (status, body) = put(&door, &gateway, &ada, &bytes, &[]).await;
    assert_eq!(status, 200, "{body}");
    let (_, _, got) = fetch(&door, &gateway, &ada, Method::GET, &[]).await;
    assert!(got == bytes, "other bytes came back");

    // Its role away, and back: nothing else is touched, and nothing is lost.
    backup.kill().await;
    assert_eq!(ada.get(&door, &format!("{BACKUP}/history")).await.status, 503);
    assert_eq!(ada.standing(&door).await, 200);
}

/// The head of an upload of so many bytes with this checksum, and then these.
async fn begin(saga: &Saga, who: &Person, (length, sum): (u64, &str), bytes: &[u8]) -> TcpStream {
    let address = saga.base().trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    let head = format!(
        "PUT {BACKUP} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Length: {length}\r\n\
         X-Backup-Version: 1\r\nX-Backup-Timestamp: {MADE_AT}\r\nX-Backup-Checksum: {sum}\r\n\r\n",
        who.access,
    );
    socket.write_all(head.as_bytes()).await.expect("sent");
    socket.write_all(bytes).await.expect("sent");
    socket
}

async fn used(door: &Client, who: &Person) -> u64 {
    let quota = who.get(door, &format!("{BACKUP}/quota")).await;
    quota.body["used"]
        .as_u64()
        .unwrap_or_else(|| panic!("{}", quota.body))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_takes_its_room_at_once_and_leaves_nothing_when_its_sender_goes() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    let (length, none) = (5 << 30, "a".repeat(64));

    let socket = begin(&saga, &ada, (length, &none), &vec![0; 20_000_000]).await;
    wait::until("its room to be taken", || async {
        (used(&door, &ada).await == length).then_some(())
    })
    .await;

    let mut refused = begin(&saga, &ada, (1, &none), b"x").await;
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(20), refused.read(&mut answer)).await;
    let read = read.expect("an answer in time").expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
    assert_eq!(
        (&body["error"], &body["limit"], &body["used"]),
        (&json!("quota_exceeded"), &json!(length), &json!(length))
    );

    drop(socket);
    wait::until("its room to be free", || async {
        (used(&door, &ada).await == 0).then_some(())
    })
    .await;
    assert_eq!(ada.get(&door, BACKUP).await.status, 404);
    let left = data.path().join("saga/blobs/saga/backups");
    assert!(!left.exists(), "something is left of it");
}

/// Of all files in a folder and below it.
fn count_files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .map(|path| if path.is_dir() { count_files(&path) } else { 1 })
        .sum()
}

/// Whoever holds the database back decides when it dies: the object has its name on the disk, and its row waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_between_an_object_and_its_row_leaves_neither() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    assert_eq!(put(&door, &saga, &ada, b"kept", &[]).await.0, 200);

    let bytes = vec![7; 3_000_000];
    let (length, last) = (bytes.len() as u64, bytes.len() - 1);
    let mut socket = begin(&saga, &ada, (length, &checksum(&bytes)), &bytes[..last]).await;
    wait::until("its room to be taken", || async {
        (used(&door, &ada).await == length + 4).then_some(())
    })
    .await;

    let database = open_sqlite(&data, "backup").await;
    let mut held = database.begin_with("BEGIN IMMEDIATE").await.expect("held back");
    socket.write_all(&bytes[last..]).await.expect("sent");
    let objects = data.path().join("saga/blobs/saga/backups");
    wait::until("the object to be whole", || async {
        (count_files(&objects) == 2).then_some(())
    })
    .await;
    saga.kill().await;

    let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM backup_metadata")
        .fetch_one(&mut *held)
        .await
        .expect("counted");
    assert_eq!((rows, count_files(&objects)), (1, 2), "an object without its row");
    // More time passes than anybody waits for an upload.
    sqlx::query("UPDATE backup_objects SET expires_at = created_at WHERE expires_at IS NOT NULL")
        .execute(&mut *held)
        .await
        .expect("passed");
    held.commit().await.expect("committed");
    database.close().await;

    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    wait::until("its room to be free", || async {
        (used(&door, &ada).await == 4).then_some(())
    })
    .await;
    assert_eq!(count_files(&objects), 1, "the object is left");
    assert_eq!(fetch(&door, &saga, &ada, Method::GET, &[]).await.2, b"kept");
    let (status, body) = put(&door, &saga, &ada, &bytes, &[]).await;
    assert_eq!(status, 200, "{body}");
}
