//! Counts what a pack unpacks to while it is being unpacked: every object whole, those that are written as differences
//! from others included. A pack of a few kilobytes can stand for terabytes.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use gix::progress::{Id, MessageLevel, Step, StepShared, UNKNOWN, Unit};
use gix::{Count, NestedProgress, Progress};

/// What gix calls its counts of decompressed and of decoded bytes.
const BYTES: Id = *b"IWDB";

/// Bytes a pack may unpack to for each byte of it, beyond [`FREE`]. Histories of real projects stay below a hundred.
const RATIO: u64 = 1_000;
/// Any pack may unpack to this much.
const FREE: u64 = 256 * 1024 * 1024;

/// Reads along while one pack is unpacked. Clones count together.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    counters: Arc<Mutex<Vec<StepShared>>>,
    most: u64,
}

impl Meter {
    /// `most` is the limit for a pack of any size.
    pub(super) fn new(most: u64) -> Self {
        Self {
            counters: Arc::default(),
            most,
        }
    }

    /// The limit that a pack of `received` bytes has gone beyond, if it has.
    pub(super) fn exceeded(&self, received: u64) -> Option<u64> {
        let limit = self.most.min(FREE.saturating_add(received.saturating_mul(RATIO)));
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let most = counters
            .iter()
            .map(|counter| counter.load(Ordering::Relaxed))
            .max();

        most.is_some_and(|bytes| bytes as u64 > limit).then_some(limit)
    }

    /// To be given to gix.
    pub(super) fn progress(&self) -> Reading {
        Reading {
            meter: self.clone(),
            counter: Arc::default(),
        }
    }
}

/// One of gix's counters.
#[derive(Debug)]
pub(super) struct Reading {
    meter: Meter,
    counter: StepShared,
}

impl Count for Reading {
    fn set(&self, step: Step) {
        self.counter.store(step, Ordering::Relaxed);
    }

    fn step(&self) -> Step {
        self.counter.load(Ordering::Relaxed)
    }

    fn inc_by(&self, step: Step) {
        self.counter.fetch_add(step, Ordering::Relaxed);
    }

    fn counter(&self) -> StepShared {
        Arc::clone(&self.counter)
    }
}

impl Progress for Reading {
    fn init(&mut self, _max: Option<Step>, _unit: Option<Unit>) {}

    fn set_name(&mut self, _name: String) {}

    fn name(&self) -> Option<String> {
        None
    }

    fn id(&self) -> Id {
        UNKNOWN
    }

    fn message(&self, _level: MessageLevel, _message: String) {}
}

impl NestedProgress for Reading {
    type SubProgress = Self;

    fn add_child(&mut self, name: impl Into<String>) -> Self {
        self.add_child_with_id(name, UNKNOWN)
    }

    fn add_child_with_id(&mut self, _name: impl Into<String>, id: Id) -> Self {
        let counter = Arc::new(AtomicUsize::default());
        if id == BYTES {
            self.meter
                .counters
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::clone(&counter));
        }

        Self {
            meter: self.meter.clone(),
            counter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_are_counted_and_small_packs_have_a_limit_of_their_own() {
        let meter = Meter::new(u64::MAX);
        let mut root = meter.progress();
        let objects = root.add_child_with_id("objects", *b"IWIO");
        let bytes = root.add_child_with_id("decoding", BYTES);

        objects.inc_by(usize::MAX / 2);
        assert_eq!(meter.exceeded(0), None);

        bytes.counter().fetch_add(300 << 20, Ordering::Relaxed);
        assert_eq!(meter.exceeded(1 << 20), None);
        assert_eq!(meter.exceeded(2_000), Some(FREE + 2_000 * RATIO));
        assert_eq!(Meter::new(5).exceeded(0), None);
    }
}
