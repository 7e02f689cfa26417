//! The book of a fiction story as clients know it, made from the service's message.

use async_graphql::{Result, SimpleObject};
use proto::{
    tasks::fiction::{cast::Cast, finding::Finding, ledger, plan},
    v1,
};
use serde::de::DeserializeOwned;

use crate::{error::ApiError, graphql::scalar::Json};

/// The plan of a book.
#[derive(SimpleObject)]
pub(crate) struct BookOutline {
    /// The title that the architect found.
    title: String,
    /// The book in one sentence.
    logline: String,
    /// The kind of story it is built as, as one word.
    genre: String,
    /// The place of it all.
    place: String,
    /// The season and age.
    time: String,
    /// The mood it is told in.
    mood: String,
    /// What it is about, beneath what happens.
    themes: Vec<String>,
    /// Its chapters, in the order of telling.
    chapters: Vec<BookChapter>,
}

/// A chapter, as it is planned.
#[derive(SimpleObject)]
pub(crate) struct BookChapter {
    /// Its place among the chapters, from 1.
    number: u32,
    /// The chapter's title, without its number.
    title: String,
    /// What would be missing without it.
    purpose: String,
    /// How many words it is to have.
    words: u32,
    /// Its scenes, in the order of telling.
    scenes: Vec<PlannedScene>,
}

/// A scene, as it is planned.
#[derive(SimpleObject)]
pub(crate) struct PlannedScene {
    /// The scene's name within its book.
    key: String,
    /// Within its chapter, from 1.
    number: u32,
    /// What it is called in the plan.
    title: String,
    /// What somebody wants in it.
    goal: String,
    /// What stands in the way.
    obstacle: String,
    /// What is different when it ends.
    outcome: String,
    /// The keys of those who are there.
    present: Vec<String>,
}

/// The people, places, things and facts of a book.
#[derive(SimpleObject)]
pub(crate) struct BookCast {
    /// Those who act in it.
    people: Vec<BookPerson>,
    /// The places where it happens.
    places: Vec<BookThing>,
    /// The things that matter.
    items: Vec<BookThing>,
    /// What is so, and who knows it.
    facts: Vec<BookFact>,
}

/// Somebody of a book.
#[derive(SimpleObject)]
pub(crate) struct BookPerson {
    /// The person's name for `ledger(character:)`.
    key: String,
    /// The name as the prose says it.
    name: String,
    /// The part that the person plays, as one word.
    role: String,
    /// What the person wants.
    goal: String,
    /// What stands in the person's way.
    obstacle: String,
    /// What the person is like.
    traits: Vec<String>,
    /// How the person speaks.
    voice: String,
    /// What the person does for a living.
    profession: Option<String>,
    /// In years, when the story begins.
    age: Option<u32>,
}

/// A place or a thing of a book.
#[derive(SimpleObject)]
pub(crate) struct BookThing {
    /// Its name for machines.
    key: String,
    /// Its name as the prose says it.
    name: String,
}

/// Something that is so in a book.
#[derive(SimpleObject)]
pub(crate) struct BookFact {
    /// Its name for `ledger(fact:)` and `changeFact`.
    key: String,
    /// What it says, as a clause.
    statement: String,
    /// Whether somebody hides it.
    hidden: bool,
    /// The keys of those who know it from the beginning.
    known_by: Vec<String>,
}

/// A scene that is written.
#[derive(SimpleObject)]
pub(crate) struct BookScene {
    /// The scene's name within its book.
    key: String,
    /// The number of its chapter, from 1.
    chapter: u32,
    /// Within its chapter, from 1.
    number: u32,
    /// What it is called in the book.
    title: String,
    /// How many words it has.
    words: u32,
    /// How often it was rewritten.
    take: u32,
    /// Its prose, a paragraph each.
    paragraphs: Vec<String>,
    /// What it changed: who is present, what is moved, learned, promised and done, and which facts hold.
    ledger: Json,
}

/// A place where a book contradicts itself.
#[derive(SimpleObject)]
pub(crate) struct BookFinding {
    /// The same whenever the book is checked: what `waiveFinding` takes.
    key: String,
    /// What is wrong, as one word: `two_places`.
    kind: String,
    /// How wrong it is: `hint`, `warning` or `error`.
    severity: String,
    /// The number of the chapter, from 1.
    chapter: u32,
    /// The key of the scene.
    scene: String,
    /// The sentence at fault, where one is.
    sentence: Option<String>,
    /// The words of the book or of its plan that it goes against.
    contradicts: Option<String>,
    /// The finding in a sentence.
    message: String,
    /// Whether the book's owner says that it is meant to be so.
    intended: bool,
}

/// A promise to the reader that is not kept yet.
#[derive(SimpleObject)]
pub(crate) struct OpenPromise {
    /// The promise's name within its book.
    key: String,
    /// What the reader is made to expect.
    text: String,
    /// The key of the scene that made it.
    planted_in: String,
    /// The chapter by whose end it is to be kept.
    due_chapter: Option<u32>,
}

/// A change of a book that can be taken back.
#[derive(SimpleObject)]
pub(crate) struct BookChange {
    /// Its number within the book: 1, 2, 3…
    number: u64,
    /// What was done, in words.
    what: String,
}

impl BookChange {
    pub(crate) fn list_all(book: &v1::Book) -> Vec<Self> {
        let changes = book.changes.iter().map(|change| Self {
            number: change.number,
            what: change.what.clone(),
        });

        changes.collect()
    }
}

/// A part that a service wrote as JSON; an error of ours when it is none.
fn read<T: DeserializeOwned>(book: &v1::Book, text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|err| {
        tracing::error!(story = book.story_id, %err, "a part of a book is not what it should be");
        ApiError::internal()
    })
}

fn word(value: impl serde::Serialize) -> String {
    let told = serde_json::to_value(value).unwrap_or_default();
    told.as_str().unwrap_or_default().to_owned()
}

fn keys(keys: &[ledger::Key]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

impl BookOutline {
    /// `None` before it is made.
    pub(crate) fn read(book: &v1::Book) -> Result<Option<Self>, ApiError> {
        let Some(text) = &book.outline else {
            return Ok(None);
        };
        let outline: plan::BookOutline = read(book, text)?;

        Ok(Some(Self {
            genre: outline.genre.as_str().to_owned(),
            place: outline.setting.place,
            time: outline.setting.time,
            mood: outline.setting.mood,
            title: outline.title,
            logline: outline.logline,
            themes: outline.themes,
            chapters: outline.chapters.into_iter().map(BookChapter::from).collect(),
        }))
    }
}

impl From<plan::BookChapter> for BookChapter {
    fn from(chapter: plan::BookChapter) -> Self {
        let scenes = chapter.scenes.into_iter().map(|scene| PlannedScene {
            key: scene.key.to_string(),
            number: scene.number,
            title: scene.title,
            goal: scene.goal,
            obstacle: scene.obstacle,
            outcome: scene.outcome,
            present: keys(&scene.present),
        });

        Self {
            number: chapter.number,
            title: chapter.title,
            purpose: chapter.purpose,
            words: chapter.words,
            scenes: scenes.collect(),
        }
    }
}

impl BookCast {
    /// `None` before it is made.
    pub(crate) fn read(book: &v1::Book) -> Result<Option<Self>, ApiError> {
        let Some(text) = &book.cast else {
            return Ok(None);
        };
        let cast: Cast = read(book, text)?;
        let thing = |entity: &ledger::Entity| BookThing {
            key: entity.key.to_string(),
            name: entity.name.clone(),
        };

        Ok(Some(Self {
            places: cast.places.iter().map(|place| thing(&place.entity)).collect(),
            items: cast.items.iter().map(|item| thing(&item.entity)).collect(),
            facts: cast
                .facts
                .iter()
                .map(|fact| BookFact {
                    key: fact.fact.key.to_string(),
                    statement: fact.statement.clone(),
                    hidden: fact.hidden,
                    known_by: keys(&fact.known_by),
                })
                .collect(),
            people: cast
                .people
                .into_iter()
                .map(|person| BookPerson {
                    key: person.entity.key.to_string(),
                    name: person.entity.name,
                    role: word(person.role),
                    goal: person.goal,
                    obstacle: person.obstacle,
                    traits: person.traits,
                    voice: person.voice,
                    profession: person.profession,
                    age: person.age,
                })
                .collect(),
        }))
    }
}

impl BookScene {
    pub(crate) fn read_all(book: &v1::Book) -> Result<Vec<Self>, ApiError> {
        let scenes = book.scenes.iter().map(|kept| {
            let scene: ledger::Scene = read(book, &kept.scene)?;
            Ok(Self {
                key: scene.key.to_string(),
                chapter: scene.chapter,
                number: scene.number,
                title: scene.title,
                words: kept.words,
                take: kept.take,
                paragraphs: kept.paragraphs.clone(),
                ledger: Json::from(serde_json::to_value(scene.ledger).unwrap_or_default()),
            })
        });

        scenes.collect()
    }
}

impl BookFinding {
    pub(crate) fn read_all(book: &v1::Book) -> Result<Vec<Self>, ApiError> {
        let findings = book.findings.iter().map(|found| {
            let finding: Finding = read(book, &found.finding)?;
            Ok(Self {
                key: finding.id,
                kind: finding.kind.as_str().to_owned(),
                severity: word(finding.severity),
                chapter: finding.chapter,
                scene: finding.scene.to_string(),
                sentence: finding.sentence.map(|sentence| sentence.text),
                contradicts: finding.contradicts.map(|against| against.text),
                message: finding.message,
                intended: found.intended,
            })
        });

        findings.collect()
    }
}

impl OpenPromise {
    pub(crate) fn read_all(book: &v1::Book) -> Result<Vec<Self>, ApiError> {
        #[derive(serde::Deserialize)]
        struct StoredPromise {
            promise: String,
            text: String,
            planted_in: String,
            due_chapter: Option<u32>,
        }

        let told: Vec<StoredPromise> = read(book, &book.open_promises)?;
        let open = told.into_iter().map(|told| Self {
            key: told.promise,
            text: told.text,
            planted_in: told.planted_in,
            due_chapter: told.due_chapter,
        });
        Ok(open.collect())
    }
}
