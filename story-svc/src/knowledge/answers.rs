//! What the knowledge of a story answers.

use proto::tasks::fiction::ledger::{Entity, EntityKind, Key, PromiseStage, Scene, StoryTime};
use serde::Serialize;

/// Before a scene or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SceneMoment {
    /// When it begins: what whoever writes it has to know.
    Before,
    /// When it has ended.
    After,
}

/// What a character knows, holds and wears, and where it is, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CharacterState {
    pub who: Key,
    /// None when it was never seen before.
    pub whereabouts: Option<Whereabouts>,
    /// By item.
    pub holds: Vec<Possession>,
    pub wears: Vec<Possession>,
    /// The newest first.
    pub knows: Vec<KnownFact>,
    /// Facts about it that hold, the newest first.
    pub facts: Vec<HeldFact>,
    /// Whether it knows more, or more holds of it, than is said here.
    pub more: bool,
}

/// Where somebody was last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    /// None when the scene was nowhere in particular.
    pub place: Option<Key>,
    pub scene: Key,
    pub since: StoryTime,
    /// Until when the ledger has seen it there.
    pub until: StoryTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Possession {
    pub item: Key,
    pub scene: Key,
    pub since: StoryTime,
}

/// What a fact says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactStatement {
    pub subject: Key,
    pub predicate: String,
    /// An entity's key, or words.
    pub object: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownFact {
    pub fact: Key,
    /// None when no ledger says what the fact is, as after a rewrite.
    pub says: Option<FactStatement>,
    /// Where it was learned.
    pub scene: Key,
    pub since: StoryTime,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldFact {
    pub fact: Key,
    pub says: FactStatement,
    pub scene: Key,
    pub since: StoryTime,
}

/// A promise to the reader that is not paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenPromise {
    pub promise: Key,
    pub stage: PromiseStage,
    /// What was planted.
    pub text: String,
    pub planted_in: Key,
    /// The latest scene that did something about it.
    pub latest_in: Key,
    pub due_chapter: Option<u32>,
}

/// A scene that goes by a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependent {
    pub scene: Key,
    pub chapter: u32,
    pub number: u32,
    /// `effects`, `ends`, `learned`, `needs`, `relies_on`: sorted, each once.
    pub how: Vec<String>,
}

/// A fact, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactHistory {
    pub fact: Key,
    pub says: FactStatement,
    pub scene: Key,
    pub from: StoryTime,
    /// When it ended and by which scene's word; the earliest end counts.
    pub ended: Option<(StoryTime, Key)>,
}

/// All that a scene's writer needs: the scene, who and what is in it, and what holds when it begins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SceneContext {
    pub scene: Scene,
    /// Whoever and whatever its ledger names, by key.
    pub entities: Vec<Entity>,
    /// Of everybody present, in the ledger's order.
    pub people: Vec<CharacterState>,
    pub open_promises: Vec<OpenPromise>,
}

/// What was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchHit {
    pub key: Key,
    /// None for a fact.
    pub kind: Option<EntityKind>,
    /// A name, or what the fact says.
    pub text: String,
    pub scene: Option<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchResults {
    /// Entities first, then facts.
    pub hits: Vec<SearchHit>,
    pub more: bool,
}
