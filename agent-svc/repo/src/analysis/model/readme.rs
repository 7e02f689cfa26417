//! The part of the model that holds a document by its structure: sections with their headings, and under each its
//! paragraphs, list items, table rows and code, every one with its line. Plain data only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What introduces a project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readme {
    pub path: String,
    pub title: Option<String>,
    /// Plain prose, in order: no code blocks, badges, tables, raw HTML or link targets.
    pub paragraphs: Vec<String>,
    pub headings: Vec<String>,
    /// Items of its first feature-like list, plain.
    pub highlights: Vec<String>,
    /// The whole document by its headings, in order.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// English name of the language it is written in ("Russian"), when that is not English.
    #[serde(default)]
    pub language: Option<String>,
}

/// A heading and what stands below it, down to the next heading of any level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Section {
    /// Its words; `None` for what stands before the first heading.
    pub heading: Option<String>,
    /// 1 for a title, up to 6; 0 before the first heading.
    pub level: u8,
    /// Of the heading, from 1.
    pub line: u32,
    pub blocks: Vec<Block>,
}

/// One piece of a section. Texts are the author's words without markup: links are their labels, images, badges and
/// emoji are gone, code inside a sentence keeps its backticks. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        text: String,
        line: u32,
    },
    /// A paragraph in a block quote, such as a note or a warning.
    Quote {
        text: String,
        line: u32,
    },
    Item {
        text: String,
        line: u32,
        /// 1 for items of the outermost list.
        depth: u8,
        /// Most of it is the label of a link, as in a table of contents.
        linked: bool,
    },
    Row {
        cells: Vec<String>,
        line: u32,
        header: bool,
    },
    Code {
        /// As the fence names it: `sh`, `rust`.
        language: Option<String>,
        text: String,
        line: u32,
    },
}

impl Block {
    /// The words of a paragraph, quote or item; `None` for rows and code.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Paragraph { text, .. } | Self::Quote { text, .. } | Self::Item { text, .. } => Some(text),
            Self::Row { .. } | Self::Code { .. } => None,
        }
    }

    /// Where it stands, from 1.
    pub fn line(&self) -> u32 {
        match self {
            Self::Paragraph { line, .. }
            | Self::Quote { line, .. }
            | Self::Item { line, .. }
            | Self::Row { line, .. }
            | Self::Code { line, .. } => *line,
        }
    }
}
