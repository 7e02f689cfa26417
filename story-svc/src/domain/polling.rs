//! Looking for what is due, again and again.

use std::time::Duration;

use kit::error::Chain;
use tokio_util::sync::CancellationToken;

use crate::error::StoryError;

/// Looks at once and every so often until it is told to stop. A look that fails is told as `waiting`, and made up for by the next one.
pub(crate) async fn look_until<F: Future<Output = Result<(), StoryError>>>(
    stop: CancellationToken,
    every: Duration,
    waiting: &str,
    look: impl Fn() -> F,
) {
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(10)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);

    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = look().await {
            tracing::warn!(error = %Chain(&error), "{waiting}");
        }
    }
}
