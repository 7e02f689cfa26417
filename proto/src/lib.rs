//! The contracts between services, generated from `saga/v1/*.proto`, and nothing else.

pub mod v1 {
    tonic::include_proto!("saga.v1");
}
