//! The people, places, things and facts of a book. What they are for machines is a ledger's `Entity`; what the prose
//! needs beside it stands here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ledger::{Entity, Key, LedgerFact},
    plan::{ArchitectInput, BookOutline},
};

/// Input of `lekh.character_smith`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CharacterSmithInput {
    /// What the architect was told, answers included.
    pub brief: ArchitectInput,
    pub outline: BookOutline,
}

/// Output of `lekh.character_smith`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cast {
    pub people: Vec<Person>,
    pub places: Vec<Place>,
    pub items: Vec<Item>,
    pub facts: Vec<StoryFact>,
}

impl Cast {
    pub fn person(&self, key: &Key) -> Option<&Person> {
        self.people.iter().find(|person| person.entity.key == *key)
    }

    pub fn place(&self, key: &Key) -> Option<&Place> {
        self.places.iter().find(|place| place.entity.key == *key)
    }

    pub fn item(&self, key: &Key) -> Option<&Item> {
        self.items.iter().find(|item| item.entity.key == *key)
    }

    pub fn fact(&self, key: &Key) -> Option<&StoryFact> {
        self.facts.iter().find(|fact| fact.fact.key == *key)
    }

    /// All that is a node of the story's graph.
    pub fn entities(&self) -> impl Iterator<Item = &Entity> {
        let people = self.people.iter().map(|person| &person.entity);
        let places = self.places.iter().map(|place| &place.entity);
        let items = self.items.iter().map(|item| &item.entity);

        people.chain(places).chain(items)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Protagonist,
    Ally,
    Antagonist,
    Mentor,
    Suspect,
    #[default]
    Other,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pronoun {
    He,
    She,
    #[default]
    They,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Person {
    pub entity: Entity,
    pub role: Role,
    pub pronoun: Pronoun,
    /// In years, when the story begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profession: Option<String>,
    pub goal: String,
    pub obstacle: String,
    #[serde(default)]
    pub traits: Vec<String>,
    /// How they speak: `terse`.
    pub voice: String,
    #[serde(default)]
    pub appearance: Appearance,
    /// What they hide, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What they can do that others can't, when the story begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
}

/// What the prose must not contradict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Appearance {
    /// A colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes: Option<String>,
    /// A colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hair: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// What they are known by: `a burn across the left palm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    pub entity: Entity,
    /// `harbour`, `kitchen`, `street`.
    pub sort: String,
    /// How long the way to other places takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub travel: Vec<Travel>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Travel {
    pub to: Key,
    pub minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    pub entity: Entity,
    /// Who has it when the story begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Key>,
    /// Where it lies when the story begins, if nobody has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Key>,
}

/// A fact, and how the prose says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoryFact {
    pub fact: LedgerFact,
    /// As a clause: `Osric Pell sold the parish silver`.
    pub statement: String,
    /// Who knows it when the story begins. The others have to learn it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_by: Vec<Key>,
    /// Whether anybody hides it: only then is knowing it too early a contradiction.
    #[serde(default)]
    pub hidden: bool,
}
