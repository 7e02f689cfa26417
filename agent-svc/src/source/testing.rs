//! For tests only: repositories built in memory ([`Fixture`]) and a smart-HTTP git server on loopback that serves
//! them ([`GitServer`]), well-behaved or not, without the `git` program.

mod http;
mod protocol;
mod server;

pub use repo::testing::Fixture;
pub use server::{GitServer, Misbehaviour};
