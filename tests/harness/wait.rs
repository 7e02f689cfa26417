//! Waiting on a condition with a deadline; tests never sleep for a guessed time.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// How long anything in the tests may take before it counts as stuck; generous, because machines are shared.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Asks `probe` until it answers `Some`, or panics with `what` when patience runs out.
pub(crate) async fn until<T, F, Fut>(what: &str, mut probe: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited {PATIENCE:?} in vain for {what}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}
