//! Stories: begun, begun again, cancelled, named, shared and deleted.

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
        scalar::{Id, IdInput, UrlInput},
    },
    operation::stories::{
        CancelStory, DeleteStory, GenerateStory, RenameStory, RestartStory, ShareStory, UnshareStory,
    },
    view::stories::{Style, TechnicalDepth, Voice},
};

#[derive(Default)]
pub(crate) struct StoriesMutation;

/// The story to make. Only the repository is required.
#[derive(InputObject)]
struct GenerateStoryInput {
    /// The address of a git repository on a host that is allowed here, as people copy it: `https://github.com/owner/repository`,
    /// a page of it, or `git@github.com:owner/repository.git`.
    repo_url: UrlInput,
    /// The way in which it is told; `DOCUMENTARY` when left out.
    style: Option<Style>,
    /// Its length in minutes: 5, 10, 15 or 20; 10 when left out.
    duration_minutes: Option<i64>,
    /// The voice that reads it aloud; `RACHEL` when left out.
    voice: Option<Voice>,
    /// The subjects to dwell on: at most 10, each at most 100 characters.
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

/// The story to make again.
#[derive(InputObject)]
struct RestartStoryInput {
    /// The id of a story of yours.
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

/// The story to stop making.
#[derive(InputObject)]
struct CancelStoryInput {
    /// The id of a story of yours that is being made.
    id: IdInput,
}

/// What became of a story that was to be stopped.
#[derive(SimpleObject)]
struct CancelStoryPayload {
    /// The story, whose current run is stopping or has stopped.
    story: Story,
}

/// A new name for a story.
#[derive(InputObject)]
struct RenameStoryInput {
    /// The id of a story of yours.
    id: IdInput,
    /// The name: 1 to 200 characters on one line. It stays when the story is made again.
    title: String,
}

/// The story that got a name.
#[derive(SimpleObject)]
struct RenameStoryPayload {
    /// The story, under its new name.
    story: Story,
}

/// The story to share.
#[derive(InputObject)]
struct ShareStoryInput {
    /// The id of a story of yours.
    id: IdInput,
}

/// The story that is shared.
#[derive(SimpleObject)]
struct ShareStoryPayload {
    /// The story, whose `share` has the link.
    story: Story,
}

/// The story to share no more.
#[derive(InputObject)]
struct UnshareStoryInput {
    /// The id of a story of yours.
    id: IdInput,
}

/// The story that is not shared any more.
#[derive(SimpleObject)]
struct UnshareStoryPayload {
    /// The story, whose `share` is null.
    story: Story,
}

/// The story to delete.
#[derive(InputObject)]
struct DeleteStoryInput {
    /// The id of a story of yours.
    id: IdInput,
}

/// What is left of a story that was deleted.
#[derive(SimpleObject)]
struct DeleteStoryPayload {
    /// The id that the story had; nothing is under it any more.
    deleted_story_id: Id<'static>,
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
        #[graphql(desc = "The story to make.")] input: GenerateStoryInput,
    ) -> Result<Option<GenerateStoryPayload>> {
        let door = ctx.door().await?;
        let request = input.into_proto().map_err(|error| ctx.fail(error))?;
        let story = door.perform(GenerateStory(request)).await?;

        Ok(Some(GenerateStoryPayload {
            story: Story::new(story),
        }))
    }

    /// Make a story of yours again from the start. An attempt under way is cancelled.
    async fn restart_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story to make again.")] input: RestartStoryInput,
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
            story: Story::new(story),
        }))
    }

    /// Stop making a story of yours. What was finished is kept.
    async fn cancel_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story to stop making.")] input: CancelStoryInput,
    ) -> Result<Option<CancelStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let story = door.perform(CancelStory { id }).await?;

        Ok(Some(CancelStoryPayload {
            story: Story::new(story),
        }))
    }

    /// Give a story of yours a name.
    async fn rename_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story and its new name.")] input: RenameStoryInput,
    ) -> Result<Option<RenameStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let operation = RenameStory {
            id,
            title: input.title,
        };
        let story = door.perform(operation).await?;

        Ok(Some(RenameStoryPayload {
            story: Story::new(story),
        }))
    }

    /// Share a story of yours: whoever has its link may read it. One that is shared keeps its link.
    async fn share_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story to share.")] input: ShareStoryInput,
    ) -> Result<Option<ShareStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let story = door.perform(ShareStory { id }).await?;

        Ok(Some(ShareStoryPayload {
            story: Story::new(story),
        }))
    }

    /// Share a story of yours no more: its link leads nowhere, and is never given again.
    async fn unshare_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story to share no more.")] input: UnshareStoryInput,
    ) -> Result<Option<UnshareStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        let story = door.perform(UnshareStory { id }).await?;

        Ok(Some(UnshareStoryPayload {
            story: Story::new(story),
        }))
    }

    /// Delete a story of yours with everything that was made for it. It is gone at once; its files are removed soon after.
    async fn delete_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The story to delete.")] input: DeleteStoryInput,
    ) -> Result<Option<DeleteStoryPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?;
        door.perform(DeleteStory { id }).await?;

        Ok(Some(DeleteStoryPayload {
            deleted_story_id: id.into(),
        }))
    }
}
