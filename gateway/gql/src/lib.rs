//! A GraphQL server's own part, around async-graphql: reads and bounds documents, checks them, lets requests in and runs
//! them, and says how requests and results are written on the wire. It has no noun of any product, no HTTP server and no
//! idea of who may do what: whoever uses it tells it with [`Caller`].

pub mod batch;
mod config;
pub mod connection;
mod engine;
mod leaves;
mod limits;
mod parse;
mod persisted;
pub mod transport;
mod validate;

pub use config::{EngineConfig, Limits, PersistedDocuments};
pub use engine::{Budget, Caller, DEEPEST, Engine, EngineError, Incoming, Prepared, Refused};
