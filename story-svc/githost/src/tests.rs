//! Stock `git` against this crate on loopback, and packs that no git would make.

mod host;
mod hostile;
mod stock;
