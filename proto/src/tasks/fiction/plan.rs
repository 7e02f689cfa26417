//! The plan of a book: what the architect is told, and the outline that it answers with. Only shapes; which numbers
//! and texts fit is checked by whoever takes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    cast::Cast,
    ledger::{Key, StoryTime},
};

/// Input of `lekh.architect`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ArchitectInput {
    /// What the author wants, in their own words.
    #[schemars(length(max = 8000))]
    pub prompt: String,
    #[serde(default)]
    #[schemars(length(max = 10), inner(length(max = 100)))]
    pub genres: Vec<String>,
    #[schemars(range(min = 1, max = 60))]
    pub chapters: u32,
    #[schemars(range(min = 100, max = 5000))]
    pub words_per_chapter: u32,
    /// The same seed with the same words gives the same book.
    #[serde(default)]
    pub seed: u64,
    /// What the author has said to earlier questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AuthorAnswer>,
    /// A book to go on from: `chapters` are then added to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Box<EarlierBook>>,
}

/// A book that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EarlierBook {
    pub outline: BookOutline,
    pub cast: Cast,
}

/// What the author said to a question; `null` when it was declined, which takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AuthorAnswer {
    pub question: String,
    #[serde(default)]
    pub value: Value,
}

/// Output of `lekh.architect`: `{"outline": …}` or `{"question": …}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArchitectOutput {
    Outline(BookOutline),
    Question(AuthorQuestion),
}

/// Something that the prompt leaves open and that matters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuthorQuestion {
    /// What an answer names in `AuthorAnswer::question`.
    pub key: String,
    pub reason: String,
    pub prompt: String,
    /// JSON Schema of an answer.
    pub response_schema: Value,
    /// Taken when the author declines.
    pub default: Value,
}

/// The skeletons that the offline author knows. Other genres are read as the nearest of them.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    Mystery,
    Romance,
    Fantasy,
    ScienceFiction,
    Horror,
    Thriller,
    Historical,
    #[default]
    Literary,
    Children,
    Adventure,
}

impl Genre {
    pub const ALL: [Self; 10] = [
        Self::Mystery,
        Self::Romance,
        Self::Fantasy,
        Self::ScienceFiction,
        Self::Horror,
        Self::Thriller,
        Self::Historical,
        Self::Literary,
        Self::Children,
        Self::Adventure,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mystery => "mystery",
            Self::Romance => "romance",
            Self::Fantasy => "fantasy",
            Self::ScienceFiction => "science_fiction",
            Self::Horror => "horror",
            Self::Thriller => "thriller",
            Self::Historical => "historical",
            Self::Literary => "literary",
            Self::Children => "children",
            Self::Adventure => "adventure",
        }
    }
}

/// Who tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NarrativePerson {
    First,
    #[default]
    Third,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tense {
    #[default]
    Past,
    Present,
}

/// Output of `lekh.architect`: the whole plan of a book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BookOutline {
    pub title: String,
    pub logline: String,
    /// The skeleton that was taken.
    pub genre: Genre,
    /// What the prompt says that it is about; absent in outlines of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premise: Option<Premise>,
    pub setting: Setting,
    pub themes: Vec<String>,
    /// Whose eyes the book is seen through, unless a scene says otherwise.
    pub point_of_view: Key,
    pub person: NarrativePerson,
    pub tense: Tense,
    pub promises: Vec<PlannedPromise>,
    pub chapters: Vec<BookChapter>,
}

impl BookOutline {
    /// All scenes with the number of their chapter, in the order of telling.
    pub fn scenes(&self) -> impl Iterator<Item = (u32, &ScenePlan)> {
        self.chapters
            .iter()
            .flat_map(|chapter| chapter.scenes.iter().map(|scene| (chapter.number, scene)))
    }

    /// The kind of story that a scene belongs to: a book that went on may have become another.
    #[must_use]
    pub fn genre_of(&self, scene: &Key) -> Genre {
        let mut chapters = self.chapters.iter();
        let chapter = chapters.find(|chapter| chapter.scenes.iter().any(|plan| plan.key == *scene));
        chapter.and_then(|chapter| chapter.genre).unwrap_or(self.genre)
    }

    /// What a scene's part of the book is about.
    #[must_use]
    pub fn premise_of(&self, scene: &Key) -> Option<&Premise> {
        let mut chapters = self.chapters.iter();
        let chapter = chapters.find(|chapter| chapter.scenes.iter().any(|plan| plan.key == *scene));
        match chapter.and_then(|chapter| chapter.genre) {
            Some(_) => chapter.and_then(|chapter| chapter.premise.as_ref()),
            None => self.premise.as_ref(),
        }
    }
}

/// What a prompt says that its book is about, in its own words. What it does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Premise {
    /// The course of events that was taken: a genre's own, or that of a fire, a theft, a journey.
    pub course: String,
    /// To what it happens: `the bees of the monastery`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub matter: String,
    /// Where it leads: `the city of Velmar`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub goal: String,
    /// Until when: `before the first snow`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub due: String,
    /// `1952`, `November 1926`, `the 1920s`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub year: String,
    /// Who has died before it begins and is only remembered: `{p.his} late husband Mark`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub late: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    pub place: String,
    /// Season and age: `the last autumn before the war`.
    pub time: String,
    pub mood: String,
}

/// What the reader is made to expect, and when it is to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedPromise {
    pub key: Key,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Key>,
    pub planted_chapter: u32,
    pub due_chapter: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BookChapter {
    /// From 1, going on where an earlier book ends.
    pub number: u32,
    pub title: String,
    /// What would be missing without it.
    pub purpose: String,
    /// Of what kind it is, when it was added to a book of another kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre: Option<Genre>,
    /// What it is about, then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premise: Option<Premise>,
    /// How many words of prose it is to have.
    pub words: u32,
    pub scenes: Vec<ScenePlan>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenePlan {
    pub key: Key,
    /// Within its chapter, from 1.
    pub number: u32,
    pub title: String,
    pub place: Key,
    pub from: StoryTime,
    pub until: StoryTime,
    pub point_of_view: Key,
    pub present: Vec<Key>,
    pub goal: String,
    pub obstacle: String,
    pub outcome: String,
    /// The scene that made this one happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Cause>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<Key>,
    pub words: u32,
    /// What happens, in order. An outline of a model may have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beats: Vec<Beat>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    pub scene: Key,
    pub link: CauseLink,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseLink {
    /// It follows from it.
    Therefore,
    /// It goes against what was meant to follow.
    But,
}

/// One thing that happens in a scene: `{"kind": "confess", "who": "osric-pell", "fact": "f-osric-secret"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Beat {
    /// A word of whoever made the plan.
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Key>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<Key>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Key>,
    /// What else it needs, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
