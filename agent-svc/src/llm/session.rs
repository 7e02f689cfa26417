//! What one caller hears over all the provider calls made for it: keeps the promise that the deltas since the last
//! restart are the text so far.

use super::request::{Event, Sink};
use super::usage::Usage;

pub(super) struct Session<'a> {
    sink: &'a mut dyn Sink,
    /// Deltas were sent that the next call would double.
    dirty: bool,
    /// Provider calls made so far.
    pub(super) calls: u32,
    pub(super) spent: Vec<Usage>,
    /// The route to begin with. A conversation goes on where it was last answered, and only ever moves forward: a
    /// model that signs its thoughts does not take over from one that does not.
    pub(super) first_route: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            dirty: false,
            calls: 0,
            spent: Vec::new(),
            first_route: 0,
        }
    }

    pub(super) async fn begin_call(&mut self) {
        self.calls = self.calls.saturating_add(1);
        if std::mem::take(&mut self.dirty) {
            self.sink.on(Event::Restart).await;
        }
    }

    pub(super) async fn delta(&mut self, text: String) {
        self.dirty = true;
        self.sink.on(Event::Delta(text)).await;
    }

    pub(super) async fn pause(&mut self) {
        self.sink.pause().await;
    }

    pub(super) async fn spend(&mut self, usage: Usage) {
        self.sink.on(Event::Usage(usage.clone())).await;
        self.spent.push(usage);
    }
}
