//! What an older revision has written is still there, and goes on.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use kit::actor::{Actor, Tier};
use kit::db::testing::each_engine;
use kit::db::{Db, Migrations};
use kit::{on, on_write};
use proto::v1::{CreateCodeStoryRequest, ListStoriesRequest, RunStatus, Story, Style, TechnicalDepth, Voice};
use sqlx::AssertSqlSafe;
use sqlx::migrate::Migrator;
use uuid::Uuid;

use super::world::{World, status};
use crate::MIGRATIONS;

/// Owner of what was made from the command line.
const OPERATOR: Uuid = Uuid::from_u128(0x5a6a_0000_0000_4000_8000_0000_0000_0001);
/// A little after the last of these rows.
const LATER: &str = "2026-11-26T21:55:00Z";

/// The migrations that the older revision had.
fn migrations_before(version: i64) -> Migrations {
    let older = |all: &Migrator| {
        let older = all.iter().filter(|one| one.version < version);
        Migrator::with_migrations(older.cloned().collect())
    };

    Migrations {
        sqlite: older(&MIGRATIONS.sqlite),
        postgres: older(&MIGRATIONS.postgres),
    }
}

async fn load_rows(db: &Db) {
    let rows = match db {
        Db::Sqlite(_) => include_str!("fixtures/before_0004.sqlite.sql"),
        Db::Postgres(_) => include_str!("fixtures/before_0004.postgres.sql"),
    };

    on_write!(db.system(), c => sqlx::raw_sql(AssertSqlSafe(rows)).execute(c).await.map(drop)).unwrap();
}

#[tokio::test]
async fn stories_runs_results_and_keys_of_an_older_revision_are_kept_and_its_unfinished_run_ends() {
    each_engine(&migrations_before(4), |db| async move {
        load_rows(&db).await;
        let (guest, asked): (Uuid, Uuid) = on!(db.system(), c => sqlx::query_as(
            "SELECT owner_id, story_id FROM story_requests WHERE key = 'made-once'"
        ).fetch_one(c).await)
        .unwrap();

        let world = Arc::new(World::new(db.clone()).await);
        let later: DateTime<Utc> = LATER.parse().unwrap();
        world.clock.set(later);

        let operator = world.person(Actor::user(OPERATOR, Tier::Team));
        let mut stories = operator
            .list(ListStoriesRequest::default())
            .await
            .unwrap()
            .stories;
        stories.sort_by_key(|story| story.created_at.map(|at| at.seconds));
        let [finished, unfinished] = stories.as_slice() else {
            panic!("two stories of the operator: {stories:?}");
        };
        let finished = operator.get(&finished.id).await.unwrap();

        assert_eq!(status(&finished), RunStatus::Completed);
        assert_eq!(finished.title, "Repo: the story of a Rust library");
        assert!(finished.offline);
        check_finished(&finished);

        let events = operator.watch_to_end(&finished.run_id, 0).await;
        assert_eq!(events.last().unwrap().kind, "complete");

        // The keys: nothing is begun a second time.
        let guest = world.person(Actor::guest(guest));
        let request = CreateCodeStoryRequest {
            repo_url: "https://github.com/octocat/Hello-World".to_owned(),
            style: Style::Podcast.into(),
            duration_minutes: Some(15),
            voice: Voice::Bella.into(),
            focus_areas: vec!["greeting".to_owned()],
            technical_depth: TechnicalDepth::Advanced.into(),
            idempotency_key: Some("made-once".to_owned()),
            worker_share: None,
        };
        let before = guest.get(&asked.to_string()).await.unwrap();
        let repeated = guest.create(request.clone()).await.unwrap();
        let restarted = guest.restart(&before.id, "again").await.unwrap();
        let other = CreateCodeStoryRequest {
            style: Style::Fiction.into(),
            ..request
        };

        assert_eq!(
            (repeated.id, repeated.run_id),
            (before.id.clone(), before.run_id.clone())
        );
        assert_eq!(
            (restarted.id, restarted.run_id),
            (before.id.clone(), before.run_id)
        );
        assert!(
            guest.create(other).await.is_err(),
            "the key stands for another request"
        );

        // The half-done run: its worker is gone, another takes it over where it stood.
        assert_eq!(status(unfinished), RunStatus::Running);
        let _worker = world.worker().await;
        let done = operator.finished(unfinished).await;
        let made = done.code_result().unwrap();

        assert_eq!(status(&done), RunStatus::Completed);
        assert!(!made.audio_chunk_keys.is_empty() && made.chapters.is_some());
        assert!(
            world.agents.calls_of("codestory.analyzer").is_empty(),
            "what was done is not done again"
        );
    })
    .await;
}

fn check_finished(story: &Story) {
    let (asked, made) = (story.code().unwrap(), story.code_result().unwrap());
    let chapters: serde_json::Value = serde_json::from_str(made.chapters.as_deref().unwrap()).unwrap();

    assert_eq!(asked.repo_name, "local/repo");
    assert_eq!(
        (asked.style(), asked.voice()),
        (Style::Documentary, Voice::Rachel)
    );
    assert_eq!(
        (asked.duration_minutes, asked.technical_depth()),
        (5, TechnicalDepth::Intermediate)
    );
    assert_eq!(
        made.audio_key,
        format!("stories/{}/{}/audio.mp3", story.id, story.run_id)
    );
    assert_eq!(
        (made.audio_chunk_keys.len(), chapters.as_array().unwrap().len()),
        (2, 2)
    );
    assert!(made.duration_seconds > 100.0);
}
