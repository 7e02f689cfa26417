//! A book in each format: the same book is the same bytes.

mod archive;
mod docx;
mod epub;
mod markdown;
mod text;
mod xml;

use crate::{Book, ExportError, Format};

/// # Errors
/// An archive larger than the format of archives allows.
pub fn export_book(book: &Book, format: Format) -> Result<Vec<u8>, ExportError> {
    match format {
        Format::Markdown => Ok(markdown::write_markdown(book).into_bytes()),
        Format::Text => Ok(text::write_text(book).into_bytes()),
        Format::Epub => epub::write_epub(book),
        Format::Docx => docx::write_docx(book),
    }
}

/// What the book is called when nobody gave it a title: readers need one.
fn title_of(book: &Book) -> &str {
    match book.title.trim() {
        "" => "Untitled",
        title => title,
    }
}

/// A language tag as BCP 47 shapes them, or "undetermined".
fn language_of(book: &Book) -> &str {
    let tag = book.language.trim();
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let sound = (2..=3).contains(&primary.len())
        && primary.chars().all(|c| c.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()));

    if sound { tag } else { "und" }
}

/// The moment of the last change as W3C writes it. A book without one has the first that archives know.
fn moment_of(book: &Book) -> String {
    use chrono::Datelike;

    book.date
        .filter(|date| (1..=9999).contains(&date.year()))
        .map_or_else(
            || "1980-01-01T00:00:00Z".to_owned(),
            |date| date.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        )
}
