//! A run stops by itself at a pause point: with the commit of the step before it, or before its first step.

use serde_json::json;

use super::{Driver, Outcome, engine_event, write};
use crate::graph::State;
use crate::plan::Frontier;
use crate::store::pause::PausedAt;
use crate::store::{Change, Commit, PausePoints, StoreError};

impl<S: State> Driver<S> {
    /// Stops before the first step, where that is wished. When the run goes on, it begins.
    pub(super) async fn hold_at_start(&self) -> Result<Option<Outcome>, StoreError> {
        let Some(at) = self.points.at_start(&self.frontier) else {
            return Ok(None);
        };
        let points = PausePoints {
            past_start: true,
            ..self.points.clone()
        };

        let mut commit = self.scope.commit_now();
        hold(&mut commit, &at, points);
        write(&self.env, commit).await?;

        Ok(Some(Outcome::Parked))
    }

    /// Adds to a step's commit that the run stops behind it, where that is wished.
    pub(super) fn hold_behind(&self, next: &Frontier, commit: &mut Commit) -> Option<Outcome> {
        let at = self.points.between(&self.frontier, next)?;
        hold(commit, &at, self.points.clone());

        Some(Outcome::Parked)
    }
}

fn hold(commit: &mut Commit, at: &PausedAt, points: PausePoints) {
    let data = json!({ "paused": true, "before": at.before, "after": at.after });
    commit.events.push(engine_event("pause", &data));
    commit.change = Some(Change::Hold { points });
}
