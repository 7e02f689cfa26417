//! The offline author: writes a narration from an analysis alone, without a model, the same every time.
//!
//! Every sentence is derived from the analysis. Never reads files, never synthesises: a voice's pace plans length.

pub mod model;

pub use model::{Chapter, ChapterPlan, CodeExample, Depth, Outline, Style, Understood, Wish};
