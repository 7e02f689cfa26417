//! What a chat message was understood to ask for.

use async_graphql::Object;
use proto::words;

use crate::view::{
    intent::IntentBody,
    stories::{Style, TechnicalDepth},
};

pub(crate) struct Intent(pub(crate) IntentBody);

/// What a message asks for, in the words in which a story is begun.
#[Object]
impl Intent {
    /// The subjects to dwell on.
    async fn focus_areas(&self) -> &[String] {
        &self.0.focus_areas
    }

    /// What the listener is taken to know.
    async fn technical_depth(&self) -> Option<TechnicalDepth> {
        let known: Option<words::TechnicalDepth> = self.0.technical_depth.parse().ok();
        known.map(Into::into)
    }

    /// The way in which to tell it.
    async fn style(&self) -> Option<Style> {
        let known: Option<words::Style> = self.0.style.parse().ok();
        known.map(Into::into)
    }

    /// The length that fits, in minutes: what `generateStory` takes as `durationMinutes`.
    async fn duration_minutes(&self) -> u32 {
        self.0.suggested_duration
    }

    /// The length that fits, in minutes.
    #[graphql(deprecation = "The same is `durationMinutes`, as everywhere else.")]
    async fn suggested_duration(&self) -> u32 {
        self.0.suggested_duration
    }
}
