//! The service as its callers see it, on every engine.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod keys;
mod mailing;
mod managing;
mod oauth;
mod operating;
mod proving;
mod refreshing;
mod second_factors;
mod signing_in;
mod signing_up;
mod strangers;
mod telling;
mod throttling;
mod world;
