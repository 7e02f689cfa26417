//! Logs, traces and metrics of the process.

pub mod propagation;
