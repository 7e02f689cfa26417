//! Stories, runs and workflows by their ids alone, whichever of them each one names.

use std::collections::HashSet;

use proto::v1::{
    BatchGetRunsRequest, BatchGetStoriesRequest, BatchGetWorkflowsRequest, Run, Story, Workflow,
};
use tonic::Status;
use uuid::Uuid;

use super::{Field, Operation, Price, Service, caller_kind::Anyone};
use crate::{
    identity::{ReadStories, ReadWorkflows, RequestContext, Scope, Unscoped, scope_allows},
    services::Services,
};

/// What there is under some ids, as far as the caller may see it. Stories are without their chapters.
#[derive(Default)]
pub(crate) struct FoundNodes {
    pub(crate) stories: Vec<Story>,
    pub(crate) runs: Vec<Run>,
    pub(crate) workflows: Vec<Workflow>,
}

pub(crate) struct FindNode {
    pub(crate) id: Uuid,
}

impl Operation for FindNode {
    type Caller = Anyone;
    /// Each kind of thing has its own.
    type Scope = Unscoped;
    type Output = FoundNodes;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Query("node");
    /// Relay's clients ask again by it.
    const PRICE: Price = Price::POLL;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<FoundNodes, Status> {
        find(services, context, &[self.id]).await
    }
}

/// At most 100, for that is what one batch takes.
pub(crate) struct FindNodes {
    pub(crate) ids: Vec<Uuid>,
}

impl Operation for FindNodes {
    type Caller = Anyone;
    /// Each kind of thing has its own.
    type Scope = Unscoped;
    type Output = FoundNodes;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Query("nodes");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<FoundNodes, Status> {
        find(services, context, &self.ids).await
    }
}

fn may<S: Scope>(context: &RequestContext) -> bool {
    S::NAME.is_none_or(|scope| scope_allows(&context.actor.scopes, scope))
}

async fn find(services: &Services, context: &RequestContext, ids: &[Uuid]) -> Result<FoundNodes, Status> {
    let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
    let mut found = match may::<ReadStories>(context) {
        true => find_stories(services, context, ids.clone()).await?,
        false => FoundNodes::default(),
    };

    // Only who is signed in has workflows.
    if context.auth_method.is_signed_in() && may::<ReadWorkflows>(context) {
        let stories = found.stories.iter().map(|story| &story.id);
        let known: HashSet<_> = stories.chain(found.runs.iter().map(|run| &run.id)).collect();
        let rest = ids.into_iter().filter(|id| !known.contains(id));
        let request = BatchGetWorkflowsRequest { ids: rest.collect() };

        if !request.ids.is_empty() {
            let workflows = services.workflows(context).batch_get_workflows(request).await?;
            found.workflows = workflows.into_inner().workflows;
        }
    }

    Ok(found)
}

async fn find_stories(
    services: &Services,
    context: &RequestContext,
    ids: Vec<String>,
) -> Result<FoundNodes, Status> {
    let stories = BatchGetStoriesRequest {
        ids: ids.clone(),
        run_ids: Vec::new(),
        with_chapters: false,
    };
    let runs = BatchGetRunsRequest { ids };

    let (mut stories_of, mut runs_of) = (services.stories(context), services.runs(context));
    let (stories, runs) = tokio::try_join!(
        stories_of.batch_get_stories(stories),
        runs_of.batch_get_runs(runs)
    )?;

    Ok(FoundNodes {
        stories: stories.into_inner().stories,
        runs: runs.into_inner().runs,
        workflows: Vec::new(),
    })
}
