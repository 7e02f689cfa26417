//! A book out of a manuscript, and a manuscript out of a book. It reads no file, no clock and no network, and knows no
//! service: bytes in, bytes out, the same for the same book.
//!
//! - `export(&book, Format)` writes Markdown, plain text, EPUB 3 or DOCX. Open findings stand at the end of each of them,
//!   and no chapter is left out.
//! - `import(bytes, Option<Format>)` reads Markdown, plain text, EPUB 2 and EPUB 3; without a format it looks at the bytes.
//!
//! A paragraph is a line of words in which `*…*` is emphasis, `**…**` is strong, a line break is a line break (verse), and
//! `\*` and `\\` are those characters themselves. Nothing else in it is markup.

mod book;
mod error;
mod export;
mod headings;
mod import;
mod inline;
mod prose;

pub use self::{
    book::{Book, Chapter, Cover, CoverError, Scene},
    error::{ExportError, ImportError},
    export::export_book as export,
    import::{MAX_ENTRIES, MAX_EPUB_BYTES, MAX_MANUSCRIPT_BYTES, MAX_UNPACKED_BYTES, import_book as import},
    inline::{escape_text, plain_text},
    prose::{mark_prose, prose_text},
};

/// What a manuscript is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Markdown,
    Text,
    Epub,
    Docx,
}

impl Format {
    /// By the ending of a file's name, without its dot.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "txt" | "text" => Some(Self::Text),
            "epub" => Some(Self::Epub),
            "docx" => Some(Self::Docx),
            _ => None,
        }
    }

    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Text => "txt",
            Self::Epub => "epub",
            Self::Docx => "docx",
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Epub => "application/epub+zip",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }
}

#[cfg(test)]
mod tests;
