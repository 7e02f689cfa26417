//! The gateway through its own door: a real listener in front, scripted services behind.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

mod accounts;
mod agents;
mod browser;
mod chat;
mod chats;
mod coverage;
mod door;
mod fakes;
mod graphql_accounts;
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
mod second_factors;
mod stories;
mod streams;
mod tiers;

pub(crate) use harness::config;

/// A request by this actor.
pub(crate) fn call(actor: kit::actor::Actor) -> crate::identity::RequestContext {
    crate::identity::RequestContext {
        actor,
        auth_method: crate::identity::AuthMethod::FreshGuest,
        client: std::sync::Arc::default(),
        credential: crate::identity::CredentialState::Guest,
        request_id: kit::rpc::RequestId::random(),
    }
}

/// The fields of the roots of the schema, as `Query.story`.
pub(crate) fn root_fields() -> Vec<String> {
    let sdl = crate::sdl();
    let mut fields = Vec::new();
    for root in ["Query", "Mutation", "Subscription"] {
        let start = sdl.find(&format!("type {root} {{")).expect("a root");
        let body = &sdl[start..];
        let body = &body[..body.find("\n}").expect("its end")];

        // A field stands two spaces in, and a name is followed by its arguments or its type.
        let names = body
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .filter(|line| {
                line.starts_with(|letter: char| letter.is_ascii_lowercase()) && line.contains([':', '('])
            });
        let names = names.filter_map(|line| line.split([':', '(']).next());
        let names = names.filter(|name| name.chars().all(char::is_alphanumeric));
        fields.extend(names.map(|name| format!("{root}.{name}")));
    }

    fields
}
