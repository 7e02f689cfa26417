//! The gateway through its own door: a real listener in front, scripted services behind.

mod accounts;
mod browser;
mod chat;
mod door;
mod fakes;
mod graphql_attacks;
mod graphql_documents;
mod graphql_http;
mod graphql_identity;
mod graphql_socket;
mod graphql_streams;
mod harness;
mod identity;
mod limits;
mod media;
mod nouns;
mod page;
mod refusals;
mod stories;
mod streams;

pub(crate) use harness::{config, until};

/// A request by this actor.
pub(crate) fn call(actor: kit::actor::Actor) -> crate::identity::Call {
    crate::identity::Call {
        actor,
        how: crate::identity::How::Address,
        client: std::sync::Arc::default(),
        standing: crate::identity::Standing::Guest,
        request_id: kit::rpc::RequestId::random(),
    }
}
