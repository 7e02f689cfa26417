//! A workflow's events, run after run: for its owner, and for whoever has its link, as long as the link leads there.

use std::time::Duration;

use futures::{Stream, StreamExt};
use kit::into_status;
use proto::v1;
use tonic::Status;
use uuid::Uuid;

use super::encode;
use crate::domain::runs::RunsDomain;
use crate::domain::workflow::event_base;
use crate::domain::workflows::Workflows;

type Event = Result<v1::RunEvent, Status>;

/// How long a link that has ended may hold a stream open on which nothing happens.
const LOOK: Duration = Duration::from_secs(1);
/// Events that were there together and go out after one look at the link.
const TOGETHER: usize = 16;

/// The events above `after` of all runs of the workflow (given with its owner), until the current one has ended.
pub(super) fn follow(
    workflows: Workflows,
    runs: RunsDomain,
    watched: (Uuid, Uuid),
    mut after: u64,
) -> impl Stream<Item = Event> + Send {
    async_stream::stream! {
        loop {
            let mut ended = true;
            let links = match workflows.next_runs(watched, after).await {
                Ok(links) => links,
                Err(error) => { yield Err(into_status(error)); return; }
            };
            for (run, ordinal) in links {
                let base = event_base(ordinal);
                let mut watch = match runs.watch_run(run, after.saturating_sub(base)).await {
                    Ok(watch) => watch,
                    Err(error) => { yield Err(into_status(error)); return; }
                };
                while let Some(seen) = watch.next().await {
                    match seen {
                        Ok(seen) => {
                            if seen.number > 0 {
                                after = base + seen.number;
                                ended = false;
                            }
                            yield Ok(encode::event(seen, base, run));
                        }
                        Err(error) => { yield Err(into_status(error)); return; }
                    }
                }
            }
            // A run that ended may have gone on again, or another may have begun.
            if ended { return; }
        }
    }
}

/// What of these events the link may tell. They end with its error as soon as it is revoked, expired or deleted.
pub(super) fn through_link(
    events: impl Stream<Item = Event> + Send,
    workflows: Workflows,
    token: String,
) -> impl Stream<Item = Event> + Send {
    async_stream::stream! {
        let mut ready = std::pin::pin!(events.ready_chunks(TOGETHER));
        loop {
            let next = tokio::time::timeout(LOOK, ready.next()).await;
            if let Err(error) = workflows.open_link(&token).await {
                yield Err(into_status(error));
                return;
            }

            match next {
                Ok(Some(events)) => for event in events {
                    if event.as_ref().map_or(true, is_for_readers) { yield event; }
                },
                Ok(None) => return,
                Err(_silence) => {}
            }
        }
    }
}

/// Whether reading the workflow by its link gives it, too. What was used, what it cost and what was said on the way is its owner's.
fn is_for_readers(event: &v1::RunEvent) -> bool {
    matches!(
        event.kind.as_str(),
        "status"
            | "task"
            | "update"
            | "checkpoint"
            | "question"
            | "answer"
            | "custom"
            | "delta"
            | "message"
            | "pause"
            | "error"
    )
}
