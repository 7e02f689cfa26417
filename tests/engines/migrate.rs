//! `saga migrate`, and starts that may not migrate.

use sqlx::{Connection, SqliteConnection};

use super::Database;
use crate::harness::saga::{DataFolder, Launch};

/// What a command said, on both channels, and whether it succeeded.
async fn run(launch: Launch) -> (bool, String) {
    let output = launch.command().output().await.expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("a text"))
}

fn migrate(data: &DataFolder, url: &str, arguments: &[&str]) -> Launch {
    let launch = Launch::new(data).set("DATABASE_URL", url).argument("migrate");
    arguments.iter().fold(launch, |launch, one| launch.argument(*one))
}

async fn is_migrated_by_the_command(url: &str) {
    let data = DataFolder::new();

    let (succeeded, said) = run(migrate(&data, url, &["--check"])).await;
    assert!(
        !succeeded && said.contains("auth") && said.contains("pending 0001"),
        "{said}"
    );

    let refused = Launch::new(&data)
        .set("DATABASE_URL", url)
        .set("SAGA_DATABASE__MIGRATE_AT_START", "off");
    let (succeeded, said) = run(refused).await;
    assert!(!succeeded, "{said}");
    for words in ["at version 0", "saga migrate", "database.migrate_at_start"] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let (succeeded, said) = run(migrate(&data, url, &[])).await;
    assert!(succeeded && said.contains("applied 0001"), "{said}");

    let (succeeded, said) = run(migrate(&data, url, &["--check"])).await;
    assert!(succeeded && said.contains("up to date"), "{said}");

    let saga = Launch::new(&data)
        .set("DATABASE_URL", url)
        .set("SAGA_DATABASE__MIGRATE_AT_START", "off")
        .serve()
        .await;
    assert_eq!(saga.stop().await, Some(0));
}

/// A row as a newer binary would leave it.
const OF_A_NEWER: &str =
    "(version, description, success, checksum, execution_time) VALUES (9999, 'newer', TRUE, '', 0)";

async fn newer_is_refused(data: &DataFolder, url: &str) {
    for launch in [
        migrate(data, url, &[]),
        migrate(data, url, &["--check"]),
        Launch::new(data).set("DATABASE_URL", url),
    ] {
        let (succeeded, said) = run(launch).await;
        assert!(
            !succeeded && said.contains("9999") && said.contains("newer"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databases_are_migrated_by_the_command_and_a_start_that_may_not_says_so() {
    is_migrated_by_the_command("").await;

    if let Some(database) = Database::create().await {
        is_migrated_by_the_command(&database.url()).await;
        database.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_a_newer_saga_is_refused_with_its_version() {
    let data = DataFolder::new();
    assert!(run(migrate(&data, "", &[])).await.0);
    let file = data.path().join("saga/story.sqlite");
    let mut connection = SqliteConnection::connect(&file.display().to_string())
        .await
        .expect("the file opens");
    let insert = format!("INSERT INTO _sqlx_migrations {OF_A_NEWER}");
    let inserted = sqlx::raw_sql(sqlx::AssertSqlSafe(insert)).execute(&mut connection);
    inserted.await.expect("written");
    connection.close().await.expect("closed");
    newer_is_refused(&data, "").await;

    if let Some(database) = Database::create().await {
        let data = DataFolder::new();
        assert!(run(migrate(&data, &database.url(), &[])).await.0);
        let insert = format!("INSERT INTO story._sqlx_migrations {OF_A_NEWER}");
        database.execute(&insert).await;
        newer_is_refused(&data, &database.url()).await;
        database.remove().await;
    }
}

/// The strict way: one who owns the tables migrates, another one serves, who may do nothing but use the rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_owns_nothing_and_bypasses_nothing_serves() {
    let Some(database) = Database::create().await else {
        return;
    };
    let data = DataFolder::new();
    let role = format!("{}_app", database.name);
    database
        .execute(&format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS"))
        .await;
    let migrated = migrate(&data, &database.url(), &[]).set("SAGA_DATABASE__ROLE", role.as_str());
    let (succeeded, said) = run(migrated).await;
    assert!(succeeded, "{said}");

    let mut url = url::Url::parse(&database.url()).expect("a URL");
    url.set_username(&role).expect("a user");
    let saga = Launch::new(&data)
        .set("DATABASE_URL", url.as_str())
        .set("SAGA_DATABASE__ROLE", role.as_str())
        .set("SAGA_DATABASE__MIGRATE_AT_START", "off")
        .serve()
        .await;
    let door = crate::harness::client::Client::of(&saga);
    crate::harness::people::Person::register(&door, "ada").await;
    assert_eq!(saga.stop().await, Some(0));

    // As it would be configured by somebody who thinks that this does no harm.
    let superuser = Launch::new(&data)
        .set("DATABASE_URL", database.url())
        .set("SAGA_DATABASE__ROLE", "");
    let (succeeded, said) = run(superuser).await;
    assert!(!succeeded && said.contains("superuser"), "{said}");

    database
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
    database.remove().await;
}
