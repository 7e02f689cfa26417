//! A run as its service tells it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};
use gql::connection::{PAGE_DEFAULT, Page, PageArguments};
use proto::v1;

use super::{
    run_event::{self, RunEvent},
    some,
    story::{RunErrorCode, Story},
};
use crate::{
    graphql::{
        Ask,
        scalar::{DateTime, Id, Json},
    },
    operation::runs::ListCheckpoints,
    view::stories::percent,
};

/// Where a run stands. `QUEUED` becomes `RUNNING` or `CANCELLED`; `RUNNING` becomes `WAITING_FOR_INPUT`, `CANCELLING`,
/// `COMPLETED` or `FAILED`. The last three are the end.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunStatus {
    /// The run waits for a worker.
    Queued,
    /// A worker works on the run.
    Running,
    /// The run has asked a question and waits for the answer.
    WaitingForInput,
    /// The run was asked to stop and is stopping.
    Cancelling,
    /// Everything was done that was asked for.
    Completed,
    /// A step failed for the last time.
    Failed,
    /// Somebody stopped the run.
    Cancelled,
}

impl RunStatus {
    /// The status that the engine calls so; a word that is not known here is work.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "queued" => Self::Queued,
            "waiting_for_input" => Self::WaitingForInput,
            "cancelling" => Self::Cancelling,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => Self::Running,
        }
    }
}

impl From<RunStatus> for i32 {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Queued => v1::RunStatus::Queued,
            RunStatus::Running => v1::RunStatus::Running,
            RunStatus::WaitingForInput => v1::RunStatus::WaitingForInput,
            RunStatus::Cancelling => v1::RunStatus::Cancelling,
            RunStatus::Completed => v1::RunStatus::Completed,
            RunStatus::Failed => v1::RunStatus::Failed,
            RunStatus::Cancelled => v1::RunStatus::Cancelled,
        }
        .into()
    }
}

impl From<v1::RunStatus> for RunStatus {
    fn from(status: v1::RunStatus) -> Self {
        match status {
            v1::RunStatus::Unspecified | v1::RunStatus::Queued => Self::Queued,
            v1::RunStatus::Running => Self::Running,
            v1::RunStatus::WaitingForInput => Self::WaitingForInput,
            v1::RunStatus::Cancelling => Self::Cancelling,
            v1::RunStatus::Completed => Self::Completed,
            v1::RunStatus::Failed => Self::Failed,
            v1::RunStatus::Cancelled => Self::Cancelled,
        }
    }
}

#[derive(Clone)]
pub(crate) struct Run(pub(crate) Arc<v1::Run>);

impl Run {
    pub(crate) fn new(run: v1::Run) -> Self {
        Self(Arc::new(run))
    }
}

/// One piece of long-running work. It goes on from its last committed step whatever happens to the server.
#[Object]
impl Run {
    /// The run's id, the same as in every event of it.
    pub(crate) async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// The name of the graph that it runs, e.g. `code_story`.
    async fn graph(&self) -> &str {
        &self.0.graph
    }

    /// Where the run stands: what `runs(status:)` filters by.
    async fn status(&self) -> RunStatus {
        self.0.status().into()
    }

    /// What is being done, in the graph's own word, e.g. `analyzing`.
    async fn phase(&self) -> Option<&str> {
        some(&self.0.phase)
    }

    /// How much of it is done, in whole per cent: 0 to 100.
    async fn percent(&self) -> u8 {
        percent(self.0.progress)
    }

    /// How much of it is done, in per cent: 0 to 100.
    #[graphql(deprecation = "The same is `percent`, a whole number like that of stories.")]
    async fn progress(&self) -> f64 {
        self.0.progress
    }

    /// Why it did not end well, for programs; null unless its status is `FAILED` or `CANCELLED`.
    async fn error_code(&self) -> Option<RunErrorCode> {
        RunErrorCode::read(self.0.error_code.as_deref())
    }

    /// The finer word of what failed it, such as `REPO_NOT_FOUND`; null where there is none.
    async fn error_reason(&self) -> Option<&str> {
        self.0.error_reason.as_deref()
    }

    /// Why it failed, in words for its user.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// The question that it waits on: what `answerRun` answers.
    async fn question(&self) -> Option<Json> {
        Json::read(self.0.question.as_deref()?)
    }

    /// The moment at which it was asked for.
    async fn created_at(&self) -> DateTime<'_> {
        super::known_time(self.0.created_at.as_ref())
    }

    /// The moment at which it last changed.
    async fn updated_at(&self) -> DateTime<'_> {
        super::known_time(self.0.updated_at.as_ref())
    }

    /// Number of its newest event: what `runEvents(after:)` takes to be told only what comes next.
    async fn last_event(&self) -> u64 {
        self.0.last_event
    }

    /// The run from whose checkpoint it was started.
    async fn forked_from(&self, ctx: &Context<'_>) -> Result<Option<Run>> {
        match &self.0.forked_from {
            Some(source) => {
                let run = ctx.loaders().runs.load(source).await;
                Ok(ctx.loaded(run)?.map(Run))
            }
            None => Ok(None),
        }
    }

    /// The story that it makes, or made.
    async fn story(&self, ctx: &Context<'_>) -> Result<Option<Story>> {
        let story = ctx.loaders().stories_of_runs.load(&self.0.id).await;
        Ok(ctx.loaded(story)?.map(Story))
    }

    /// What has happened in it, in order, as far as it is written down; `runEvents` also tells what happens next.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events after the one with this cursor.")] after: Option<String>,
        #[graphql(desc = "Only events before the one with this cursor; together with `last`.")]
        before: Option<String>,
        #[graphql(
            desc = "How many from the beginning: 1 to 100.",
            default_with = "Some(PAGE_DEFAULT)"
        )]
        first: Option<i64>,
        #[graphql(desc = "How many from the end: 1 to 100. It wins over `first`.")] last: Option<i64>,
    ) -> Result<Option<Page<RunEvent>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };

        run_event::list_events(ctx, &self.0.id, arguments).await
    }

    /// The checkpoints that are still kept, newest first: what `forkRun` can begin at. Only for the run's owner.
    async fn checkpoints(&self, ctx: &Context<'_>) -> Result<Option<Vec<Checkpoint>>> {
        let door = ctx.door().await?;
        let kept = door.find(ListCheckpoints {
            run: self.0.id.clone(),
        });

        Ok(kept
            .await?
            .map(|kept| kept.into_iter().map(Checkpoint::from).collect()))
    }
}

/// A moment of a run that is kept: everything that its steps had made by then.
#[derive(SimpleObject)]
pub(crate) struct Checkpoint {
    /// The number of steps that were done; 0 is before the first one.
    step: u64,
    /// The names of the graph's nodes that run next; none at the end.
    next: Vec<String>,
    /// The moment at which it was written.
    created_at: DateTime<'static>,
}

impl From<v1::Checkpoint> for Checkpoint {
    fn from(kept: v1::Checkpoint) -> Self {
        Self {
            step: kept.step,
            next: kept.next,
            created_at: super::known_time(kept.created_at.as_ref()),
        }
    }
}
