//! Threads: conversations over workflows, their states and their runs.

use proto::v1::{
    CancelThreadRunRequest, CancelThreadRunResponse, CopyThreadRequest, CreateThreadRequest,
    CreateThreadRunRequest, DeleteThreadRequest, DeleteThreadResponse, DeleteThreadRunRequest,
    DeleteThreadRunResponse, GetThreadRequest, GetThreadRunRequest, GetThreadStateRequest,
    GetThreadStorageRequest, ListThreadHistoryRequest, ListThreadHistoryResponse, ListThreadRunsRequest,
    ListThreadRunsResponse, PruneThreadRequest, PruneThreadResponse, RunEvent, SearchThreadsRequest,
    SearchThreadsResponse, Thread, ThreadRun, ThreadState, ThreadStorage, UpdateThreadRequest,
    UpdateThreadStateRequest, UpdateThreadStateResponse, WatchThreadRunRequest,
};
use tonic::{Code, Status, Streaming};

use super::{
    Field, Operation, Price, Service,
    caller_kind::SignedIn,
    features::{BATCH, require_feature},
    rpc::rpc_operations,
    stories::worker_share,
};
use crate::{
    identity::{ReadWorkflows, RequestContext, WriteWorkflows},
    services::Services,
};

rpc_operations! {
    CreateThread(CreateThreadRequest) -> Thread: threads.create_thread,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    GetThread(GetThreadRequest) -> Thread: threads.get_thread,
        SignedIn, ReadWorkflows, Price::POLL, Field::None;
    SearchThreads(SearchThreadsRequest) -> SearchThreadsResponse: threads.search_threads,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    UpdateThread(UpdateThreadRequest) -> Thread: threads.update_thread,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    DeleteThread(DeleteThreadRequest) -> DeleteThreadResponse: threads.delete_thread,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    /// Its older states go.
    PruneThread(PruneThreadRequest) -> PruneThreadResponse: threads.prune_thread,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    CopyThread(CopyThreadRequest) -> Thread: threads.copy_thread,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    GetThreadStorage(GetThreadStorageRequest) -> ThreadStorage: threads.get_thread_storage,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    GetThreadState(GetThreadStateRequest) -> ThreadState: threads.get_thread_state,
        SignedIn, ReadWorkflows, Price::POLL, Field::None;
    /// The thread goes on from there.
    UpdateThreadState(UpdateThreadStateRequest) -> UpdateThreadStateResponse: threads.update_thread_state,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    ListThreadHistory(ListThreadHistoryRequest) -> ListThreadHistoryResponse: threads.list_thread_history,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    GetThreadRun(GetThreadRunRequest) -> ThreadRun: threads.get_thread_run,
        SignedIn, ReadWorkflows, Price::POLL, Field::None;
    ListThreadRuns(ListThreadRunsRequest) -> ListThreadRunsResponse: threads.list_thread_runs,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    CancelThreadRun(CancelThreadRunRequest) -> CancelThreadRunResponse: threads.cancel_thread_run,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    DeleteThreadRun(DeleteThreadRunRequest) -> DeleteThreadRunResponse: threads.delete_thread_run,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::None;
    /// From its beginning, for as long as somebody listens.
    WatchThreadRun(WatchThreadRunRequest) -> Streaming<RunEvent>: watched_threads.watch_thread_run,
        SignedIn, ReadWorkflows, Price::POLL, Field::None;
}

/// Begins a run, or lets it wait for its turn. Agents work on it, so it costs what making does.
pub(crate) struct CreateThreadRun(pub(crate) CreateThreadRunRequest);

impl Operation for CreateThreadRun {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = ThreadRun;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ThreadRun, Status> {
        let request = CreateThreadRunRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let run = services.threads(context).create_thread_run(request).await?;

        Ok(run.into_inner())
    }
}

/// Begins several runs, each of a thread that is made for it, in their order. A tier has that or has not; while nobody can say
/// which, it is done, for one after another everybody may.
pub(crate) struct CreateThreadRuns(pub(crate) Vec<CreateThreadRunRequest>);

impl Operation for CreateThreadRuns {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = Vec<ThreadRun>;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Vec<ThreadRun>, Status> {
        match require_feature(services.billing(context), &BATCH).await {
            Err(refused) if refused.code() == Code::PermissionDenied => return Err(refused),
            Err(away) => {
                tracing::debug!(status = %away, "what a tier contains is not known: the runs are begun")
            }
            Ok(()) => {}
        }

        let mut runs = Vec::with_capacity(self.0.len());
        for request in self.0 {
            runs.push(CreateThreadRun(request).perform(services, context).await?);
        }
        Ok(runs)
    }
}
