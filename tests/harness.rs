//! What end-to-end tests stand on: the real binary as a child process, a client for its doors, and conditions to wait on.

pub(crate) mod client;
pub(crate) mod collector;
pub(crate) mod database;
pub(crate) mod elevenlabs;
pub(crate) mod fleet;
pub(crate) mod memory;
pub(crate) mod node;
pub(crate) mod people;
pub(crate) mod python;
pub(crate) mod repositories;
pub(crate) mod saga;
pub(crate) mod servers;
pub(crate) mod wait;
pub(crate) mod wiretap;
