//! An account that is deleted is gone with everything that it owns, whatever happens to the process meanwhile.

use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use uuid::Uuid;

use crate::harness::{
    client::Client,
    elevenlabs::ElevenLabs,
    people::{PASSWORD, Person, graphql, login},
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
    wait,
};

async fn serve(data: &DataFolder, voice: &ElevenLabs) -> Saga {
    Launch::new(data)
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .serve()
        .await
}

/// Rows of a table of a service's database that hold this user in `column`.
async fn rows(data: &DataFolder, service: &str, table: &str, column: &str, user: &str) -> i64 {
    let file = data.path().join("saga").join(format!("{service}.sqlite"));
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let pool = SqlitePool::connect_with(options)
        .await
        .expect("the service's database");
    let user: Uuid = user.parse().expect("an id");
    let query = format!("SELECT COUNT(*) FROM {table} WHERE {column} = ?");
    let count = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .bind(user.as_bytes().to_vec())
        .fetch_one(&pool)
        .await
        .expect("a count");

    pool.close().await;

    count
}

async fn owned(data: &DataFolder, user: &str) -> [i64; 3] {
    [
        rows(data, "story", "stories", "owner_id", user).await,
        rows(data, "story", "runs", "owner", user).await,
        rows(data, "auth", "users", "id", user).await,
    ]
}

async fn begin(saga: &Saga, repositories: &Repositories) -> (Client, Person, Person, [String; 2]) {
    let door = Client::of(saga);
    let (ada, bob) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "bob").await,
    );
    let repository = repositories.sample();
    let stories = [
        ada.generate(&door, &repository).await,
        bob.generate(&door, &repository).await,
    ];

    (door, ada, bob, stories)
}

/// Nothing is left of her, and all of him.
async fn is_gone(data: &DataFolder, door: &Client, [ada, bob]: [&Person; 2], [hers, his]: [&str; 2]) {
    wait::until("everything of the account to be deleted", || async {
        (owned(data, &ada.id).await == [0, 0, 0]).then_some(())
    })
    .await;

    assert_eq!(login(door, "ada", PASSWORD).await.status, 401);
    assert_eq!(ada.standing(door).await, 401);
    assert_eq!(ada.refreshed(door).await.status, 401);

    for person in [None, Some(bob.access.as_str())] {
        let told = graphql(door, person, &format!(r#"{{ story(id: "{hers}") {{ id }} }}"#)).await;
        assert!(told.body["data"]["story"].is_null(), "{}", told.body);
    }

    assert_eq!(door.get(&format!("/api/stories/{hers}")).await.status, 404);
    assert_eq!(bob.get(door, &format!("/api/stories/{his}")).await.status, 200);
    assert_eq!(owned(data, &bob.id).await, [1, 1, 1]);

    let again = Person::register(door, "ada").await;
    assert_ne!(again.id, ada.id, "the name is free for somebody new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_is_gone_with_its_stories_while_they_are_made() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );
    let saga = serve(&data, &voice).await;
    let (door, ada, bob, [hers, his]) = begin(&saga, &repositories).await;
    let wrong = ada
        .call(
            &door,
            "DELETE",
            "/api/v1/auth/me",
            Some(json!({ "password": "wrong" })),
        )
        .await;

    assert_eq!(wrong.status, 422, "the field that is wrong is the password");
    assert_eq!(owned(&data, &ada.id).await, [1, 1, 1]);

    let body = Some(json!({ "password": PASSWORD }));
    assert_eq!(
        ada.call(&door, "DELETE", "/api/v1/auth/me", body).await.status,
        202
    );
    assert_eq!(ada.standing(&door).await, 401, "at once");

    is_gone(&data, &door, [&ada, &bob], [&hers, &his]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_was_killed_is_finished_by_the_next_process() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );
    let saga = serve(&data, &voice).await;
    let (door, ada, bob, [hers, his]) = begin(&saga, &repositories).await;
    let body = Some(json!({ "password": PASSWORD }));

    assert_eq!(
        ada.call(&door, "DELETE", "/api/v1/auth/me", body).await.status,
        202
    );

    saga.kill().await;

    let saga = serve(&data, &voice).await;
    let door = Client::of(&saga);

    assert_eq!(
        login(&door, "ada", PASSWORD).await.status,
        401,
        "there is no way back"
    );

    is_gone(&data, &door, [&ada, &bob], [&hers, &his]).await;
}
