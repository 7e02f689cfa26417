//! GraphQL: the schema by noun, the engine that lets a request in and runs it, and the ways it travels. Decodes, asks the
//! services through `clients`, encodes; it holds no rule of any service.

pub(crate) mod engine;
pub(crate) mod graphiql;
mod limits;
mod parse;
mod persisted;
mod query;
pub(crate) mod transport;
mod validate;

use std::sync::Arc;

use async_graphql::{Context, EmptyMutation, EmptySubscription, ValidationMode};
use kit::{health::Health, media::MediaSigner};

use crate::{
    clients::Clients,
    identity::{Call, PublicBase},
    stream::hub::Hub,
    view::stories::Links,
};

pub(crate) type Schema = async_graphql::Schema<query::Query, EmptyMutation, EmptySubscription>;

/// What resolvers reach beside their arguments; the same for all requests.
pub(crate) struct Backend {
    pub(crate) clients: Clients,
    pub(crate) hub: Hub,
    pub(crate) signer: MediaSigner,
    pub(crate) health: Health,
}

/// Who asks, of one request or of one socket.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) call: Call,
    pub(crate) base: PublicBase,
}

/// The schema, ready to run.
pub(crate) fn schema(backend: Backend) -> Schema {
    // What the engine lets in was validated by stricter rules, and is no deeper than its own limits.
    let builder = builder()
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(engine::DEEPEST);
    builder.data(Arc::new(backend)).finish()
}

/// The schema in the schema definition language, as `saga schema` prints it.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> async_graphql::SchemaBuilder<query::Query, EmptyMutation, EmptySubscription> {
    Schema::build(query::Query::default(), EmptyMutation, EmptySubscription)
}

/// What a resolver may ask its context for; everything is put in by [`schema`] and by the engine.
pub(crate) trait Ask {
    fn backend(&self) -> &Arc<Backend>;
    fn asker(&self) -> &Asker;

    fn links(&self) -> Links<'_> {
        Links {
            base: &self.asker().base.0,
            signer: &self.backend().signer,
        }
    }
}

impl Ask for Context<'_> {
    fn backend(&self) -> &Arc<Backend> {
        self.data_unchecked()
    }

    fn asker(&self) -> &Asker {
        self.data_unchecked()
    }
}
