//! Patterns of this crate: compiled with a small cache, and those of one language only when a file of it is met. There are
//! more than a hundred, each is used on every thread, and what one may keep for its speed is kept by all of them at once.

use std::sync::OnceLock;

use regex::{Error, Regex, RegexBuilder};

/// Bytes that one pattern may keep on one thread (the library's own limit is eight times as much).
const CACHE_BYTES: usize = 256 * 1024;

/// The pattern.
///
/// # Errors
/// When it is no regular expression, or a too large one.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(pattern).dfa_size_limit(CACHE_BYTES).build()
}

/// A pattern of a table of which a repository needs few rows: compiled when it is first asked for.
#[derive(Debug)]
pub(crate) struct LatePattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl LatePattern {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// `None` when the text is no regular expression.
    pub(crate) fn get(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(self.text).ok()).as_ref()
    }
}
