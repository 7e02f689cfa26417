//! Workflows: created, executed, asked, steered, forked, moved and shared; and their definitions (`definitions`).

pub(crate) mod definitions;

use proto::v1::{
    AnswerQuestionRequest, BulkSteerWorkflowsRequest, BulkSteerWorkflowsResponse, CancelWorkflowRequest,
    CreateWorkflowRequest, DeleteWorkflowRequest, DeleteWorkflowResponse, EditWorkflowStateRequest,
    ExecuteWorkflowRequest, ExportWorkflowRequest, ExportWorkflowResponse, ForkWorkflowRequest,
    GetSharedWorkflowRequest, GetWorkflowCheckpointRequest, GetWorkflowRequest, ImportWorkflowRequest,
    ListQuestionsRequest, ListQuestionsResponse, ListWorkflowCheckpointsRequest,
    ListWorkflowCheckpointsResponse, ListWorkflowRunsRequest, ListWorkflowRunsResponse,
    ListWorkflowSessionsRequest, ListWorkflowSessionsResponse, ListWorkflowSharesRequest,
    ListWorkflowSharesResponse, ListWorkflowsRequest, ListWorkflowsResponse, PauseWorkflowRequest,
    ResumeWorkflowRequest, RevokeWorkflowShareRequest, RevokeWorkflowShareResponse, ShareWorkflowRequest,
    UpdateWorkflowRequest, Workflow, WorkflowCheckpoint, WorkflowShare,
};
use tonic::Status;
use uuid::Uuid;

use super::{
    Field, Operation, Price, Service,
    caller_kind::{SignedIn, Whoever},
    rpc::rpc_operations,
    stories::worker_share,
};
use crate::{
    identity::{ReadWorkflows, RequestContext, Unscoped, WriteWorkflows},
    services::Services,
};

rpc_operations! {
    CreateWorkflow(CreateWorkflowRequest) -> Workflow: workflows.create_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("createWorkflow");
    GetWorkflow(GetWorkflowRequest) -> Workflow: workflows.get_workflow,
        SignedIn, ReadWorkflows, Price::POLL, Field::Query("workflow");
    /// One page of the caller's own.
    ListWorkflows(ListWorkflowsRequest) -> ListWorkflowsResponse: workflows.list_workflows,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("workflows");
    UpdateWorkflow(UpdateWorkflowRequest) -> Workflow: workflows.update_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("updateWorkflow");
    DeleteWorkflow(DeleteWorkflowRequest) -> DeleteWorkflowResponse: workflows.delete_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("deleteWorkflow");
    PauseWorkflow(PauseWorkflowRequest) -> Workflow: workflows.pause_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("pauseWorkflow");
    CancelWorkflow(CancelWorkflowRequest) -> Workflow: workflows.cancel_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("cancelWorkflow");
    ListQuestions(ListQuestionsRequest) -> ListQuestionsResponse: workflows.list_questions,
        SignedIn, ReadWorkflows, Price::POLL, Field::None;
    ListWorkflowCheckpoints(ListWorkflowCheckpointsRequest) -> ListWorkflowCheckpointsResponse:
        workflows.list_workflow_checkpoints,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    /// One, with its state.
    GetWorkflowCheckpoint(GetWorkflowCheckpointRequest) -> WorkflowCheckpoint:
        workflows.get_workflow_checkpoint,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    ListWorkflowRuns(ListWorkflowRunsRequest) -> ListWorkflowRunsResponse: workflows.list_workflow_runs,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    ForkWorkflow(ForkWorkflowRequest) -> Workflow: workflows.fork_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("forkWorkflow");
    ExportWorkflow(ExportWorkflowRequest) -> ExportWorkflowResponse: large_workflows.export_workflow,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::Query("workflowExport");
    ImportWorkflow(ImportWorkflowRequest) -> Workflow: large_workflows.import_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("importWorkflow");
    ShareWorkflow(ShareWorkflowRequest) -> WorkflowShare: workflows.share_workflow,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("shareWorkflow");
    ListWorkflowShares(ListWorkflowSharesRequest) -> ListWorkflowSharesResponse:
        workflows.list_workflow_shares,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
    RevokeWorkflowShare(RevokeWorkflowShareRequest) -> RevokeWorkflowShareResponse:
        workflows.revoke_workflow_share,
        SignedIn, WriteWorkflows, Price::STANDARD, Field::Mutation("revokeWorkflowShare");
    /// One that its owner shares, for whoever has its link.
    GetSharedWorkflow(GetSharedWorkflowRequest) -> Workflow: workflows.get_shared_workflow,
        Whoever, Unscoped, Price::STANDARD, Field::Query("sharedWorkflow");
    /// One checkpoint of such a workflow, for who watches it.
    GetSharedCheckpoint(GetWorkflowCheckpointRequest) -> WorkflowCheckpoint: workflows.get_workflow_checkpoint,
        Whoever, Unscoped, Price::STANDARD, Field::None;
    /// Whoever has a link may watch what it leads to: it is answered with the workflow, whose events the hub then gives.
    WatchSharedWorkflow(GetSharedWorkflowRequest) -> Workflow: workflows.get_shared_workflow,
        Whoever, Unscoped, Price::STANDARD, Field::Subscription("sharedWorkflowEvents");
    ListWorkflowSessions(ListWorkflowSessionsRequest) -> ListWorkflowSessionsResponse:
        workflows.list_workflow_sessions,
        SignedIn, ReadWorkflows, Price::STANDARD, Field::None;
}

fn session_of(context: &RequestContext) -> Option<String> {
    context.actor.session_id.as_ref().map(Uuid::to_string)
}

/// Begins a run. Agents work on it, so it costs what making does.
pub(crate) struct ExecuteWorkflow(pub(crate) ExecuteWorkflowRequest);

impl Operation for ExecuteWorkflow {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = Workflow;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("executeWorkflow");

    fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Workflow, Status> {
        let request = ExecuteWorkflowRequest {
            worker_share: worker_share(services, context),
            session_id: session_of(context),
            ..self.0
        };
        let workflow = services.workflows(context).execute_workflow(request).await?;

        Ok(workflow.into_inner())
    }
}

/// Answers a question, or declines to.
pub(crate) struct AnswerQuestion(pub(crate) AnswerQuestionRequest);

impl Operation for AnswerQuestion {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = Workflow;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Mutation("answerQuestion");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Workflow, Status> {
        let request = AnswerQuestionRequest {
            session_id: session_of(context),
            ..self.0
        };
        let workflow = services.workflows(context).answer_question(request).await?;

        Ok(workflow.into_inner())
    }
}

/// Goes on where a workflow was paused, or failed.
pub(crate) struct ResumeWorkflow(pub(crate) ResumeWorkflowRequest);

impl Operation for ResumeWorkflow {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = Workflow;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("resumeWorkflow");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Workflow, Status> {
        let request = ResumeWorkflowRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let workflow = services.workflows(context).resume_workflow(request).await?;

        Ok(workflow.into_inner())
    }
}

/// Changes the values at a checkpoint and goes on from there.
pub(crate) struct EditWorkflowState(pub(crate) EditWorkflowStateRequest);

impl Operation for EditWorkflowState {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = Workflow;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("editWorkflowState");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Workflow, Status> {
        let request = EditWorkflowStateRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let workflow = services.workflows(context).edit_workflow_state(request).await?;

        Ok(workflow.into_inner())
    }
}

/// Cancels, retries or resumes all that a filter fits, or counts them.
pub(crate) struct SteerWorkflows(pub(crate) BulkSteerWorkflowsRequest);

impl Operation for SteerWorkflows {
    type Caller = SignedIn;
    type Scope = WriteWorkflows;
    type Output = BulkSteerWorkflowsResponse;

    const SERVICE: Service = Service::Story;
    const PRICE: Price = Price::EXPENSIVE;
    const FIELD: Field = Field::Mutation("steerWorkflows");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let request = BulkSteerWorkflowsRequest {
            worker_share: worker_share(services, context),
            ..self.0
        };
        let steered = services.workflows(context).bulk_steer_workflows(request).await?;

        Ok(steered.into_inner())
    }
}

/// Whoever may see a workflow may watch it: it is answered with the workflow, whose events the hub then gives.
pub(crate) struct WatchWorkflow {
    pub(crate) id: Uuid,
}

impl Operation for WatchWorkflow {
    type Caller = SignedIn;
    type Scope = ReadWorkflows;
    type Output = Workflow;

    const SERVICE: Service = Service::Story;
    const FIELD: Field = Field::Subscription("workflowEvents");

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Workflow, Status> {
        let request = GetWorkflowRequest {
            id: self.id.to_string(),
        };
        let workflow = services.workflows(context).get_workflow(request).await?;

        Ok(workflow.into_inner())
    }
}
