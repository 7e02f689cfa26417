//! `saga.v1.Runs`.

use std::pin::Pin;

use flow::{HistoryEntry, Run};
use futures::Stream;
use kit::into_status;
use kit::rpc::actor_of;
use proto::v1::runs_server::Runs;
use proto::v1::{self, AnswerRunRequest, BatchGetRunsRequest, BatchGetRunsResponse, CancelRunRequest};
use proto::v1::{ForkRunRequest, GetRunRequest};
use proto::v1::{ListCheckpointsRequest, ListCheckpointsResponse, ListRunsRequest, ListRunsResponse};
use proto::v1::{ListRunEventsRequest, ListRunEventsResponse};
use proto::v1::{RunEvent, WatchRunRequest};
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::runs::{EventsBetween, RunsDomain, Seen};
use crate::error::StoryError;
use crate::store::runs::cursor;

/// What tokens of lists of runs are marked with.
const LIST: &str = "runs, the newest first";

pub(crate) struct RunsRpc(pub(crate) RunsDomain);

#[tonic::async_trait]
impl Runs for RunsRpc {
    type WatchRunStream = Pin<Box<dyn Stream<Item = Result<RunEvent, Status>> + Send>>;

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<v1::Run>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.get(&actor, &request.into_inner().id).await)
    }

    async fn batch_get_runs(
        &self,
        request: Request<BatchGetRunsRequest>,
    ) -> Result<Response<BatchGetRunsResponse>, Status> {
        let actor = actor_of(&request)?;
        let ids = request.into_inner().ids;
        let runs = self.0.batch(&actor, &ids).await.map_err(into_status)?;
        Ok(Response::new(BatchGetRunsResponse {
            runs: runs.into_iter().map(encode).collect(),
        }))
    }

    async fn list_runs(
        &self,
        request: Request<ListRunsRequest>,
    ) -> Result<Response<ListRunsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let status = convert::status_filter(message.status).map_err(into_status)?;
        let page =
            convert::page(message.page_size, message.page_token.as_deref(), LIST).map_err(into_status)?;
        let (page, story) = (page.read_backward(message.backward), message.story_id.as_deref());

        let list = self.0.list(&actor, story, status, page).await;
        let page = list.map_err(into_status)?;
        let total = match message.with_total {
            true => Some(self.0.count(&actor, story, status).await.map_err(into_status)?),
            false => None,
        };

        Ok(Response::new(ListRunsResponse {
            runs: page.items.into_iter().map(item).collect(),
            next_page_token: page.next.map(|next| next.encode(LIST)),
            total,
        }))
    }

    async fn list_run_events(
        &self,
        request: Request<ListRunEventsRequest>,
    ) -> Result<Response<ListRunEventsResponse>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let page = convert::page(message.page_size, None, LIST).map_err(into_status)?;
        let wanted = EventsBetween {
            after: message.after,
            before: message.before,
            size: page.size(),
            backward: message.backward,
        };

        let listed = self.0.events(&actor, &message.id, wanted).await;
        let (run, events) = listed.map_err(into_status)?;
        let id = run.id.to_string();
        let events = events.iter().map(|seen| event(Seen::from(seen), &id, &run.graph));

        Ok(Response::new(ListRunEventsResponse {
            events: events.collect(),
            last_event: run.last_event,
        }))
    }

    async fn watch_run(
        &self,
        request: Request<WatchRunRequest>,
    ) -> Result<Response<Self::WatchRunStream>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let mut watch = self
            .0
            .watch(&actor, &message.id, message.after)
            .await
            .map_err(into_status)?;

        let (run_id, graph) = (watch.run().to_string(), watch.graph().to_owned());
        let events = async_stream::stream! {
            while let Some(seen) = watch.next().await {
                yield seen.map(|seen| event(seen, &run_id, &graph)).map_err(into_status);
            }
        };

        Ok(Response::new(Box::pin(events)))
    }

    async fn cancel_run(&self, request: Request<CancelRunRequest>) -> Result<Response<v1::Run>, Status> {
        let actor = actor_of(&request)?;
        answer(self.0.cancel(&actor, &request.into_inner().id).await)
    }

    async fn answer_run(&self, request: Request<AnswerRunRequest>) -> Result<Response<v1::Run>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        answer(self.0.answer(&actor, &message.id, &message.answer).await)
    }

    async fn list_checkpoints(
        &self,
        request: Request<ListCheckpointsRequest>,
    ) -> Result<Response<ListCheckpointsResponse>, Status> {
        let actor = actor_of(&request)?;
        let kept = self
            .0
            .checkpoints(&actor, &request.into_inner().run_id)
            .await
            .map_err(into_status)?;

        Ok(Response::new(ListCheckpointsResponse {
            checkpoints: kept.into_iter().map(checkpoint).collect(),
        }))
    }

    async fn fork_run(&self, request: Request<ForkRunRequest>) -> Result<Response<v1::Run>, Status> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        answer(self.0.fork(&actor, &message.run_id, message.step).await)
    }
}

fn answer(run: Result<Run, StoryError>) -> Result<Response<v1::Run>, Status> {
    run.map(encode).map(Response::new).map_err(into_status)
}

/// A run of a list, with the place where the list goes on after it.
fn item(run: Run) -> v1::Run {
    let page_token = cursor(&run).encode(LIST);
    v1::Run {
        page_token: Some(page_token),
        ..encode(run)
    }
}

pub(super) fn encode(run: Run) -> v1::Run {
    v1::Run {
        id: run.id.to_string(),
        graph: run.graph,
        status: convert::status(run.status).into(),
        phase: run.phase,
        progress: run.progress,
        error_message: convert::error_message(run.status, run.error_message),
        question: run.question.map(|question| question.to_string()),
        created_at: Some(convert::timestamp(run.created_at)),
        updated_at: Some(convert::timestamp(run.updated_at)),
        last_event: run.last_event,
        forked_from: run.forked_from.map(|source| source.to_string()),
        page_token: None,
        error_code: convert::error_code(run.status),
        error_reason: run.error_reason,
    }
}

pub(super) fn event(seen: Seen, run_id: &str, graph: &str) -> RunEvent {
    RunEvent {
        number: seen.number,
        kind: seen.kind,
        data: seen.data,
        at: seen.at.map(convert::timestamp),
        run_id: run_id.to_owned(),
        graph: graph.to_owned(),
    }
}

fn checkpoint(entry: HistoryEntry) -> v1::Checkpoint {
    v1::Checkpoint {
        step: entry.step,
        next: entry.next,
        created_at: Some(convert::timestamp(entry.created_at)),
    }
}
