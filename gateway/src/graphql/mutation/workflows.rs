//! Workflows: created, changed, executed, answered, steered and deleted.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use proto::v1::{
    self, AnswerQuestionRequest, BulkAction, BulkSteerWorkflowsRequest, CancelWorkflowRequest,
    CreateWorkflowRequest, DeleteWorkflowRequest, EditWorkflowStateRequest, ExecuteWorkflowRequest,
    OnConflict, PauseWorkflowRequest, ResumeWorkflowRequest, UpdateWorkflowRequest, WorkflowFilter,
    answer_question_request::Reply,
};

use crate::{
    error::ApiError,
    extract::IdempotencyKey,
    graphql::{
        Ask,
        input::write_json,
        object::workflow::Workflow,
        scalar::{DateTimeInput, Id, IdInput, Json},
    },
    operation::workflows::{
        AnswerQuestion, CancelWorkflow, CreateWorkflow, DeleteWorkflow, EditWorkflowState, ExecuteWorkflow,
        PauseWorkflow, ResumeWorkflow, SteerWorkflows, UpdateWorkflow,
    },
    rest::workflows::{checkpoints::parse_checkpoint, steer::parse_time},
    view::akd::workflows::WorkflowStatus,
};

#[derive(Default)]
pub(crate) struct WorkflowsMutation;

/// A workflow to create.
#[derive(InputObject)]
struct CreateWorkflowInput {
    /// One of `workflowTypes`, or the name of a definition of yours.
    workflow_type: String,
    /// What fits the type's `configSchema`; `{}` when left out.
    config: Option<Json>,
    /// At most 200 characters; the type's title when left out.
    name: Option<String>,
    /// At most 4000 characters.
    description: Option<String>,
    /// The version of the definition; the newest when left out.
    definition_version: Option<u32>,
    /// -100 to 100; a higher one is taken first among your own; 0 when left out.
    priority: Option<i32>,
    /// Workflows of yours with the same key run one after another.
    concurrency_key: Option<String>,
    /// The number of checkpoints that each run keeps: 1 to 1000.
    keep_last: Option<u32>,
    /// The seconds for which a run keeps them after its end: 60 to 2592000.
    ttl_seconds: Option<u32>,
}

/// Makes the payload of each mutation that is answered with the workflow as it stands then.
macro_rules! workflow_payloads {
    ($($(#[$doc:meta])* $name:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(SimpleObject)]
            struct $name {
                /// The workflow, as it stands now.
                workflow: Workflow,
            }

            impl From<v1::Workflow> for $name {
                fn from(workflow: v1::Workflow) -> Self {
                    let workflow = Workflow::new(workflow);
                    Self { workflow }
                }
            }
        )+
    };
}

workflow_payloads! {
    /// The workflow that was created.
    CreateWorkflowPayload;
    /// The workflow that was changed.
    UpdateWorkflowPayload;
    /// The workflow that is queued.
    ExecuteWorkflowPayload;
    /// The workflow whose question was closed.
    AnswerQuestionPayload;
    /// The workflow that is paused, or about to be.
    PauseWorkflowPayload;
    /// The workflow that goes on.
    ResumeWorkflowPayload;
    /// The workflow that is stopping, or has stopped.
    CancelWorkflowPayload;
    /// The workflow that goes on with other values.
    EditWorkflowStatePayload;
}

/// What to change of a workflow; what is left out stays.
#[derive(InputObject)]
struct UpdateWorkflowInput {
    /// The id of a workflow of yours.
    id: IdInput,
    /// A new name, at most 200 characters.
    name: Option<String>,
    /// A new description, at most 4000 characters.
    description: Option<String>,
    /// True makes a link for everybody; false ends all links.
    is_public: Option<bool>,
    /// -100 to 100; a higher one is taken first.
    priority: Option<i32>,
}

/// The workflow to delete.
#[derive(InputObject)]
struct DeleteWorkflowInput {
    /// The id of a workflow of yours.
    id: IdInput,
}

/// The workflow to pause.
#[derive(InputObject)]
struct PauseWorkflowInput {
    /// The id of a workflow of yours that works or waits.
    id: IdInput,
}

/// The workflow to stop.
#[derive(InputObject)]
struct CancelWorkflowInput {
    /// The id of a workflow of yours that works or waits.
    id: IdInput,
}

/// What is left of a workflow that was deleted.
#[derive(SimpleObject)]
struct DeleteWorkflowPayload {
    /// The id that the workflow had; nothing is under it any more.
    deleted_workflow_id: Id<'static>,
}

/// What becomes of a run that still works or waits.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "OnConflict")]
enum RunConflict {
    /// The new one is refused with the code `CONFLICT`.
    Reject,
    /// The new one begins after it.
    Enqueue,
    /// It is stopped, and the new one begins with what it had reached.
    Interrupt,
    /// It is stopped and undone, and the new one begins where it had begun.
    Rollback,
}

impl RunConflict {
    fn to_number(self) -> i32 {
        match self {
            Self::Reject => OnConflict::Reject,
            Self::Enqueue => OnConflict::Enqueue,
            Self::Interrupt => OnConflict::Interrupt,
            Self::Rollback => OnConflict::Rollback,
        }
        .into()
    }
}

/// What a workflow is executed with.
#[derive(InputObject)]
struct ExecuteWorkflowInput {
    /// The id of a workflow of yours.
    id: IdInput,
    /// What fits the type's `inputSchema`; `{}` when left out.
    user_input: Option<Json>,
    /// `REJECT` when left out.
    on_conflict: Option<RunConflict>,
    /// At most 255 visible ASCII characters. The same input under the same key again executes nothing again.
    idempotency_key: Option<String>,
}

/// The answer to a question, or no answer.
#[derive(InputObject)]
struct AnswerQuestionInput {
    /// The id of the workflow that asks.
    workflow_id: IdInput,
    /// The id of the question; the oldest open one when left out.
    question_id: Option<IdInput>,
    /// What fits the question's `responseSchema`.
    answer: Option<Json>,
    /// True: it is not answered, and the workflow goes on without.
    #[graphql(default)]
    decline: bool,
}

/// With which version a workflow goes on.
#[derive(InputObject)]
struct ResumeWorkflowInput {
    /// The id of a workflow of yours that is paused, failed or cancelled.
    id: IdInput,
    /// Another version of its definition, for one that failed.
    definition_version: Option<u32>,
}

/// What is done to many workflows.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum WorkflowAction {
    /// Stop them for good.
    Cancel,
    /// Execute them anew with the same input.
    Retry,
    /// Go on where they failed or were paused.
    Resume,
}

/// Which workflows: all that is given must hold, and something must be given.
#[derive(InputObject)]
struct WorkflowFilterInput {
    /// Only workflows that stand so.
    statuses: Option<Vec<WorkflowStatus>>,
    /// Only workflows of these types.
    workflow_types: Option<Vec<String>>,
    /// Words that name or description must all contain.
    search: Option<String>,
    /// Only workflows created after this moment.
    created_after: Option<DateTimeInput>,
    /// Only workflows created before this moment.
    created_before: Option<DateTimeInput>,
    /// Only workflows that failed at this node.
    failed_node: Option<String>,
    /// Only these; at most 1000.
    ids: Option<Vec<IdInput>>,
}

impl WorkflowFilterInput {
    fn into_proto(self) -> Result<WorkflowFilter, ApiError> {
        let (after, before) = (self.created_after, self.created_before);
        let text = |at: &Option<DateTimeInput>| at.as_ref().map(|at| at.0.clone());
        let statuses = self.statuses.unwrap_or_default().into_iter();
        let ids = self.ids.unwrap_or_default().into_iter();

        Ok(WorkflowFilter {
            statuses: statuses.map(WorkflowStatus::to_number).collect(),
            workflow_types: self.workflow_types.unwrap_or_default(),
            search: self.search.unwrap_or_default(),
            created_after: parse_time(text(&after).as_deref(), "input.filter.createdAfter")?,
            created_before: parse_time(text(&before).as_deref(), "input.filter.createdBefore")?,
            failed_node: self.failed_node,
            ids: ids.map(|id| id.0).collect(),
        })
    }
}

/// Something to do to many workflows.
#[derive(InputObject)]
struct SteerWorkflowsInput {
    /// The thing to do.
    action: WorkflowAction,
    /// Which workflows of yours.
    filter: WorkflowFilterInput,
    /// True: they are only counted.
    #[graphql(default)]
    preview: bool,
    /// Another version of their definition, to resume on.
    definition_version: Option<u32>,
}

/// What became of many workflows, or would.
#[derive(SimpleObject)]
struct SteerWorkflowsPayload {
    /// How many the filter and the action fit.
    matching: u64,
    /// The ids of those to which it was done; none in a preview.
    done_ids: Vec<Id<'static>>,
    /// The ids of those that changed meanwhile, or could not be steered.
    refused_ids: Vec<Id<'static>>,
}

/// Other values, from which to go on.
#[derive(InputObject)]
struct EditWorkflowStateInput {
    /// The id of a workflow of yours.
    id: IdInput,
    /// Merged into the values of the checkpoint; null takes a value away.
    values: Json,
    /// The id of the checkpoint; the newest when left out.
    checkpoint_id: Option<String>,
}

#[Object]
impl WorkflowsMutation {
    /// Create a workflow. Nothing runs before it is executed.
    async fn create_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to create.")] input: CreateWorkflowInput,
    ) -> Result<Option<CreateWorkflowPayload>> {
        let door = ctx.door().await?;
        let request = CreateWorkflowRequest {
            workflow_type: input.workflow_type,
            config: write_json(input.config, "input.config").map_err(|error| ctx.fail(error))?,
            name: input.name,
            description: input.description,
            definition_version: input.definition_version,
            priority: input.priority,
            concurrency_key: input.concurrency_key,
            keep_last: input.keep_last,
            ttl_seconds: input.ttl_seconds,
        };
        let workflow = door.perform(CreateWorkflow(request)).await?;

        Ok(Some(workflow.into()))
    }

    /// Change a workflow's name, description, priority, or whether it is public.
    async fn update_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow, and what to change.")] input: UpdateWorkflowInput,
    ) -> Result<Option<UpdateWorkflowPayload>> {
        let door = ctx.door().await?;
        let request = UpdateWorkflowRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            name: input.name,
            description: input.description,
            is_public: input.is_public,
            priority: input.priority,
        };
        let workflow = door.perform(UpdateWorkflow(request)).await?;

        Ok(Some(workflow.into()))
    }

    /// Delete a workflow with its runs, checkpoints, questions and links. What still works is stopped.
    async fn delete_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to delete.")] input: DeleteWorkflowInput,
    ) -> Result<Option<DeleteWorkflowPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let request = DeleteWorkflowRequest { id: id.clone() };
        door.perform(DeleteWorkflow(request)).await?;

        Ok(Some(DeleteWorkflowPayload {
            deleted_workflow_id: id.into(),
        }))
    }

    /// Execute a workflow. It is queued, and answered before it has begun.
    async fn execute_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow and its input.")] input: ExecuteWorkflowInput,
    ) -> Result<Option<ExecuteWorkflowPayload>> {
        let door = ctx.door().await?;
        let key = input.idempotency_key.as_deref().map(str::as_bytes);
        let key = IdempotencyKey::parse(key, "input.idempotencyKey").map_err(|error| ctx.fail(error))?;
        let user_input = write_json(input.user_input, "input.userInput");

        let request = ExecuteWorkflowRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            user_input: user_input.map_err(|error| ctx.fail(error))?,
            on_conflict: input.on_conflict.map_or(0, RunConflict::to_number),
            idempotency_key: key.into_text(),
            ..ExecuteWorkflowRequest::default()
        };
        let workflow = door.perform(ExecuteWorkflow(request)).await?;

        Ok(Some(workflow.into()))
    }

    /// Answer a question, or decline to. When everything that a step asked is closed, the workflow goes on.
    async fn answer_question(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question and its answer.")] input: AnswerQuestionInput,
    ) -> Result<Option<AnswerQuestionPayload>> {
        let door = ctx.door().await?;
        let workflow = ctx.parse_id(&input.workflow_id, "input.workflowId")?;
        let question = input.question_id.as_ref();
        let question = question
            .map(|id| ctx.parse_id(id, "input.questionId"))
            .transpose()?;
        let reply = match (input.answer, input.decline) {
            (None, true) => Ok(Reply::Decline(true)),
            (Some(answer), false) => write_json(Some(answer), "input.answer").map(Reply::Answer),
            (Some(_), true) => {
                let expected = "expected no answer to what is declined";
                Err(ApiError::field("input.answer", "value_error", expected))
            }
            (None, false) => Err(ApiError::field(
                "input.answer",
                "missing",
                "this field is required",
            )),
        };

        let request = AnswerQuestionRequest {
            workflow_id: workflow.to_string(),
            question_id: question.map(|id| id.to_string()),
            reply: Some(reply.map_err(|error| ctx.fail(error))?),
            session_id: None,
        };
        let workflow = door.perform(AnswerQuestion(request)).await?;

        Ok(Some(workflow.into()))
    }

    /// Stop a workflow after the step that is being worked on, until it is resumed.
    async fn pause_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to pause.")] input: PauseWorkflowInput,
    ) -> Result<Option<PauseWorkflowPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let workflow = door.perform(PauseWorkflow(PauseWorkflowRequest { id })).await?;

        Ok(Some(workflow.into()))
    }

    /// Go on: a paused workflow where it stopped, a failed or cancelled one at the step that it failed at.
    async fn resume_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to go on with.")] input: ResumeWorkflowInput,
    ) -> Result<Option<ResumeWorkflowPayload>> {
        let door = ctx.door().await?;
        let request = ResumeWorkflowRequest {
            id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            definition_version: input.definition_version,
            worker_share: None,
        };
        let workflow = door.perform(ResumeWorkflow(request)).await?;

        Ok(Some(workflow.into()))
    }

    /// Stop a workflow for good.
    async fn cancel_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow to stop.")] input: CancelWorkflowInput,
    ) -> Result<Option<CancelWorkflowPayload>> {
        let door = ctx.door().await?;
        let id = ctx.parse_id(&input.id, "input.id")?.to_string();
        let workflow = door.perform(CancelWorkflow(CancelWorkflowRequest { id })).await?;

        Ok(Some(workflow.into()))
    }

    /// Cancel, retry or resume all workflows of yours that a filter fits, at most 1000 at once; or count them.
    async fn steer_workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to do to which workflows.")] input: SteerWorkflowsInput,
    ) -> Result<Option<SteerWorkflowsPayload>> {
        let door = ctx.door().await?;
        let action = match input.action {
            WorkflowAction::Cancel => BulkAction::Cancel,
            WorkflowAction::Retry => BulkAction::Retry,
            WorkflowAction::Resume => BulkAction::Resume,
        };
        let filter = input.filter.into_proto().map_err(|error| ctx.fail(error))?;

        let request = BulkSteerWorkflowsRequest {
            action: action.into(),
            filter: Some(filter),
            preview: input.preview,
            definition_version: input.definition_version,
            worker_share: None,
        };
        let steered = door.perform(SteerWorkflows(request)).await?;
        let ids = |ids: Vec<String>| ids.into_iter().map(Id::from).collect();

        Ok(Some(SteerWorkflowsPayload {
            matching: steered.matching,
            done_ids: ids(steered.done_ids),
            refused_ids: ids(steered.refused_ids),
        }))
    }

    /// Change the values at a checkpoint, and go on from there in a new run.
    async fn edit_workflow_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The values, and where.")] input: EditWorkflowStateInput,
    ) -> Result<Option<EditWorkflowStatePayload>> {
        let door = ctx.door().await?;
        let checkpoint = input.checkpoint_id.as_deref();
        let checkpoint = checkpoint.map(|text| parse_checkpoint(text, "input.checkpointId"));
        let checkpoint = checkpoint.transpose().map_err(|error| ctx.fail(error))?;
        let (run_id, step) = checkpoint.map_or((None, None), |(run, step)| (run, Some(step)));
        let values = write_json(Some(input.values), "input.values");

        let request = EditWorkflowStateRequest {
            workflow_id: ctx.parse_id(&input.id, "input.id")?.to_string(),
            run_id,
            step,
            values: values.map_err(|error| ctx.fail(error))?,
            worker_share: None,
        };
        let workflow = door.perform(EditWorkflowState(request)).await?;

        Ok(Some(workflow.into()))
    }
}
