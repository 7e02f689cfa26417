//! Attempts at making a thing: its row names the current run, and each earlier run stays linked to it. A story is such a
//! thing; a workflow or a project's job can be one. A thing, its run, their link and the idempotency key are written in one
//! transaction, or nothing is.

use blake3::Hasher;
use chrono::{DateTime, Utc};
use flow::store::NewRun;
use flow::{Access, Idempotency, RunId, StoreError};
use kit::db::{Db, WriteTx};
use serde::Serialize;
use uuid::Uuid;

use crate::error::StoryError;
use crate::store::attempts::{self, AttemptTables};
use crate::store::{owners, runs};

/// A thing's current attempt, as its owner may replace or stop it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) thing: Uuid,
    pub(crate) run: RunId,
}

/// The rules, for things of one kind.
#[derive(Clone)]
pub(crate) struct Attempts {
    pub(crate) db: Db,
    pub(crate) runs: flow::Runs,
    pub(crate) tables: AttemptTables,
}

/// What became of a new run.
pub(crate) enum Begun {
    /// It is written, but not committed: say of what it is an attempt.
    New(Box<NewAttempt>),
    /// The same was asked under the same key before, for this thing; nothing was written.
    Repeated { thing: Uuid },
}

/// A run in an open transaction, whose thing is still to be named.
pub(crate) struct NewAttempt {
    tx: WriteTx,
    run: NewRun,
    attempts: Attempts,
}

impl Attempts {
    /// Writes the run with its key.
    ///
    /// # Errors
    /// `OwnerClosed`; `IdempotencyKeyReused` when the key stands for something else.
    pub(crate) async fn begin(&self, run: NewRun) -> Result<Begun, StoryError> {
        let mut tx = self.db.user(run.owner).begin_write().await?;
        if owners::is_closed(&mut tx, run.owner).await? {
            return Err(StoryError::OwnerClosed);
        }

        match runs::insert_run(&mut tx, &run).await {
            Ok(()) => Ok(Begun::New(Box::new(NewAttempt {
                tx,
                run,
                attempts: self.clone(),
            }))),
            Err(error) if runs::is_key_taken(&error) => {
                tx.rollback().await?;
                self.find_repeated(&run).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// What was made when the run's key was used before.
    async fn find_repeated(&self, run: &NewRun) -> Result<Begun, StoryError> {
        let Some(key) = &run.idempotency else {
            return Err(StoryError::Runs(StoreError::unavailable(
                "a key that nobody gave",
            )));
        };
        let reused = || StoryError::IdempotencyKeyReused { key: key.key.clone() };

        let known = match runs::find_keyed(&self.db.user(run.owner), run.owner, key).await {
            Ok(known) => known.ok_or_else(reused)?,
            Err(StoreError::IdempotencyMismatch) => return Err(reused()),
            Err(error) => return Err(StoryError::Runs(error)),
        };
        let thing = attempts::thing_of_run(&self.db.user(run.owner), self.tables, known, run.owner).await?;

        thing.map(|thing| Begun::Repeated { thing }).ok_or_else(reused)
    }

    /// The thing that a run of this owner is an attempt at.
    pub(crate) async fn thing_of_run(&self, run: RunId, owner: Uuid) -> Result<Option<Uuid>, StoryError> {
        Ok(attempts::thing_of_run(&self.db.user(owner), self.tables, run, owner).await?)
    }

    /// The current attempt at a thing of this owner.
    pub(crate) async fn current(&self, thing: Uuid, owner: Uuid) -> Result<Option<Attempt>, StoryError> {
        let run = attempts::current_run(&self.db.user(owner), self.tables, thing, owner).await?;
        Ok(run.map(|run| Attempt { thing, run }))
    }

    /// Makes a run of this owner that exists already the thing's current one. False when another took the attempt's place meanwhile.
    pub(crate) async fn adopt(
        &self,
        attempt: Attempt,
        owner: Uuid,
        run: RunId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoryError> {
        let mut tx = self.db.user(owner).begin_write().await?;
        if !attempts::point_at(&mut tx, self.tables, attempt.thing, (attempt.run, run), at).await? {
            tx.rollback().await?;
            return Ok(false);
        }

        attempts::link(&mut tx, self.tables, attempt.thing, run, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Cancels an attempt's run. False when it had ended already.
    pub(crate) async fn stop(&self, run: RunId) -> Result<bool, StoryError> {
        match self.runs.cancel(Access::System, run).await {
            Ok(_) => Ok(true),
            Err(StoreError::WrongStatus { .. }) => Ok(false),
            Err(error) => Err(StoryError::Runs(error)),
        }
    }
}

impl NewAttempt {
    pub(crate) fn run(&self) -> RunId {
        self.run.id
    }

    /// The transaction, for the thing's own row.
    pub(crate) fn tx(&mut self) -> &mut WriteTx {
        &mut self.tx
    }

    /// Commits the run as the first attempt at a thing whose row was just written.
    pub(crate) async fn commit_first(mut self, thing: Uuid) -> Result<(), StoryError> {
        self.link(thing).await?;
        self.commit().await
    }

    /// Commits the run of a thing whose row was just written and is its own link to the run.
    pub(crate) async fn commit_linked(self) -> Result<(), StoryError> {
        self.commit().await
    }

    /// Commits the run in place of an attempt's, which is cancelled if it still works. False, and nothing is written, when
    /// another run took that place meanwhile.
    pub(crate) async fn commit_in_place_of(mut self, attempt: Attempt) -> Result<bool, StoryError> {
        let tables = self.attempts.tables;
        let (from, to, at) = (attempt.run, self.run.id, self.run.created_at);
        if !attempts::point_at(&mut self.tx, tables, attempt.thing, (from, to), at).await? {
            self.tx.rollback().await?;
            return Ok(false);
        }

        self.link(attempt.thing).await?;
        let attempts = self.attempts.clone();
        self.commit().await?;

        attempts.stop(attempt.run).await?;
        Ok(true)
    }

    async fn link(&mut self, thing: Uuid) -> Result<(), StoryError> {
        let (tables, run) = (self.attempts.tables, &self.run);
        Ok(attempts::link(&mut self.tx, tables, thing, run.id, run.created_at).await?)
    }

    async fn commit(self) -> Result<(), StoryError> {
        self.tx.commit().await?;
        self.attempts.runs.started(self.run.id, &self.run.graph);
        Ok(())
    }
}

/// A key, and what it was used for: the verb and the request, as one hash.
///
/// # Errors
/// Only when the request cannot be written as JSON.
pub(crate) fn key_request(
    key: String,
    verb: &str,
    request: &impl Serialize,
) -> Result<Idempotency, StoryError> {
    let request = serde_json::to_vec(request).map_err(|source| StoryError::Unreadable {
        what: "request",
        source: source.into(),
    })?;
    let mut hash = Hasher::new();
    hash.update(verb.as_bytes()).update(&[0]).update(&request);

    Ok(Idempotency {
        key,
        fingerprint: hash.finalize().as_bytes().to_vec(),
    })
}

#[cfg(test)]
mod tests;
