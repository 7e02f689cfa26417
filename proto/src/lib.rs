//! The contracts between services, generated from `saga/v1/*.proto`, and nothing else.

#[expect(
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    reason = "generated code"
)]
pub mod v1 {
    tonic::include_proto!("saga.v1");
}
