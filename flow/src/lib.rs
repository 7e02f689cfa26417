//! A durable graph engine: nodes are async functions from a state to an update of it, and every step is committed, with
//! its events, before the next one begins. A run survives the death of its worker, waits for answers without one, and
//! can be read, forked and resumed at any kept checkpoint. At-least-once delivery, exactly-once commit per step.
//!
//! The engine knows no product and no database: storage is the [`Store`] trait, and its contract is `conformance`.

pub mod codec;
#[cfg(feature = "testing")]
pub mod conformance;
mod context;
mod engine;
mod error;
mod graph;
#[cfg(feature = "testing")]
pub mod memory;
mod notify;
mod plan;
mod records;
mod registry;
mod retry;
mod runs;
mod scope;
mod spill;
pub mod store;
mod topology;
mod worker;

pub use context::{Context, StopReason, status_data};
pub use error::{Cause, GraphError, NodeError, NodeErrorKind};
pub use graph::{Graph, GraphBuilder, Limits, NodeOptions, State};
pub use notify::{LocalNotify, Notify, RunNotice, Signal, WakeUps};
pub use plan::{Frontier, PlanError, Ready, Waiting};
pub use registry::Graphs;
pub use retry::RetryPolicy;
pub use runs::{CheckpointView, HistoryEntry, Runs, StartPoint, StartRun};
pub use scope::Now;
pub use spill::Spill;
pub use store::{
    Access, Event, Idempotency, OwnerId, Page, Reply, Run, RunId, RunOptions, RunStatus, Store, StoreError,
};
pub use topology::{END, START};
pub use worker::{RunSpan, Worker, WorkerConfig, WorkerDeps};
