//! The service through its own door: signed calls over a channel of this process, on every engine.

mod entitlements;
mod world;
