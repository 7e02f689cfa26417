//! Panics of work that carries a chat: what a panic says may quote what it worked on (a slice that does not fit, a parse that was
//! expected to succeed), so such a one is told by its place alone.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static HUSHED: Cell<bool> = const { Cell::new(false) };
}

/// Whether what runs on this thread now carries a chat. The process's panic hook asks
/// ([`telemetry::init`](crate::telemetry::init)); work that is handed to another thread has to be hushed there again.
#[must_use]
pub fn is_hushed() -> bool {
    HUSHED.get()
}

/// Does work whose panics are told without their words.
pub fn hush_panics<T>(work: impl FnOnce() -> T) -> T {
    let _hushed = Hushing::begin();

    work()
}

/// The same for a future, wherever it is polled.
pub fn hush_panics_of<F: Future>(work: F) -> Hushed<F> {
    Hushed(Box::pin(work))
}

/// See [`hush_panics_of`].
#[must_use = "futures do nothing unless polled"]
pub struct Hushed<F>(Pin<Box<F>>);

impl<F: Future> Future for Hushed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _hushed = Hushing::begin();

        self.0.as_mut().poll(context)
    }
}

/// Hushed for as long as it lives; then as it was before, also after a panic.
struct Hushing(bool);

impl Hushing {
    fn begin() -> Self {
        Self(HUSHED.replace(true))
    }
}

impl Drop for Hushing {
    fn drop(&mut self) {
        HUSHED.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_hushed_while_it_runs_and_no_longer_whether_it_panics_or_not() {
        assert!(!is_hushed());
        assert!(hush_panics(is_hushed));
        assert_eq!(
            hush_panics(|| (hush_panics(is_hushed), is_hushed())),
            (true, true)
        );

        let broken = std::panic::catch_unwind(|| hush_panics(|| -> bool { panic!("on purpose") }));
        assert!(broken.is_err() && !is_hushed());
    }

    #[tokio::test]
    async fn a_future_is_hushed_at_each_of_its_steps_and_nobody_else_on_its_thread() {
        let stepwise = hush_panics_of(async {
            let before = is_hushed();
            tokio::task::yield_now().await;
            (before, is_hushed())
        });
        let other = async { is_hushed() };

        assert_eq!(tokio::join!(stepwise, other), ((true, true), false));
    }
}
