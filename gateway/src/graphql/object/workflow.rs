//! A workflow as its service tells it, with what it asks and the moments of it that are kept.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};
use proto::v1::{
    self, GetWorkflowCheckpointRequest, ListQuestionsRequest, ListWorkflowCheckpointsRequest,
    ListWorkflowRunsRequest, ListWorkflowSessionsRequest, ListWorkflowSharesRequest,
};

use super::{run::Run, some};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json, Url},
    },
    operation::workflows::{
        GetWorkflowCheckpoint, ListQuestions, ListWorkflowCheckpoints, ListWorkflowRuns,
        ListWorkflowSessions, ListWorkflowShares,
    },
    view::{
        akd::workflows::{QuestionState, WorkflowStatus, share_url},
        stories::percent,
    },
};

#[derive(Clone)]
pub(crate) struct Workflow(pub(crate) Arc<v1::Workflow>);

impl Workflow {
    pub(crate) fn new(workflow: v1::Workflow) -> Self {
        Self(Arc::new(workflow))
    }
}

fn read(text: Option<&String>) -> Option<Json> {
    Json::read(text?)
}

/// Work that people steer. It is the lasting thing; each time it is executed is a run.
#[Object]
impl Workflow {
    /// The workflow's id, which its events are watched by.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The kind of workflow, by its name in `workflowTypes`.
    async fn workflow_type(&self) -> &str {
        &self.0.workflow_type
    }

    /// The name that its owner gave it, or the title of its type.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What its owner says of it.
    async fn description(&self) -> Option<&str> {
        some(&self.0.description)
    }

    /// Where the workflow stands.
    async fn status(&self) -> WorkflowStatus {
        WorkflowStatus::project(&self.0)
    }

    /// What it was created with.
    async fn config(&self) -> Option<Json> {
        Json::read(&self.0.config)
    }

    /// The values that it has reached; null in lists and where it was found by `node`.
    async fn state(&self) -> Option<Json> {
        read(self.0.state.as_ref())
    }

    /// What it ended with; null until it has completed, and in lists.
    async fn output(&self) -> Option<Json> {
        read(self.0.output.as_ref())
    }

    /// Its graph, `{nodes: [{id, type, label}], edges: [{source, target, conditional}]}`; null in lists.
    async fn graph(&self) -> Option<Json> {
        read(self.0.graph.as_ref())
    }

    /// Whether it has a link by which others may read it.
    async fn is_public(&self) -> bool {
        self.0.is_public
    }

    /// The id of the workflow that it was forked from.
    async fn fork_from_id(&self) -> Option<Id<'_>> {
        self.0.fork_from_id.as_deref().map(Id::from)
    }

    /// The moment at which it was created.
    async fn created_at(&self) -> DateTime<'_> {
        super::known_time(self.0.created_at.as_ref())
    }

    /// The moment at which it or its current run last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        super::known_time(self.0.updated_at.as_ref())
    }

    /// Its current run; null while it was never executed.
    async fn run(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        match &self.0.run_id {
            Some(id) => {
                let run = ctx.loaders().runs.load(id).await;
                Ok(ctx.loaded(run)?.map(Run))
            }
            None => Ok(None),
        }
    }

    /// What is being done, in the graph's own word.
    async fn phase(&self) -> Option<&str> {
        some(&self.0.phase)
    }

    /// How much of it is done, in whole per cent: 0 to 100.
    async fn percent(&self) -> u8 {
        percent(self.0.progress)
    }

    /// The number of steps that are done.
    async fn step(&self) -> u64 {
        self.0.step
    }

    /// The names of the nodes that run next.
    async fn next(&self) -> &[String] {
        &self.0.next
    }

    /// Whether `pauseWorkflow` stopped it, or is about to.
    async fn paused(&self) -> bool {
        self.0.paused
    }

    /// Why it did not end well, in words for its user.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// The same for programs: a word in capitals.
    async fn error_code(&self) -> Option<&str> {
        self.0.error_code.as_deref()
    }

    /// The finer word of what failed it, such as `REPO_NOT_FOUND`; null where there is none.
    async fn error_reason(&self) -> Option<&str> {
        self.0.error_reason.as_deref()
    }

    /// The name of the node that failed.
    async fn failed_node(&self) -> Option<&str> {
        self.0.failed_node.as_deref()
    }

    /// Number of its newest event: what `workflowEvents(after:)` takes to be told only what comes next.
    async fn last_event(&self) -> u64 {
        self.0.last_event
    }

    /// The name of the definition that it was made of.
    async fn definition(&self) -> Option<&str> {
        self.0.definition.as_deref()
    }

    /// The version of that definition, which stays the same while it runs.
    async fn definition_version(&self) -> Option<u32> {
        self.0.definition_version
    }

    /// -100 to 100; a higher one is taken first among its owner's own.
    async fn priority(&self) -> i32 {
        self.0.priority
    }

    /// Workflows with the same key run one after another.
    async fn concurrency_key(&self) -> Option<&str> {
        self.0.concurrency_key.as_deref()
    }

    /// What it asks, oldest first: what `answerQuestion` answers.
    async fn questions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether closed ones are told too.", default)] all: bool,
    ) -> Result<Option<Vec<Question>>> {
        if !all {
            return Ok(Some(self.0.questions.iter().map(Question::from).collect()));
        }

        let request = ListQuestionsRequest {
            workflow_id: self.0.id.clone(),
            all,
        };
        let found = ctx.door().await?.find(ListQuestions(request)).await?;

        Ok(found.map(|found| found.questions.iter().map(Question::from).collect()))
    }

    /// The checkpoints that are still kept, newest first: what `forkWorkflow` and `editWorkflowState` go on from.
    async fn checkpoints(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this run; of the current one when left out.")] run_id: Option<String>,
    ) -> Result<Option<Vec<WorkflowCheckpoint>>> {
        let request = ListWorkflowCheckpointsRequest {
            workflow_id: self.0.id.clone(),
            run_id,
        };
        let kept = ctx.door().await?.find(ListWorkflowCheckpoints(request)).await?;
        let row = |kept| WorkflowCheckpoint::of(&self.0.id, kept);

        Ok(kept.map(|kept| kept.checkpoints.into_iter().map(row).collect()))
    }

    /// Every time that it was executed, newest first.
    async fn runs(&self, ctx: &Context<'_>) -> Result<Option<Vec<Run>>> {
        let request = ListWorkflowRunsRequest {
            workflow_id: self.0.id.clone(),
        };
        let list = ctx.door().await?.find(ListWorkflowRuns(request)).await?;
        let runs = list.map(|list| list.runs.into_iter().filter_map(|row| row.run));

        Ok(runs.map(|runs| runs.map(Run::new).collect()))
    }

    /// The links by which others may read it, oldest first.
    async fn shares(&self, ctx: &Context<'_>) -> Result<Option<Vec<WorkflowShare>>> {
        let request = ListWorkflowSharesRequest {
            workflow_id: self.0.id.clone(),
        };
        let list = ctx.door().await?.find(ListWorkflowShares(request)).await?;
        let base = &ctx.asker().base.0;

        Ok(list.map(|list| {
            let shares = list.shares.into_iter();
            shares.map(|share| WorkflowShare::new(share, base)).collect()
        }))
    }

    /// The sign-in sessions that worked with it, the last one first.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<WorkflowSession>>> {
        let request = ListWorkflowSessionsRequest {
            workflow_id: Some(self.0.id.clone()),
            session_id: None,
        };
        let list = ctx.door().await?.find(ListWorkflowSessions(request)).await?;

        Ok(list.map(|list| list.sessions.into_iter().map(WorkflowSession::from).collect()))
    }
}

/// A sign-in session that worked with a workflow.
#[derive(SimpleObject)]
pub(crate) struct WorkflowSession {
    /// The session's id, as in `sessions`.
    session_id: Id<'static>,
    /// The moment at which it first worked with the workflow.
    first_used_at: DateTime<'static>,
    /// The moment at which it last did.
    last_used_at: DateTime<'static>,
}

impl From<v1::WorkflowSession> for WorkflowSession {
    fn from(session: v1::WorkflowSession) -> Self {
        Self {
            session_id: session.session_id.into(),
            first_used_at: super::known_time(session.first_used_at.as_ref()),
            last_used_at: super::known_time(session.last_used_at.as_ref()),
        }
    }
}

/// Something that a workflow asks a person.
#[derive(SimpleObject)]
pub(crate) struct Question {
    /// The id that names the question.
    id: Id<'static>,
    /// Why it is asked, as a word, e.g. `review`.
    reason: Option<String>,
    /// The question, in words.
    prompt: String,
    /// What it is about.
    value: Option<Json>,
    /// JSON Schema of the answer; null takes any JSON.
    response_schema: Option<Json>,
    /// From then on it counts as declined.
    expires_at: Option<DateTime<'static>>,
    /// The name of the node that asks.
    node: String,
    /// The moment at which it was asked.
    asked_at: DateTime<'static>,
    /// What became of it.
    state: QuestionState,
    /// The answer; null unless somebody answered.
    answer: Option<Json>,
}

impl From<&v1::Question> for Question {
    fn from(question: &v1::Question) -> Self {
        Self {
            id: question.id.clone().into(),
            reason: some(&question.reason).map(str::to_owned),
            prompt: question.prompt.clone(),
            value: read(question.value.as_ref()),
            response_schema: read(question.response_schema.as_ref()),
            expires_at: question.expires_at.as_ref().map(DateTime::from),
            node: question.node.clone(),
            asked_at: super::known_time(question.asked_at.as_ref()),
            state: question.state().into(),
            answer: read(question.answer.as_ref()),
        }
    }
}

/// A moment of a workflow that is kept.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct WorkflowCheckpoint {
    /// What names the checkpoint: `<run>:<step>`.
    id: Id<'static>,
    /// The id of its run.
    run_id: Id<'static>,
    /// The number of steps that were done; 0 is before the first one.
    step: u64,
    /// The names of the nodes that run next; none at the end.
    next: Vec<String>,
    /// The moment at which it was written.
    created_at: DateTime<'static>,
    #[graphql(skip)]
    workflow: String,
    #[graphql(skip)]
    run: String,
}

impl WorkflowCheckpoint {
    fn of(workflow: &str, kept: v1::WorkflowCheckpoint) -> Self {
        Self {
            id: format!("{}:{}", kept.run_id, kept.step).into(),
            run_id: kept.run_id.clone().into(),
            step: kept.step,
            next: kept.next,
            created_at: super::known_time(kept.created_at.as_ref()),
            workflow: workflow.to_owned(),
            run: kept.run_id,
        }
    }
}

#[async_graphql::ComplexObject]
impl WorkflowCheckpoint {
    /// The values that it had reached; null when it is not kept any more.
    async fn state(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let request = GetWorkflowCheckpointRequest {
            workflow_id: self.workflow.clone(),
            run_id: Some(self.run.clone()),
            step: Some(self.step),
            share_token: None,
        };
        let kept = ctx.door().await?.find(GetWorkflowCheckpoint(request)).await?;

        Ok(kept.and_then(|kept| read(kept.state.as_ref())))
    }
}

/// A link by which whoever has it may read and fork a workflow.
#[derive(SimpleObject)]
pub(crate) struct WorkflowShare {
    /// The link's id: what `revokeWorkflowShare` takes.
    id: Id<'static>,
    /// The secret of the link: what `sharedWorkflow` and `forkWorkflow` take.
    token: String,
    /// The link to hand on.
    url: Url<'static>,
    /// The moment at which it was made.
    created_at: DateTime<'static>,
    /// The moment from which it leads nowhere; null for one that stays.
    expires_at: Option<DateTime<'static>>,
}

impl WorkflowShare {
    pub(crate) fn new(share: v1::WorkflowShare, base: &str) -> Self {
        Self {
            id: share.id.into(),
            url: share_url(base, &share.token).into(),
            token: share.token,
            created_at: super::known_time(share.created_at.as_ref()),
            expires_at: share.expires_at.as_ref().map(DateTime::from),
        }
    }
}
