//! The gateway through its own door: a real listener in front, scripted services behind.

mod chat;
mod door;
mod fakes;
mod graphql_attacks;
mod graphql_documents;
mod graphql_http;
mod graphql_socket;
mod graphql_streams;
mod harness;
mod media;
mod nouns;
mod page;
mod refusals;
mod stories;
mod streams;

pub(crate) use harness::{config, until};
