//! Who thinks: the agent registry and what its agents are made of (the LLM gateway, repository analysis, the offline
//! author, voices). [`AgentService::build`] makes the `agent` role from its dependencies.

pub mod analysis;
pub mod cover;
pub mod llm;
pub mod plugins;
pub mod source;
pub mod voice;

mod agent_context;
mod agents;
mod blocking_pool;
mod clients;
mod completions;
mod config;
mod error;
mod orchestrator;
mod outgoing;
mod own_keys;
mod patterns;
mod registry;
mod rpc;
mod store;
#[cfg(test)]
mod tests;
mod usage;
mod voice_samples;

use std::path::PathBuf;
use std::sync::Arc;

use kit::actor::ActorKey;
use kit::blobs::Blobs;
use kit::clock::SharedClock;
use kit::db::{Db, DbError, Migrations};
use kit::health::Health;
use kit::ids::SharedIds;
use kit::rpc::{Caller, RpcChannel, guard};
use kit::sources::SourcePolicy;
use proto::v1::agents_server::AgentsServer;
use proto::v1::chats_server::ChatsServer;
use proto::v1::language_models_server::LanguageModelsServer;
use proto::v1::usage_owners_server::UsageOwnersServer;
use proto::v1::voices_server::VoicesServer;
use tonic::service::Routes;

use self::agents::{Engines, code_story};
use self::clients::{Entitlements, Spender};
use self::completions::Completions;
pub use self::config::AgentConfig;
pub use self::error::AgentError;
use self::orchestrator::{Orchestrator, Planner};
use self::rpc::agents::AgentsRpc;
use self::rpc::chats::ChatsRpc;
use self::rpc::models::ModelsRpc;
use self::rpc::owners::OwnersRpc;
use self::rpc::voices::VoicesRpc;
pub use self::store::usage::{UsageRow, UsageStore, UsageTotal};
use self::usage::UsageRecorder;
use self::voice_samples::VoiceSamples;

/// Name of the service's database, and of its role.
pub const DATABASE: &str = "agent";

/// The service's tables.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("migrations/sqlite"),
    postgres: sqlx::migrate!("migrations/postgres"),
};

/// Largest answer: a whole analysis with excerpts of its key files. Largest input: a whole book.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Largest message with its context, and largest answer.
const CHAT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// 2048 vectors of 4096 numbers.
const VECTORS_BYTES_MAX: usize = 40 * 1024 * 1024;

/// What the service is built from.
pub struct Deps {
    /// Opened under the name [`DATABASE`]; brought up to date by [`AgentService::build`].
    pub db: Db,
    pub blobs: Blobs,
    /// Verifies on whose behalf a call is made.
    pub actor_key: ActorKey,
    pub clock: SharedClock,
    pub ids: SharedIds,
    /// Which repositories may be read.
    pub sources: SourcePolicy,
    /// Keeps the local voice's data and, while it is read, what was fetched.
    pub data_dir: PathBuf,
    pub config: AgentConfig,
    /// Told what this role needs and which engine serves it.
    pub health: Health,
    /// The way to billing-svc, which keeps budgets; none where nothing is bounded and no books are kept.
    pub billing: Option<RpcChannel>,
}

/// Why the service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the agent database is not ready")]
    Database(#[from] DbError),
    #[error("the language models are not ready")]
    Models(#[from] llm::GatewayError),
    #[error("the voice is not ready")]
    Voice(#[from] voice::VoiceError),
    #[error("plug-in agents are wrong:\n{0}")]
    Plugins(#[from] plugins::PluginProblems),
}

/// The service, built but not running.
pub struct AgentService {
    /// Agents; refuses calls without a signed actor.
    pub routes: Routes,
    /// What was used, for whoever shows or limits it.
    pub usage: UsageStore,
    recorder: UsageRecorder,
    spender: Option<Spender>,
}

impl AgentService {
    /// Wires everything. Needs a database that is up to date and a tokio runtime; talks to no provider.
    ///
    /// # Errors
    /// An engine that does not answer, or a configuration that can't be used.
    pub async fn build(deps: Deps) -> Result<Self, BuildError> {
        let usage = UsageStore::new(deps.db.clone());
        let recorder =
            UsageRecorder::open_with(usage.clone(), Arc::clone(&deps.clock), Arc::clone(&deps.ids));
        let spender = deps.billing.clone().map(|billing| {
            let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
            Spender::new(billing, caller, Arc::clone(&deps.ids))
        });
        let asked = deps.billing.clone();
        let entitlements = Entitlements::new(asked.map(|billing| {
            let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
            (billing, caller)
        }));
        let engines = Engines::new(&deps, recorder.clone(), spender.clone(), entitlements.clone())?;
        announce(&deps, &engines);

        let mut registry = agents::registry(&deps, &engines);
        let plugins = agents::plugin::register(&mut registry, &deps, &engines)?;
        let fingerprints = registry.fingerprints();
        let agents = AgentsRpc {
            registry: Arc::new(registry),
            usage: recorder.clone(),
            entitlements: entitlements.clone(),
        };
        let owners = OwnersRpc {
            usage: usage.clone(),
            recorder: recorder.clone(),
            patterns: engines.patterns.clone(),
        };

        let orchestrator = Orchestrator::new(
            &engines,
            Arc::clone(&deps.clock),
            plugins,
            fingerprints.clone(),
            entitlements.clone(),
        );
        let chats = ChatsRpc {
            orchestrator: Arc::new(orchestrator),
            planner: Arc::new(Planner::default()),
        };
        let voices = VoicesRpc {
            samples: VoiceSamples::new(Arc::clone(&engines.voice), engines.blobs.clone()),
        };

        let models = ModelsRpc {
            completions: Completions::new(
                engines.models.gateway().clone(),
                recorder.clone(),
                fingerprints,
                entitlements,
            ),
        };
        let models = LanguageModelsServer::new(models)
            .max_encoding_message_size(VECTORS_BYTES_MAX)
            .max_decoding_message_size(ANSWER_BYTES_MAX);

        let server = AgentsServer::new(agents)
            .max_encoding_message_size(ANSWER_BYTES_MAX)
            .max_decoding_message_size(ANSWER_BYTES_MAX);
        let chats = ChatsServer::new(chats)
            .max_encoding_message_size(CHAT_BYTES_MAX)
            .max_decoding_message_size(CHAT_BYTES_MAX);
        let routes = Routes::new(server)
            .add_service(chats)
            .add_service(UsageOwnersServer::new(owners))
            .add_service(models)
            .add_service(VoicesServer::new(voices));
        let routes = guard(routes, deps.actor_key, deps.clock);

        Ok(Self {
            routes,
            usage,
            recorder,
            spender,
        })
    }

    /// Waits until everything that was used so far is written down. For the end of the process.
    pub async fn flush(&self) {
        if let Some(spender) = &self.spender {
            spender.flush().await;
        }
        self.recorder.flush().await;
    }
}

/// Says which engine serves what, in the readiness and once in the log.
fn announce(deps: &Deps, engines: &Engines) {
    let db = deps.db.clone();
    deps.health
        .register(DATABASE, "database", deps.db.engine(), move || {
            let db = db.clone();
            async move { db.check().await }
        });

    let blobs = deps.blobs.clone();
    deps.health
        .register(DATABASE, "blobs", deps.blobs.engine(), move || {
            let blobs = blobs.clone();
            async move { blobs.check().await }
        });

    let ready = || std::future::ready(Ok::<(), std::convert::Infallible>(()));
    let models = engines.models.names(code_story::CLASS);
    let models = if models.is_empty() {
        "offline author".to_owned()
    } else {
        models.join(", ")
    };
    deps.health.register(DATABASE, "models", models.as_str(), ready);
    deps.health
        .register(DATABASE, "voice", engines.voice.engine(), ready);
    tracing::info!(
        database = deps.db.engine(),
        blobs = deps.blobs.engine(),
        models,
        voice = engines.voice.engine(),
        "agents are ready"
    );
}
