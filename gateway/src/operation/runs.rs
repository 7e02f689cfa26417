//! Runs: seen, watched, cancelled, answered, and begun anew at one of their checkpoints.

use proto::v1::{
    AnswerRunRequest, CancelRunRequest, Checkpoint, ForkRunRequest, GetRunRequest, ListCheckpointsRequest,
    ListRunEventsRequest, ListRunEventsResponse, ListRunsRequest, ListRunsResponse, Run,
};
use tonic::Status;
use uuid::Uuid;

use super::{Field, Operation, Price, Service, caller_kind::Anyone};
use crate::{
    identity::{ReadStories, RequestContext, WriteStories},
    services::Services,
};

pub(crate) struct GetRun {
    pub(crate) id: Uuid,
}

impl Operation for GetRun {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Run;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::POLL;
    const FIELD: Field = Field::Query("run");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Run, Status> {
        find_run(services, context, self.id.to_string()).await
    }
}

/// One page, newest first: the caller's own, or the attempts at one story.
pub(crate) struct ListRuns(pub(crate) ListRunsRequest);

impl Operation for ListRuns {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = ListRunsResponse;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Query("runs");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let page = services.runs(context).list_runs(self.0).await?;
        Ok(page.into_inner())
    }
}

/// Some of what is written down of a run.
pub(crate) struct ListRunEvents(pub(crate) ListRunEventsRequest);

impl Operation for ListRunEvents {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = ListRunEventsResponse;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let page = services.runs(context).list_run_events(self.0).await?;
        Ok(page.into_inner())
    }
}

/// Those of a run of the caller's that are still kept, newest first.
pub(crate) struct ListCheckpoints {
    pub(crate) run: String,
}

impl Operation for ListCheckpoints {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Vec<Checkpoint>;

    const SERVICE: Service = Service::Story;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = ListCheckpointsRequest { run_id: self.run };
        let kept = services.runs(context).list_checkpoints(request).await?;

        Ok(kept.into_inner().checkpoints)
    }
}

/// Answers the question that a run waits on.
pub(crate) struct AnswerRun {
    pub(crate) id: Uuid,
    /// JSON text.
    pub(crate) answer: String,
}

impl Operation for AnswerRun {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Run;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("answerRun");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Run, Status> {
        let request = AnswerRunRequest {
            id: self.id.to_string(),
            answer: self.answer,
        };
        let run = services.runs(context).answer_run(request).await?;

        Ok(run.into_inner())
    }
}

/// Begins a new run at a checkpoint of another. Agents work on it, so it costs what making does.
pub(crate) struct ForkRun {
    pub(crate) id: Uuid,
    pub(crate) step: u64,
}

impl Operation for ForkRun {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Run;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("forkRun");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Run, Status> {
        let request = ForkRunRequest {
            run_id: self.id.to_string(),
            step: self.step,
        };
        let run = services.runs(context).fork_run(request).await?;

        Ok(run.into_inner())
    }
}

/// Whoever may see a run may watch it: it is answered with the run, whose events the hub then gives.
pub(crate) struct WatchRun {
    pub(crate) id: Uuid,
}

impl Operation for WatchRun {
    type Caller = Anyone;
    type Scope = ReadStories;
    type Output = Run;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Subscription("runEvents");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Run, Status> {
        find_run(services, context, self.id.to_string()).await
    }
}

pub(crate) struct CancelRun {
    pub(crate) id: Uuid,
}

impl Operation for CancelRun {
    type Caller = Anyone;
    type Scope = WriteStories;
    type Output = Run;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("cancelRun");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Run, Status> {
        let request = CancelRunRequest {
            id: self.id.to_string(),
        };
        let run = services.runs(context).cancel_run(request).await?;

        Ok(run.into_inner())
    }
}

pub(super) async fn find_run(
    services: &Services,
    context: &RequestContext,
    id: String,
) -> Result<Run, Status> {
    let run = services.runs(context).get_run(GetRunRequest { id }).await?;
    Ok(run.into_inner())
}
