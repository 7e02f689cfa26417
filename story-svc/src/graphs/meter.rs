//! Progress of a phase that consists of many pieces done at the same time. It never goes back: counting and showing are
//! one step.

use flow::{Context, NodeError};
use tokio::sync::Mutex;

pub(super) struct Meter<'a> {
    context: &'a Context,
    phase: &'static str,
    /// Percent before the first and after the last piece.
    from: f64,
    to: f64,
    pieces: usize,
    done: Mutex<usize>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(
        context: &'a Context,
        phase: impl Into<&'static str>,
        (from, to): (f64, f64),
        pieces: usize,
    ) -> Self {
        Self {
            context,
            phase: phase.into(),
            from,
            to,
            pieces,
            done: Mutex::new(0),
        }
    }

    /// One more piece is done.
    pub(super) async fn advance(&self) -> Result<(), NodeError> {
        let mut done = self.done.lock().await;
        *done += 1;

        self.context
            .progress(self.phase, share(self.from, self.to, *done, self.pieces))
            .await
    }
}

/// Whole percents between `from` and `to`.
#[expect(clippy::cast_precision_loss, reason = "a handful of chapters or chunks")]
fn share(from: f64, to: f64, done: usize, pieces: usize) -> f64 {
    (from + (to - from) * done as f64 / pieces.max(1) as f64).floor()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lead_from_the_first_percent_to_the_last_one() {
        let shown: Vec<_> = (0..=3).map(|done| share(70.0, 95.0, done, 3)).collect();
        assert_eq!(shown, [70.0, 78.0, 86.0, 95.0]);
    }
}
