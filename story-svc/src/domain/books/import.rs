//! A manuscript becomes a book that can be gone on with: its chapters and scenes are kept as they are, and a run reads who is in
//! them. What can't be read as a book is refused, with what it is not.

use flow::store::Share;
use kit::actor::Actor;
use kit::error::Faults;
use kit::rpc::RequestId;
use manuscript::{Book, Chapter, Format, prose_text};
use proto::tasks::fiction::ledger::{Key, Ledger, Scene};
use proto::tasks::fiction::plan::{
    BookChapter, BookOutline, Genre, NarrativePerson, ScenePlan, Setting, Tense,
};
use proto::tasks::fiction::scene::WrittenScene;

use super::{Books, draw_seed};
use crate::domain::book::{ImportedBook, KeptScene};
use crate::domain::fiction_request::{CHAPTERS_MAX, FictionRequest, WORDS, parse_genres};
use crate::domain::story::{Story, StoryRequest};
use crate::error::StoryError;

pub(crate) const MANUSCRIPT_BYTES_MAX: usize = 5 * 1024 * 1024;
const TITLE_CHARS_MAX: usize = 200;
/// Characters of what a scene is remembered by.
const SUMMARY_CHARS: usize = 200;
/// Whoever tells and wherever it is, until somebody says so.
const UNKNOWN: &str = "unknown";
const FIELD: &str = "manuscript";

/// What callers send.
#[derive(Debug, Clone)]
pub(crate) struct RawManuscript {
    pub(crate) bytes: Vec<u8>,
    /// Known by its bytes when not given.
    pub(crate) format: Option<Format>,
    pub(crate) title: Option<String>,
    pub(crate) genres: Vec<String>,
}

impl Books {
    /// Writes the story with its chapters and the queued run that reads them together.
    pub(crate) async fn import(
        &self,
        actor: &Actor,
        request_id: &RequestId,
        raw: RawManuscript,
        share: Share,
    ) -> Result<Story, StoryError> {
        if raw.bytes.len() > MANUSCRIPT_BYTES_MAX {
            let expected = format!("at most {MANUSCRIPT_BYTES_MAX} bytes");
            return Err(StoryError::invalid(FIELD, &expected));
        }
        let mut faults = Faults::default();
        let genres = parse_genres(&raw.genres, &mut faults);
        let title = raw.title.as_deref().map(|title| parse_title(title, &mut faults));
        if !faults.is_empty() {
            return Err(StoryError::Invalid { fields: faults.0 });
        }

        let (bytes, format) = (raw.bytes, raw.format);
        let read = tokio::task::spawn_blocking(move || manuscript::import(&bytes, format)).await;
        let book = read
            .map_err(|error| StoryError::Unreadable {
                what: "manuscript",
                source: error.into(),
            })?
            .map_err(|error| {
                StoryError::invalid(FIELD, &format!("a manuscript that can be read; {error}"))
            })?;
        check_chapters(&book.chapters)?;

        let title = title.unwrap_or_else(|| title_of(&book));
        let imported = plan_imported(&title, &book);
        let request = FictionRequest {
            prompt: title,
            genres,
            chapters: u32::try_from(book.chapters.len()).unwrap_or(CHAPTERS_MAX),
            words_per_chapter: mean_words(&imported),
            seed: draw_seed(self.stories.ids.id()),
            imported: true,
            series: None,
        };
        self.stories
            .create_imported(
                actor,
                request_id,
                StoryRequest::Fiction(request),
                &imported,
                share,
            )
            .await
    }
}

fn parse_title(title: &str, faults: &mut Faults) -> String {
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = (1..=TITLE_CHARS_MAX).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if !fits {
        faults.add("title", format!("1 to {TITLE_CHARS_MAX} characters on one line"));
    }

    title
}

fn title_of(book: &Book) -> String {
    let line = book.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line
        .chars()
        .filter(|char| !char.is_control())
        .take(TITLE_CHARS_MAX)
        .collect();

    match short.trim() {
        "" => "Untitled".to_owned(),
        title => title.to_owned(),
    }
}

/// A book has not too many chapters, and one numbering. A text without headings is one chapter.
fn check_chapters(chapters: &[Chapter]) -> Result<(), StoryError> {
    let refuse = |expected: String| Err(StoryError::invalid(FIELD, &expected));
    let most = usize::try_from(CHAPTERS_MAX).unwrap_or(usize::MAX);
    if chapters.len() > most {
        return refuse(format!(
            "at most {CHAPTERS_MAX} chapters; {} were found",
            chapters.len()
        ));
    }

    let mut numbers: Vec<u32> = Vec::new();
    for chapter in chapters {
        if chapter.part.is_some() {
            numbers.clear();
        }
        let Some(number) = chapter.number else { continue };
        if numbers.contains(&number) {
            return refuse(format!("one numbering of chapters; {number} comes twice"));
        }
        numbers.push(number);
    }

    Ok(())
}

/// Chapters are numbered as they come, from 1.
fn plan_imported(title: &str, book: &Book) -> ImportedBook {
    let mut scenes = Vec::new();
    let chapters = book.chapters.iter().zip(1..).map(|(chapter, number)| {
        let told: Vec<KeptScene> = keep_scenes(chapter, number);
        let planned = BookChapter {
            number,
            title: head_chapter(chapter, &book.language),
            purpose: told
                .first()
                .map_or_else(String::new, |kept| summarise(kept.prose.first())),
            genre: None,
            premise: None,
            words: told.iter().map(|kept| kept.words).sum(),
            scenes: told.iter().map(plan_scene).collect(),
        };
        scenes.extend(told);
        planned
    });
    let chapters: Vec<BookChapter> = chapters.collect();

    ImportedBook {
        outline: BookOutline {
            title: title.to_owned(),
            logline: summarise(Some(&book.description)),
            genre: Genre::default(),
            premise: None,
            setting: Setting::default(),
            themes: Vec::new(),
            point_of_view: unknown_key(),
            person: guess_person(&scenes),
            tense: Tense::default(),
            promises: Vec::new(),
            chapters,
        },
        scenes,
    }
}

fn head_chapter(chapter: &Chapter, language: &str) -> String {
    let title = chapter.title.trim();
    match title {
        "" => chapter.label(language),
        title => title.to_owned(),
    }
}

fn keep_scenes(chapter: &Chapter, number: u32) -> Vec<KeptScene> {
    let filled = chapter.scenes.iter().filter_map(|scene| {
        let prose: Vec<String> = scene
            .paragraphs
            .iter()
            .map(|paragraph| prose_text(paragraph).trim().to_owned())
            .filter(|paragraph| !paragraph.is_empty())
            .collect();
        (!prose.is_empty()).then_some(prose)
    });

    filled
        .zip(1..)
        .filter_map(|(prose, place)| {
            let scene = Scene {
                key: Key::parse(&format!("c{number}s{place}"))?,
                chapter: number,
                number: place,
                title: String::new(),
                place: None,
                from: 0,
                until: 0,
                ledger: Ledger::default(),
            };
            Some(KeptScene::new(WrittenScene { scene, prose }, 0))
        })
        .collect()
}

/// What is known of a scene that nobody planned.
fn plan_scene(kept: &KeptScene) -> ScenePlan {
    ScenePlan {
        key: kept.scene.key.clone(),
        number: kept.scene.number,
        title: String::new(),
        place: unknown_key(),
        from: kept.scene.from,
        until: kept.scene.until,
        point_of_view: unknown_key(),
        present: Vec::new(),
        goal: summarise(kept.prose.first()),
        obstacle: String::new(),
        outcome: summarise(kept.prose.last()),
        because: None,
        promises: Vec::new(),
        words: kept.words,
        beats: Vec::new(),
    }
}

fn unknown_key() -> Key {
    Key::parse(UNKNOWN).unwrap_or_else(|| unreachable!("it is a key"))
}

fn summarise(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| text.chars().take(SUMMARY_CHARS).collect())
}

/// Who says `I` outside of speech in many of the paragraphs tells the book.
fn guess_person(scenes: &[KeptScene]) -> NarrativePerson {
    let told = scenes.iter().flat_map(|kept| &kept.prose);
    let plain = told.filter(|paragraph| !paragraph.contains(['"', '\u{201c}', '\u{ab}']));
    let (mut all, mut first) = (0_usize, 0_usize);
    for paragraph in plain {
        all += 1;
        let says = paragraph
            .split(|sign: char| !sign.is_alphanumeric() && sign != '\'')
            .any(|word| matches!(word, "I" | "I'd" | "I'm" | "I'll" | "I've"));
        first += usize::from(says);
    }

    match first * 4 > all && all > 0 {
        true => NarrativePerson::First,
        false => NarrativePerson::Third,
    }
}

/// What a chapter that is added will have.
fn mean_words(book: &ImportedBook) -> u32 {
    let words: u64 = book.scenes.iter().map(|kept| u64::from(kept.words)).sum();
    let chapters = u64::try_from(book.outline.chapters.len()).unwrap_or(1).max(1);
    let mean = u32::try_from(words / chapters).unwrap_or(u32::MAX);

    mean.clamp(*WORDS.start(), *WORDS.end())
}
