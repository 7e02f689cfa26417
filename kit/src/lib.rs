//! What every service needs and no product owns: errors, identity between services, storage, messages, configuration,
//! observation and shutdown. Nothing here knows a story, a model or a route.

pub mod actor;
pub mod admin;
pub mod archive;
pub mod blobs;
pub mod bus;
pub mod clock;
pub mod config;
pub mod db;
pub mod ephemeral;
pub mod error;
pub mod health;
pub mod ids;
#[cfg(any(test, feature = "testing"))]
pub mod mail_catcher;
pub mod media;
pub mod network;
pub mod open_files;
pub mod page;
pub mod rpc;
pub mod secrets;
#[cfg(any(test, feature = "testing"))]
pub mod servers;
pub mod shutdown;
pub mod sources;
pub mod telemetry;
pub mod tls;
pub mod tokens;
pub mod webhooks;

pub use error::{ErrorKind, Faults, FieldViolation, Problem, ServiceError, into_status};
