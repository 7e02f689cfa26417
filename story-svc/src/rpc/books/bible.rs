//! Bibles of books, from messages and back.

use kit::into_status;
use proto::tasks::fiction::bible::{BibleEntry, BibleLevel};
use proto::v1;
use tonic::{Response, Status};

use crate::domain::books::{BookBible, LaidDown, RawBibleEntry};
use crate::error::StoryError;

pub(super) fn decode(entries: Vec<v1::BibleEntry>) -> Result<Vec<RawBibleEntry>, StoryError> {
    let entries = entries.into_iter().enumerate().map(|(index, entry)| {
        let level = match entry.level() {
            v1::BibleLevel::Unspecified => {
                let field = format!("entries.{index}.level");
                return Err(StoryError::invalid(&field, "series, book, chapter or scene"));
            }
            v1::BibleLevel::Series => BibleLevel::Series,
            v1::BibleLevel::Book => BibleLevel::Book,
            v1::BibleLevel::Chapter => BibleLevel::Chapter,
            v1::BibleLevel::Scene => BibleLevel::Scene,
        };

        Ok(RawBibleEntry {
            level,
            chapter: entry.chapter,
            scene: entry.scene,
            subject: entry.subject,
            property: entry.property,
            value: entry.value,
        })
    });

    entries.collect()
}

pub(super) fn answer(laid: Result<BookBible, StoryError>) -> Result<Response<v1::Bible>, Status> {
    let laid = laid.map_err(into_status)?;
    Ok(Response::new(v1::Bible {
        story_id: laid.story.to_string(),
        series: laid.series,
        entries: laid.bible.entries.into_iter().map(encode).collect(),
    }))
}

pub(super) fn laid_down(laid: LaidDown) -> v1::LaidDown {
    v1::LaidDown {
        scene: laid.scene.to_string(),
        chapter: laid.chapter,
        entries: laid.entries.into_iter().map(encode).collect(),
    }
}

fn encode(entry: BibleEntry) -> v1::BibleEntry {
    let level = match entry.level {
        BibleLevel::Series => v1::BibleLevel::Series,
        BibleLevel::Book => v1::BibleLevel::Book,
        BibleLevel::Chapter => v1::BibleLevel::Chapter,
        BibleLevel::Scene => v1::BibleLevel::Scene,
    };

    v1::BibleEntry {
        level: level.into(),
        chapter: entry.chapter,
        scene: entry.scene.map(String::from),
        subject: entry.subject,
        property: entry.property,
        value: entry.value,
    }
}
