//! The contracts between services: what is generated from `saga/v1/*.proto`, and the words of its enums. Decides nothing.
//!
//! A moment is a `google.protobuf.Timestamp` in every message, and its `Display` is RFC 3339 as clients read it.

pub mod keys;
mod stories;
pub mod words;

pub use prost_types::Timestamp;

#[expect(
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("saga.v1");
}
