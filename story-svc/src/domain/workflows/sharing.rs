//! Links by which others may read a workflow, and the sessions that worked with it.

use chrono::{DateTime, Utc};
use kit::actor::Actor;
use uuid::Uuid;

use super::Workflows;
use crate::domain::workflow::{Workflow, WorkflowRecord, WorkflowSession, WorkflowShare};
use crate::error::StoryError;
use crate::store::workflows as store;

/// Links of one workflow.
const SHARES_MAX: i64 = 20;
/// Characters of a token, and more.
const TOKEN_MAX: usize = 64;
const SESSIONS_MAX: i64 = 100;

impl Workflows {
    pub(crate) async fn share(
        &self,
        actor: &Actor,
        id: &str,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<WorkflowShare, StoryError> {
        let now = self.clock.now();
        if expires_at.is_some_and(|at| at <= now) {
            return Err(StoryError::invalid("expires_at", "a time in the future"));
        }

        let record = self.record(actor.user_id, id).await?;
        // Two ids are twice the chance that nobody guesses.
        let share = WorkflowShare {
            id: self.ids.id(),
            workflow_id: record.id,
            token: format!("{}{}", self.ids.id().simple(), self.ids.id().simple()),
            created_at: now,
            expires_at,
        };
        match store::insert_share(&self.db.user(actor.user_id), actor.user_id, &share, SHARES_MAX).await? {
            true => Ok(share),
            false => Err(StoryError::TooManyShares { most: SHARES_MAX }),
        }
    }

    pub(crate) async fn list_shares(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<Vec<WorkflowShare>, StoryError> {
        let record = self.record(actor.user_id, id).await?;
        Ok(store::list_shares(&self.db.user(actor.user_id), record.id, actor.user_id).await?)
    }

    /// By its id or its token.
    pub(crate) async fn revoke_share(&self, actor: &Actor, id: &str, share: &str) -> Result<(), StoryError> {
        let record = self.record(actor.user_id, id).await?;
        let known = is_token(share);
        let by_id = Uuid::try_parse(share).ok();
        let db = self.db.user(actor.user_id);
        let gone = known && store::delete_share(&db, (record.id, actor.user_id), by_id, share).await?;

        match gone {
            true => Ok(()),
            false => Err(StoryError::WorkflowShareNotFound),
        }
    }

    /// What this token opens, for anybody: nothing that only its owner may know.
    pub(crate) async fn get_shared(&self, token: &str) -> Result<Workflow, StoryError> {
        let record = self.shared_record(token, None).await?;
        let mut workflow = self.complete(record).await?;
        workflow.record.options.concurrency_key = None;

        Ok(workflow)
    }

    /// The workflow that this token opens; `id` is what the caller takes it for.
    pub(super) async fn shared_record(
        &self,
        token: &str,
        id: Option<&str>,
    ) -> Result<WorkflowRecord, StoryError> {
        let (workflow, owner) = self.open_link(token).await?;
        if id.is_some_and(|id| Uuid::try_parse(id).ok() != Some(workflow)) {
            return Err(StoryError::WorkflowShareNotFound);
        }

        self.record(owner, &workflow.to_string()).await
    }

    /// The workflow that this link leads to now, with its owner; the cheapest that can be asked of a link.
    pub(crate) async fn open_link(&self, token: &str) -> Result<(Uuid, Uuid), StoryError> {
        // What is none of ours is not asked for.
        if !is_token(token) {
            return Err(StoryError::WorkflowShareNotFound);
        }

        let found = store::find_shared(&self.db.system(), token, self.clock.now()).await?;
        found.ok_or(StoryError::WorkflowShareNotFound)
    }

    /// Last used first.
    pub(crate) async fn list_sessions(
        &self,
        actor: &Actor,
        workflow: Option<&str>,
        session: Option<&str>,
    ) -> Result<Vec<WorkflowSession>, StoryError> {
        let workflow = match workflow {
            Some(id) => Some(self.record(actor.user_id, id).await?.id),
            None => None,
        };
        if session.is_some_and(|id| id.len() > 100 || id.contains('\0')) {
            return Err(StoryError::invalid("session_id", "the id of a session"));
        }

        let db = self.db.user(actor.user_id);
        Ok(store::list_sessions(&db, actor.user_id, workflow, session, SESSIONS_MAX).await?)
    }
}

/// Whether it may be one of ours. A NUL is an error of PostgreSQL's, and an alarm that anybody could raise.
fn is_token(text: &str) -> bool {
    text.len() <= TOKEN_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}
