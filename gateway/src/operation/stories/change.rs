//! What owners do with stories that are there: they name them, share them by a link, and delete them.

use proto::v1::{
    DeleteStoriesRequest, DeleteStoriesResponse, DeleteStoryRequest, GetSharedStoryRequest,
    RenameStoryRequest, ShareStoryRequest, Story, UnshareStoryRequest,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    identity::{RequestContext, Unscoped, WriteStories},
    operation::{
        Field, Operation, Service,
        caller_kind::{Anyone, Whoever},
    },
    services::Services,
};

pub(crate) struct RenameStory {
    pub(crate) id: Uuid,
    pub(crate) title: String,
}

impl Operation for RenameStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("renameStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = RenameStoryRequest {
            id: self.id.to_string(),
            title: self.title,
        };
        let story = services.stories(context).rename_story(request).await?;

        Ok(story.into_inner())
    }
}

pub(crate) struct ShareStory {
    pub(crate) id: Uuid,
}

impl Operation for ShareStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("shareStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = ShareStoryRequest {
            id: self.id.to_string(),
        };
        let story = services.stories(context).share_story(request).await?;

        Ok(story.into_inner())
    }
}

pub(crate) struct UnshareStory {
    pub(crate) id: Uuid,
}

impl Operation for UnshareStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("unshareStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = UnshareStoryRequest {
            id: self.id.to_string(),
        };
        let story = services.stories(context).unshare_story(request).await?;

        Ok(story.into_inner())
    }
}

/// The token of the link is the permission: whoever has it may read, signed in or not.
pub(crate) struct GetSharedStory {
    pub(crate) token: String,
}

impl Operation for GetSharedStory {
    type Caller = Whoever;
    type Scope = Unscoped;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Query("sharedStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = GetSharedStoryRequest { token: self.token };
        let token = request.token.clone();
        let story = services.stories(context).get_shared_story(request).await?;

        Ok(bind_files(story.into_inner(), &token))
    }
}

/// What the key of a shared story's file begins with, before the token of its link.
const SHARED: &str = "shared:";

/// The files of a story that is read by its link are named with the link's token, so that they can be had for as long as the
/// story is shared, and no longer.
fn bind_files(mut story: Story, token: &str) -> Story {
    if let Some(made) = story.code_result_mut() {
        let single = [
            &mut made.audio_key,
            &mut made.cover_key,
            &mut made.transcript_key,
            &mut made.captions_key,
        ];
        let all = single.into_iter().chain(&mut made.audio_chunk_keys);
        all.for_each(|key| bind_file(key, token));
    }
    if let Some(made) = story.fiction_result_mut() {
        let all = made.audio_key.iter_mut().chain(&mut made.audio_chunk_keys);
        all.for_each(|key| bind_file(key, token));
    }

    story
}

fn bind_file(key: &mut String, token: &str) {
    if !key.is_empty() {
        *key = format!("{SHARED}{token}/{key}");
    }
}

/// The token and the key of the file behind a name that [`bind_files`] made.
pub(crate) fn read_bound_file(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(SHARED)?.split_once('/')
}

pub(crate) struct DeleteStory {
    pub(crate) id: Uuid,
}

impl Operation for DeleteStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = ();

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("deleteStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = DeleteStoryRequest {
            id: self.id.to_string(),
        };
        services.stories(context).delete_story(request).await?;

        Ok(())
    }
}

/// All of them, or none when one is somebody else's.
pub(crate) struct DeleteStories {
    pub(crate) ids: Vec<String>,
}

impl Operation for DeleteStories {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = DeleteStoriesResponse;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = DeleteStoriesRequest { ids: self.ids };
        let deleted = services.stories(context).delete_stories(request).await?;

        Ok(deleted.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use proto::v1::{self, story};

    use super::*;

    #[test]
    fn the_audio_of_a_shared_book_is_bound_to_its_link_as_that_of_any_story() {
        let book = Story {
            result: Some(story::Result::FictionResult(v1::FictionResult {
                audio_key: Some("b/audio.mp3".into()),
                audio_chunk_keys: vec!["b/1.mp3".into()],
                ..v1::FictionResult::default()
            })),
            ..Story::default()
        };

        let bound = bind_files(book, "abc");
        let made = bound.fiction_result().unwrap();

        for (key, file) in [
            (made.audio_key.as_deref().unwrap(), "b/audio.mp3"),
            (&made.audio_chunk_keys[0], "b/1.mp3"),
        ] {
            assert_eq!(read_bound_file(key), Some(("abc", file)));
        }
    }
}
