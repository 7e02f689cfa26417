//! What an author has laid down for a book.

use async_graphql::SimpleObject;
use proto::v1;

use crate::view::lekh::bible::{BibleEntryView, BibleLevel};

/// All that is laid down for a book. Only its owner sees it.
#[derive(SimpleObject)]
pub(crate) struct Bible {
    /// The series that the book is of, as its owner calls it; null for none.
    series: Option<String>,
    /// What is laid down, that of the series first.
    entries: Vec<BibleEntry>,
}

/// One thing that is laid down.
#[derive(SimpleObject)]
pub(crate) struct BibleEntry {
    /// For what it is laid down.
    level: BibleLevel,
    /// The number of the chapter, when it is for one.
    chapter: Option<u32>,
    /// The key of the scene, when it is for one.
    scene: Option<String>,
    /// Who or what it is about, by key or by name.
    subject: String,
    /// What about it: `hair`, `age`, or whatever else its author wrote.
    property: String,
    /// What is so there, in words.
    value: String,
}

impl From<v1::Bible> for Bible {
    fn from(bible: v1::Bible) -> Self {
        Self {
            series: bible.series,
            entries: BibleEntry::read_all(bible.entries),
        }
    }
}

impl BibleEntry {
    pub(crate) fn read_all(entries: Vec<v1::BibleEntry>) -> Vec<Self> {
        entries.into_iter().map(Self::read).collect()
    }

    fn read(entry: v1::BibleEntry) -> Self {
        let BibleEntryView {
            level,
            chapter,
            scene,
            subject,
            property,
            value,
        } = entry.into();

        Self {
            level,
            chapter,
            scene,
            subject,
            property,
            value,
        }
    }
}
