//! The service as its callers see it, on every engine.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod quota;
mod restic;
mod resumable;
mod retention;
mod sweeping;
mod uploading;
mod world;
