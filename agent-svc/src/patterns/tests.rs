//! What must hold of remembering and finding, on every database engine.

use kit::clock::ManualClock;
use kit::db::testing::each_engine;

use super::*;
use crate::llm::GatewayDeps;
use crate::usage::{UsageRecorder, as_sink};

const ADA: Uuid = Uuid::from_u128(1);
const EVE: Uuid = Uuid::from_u128(2);

fn patterns(db: Db, clock: &ManualClock) -> Patterns {
    let usage = UsageRecorder::open_with(
        crate::store::usage::UsageStore::new(db.clone()),
        clock.shared(),
        kit::ids::SystemIds::shared(),
    );
    let models = crate::tests::embedded().models;
    let deps = GatewayDeps::new(clock.shared(), as_sink(&usage));
    let gateway = Gateway::new(&models, deps).unwrap();
    Patterns::new(db, gateway, &clock.shared())
}

fn pattern(project_type: &str, text: &str, success_score: f64) -> Pattern {
    Pattern {
        project_type: project_type.to_owned(),
        text: text.to_owned(),
        metadata: json!({ "text": text }),
        success_score,
    }
}

async fn keep(patterns: &Patterns, owner: Uuid, pattern: &Pattern) {
    let vector = embed_offline(&pattern.text, DIMENSIONS as usize);
    patterns
        .keep(owner, (&vector, OFFLINE_MODEL), pattern)
        .await
        .unwrap();
}

async fn found(patterns: &Patterns, owner: Uuid, text: &str, project_type: &str) -> Vec<PatternMatch> {
    let vector = embed_offline(text, DIMENSIONS as usize);
    let found = patterns.match_patterns(owner, (&vector, OFFLINE_MODEL), 3, project_type);
    found.await.unwrap()
}

fn texts(found: &[PatternMatch]) -> Vec<&str> {
    found
        .iter()
        .map(|one| one.metadata["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_nearest_come_first_and_only_of_the_type_that_is_asked_for() {
    each_engine(&crate::MIGRATIONS, |db| async {
        let clock = ManualClock::default();
        let patterns = patterns(db, &clock);
        for (project_type, text) in [
            ("react", "keeps recipes with ingredients and a rating"),
            ("react", "keeps recipes and cooking times"),
            ("vue", "keeps recipes of a bakery"),
            ("react", "tracks flights of airplanes"),
        ] {
            keep(&patterns, ADA, &pattern(project_type, text, 0.9)).await;
        }

        let text = "recipes with ingredients and ratings";
        let near = found(&patterns, ADA, text, "").await;
        assert_eq!(texts(&near)[0], "keeps recipes with ingredients and a rating");
        assert!(
            near.len() >= 2
                && near
                    .windows(2)
                    .all(|pair| pair[0].similarity >= pair[1].similarity)
        );
        assert!(!texts(&near).contains(&"tracks flights of airplanes"));

        let vue = found(&patterns, ADA, text, "vue").await;
        assert_eq!(texts(&vue), ["keeps recipes of a bakery"]);
    })
    .await;
}

#[tokio::test]
async fn a_pattern_is_its_owners_alone_is_kept_once_and_is_forgotten_with_its_owner() {
    each_engine(&crate::MIGRATIONS, |db| async {
        let clock = ManualClock::default();
        let patterns = patterns(db, &clock);
        keep(&patterns, ADA, &pattern("react", "keeps recipes", 0.5)).await;
        keep(&patterns, ADA, &pattern("react", "keeps recipes", 0.8)).await;

        let own = found(&patterns, ADA, "recipes", "").await;
        assert_eq!((own.len(), own[0].success_score), (1, 0.8));
        assert!(found(&patterns, EVE, "recipes", "").await.is_empty());

        patterns.delete(ADA).await.unwrap();
        assert!(found(&patterns, ADA, "recipes", "").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn vectors_of_another_model_are_not_compared() {
    each_engine(&crate::MIGRATIONS, |db| async {
        let clock = ManualClock::default();
        let patterns = patterns(db, &clock);
        let known = pattern("react", "keeps recipes", 0.5);
        let vector = embed_offline(&known.text, DIMENSIONS as usize);
        patterns
            .keep(ADA, (&vector, "openai/other"), &known)
            .await
            .unwrap();

        assert!(found(&patterns, ADA, "keeps recipes", "").await.is_empty());
    })
    .await;
}

#[test]
fn vectors_of_other_lengths_and_without_a_direction_are_like_nothing() {
    let bytes = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    assert!((measure_cosine(&[2.0, 0.0], &bytes(&[4.0, 0.0])) - 1.0).abs() < 1e-9);
    for other in [vec![], bytes(&[1.0]), bytes(&[0.0, 0.0]), vec![1, 2, 3]] {
        assert!(measure_cosine(&[1.0, 0.0], &other).abs() < 1e-9);
    }
}
