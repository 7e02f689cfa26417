//! A story as clients know it, made from the service's message.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use proto::v1;
use serde::Deserialize;

use super::{known_time, run::Run, some};
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
    /// What its run made. Nothing half-made is shown: it is there when the story is complete.
    fn made(&self) -> Option<&v1::CodeResult> {
        let done = self.0.status() == v1::RunStatus::Completed;
        self.0.code_result().filter(|_| done)
    }

    fn link(&self, ctx: &Context<'_>, key: fn(&v1::CodeResult) -> &String) -> Option<Url<'static>> {
        ctx.links().url(key(self.made()?)).map(Url::from)
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
        let repo_name = || self.0.code().map_or("", |request| &request.repo_name);
        some(&self.0.title).unwrap_or_else(repo_name)
    }

    /// The repository that it tells.
    async fn repo_url(&self) -> Option<Url<'_>> {
        some(&self.0.code()?.repo_url).map(Url::from)
    }

    /// `owner/repository`.
    async fn repo_name(&self) -> Option<&str> {
        some(&self.0.code()?.repo_name)
    }

    /// Where it stands.
    async fn status(&self) -> StoryStatus {
        StoryStatus::from_run(self.0.status(), &self.0.phase)
    }

    /// Per cent: 0 to 100.
    async fn progress(&self) -> u8 {
        percent(self.0.progress)
    }

    /// How it is told.
    async fn style(&self) -> Option<Style> {
        self.0.code()?.style().choice().map(Into::into)
    }

    /// Who speaks.
    async fn voice(&self) -> Option<Voice> {
        self.0.code()?.voice().choice().map(Into::into)
    }

    /// What it dwells on, as it was asked for.
    async fn focus_areas(&self) -> &[String] {
        self.0.code().map_or(&[], |request| &request.focus_areas)
    }

    /// What the listener is taken to know.
    async fn technical_depth(&self) -> Option<TechnicalDepth> {
        self.0.code()?.technical_depth().choice().map(Into::into)
    }

    /// The length that was asked for, in minutes.
    async fn duration_minutes(&self) -> u32 {
        self.0.code().map_or(0, |request| request.duration_minutes)
    }

    /// Length of the finished audio, in seconds; null until it is complete.
    async fn duration_seconds(&self) -> Option<u64> {
        self.made().map(|made| whole_seconds(made.duration_seconds))
    }

    /// The whole story as MP3; null until it is complete. It answers GET, HEAD and Range without a header.
    async fn audio_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.audio_key)
    }

    /// Each chapter as MP3, in order.
    async fn audio_chunks(&self, ctx: &Context<'_>) -> Vec<Url<'static>> {
        let keys = self.made().map(|made| made.audio_chunk_keys.iter());
        let urls = keys.into_iter().flatten().filter_map(|key| ctx.links().url(key));
        urls.map(Url::from).collect()
    }

    /// The cover as SVG; null until it is complete.
    async fn cover_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.cover_key)
    }

    /// The transcript as Markdown; null until it is complete.
    async fn transcript_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.transcript_key)
    }

    /// The captions as WebVTT; null until it is complete.
    async fn captions_url(&self, ctx: &Context<'_>) -> Option<Url<'static>> {
        self.link(ctx, |made| &made.captions_key)
    }

    /// The chapters, in order; none until it is complete, and null only when they could not be read.
    async fn chapters(&self, ctx: &Context<'_>) -> Result<Option<Vec<Chapter>>> {
        let Some(made) = self.made() else {
            return Ok(Some(Vec::new()));
        };

        // A story of a list comes without them.
        let whole = if made.chapters.is_some() {
            Some(Arc::clone(&self.0))
        } else {
            let story = ctx.loaders().whole_stories.load(&self.0.id).await;
            ctx.loaded(story)?
        };
        let chapters = whole.map(|story| Chapter::read(&story)).transpose();

        chapters.map_err(|error| ctx.fail(error))
    }

    /// Why it failed, in words for its user; `cancelled` when it was cancelled.
    async fn error_message(&self) -> Option<&str> {
        match self.0.status() {
            v1::RunStatus::Cancelled => Some("cancelled"),
            _ => self.0.error_message.as_deref(),
        }
    }

    /// Whether no model was asked: the deterministic author wrote it.
    async fn offline(&self) -> bool {
        self.0.offline
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<'_> {
        known_time(self.0.created_at.as_ref())
    }

    /// When it, or the attempt at making it, last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        known_time(self.0.updated_at.as_ref())
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
    /// What it says that the repository says too, and where; empty in stories made before this was kept.
    #[serde(default)]
    claims: Vec<Claim>,
    /// Its length, in seconds.
    duration_seconds: u64,
    /// Where it begins in the whole audio, in seconds.
    timestamp_start: u64,
}

/// A sentence of a chapter and the place in the repository that it rests on.
#[derive(Clone, Deserialize, SimpleObject)]
pub(crate) struct Claim {
    /// The sentence as it is said.
    text: String,
    /// Path from the root of the repository.
    file: String,
    /// Line in that file, from 1.
    line: u32,
}

impl Chapter {
    /// The chapters of a story that came with them.
    pub(crate) fn read(story: &v1::Story) -> Result<Vec<Self>, ApiError> {
        let chapters = story.code_result().and_then(|made| made.chapters.as_deref());

        serde_json::from_str(chapters.unwrap_or_default()).map_err(|err| {
            tracing::error!(story = story.id, %err, "the chapters of a story are not JSON");
            ApiError::internal()
        })
    }
}
