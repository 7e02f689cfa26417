//! The contracts between services: what is generated from `saga/v1/*.proto`, the words of its enums, and
//! what agents take and give (`tasks`). Decides nothing.
//!
//! A moment is a `google.protobuf.Timestamp` in every message, and its `Display` is RFC 3339 as clients read it.

pub mod keys;
mod lean_codec;
mod provider_key;
mod stories;
pub mod tasks;
pub mod words;

pub use prost::Message;
pub use prost_types::Timestamp;

#[expect(
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("saga.v1");
}
