//! Stories: begun, begun again, and cancelled.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use proto::{
    v1::{self, CreateCodeStoryRequest},
    words::Minutes,
};

use crate::{
    error::ApiError,
    extract::IdempotencyKey,
    graphql::{
        Ask,
        object::story::Story,
        scalar::{IdInput, UrlInput},
    },
    operation::stories::{CancelStory, GenerateStory, RestartStory},
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
            idempotency_key: parse_key(self.idempotency_key.as_deref())?.into_text(),
            worker_share: None,
        })
    }
}

fn parse_key(key: Option<&str>) -> Result<IdempotencyKey, ApiError> {
    IdempotencyKey::parse(key.map(str::as_bytes), "input.idempotencyKey")
}

#[Object]
impl StoriesMutation {
    /// Begin a story about a repository.
    async fn generate_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to tell.")] input: GenerateStoryInput,
    ) -> Result<Option<GenerateStoryPayload>> {
        let door = ctx.door().await?;
        let request = input.into_proto().map_err(|error| ctx.fail(error))?;
        let story = door.perform(GenerateStory(request)).await?;

        Ok(Some(GenerateStoryPayload {
            story: Story(Arc::new(story)),
        }))
    }

    /// Make a story of yours again from the start. An attempt under way is cancelled.
    async fn restart_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which story.")] input: RestartStoryInput,
    ) -> Result<Option<RestartStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let key = parse_key(input.idempotency_key.as_deref()).map_err(|error| ctx.fail(error))?;
        let operation = RestartStory {
            id,
            idempotency_key: key.into_text(),
        };
        let story = door.perform(operation).await?;

        Ok(Some(RestartStoryPayload {
            story: Story(Arc::new(story)),
        }))
    }

    /// Stop making a story of yours. What was finished is kept.
    async fn cancel_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which story.")] input: CancelStoryInput,
    ) -> Result<Option<CancelStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let story = door.perform(CancelStory { id }).await?;

        Ok(Some(CancelStoryPayload {
            story: Story(Arc::new(story)),
        }))
    }
}
