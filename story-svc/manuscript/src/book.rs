//! What a book is: chapters of scenes of paragraphs, what is said about it, and what is still open.

use chrono::{DateTime, Utc};

use crate::headings;

/// A book. What is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    pub title: String,
    pub author: String,
    /// A language tag (BCP 47), such as `en` or `pt-BR`.
    pub language: String,
    pub description: String,
    /// When the book was last changed; never the clock of whoever exports it.
    pub date: Option<DateTime<Utc>>,
    /// The same for the same book for ever, such as `urn:uuid:…`.
    pub identifier: String,
    pub chapters: Vec<Chapter>,
    /// Findings that are still open, one line each; they stand at the end of every format.
    pub notes: Vec<String>,
    pub cover: Option<Cover>,
}

/// A chapter, in the order in which it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chapter {
    /// The heading of the part that begins with this chapter.
    pub part: Option<String>,
    /// The number that its heading says; several chapters of one book may say the same one (parts that begin anew).
    pub number: Option<u32>,
    /// Plain words, without markup.
    pub title: String,
    pub scenes: Vec<Scene>,
}

impl Chapter {
    /// How the chapter is headed in a book of this language: `Chapter 3: The Storm`, `Chapter 3`, `Prologue`. Empty when it
    /// has neither number nor title.
    #[must_use]
    pub fn heading(&self, language: &str) -> String {
        match (self.number, self.title.trim()) {
            (None, title) => title.to_owned(),
            (Some(number), "") => format!("{} {number}", headings::chapter_word(language)),
            (Some(number), title) => format!("{} {number}: {title}", headings::chapter_word(language)),
        }
    }

    /// How a table of contents calls it: never empty.
    #[must_use]
    pub fn label(&self, language: &str) -> String {
        let heading = self.heading(language);
        match (heading.is_empty(), self.part.as_deref().map(str::trim)) {
            (false, _) => heading,
            (true, Some(part)) if !part.is_empty() => part.to_owned(),
            (true, _) => headings::chapter_word(language).to_owned(),
        }
    }

    /// The scenes that hold a paragraph: a scene of nothing is no scene of a book.
    pub(crate) fn filled_scenes(&self) -> impl Iterator<Item = &Scene> {
        self.scenes
            .iter()
            .filter(|scene| scene.filled_paragraphs().next().is_some())
    }
}

/// What stands between two scene breaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scene {
    pub paragraphs: Vec<String>,
}

impl Scene {
    pub(crate) fn filled_paragraphs(&self) -> impl Iterator<Item = &str> {
        self.paragraphs
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }
}

/// A picture that every reader of EPUB can show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    bytes: Vec<u8>,
    kind: CoverKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CoverKind {
    Jpeg,
    Png,
    Gif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cover is a JPEG, PNG or GIF picture")]
pub struct CoverError;

impl Cover {
    /// # Errors
    /// The bytes do not begin as a JPEG, PNG or GIF picture does.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, CoverError> {
        let kind = match bytes.as_slice() {
            [0xFF, 0xD8, 0xFF, ..] => CoverKind::Jpeg,
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => CoverKind::Png,
            [b'G', b'I', b'F', b'8', ..] => CoverKind::Gif,
            _ => return Err(CoverError),
        };

        Ok(Self { bytes, kind })
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.kind {
            CoverKind::Jpeg => "image/jpeg",
            CoverKind::Png => "image/png",
            CoverKind::Gif => "image/gif",
        }
    }

    pub(crate) const fn extension(&self) -> &'static str {
        match self.kind {
            CoverKind::Jpeg => "jpg",
            CoverKind::Png => "png",
            CoverKind::Gif => "gif",
        }
    }
}
