//! A run as its service tells it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result};
use proto::v1;

use super::{some, story::Story};
use crate::graphql::{
    Ask,
    scalar::{DateTime, Id, Json},
};

/// Where a run stands. `QUEUED` becomes `RUNNING` or `CANCELLED`; `RUNNING` becomes `WAITING_FOR_INPUT`, `CANCELLING`,
/// `COMPLETED` or `FAILED`. The last three are the end.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum RunStatus {
    /// It waits for a worker.
    Queued,
    /// A worker works on it.
    Running,
    /// It has asked a question and waits for the answer.
    WaitingForInput,
    /// It was asked to stop and is stopping.
    Cancelling,
    /// It is done.
    Completed,
    /// It could not be done.
    Failed,
    /// It was stopped.
    Cancelled,
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

/// One piece of long-running work. It goes on from its last committed step whatever happens to the server.
#[Object]
impl Run {
    /// Its id.
    async fn id(&self) -> Id<'_> {
        self.0.id.as_str().into()
    }

    /// What is run, e.g. `code_story`.
    async fn graph(&self) -> &str {
        &self.0.graph
    }

    /// Where it stands.
    async fn status(&self) -> RunStatus {
        self.0.status().into()
    }

    /// What is being done, in the graph's own word, e.g. `analyzing`.
    async fn phase(&self) -> Option<&str> {
        some(&self.0.phase)
    }

    /// Per cent: 0 to 100.
    async fn progress(&self) -> f64 {
        self.0.progress
    }

    /// Why it failed, in words for its user.
    async fn error_message(&self) -> Option<&str> {
        self.0.error_message.as_deref()
    }

    /// The question that it waits on.
    async fn question(&self) -> Option<Json> {
        Json::read(self.0.question.as_deref()?)
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<'_> {
        super::known_time(self.0.created_at.as_ref())
    }

    /// When it last changed.
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
}
