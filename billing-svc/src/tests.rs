//! The service through its own door: signed calls over a channel of this process, on every engine, with a Stripe of our own.

mod budgets;
mod description;
mod entitlements;
mod events;
mod fake_auth;
mod mock;
mod shopping;
mod spending;
mod spending_at_once;
mod world;
