//! Knowledge in tables of the service's own database, one SQL text for SQLite and PostgreSQL. Everything runs in the scope of
//! the story's owner, so on PostgreSQL row-level security holds whatever a statement says.

mod entries;

use async_trait::async_trait;
use kit::db::{Db, ScopedDb};
use kit::{on, on_tx, on_write};
use proto::tasks::fiction::ledger::{Entity, Key, Scene};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use super::entries::{EntryFilter, Moment, NewEntry, fold};
use super::{
    EntityFilter, Entry, GraphSize, KnowledgeError, KnowledgeGraph, ScenePlace, StateLine, StoryScope,
};

pub(super) struct Tables {
    db: Db,
}

impl Tables {
    pub(super) const fn new(db: Db) -> Self {
        Self { db }
    }

    fn scoped(&self, of: StoryScope) -> ScopedDb {
        self.db.user(of.owner)
    }

    /// The subquery of the texts in the JSON array bound at `$at`. The engines differ here only.
    fn texts(&self, at: usize) -> String {
        match self.db {
            Db::Sqlite(_) => format!("(SELECT value FROM json_each(${at}))"),
            Db::Postgres(_) => format!("(SELECT jsonb_array_elements_text(${at}::jsonb))"),
        }
    }

    /// Rows of the JSON array of objects bound at `$at`; `columns` are names and whether each is a number.
    fn rows(&self, at: usize, columns: &[(&str, bool)]) -> String {
        match self.db {
            Db::Sqlite(_) => {
                let columns: Vec<_> = columns
                    .iter()
                    .map(|(name, _)| format!("value ->> '{name}' AS {name}"))
                    .collect();
                format!("(SELECT {} FROM json_each(${at}))", columns.join(", "))
            }
            Db::Postgres(_) => {
                let columns: Vec<_> = columns
                    .iter()
                    .map(|(name, number)| format!("{name} {}", if *number { "BIGINT" } else { "TEXT" }))
                    .collect();
                format!(
                    "(SELECT * FROM jsonb_to_recordset(${at}::jsonb) AS given({}))",
                    columns.join(", ")
                )
            }
        }
    }
}

fn read<T: DeserializeOwned>(what: &'static str, bodies: &[String]) -> Result<Vec<T>, KnowledgeError> {
    let read = |body: &String| serde_json::from_str(body);
    let read: Result<Vec<T>, _> = bodies.iter().map(read).collect();

    read.map_err(|error| KnowledgeError::unreadable(what, error))
}

/// What `LIKE` takes for any text that has this word in it.
fn containing(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for char in word.chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push('%');

    pattern
}

/// An entity as its row.
fn entity_row(entity: &Entity) -> Value {
    let names: Vec<_> = [entity.key.as_str(), &entity.name]
        .into_iter()
        .chain(entity.aliases.iter().map(String::as_str))
        .collect();

    json!({
        "key": entity.key,
        "kind": entity.kind,
        "folded_name": fold(&entity.name),
        "folded": fold(&names.join("\n")),
        "body": json!(entity).to_string(),
    })
}

#[async_trait]
impl KnowledgeGraph for Tables {
    fn name(&self) -> &'static str {
        self.db.engine()
    }

    async fn check(&self) -> Result<(), KnowledgeError> {
        Ok(self.db.check().await?)
    }

    async fn put_entities(&self, of: StoryScope, entities: &[Entity]) -> Result<(), KnowledgeError> {
        let given = Value::Array(entities.iter().map(entity_row).collect()).to_string();
        let columns = ["key", "kind", "folded_name", "folded", "body"].map(|name| (name, false));
        // SQLite takes `ON CONFLICT` behind a SELECT only when that has a WHERE.
        let sql = format!(
            "INSERT INTO knowledge_entities (story_id, owner_id, key, kind, folded_name, folded, body) \
             SELECT $1, $2, g.key, g.kind, g.folded_name, g.folded, g.body FROM {} g WHERE TRUE \
             ON CONFLICT (story_id, key) DO UPDATE SET kind = excluded.kind, folded_name = excluded.folded_name, \
             folded = excluded.folded, body = excluded.body",
            self.rows(3, &columns)
        );

        on_write!(self.scoped(of), c => sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(of.story)
            .bind(of.owner)
            .bind(&given)
            .execute(c)
            .await
            .map(drop))
        .map_err(kit::db::DbError::from)?;

        Ok(())
    }

    async fn find_entities(
        &self,
        of: StoryScope,
        filter: &EntityFilter,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let keys = filter.keys.as_ref().map(|keys| json!(keys).to_string());
        let sql = format!(
            "SELECT body FROM knowledge_entities WHERE story_id = $1 AND ($2 IS NULL OR kind = $2) \
             AND key > $3 {} ORDER BY key LIMIT $4",
            match keys {
                Some(_) => format!("AND key IN {}", self.texts(5)),
                None => "AND $5 = ''".to_owned(),
            }
        );

        let bodies: Vec<String> = on!(self.scoped(of), c => sqlx::query_scalar(AssertSqlSafe(sql.clone()))
            .bind(of.story)
            .bind(filter.kind.map(|kind| kind.as_str()))
            .bind(filter.after.as_deref().unwrap_or_default())
            .bind(count(filter.most))
            .bind(keys.as_deref().unwrap_or_default())
            .fetch_all(c)
            .await)
        .map_err(kit::db::DbError::from)?;

        read("entity", &bodies)
    }

    async fn replace_scene(
        &self,
        of: StoryScope,
        scene: &Scene,
        lines: &[NewEntry],
    ) -> Result<(), KnowledgeError> {
        let mut tx = self.scoped(of).begin_write().await?;
        let sql = "INSERT INTO knowledge_scenes (story_id, key, owner_id, chapter, number, body) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (story_id, key) DO UPDATE \
                   SET chapter = excluded.chapter, number = excluded.number, body = excluded.body";
        let body = json!(scene).to_string();
        on_tx!(&mut tx, c => sqlx::query(sql)
            .bind(of.story)
            .bind(scene.key.as_str())
            .bind(of.owner)
            .bind(i64::from(scene.chapter))
            .bind(i64::from(scene.number))
            .bind(&body)
            .execute(c)
            .await
            .map(drop))
        .map_err(kit::db::DbError::from)?;

        entries::replace(self, &mut tx, of, &scene.key, lines)
            .await
            .map_err(entries::explain)?;
        tx.commit().await?;

        Ok(())
    }

    async fn remove_scene(&self, of: StoryScope, key: &Key) -> Result<bool, KnowledgeError> {
        let mut tx = self.scoped(of).begin_write().await?;
        entries::replace(self, &mut tx, of, key, &[]).await?;
        let sql = "DELETE FROM knowledge_scenes WHERE story_id = $1 AND key = $2";
        let removed = on_tx!(&mut tx, c => sqlx::query(sql)
            .bind(of.story)
            .bind(key.as_str())
            .execute(c)
            .await
            .map(|done| done.rows_affected()))
        .map_err(kit::db::DbError::from)?;
        tx.commit().await?;

        Ok(removed > 0)
    }

    async fn find_scene(&self, of: StoryScope, key: &Key) -> Result<Option<Scene>, KnowledgeError> {
        let sql = "SELECT body FROM knowledge_scenes WHERE story_id = $1 AND key = $2";
        let bodies: Vec<String> = on!(self.scoped(of), c => sqlx::query_scalar(sql)
            .bind(of.story)
            .bind(key.as_str())
            .fetch_all(c)
            .await)
        .map_err(kit::db::DbError::from)?;

        Ok(read("scene", &bodies)?.pop())
    }

    async fn list_scenes(
        &self,
        of: StoryScope,
        after: ScenePlace,
        most: usize,
    ) -> Result<Vec<Scene>, KnowledgeError> {
        let sql = "SELECT body FROM knowledge_scenes WHERE story_id = $1 AND (chapter, number) > ($2, $3) \
                   ORDER BY chapter, number, key LIMIT $4";
        let bodies: Vec<String> = on!(self.scoped(of), c => sqlx::query_scalar(sql)
            .bind(of.story)
            .bind(i64::from(after.chapter))
            .bind(i64::from(after.number))
            .bind(count(most))
            .fetch_all(c)
            .await)
        .map_err(kit::db::DbError::from)?;

        read("scene", &bodies)
    }

    async fn find_entries(&self, of: StoryScope, filter: &EntryFilter) -> Result<Vec<Entry>, KnowledgeError> {
        entries::find(self, of, filter).await
    }

    async fn find_state(
        &self,
        of: StoryScope,
        who: &Key,
        at: &Moment,
        most: usize,
    ) -> Result<Vec<StateLine>, KnowledgeError> {
        entries::find_state(self, of, who, at, most).await
    }

    async fn search_entities(
        &self,
        of: StoryScope,
        words: &[String],
        whole: &str,
        most: usize,
    ) -> Result<Vec<Entity>, KnowledgeError> {
        let has: Vec<_> = (0..words.len())
            .map(|word| format!("AND folded LIKE ${} ESCAPE '\\'", word + 5))
            .collect();
        let sql = format!(
            "SELECT body FROM knowledge_entities WHERE story_id = $1 {} ORDER BY CASE WHEN folded_name = $2 THEN 0 \
             WHEN folded_name LIKE $3 ESCAPE '\\' THEN 1 ELSE 2 END, key LIMIT $4",
            has.join(" ")
        );
        // `%word%` without its beginning.
        let begins = containing(whole).split_off(1);

        let bodies: Vec<String> = on!(self.scoped(of), c => {
            let mut query = sqlx::query_scalar(AssertSqlSafe(sql.clone()))
                .bind(of.story)
                .bind(whole)
                .bind(&begins)
                .bind(count(most));
            for word in words {
                query = query.bind(containing(word));
            }
            query.fetch_all(c).await
        })
        .map_err(kit::db::DbError::from)?;

        read("entity", &bodies)
    }

    async fn search_facts(
        &self,
        of: StoryScope,
        words: &[String],
        most: usize,
    ) -> Result<Vec<Entry>, KnowledgeError> {
        entries::search_facts(self, of, words, most).await
    }

    async fn measure(&self, of: StoryScope) -> Result<GraphSize, KnowledgeError> {
        let sql = "SELECT (SELECT COUNT(*) FROM knowledge_entities WHERE story_id = $1) AS entities, \
                   (SELECT COUNT(*) FROM knowledge_scenes WHERE story_id = $1) AS scenes, \
                   (SELECT COUNT(*) FROM knowledge_entries WHERE story_id = $1) AS entries";
        let size: GraphSize =
            on!(self.scoped(of), c => sqlx::query_as(sql).bind(of.story).fetch_one(c).await)
                .map_err(kit::db::DbError::from)?;

        Ok(size)
    }

    async fn delete_story(&self, of: StoryScope) -> Result<(), KnowledgeError> {
        let mut tx = self.scoped(of).begin_write().await?;
        for table in ["knowledge_entries", "knowledge_scenes", "knowledge_entities"] {
            let sql = format!("DELETE FROM {table} WHERE story_id = $1");
            on_tx!(&mut tx, c => sqlx::query(AssertSqlSafe(sql.clone())).bind(of.story).execute(c).await.map(drop))
                .map_err(kit::db::DbError::from)?;
        }
        tx.commit().await?;

        Ok(())
    }
}

fn count(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}
