//! Stories: begun, begun again, and cancelled.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use kit::Problem;
use proto::{
    v1::{self, CreateCodeStoryRequest},
    words::Minutes,
};

use crate::{
    error::ApiError,
    graphql::{
        Ask, input,
        object::story::Story,
        scalar::{IdInput, UrlInput},
    },
    identity::WriteStories,
    limits::{Class, Endpoint},
    view::stories::{Style, TechnicalDepth, Voice},
};

#[derive(Default)]
pub(crate) struct StoriesMutation;

/// What to tell. Only the repository is required.
#[derive(InputObject)]
struct GenerateStoryInput {
    /// https URL of a git repository on a host that is allowed here.
    repo_url: UrlInput,
    /// How to tell it; `DOCUMENTARY` when left out.
    style: Option<Style>,
    /// Its length in minutes: 5, 10, 15 or 20; 10 when left out.
    duration_minutes: Option<i64>,
    /// Who speaks; `RACHEL` when left out.
    voice: Option<Voice>,
    /// What to dwell on: at most 10, each at most 100 characters.
    focus_areas: Option<Vec<String>>,
    /// What the listener is taken to know; `INTERMEDIATE` when left out.
    technical_depth: Option<TechnicalDepth>,
    /// At most 255 visible ASCII characters. The same input under the same key again answers with the story made before.
    idempotency_key: Option<String>,
}

/// The story that was begun.
#[derive(SimpleObject)]
struct GenerateStoryPayload {
    /// The story, which is queued.
    story: Story,
}

/// Which story to make again.
#[derive(InputObject)]
struct RestartStoryInput {
    /// Its id.
    id: IdInput,
    /// At most 255 visible ASCII characters. The same input under the same key again restarts nothing again.
    idempotency_key: Option<String>,
}

/// The story that was begun again.
#[derive(SimpleObject)]
struct RestartStoryPayload {
    /// The story, which is queued again.
    story: Story,
}

/// Which story to stop making.
#[derive(InputObject)]
struct CancelStoryInput {
    /// Its id.
    id: IdInput,
}

/// What became of the story.
#[derive(SimpleObject)]
struct CancelStoryPayload {
    /// The story, whose current run is stopping or has stopped.
    story: Story,
}

impl GenerateStoryInput {
    fn into_proto(self) -> Result<CreateCodeStoryRequest, ApiError> {
        let minutes = self.duration_minutes.map(|minutes| {
            let known = u32::try_from(minutes).unwrap_or_default();
            Minutes::try_from(known)
                .map_err(|error| ApiError::field("input.durationMinutes", "value_error", error.to_string()))
        });
        Ok(CreateCodeStoryRequest {
            repo_url: self.repo_url.0,
            style: v1::Style::number(self.style.map(Into::into)),
            duration_minutes: minutes.transpose()?.map(Minutes::get),
            voice: v1::Voice::number(self.voice.map(Into::into)),
            focus_areas: self.focus_areas.unwrap_or_default(),
            technical_depth: v1::TechnicalDepth::number(self.technical_depth.map(Into::into)),
            idempotency_key: input::idempotency_key(self.idempotency_key)?,
        })
    }
}

fn changed(ctx: &Context<'_>, story: Result<v1::Story, Problem>) -> Result<Story> {
    let story = story.map_err(|problem| ctx.fail(input::refused(problem, "story")))?;
    Ok(Story(Arc::new(story)))
}

#[Object]
impl StoriesMutation {
    /// Begin a story about a repository.
    async fn generate_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to tell.")] input: GenerateStoryInput,
    ) -> Result<Option<GenerateStoryPayload>> {
        let call = ctx.scoped::<WriteStories>()?;
        ctx.charge(Class::Expensive, Some(Endpoint::AnonymousGenerate))
            .await?;
        let request = input.into_proto().map_err(|error| ctx.fail(error))?;
        let story = ctx.backend().clients.create_code_story(&call, request).await;
        let story = changed(ctx, story)?;
        Ok(Some(GenerateStoryPayload { story }))
    }

    /// Make a story of yours again from the start. An attempt under way is cancelled.
    async fn restart_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which story.")] input: RestartStoryInput,
    ) -> Result<Option<RestartStoryPayload>> {
        let call = ctx.scoped::<WriteStories>()?;
        ctx.charge(Class::Expensive, Some(Endpoint::AnonymousGenerate))
            .await?;
        let id = input.id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
        let key = input::idempotency_key(input.idempotency_key).map_err(|error| ctx.fail(error))?;
        let story = ctx.backend().clients.restart_story(&call, id, key).await;
        let story = changed(ctx, story)?;
        Ok(Some(RestartStoryPayload { story }))
    }

    /// Stop making a story of yours. What was finished is kept.
    async fn cancel_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which story.")] input: CancelStoryInput,
    ) -> Result<Option<CancelStoryPayload>> {
        let call = ctx.scoped::<WriteStories>()?;
        let id = input.id.parse_as("input.id").map_err(|error| ctx.fail(error))?;
        let story = ctx.backend().clients.cancel_story(&call, id).await;
        let story = changed(ctx, story)?;
        Ok(Some(CancelStoryPayload { story }))
    }
}
