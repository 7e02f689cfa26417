//! What people do to a run in memory: they close its questions, pause it, and let it go on after a bad end.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Row;
use crate::store::{Committed, NewEvent, Reopen, Reply, RunId, RunStatus, StoreError};

impl Row {
    pub(super) fn close_question(
        &mut self,
        question: Option<Uuid>,
        reply: &Reply,
        at: DateTime<Utc>,
    ) -> Result<Committed, StoreError> {
        let status = self.run.status;
        if status != RunStatus::WaitingForInput {
            return Err(StoreError::WrongStatus { status });
        }

        let open = &mut self.run.questions;
        let place = match question {
            Some(id) => open.iter().position(|open| open.id == id),
            None => (!open.is_empty()).then_some(0),
        };
        let closed = open.remove(place.ok_or(StoreError::NoQuestion)?);
        self.run.question = open.first().map(|open| open.question.clone());
        let over = open.is_empty();

        self.effects.insert(closed.at, reply.journalled().to_string());
        let mut events = self.append(vec![reply.event(closed.id)], at);
        if over {
            self.run.lease_until = at;
            events.extend(self.say(RunStatus::Queued, at).events);
        }

        Ok(Committed {
            events,
            spilled: Vec::new(),
        })
    }

    pub(super) fn find_overdue(&self, now: DateTime<Utc>) -> Vec<(RunId, Uuid)> {
        let over = self
            .run
            .questions
            .iter()
            .filter(|open| open.expires_at.is_some_and(|at| at <= now));
        over.map(|open| (self.run.id, open.id)).collect()
    }

    pub(super) fn pause(&mut self, paused: bool, at: DateTime<Utc>) -> Result<Committed, StoreError> {
        let status = self.run.status;
        if status.is_terminal() {
            return Err(StoreError::WrongStatus { status });
        }

        self.run.paused = paused;
        self.run.held &= paused;
        self.run.updated_at = at;
        let event = NewEvent {
            kind: "pause".to_owned(),
            data: serde_json::json!({ "paused": paused }).to_string(),
            step: None,
        };

        Ok(Committed {
            events: self.append(vec![event], at),
            spilled: Vec::new(),
        })
    }

    pub(super) fn reopen(&mut self, reopen: Reopen) -> Result<Committed, StoreError> {
        let Reopen { checkpoint, at, .. } = reopen;
        let status = self.run.status;
        if !matches!(status, RunStatus::Failed | RunStatus::Cancelled) {
            return Err(StoreError::WrongStatus { status });
        }

        if let Some(saved) = checkpoint {
            if saved.step != self.run.step {
                return Err(StoreError::NoCheckpoint);
            }
            if saved.step == self.first.step {
                self.first = saved;
            } else {
                self.checkpoints.insert(saved.step, (saved, at));
            }
        }

        let run = &mut self.run;
        (run.error_message, run.error_reason, run.failed_node) = (None, None, None);
        (run.ended_at, run.active_since) = (None, None);
        (run.attempt, run.lost) = (0, 0);
        (run.paused, run.held) = (false, false);
        run.lease_until = at;
        self.trimmed = false;

        Ok(self.say(RunStatus::Queued, at))
    }
}
