//! A fault that a test asks for over the public door of the real binary: work that panics with a chat in hand. It is compiled for
//! tests alone.

use crate::llm::testing::PANIC_WORD;

/// # Panics
/// With the whole message, when it has [`PANIC_WORD`] in it.
pub(super) fn panic_if_wished(message: &str) {
    assert!(!message.contains(PANIC_WORD), "over a message: {message}");
}
