//! One run's events in memory, shared by everyone who watches it here: each event as finished text, once. Bounded:
//! the oldest numbered events and the oldest deltas go first. Never waits for a reader.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use kit::media::MediaSigner;
use proto::v1::RunEvent;
use tokio::sync::watch;

use crate::{
    error::ApiError,
    identity::PublicBase,
    view::{events, stories::Links},
};

/// Frames that are handed to one watcher at a time.
const BATCH: usize = 64;

/// One message, ready to send. A clone shares the bytes.
#[derive(Clone)]
pub(crate) struct Frame(Arc<Inner>);

struct Inner {
    text: Utf8Bytes,
    sse: OnceLock<Bytes>,
    event: RunEvent,
}

impl Frame {
    fn new(event: RunEvent, links: Links<'_>) -> Result<Self, serde_json::Error> {
        let text = events::message(&event, links)?.into();
        Ok(Self(Arc::new(Inner {
            text,
            sse: OnceLock::new(),
            event,
        })))
    }

    /// The event that it tells, in the words of its product.
    pub(crate) fn event(&self) -> &RunEvent {
        &self.0.event
    }

    /// 0 for a delta.
    fn number(&self) -> u64 {
        self.0.event.number
    }

    /// What it takes in memory, nearly.
    fn bytes(&self) -> usize {
        self.0.text.len() + self.0.event.data.len()
    }

    pub(crate) fn text(&self) -> Utf8Bytes {
        self.0.text.clone()
    }

    /// The same message as a server-sent event; written when first asked for.
    pub(crate) fn sse(&self) -> Bytes {
        let write = || match self.number() {
            0 => format!("data: {}\n\n", self.0.text).into(),
            number => {
                let run = &self.0.event.run_id;
                format!("id: {number}@{run}\ndata: {}\n\n", self.0.text).into()
            }
        };
        self.0.sse.get_or_init(write).clone()
    }
}

/// Why no more events come.
#[derive(Clone, Debug)]
pub(crate) enum Ending {
    /// The run has ended and everything was told.
    Finished,
    /// The run can't be watched (any more).
    Refused(ApiError),
}

/// What a watcher gets next.
#[derive(Debug)]
pub(crate) enum Step {
    Frames,
    Ended(Ending),
    /// The watcher was so slow that what it needs is gone.
    Behind,
}

/// How far a watcher has read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    number: u64,
    delta: u64,
}

impl Cursor {
    /// For a watcher who knows everything up to `number`, wherever it reads on.
    pub(crate) const fn from_number(number: u64) -> Self {
        Self { number, delta: 0 }
    }

    /// Number of the last event that was read.
    pub(crate) const fn number(self) -> u64 {
        self.number
    }
}

pub(crate) struct EventBuffer {
    base: PublicBase,
    signer: MediaSigner,
    limits: BufferLimits,
    state: Mutex<State>,
    version: watch::Sender<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct BufferLimits {
    pub(crate) log_bytes: usize,
    pub(crate) deltas: usize,
}

#[derive(Default)]
struct State {
    log: VecDeque<Frame>,
    log_bytes: usize,
    /// Highest number that is not kept (any more).
    gone: u64,
    deltas: VecDeque<Delta>,
    /// Deltas seen so far.
    delta_count: u64,
    ended: Option<Ending>,
}

struct Delta {
    position: u64,
    /// Number of the last event before it.
    after: u64,
    frame: Frame,
}

impl EventBuffer {
    pub(crate) fn new(base: PublicBase, signer: MediaSigner, limits: BufferLimits) -> Self {
        Self {
            base,
            signer,
            limits,
            state: Mutex::default(),
            version: watch::Sender::new(0),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the engine tells, as a message; `None`, and a line in the log, when its data is not JSON.
    pub(crate) fn frame(&self, event: RunEvent, base: &PublicBase) -> Option<Frame> {
        let (number, kind) = (event.number, event.kind.clone());
        let projected = events::project_event(event);
        let made = projected.and_then(|event| self.write_frame(event, base));

        made.inspect_err(|err| tracing::error!(number, kind, %err, "an event that is not JSON was left out"))
            .ok()
    }

    /// `event` is in the words of its product.
    fn write_frame(&self, event: RunEvent, base: &PublicBase) -> Result<Frame, serde_json::Error> {
        let links = Links {
            base: &base.0,
            signer: &self.signer,
        };
        Frame::new(event, links)
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Where a watcher starts that knows everything up to `after`; `None` when what it needs is gone. Deltas from
    /// before it came are not told.
    pub(crate) fn cursor(&self, after: u64) -> Option<Cursor> {
        let state = self.state();
        (after >= state.gone).then_some(Cursor {
            number: after,
            delta: state.delta_count,
        })
    }

    /// Number of the newest event.
    pub(crate) fn newest(&self) -> u64 {
        let state = self.state();
        state.newest()
    }

    /// Adds an event and wakes all watchers. An event that is here already is ignored.
    pub(crate) fn publish(&self, event: RunEvent) {
        let Some(frame) = self.frame(event, &self.base) else {
            return;
        };
        if self.state().push(frame, self.limits) {
            self.wake();
        }
    }

    pub(crate) fn end(&self, ending: Ending) {
        self.state().ended = Some(ending);
        self.wake();
    }

    /// Whether nothing more comes into it.
    pub(crate) fn has_ended(&self) -> bool {
        self.state().ended.is_some()
    }

    fn wake(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Moves frames that the cursor has not seen to `out`; `None` when there is nothing new.
    pub(crate) fn read(&self, cursor: &mut Cursor, base: &PublicBase, out: &mut Vec<Frame>) -> Option<Step> {
        let step = self.state().read(cursor, out);

        if *base != self.base {
            // A text with links is good only for the buffer's own base.
            out.retain_mut(|frame| {
                let event = frame.event();
                if !events::has_links(event) {
                    return true;
                }
                let own = self.write_frame(event.clone(), base);
                own.map(|own| *frame = own).is_ok()
            });
        }

        step
    }
}

impl State {
    fn newest(&self) -> u64 {
        self.log.back().map_or(self.gone, |frame| frame.number())
    }

    fn push(&mut self, frame: Frame, limits: BufferLimits) -> bool {
        let newest = self.newest();
        if frame.number() == 0 {
            self.delta_count += 1;
            self.deltas.push_back(Delta {
                position: self.delta_count,
                after: newest,
                frame,
            });

            if self.deltas.len() > limits.deltas {
                self.deltas.pop_front();
            }

            return true;
        }

        if frame.number() <= newest {
            return false;
        }

        self.log_bytes += frame.bytes();
        self.log.push_back(frame);

        while self.log_bytes > limits.log_bytes && self.log.len() > 1 {
            if let Some(oldest) = self.log.pop_front() {
                self.log_bytes -= oldest.bytes();
                self.gone = oldest.number();
            }
        }

        true
    }

    fn read(&self, cursor: &mut Cursor, out: &mut Vec<Frame>) -> Option<Step> {
        let lost_delta = self
            .deltas
            .front()
            .is_some_and(|oldest| cursor.delta + 1 < oldest.position);
        if cursor.number < self.gone || lost_delta {
            return Some(Step::Behind);
        }

        let from = self.log.partition_point(|frame| frame.number() <= cursor.number);
        let unread = self
            .deltas
            .partition_point(|delta| delta.position <= cursor.delta);
        let (mut log, mut deltas) = (
            self.log.range(from..).peekable(),
            self.deltas.range(unread..).peekable(),
        );
        while out.len() < BATCH {
            let known = cursor.number;
            // A delta comes after the event it came after, and before the next one.
            if let Some(delta) = deltas.next_if(|delta| delta.after <= known || log.peek().is_none()) {
                cursor.delta = delta.position;
                out.push(delta.frame.clone());
            } else if let Some(frame) = log.next() {
                cursor.number = frame.number();
                out.push(frame.clone());
            } else {
                break;
            }
        }

        if out.is_empty() {
            self.ended.clone().map(Step::Ended)
        } else {
            Some(Step::Frames)
        }
    }
}

#[cfg(test)]
mod tests;
