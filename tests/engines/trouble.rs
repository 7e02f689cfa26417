//! What can not be used is refused at start, with the setting and what to do; what stops working later makes the process unready,
//! loses nothing and comes back by itself.

use kit::servers::read_variable;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::process::Command;

use super::Database;
use crate::harness::{
    client::Client,
    database::run_sql,
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
    wait::until,
};

/// What a start that is refused says.
async fn refuse(launch: Launch) -> String {
    let output = launch.command().output().await.expect("the binary runs");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).expect("a text");
    assert!(!output.status.success(), "{said}");
    assert!(!said.contains("hunter2") && !said.contains("panicked"), "{said}");
    said
}

async fn readiness(saga: &Saga) -> (bool, String) {
    let asked = Client::of(saga).http().get(saga.place("Health")).send().await;
    let answer = asked.expect("the admin port answers");
    (
        answer.status() == StatusCode::OK,
        answer.text().await.expect("a text"),
    )
}

/// Waits until `/readyz` says so, and says what it told.
async fn becomes_ready(saga: &Saga, wanted: bool) -> String {
    until(&format!("ready to be {wanted}"), || async {
        let (ready, told) = readiness(saga).await;
        (ready == wanted).then_some(told)
    })
    .await
}

/// What is said as soon as these words are in it; a connection that breaks may be told of first.
async fn becomes_unready_with(saga: &Saga, words: [&str; 2]) {
    until(&format!("unready with {words:?}"), || async {
        let (ready, told) = readiness(saga).await;
        (!ready && words.iter().all(|word| told.contains(word))).then_some(())
    })
    .await;
}

/// The story, once one is accepted: connections that were broken are noticed when they are used.
async fn generate_again(door: &Client, repository: &str) -> String {
    until("accepted again", || async {
        (generate(door, repository).await == StatusCode::OK).then_some(())
    })
    .await;

    door.generate(repository).await
}

async fn generate(door: &Client, repository: &str) -> StatusCode {
    let body = json!({ "repoUrl": repository, "duration": 5 });
    door.post("/api/stories/generate", body).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_refuses_us_or_whose_tls_is_not_ours_is_told_at_start_with_the_setting() {
    let Some(database) = Database::create().await else {
        return;
    };
    let Some(authority) = read_variable("SAGA_TEST_POSTGRES_CA") else {
        return;
    };
    let data = DataFolder::new();
    let with = |change: &dyn Fn(&mut url::Url)| {
        let mut url: url::Url = database.url().parse().expect("a URL");
        change(&mut url);
        Launch::new(&data).set("DATABASE_URL", url.as_str())
    };

    let password = refuse(with(&|url| {
        url.set_username("secured").expect("a user");
        url.set_password(Some("hunter2")).expect("a password");
    }));
    let said = password.await;
    assert!(
        said.contains("password") && said.contains("`database.url`"),
        "{said}"
    );

    let said = refuse(with(&|url| url.set_path("nowhere"))).await;
    assert!(
        said.contains("nowhere") && said.contains("`database.url`"),
        "{said}"
    );

    // Who signed its certificate is unknown to the public authorities.
    let said = refuse(with(&|url| url.set_query(Some("sslmode=verify-full")))).await;
    assert!(
        said.contains("sslrootcert") && said.contains("`database.url`"),
        "{said}"
    );

    let trusted = format!("sslmode=verify-full&sslrootcert={authority}");
    let launch = with(&|url| url.set_query(Some(&trusted)))
        .argument("migrate")
        .argument("--json");
    let output = launch.command().output().await.expect("the binary runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told[0]["engine"], "postgresql");

    let said =
        refuse(Launch::new(&data).set("DATABASE_URL", "postgres://saga:hunter2@127.0.0.1:1/saga")).await;
    assert!(
        said.contains("127.0.0.1:1") && said.contains("`database.url`"),
        "{said}"
    );
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_store_that_refuses_us_or_is_not_there_is_told_at_start_with_the_setting() {
    let data = DataFolder::new();
    let said = refuse(Launch::new(&data).set("S3_ENDPOINT", "http://127.0.0.1:1")).await;
    assert!(
        said.contains("127.0.0.1:1") && said.contains("`blobs.endpoint`"),
        "{said}"
    );

    if let Some(endpoint) = read_variable("SAGA_TEST_S3_ENDPOINT") {
        let launch = Launch::new(&data)
            .set("S3_ENDPOINT", endpoint)
            .set("AWS_ACCESS_KEY_ID", "nobody")
            .set("AWS_SECRET_ACCESS_KEY", "hunter2");
        let said = refuse(launch).await;
        assert!(said.contains("`blobs.access_key_id`"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_becomes_read_only_makes_the_process_unready_until_it_is_not() {
    let Some(database) = Database::create().await else {
        return;
    };
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data)
        .set("DATABASE_URL", database.url())
        .serve()
        .await;
    let door = Client::of(&saga);
    let before = door.generate(&repositories.sample()).await;

    set_read_only(&database, true).await;
    becomes_unready_with(&saga, ["takes no writes", "database.url"]).await;
    assert_eq!(
        generate(&door, &repositories.sample()).await,
        StatusCode::SERVICE_UNAVAILABLE
    );

    set_read_only(&database, false).await;
    becomes_ready(&saga, true).await;
    let after = generate_again(&door, &repositories.sample()).await;
    for story in [&before, &after] {
        door.story_in(story, &["completed"]).await;
    }

    assert!(!saga.log().contains("panicked"), "{}", saga.log());
    assert_eq!(saga.stop().await, Some(0));
    database.remove().await;
}

/// For this database alone, from its next connections on; those that there are end.
async fn set_read_only(database: &Database, read_only: bool) {
    let name = &database.name;
    let all = format!(
        r#"BEGIN READ WRITE; ALTER DATABASE "{name}" SET default_transaction_read_only = {read_only}; COMMIT;
           SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"#
    );
    run_sql(&database.server, all).await;
}

/// No file of the process may grow, which is what a full disk is to it. A story that was under way may try again later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_makes_the_process_unready_until_there_is_room_and_loses_nothing() {
    let (data, repositories) = (DataFolder::new(), Repositories::start().await);
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let before = door.generate(&repositories.sample()).await;

    limit_files(&saga, "0").await;
    becomes_unready_with(&saga, ["takes no writes", "data_dir"]).await;
    assert_eq!(
        generate(&door, &repositories.sample()).await,
        StatusCode::SERVICE_UNAVAILABLE
    );

    limit_files(&saga, "unlimited").await;
    becomes_ready(&saga, true).await;
    let after = generate_again(&door, &repositories.sample()).await;
    for story in [&before, &after] {
        door.story_in(story, &["completed"]).await;
    }

    assert!(!saga.log().contains("panicked"), "{}", saga.log());
    assert_eq!(saga.stop().await, Some(0));
}

async fn limit_files(saga: &Saga, bytes: &str) {
    let limited = Command::new("prlimit")
        .args(["--pid", &saga.pid(), &format!("--fsize={bytes}:")])
        .status()
        .await;
    assert!(limited.expect("prlimit, of util-linux").success());
}
