//! Stories: begun, begun again, cancelled, seen and watched; named, shared and deleted (`change`).

mod change;

use proto::v1::{
    CancelStoryRequest, CreateCodeStoryRequest, GetStoryRequest, ListStoriesRequest, ListStoriesResponse,
    ListStoryTitlesRequest, RestartStoryRequest, Run, Story, StoryKind, StoryTitle,
};
use tonic::Status;
use uuid::Uuid;

pub(crate) use self::change::{
    DeleteStories, DeleteStory, GetSharedStory, RenameStory, ShareStory, UnshareStory, read_bound_file,
};
use super::{Field, Operation, Price, Service, caller_kind::Anyone, runs::find_run};
use crate::{
    identity::{ReadStories, RequestContext, WriteStories},
    limits::Endpoint,
    services::Services,
    stream::place::EventPlace,
};

/// A story is made by agents, whoever wants it.
const MAKING: Price = Price::EXPENSIVE.with_limit_of(Endpoint::AnonymousGenerate);

/// The guests of one network share what workers do for them: a guest is made by asking.
pub(super) fn worker_share(services: &Services, context: &RequestContext) -> Option<String> {
    let network = || services.guests.name_network(context.client.address).to_string();
    context.actor.guest.then(network)
}

pub(crate) struct GenerateStory(pub(crate) CreateCodeStoryRequest);

impl Operation for GenerateStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("generateStory");
    const KEEPS_GUEST: bool = true;

    fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = CreateCodeStoryRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let story = services.stories(context).create_code_story(request).await?;

        Ok(story.into_inner())
    }
}

pub(crate) struct GetStory {
    pub(crate) id: Uuid,
}

impl Operation for GetStory {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::POLL;
    const FIELD: Field = Field::Query("story");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        find_story(services, context, self.id).await
    }
}

/// One page of the caller's own, newest first.
pub(crate) struct ListStories(pub(crate) ListStoriesRequest);

impl Operation for ListStories {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = ListStoriesResponse;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Query("stories");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let page = services.stories(context).list_stories(self.0).await?;
        Ok(page.into_inner())
    }
}

/// The caller's own by their titles, last changed first, as many as one answer holds.
pub(crate) struct ListStoryTitles {
    pub(crate) kind: StoryKind,
}

impl Operation for ListStoryTitles {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Vec<StoryTitle>;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ListStoryTitlesRequest {
            kind: self.kind.into(),
        };
        let list = services.stories(context).list_story_titles(request).await?;

        Ok(list.into_inner().titles)
    }
}

pub(crate) struct RestartStory {
    pub(crate) id: Uuid,
    pub(crate) idempotency_key: Option<String>,
}

impl Operation for RestartStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = MAKING;
    const FIELD: Field = Field::Mutation("restartStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = RestartStoryRequest {
            id: self.id.to_string(),
            idempotency_key: self.idempotency_key,
            worker_share: worker_share(services, context),
        };
        let story = services.stories(context).restart_story(request).await?;

        Ok(story.into_inner())
    }
}

pub(crate) struct CancelStory {
    pub(crate) id: Uuid,
}

impl Operation for CancelStory {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Story;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("cancelStory");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Story, Status> {
        let request = CancelStoryRequest {
            id: self.id.to_string(),
        };
        let story = services.stories(context).cancel_story(request).await?;

        Ok(story.into_inner())
    }
}

/// Whoever may see a story may watch its current run, whose events the hub then gives.
pub(crate) struct WatchStory {
    pub(crate) id: Uuid,
    /// Where the client is.
    pub(crate) after: EventPlace,
}

/// A story's current run, and from where it is watched.
pub(crate) struct WatchedStory {
    pub(crate) story: Story,
    /// Events above this number are wanted: none of them, when the client's number is of an earlier run.
    pub(crate) after: u64,
    /// Read when the client has events already.
    pub(crate) run: Option<Run>,
}

impl Operation for WatchStory {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = WatchedStory;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Subscription("storyProgress");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let story = find_story(services, context, self.id).await?;
        let after = self.after.number_in(&story.run_id);
        if after == 0 {
            return Ok(WatchedStory {
                story,
                after: 0,
                run: None,
            });
        }

        let run = find_run(services, context, story.run_id.clone()).await?;
        // A number that this run has not reached belongs to an earlier one, so the client starts over.
        let after = if after > run.last_event { 0 } else { after };

        Ok(WatchedStory {
            story,
            after,
            run: Some(run),
        })
    }
}

/// The same for the newer form of a story's events.
pub(crate) struct FollowStory(pub(crate) WatchStory);

impl Operation for FollowStory {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = WatchedStory;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Subscription("storyEvents");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        self.0.perform(services, context).await
    }
}

async fn find_story(services: &Services, context: &RequestContext, id: Uuid) -> Result<Story, Status> {
    let request = GetStoryRequest { id: id.to_string() };
    let story = services.stories(context).get_story(request).await?;

    Ok(story.into_inner())
}
