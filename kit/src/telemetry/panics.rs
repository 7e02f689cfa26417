//! What is said of a panic, before whatever caught it goes on.

use std::panic;

use crate::ephemeral::is_hushed;

/// Target of events that a panic is told by.
pub(super) const PANIC: &str = "panic";

/// From now on a panic is told, besides what was done about one before: as an error like any other, within its span, where errors
/// are reported. One of work that carries a chat is told by its place alone.
pub(super) fn tell_panics(reported: bool) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let (file, line) = panic.location().map_or(("", 0), |at| (at.file(), at.line()));
        if is_hushed() {
            tracing::error!(target: PANIC, file, line, "panicked with a chat in hand: no word of it is told");
            return;
        }

        if reported {
            let said = panic.payload_as_str().unwrap_or("without words");
            tracing::error!(target: PANIC, file, line, "panicked: {said}");
        }
        before(panic);
    }));
}
