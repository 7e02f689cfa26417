//! GraphQL: the schema by noun, and the doors through which requests come to its engine (the crate `gql`). Decodes,
//! performs operations, encodes; it holds no rule of any service.

mod connection;
mod door;
pub(crate) mod graphiql;
mod input;
mod loader;
mod mutation;
mod object;
pub(crate) mod query;
pub(crate) mod scalar;
pub(crate) mod schema_file;
mod subscription;
pub(crate) mod transport;

use std::{future::Future, sync::Arc};

use async_graphql::{Context, Error, Request, Result, SDLExportOptions, SchemaBuilder, ValidationMode};
use kit::{Problem, health::Health, media::MediaSigner};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    loader::{LoaderSlot, Loaders},
    mutation::Mutation,
    query::Query,
    subscription::Subscription,
};
use crate::{
    error::ApiError,
    graphql::{
        door::FieldDoor,
        scalar::{IdInput, JsonCache},
    },
    identity::{PublicBase, RequestContext},
    operation::{Operation, Operations, Service},
    stream::hub::Hub,
    view::stories::Links,
};

pub(crate) type Schema = async_graphql::Schema<Query, Mutation, Subscription>;
pub(crate) type Engine = gql::Engine<Schema>;

/// What every explorer shows first.
pub(crate) const DESCRIPTION: &str = "Saga: durable runs of AI agents, told as stories. Ask for a story about a repository \
     with `generateStory`, watch it being made with `storyEvents`, and read, hear or list it afterwards. Lists come in \
     pages of at most 100 rows; refusals say the argument at fault in `extensions.fields`.";

/// Fields whose values are pages of text, where others have a line.
pub(crate) const WEIGHTS: &[(&str, u64)] = &[
    ("Agent.inputSchema", 20),
    ("Agent.outputSchema", 20),
    ("Chapter.codeExamples", 20),
    ("Chapter.content", 20),
];

/// Queries that read how far something has come, again and again: those whose operation is priced so. A document of them alone
/// is a poll.
pub(crate) const POLLED_FIELDS: &[&str] = &["job", "node", "project", "run", "story", "workflow"];

/// What is said to the assistants is forgotten, also where it stands in the document.
pub(crate) const EPHEMERAL_FIELDS: &[&str] = &["chat"];

/// What resolvers reach beside their arguments; the same for all requests.
pub(crate) struct Backend {
    pub(crate) operations: Arc<Operations>,
    pub(crate) hub: Hub,
    pub(crate) signer: MediaSigner,
    pub(crate) health: Health,
    /// Cancelled when the process begins to stop: subscriptions say goodbye.
    pub(crate) stop: CancellationToken,
    /// What agents say of themselves.
    pub(crate) json: JsonCache,
}

/// Who asks, of one request or of one socket.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) call: RequestContext,
    pub(crate) base: PublicBase,
    pub(crate) may_read_schema: bool,
    /// Whether the answer has headers in which a browser can be given something to keep.
    pub(crate) keeps_cookies: bool,
}

impl gql::Caller for Asker {
    fn request_id(&self) -> &str {
        self.call.request_id.as_str()
    }

    fn may_read_schema(&self) -> bool {
        self.may_read_schema
    }

    fn attach_data(&self, request: Request) -> Request {
        request.data(self.clone()).data(LoaderSlot::default())
    }
}

/// The schema, ready to run.
pub(crate) fn schema(backend: Backend) -> Schema {
    // What the engine lets in was validated by stricter rules, and is no deeper than its own limits.
    let builder = builder()
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(gql::DEEPEST);
    builder.data(Arc::new(backend)).finish()
}

/// The schema in the schema definition language, as `saga schema` prints it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    let types = builder().finish().sdl_with_options(options);

    // async-graphql writes no description of the schema itself.
    types.replacen(
        "\nschema {",
        &format!("\n\"\"\"\n{DESCRIPTION}\n\"\"\"\nschema {{"),
        1,
    )
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// What a resolver may ask its context for; everything is put in by [`schema`] and by the engine.
pub(crate) trait Ask {
    fn backend(&self) -> &Arc<Backend>;
    fn asker(&self) -> &Asker;
    fn loaders(&self) -> &Loaders;

    fn links(&self) -> Links<'_> {
        Links {
            base: &self.asker().base.0,
            signer: &self.backend().signer,
        }
    }

    /// The door to `O`: counts what costs more than asking, each time it is in an operation, and checks who asks.
    fn door<O: Operation>(&self) -> impl Future<Output = Result<FieldDoor<'_, O>>> + Send;

    /// The id of an argument.
    fn parse_id(&self, id: &IdInput, argument: &str) -> Result<Uuid> {
        id.parse_as(argument).map_err(|error| self.fail(error))
    }

    /// A refusal of ours, as this request tells it.
    fn fail(&self, error: ApiError) -> Error {
        error.graphql(self.asker().call.request_id.as_str())
    }

    /// What a loader found.
    fn loaded<T>(&self, loaded: Result<Option<Arc<T>>, Problem>) -> Result<Option<Arc<T>>> {
        loaded.map_err(|problem| self.fail(ApiError::from_problem(problem, Service::Story.as_str())))
    }
}

impl Ask for Context<'_> {
    fn backend(&self) -> &Arc<Backend> {
        self.data_unchecked()
    }

    fn asker(&self) -> &Asker {
        self.data_unchecked()
    }

    async fn door<O: Operation>(&self) -> Result<FieldDoor<'_, O>> {
        FieldDoor::open(self).await
    }

    fn loaders(&self) -> &Loaders {
        let slot: &LoaderSlot = self.data_unchecked();
        slot.loaders(&self.backend().operations.services, &self.asker().call)
    }
}

#[cfg(test)]
mod tests {
    use kit::actor::Actor;

    use super::*;

    fn refusal(text: &str, change: impl FnOnce(&mut gql::Limits)) -> Option<String> {
        let mut config = crate::tests::config().graphql.engine();
        change(&mut config.limits);
        let engine = Engine::new(builder().finish(), config).unwrap();
        let asker = Asker {
            call: crate::tests::call(Actor::guest(uuid::Uuid::nil())),
            base: PublicBase("http://saga.example".into()),
            may_read_schema: true,
            keeps_cookies: true,
        };
        let incoming = gql::Incoming {
            query: Some(text.to_owned()),
            ..gql::Incoming::default()
        };

        let refused = engine.prepare(incoming, &asker).err()?;
        let error = serde_json::to_value(&refused.errors[0]).unwrap();
        Some(error["extensions"]["code"].as_str().unwrap().to_owned())
    }

    #[test]
    fn what_sensible_clients_ask_for_is_within_the_limits() {
        // A default page of all there is, and the longest of what lists show.
        let page = "query Page($first: Int = 20, $after: String, $short: Boolean = false) {
            stories(first: $first, after: $after) { edges { cursor node {
                id kind title repoUrl repoName status progress style voice focusAreas technicalDepth durationMinutes
                durationSeconds audioUrl audioChunks coverUrl transcriptUrl captionsUrl errorMessage offline createdAt
                updatedAt
                run { id graph status phase progress errorMessage question createdAt updatedAt lastEvent }
                chapters { title ...Text @skip(if: $short) files durationSeconds timestampStart }
            } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
            fragment Text on Chapter { content codeExamples }";
        let longest = page.replace("= 20", "= 100").replace("= false", "= true");
        let introspection = include_str!("../gql/src/engine/tests/introspection.graphql");

        for text in [page, &longest, introspection] {
            assert_eq!(refusal(text, |_| {}), None, "{text}");
        }
        // It is near what may be asked for: the limit is not just out of reach.
        for (text, complexity) in [(page, 8_999), (&longest, 6_999)] {
            let refused = refusal(text, |limits| limits.complexity = complexity);
            assert_eq!(refused.as_deref(), Some("QUERY_TOO_COMPLEX"), "{text}");
        }
    }
}
