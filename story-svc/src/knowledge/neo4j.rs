//! Knowledge in Neo4j, 5 or newer, over Bolt. Every node and every edge carries its story and, but for entities, its scene; every
//! statement names the story, and values go in as parameters only: none is ever a part of a statement.
//!
//! Labels begin with `Saga`, so that the database may be shared. Connections are pooled and made again by the driver; whoever
//! asks while Neo4j is away is told so after seconds.

mod link;
mod values;

use async_trait::async_trait;
use neo4rs::{Query, query};
use proto::tasks::fiction::ledger::{Entity, Key, Scene};
use serde_json::json;

use self::link::Link;
use self::values::{count, entity_value, line_value, read_bodies};
use super::entries::{EntryFilter, Moment, NewEntry};
use super::{
    EntityFilter, Entry, GraphSize, KnowledgeError, KnowledgeGraph, ScenePlace, StateLine, StoryScope,
};

/// Nodes deleted in one transaction: one that deletes a whole story could outgrow the server's memory.
const DELETE_BATCH: i64 = 5_000;

/// What a line is read by.
const LINE: &str = "e.scene AS scene, e.ordinal AS ordinal, e.kind AS kind, e.subject AS subject, e.object AS object, e.about AS about, \
                    e.text AS text, e.value AS value, e.mode AS mode, e.due_chapter AS due_chapter, \
                    e.at_time AS at_time, e.until_time AS until_time, e.position AS position";

pub(super) struct Neo4j {
    link: Link,
}

impl Neo4j {
    /// Connects, and makes the constraints and indexes that are missing.
    pub(super) async fn open(uri: &str, user: &str, password: &str) -> Result<Self, KnowledgeError> {
        let link = Link::open(uri, user, password).await?;
        link.prepare().await?;

        Ok(Self { link })
    }
}

/// A statement about one story.
fn about(of: StoryScope, statement: &str) -> Query {
    query(statement).param("story", of.story.to_string())
}

#[async_trait]
impl KnowledgeGraph for Neo4j {
    fn name(&self) -> &'static str {
        "neo4j"
    }

    async fn check(&self) -> Result<(), KnowledgeError> {
        self.link.check().await
    }

    async fn put_entities(&self, of: StoryScope, entities: &[Entity]) -> Result<(), KnowledgeError> {
        let given: Vec<_> = entities.iter().map(entity_value).collect();
        let put = "UNWIND $given AS g MERGE (n:SagaEntity {story_id: $story, key: g.key}) SET n += g";

        self.link.write(vec![about(of, put).param("given", given)]).await
    }

    async fn find_entities(
        &self,
        of: StoryScope,
        filter: &EntityFilter,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let find = "MATCH (n:SagaEntity {story_id: $story}) \
                    WHERE ($keys IS NULL OR n.key IN $keys) AND ($kind IS NULL OR n.kind = $kind) AND n.key > $after \
                    RETURN n.body AS body ORDER BY n.key LIMIT $most";
        let find = about(of, find)
            .param("keys", filter.keys.clone())
            .param("kind", filter.kind.map(|kind| kind.as_str().to_owned()))
            .param("after", filter.after.clone().unwrap_or_default())
            .param("most", count(filter.most));

        read_bodies("entity", &self.link.read(find).await?)
    }

    async fn replace_scene(
        &self,
        of: StoryScope,
        scene: &Scene,
        lines: &[NewEntry],
    ) -> Result<(), KnowledgeError> {
        let key = scene.key.to_string();
        let given: Vec<_> = lines.iter().map(line_value).collect();
        let statement = |text: &str| about(of, text).param("scene", key.clone());

        let put = statement(
            "MERGE (s:SagaScene {story_id: $story, key: $scene}) \
             SET s.chapter = $chapter, s.number = $number, s.title = $title, s.body = $body",
        )
        .param("chapter", i64::from(scene.chapter))
        .param("number", i64::from(scene.number))
        .param("title", scene.title.clone())
        .param("body", json!(scene).to_string());
        let write = statement(
            "MATCH (s:SagaScene {story_id: $story, key: $scene}) UNWIND $given AS g \
             CREATE (s)-[:RECORDS {story_id: $story, scene: $scene}]->(e:SagaEntry {story_id: $story}) SET e += g",
        )
        .param("given", given);

        self.link
            .write(vec![
                statement("MATCH (e:SagaEntry {story_id: $story, scene: $scene}) DETACH DELETE e"),
                put,
                write,
                statement(
                    "MATCH (e:SagaEntry {story_id: $story, scene: $scene}) \
                     MATCH (n:SagaEntity {story_id: $story, key: e.subject}) \
                     CREATE (e)-[:SUBJECT {story_id: $story, scene: $scene}]->(n)",
                ),
                statement(
                    "MATCH (e:SagaEntry {story_id: $story, scene: $scene}) \
                     MATCH (n:SagaEntity {story_id: $story, key: e.object}) \
                     CREATE (e)-[:OBJECT {story_id: $story, scene: $scene}]->(n)",
                ),
            ])
            .await
    }

    async fn remove_scene(&self, of: StoryScope, key: &Key) -> Result<bool, KnowledgeError> {
        if self.find_scene(of, key).await?.is_none() {
            return Ok(false);
        }

        let statement = |text: &str| about(of, text).param("scene", key.to_string());
        self.link
            .write(vec![
                statement("MATCH (e:SagaEntry {story_id: $story, scene: $scene}) DETACH DELETE e"),
                statement("MATCH (s:SagaScene {story_id: $story, key: $scene}) DETACH DELETE s"),
            ])
            .await?;

        Ok(true)
    }

    async fn find_scene(&self, of: StoryScope, key: &Key) -> Result<Option<Scene>, KnowledgeError> {
        let find = "MATCH (s:SagaScene {story_id: $story, key: $scene}) RETURN s.body AS body";
        let find = about(of, find).param("scene", key.to_string());

        Ok(read_bodies("scene", &self.link.read(find).await?)?.pop())
    }

    async fn list_scenes(
        &self,
        of: StoryScope,
        after: ScenePlace,
        most: usize,
    ) -> Result<Vec<Scene>, KnowledgeError> {
        let list = "MATCH (s:SagaScene {story_id: $story}) \
                    WHERE s.key > '' AND (s.chapter > $chapter OR (s.chapter = $chapter AND s.number > $number)) \
                    RETURN s.body AS body ORDER BY s.chapter, s.number, s.key LIMIT $most";
        let list = about(of, list)
            .param("chapter", i64::from(after.chapter))
            .param("number", i64::from(after.number))
            .param("most", count(most));

        read_bodies("scene", &self.link.read(list).await?)
    }

    async fn find_entries(&self, of: StoryScope, filter: &EntryFilter) -> Result<Vec<Entry>, KnowledgeError> {
        let kinds: Vec<_> = filter.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
        let lists = [
            ("kind", (!kinds.is_empty()).then_some(&kinds)),
            ("subject", filter.subjects.as_ref()),
            ("object", filter.objects.as_ref()),
            ("about", filter.abouts.as_ref()),
            ("scene", filter.scenes.as_ref()),
            ("text", filter.texts.as_ref()),
            ("value", filter.values.as_ref()),
            ("mode", filter.modes.as_ref()),
        ];
        let given = || {
            lists
                .iter()
                .filter_map(|(column, list)| Some((*column, (*list)?)))
        };

        let mut find = "MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.position > ''".to_owned();
        for (column, _) in given() {
            find += &format!(" AND e.{column} IN ${column}");
        }
        if filter.before.is_some() {
            find += " AND e.position < $before";
        }
        find += &format!(" RETURN {LINE} ORDER BY e.position LIMIT $most");

        let mut find = about(of, &find).param("most", count(filter.most));
        for (column, list) in given() {
            find = find.param(column, list.clone());
        }
        if let Some(Moment(before)) = &filter.before {
            find = find.param("before", before.clone());
        }

        self.link.read(find).await
    }

    async fn find_state(
        &self,
        of: StoryScope,
        who: &Key,
        at: &Moment,
        most: usize,
    ) -> Result<Vec<StateLine>, KnowledgeError> {
        let part = |part: u8, of: &str| {
            format!(
                "{part} AS part, e.scene AS scene, {of}.subject AS subject, {of}.object AS object, e.about AS about, \
                 {of}.text AS text, {of}.value AS value, e.mode AS mode, e.at_time AS at_time, \
                 e.until_time AS until_time, e.position AS position ORDER BY position DESC"
            )
        };
        let find = format!(
            "MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.kind = 'present' AND e.subject = $who \
               AND e.position < $before RETURN {} LIMIT 1 \
             UNION ALL MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.kind = 'move' AND e.object = $who \
               AND e.position < $before AND NOT EXISTS {{ MATCH (l:SagaEntry) WHERE l.story_id = $story \
                 AND l.kind = 'move' AND l.subject = e.subject AND l.position > e.position AND l.position < $before }} \
               RETURN {} LIMIT $most \
             UNION ALL MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.kind = 'learned' AND e.subject = $who \
               AND e.position < $before WITH e ORDER BY e.position DESC LIMIT $most \
               OPTIONAL MATCH (f:SagaEntry {{story_id: $story, kind: 'fact', about: e.about}}) RETURN {} \
             UNION ALL MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.kind = 'fact' AND e.subject = $who \
               AND e.position < $before AND NOT EXISTS {{ MATCH (x:SagaEntry) WHERE x.story_id = $story \
                 AND x.kind = 'end' AND x.about = e.about AND x.position < $before }} \
               RETURN {} LIMIT $most",
            part(0, "e"),
            part(1, "e"),
            part(2, "f"),
            part(3, "e"),
        );
        let find = about(of, &find)
            .param("who", who.to_string())
            .param("before", at.0.clone())
            .param("most", count(most));

        self.link.read(find).await
    }

    async fn search_entities(
        &self,
        of: StoryScope,
        words: &[String],
        whole: &str,
        most: usize,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let find = "MATCH (n:SagaEntity {story_id: $story}) \
                    WHERE n.key > '' AND all(word IN $words WHERE n.folded CONTAINS word) \
                    RETURN n.body AS body ORDER BY CASE WHEN n.folded_name = $whole THEN 0 \
                    WHEN n.folded_name STARTS WITH $whole THEN 1 ELSE 2 END, n.key LIMIT $most";
        let find = about(of, find)
            .param("words", words.to_vec())
            .param("whole", whole)
            .param("most", count(most));

        read_bodies("entity", &self.link.read(find).await?)
    }

    async fn search_facts(
        &self,
        of: StoryScope,
        words: &[String],
        most: usize,
    ) -> Result<Vec<Entry>, KnowledgeError> {
        let find = format!(
            "MATCH (e:SagaEntry) WHERE e.story_id = $story AND e.kind = 'fact' AND e.about > '' \
             AND all(word IN $words WHERE e.folded CONTAINS word) RETURN {LINE} ORDER BY e.position LIMIT $most"
        );
        let find = about(of, &find)
            .param("words", words.to_vec())
            .param("most", count(most));

        self.link.read(find).await
    }

    async fn measure(&self, of: StoryScope) -> Result<GraphSize, KnowledgeError> {
        let size = "RETURN COUNT { MATCH (n:SagaEntity {story_id: $story}) WHERE n.key > '' } AS entities, \
                    COUNT { MATCH (n:SagaScene {story_id: $story}) WHERE n.key > '' } AS scenes, \
                    COUNT { MATCH (:SagaEntry {story_id: $story}) } AS entries";

        let sizes = self.link.read(about(of, size)).await?;
        Ok(sizes.first().copied().unwrap_or_default())
    }

    /// In batches: one that was cut off is gone on with when this is called again.
    async fn delete_story(&self, of: StoryScope) -> Result<(), KnowledgeError> {
        for (label, property) in [
            ("SagaEntry", "scene"),
            ("SagaScene", "key"),
            ("SagaEntity", "key"),
        ] {
            let found = format!("MATCH (n:{label} {{story_id: $story}}) WHERE n.{property} > ''");
            let delete = format!("{found} WITH n LIMIT {DELETE_BATCH} DETACH DELETE n");
            let left = format!("{found} RETURN n.story_id AS body LIMIT 1");

            loop {
                self.link.write(vec![about(of, &delete)]).await?;
                let left: Vec<values::Body> = self.link.read(about(of, &left)).await?;
                if left.is_empty() {
                    break;
                }
            }
        }

        Ok(())
    }
}
