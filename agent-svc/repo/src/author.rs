//! The offline author: writes a narration from an [`Analysis`] alone, without a model, the same every time.
//!
//! Every sentence is derived from the analysis. Never reads files, never synthesises: a voice's [`Pace`] plans length.

mod facts;
pub mod grammar;
mod guard;
pub mod intent;
pub mod model;
mod phrase;
mod plan;
mod shape;
mod story;

pub use intent::understand;
pub use model::{
    Chapter, ChapterPlan, Claim, CodeExample, Depth, Outline, Presenter, StorySpec, Style, Turn, Understood,
};
pub use story::CHAPTER_PAUSE;

use crate::analysis::Analysis;
use crate::narration::pace::Pace;

/// Plans the story. The same analysis, wish and pace always give the same plan.
pub fn outline(analysis: &Analysis, wish: &StorySpec, pace: Pace) -> Outline {
    let story = story::compose(analysis, wish, pace);
    story.outline()
}

/// Writes one chapter of that plan; `None` beyond the last. Give it the analysis, wish and pace of the outline:
/// chapters are written apart from each other, and no sentence comes twice in the whole story.
pub fn chapter(analysis: &Analysis, wish: &StorySpec, index: usize, pace: Pace) -> Option<Chapter> {
    story::compose(analysis, wish, pace).chapter(index)
}

#[cfg(any(test, feature = "testing"))]
pub(crate) use phrase::{is_narrators_speech, is_spoken_constant};

#[cfg(test)]
mod tests;
