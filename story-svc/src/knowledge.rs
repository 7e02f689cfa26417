//! What stories know: characters, places, items, and the sum of their scenes' ledgers. Two engines behind one interface: tables
//! of the service's own database, and Neo4j. Never decides what a story tells.
//!
//! Nothing is asked without its story: [`Knowledge::story`] gives a handle on one, and an id of another story is unknown to it.

mod answers;
mod config;
#[cfg(test)]
mod conformance;
mod entries;
mod error;
mod neo4j;
mod query;
mod rules;
mod story_graph;
mod tables;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use kit::db::Db;
use proto::tasks::fiction::ledger::{Entity, EntityKind, Key, Scene};
use secrecy::ExposeSecret;
use serde::Deserialize;
use sqlx::FromRow;
use uuid::Uuid;

pub use self::answers::{
    CharacterState, Dependent, FactHistory, FactStatement, HeldFact, KnownFact, OpenPromise, Possession,
    SceneContext, SceneMoment, SearchHit, SearchResults, Whereabouts,
};
pub use self::config::KnowledgeConfig;
pub use self::entries::{Entry, EntryFilter, EntryKind, Moment, NewEntry};
pub use self::error::KnowledgeError;
use self::neo4j::Neo4j;
pub use self::query::{QueryAnswer, StoryQuery};
pub use self::story_graph::StoryGraph;
use self::tables::Tables;

/// Which story, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryScope {
    pub(crate) owner: Uuid,
    pub(crate) story: Uuid,
}

/// Which entities are wanted, in the order of their keys.
#[derive(Debug, Clone, Default)]
pub struct EntityFilter {
    pub(crate) keys: Option<Vec<String>>,
    pub(crate) kind: Option<EntityKind>,
    pub(crate) after: Option<String>,
    pub(crate) most: usize,
}

/// Where to go on in a list of scenes: they stand in the order of telling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScenePlace {
    pub chapter: u32,
    pub number: u32,
}

/// How much a story has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, FromRow)]
pub struct GraphSize {
    pub entities: i64,
    pub scenes: i64,
    pub entries: i64,
}

/// A line of the answer to what a character knows, holds and wears, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, FromRow)]
pub struct StateLine {
    /// 0 where, 1 what it has, 2 what it knows, 3 what holds of it.
    pub(crate) part: i64,
    pub(crate) scene: String,
    pub(crate) subject: Option<String>,
    pub(crate) object: Option<String>,
    pub(crate) about: Option<String>,
    /// None when what is known was never said.
    pub(crate) text: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) mode: Option<String>,
    pub(crate) at_time: i64,
    pub(crate) until_time: Option<i64>,
}

/// One engine. It keeps what it is given and finds it again; what fits is judged before. Every engine passes the suite in
/// `conformance`.
#[async_trait]
pub trait KnowledgeGraph: Send + Sync + 'static {
    /// Name for `/readyz` and logs.
    fn name(&self) -> &'static str;

    async fn check(&self) -> Result<(), KnowledgeError>;

    /// Keeps them, in place of those with the same keys.
    async fn put_entities(&self, of: StoryScope, entities: &[Entity]) -> Result<(), KnowledgeError>;

    async fn find_entities(
        &self,
        of: StoryScope,
        filter: &EntityFilter,
    ) -> Result<Vec<Entity>, KnowledgeError>;

    /// Keeps the scene with its lines in place of what it was before, all of it or nothing.
    async fn replace_scene(
        &self,
        of: StoryScope,
        scene: &Scene,
        lines: &[NewEntry],
    ) -> Result<(), KnowledgeError>;

    /// The scene goes with its lines. False when there is none.
    async fn remove_scene(&self, of: StoryScope, key: &Key) -> Result<bool, KnowledgeError>;

    async fn find_scene(&self, of: StoryScope, key: &Key) -> Result<Option<Scene>, KnowledgeError>;

    /// Scenes behind `after`, in the order of telling.
    async fn list_scenes(
        &self,
        of: StoryScope,
        after: ScenePlace,
        most: usize,
    ) -> Result<Vec<Scene>, KnowledgeError>;

    /// Lines in the order in which they happened.
    async fn find_entries(&self, of: StoryScope, filter: &EntryFilter) -> Result<Vec<Entry>, KnowledgeError>;

    /// What holds of a character at a moment, in one question; the newest `most` of what it knows and of what holds of it.
    async fn find_state(
        &self,
        of: StoryScope,
        who: &Key,
        at: &Moment,
        most: usize,
    ) -> Result<Vec<StateLine>, KnowledgeError>;

    /// Entities one of whose names has all the words, those whose name is `whole` or begins with it first.
    async fn search_entities(
        &self,
        of: StoryScope,
        words: &[String],
        whole: &str,
        most: usize,
    ) -> Result<Vec<Entity>, KnowledgeError>;

    /// Facts that have all the words, in the order in which they began.
    async fn search_facts(
        &self,
        of: StoryScope,
        words: &[String],
        most: usize,
    ) -> Result<Vec<Entry>, KnowledgeError>;

    async fn measure(&self, of: StoryScope) -> Result<GraphSize, KnowledgeError>;

    /// Deletes all that the story has. May be repeated.
    async fn delete_story(&self, of: StoryScope) -> Result<(), KnowledgeError>;
}

/// What all stories know, open. Cheap to clone.
#[derive(Clone)]
pub struct Knowledge(Arc<dyn KnowledgeGraph>);

impl fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Knowledge({})", self.0.name())
    }
}

impl Knowledge {
    /// Opens the configured engine. Once it is open, a Neo4j that goes away is waited for.
    ///
    /// # Errors
    /// The configured Neo4j can not be used as it is; the words are for the operator.
    pub async fn open(config: &KnowledgeConfig, db: &Db) -> Result<Self, KnowledgeError> {
        match config.uri.as_str() {
            "" => Ok(Self::in_tables(db)),
            uri => {
                let opened = Neo4j::open(uri, &config.user, config.password.expose_secret()).await?;
                Ok(Self(Arc::new(opened)))
            }
        }
    }

    /// In tables of the service's own database.
    #[must_use]
    pub fn in_tables(db: &Db) -> Self {
        Self(Arc::new(Tables::new(db.clone())))
    }

    #[must_use]
    pub fn engine(&self) -> &'static str {
        self.0.name()
    }

    /// Succeeds while the engine answers.
    ///
    /// # Errors
    /// The engine's.
    pub async fn check(&self) -> Result<(), KnowledgeError> {
        self.0.check().await
    }

    /// The knowledge of one story, which its owner alone may see.
    #[must_use]
    pub fn story(&self, owner: Uuid, story: Uuid) -> StoryGraph {
        StoryGraph::new(Arc::clone(&self.0), StoryScope { owner, story })
    }
}
