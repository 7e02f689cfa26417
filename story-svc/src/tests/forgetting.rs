//! What a deleted story knew is forgotten with it: first that, then the rest, and also when its engine is away meanwhile.

use std::sync::Arc;
use std::time::Duration;

use kit::db::Db;
use kit::on;
use kit::servers::NEO4J;
use proto::tasks::fiction::ledger::{Entity, EntityKind, Key, Scene};
use proto::v1::{DeleteStoryRequest, OwnerRequest, Story};
use uuid::Uuid;

use super::world::{Person, World, each_world, request};
use crate::MIGRATIONS;
use crate::knowledge::{GraphSize, Knowledge, KnowledgeConfig, StoryGraph};

/// Longer than a server takes to start and a patient node to try again.
const PATIENCE: Duration = Duration::from_secs(120);

impl World {
    fn graph_of(&self, owner: &Person, story: &Story) -> StoryGraph {
        let story = Uuid::try_parse(&story.id).unwrap();
        self.knowledge.story(owner.actor.user_id, story)
    }

    /// A story that knows somebody, and a scene with nobody in it.
    async fn knowing(&self, owner: &Person) -> (Story, StoryGraph) {
        let story = owner.create(request()).await.unwrap();
        let graph = self.graph_of(owner, &story);
        let key = |text: &str| Key::parse(text).unwrap();
        let mira = Entity {
            key: key("mira"),
            kind: EntityKind::Character,
            name: "Mira".to_owned(),
            aliases: Vec::new(),
            details: serde_json::Map::new(),
            scene: None,
        };
        let scene = Scene {
            key: key("s1"),
            chapter: 1,
            number: 1,
            title: String::new(),
            place: None,
            from: 0,
            until: 60,
            ledger: serde_json::from_value(serde_json::json!({ "relies_on": ["f1"] })).unwrap(),
        };
        graph.put_entities(&[mira]).await.unwrap();
        graph.replace_scene(&scene).await.unwrap();

        (story, graph)
    }
}

async fn knows(graph: &StoryGraph) -> bool {
    graph.measure().await.unwrap() != GraphSize::default()
}

async fn start_deletion(world: &Arc<World>, person: &Person) {
    let service = world.service_caller();
    let owner = OwnerRequest {
        user_id: person.actor.user_id.to_string(),
    };
    let started = service.owners().start_deletion(service.ask(owner)).await;
    started.unwrap();
}

async fn delete_story(person: &Person, story: &Story) {
    let request = DeleteStoryRequest { id: story.id.clone() };
    person.stories().delete_story(person.ask(request)).await.unwrap();
}

/// Runs of this graph, and those of them that are completed.
async fn count_runs(db: &Db, graph: &str) -> (i64, i64) {
    let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END), 0) FROM runs WHERE graph = $1";
    on!(db.system(), c => sqlx::query_as(sql).bind(graph).fetch_one(c).await).unwrap()
}

/// Lets time pass until the run of this graph is completed.
async fn until_completed(world: &World, graph: &str) {
    let completed = async {
        while count_runs(&world.db, graph).await.1 == 0 {
            world.clock.advance(Duration::from_millis(40));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, completed)
        .await
        .expect("it is completed");
}

#[tokio::test]
async fn a_deleted_story_and_a_deleted_account_leave_nothing_that_they_knew() {
    each_world(|world| async move {
        let (ada, bob) = (world.user(), world.user());
        let _worker = world.worker().await;
        let (first, first_graph) = world.knowing(&ada).await;
        let (_, second_graph) = world.knowing(&ada).await;
        let (_, kept_graph) = world.knowing(&bob).await;

        delete_story(&ada, &first).await;
        until_completed(&world, "story_deletion").await;
        assert!(!knows(&first_graph).await);
        assert!(knows(&second_graph).await);

        start_deletion(&world, &ada).await;
        until_completed(&world, "account_deletion").await;
        assert!(!knows(&second_graph).await);
        assert!(knows(&kept_graph).await);
    })
    .await;
}

#[tokio::test]
async fn a_story_is_forgotten_once_when_neo4j_is_killed_meanwhile() {
    let Some(neo4j) = NEO4J.seize().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&kit::db::testing::config(""), folder.path(), "test")
        .await
        .unwrap();
    db.migrate(&MIGRATIONS).await.unwrap();
    let read = |name: &str| std::env::var(name).expect(name);
    let config = KnowledgeConfig {
        uri: neo4j.url.clone(),
        user: read("SAGA_TEST_NEO4J_USER"),
        password: read("SAGA_TEST_NEO4J_PASSWORD").into(),
    };
    let knowledge = Knowledge::open(&config, &db).await.unwrap();
    let world = Arc::new(World::with_knowledge(db, knowledge).await);

    let (ada, bob) = (world.user(), world.user());
    let _worker = world.worker().await;
    let (first, first_graph) = world.knowing(&ada).await;
    let (_, second_graph) = world.knowing(&ada).await;
    let (_, kept_graph) = world.knowing(&bob).await;

    neo4j.kill().await;
    delete_story(&ada, &first).await;
    start_deletion(&world, &ada).await;
    // Both have tried in vain by now, and neither has given up or gone past it.
    for _ in 0..100 {
        world.clock.advance(Duration::from_millis(40));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(count_runs(&world.db, "story_deletion").await, (1, 0));
    assert_eq!(count_runs(&world.db, "account_deletion").await, (1, 0));
    assert!(
        world.elsewhere.asked().is_empty(),
        "the account is there as long as what it knew"
    );

    neo4j.restart().await;
    until_completed(&world, "story_deletion").await;
    until_completed(&world, "account_deletion").await;
    assert!(!knows(&first_graph).await && !knows(&second_graph).await);
    assert!(knows(&kept_graph).await);
    assert_eq!(count_runs(&world.db, "story_deletion").await, (1, 1));
    assert_eq!(count_runs(&world.db, "account_deletion").await, (1, 1));
    kept_graph.delete().await.unwrap();
}
