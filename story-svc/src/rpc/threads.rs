//! `saga.v1.Threads`.

mod encode;

use std::pin::Pin;

use futures::Stream;
use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1;
use proto::v1::threads_server::Threads;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::runs::RunsDomain;
use crate::domain::thread::{MultitaskStrategy, Thread, ThreadRunStatus, ThreadStatus};
use crate::domain::threads::{self as domain, RawThreadQuery, RawThreadRun, RawTtl, StateChange};
use crate::error::StoryError;

pub(crate) struct ThreadsRpc {
    pub(crate) threads: domain::Threads,
    pub(crate) runs: RunsDomain,
}

type ThreadAnswer<T> = Result<Response<T>, Status>;

fn answer(thread: Result<Thread, StoryError>) -> ThreadAnswer<v1::Thread> {
    thread.map(encode::thread).map(Response::new).map_err(into_status)
}

#[tonic::async_trait]
impl Threads for ThreadsRpc {
    type WatchThreadRunStream = Pin<Box<dyn Stream<Item = Result<v1::RunEvent, Status>> + Send>>;

    async fn create_thread(&self, request: Request<v1::CreateThreadRequest>) -> ThreadAnswer<v1::Thread> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, what) = (
            message.id.as_deref(),
            (message.metadata.as_str(), message.ttl.map(raw_ttl)),
        );
        answer(self.threads.create(&actor, id, what, message.may_exist).await)
    }

    async fn get_thread(&self, request: Request<v1::GetThreadRequest>) -> ThreadAnswer<v1::Thread> {
        let actor = actor_of(&request)?;
        answer(self.threads.get(&actor, &request.into_inner().id).await)
    }

    async fn search_threads(
        &self,
        request: Request<v1::SearchThreadsRequest>,
    ) -> ThreadAnswer<v1::SearchThreadsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let query = RawThreadQuery {
            status: thread_status(message.status()),
            metadata: message.metadata,
            values: message.values,
            ids: message.ids,
            limit: message.limit,
            offset: message.offset,
            sort_by: message.sort_by,
            ascending: message.ascending,
            with_total: message.with_total,
            brief: message.brief,
        };
        let found = self.threads.search(&actor, query).await.map_err(into_status)?;

        Ok(Response::new(v1::SearchThreadsResponse {
            threads: found.threads.into_iter().map(encode::thread).collect(),
            has_more: found.has_more,
            total: found.total,
        }))
    }

    async fn update_thread(&self, request: Request<v1::UpdateThreadRequest>) -> ThreadAnswer<v1::Thread> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let what = (message.metadata.as_str(), message.ttl.map(raw_ttl));
        answer(self.threads.update(&actor, &message.id, what).await)
    }

    async fn prune_thread(
        &self,
        request: Request<v1::PruneThreadRequest>,
    ) -> ThreadAnswer<v1::PruneThreadResponse> {
        let actor = actor_of(&request)?;
        let pruned = self.threads.prune(&actor, &request.into_inner().id).await;
        pruned.map_err(into_status)?;

        Ok(Response::new(v1::PruneThreadResponse {}))
    }

    async fn delete_thread(
        &self,
        request: Request<v1::DeleteThreadRequest>,
    ) -> ThreadAnswer<v1::DeleteThreadResponse> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let id = request.into_inner().id;
        self.threads
            .delete(&actor, &request_id, &id)
            .await
            .map_err(into_status)?;
        Ok(Response::new(v1::DeleteThreadResponse {}))
    }

    async fn copy_thread(&self, request: Request<v1::CopyThreadRequest>) -> ThreadAnswer<v1::Thread> {
        let actor = actor_of(&request)?;
        answer(self.threads.copy(&actor, &request.into_inner().id).await)
    }

    async fn get_thread_storage(
        &self,
        request: Request<v1::GetThreadStorageRequest>,
    ) -> ThreadAnswer<v1::ThreadStorage> {
        let actor = actor_of(&request)?;
        let storage = self
            .threads
            .measure_storage(&actor, &request.into_inner().id)
            .await;
        storage
            .map(encode::storage)
            .map(Response::new)
            .map_err(into_status)
    }

    async fn get_thread_state(
        &self,
        request: Request<v1::GetThreadStateRequest>,
    ) -> ThreadAnswer<v1::ThreadState> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, checkpoint) = (&message.thread_id, message.checkpoint_id.as_deref());
        let state = self.threads.get_state(&actor, id, checkpoint).await;
        state.map(encode::state).map(Response::new).map_err(into_status)
    }

    async fn update_thread_state(
        &self,
        request: Request<v1::UpdateThreadStateRequest>,
    ) -> ThreadAnswer<v1::UpdateThreadStateResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = StateChange {
            thread_id: message.thread_id,
            values: message.values,
            as_node: message.as_node,
            checkpoint_id: message.checkpoint_id,
        };
        let checkpoint = self
            .threads
            .change_state(&actor, change)
            .await
            .map_err(into_status)?;

        Ok(Response::new(v1::UpdateThreadStateResponse {
            checkpoint_id: checkpoint.to_string(),
        }))
    }

    async fn list_thread_history(
        &self,
        request: Request<v1::ListThreadHistoryRequest>,
    ) -> ThreadAnswer<v1::ListThreadHistoryResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, before) = (&message.thread_id, message.before.as_deref());
        let states = self.threads.list_history(&actor, id, message.limit, before).await;
        let states = states.map_err(into_status)?.into_iter().map(encode::state);
        Ok(Response::new(v1::ListThreadHistoryResponse {
            states: states.collect(),
        }))
    }

    async fn create_thread_run(
        &self,
        request: Request<v1::CreateThreadRunRequest>,
    ) -> ThreadAnswer<v1::ThreadRun> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share.clone()).map_err(into_status)?;
        let raw = RawThreadRun {
            strategy: strategy(message.strategy()),
            thread_id: message.thread_id,
            create_thread: message.create_thread,
            assistant_id: message.assistant_id,
            input: message.input,
            resume: message.resume,
            update: message.update,
            goto: message.goto,
            config: message.config,
            metadata: message.metadata,
            kwargs: message.kwargs,
            checkpoint_id: message.checkpoint_id,
            after_seconds: message.after_seconds,
            interrupt_before: message.interrupt_before,
            interrupt_after: message.interrupt_after,
            webhook: message.webhook,
            delete_thread: message.delete_thread,
            worker_share: share.key,
        };
        let run = self.threads.create_run(&actor, &request_id, raw).await;

        run.map(encode::run).map(Response::new).map_err(into_status)
    }

    async fn get_thread_run(&self, request: Request<v1::GetThreadRunRequest>) -> ThreadAnswer<v1::ThreadRun> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let run = self
            .threads
            .get_run(&actor, &message.thread_id, &message.id)
            .await;
        run.map(encode::run).map(Response::new).map_err(into_status)
    }

    async fn list_thread_runs(
        &self,
        request: Request<v1::ListThreadRunsRequest>,
    ) -> ThreadAnswer<v1::ListThreadRunsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (page, status) = ((message.limit, message.offset), run_status(message.status()));
        let runs = self
            .threads
            .list_thread_runs(&actor, &message.thread_id, page, status)
            .await;
        let runs = runs.map_err(into_status)?.into_iter().map(encode::run);
        Ok(Response::new(v1::ListThreadRunsResponse { runs: runs.collect() }))
    }

    async fn cancel_thread_run(
        &self,
        request: Request<v1::CancelThreadRunRequest>,
    ) -> ThreadAnswer<v1::CancelThreadRunResponse> {
        let actor = actor_of(&request)?;
        let v1::CancelThreadRunRequest {
            thread_id,
            id,
            rollback,
        } = request.into_inner();
        self.threads
            .cancel_run(&actor, &thread_id, &id, rollback)
            .await
            .map_err(into_status)?;
        Ok(Response::new(v1::CancelThreadRunResponse {}))
    }

    async fn delete_thread_run(
        &self,
        request: Request<v1::DeleteThreadRunRequest>,
    ) -> ThreadAnswer<v1::DeleteThreadRunResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        self.threads
            .delete_run(&actor, &message.thread_id, &message.id)
            .await
            .map_err(into_status)?;
        Ok(Response::new(v1::DeleteThreadRunResponse {}))
    }

    async fn watch_thread_run(
        &self,
        request: Request<v1::WatchThreadRunRequest>,
    ) -> ThreadAnswer<Self::WatchThreadRunStream> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let watch = self
            .threads
            .watch(
                &actor,
                &self.runs,
                (&message.thread_id, &message.id),
                message.end_only,
            )
            .await;
        let (mut watch, run) = (watch.map_err(into_status)?, message.id);

        let events = async_stream::stream! {
            while let Some(seen) = watch.next().await {
                match seen {
                    Ok(seen) => yield Ok(super::runs::event(seen, &run, crate::graphs::workflow::WORKFLOW)),
                    Err(error) => {
                        yield Err(into_status(error));
                        return;
                    }
                }
            }
        };
        Ok(Response::new(Box::pin(events)))
    }
}

fn raw_ttl(ttl: v1::ThreadTtl) -> RawTtl {
    RawTtl {
        strategy: ttl.strategy,
        minutes: ttl.minutes,
    }
}

fn thread_status(status: v1::ThreadStatus) -> Option<ThreadStatus> {
    match status {
        v1::ThreadStatus::Unspecified => None,
        v1::ThreadStatus::Idle => Some(ThreadStatus::Idle),
        v1::ThreadStatus::Busy => Some(ThreadStatus::Busy),
        v1::ThreadStatus::Interrupted => Some(ThreadStatus::Interrupted),
        v1::ThreadStatus::Error => Some(ThreadStatus::Error),
    }
}

fn run_status(status: v1::ThreadRunStatus) -> Option<ThreadRunStatus> {
    match status {
        v1::ThreadRunStatus::Unspecified => None,
        v1::ThreadRunStatus::Pending => Some(ThreadRunStatus::Pending),
        v1::ThreadRunStatus::Running => Some(ThreadRunStatus::Running),
        v1::ThreadRunStatus::Success => Some(ThreadRunStatus::Success),
        v1::ThreadRunStatus::Error => Some(ThreadRunStatus::Error),
        v1::ThreadRunStatus::Interrupted => Some(ThreadRunStatus::Interrupted),
    }
}

pub(super) fn strategy(strategy: v1::MultitaskStrategy) -> MultitaskStrategy {
    match strategy {
        v1::MultitaskStrategy::Unspecified | v1::MultitaskStrategy::Enqueue => MultitaskStrategy::Enqueue,
        v1::MultitaskStrategy::Reject => MultitaskStrategy::Reject,
        v1::MultitaskStrategy::Interrupt => MultitaskStrategy::Interrupt,
        v1::MultitaskStrategy::Rollback => MultitaskStrategy::Rollback,
    }
}
