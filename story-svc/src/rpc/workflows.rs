//! `saga.v1.Workflows`.

mod decode;
mod encode;
mod watching;

use std::pin::Pin;

use futures::Stream;
use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1;
use proto::v1::workflows_server::Workflows;
use tonic::{Request, Response, Status};

use self::encode::LIST;
use super::convert;
use crate::domain::runs::RunsDomain;
use crate::domain::workflow::Workflow;
use crate::domain::workflows::{self as domain, Edit, Fork, WorkflowChange};
use crate::error::StoryError;

#[derive(Clone)]
pub(crate) struct WorkflowsRpc {
    pub(crate) workflows: domain::Workflows,
    pub(crate) runs: RunsDomain,
}

type EventStream = Pin<Box<dyn Stream<Item = Result<v1::RunEvent, Status>> + Send>>;
type RpcAnswer<T> = Result<Response<T>, Status>;

fn answer(workflow: Result<Workflow, StoryError>) -> RpcAnswer<v1::Workflow> {
    workflow
        .map(encode::workflow)
        .map(Response::new)
        .map_err(into_status)
}

#[tonic::async_trait]
impl Workflows for WorkflowsRpc {
    type WatchWorkflowStream = EventStream;
    type WatchSharedWorkflowStream = EventStream;

    async fn create_workflow(&self, request: Request<v1::CreateWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        let raw = decode::workflow(request.into_inner());
        answer(self.workflows.create(&actor, raw).await)
    }

    async fn get_workflow(&self, request: Request<v1::GetWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        answer(self.workflows.get(&actor, &request.into_inner().id).await)
    }

    async fn batch_get_workflows(
        &self,
        request: Request<v1::BatchGetWorkflowsRequest>,
    ) -> RpcAnswer<v1::BatchGetWorkflowsResponse> {
        let actor = actor_of(&request)?;
        let found = self.workflows.batch(&actor, &request.into_inner().ids).await;
        let workflows = found.map_err(into_status)?.into_iter().map(encode::workflow);
        Ok(Response::new(v1::BatchGetWorkflowsResponse {
            workflows: workflows.collect(),
        }))
    }

    async fn list_workflows(
        &self,
        request: Request<v1::ListWorkflowsRequest>,
    ) -> RpcAnswer<v1::ListWorkflowsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let filter = decode::filter(message.filter).map_err(into_status)?;
        let page = convert::page(message.page_size, message.page_token.as_deref(), LIST);
        let page = page.map_err(into_status)?.read_backward(message.backward);
        let offset = decode::offset(message.offset).map_err(into_status)?;

        let list = self.workflows.list(&actor, &filter, page, offset).await;
        let list = list.map_err(into_status)?;
        let total = match message.with_total {
            true => Some(self.workflows.count(&actor, &filter).await.map_err(into_status)?),
            false => None,
        };

        Ok(Response::new(v1::ListWorkflowsResponse {
            workflows: list.items.into_iter().map(encode::item).collect(),
            next_page_token: list.next.map(|next| next.encode(LIST)),
            total,
        }))
    }

    async fn update_workflow(&self, request: Request<v1::UpdateWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let change = WorkflowChange {
            name: message.name,
            description: message.description,
            is_public: message.is_public,
            priority: message.priority,
        };
        answer(self.workflows.update(&actor, &message.id, change).await)
    }

    async fn delete_workflow(
        &self,
        request: Request<v1::DeleteWorkflowRequest>,
    ) -> RpcAnswer<v1::DeleteWorkflowResponse> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let id = request.into_inner().id;
        let deleted = self.workflows.delete(&actor, &request_id, &id).await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteWorkflowResponse {}))
    }

    async fn execute_workflow(
        &self,
        request: Request<v1::ExecuteWorkflowRequest>,
    ) -> RpcAnswer<v1::Workflow> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let mut message = request.into_inner();
        let share = convert::share(&actor, message.worker_share.take()).map_err(into_status)?;
        let wanted = decode::execute(message).map_err(into_status)?;
        answer(self.workflows.execute(&actor, &request_id, wanted, share).await)
    }

    async fn answer_question(&self, request: Request<v1::AnswerQuestionRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        let reply = decode::reply(request.into_inner()).map_err(into_status)?;
        answer(self.workflows.reply(&actor, reply).await)
    }

    async fn pause_workflow(&self, request: Request<v1::PauseWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        answer(self.workflows.pause(&actor, &request.into_inner().id).await)
    }

    async fn resume_workflow(&self, request: Request<v1::ResumeWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let version = message.definition_version;
        answer(
            self.workflows
                .resume(&actor, &request_id, &message.id, version)
                .await,
        )
    }

    async fn cancel_workflow(&self, request: Request<v1::CancelWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        answer(self.workflows.cancel(&actor, &request.into_inner().id).await)
    }

    async fn bulk_steer_workflows(
        &self,
        request: Request<v1::BulkSteerWorkflowsRequest>,
    ) -> RpcAnswer<v1::BulkSteerWorkflowsResponse> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let mut message = request.into_inner();
        let share = convert::share(&actor, message.worker_share.take()).map_err(into_status)?;
        let bulk = decode::bulk(message).map_err(into_status)?;
        let done = self.workflows.steer_many(&actor, &request_id, bulk, share).await;
        let done = done.map_err(into_status)?;
        Ok(Response::new(v1::BulkSteerWorkflowsResponse {
            matching: done.matching,
            done_ids: done.done,
            refused_ids: done.refused,
        }))
    }

    async fn list_questions(
        &self,
        request: Request<v1::ListQuestionsRequest>,
    ) -> RpcAnswer<v1::ListQuestionsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let asked = self
            .workflows
            .list_questions(&actor, &message.workflow_id, message.all)
            .await;
        let questions = asked.map_err(into_status)?.into_iter().map(encode::question);
        Ok(Response::new(v1::ListQuestionsResponse {
            questions: questions.collect(),
        }))
    }

    async fn list_workflow_checkpoints(
        &self,
        request: Request<v1::ListWorkflowCheckpointsRequest>,
    ) -> RpcAnswer<v1::ListWorkflowCheckpointsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (id, run) = (&message.workflow_id, message.run_id.as_deref());
        let kept = self.workflows.list_checkpoints(&actor, id, run).await;
        let checkpoints = kept.map_err(into_status)?.into_iter().map(encode::checkpoint);
        Ok(Response::new(v1::ListWorkflowCheckpointsResponse {
            checkpoints: checkpoints.collect(),
        }))
    }

    async fn get_workflow_checkpoint(
        &self,
        request: Request<v1::GetWorkflowCheckpointRequest>,
    ) -> RpcAnswer<v1::WorkflowCheckpoint> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let of = (message.workflow_id.as_str(), message.share_token.as_deref());
        let run = message.run_id.as_deref();
        let found = self.workflows.get_checkpoint(&actor, of, run, message.step).await;
        found
            .map(encode::checkpoint)
            .map(Response::new)
            .map_err(into_status)
    }

    async fn edit_workflow_state(
        &self,
        request: Request<v1::EditWorkflowStateRequest>,
    ) -> RpcAnswer<v1::Workflow> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let message = request.into_inner();
        let share = convert::share(&actor, message.worker_share).map_err(into_status)?;
        let edit = Edit {
            id: message.workflow_id,
            run_id: message.run_id,
            step: message.step,
            values: message.values,
        };
        answer(self.workflows.edit(&actor, &request_id, edit, share).await)
    }

    async fn fork_workflow(&self, request: Request<v1::ForkWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let fork = Fork {
            source_id: message.source_id,
            run_id: message.run_id,
            step: message.step,
            name: message.name,
            share_token: message.share_token,
        };
        answer(self.workflows.fork(&actor, fork).await)
    }

    async fn list_workflow_runs(
        &self,
        request: Request<v1::ListWorkflowRunsRequest>,
    ) -> RpcAnswer<v1::ListWorkflowRunsResponse> {
        let actor = actor_of(&request)?;
        let runs = self
            .workflows
            .list_runs(&actor, &request.into_inner().workflow_id)
            .await;
        let runs = runs.map_err(into_status)?.into_iter().map(encode::run);
        Ok(Response::new(v1::ListWorkflowRunsResponse {
            runs: runs.collect(),
        }))
    }

    async fn watch_workflow(
        &self,
        request: Request<v1::WatchWorkflowRequest>,
    ) -> RpcAnswer<Self::WatchWorkflowStream> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let watched = self.workflows.watched(&actor, &message.id).await;
        let watched = watched.map_err(into_status)?;

        let events = watching::follow(self.workflows.clone(), self.runs.clone(), watched, message.after);
        Ok(Response::new(Box::pin(events)))
    }

    async fn watch_shared_workflow(
        &self,
        request: Request<v1::WatchSharedWorkflowRequest>,
    ) -> RpcAnswer<Self::WatchSharedWorkflowStream> {
        actor_of(&request)?;
        let v1::WatchSharedWorkflowRequest { token, after } = request.into_inner();
        let watched = self.workflows.open_link(&token).await.map_err(into_status)?;

        let events = watching::follow(self.workflows.clone(), self.runs.clone(), watched, after);
        let events = watching::through_link(events, self.workflows.clone(), token);
        Ok(Response::new(Box::pin(events)))
    }

    async fn export_workflow(
        &self,
        request: Request<v1::ExportWorkflowRequest>,
    ) -> RpcAnswer<v1::ExportWorkflowResponse> {
        let actor = actor_of(&request)?;
        let bundle = self.workflows.export(&actor, &request.into_inner().id).await;
        let bundle = bundle.map_err(into_status)?;
        Ok(Response::new(v1::ExportWorkflowResponse { bundle }))
    }

    async fn import_workflow(&self, request: Request<v1::ImportWorkflowRequest>) -> RpcAnswer<v1::Workflow> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        answer(self.workflows.import(&actor, &message.bundle, message.name).await)
    }

    async fn share_workflow(
        &self,
        request: Request<v1::ShareWorkflowRequest>,
    ) -> RpcAnswer<v1::WorkflowShare> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let expires_at = decode::time("expires_at", message.expires_at).map_err(into_status)?;
        let share = self
            .workflows
            .share(&actor, &message.workflow_id, expires_at)
            .await;
        share.map(encode::share).map(Response::new).map_err(into_status)
    }

    async fn list_workflow_shares(
        &self,
        request: Request<v1::ListWorkflowSharesRequest>,
    ) -> RpcAnswer<v1::ListWorkflowSharesResponse> {
        let actor = actor_of(&request)?;
        let shares = self
            .workflows
            .list_shares(&actor, &request.into_inner().workflow_id)
            .await;
        let shares = shares.map_err(into_status)?.into_iter().map(encode::share);
        Ok(Response::new(v1::ListWorkflowSharesResponse {
            shares: shares.collect(),
        }))
    }

    async fn revoke_workflow_share(
        &self,
        request: Request<v1::RevokeWorkflowShareRequest>,
    ) -> RpcAnswer<v1::RevokeWorkflowShareResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let gone = self
            .workflows
            .revoke_share(&actor, &message.workflow_id, &message.share_id)
            .await;
        gone.map_err(into_status)?;
        Ok(Response::new(v1::RevokeWorkflowShareResponse {}))
    }

    async fn get_shared_workflow(
        &self,
        request: Request<v1::GetSharedWorkflowRequest>,
    ) -> RpcAnswer<v1::Workflow> {
        actor_of(&request)?;
        answer(self.workflows.get_shared(&request.into_inner().token).await)
    }

    async fn list_workflow_sessions(
        &self,
        request: Request<v1::ListWorkflowSessionsRequest>,
    ) -> RpcAnswer<v1::ListWorkflowSessionsResponse> {
        let actor = actor_of(&request)?;
        let message = request.into_inner();
        let (workflow, session) = (message.workflow_id.as_deref(), message.session_id.as_deref());
        let sessions = self.workflows.list_sessions(&actor, workflow, session).await;
        let sessions = sessions.map_err(into_status)?.into_iter().map(encode::session);
        Ok(Response::new(v1::ListWorkflowSessionsResponse {
            sessions: sessions.collect(),
        }))
    }
}
