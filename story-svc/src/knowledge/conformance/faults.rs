//! Neo4j that is not there, does not know us, is killed and comes back.

use std::time::Duration;

use kit::servers::NEO4J;

use super::sample::{key, story};
use super::{SceneMoment, neo4j_config, some_db};
use crate::knowledge::{Knowledge, KnowledgeConfig, KnowledgeError};

/// Longer than a server takes to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until Neo4j answers again.
async fn until_back(knowledge: &Knowledge) {
    let back = async {
        while knowledge.check().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, back)
        .await
        .expect("Neo4j comes back");
}

#[tokio::test]
async fn a_neo4j_that_can_not_be_used_is_told_at_start_with_the_setting_and_what_to_do() {
    let (db, _folder) = some_db().await;
    let refused = async |uri: &str, user: &str| {
        let config = KnowledgeConfig {
            uri: uri.to_owned(),
            user: user.to_owned(),
            password: "a-wrong-password".into(),
        };
        let error = Knowledge::open(&config, &db).await.unwrap_err();
        let said = error.to_string();
        assert!(!said.contains("a-wrong-password"), "{said}");
        said
    };

    // Nobody listens on a port that the system keeps for itself.
    for uri in ["bolt://127.0.0.1:1", "neo4j+s://127.0.0.1:1"] {
        let said = refused(uri, "neo4j").await;
        assert!(
            said.contains("Neo4j at 127.0.0.1:1 (`knowledge.uri`) is not reachable"),
            "{said}"
        );
        assert!(said.contains("leave `knowledge.uri` empty"), "{said}");
    }
    let said = refused("https://127.0.0.1:1", "neo4j").await;
    assert!(said.contains("`knowledge.uri` is not an address"), "{said}");

    let Some(neo4j) = NEO4J.lend().await else { return };
    // Another user than the tests' own: too many wrong passwords would lock that one out.
    let said = refused(&neo4j.url, "nobody").await;
    assert!(
        said.contains("does not take `knowledge.user` with `knowledge.password`"),
        "{said}"
    );
    // A server that speaks no TLS.
    let said = refused(&neo4j.url.replace("bolt://", "bolt+s://"), "neo4j").await;
    assert!(said.contains("is not reachable"), "{said}");
}

#[tokio::test]
async fn a_killed_neo4j_is_waited_for_and_has_lost_nothing() {
    let Some(neo4j) = NEO4J.seize().await else { return };
    let (db, _folder) = some_db().await;
    let knowledge = Knowledge::open(&neo4j_config(&neo4j.url), &db).await.unwrap();
    let graph = story::kept(&knowledge).await;
    let whole = graph.measure().await.unwrap();

    neo4j.kill().await;
    let error = knowledge.check().await.unwrap_err();
    assert!(matches!(error, KnowledgeError::Unreachable { .. }), "{error}");
    let error = graph.delete().await.unwrap_err();
    assert!(matches!(error, KnowledgeError::Unreachable { .. }), "{error}");

    neo4j.restart().await;
    until_back(&knowledge).await;
    assert_eq!(graph.measure().await.unwrap(), whole);
    let state = graph
        .ask_state(&key("jon"), &key("theft"), SceneMoment::After, 10)
        .await
        .unwrap();
    assert_eq!(state.holds.len(), 1);
    graph.delete().await.unwrap();
}
