//! What a fiction story is asked to be, and what a run does to its book. Refuses what no book can be made of, field by field.

use kit::actor::Actor;
use kit::error::{Faults, FieldViolation};
use proto::tasks::fiction::ledger::Key;
use proto::words::Voice;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Name of the graph that writes books.
pub(crate) const FICTION: &str = "fiction";

/// Most characters of a prompt, as the architect takes it.
pub(crate) const PROMPT_CHARS_MAX: usize = 8_000;
const GENRES_MAX: usize = 10;
const GENRE_CHARS_MAX: usize = 100;
/// Chapters of a book, all runs together.
pub(crate) const CHAPTERS_MAX: u32 = 60;
const CHAPTERS_DEFAULT: u32 = 8;
pub(crate) const WORDS: std::ops::RangeInclusive<u32> = 100..=5_000;
const WORDS_DEFAULT: u32 = 1_200;
/// Characters of the name of a series.
const SERIES_CHARS_MAX: usize = 100;
/// Characters of a story's first title, by contract.
const TITLE_CHARS: usize = 60;

/// What callers send. Absent is `None`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct RawFictionRequest {
    pub(crate) prompt: String,
    pub(crate) genres: Vec<String>,
    pub(crate) chapters: Option<u32>,
    pub(crate) words_per_chapter: Option<u32>,
    pub(crate) seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) series: Option<String>,
}

/// Everything is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct FictionRequest {
    pub(crate) prompt: String,
    pub(crate) genres: Vec<String>,
    pub(crate) chapters: u32,
    pub(crate) words_per_chapter: u32,
    pub(crate) seed: u64,
    /// It was begun with a manuscript; `prompt` is its title then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) imported: bool,
    /// The series that it is of, until its bible says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) series: Option<String>,
}

impl FictionRequest {
    /// `seed` is taken when none is given.
    ///
    /// # Errors
    /// Every field at fault.
    pub(crate) fn parse(raw: RawFictionRequest, seed: u64) -> Result<Self, Vec<FieldViolation>> {
        let mut faults = Faults::default();
        let prompt = parse_prompt("prompt", &raw.prompt, &mut faults);
        let genres = parse_genres(&raw.genres, &mut faults);

        let series = raw.series.and_then(|name| parse_series(&name, &mut faults));

        let chapters = raw.chapters.unwrap_or(CHAPTERS_DEFAULT);
        if !(1..=CHAPTERS_MAX).contains(&chapters) {
            faults.add("chapters", format!("1 to {CHAPTERS_MAX}"));
        }
        let words_per_chapter = raw.words_per_chapter.unwrap_or(WORDS_DEFAULT);
        if !WORDS.contains(&words_per_chapter) {
            faults.add(
                "words_per_chapter",
                format!("{} to {}", WORDS.start(), WORDS.end()),
            );
        }

        match faults.is_empty() {
            true => Ok(Self {
                prompt,
                genres,
                chapters,
                words_per_chapter,
                seed: raw.seed.unwrap_or(seed),
                imported: false,
                series,
            }),
            false => Err(faults.0),
        }
    }

    /// The title by contract until the architect has given one: the beginning of the prompt, on one line.
    pub(crate) fn first_title(&self) -> String {
        let line = self.prompt.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = line.chars().take(TITLE_CHARS).collect();
        short.trim_end().to_owned()
    }
}

/// The name of a series, on one line.
pub(crate) fn parse_series(name: &str, faults: &mut Faults) -> Option<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if (1..=SERIES_CHARS_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Some(name);
    }

    faults.add(
        "series",
        format!("1 to {SERIES_CHARS_MAX} characters on one line"),
    );
    None
}

/// Text of some length without control characters other than breaks of lines and tabs.
pub(crate) fn parse_prompt(field: &str, text: &str, faults: &mut Faults) -> String {
    let text = text.trim();
    let strange = |char: char| char.is_control() && !matches!(char, '\n' | '\r' | '\t');

    if !text.chars().any(char::is_alphanumeric) {
        faults.add(field, "some words");
    } else if text.chars().count() > PROMPT_CHARS_MAX {
        faults.add(field, format!("at most {PROMPT_CHARS_MAX} characters"));
    } else if text.chars().any(strange) {
        faults.add(field, "a text without control characters");
    }

    text.to_owned()
}

/// Trimmed, in small letters, without repetitions.
pub(crate) fn parse_genres(genres: &[String], faults: &mut Faults) -> Vec<String> {
    if genres.len() > GENRES_MAX {
        faults.add("genres", format!("at most {GENRES_MAX}"));
        return Vec::new();
    }

    let mut kept: Vec<String> = Vec::with_capacity(genres.len());
    for (index, genre) in genres.iter().enumerate() {
        let genre = genre
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase();
        let fits = !genre.is_empty()
            && genre.chars().count() <= GENRE_CHARS_MAX
            && !genre.chars().any(char::is_control);
        if !fits {
            let expected = format!("1 to {GENRE_CHARS_MAX} characters without control characters");
            faults.add(format!("genres.{index}"), expected);
        } else if !kept.contains(&genre) {
            kept.push(genre);
        }
    }

    kept
}

/// What one run does to the book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum BookTask {
    /// Makes it from the request, from nothing.
    Begin,
    /// Reads the manuscript that it was begun with.
    Import,
    /// Writes more chapters behind the last one.
    Continue { prompt: String, chapters: u32 },
    /// Writes these scenes anew.
    Rewrite { scenes: Vec<Key> },
    /// Makes something else of a fact, and writes the scenes anew that go by it, if there are any here.
    ChangeFact {
        fact: Key,
        object: String,
        statement: Option<String>,
        scenes: Vec<Key>,
    },
    /// Takes this change back.
    Undo { change: u64 },
    /// Has it read aloud.
    Narrate { voice: Voice },
    /// Looks for contradictions again: what its author lays down has changed.
    Check,
}

impl BookTask {
    /// What a list of changes calls it; none for what changes nothing that could be taken back.
    pub(crate) fn describe(&self) -> Option<String> {
        match self {
            Self::Begin | Self::Import | Self::Undo { .. } | Self::Narrate { .. } | Self::Check => None,
            Self::Continue { chapters: 1, .. } => Some("Continued by 1 chapter".to_owned()),
            Self::Continue { chapters, .. } => Some(format!("Continued by {chapters} chapters")),
            Self::Rewrite { scenes } if scenes.len() == 1 => Some("Rewrote 1 scene".to_owned()),
            Self::Rewrite { scenes } => Some(format!("Rewrote {} scenes", scenes.len())),
            Self::ChangeFact { fact, .. } => Some(format!("Changed the fact {fact}")),
        }
    }
}

impl FictionRequest {
    /// What its first run does.
    pub(crate) const fn first_task(&self) -> BookTask {
        match self.imported {
            true => BookTask::Import,
            false => BookTask::Begin,
        }
    }
}

/// What the graph of fiction begins with: its first state reads as this.
#[derive(Debug, Serialize)]
pub(crate) struct FictionInput<'a> {
    pub(crate) story_id: Uuid,
    pub(crate) actor: &'a Actor,
    pub(crate) request_id: &'a str,
    pub(crate) request: &'a FictionRequest,
    pub(crate) task: &'a BookTask,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(prompt: &str) -> RawFictionRequest {
        RawFictionRequest {
            prompt: prompt.to_owned(),
            ..RawFictionRequest::default()
        }
    }

    fn faults(raw: RawFictionRequest) -> Vec<String> {
        let faults = FictionRequest::parse(raw, 0).expect_err("it is refused");
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn what_is_not_given_is_the_default() {
        let request = FictionRequest::parse(raw("  A lighthouse keeper.\nA storm. "), 7).unwrap();

        assert_eq!(
            (request.chapters, request.words_per_chapter, request.seed),
            (8, 1_200, 7)
        );
        assert_eq!(request.prompt, "A lighthouse keeper.\nA storm.");
        assert_eq!(request.first_title(), "A lighthouse keeper. A storm.");
    }

    #[test]
    fn the_first_title_is_at_most_sixty_characters_of_the_prompt() {
        let request = FictionRequest::parse(raw(&"é ".repeat(100)), 0).unwrap();
        assert_eq!(request.first_title().chars().count(), 59);
    }

    #[test]
    fn every_field_at_fault_is_named() {
        let wrong = RawFictionRequest {
            prompt: " ?! ".to_owned(),
            genres: vec!["mystery".to_owned(), String::new()],
            chapters: Some(0),
            words_per_chapter: Some(99),
            seed: None,
            series: None,
        };
        assert_eq!(
            faults(wrong),
            ["prompt", "genres.1", "chapters", "words_per_chapter"]
        );

        let many = RawFictionRequest {
            chapters: Some(10_000),
            genres: vec!["x".to_owned(); 11],
            ..raw(&"a".repeat(100 * 1024))
        };
        assert_eq!(faults(many), ["prompt", "genres", "chapters"]);
        assert_eq!(faults(raw("a\0b")), ["prompt"]);
    }

    #[test]
    fn any_script_and_any_syntax_is_a_prompt() {
        for prompt in [
            "灯台守の物語",
            "{{prompt}} ${x} <b>",
            "'; DROP TABLE stories; --",
            "MATCH (n) DELETE n",
        ] {
            assert_eq!(FictionRequest::parse(raw(prompt), 0).unwrap().prompt, prompt);
        }
    }

    #[test]
    fn genres_are_small_and_come_once() {
        let genres = ["Science  Fiction", "mystery", "MYSTERY"]
            .map(str::to_owned)
            .to_vec();
        let mut faults = Faults::default();
        assert_eq!(parse_genres(&genres, &mut faults), ["science fiction", "mystery"]);
        assert!(faults.is_empty());
    }
}
