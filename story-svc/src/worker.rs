//! The worker role: works on queued runs until it is told to stop, begins what is scheduled and what threads wait for, tells webhooks what
//! happened, and measures the queue.

use std::time::Duration;

use flow::Worker;
use flow::store::Claimed;
use kit::clock::SharedClock;
use kit::telemetry::propagation;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::domain::items::Items;
use crate::domain::schedules::ScheduleTicker;
use crate::domain::threads::{RunWebhooks, ThreadDispatcher, ThreadSweeper};
use crate::domain::webhooks::WebhookDispatcher;
use crate::store::gauges::Gauges;

/// Between two looks at the queue's length and age.
const MEASURE_EVERY: Duration = Duration::from_secs(15);

/// A worker that is ready to run. Nothing happens before [`StoryWorker::run`].
pub struct StoryWorker {
    pub(crate) engine: Worker,
    pub(crate) items: Items,
    pub(crate) schedules: ScheduleTicker,
    pub(crate) threads: ThreadDispatcher,
    pub(crate) thread_sweeper: ThreadSweeper,
    pub(crate) webhooks: WebhookDispatcher,
    pub(crate) run_webhooks: RunWebhooks,
    pub(crate) gauges: Gauges,
    pub(crate) clock: SharedClock,
}

impl StoryWorker {
    /// Works until `soft`, then lets running steps finish for the configured grace and hands every run back; `hard`
    /// drops everything at once, and so does dropping this future: other workers go on when the leases have ended.
    pub async fn run(self, soft: CancellationToken, hard: CancellationToken) {
        let Self {
            engine,
            items,
            schedules,
            threads,
            thread_sweeper,
            webhooks,
            run_webhooks,
            gauges,
            clock,
        } = self;

        let work = async {
            let dropped = hard.clone();
            let telling = async {
                tokio::select! {
                    _ = async { tokio::join!(webhooks.run(soft.clone()), run_webhooks.run(soft.clone())) } => {}
                    () = dropped.cancelled() => {}
                }
            };
            tokio::join!(
                engine.run(soft.clone(), hard),
                telling,
                schedules.run(soft.clone()),
                threads.run(soft.clone()),
                thread_sweeper.run(soft.clone()),
                items.sweep(soft.clone())
            )
        };

        tokio::select! {
            _ = work => {}
            () = measure(gauges, clock) => {}
        }
    }
}

/// The span of the work on a run, in the trace of whoever asked for it. A run that another worker goes on with has one of each.
pub(crate) fn begin_span(claimed: &Claimed) -> Span {
    let run = &claimed.run;
    let span = tracing::info_span!(
        parent: None,
        "run",
        run_id = %run.id,
        graph = run.graph,
        otel.name = format!("run {}", run.graph),
        otel.kind = "consumer",
    );
    if let Some(trace) = &claimed.trace {
        propagation::continue_noted(&span, trace);
    }

    span
}

/// Never ends.
async fn measure(gauges: Gauges, clock: SharedClock) {
    let mut ticks = tokio::time::interval(MEASURE_EVERY);

    loop {
        ticks.tick().await;

        match gauges.read(clock.now()).await {
            Ok(read) => {
                for (status, count) in read.active {
                    metrics::gauge!("saga_runs_active", "status" => status.as_str()).set(count);
                }
                metrics::gauge!("saga_runs_queue_age_seconds").set(read.oldest_queued_seconds);
            }
            Err(error) => {
                tracing::warn!(error = %kit::error::Chain(&error), "the queue could not be measured");
            }
        }
    }
}
