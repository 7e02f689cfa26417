//! Runs: seen, watched and cancelled.

use proto::v1::{CancelRunRequest, GetRunRequest, ListRunsRequest, ListRunsResponse, Run};
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

/// One page of the caller's own, newest first.
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
