//! Why a book could not be written, or a manuscript not be read. Every text is fit for the person who sent the file.

/// A book that could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the book could not be packed")]
    Pack(#[from] zip::result::ZipError),
    #[error("the book could not be written")]
    Write(#[from] std::io::Error),
}

/// A manuscript that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("{what} is larger than {limit} bytes")]
    TooLarge { what: &'static str, limit: u64 },
    #[error("the archive holds more than {limit} files")]
    TooManyFiles { limit: usize },
    #[error("there are no words in this manuscript")]
    NoWords,
    #[error("this is {found}; expected Markdown, plain text or EPUB")]
    Unsupported { found: &'static str },
    #[error("this is not text: it holds characters that no text has")]
    NotText,
    #[error("this book is protected (DRM or a password) and can't be read")]
    Protected,
    #[error("the file is damaged: {what}")]
    Damaged { what: String },
}

impl ImportError {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}
