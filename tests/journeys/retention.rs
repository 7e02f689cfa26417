//! Which backups are kept, over the public door; and what the operator's command finds in them.

use std::path::{Path, PathBuf};

use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::backups::set_tier;
use crate::harness::{
    client::Client,
    people::{Person, bearing, graphql},
    saga::{DataFolder, Launch, Saga},
    wait,
};

const RETENTION: &str = "/api/v1/backup/retention";

/// A platform that looks every second, and somebody on it who pays.
async fn somebody(data: &DataFolder) -> (Saga, Client, Person) {
    let saga = Launch::new(data)
        .set("SAGA_BACKUP__RETENTION_SECONDS", "1")
        .serve()
        .await;
    let door = Client::of(&saga);
    Person::register(&door, "ada").await;
    set_tier(data, "ada", "pro").await;

    let ada = Person::login(&door, "ada").await;
    (saga, door, ada)
}

async fn upload(door: &Client, saga: &Saga, who: &Person, bytes: &'static [u8], device: &str) {
    let checksum: String = Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-backup-version", "1"),
        ("x-backup-timestamp", "1700000000"),
        ("x-backup-checksum", checksum.as_str()),
        ("x-backup-device", device),
    ] {
        headers.insert(
            name.parse::<reqwest::header::HeaderName>().expect("a name"),
            value.parse().expect("a value"),
        );
    }

    let request = door
        .http()
        .put(format!("{}/api/v1/backup", saga.base()))
        .headers(headers);
    let answer = request
        .bearer_auth(&who.access)
        .body(bytes)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
}

async fn count_kept(door: &Client, who: &Person) -> usize {
    let history = who.get(door, "/api/v1/backup/history").await.body;
    history.as_array().expect("a list").len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_delete_what_they_do_not_keep_and_are_nobody_elses() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    for bytes in [&b"one"[..], b"two", b"three"] {
        upload(&door, &saga, &ada, bytes, "laptop").await;
    }
    upload(&door, &saga, &ada, b"four", "phone").await;

    let rules = json!({ "keep_last": 1, "alert_after_days": 3 });
    let preview = ada
        .post(&door, &format!("{RETENTION}/preview"), rules.clone())
        .await
        .body;
    assert_eq!(
        (&preview["kept"], &preview["deleted"], &preview["deleted_bytes"]),
        (&json!(2), &json!(2), &json!(6))
    );
    assert_eq!(preview["verdicts"][0]["kept_by"], json!(["newest", "last"]));

    let query = "{ viewer { backupRetentionPreview(rules: { keepWithinDays: 1 }) { kept deleted } backupDevices { device overdue } } }";
    let seen = graphql(&door, Some(&ada.access), query).await.body;
    assert_eq!(
        seen["data"]["viewer"],
        json!({
            "backupRetentionPreview": { "kept": "4", "deleted": "0" },
            "backupDevices": [{ "device": "phone", "overdue": false }, { "device": "laptop", "overdue": false }],
        }),
        "{seen}"
    );

    // Whoever only adds deletes nothing this way either, and nobody else's rules touch these.
    let body = json!({ "name": "adds", "scopes": ["backup:append"] });
    let key = ada.post(&door, "/api/v1/api-keys", body).await.body["key"]
        .as_str()
        .expect("a key")
        .to_owned();
    let refused = bearing(&door, &key, "PUT", RETENTION, Some(rules.clone())).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    let eve = Person::register(&door, "eve").await;
    assert_eq!(
        eve.call(&door, "PUT", RETENTION, Some(rules.clone()))
            .await
            .status,
        200
    );
    assert_eq!(eve.get(&door, "/api/v1/backup/devices").await.body, json!([]));

    let wrong = json!({ "keep_last": 10_001, "keep_daily": -1 });
    let refused = ada.call(&door, "PUT", RETENTION, Some(wrong)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(count_kept(&door, &ada).await, 4);

    let set = ada.call(&door, "PUT", RETENTION, Some(rules)).await;
    assert_eq!(set.body["keep_last"], 1, "{}", set.body);
    wait::until("rules delete", async || {
        (count_kept(&door, &ada).await == 2).then_some(())
    })
    .await;
    assert_eq!(ada.get(&door, "/api/v1/backup/quota").await.body["used"], 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_operator_reads_every_backup_and_is_told_of_each_that_changed() {
    let data = DataFolder::new();
    let (saga, door, ada) = somebody(&data).await;
    upload(&door, &saga, &ada, b"kept as it was", "laptop").await;
    upload(&door, &saga, &ada, b"bits will flip", "phone").await;
    saga.stop().await;

    let (status, found) = verify(&data).await;
    assert_eq!(
        (status, &found["objects"], &found["damaged"]),
        (Some(0), &json!(2), &json!([]))
    );

    flip(data.path(), b"bits will flip");
    let (status, found) = verify(&data).await;
    assert_eq!(
        (status, found["damaged"].as_array().map(Vec::len)),
        (Some(1), Some(1)),
        "{found}"
    );
    let problem = found["damaged"][0]["problem"].as_str().expect("words");
    assert!(problem.starts_with("its SHA-256 is"), "{problem}");
}

async fn verify(data: &DataFolder) -> (Option<i32>, Value) {
    let launch = ["backup", "verify", "--json"]
        .into_iter()
        .fold(Launch::new(data), Launch::argument);
    let done = launch.command().output().await.expect("the binary runs");
    let found = serde_json::from_slice(&done.stdout);

    (
        done.status.code(),
        found.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&done.stderr))),
    )
}

/// Changes a bit of the one file under `folder` whose bytes these are.
fn flip(folder: &Path, bytes: &[u8]) {
    let file = find_file(folder, bytes).expect("the blob store has it");
    let mut changed = bytes.to_vec();
    changed[0] ^= 1;
    std::fs::write(file, changed).expect("it is written");
}

fn find_file(folder: &Path, bytes: &[u8]) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries.filter_map(Result::ok).find_map(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => find_file(&path, bytes),
            false => (std::fs::read(&path).ok()? == bytes).then_some(path),
        }
    })
}
