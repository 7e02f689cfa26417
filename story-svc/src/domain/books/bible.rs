//! What an author lays down: for a series, a book, a chapter or a scene. The nearest word counts. Only the author reads it.

use flow::store::Share;
use kit::actor::Actor;
use kit::db::ScopedDb;
use kit::error::Faults;
use kit::rpc::RequestId;
use proto::tasks::fiction::bible::{Bible, BibleEntry, BibleLevel};
use proto::tasks::fiction::ledger::Key;
use uuid::Uuid;

use super::Books;
use super::read::parse_key;
use crate::domain::fiction_request::{CHAPTERS_MAX, FictionRequest, parse_series};
use crate::domain::story::{Story, StoryRequest};
use crate::error::StoryError;
use crate::store::{bibles, books};

/// Entries of a book, and of a series.
const ENTRIES_MAX: usize = 500;
/// Series of one owner for which something is laid down.
const SERIES_MAX: i64 = 100;
const SUBJECT_CHARS_MAX: usize = 100;
const PROPERTY_CHARS_MAX: usize = 64;
const VALUE_CHARS_MAX: usize = 500;
/// Years of an age.
const AGE_MAX: u32 = 10_000;

/// All that is laid down for a book.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BookBible {
    pub(crate) story: Uuid,
    /// The series that it is of.
    pub(crate) series: Option<String>,
    /// That of the series first.
    pub(crate) bible: Bible,
}

/// What counts in one scene.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LaidDown {
    pub(crate) scene: Key,
    pub(crate) chapter: u32,
    pub(crate) entries: Vec<BibleEntry>,
}

/// What callers send; keys are not parsed yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawBibleEntry {
    pub(crate) level: BibleLevel,
    pub(crate) chapter: Option<u32>,
    pub(crate) scene: Option<String>,
    pub(crate) subject: String,
    pub(crate) property: String,
    pub(crate) value: String,
}

impl Books {
    pub(crate) async fn get_bible(&self, actor: &Actor, id: &str) -> Result<BookBible, StoryError> {
        let story = self.get_own(actor, id).await?;
        self.read_bible(&story).await
    }

    /// In place of what was laid down for the book, and for its series. The prose that is there stays: a run checks this book against
    /// it. One that is at work does so at its end.
    pub(crate) async fn put_bible(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        id: &str,
        (series, entries): (Option<String>, Vec<RawBibleEntry>),
        share: Share,
    ) -> Result<BookBible, StoryError> {
        let mut faults = Faults::default();
        let series = series.and_then(|name| parse_series(&name, &mut faults));
        let entries = parse_entries(entries, series.is_some(), &mut faults);
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let story = self.get_own(actor, id).await?;
        let before = self.read_bible(&story).await?;
        let (of_series, of_book): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| entry.level == BibleLevel::Series);
        let (owner, at) = (actor.user_id, self.stories.clock.now());
        let mut tx = self.stories.db.user(owner).begin_write().await?;
        if let Some(name) = &series {
            if bibles::count_other_series(&mut tx, owner, name).await? >= SERIES_MAX {
                return Err(StoryError::invalid("series", "one of the 100 that you have"));
            }
            bibles::put_series(&mut tx, (owner, name), &Bible { entries: of_series }, at).await?;
        }
        bibles::put(
            &mut tx,
            (story.id, owner),
            series.as_deref(),
            &Bible { entries: of_book },
            at,
        )
        .await?;
        tx.commit().await?;

        let laid = self.read_bible(&story).await?;
        if laid.bible != before.bible {
            self.check(actor, request_id, story, share).await?;
        }

        Ok(laid)
    }

    /// What counts in a scene, by subject and property; of one subject, when one is named.
    pub(crate) async fn ask_bible(
        &self,
        actor: &Actor,
        id: &str,
        scene: &str,
        subject: Option<&str>,
    ) -> Result<LaidDown, StoryError> {
        let story = self.get_own(actor, id).await?;
        let scene = parse_key("scene", scene)?;
        let chapter = self.find_chapter(&story, &scene).await?;
        let laid = self.read_bible(&story).await?.bible;

        let counts = laid.resolve(chapter, &scene).into_iter().filter(|entry| {
            subject.is_none_or(|subject| subject.to_lowercase() == entry.subject.to_lowercase())
        });
        Ok(LaidDown {
            entries: counts.cloned().collect(),
            scene,
            chapter,
        })
    }

    async fn read_bible(&self, story: &Story) -> Result<BookBible, StoryError> {
        let db = self.stories.db.user(story.owner_id);
        let StoryRequest::Fiction(request) = &story.request else {
            return Err(StoryError::StoryNotFound {
                id: story.id.to_string(),
            });
        };
        let (series, bible) = load_bible(&db, (story.id, story.owner_id), request).await?;

        Ok(BookBible {
            story: story.id,
            series,
            bible,
        })
    }

    /// In which chapter a scene is, planned or written.
    async fn find_chapter(&self, story: &Story, scene: &Key) -> Result<u32, StoryError> {
        let db = self.stories.db.user(story.owner_id);
        let head = books::find_head(&db, story.id).await?.unwrap_or_default();
        let mut planned = head.outline.iter().flat_map(|outline| outline.scenes());

        planned
            .find(|(_, plan)| plan.key == *scene)
            .map(|(chapter, _)| chapter)
            .ok_or_else(|| StoryError::SceneNotFound {
                key: scene.to_string(),
            })
    }
}

/// The series that a book is of, and all that is laid down for it. Until its author says otherwise the book is of the series that it was
/// asked for with.
pub(crate) async fn load_bible(
    db: &ScopedDb,
    (story, owner): (Uuid, Uuid),
    request: &FictionRequest,
) -> Result<(Option<String>, Bible), StoryError> {
    let (series, own) = match bibles::find(db, story).await? {
        Some(laid) => laid,
        None => (request.series.clone(), Bible::default()),
    };
    let mut bible = match &series {
        Some(name) => bibles::find_series(db, owner, name).await?,
        None => Bible::default(),
    };
    bible.entries.extend(own.entries);

    Ok((series, bible))
}

fn parse_entries(raw: Vec<RawBibleEntry>, in_series: bool, faults: &mut Faults) -> Vec<BibleEntry> {
    if raw.len() > ENTRIES_MAX {
        faults.add("entries", format!("at most {ENTRIES_MAX}"));
        return Vec::new();
    }

    let mut entries: Vec<BibleEntry> = Vec::with_capacity(raw.len());
    for (index, raw) in raw.into_iter().enumerate() {
        let entry = parse_entry(index, raw, in_series, faults);
        let same = |known: &BibleEntry| {
            let place = |entry: &BibleEntry| (entry.level, entry.chapter, entry.scene.clone());
            place(known) == place(&entry) && known.is_about(&entry)
        };
        if entries.iter().any(same) {
            let expected = "each thing laid down once at one place";
            faults.add(format!("entries.{index}.property"), expected.to_owned());
        }
        entries.push(entry);
    }

    entries
}

fn parse_entry(index: usize, raw: RawBibleEntry, in_series: bool, faults: &mut Faults) -> BibleEntry {
    let mut refuse = |field: &str, expected: String| faults.add(format!("entries.{index}.{field}"), expected);
    if raw.level == BibleLevel::Series && !in_series {
        refuse(
            "level",
            "book, chapter or scene: this book is of no series".to_owned(),
        );
    }

    let chapter = raw.chapter.filter(|_| raw.level == BibleLevel::Chapter);
    let in_book = chapter.is_some_and(|chapter| (1..=CHAPTERS_MAX).contains(&chapter));
    if (raw.level == BibleLevel::Chapter) != raw.chapter.is_some() || raw.chapter.is_some() && !in_book {
        refuse(
            "chapter",
            format!("1 to {CHAPTERS_MAX} for an entry of a chapter, and no other"),
        );
    }
    let scene = raw.scene.as_deref().and_then(Key::parse);
    if (raw.level == BibleLevel::Scene) != raw.scene.is_some() || raw.scene.is_some() && scene.is_none() {
        refuse(
            "scene",
            "the key of a scene for an entry of a scene, and no other".to_owned(),
        );
    }

    let mut line = |field: &str, text: &str, most: usize| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !(1..=most).contains(&text.chars().count()) || text.chars().any(char::is_control) {
            refuse(field, format!("1 to {most} characters on one line"));
        }
        text
    };
    let subject = line("subject", &raw.subject, SUBJECT_CHARS_MAX);
    let property = line("property", &raw.property, PROPERTY_CHARS_MAX).to_lowercase();
    let value = line("value", &raw.value, VALUE_CHARS_MAX);
    let years = value.parse::<u32>().ok().filter(|years| *years <= AGE_MAX);
    if property == "age" && years.is_none() {
        refuse("value", format!("a number of years up to {AGE_MAX}"));
    }

    BibleEntry {
        level: raw.level,
        chapter,
        scene,
        subject,
        property,
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_down_wrongly_is_told_by_its_place_and_field() {
        let entry = |level| RawBibleEntry {
            level,
            subject: "Mira".to_owned(),
            property: "hair".to_owned(),
            value: "red".to_owned(),
            ..RawBibleEntry::default()
        };
        let told = |raw: Vec<RawBibleEntry>| {
            let mut faults = Faults::default();
            parse_entries(raw, false, &mut faults);
            faults.0.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
        };

        let book = entry(BibleLevel::Book);
        assert!(told(vec![book.clone()]).is_empty());
        assert_eq!(told(vec![entry(BibleLevel::Series)]), ["entries.0.level"]);
        assert_eq!(told(vec![entry(BibleLevel::Chapter)]), ["entries.0.chapter"]);
        assert_eq!(told(vec![entry(BibleLevel::Scene)]), ["entries.0.scene"]);
        let chapter = RawBibleEntry {
            chapter: Some(61),
            ..entry(BibleLevel::Chapter)
        };
        assert_eq!(told(vec![chapter]), ["entries.0.chapter"]);
        let scene = RawBibleEntry {
            scene: Some("NO KEY".to_owned()),
            ..entry(BibleLevel::Scene)
        };
        assert_eq!(told(vec![scene]), ["entries.0.scene"]);
        let stray = RawBibleEntry {
            chapter: Some(2),
            ..book.clone()
        };
        assert_eq!(
            told(vec![book.clone(), stray]),
            ["entries.1.chapter", "entries.1.property"]
        );
        let age = RawBibleEntry {
            property: "age".to_owned(),
            ..book.clone()
        };
        assert_eq!(told(vec![age]), ["entries.0.value"]);
        let empty = RawBibleEntry {
            subject: " \u{7} ".to_owned(),
            value: String::new(),
            ..book.clone()
        };
        assert_eq!(told(vec![empty]), ["entries.0.subject", "entries.0.value"]);
        assert_eq!(told(vec![book; ENTRIES_MAX + 1]), ["entries"]);
    }
}
