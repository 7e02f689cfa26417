//! For tests only: repositories built in memory ([`Fixture`]) and a smart-HTTP git server on loopback that serves
//! them ([`GitServer`]), well-behaved or not, without the `git` program.

mod fixture;
mod http;
mod pack;
mod protocol;
mod server;

pub use fixture::Fixture;
pub use server::{GitServer, Misbehaviour};
