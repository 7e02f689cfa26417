//! Patterns of this crate: compiled with a small cache. There are more than a hundred, each is used on every thread, and
//! what one may keep for its speed is kept by all of them at once.

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
