//! A scene's ledger: what the scene changed, beside its prose. The knowledge of a story is the sum of its ledgers. Nothing is
//! overwritten: a fact is ended by the scene that ends it, and holds again when that scene is rewritten without its end.
//!
//! Only shapes and names; what fits is checked by whoever keeps ledgers.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Minutes of the story's own time. 0 is when the story begins, what is earlier is negative.
pub type StoryTime = i64;

/// The name of one thing within its story, for machines: `mira-voss`. Another story may have the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Key(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9._-]{0,63}$"))] String);

impl Key {
    /// What a key has to be, in words for whoever sent one.
    pub const EXPECTED: &str = "1 to 64 of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or a digit";
    const LENGTH_MAX: usize = 64;

    /// `None` for what is no key.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut bytes = text.bytes();
        let begins = bytes.next().is_some_and(plain);
        let fits = text.len() <= Self::LENGTH_MAX
            && bytes.all(|byte| plain(byte) || matches!(byte, b'-' | b'_' | b'.'));

        (begins && fits).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAKey;

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", Key::EXPECTED)
    }
}

impl std::error::Error for NotAKey {}

impl TryFrom<String> for Key {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        Self::parse(&text).ok_or(NotAKey)
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

/// What the story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    Character,
    Place,
    Item,
}

impl EntityKind {
    pub const ALL: [Self; 3] = [Self::Character, Self::Place, Self::Item];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Place => "place",
            Self::Item => "item",
        }
    }
}

/// A character, a place or an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Entity {
    pub key: Key,
    pub kind: EntityKind,
    /// As the prose says it.
    pub name: String,
    /// Other names in the prose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// What else is to be remembered: looks, traits, age.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
    /// The scene that brought it in; none for what the story began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Key>,
}

/// A scene, its place among the others, and its ledger. The prose is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Scene {
    pub key: Key,
    /// From 1.
    pub chapter: u32,
    /// Within its chapter, from 1.
    pub number: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Key>,
    /// When in story time it happens. A scene that is told later may happen earlier.
    pub from: StoryTime,
    pub until: StoryTime,
    #[serde(default)]
    pub ledger: Ledger,
}

/// What a scene changed, and what it relies on. What has no time of its own happens when the scene begins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Ledger {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<Presence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moves: Vec<ItemMove>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub learned: Vec<Learning>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<PromiseStep>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<LedgerFact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<FactEnd>,
    /// Facts that the prose relies on without changing them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relies_on: Vec<Key>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<LedgerAction>,
}

/// Somebody is there. Without times: throughout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Presence {
    pub who: Key,
    /// Where, if not at the scene's own place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StoryTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<StoryTime>,
}

/// What becomes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveMode {
    /// A character holds or carries it.
    Held,
    /// A character wears it.
    Worn,
    /// It lies at a place.
    Left,
    /// It is nowhere any more: lost, eaten, burnt.
    Gone,
}

impl MoveMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Worn => "worn",
            Self::Left => "left",
            Self::Gone => "gone",
        }
    }
}

/// An item changes hands or place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemMove {
    pub item: Key,
    pub mode: MoveMode,
    /// Who has it then, or where it lies; none when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Key>,
    /// Who gave it away or took it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StoryTime>,
}

/// Somebody gets to know a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Learning {
    pub who: Key,
    pub fact: Key,
    /// Who told it; none when it was seen or found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StoryTime>,
}

/// How far a promise to the reader has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseStage {
    Planted,
    Progressed,
    Paid,
}

impl PromiseStage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planted => "planted",
            Self::Progressed => "progressed",
            Self::Paid => "paid",
        }
    }
}

/// One step of something that the reader is made to expect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PromiseStep {
    /// The same in all steps of one promise.
    pub promise: Key,
    pub stage: PromiseStage,
    /// What is promised, or what is done about it.
    pub text: String,
    /// Who is bound by it, if anybody of the story is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Key>,
    /// The chapter by whose end it is to be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_chapter: Option<u32>,
}

/// Something that holds in the story's world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LedgerFact {
    pub key: Key,
    pub subject: Key,
    /// `lives in`, `is afraid of`.
    pub predicate: String,
    pub object: FactObject,
    /// From when it holds, if not from the scene's beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StoryTime>,
    /// When it ends, if that is known already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<StoryTime>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FactObject {
    /// A character, a place or an item.
    Entity(Key),
    /// Anything else, in words.
    Text(String),
}

/// A fact holds no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FactEnd {
    pub fact: Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StoryTime>,
}

/// Whether a fact holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Condition {
    pub fact: Key,
    pub holds: bool,
}

/// Somebody does something that needs and changes facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LedgerAction {
    pub who: Key,
    /// `opens the cellar door`.
    pub deed: String,
    /// Characters and items that take part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Key>,
    /// What has to be so before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Condition>,
    /// What is so afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Condition>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<StoryTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_short_plain_word() {
        for fits in ["m", "mira-voss", "7", "a.b_c", &"k".repeat(64)] {
            assert_eq!(Key::parse(fits).unwrap().as_str(), fits);
        }
        for wrong in ["", "-a", "Mira", "a b", "a'b", "é", "a\0", &"k".repeat(65)] {
            assert!(Key::parse(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_ledger_is_read_back_as_it_was_written_and_says_only_what_it_has() {
        let json = serde_json::json!({
            "key": "s1", "chapter": 1, "number": 1, "from": -60, "until": 30,
            "ledger": {
                "present": [{"who": "mira"}],
                "facts": [{"key": "f1", "subject": "mira", "predicate": "fears", "object": {"text": "water"}}],
            },
        });
        let scene: Scene = serde_json::from_value(json.clone()).unwrap();

        assert_eq!(serde_json::to_value(&scene).unwrap(), json);
    }
}
