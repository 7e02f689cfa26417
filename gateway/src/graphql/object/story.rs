//! A story as clients know it, made from the service's message.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use proto::v1;
use serde::Deserialize;

use super::{run::Run, some};
use crate::{
    error::ApiError,
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json, Url},
    },
    view::stories::{StoryStatus, Style, TechnicalDepth, Voice, percent, whole_seconds},
};

/// What a story is about.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum StoryKind {
    /// It was made up.
    Fiction,
    /// A repository, told.
    Code,
}

impl From<StoryKind> for i32 {
    fn from(kind: StoryKind) -> Self {
        match kind {
            StoryKind::Fiction => v1::StoryKind::Fiction,
            StoryKind::Code => v1::StoryKind::Code,
        }
        .into()
    }
}

#[derive(Clone)]
pub(crate) struct Story(pub(crate) Arc<v1::Story>);

impl Story {
    /// Nothing half-made is shown: artefacts are there when the story is complete.
    fn is_done(&self) -> bool {
        self.0.status() == v1::RunStatus::Completed
    }

    fn link(&self, ctx: &Context<'_>, key: &str) -> Option<Url<'static>> {
        self.is_done()
            .then(|| ctx.links().url(key))
            .flatten()
            .map(Url::from)
    }
}

/// A story: a repository, told to be listened to. It lasts; each attempt at making it is a run.
#[Object]
impl Story {
    /// Its id.
    async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// What it is about.
    async fn kind(&self) -> StoryKind {
        match self.0.kind() {
            v1::StoryKind::Fiction => StoryKind::Fiction,
            v1::StoryKind::Code | v1::StoryKind::Unspecified => StoryKind::Code,
        }
    }

    /// Its title. Until it is complete: the repository's name.
    async fn title(&self) -> &str {
        some(&self.0.title).unwrap_or(&self.0.repo_name)
    }

    /// The repository that it tells.
    async fn repo_url(&self) -> Option<Url<'_>> {
        some(&self.0.repo_url).map(Url::from)
    }

    /// `owner/repository`.
    async fn repo_name(&self) -> Option<&str> {
        some(&self.0.repo_name)
    }

    /// Where it stands.
    async fn status(&self) -> StoryStatus {
        StoryStatus::of(self.0.status(), &self.0.phase)
    }

    /// Per cent: 0 to 100.
    async fn progress(&self) -> u8 {
        percent(self.0.progress)
    }

    /// How it is told.
    async fn style(&self) -> Option<Style> {
        Style::named(&self.0.style)
    }

    /// Who speaks.
    async fn voice(&self) -> Option<Voice> {
        Voice::named(&self.0.voice)
    }

    /// What it dwells on, as it was asked for.
    async fn focus_areas(&self) -> &[String] {
        &self.0.focus_areas
    }

    /// What the listener is taken to know.
    async fn technical_depth(&self) -> Option<TechnicalDepth> {
        TechnicalDepth::named(&self.0.technical_depth)
    }

    /// The length that was asked for, in minutes.
    async fn duration_minutes(&self) -> u32 {
        self.0.duration_minutes
    }

    /// Length of the finished audio, in seconds; null until it is complete.
    async fn duration_seconds(&self) -> Option<u64> {
        self.is_done().then(|| whole_seconds(self.0.duration_seconds))
    }

    /// The whole story as MP3; null until it is complete. It answers GET, HEAD and Range without a header.
    async fn audio_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, &self.0.audio_key)
    }

    /// Each chapter as MP3, in order.
    async fn audio_chunks(&self, ctx: &Context<'_>) -> Vec<Url<'static>> {
        let keys = self.0.audio_chunk_keys.iter();
        keys.filter_map(|key| self.link(ctx, key)).collect()
    }

    /// The cover as SVG; null until it is complete.
    async fn cover_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, &self.0.cover_key)
    }

    /// The transcript as Markdown; null until it is complete.
    async fn transcript_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, &self.0.transcript_key)
    }

    /// The captions as WebVTT; null until it is complete.
    async fn captions_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, &self.0.captions_key)
    }

    /// The chapters, in order; none until it is complete, and null only when they could not be read.
    async fn chapters(&self, ctx: &Context<'_>) -> Result<Option<Vec<Chapter>>> {
        if !self.is_done() {
            return Ok(Some(Vec::new()));
        }

        // A story of a list comes without them.
        let whole = if self.0.chapters.is_empty() {
            let story = ctx.loaders().whole_stories.load(&self.0.id).await;
            ctx.loaded(story)?
        } else {
            Some(Arc::clone(&self.0))
        };
        let chapters = whole.map(|story| Chapter::read(&story)).transpose();

        chapters.map_err(|error| ctx.fail(error))
    }

    /// Why it failed, in words for its user; `cancelled` when it was cancelled.
    async fn error_message(&self) -> Option<&str> {
        match self.0.status() {
            v1::RunStatus::Cancelled => Some("cancelled"),
            _ => some(&self.0.error_message),
        }
    }

    /// Whether no model was asked: the deterministic author wrote it.
    async fn offline(&self) -> bool {
        self.0.offline
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<'_> {
        self.0.created_at.as_str().into()
    }

    /// When it, or the attempt at making it, last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        self.0.updated_at.as_str().into()
    }

    /// The current attempt at making it.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        let run = ctx.loaders().runs.load(&self.0.run_id).await;
        Ok(ctx.loaded(run)?.map(Run))
    }
}

/// One chapter of a finished story.
#[derive(Clone, Deserialize, SimpleObject)]
pub(crate) struct Chapter {
    /// Its title.
    title: String,
    /// What is said, as Markdown.
    content: String,
    /// Pieces of code that it speaks of.
    code_examples: Vec<Json>,
    /// Files of the repository that it speaks of.
    #[serde(default)]
    files: Vec<String>,
    /// Its length, in seconds.
    duration_seconds: u64,
    /// Where it begins in the whole audio, in seconds.
    timestamp_start: u64,
}

impl Chapter {
    /// The chapters of a story that came with them.
    pub(crate) fn read(story: &v1::Story) -> Result<Vec<Self>, ApiError> {
        serde_json::from_str(&story.chapters).map_err(|err| {
            tracing::error!(story = story.id, %err, "the chapters of a story are not JSON");
            ApiError::internal()
        })
    }
}
