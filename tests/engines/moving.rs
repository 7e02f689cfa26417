//! Moving house: `saga backup` of a platform at work, `saga restore` into an empty folder or into PostgreSQL and S3. What was
//! there before is there after, under the same ids, for the same people, with the same keys.

use std::path::{Path, PathBuf};

use kit::blobs::{BlobEncryption, Blobs, BlobsConfig};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};

use super::{
    Database,
    answers::{Script, Side, without_a_worker},
};
use crate::harness::{
    client::Client,
    people::Person,
    repositories::Repositories,
    saga::{DataFolder, Launch},
    wait,
};

const CALLS_BEFORE: usize = 1_000;
const CALLS_AFTER: usize = 10_000;

/// Where a backup is restored to.
struct House {
    data: DataFolder,
    settings: Vec<(&'static str, String)>,
    database: Option<Database>,
}

impl House {
    fn embedded() -> Self {
        Self {
            data: DataFolder::new(),
            settings: Vec::new(),
            database: None,
        }
    }

    /// None when there are no such servers.
    async fn real() -> Option<Self> {
        let endpoint = std::env::var("SAGA_TEST_S3_ENDPOINT").ok()?;
        let database = Database::create().await?;
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        let bucket = format!("saga-house-{}", kit::ids::random_id().simple());

        Some(Self {
            data: DataFolder::new(),
            settings: vec![
                ("DATABASE_URL", database.url()),
                ("S3_ENDPOINT", endpoint),
                ("S3_BUCKET", bucket),
                ("AWS_ACCESS_KEY_ID", var("SAGA_TEST_S3_ACCESS_KEY_ID")),
                ("AWS_SECRET_ACCESS_KEY", var("SAGA_TEST_S3_SECRET_ACCESS_KEY")),
            ],
            database: Some(database),
        })
    }

    fn launch(&self) -> Launch {
        let settings = self.settings.iter();
        let launch = settings.fold(Launch::new(&self.data), |launch, (name, value)| {
            launch.set(name, value)
        });
        patient(launch)
    }

    async fn restore(&self, file: &Path) -> Value {
        let launch = self
            .launch()
            .argument("restore")
            .argument(file)
            .argument("--json");
        succeed(launch).await
    }

    /// Into the bucket.
    async fn put_object(&self) {
        let setting = |name: &str| {
            let found = self.settings.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let config = BlobsConfig {
            endpoint: setting("S3_ENDPOINT"),
            region: "us-east-1".to_owned(),
            bucket: setting("S3_BUCKET"),
            access_key_id: setting("AWS_ACCESS_KEY_ID").into(),
            secret_access_key: setting("AWS_SECRET_ACCESS_KEY").into(),
            path_style: true,
            encryption: BlobEncryption::default(),
            kms_key_id: String::new(),
        };

        let blobs = Blobs::open(&config, self.data.path()).await.expect("S3 answers");
        blobs
            .put("a-story/cover.svg", "<svg/>".into(), "image/svg+xml")
            .await
            .expect("written");
    }

    async fn remove(self) {
        if let Some(database) = self.database {
            database.remove().await;
        }
    }
}

/// Tokens outlast the test.
fn patient(launch: Launch) -> Launch {
    launch.set("SAGA_AUTH__ACCESS_TOKEN_SECONDS", "36000")
}

async fn run(launch: Launch) -> (bool, String) {
    let output = launch.command().output().await.expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("a text"))
}

/// What it printed, as JSON.
async fn succeed(launch: Launch) -> Value {
    let output = launch.command().output().await.expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    serde_json::from_str(&out).unwrap_or_else(|_| panic!("no JSON: {out}{err}"))
}

async fn back_up(data: &DataFolder) -> (PathBuf, Value) {
    let file = data.path().join("house.backup");
    let launch = Launch::new(data)
        .argument("backup")
        .argument(&file)
        .argument("--json");
    let made = succeed(launch).await;
    (file, made)
}

async fn finish(person: &Person, door: &Client, story: &str) -> Value {
    wait::until("the story to be finished", || async {
        let story = person.get(door, &format!("/api/stories/{story}")).await.body;
        assert_ne!(story["status"], "failed", "{story}");
        (story["status"] == "completed").then_some(story)
    })
    .await
}

/// Path and bytes of everything that a story has under `/media`.
async fn media_of(door: &Client, base: &str, story: &Value) -> Vec<(String, Vec<u8>)> {
    let mut urls = vec![story["audio_url"].clone(), story["cover_url"].clone()];
    urls.extend(story["audio_chunks"].as_array().expect("chunks").clone());

    let mut media = Vec::new();
    for url in urls {
        let url = url.as_str().expect("a URL");
        let path = url.find("/media/").map(|at| &url[at..]).expect("under /media");
        media.push((path.to_owned(), door.bytes(&format!("{base}{path}")).await));
    }
    media
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_calls_have_the_same_answers_after_the_move() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let old = || patient(Launch::new(&data));

    // A story with all that it has, a session, an API key: by a platform with a worker.
    let first = Side::start(old()).await;
    let ada = Person::register(&first.door, "ada").await;
    let story = ada.generate(&first.door, &repositories.sample()).await;
    let finished = finish(&ada, &first.door, &story).await;
    let media = media_of(&first.door, first.base(), &finished).await;
    let key = ada
        .post(
            &first.door,
            "/api/v1/api-keys",
            json!({ "name": "build", "scopes": ["stories:read"] }),
        )
        .await;
    let key = key.body["key"].as_str().expect("a key").to_owned();

    let mut source = Side::resume(without_a_worker(old()), &first).await;
    first.stop().await;
    let mut script = Script::new();
    for _ in 0..CALLS_BEFORE {
        let call = script.next();
        let answer = source.ask(&call).await;
        script.learn(&call, &answer.1);
    }

    let (file, made) = back_up(&data).await;
    assert!(made["blobs"]["count"].as_u64() > Some(5), "{made}");
    let mut houses = vec![House::embedded()];
    houses.extend(House::real().await);
    let mut sides = Vec::new();
    for house in &houses {
        let restored = house.restore(&file).await;
        assert_eq!(restored["blobs"], made["blobs"]["count"], "{restored}");
        sides.push(Side::resume(without_a_worker(house.launch()), &source).await);
    }

    for side in &sides {
        let door = &side.door;
        let again = ada.get(door, &format!("/api/stories/{story}")).await.body;
        assert_eq!(again["chapters"], finished["chapters"]);
        assert_eq!(media_of(door, side.base(), &again).await, media);
        let (path, headers) = (format!("/api/stories/{story}"), [("x-api-key", key.as_str())]);
        let by_key = door.ask(reqwest::Method::GET, &path, &headers, None).await;
        assert_eq!(by_key.status, StatusCode::OK);
    }

    for number in 0..CALLS_AFTER {
        let call = script.next();
        let expected = source.ask(&call).await;
        for side in &mut sides {
            assert_eq!(side.ask(&call).await, expected, "call {number}: {call:?}");
        }
        assert!(expected.0 < 500, "call {number}: {call:?}: {expected:?}");
        script.learn(&call, &expected.1);
    }

    // A refresh token is good once, so once on each.
    for side in &sides {
        let body = json!({ "refresh_token": ada.refresh });
        let refreshed = side.door.post("/api/v1/auth/refresh", body).await;
        assert_eq!(refreshed.status, StatusCode::OK, "{}", refreshed.body);
    }

    drop((source, sides));
    for house in houses {
        house.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stories_in_flight_when_a_backup_begins_are_finished_where_it_is_restored() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let client = Client::of(&saga);
    let mut stories = Vec::new();
    for _ in 0..4 {
        stories.push(client.generate(&repositories.sample()).await);
    }
    client
        .story_in(&stories[0], &["generating", "synthesizing", "completed"])
        .await;

    let (file, _) = back_up(&data).await;
    // What is accepted now is not in it, and nothing that it does reaches the other house.
    client.generate(&repositories.sample()).await;
    saga.kill().await;

    let mut houses = vec![House::embedded()];
    houses.extend(House::real().await);
    for house in houses {
        house.restore(&file).await;
        let saga = house.launch().serve().await;
        let door = Client::of(&saga);
        for story in &stories {
            let finished = door.story_in(story, &["completed"]).await;
            for (path, bytes) in media_of(&door, saga.base(), &finished).await {
                assert!(!bytes.is_empty(), "{path}");
            }
        }
        saga.kill().await;
        house.remove().await;
    }
}

/// A backup of a folder with one account.
async fn small_backup() -> (DataFolder, PathBuf) {
    let data = DataFolder::new();
    let saga = Launch::new(&data).serve().await;
    Person::register(&Client::of(&saga), "ada").await;
    saga.stop().await;
    let (file, _) = back_up(&data).await;
    (data, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_whole_or_too_new_is_refused_before_anything_is_written() {
    let (data, file) = small_backup().await;
    let whole = std::fs::read(&file).expect("the backup");

    let mut tampered = whole.clone();
    tampered[whole.len() / 2] ^= 1;
    let mut newer = whole.clone();
    newer[13] = 7;
    let wrong = [
        (
            "truncated",
            whole[..whole.len() - 1].to_vec(),
            "the rest is missing",
        ),
        ("tampered", tampered, "damaged"),
        ("newer", newer, "format 7"),
        ("foreign", b"PK\x03\x04 a zip file".to_vec(), "no archive of Saga"),
        ("empty", Vec::new(), "no archive of Saga"),
    ];

    for (name, bytes, words) in wrong {
        let (file, house) = (data.path().join(name), House::embedded());
        std::fs::write(&file, bytes).expect("written");
        let (succeeded, said) = run(house.launch().argument("restore").argument(&file)).await;
        assert!(!succeeded && said.contains(words), "{name}: {said}");
        let left = std::fs::read_dir(house.data.path()).expect("a folder").count();
        assert_eq!(left, 0, "{name} left something behind");

        let checked = house
            .launch()
            .argument("restore")
            .argument("--check")
            .argument(&file);
        assert!(!run(checked).await.0, "{name}");
    }

    let missing = House::embedded()
        .launch()
        .argument("restore")
        .argument("nowhere.backup");
    let (succeeded, said) = run(missing).await;
    assert!(!succeeded && said.contains("nowhere.backup"), "{said}");
    let checked = House::embedded()
        .launch()
        .argument("restore")
        .argument("--check")
        .argument(&file);
    let (succeeded, said) = run(checked).await;
    assert!(succeeded && said.contains("is whole"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stories_know_is_not_left_behind_in_a_neo4j() {
    let (data, file) = small_backup().await;
    let with_neo4j = |launch: Launch| launch.set("NEO4J_URI", "bolt://127.0.0.1:1");

    let other = data.path().join("other.backup");
    let (succeeded, said) = run(with_neo4j(Launch::new(&data)).argument("backup").argument(&other)).await;
    assert!(
        !succeeded && said.contains("`knowledge.uri` names a Neo4j"),
        "{said}"
    );
    assert!(!other.exists());

    let house = House::embedded();
    let (succeeded, said) = run(with_neo4j(house.launch()).argument("restore").argument(&file)).await;
    assert!(
        !succeeded && said.contains("`knowledge.uri` names a Neo4j"),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(house.data.path()).expect("a folder").count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_newer_schema_is_refused_with_both_versions() {
    let (data, _) = small_backup().await;
    let file = data.path().join("saga/story.sqlite");
    let mut connection = SqliteConnection::connect(&file.display().to_string())
        .await
        .expect("the file opens");
    let known: i64 = sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .expect("migrated");
    connection.close().await.expect("closed");

    // As a newer binary would have made it: another number in the head, and a checksum of all that.
    let newer = data.path().join("newer.backup");
    rewrite_head(&data.path().join("house.backup"), &newer, |head| {
        for database in head["databases"].as_array_mut().expect("databases") {
            if database["service"] == "story" {
                database["version"] = json!(4711);
            }
        }
    })
    .await;

    let (succeeded, said) = run(House::embedded().launch().argument("restore").argument(&newer)).await;
    assert!(!succeeded && said.contains("4711"), "{said}");
    assert!(said.contains(&format!("up to {known}")), "{said}");
}

async fn rewrite_head(from: &Path, to: &Path, change: impl FnOnce(&mut Value)) {
    let bytes = std::fs::read(from).expect("the backup");
    let (mut archive, mut head) = kit::archive::ArchiveReader::begin::<Value>(&*bytes)
        .await
        .expect("an archive");
    change(&mut head);

    let mut writer = kit::archive::ArchiveWriter::begin(Vec::new(), &head)
        .await
        .expect("begun");
    while let Some(entry) = archive.next_entry().await.expect("whole") {
        writer.begin_entry(entry.name, entry.about).await.expect("begun");
        while let Some(piece) = archive.read().await.expect("whole") {
            writer.write(&piece).await.expect("written");
        }
    }
    let (bytes, _) = writer.finish().await.expect("finished");
    std::fs::write(to, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_holds_something_already_is_not_restored_into() {
    let (data, file) = small_backup().await;
    let restore = |launch: Launch| run(launch.argument("restore").argument(&file));

    let (succeeded, said) = restore(Launch::new(&data)).await;
    assert!(!succeeded && said.contains("data_dir"), "{said}");

    // One key that is already there, of another platform.
    let house = House::embedded();
    let keys = house.data.path().join("saga/keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    let (succeeded, said) = restore(house.launch()).await;
    assert!(!succeeded && said.contains("`keys`"), "{said}");

    let other = House::embedded()
        .launch()
        .set("SAGA_KEYS__AUTH_KEY", "another key, of 32 characters and more");
    let (succeeded, said) = restore(other).await;
    assert!(!succeeded && said.contains("keys.auth_key"), "{said}");

    if let Some(house) = House::real().await {
        house.restore(&file).await;
        std::fs::remove_dir_all(house.data.path().join("saga")).expect("removed");
        let (succeeded, said) = restore(house.launch()).await;
        assert!(!succeeded && said.contains("not empty"), "{said}");
        assert!(
            !house.data.path().join("saga/keys").exists(),
            "nothing is written"
        );

        // The database of another bucket, which holds something.
        house.put_object().await;
        let database = Database::create().await.expect("PostgreSQL");
        let (succeeded, said) = restore(house.launch().set("DATABASE_URL", database.url())).await;
        assert!(!succeeded && said.contains("blobs.bucket"), "{said}");
        database.remove().await;
        house.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_that_fails_in_the_middle_is_undone_and_one_that_was_killed_is_begun_again() {
    let (data, file) = small_backup().await;
    let broken = data.path().join("broken.backup");
    // Whole as a file, but its last rows are of a table that there is none of.
    let bytes = std::fs::read(&file).expect("the backup");
    let (mut archive, head) = kit::archive::ArchiveReader::begin::<Value>(&*bytes)
        .await
        .expect("an archive");
    let mut writer = kit::archive::ArchiveWriter::begin(Vec::new(), &head)
        .await
        .expect("begun");
    while let Some(entry) = archive.next_entry().await.expect("whole") {
        writer.begin_entry(entry.name, entry.about).await.expect("begun");
        while let Some(piece) = archive.read().await.expect("whole") {
            writer.write(&piece).await.expect("written");
        }
    }
    writer.begin_entry("blobs/x", json!(null)).await.expect("begun");
    writer.write(b"x").await.expect("written");
    writer
        .begin_entry("rows/story/nowhere", json!({ "columns": ["a"] }))
        .await
        .expect("begun");
    writer.write(b"[1]\n").await.expect("written");
    std::fs::write(&broken, writer.finish().await.expect("finished").0).expect("written");

    let mut houses = vec![House::embedded()];
    houses.extend(House::real().await);
    for house in houses {
        let (succeeded, said) = run(house.launch().argument("restore").argument(&broken)).await;
        assert!(!succeeded && said.contains("nowhere"), "{said}");
        let left: Vec<_> = std::fs::read_dir(house.data.path().join("saga"))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .filter(|name| name != ".gitignore")
            .collect();
        assert!(left.is_empty(), "{left:?}");

        // As a kill leaves it: nobody serves from it, and the next restore begins again.
        std::fs::create_dir(house.data.path().join("saga/.restoring")).expect("a folder");
        std::fs::write(house.data.path().join("saga/auth.sqlite"), "half").expect("written");
        let (succeeded, said) = run(house.launch()).await;
        assert!(!succeeded && said.contains("has not ended"), "{said}");
        if house.database.is_none() {
            house.restore(&file).await;
            let saga = house.launch().serve().await;
            Person::login(&Client::of(&saga), "ada").await;
        }
        house.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_data_folder_that_holds_something_is_backed_up_and_no_file_is_overwritten() {
    let (data, file) = small_backup().await;
    let backup = |launch: Launch, file: &Path| run(launch.argument("backup").argument(file));

    let (succeeded, said) = backup(Launch::new(&data), &file).await;
    assert!(!succeeded && said.contains("already"), "{said}");

    let empty = DataFolder::new();
    let other = empty.path().join("x.backup");
    let (succeeded, said) = backup(Launch::new(&empty), &other).await;
    assert!(!succeeded && said.contains("data_dir"), "{said}");

    let elsewhere = Launch::new(&data).set("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let (succeeded, said) = backup(elsewhere, &other).await;
    assert!(!succeeded && said.contains("database.url"), "{said}");

    let (succeeded, said) = backup(Launch::new(&data), &empty.path().join("no/such/folder")).await;
    assert!(!succeeded && said.contains("can't be written"), "{said}");
    let left: Vec<_> = std::fs::read_dir(empty.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
