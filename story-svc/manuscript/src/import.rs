//! A book out of a manuscript. Each reader makes a draft, a row of headings, paragraphs and breaks; one place makes chapters
//! and scenes of it, whatever it was written in.

mod assembly;
mod encoding;
mod epub;
mod markdown;
mod package;
mod promotion;
mod text;
mod xhtml;

use chrono::{DateTime, Utc};

pub(crate) use self::markdown::read_markdown_line;
use crate::{Book, Cover, Format, ImportError};

/// Text is read whole into memory several times over; the longest novels have 6 MB.
pub const MAX_MANUSCRIPT_BYTES: usize = 16 << 20;
/// An EPUB carries its pictures and fonts along.
pub const MAX_EPUB_BYTES: usize = 64 << 20;
/// What may be unpacked of an EPUB in all (its pages, its package and one cover), so that a small file can't fill the memory.
pub const MAX_UNPACKED_BYTES: u64 = 48 << 20;
/// The largest public editions have some hundreds of files.
pub const MAX_ENTRIES: usize = 10_000;

/// What a reader found, in order.
#[derive(Debug, Default)]
struct Draft {
    title: String,
    author: String,
    language: String,
    description: String,
    identifier: String,
    date: Option<DateTime<Utc>>,
    cover: Option<Cover>,
    blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    /// Plain words. The smaller the level, the larger what it heads.
    Heading {
        level: u8,
        text: String,
    },
    /// With its emphasis.
    Paragraph(String),
    Break,
}

/// Reads a manuscript; without a format it is known by its bytes.
///
/// # Errors
/// What it is not: too large, no text, protected, damaged, or of a format that nobody reads here.
pub fn import_book(bytes: &[u8], format: Option<Format>) -> Result<Book, ImportError> {
    if bytes.len() > MAX_EPUB_BYTES {
        return Err(ImportError::TooLarge {
            what: "the file",
            limit: MAX_EPUB_BYTES as u64,
        });
    }

    if format == Some(Format::Epub) || bytes.starts_with(b"PK\x03\x04") {
        return assembly::assemble_book(epub::read_epub(bytes)?);
    }
    if format == Some(Format::Docx) {
        return Err(ImportError::Unsupported {
            found: "a DOCX document",
        });
    }
    if let Some(found) = foreign_format(bytes) {
        return Err(ImportError::Unsupported { found });
    }
    if bytes.len() > MAX_MANUSCRIPT_BYTES {
        return Err(ImportError::TooLarge {
            what: "the manuscript",
            limit: MAX_MANUSCRIPT_BYTES as u64,
        });
    }

    let text = encoding::decode_text(bytes)?;
    let is_markdown = format.map_or_else(
        || markdown::looks_like_markdown(&text),
        |format| format == Format::Markdown,
    );
    let draft = if is_markdown {
        markdown::read_markdown(&text)
    } else {
        text::read_text(&text)
    };
    assembly::assemble_book(draft)
}

fn foreign_format(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"%PDF-") {
        return Some("a PDF document");
    }
    if bytes.starts_with(b"{\\rtf") {
        return Some("an RTF document");
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Some("an old Word document");
    }
    if bytes.get(60..68) == Some(b"BOOKMOBI".as_slice()) {
        return Some("a Kindle book");
    }

    None
}
