//! Bibles of books as clients know them.

use async_graphql::Enum;
use proto::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// For what something is laid down. The nearest counts: a scene before its chapter, the chapter before the book, the book before
/// its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[graphql(name = "BibleLevel")]
pub(crate) enum BibleLevel {
    /// For all books of the series.
    Series,
    /// For the whole of this book.
    Book,
    /// For one chapter of it.
    Chapter,
    /// For one scene of it.
    Scene,
}

impl BibleLevel {
    fn read(level: v1::BibleLevel) -> Self {
        match level {
            v1::BibleLevel::Series => Self::Series,
            v1::BibleLevel::Unspecified | v1::BibleLevel::Book => Self::Book,
            v1::BibleLevel::Chapter => Self::Chapter,
            v1::BibleLevel::Scene => Self::Scene,
        }
    }

    pub(crate) fn to_number(self) -> i32 {
        match self {
            Self::Series => v1::BibleLevel::Series,
            Self::Book => v1::BibleLevel::Book,
            Self::Chapter => v1::BibleLevel::Chapter,
            Self::Scene => v1::BibleLevel::Scene,
        }
        .into()
    }
}

/// One thing that is laid down.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "level": "chapter", "chapter": 5, "subject": "Mira Voss", "property": "hair", "value": "grey" }))]
pub(crate) struct BibleEntryView {
    #[schema(inline)]
    pub(crate) level: BibleLevel,
    /// Of an entry for a chapter, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) chapter: Option<u32>,
    /// Of an entry for a scene: its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scene: Option<String>,
    /// The key or a name of a character, a place or an item, or anything else; at most 100 characters.
    pub(crate) subject: String,
    /// At most 64 characters. Of a character `eyes`, `hair`, `build`, `mark`, `age` and `profession` are written and checked by rules;
    /// others are for people and models.
    pub(crate) property: String,
    /// At most 500 characters; a number of years for `age`.
    pub(crate) value: String,
}

impl From<v1::BibleEntry> for BibleEntryView {
    fn from(entry: v1::BibleEntry) -> Self {
        Self {
            level: BibleLevel::read(entry.level()),
            chapter: entry.chapter,
            scene: entry.scene,
            subject: entry.subject,
            property: entry.property,
            value: entry.value,
        }
    }
}

impl From<BibleEntryView> for v1::BibleEntry {
    fn from(entry: BibleEntryView) -> Self {
        Self {
            level: entry.level.to_number(),
            chapter: entry.chapter,
            scene: entry.scene,
            subject: entry.subject,
            property: entry.property,
            value: entry.value,
        }
    }
}

/// All that is laid down for a book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BibleView {
    story_id: String,
    /// The series that it is of; null for none.
    series: Option<String>,
    /// Those of the series first.
    entries: Vec<BibleEntryView>,
}

impl From<v1::Bible> for BibleView {
    fn from(bible: v1::Bible) -> Self {
        Self {
            story_id: bible.story_id,
            series: bible.series,
            entries: bible.entries.into_iter().map(BibleEntryView::from).collect(),
        }
    }
}

/// What counts in one scene.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LaidDownView {
    scene: String,
    chapter: u32,
    /// By subject and property, each with the level that it comes from.
    entries: Vec<BibleEntryView>,
}

impl From<v1::LaidDown> for LaidDownView {
    fn from(laid: v1::LaidDown) -> Self {
        Self {
            scene: laid.scene,
            chapter: laid.chapter,
            entries: laid.entries.into_iter().map(BibleEntryView::from).collect(),
        }
    }
}
