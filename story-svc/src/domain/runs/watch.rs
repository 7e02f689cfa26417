//! One watcher of one run: first the log, then what comes live, in order, without gap or repetition, until the end.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flow::{Event, Run, RunId, Store, StoreError};
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::tail::{Batch, Live, PAGE};
use crate::error::StoryError;

/// An event as whoever watches gets it: what the engine and the graph said, untouched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// 1, 2, 3… within the run; 0 for what is only live.
    pub(crate) number: u64,
    pub(crate) kind: String,
    /// JSON text.
    pub(crate) data: String,
    /// `None` for what is only live.
    pub(crate) at: Option<DateTime<Utc>>,
}

impl From<&Event> for Seen {
    fn from(event: &Event) -> Self {
        Self {
            number: event.number,
            kind: event.kind.clone(),
            data: event.data.clone(),
            at: Some(event.at),
        }
    }
}

fn delta(data: &Value) -> Seen {
    Seen {
        number: 0,
        kind: "delta".to_owned(),
        data: data.to_string(),
        at: None,
    }
}

pub(crate) struct Watch {
    run: RunId,
    graph: String,
    log: Arc<dyn Store>,
    live: Live,
    ready: VecDeque<Seen>,
    /// Number of the newest event that was given or is ready.
    last: u64,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Reading the log. `ends` when nothing comes after it.
    Log {
        ends: bool,
    },
    Live,
    Over,
}

impl Watch {
    /// `run` was read after `live` was joined.
    pub(super) fn new(run: &Run, after: u64, log: Arc<dyn Store>, live: Live) -> Self {
        Self {
            run: run.id,
            graph: run.graph.clone(),
            log,
            live,
            ready: VecDeque::new(),
            last: after,
            stage: Stage::Log {
                ends: run.status.is_terminal(),
            },
        }
    }

    /// Whose events these are.
    pub(crate) fn run(&self) -> RunId {
        self.run
    }

    /// Which graph it runs.
    pub(crate) fn graph(&self) -> &str {
        &self.graph
    }

    /// The next event; `None` at the end. Dropping the future loses nothing that is numbered.
    pub(crate) async fn next(&mut self) -> Option<Result<Seen, StoryError>> {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                return Some(Ok(seen));
            }

            let read = match self.stage {
                Stage::Log { ends } => self.read_log(ends).await,
                Stage::Live => self.listen().await,
                Stage::Over => return None,
            };

            if let Err(error) = read {
                self.stage = Stage::Over;
                return Some(Err(StoryError::Runs(error)));
            }
        }
    }

    async fn read_log(&mut self, ends: bool) -> Result<(), StoreError> {
        let page = self.log.events(self.run, self.last, PAGE).await?;
        if let Some(newest) = page.last() {
            self.last = newest.number;
            self.ready.extend(page.iter().map(Seen::from));
        }
        // What is written after a short page comes live: it was listened to before this was read.
        if page.len() < PAGE as usize {
            self.stage = if ends { Stage::Over } else { Stage::Live };
        }

        Ok(())
    }

    async fn listen(&mut self) -> Result<(), StoreError> {
        match self.live.recv().await {
            Ok(Batch::Live(data)) => self.ready.push_back(delta(&data)),
            Ok(Batch::UpTo(newest)) if newest <= self.last => {}
            Ok(Batch::UpTo(_)) => self.stage = Stage::Log { ends: false },
            Ok(Batch::Events(seen)) => match seen.first() {
                Some(first) if first.number > self.last + 1 => self.stage = Stage::Log { ends: false },
                _ => self.take(&seen),
            },
            Err(RecvError::Lagged(_)) => self.stage = Stage::Log { ends: false },
            // The run has ended, or nobody follows it any more: the log has the rest.
            Err(RecvError::Closed) => {
                let over = self
                    .log
                    .get(flow::Access::System, self.run)
                    .await?
                    .status
                    .is_terminal();

                self.stage = Stage::Log { ends: true };

                if !over {
                    return Err(StoreError::unavailable("the run is not followed any more"));
                }
            }
        }

        Ok(())
    }

    fn take(&mut self, seen: &[Seen]) {
        for event in seen.iter().filter(|event| event.number > self.last) {
            self.ready.push_back(event.clone());
        }
        self.last = self.last.max(seen.last().map_or(0, |newest| newest.number));
    }
}

#[cfg(test)]
mod tests {
    use flow::memory::MemoryStore;
    use flow::store::{Claim, Commit, NewEvent, NewRun, Share};
    use futures::FutureExt;
    use tokio::sync::broadcast;
    use uuid::Uuid;

    use super::*;

    const GRAPH: &str = "watched";

    async fn claimed(store: &MemoryStore) -> Run {
        let (owner, now) = (Uuid::from_u128(1), DateTime::UNIX_EPOCH);
        let new = NewRun {
            id: Uuid::from_u128(2),
            owner,
            share: Share::of_owner(owner),
            graph: GRAPH.to_owned(),
            phase: String::new(),
            input: Vec::new(),
            first_step: 0,
            forked_from: None,
            options: flow::RunOptions::default(),
            idempotency: None,
            created_at: now,
            due_at: now,
            trace: None,
            events: Vec::new(),
        };
        store.create(new).await.expect("created");

        let claim = Claim {
            worker: "w".to_owned(),
            graphs: vec![GRAPH.to_owned()],
            guests: false,
            limit: 1,
            most_of_share: 1,
            now,
            lease_until: now,
        };
        let mut claimed = store.claim(claim).await.expect("claimed");

        claimed.pop().expect("it is due").run
    }

    /// The numbers that were given until there is nothing to give.
    fn give(watch: &mut Watch) -> Vec<u64> {
        let seen = std::iter::from_fn(|| watch.next().now_or_never().flatten());
        seen.map(|seen| seen.expect("the log can be read").number)
            .collect()
    }

    #[tokio::test]
    async fn what_was_committed_after_the_watcher_read_the_log_and_before_the_listener_did_is_not_missed() {
        let store = Arc::new(MemoryStore::default());
        let run = claimed(&store).await;
        let (listener, live) = broadcast::channel(8);
        let mut watch = Watch::new(&run, 0, Arc::clone(&store) as _, live);
        let before = give(&mut watch).last().copied().unwrap_or_default();

        let mut commit = Commit::new(run.id, run.fence, run.created_at);
        commit.events.push(NewEvent {
            kind: "log".to_owned(),
            data: "{}".to_owned(),
            step: None,
        });
        store.commit(commit).await.expect("committed");
        listener.send(Batch::UpTo(before + 1)).expect("somebody watches");

        assert_eq!(give(&mut watch), [before + 1]);

        listener.send(Batch::UpTo(before + 1)).expect("somebody watches");
        assert_eq!(give(&mut watch), [0; 0], "what is known is not given again");
    }
}
