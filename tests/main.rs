//! End-to-end tests of the whole platform through its public doors, and of the shape of the tree itself.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod browser;
mod coverage;
mod durability;
mod engines;
mod harness;
mod journeys;
mod processes;
mod tidy;
