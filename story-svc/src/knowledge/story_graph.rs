//! The knowledge of one story, typed. The story is a part of the handle: nothing that is given here can reach another one.

mod ask;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proto::tasks::fiction::ledger::{Entity, EntityKind, Key, Scene};

use super::entries::{EntryFilter, EntryKind, list_entries};
use super::{EntityFilter, GraphSize, KnowledgeError, KnowledgeGraph, ScenePlace, StoryScope, rules};

/// Most of what one call lists.
const MOST: usize = 1_000;

/// A handle on what one story knows.
#[derive(Clone)]
pub struct StoryGraph {
    graph: Arc<dyn KnowledgeGraph>,
    of: StoryScope,
}

impl StoryGraph {
    pub(super) fn new(graph: Arc<dyn KnowledgeGraph>, of: StoryScope) -> Self {
        Self { graph, of }
    }

    async fn timed<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, KnowledgeError>>,
    ) -> Result<T, KnowledgeError> {
        let began = tokio::time::Instant::now();
        let outcome = call.await;
        let result = if outcome.is_ok() { "ok" } else { "error" };
        let engine = self.graph.name();
        metrics::histogram!("saga_knowledge_call_seconds", "operation" => operation, "engine" => engine, "result" => result)
            .record(began.elapsed().as_secs_f64());

        outcome
    }

    /// Keeps characters, places and items, in place of those with the same keys.
    ///
    /// # Errors
    /// `Invalid` for what does not fit, `Full`, and the engine's.
    pub async fn put_entities(&self, entities: &[Entity]) -> Result<(), KnowledgeError> {
        rules::check_entities(entities)?;
        if entities.is_empty() {
            return Ok(());
        }

        let size = self.graph.measure(self.of).await?;
        let after = size.entities.unsigned_abs() + entities.len() as u64;
        if after > rules::ENTITIES_MAX {
            let most = rules::ENTITIES_MAX;
            return Err(KnowledgeError::Full {
                what: "entities",
                most,
            });
        }

        self.timed("put_entities", self.graph.put_entities(self.of, entities))
            .await
    }

    /// By key.
    ///
    /// # Errors
    /// The engine's.
    pub async fn find_entity(&self, key: &Key) -> Result<Option<Entity>, KnowledgeError> {
        Ok(self.find_entities([key]).await?.pop())
    }

    /// Those of the keys that there are, in the order of their keys.
    async fn find_entities(
        &self,
        keys: impl IntoIterator<Item = &Key>,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let keys: BTreeSet<_> = keys.into_iter().map(Key::to_string).collect();
        let filter = EntityFilter {
            most: keys.len(),
            keys: Some(keys.into_iter().collect()),
            ..EntityFilter::default()
        };

        self.timed("find_entities", self.graph.find_entities(self.of, &filter))
            .await
    }

    /// In the order of their keys, behind `after`; at most a thousand.
    ///
    /// # Errors
    /// The engine's.
    pub async fn list_entities(
        &self,
        kind: Option<EntityKind>,
        after: Option<&Key>,
        most: usize,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let filter = EntityFilter {
            keys: None,
            kind,
            after: after.map(Key::to_string),
            most: most.min(MOST),
        };

        self.timed("list_entities", self.graph.find_entities(self.of, &filter))
            .await
    }

    /// Keeps a scene's ledger, in place of what it was. What other scenes say stays: a fact that this one asserted and does not
    /// assert any more is known to them still, with nobody to say what it was.
    ///
    /// # Errors
    /// `Invalid` for what does not fit or names what is not there, `Full`, and the engine's.
    pub async fn replace_scene(&self, scene: &Scene) -> Result<(), KnowledgeError> {
        let lines = list_entries(scene);
        rules::check_scene(scene, lines.len())?;

        let named = rules::list_references(scene);
        let known = self.find_entities(named.iter().map(|(_, key, _)| *key)).await?;
        let known: BTreeMap<_, _> = known.into_iter().map(|one| (one.key, one.kind)).collect();
        rules::check_references(scene, &known)?;

        self.check_against_others(scene).await?;
        self.check_room(lines.len()).await?;

        let replaced = self.graph.replace_scene(self.of, scene, &lines);
        self.timed("replace_scene", replaced).await
    }

    /// No other scene stands there, and none asserts the same facts.
    async fn check_against_others(&self, scene: &Scene) -> Result<(), KnowledgeError> {
        let before = ScenePlace {
            chapter: scene.chapter,
            number: scene.number - 1,
        };
        let there = self.graph.list_scenes(self.of, before, 1).await?;
        let taken = there
            .iter()
            .any(|one| (one.chapter, one.number) == (scene.chapter, scene.number) && one.key != scene.key);
        if taken {
            let expected = "a place in the chapter that no other scene has";
            return Err(KnowledgeError::invalid("number", expected));
        }

        let facts: Vec<_> = scene
            .ledger
            .facts
            .iter()
            .map(|fact| fact.key.to_string())
            .collect();
        if facts.is_empty() {
            return Ok(());
        }
        let asserted = EntryFilter {
            kinds: vec![EntryKind::Fact],
            abouts: Some(facts),
            most: rules::LINES_MAX,
            ..EntryFilter::default()
        };

        let asserted = self.graph.find_entries(self.of, &asserted).await?;
        match asserted.iter().find(|one| one.scene != scene.key.as_str()) {
            None => Ok(()),
            Some(other) => {
                let is_it = |key: &Key| other.about.as_deref() == Some(key.as_str());
                let at = scene.ledger.facts.iter().position(|fact| is_it(&fact.key));
                Err(KnowledgeError::invalid(
                    format!("ledger.facts[{}].key", at.unwrap_or_default()),
                    format!(
                        "a key that no other scene asserts; {} has it, and a fact is ended, never overwritten",
                        other.scene
                    ),
                ))
            }
        }
    }

    async fn check_room(&self, lines: usize) -> Result<(), KnowledgeError> {
        let size = self.graph.measure(self.of).await?;
        let scenes = size.scenes.unsigned_abs() + 1;
        let entries = size.entries.unsigned_abs() + lines as u64;

        for (what, wanted, most) in [
            ("scenes", scenes, rules::SCENES_MAX),
            ("lines of ledgers", entries, rules::ENTRIES_MAX),
        ] {
            if wanted > most {
                return Err(KnowledgeError::Full { what, most });
            }
        }

        Ok(())
    }

    /// The scene goes, and what it changed is undone. False when there is none.
    ///
    /// # Errors
    /// The engine's.
    pub async fn remove_scene(&self, key: &Key) -> Result<bool, KnowledgeError> {
        self.timed("remove_scene", self.graph.remove_scene(self.of, key))
            .await
    }

    /// The scene as it was written.
    ///
    /// # Errors
    /// `SceneNotFound`, and the engine's.
    pub async fn get_scene(&self, key: &Key) -> Result<Scene, KnowledgeError> {
        let found = self
            .timed("get_scene", self.graph.find_scene(self.of, key))
            .await?;
        found.ok_or_else(|| KnowledgeError::SceneNotFound { key: key.to_string() })
    }

    /// In the order of telling, behind `after`; at most a thousand.
    ///
    /// # Errors
    /// The engine's.
    pub async fn list_scenes(&self, after: ScenePlace, most: usize) -> Result<Vec<Scene>, KnowledgeError> {
        let listed = self.graph.list_scenes(self.of, after, most.min(MOST));
        self.timed("list_scenes", listed).await
    }

    /// # Errors
    /// The engine's.
    pub async fn measure(&self) -> Result<GraphSize, KnowledgeError> {
        self.graph.measure(self.of).await
    }

    /// Deletes all that the story knows. May be repeated, and goes on where it was cut off.
    ///
    /// # Errors
    /// The engine's.
    pub async fn delete(&self) -> Result<(), KnowledgeError> {
        self.timed("delete", self.graph.delete_story(self.of)).await
    }
}
