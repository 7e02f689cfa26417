//! What you make: stories, and the runs that make them. Owns the flow engine's storage and its workers.
//!
//! [`StoryService::build`] makes both roles of this service from their dependencies: the routes of the `story` role, and
//! the worker of the `worker` role. They share the database and the bus, so they may run in one process or apart.

mod clients;
mod config;
mod domain;
mod error;
mod events;
mod graphs;
pub mod knowledge;
mod rpc;
mod spill;
pub mod store;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;

use flow::{GraphError, Graphs, Now, Worker, WorkerDeps};
use kit::actor::ActorKey;
use kit::blobs::Blobs;
use kit::bus::{Bus, BusError};
use kit::clock::SharedClock;
use kit::db::{Db, DbError, Migrations};
use kit::ids::SharedIds;
use kit::rpc::{Caller, RpcChannel, guard};
use kit::secrets::Key;
use kit::sources::SourcePolicy;
use kit::telemetry::propagation;
use proto::v1::assistants_server::AssistantsServer;
use proto::v1::books_server::BooksServer;
use proto::v1::items_server::ItemsServer;
use proto::v1::jobs_server::JobsServer;
use proto::v1::project_exports_server::ProjectExportsServer;
use proto::v1::project_files_server::ProjectFilesServer;
use proto::v1::project_git_server::ProjectGitServer;
use proto::v1::projects_server::ProjectsServer;
use proto::v1::responses_server::ResponsesServer;
use proto::v1::runs_server::RunsServer;
use proto::v1::stories_server::StoriesServer;
use proto::v1::story_owners_server::StoryOwnersServer;
use proto::v1::students_server::StudentsServer;
use proto::v1::threads_server::ThreadsServer;
use proto::v1::webhook_events_server::WebhookEventsServer;
use proto::v1::webhooks_server::WebhooksServer;
use proto::v1::workflow_definitions_server::WorkflowDefinitionsServer;
use proto::v1::workflow_schedules_server::WorkflowSchedulesServer;
use proto::v1::workflows_server::WorkflowsServer;
use tonic::service::Routes;
use toolchain::{SandboxError, Toolchain};

use self::clients::accounts::Accounts;
use self::clients::agents::Agents;
use self::clients::github::GithubClient;
pub use self::clients::github::GithubError;
use self::clients::models::Models;
use self::clients::outgoing::Outgoing;
pub use self::clients::outgoing::OutgoingError;
pub use self::config::{CodeForgeConfig, StoryConfig, ToolchainConfig, WorkerConfig};
use self::domain::assistants::Assistants;
use self::domain::attempts::Attempts;
use self::domain::books::Books;
use self::domain::github_export::GithubExports;
use self::domain::github_import::GithubImports;
use self::domain::items::Items;
use self::domain::jobs::Jobs;
use self::domain::owners::Owners;
use self::domain::project_files::ProjectFiles;
use self::domain::project_git::ProjectGit;
use self::domain::projects::Projects;
use self::domain::responses::Responses;
use self::domain::runs::{RunsDeps, RunsDomain};
use self::domain::schedules::{ScheduleTicker, Schedules};
use self::domain::stories::Stories;
use self::domain::students::Students;
use self::domain::threads::{RunWebhooks, ThreadDispatcher, ThreadSweeper, Threads};
use self::domain::webhooks::{WebhookDispatcher, Webhooks};
use self::domain::workflow_definitions::WorkflowDefinitions;
use self::domain::workflows::Workflows;
pub use self::error::StoryError;
pub use self::events::BusNotify;
use self::graphs::{
    account_deletion, agent_job, code_pipeline, code_story, fiction, response, story_deletion, workflow,
};
use self::knowledge::Knowledge;
use self::rpc::{
    AssistantsRpc, BooksRpc, ItemsRpc, JobsRpc, OwnersRpc, ProjectExportsRpc, ProjectFilesRpc, ProjectGitRpc,
    ProjectsRpc, ResponsesRpc, RunsRpc, SchedulesRpc, StoriesRpc, StudentsRpc, ThreadsRpc, WebhooksRpc,
    WorkflowDefinitionsRpc, WorkflowsRpc,
};
use self::spill::BlobSpill;
use self::store::attempts::STORIES;
use self::store::gauges::Gauges;
use self::store::jobs::JOBS;
use self::store::owners::OwnerStore;
use self::store::runs::SqlRuns;
pub use self::worker::StoryWorker;

/// A manuscript and what is said of it.
const MANUSCRIPT_MESSAGE_BYTES: usize = domain::books::MANUSCRIPT_BYTES_MAX + 64 * 1024;

/// A question with the conversation before it, twice: as it is asked, and as it was sent.
const RESPONSE_MESSAGE_BYTES: usize = 40 << 20;

/// Name of the service's database.
pub const DATABASE: &str = "story";

/// The service's tables.
pub static MIGRATIONS: Migrations = Migrations {
    sqlite: sqlx::migrate!("migrations/sqlite"),
    postgres: sqlx::migrate!("migrations/postgres"),
};

/// What the service is built from.
pub struct Deps {
    /// Opened under the name [`DATABASE`]; brought up to date by [`StoryService::build`].
    pub db: Db,
    pub blobs: Blobs,
    /// What stories know.
    pub knowledge: Knowledge,
    pub bus: Bus,
    /// The way to agent-svc.
    pub agents: RpcChannel,
    /// The way to auth-svc.
    pub auth: RpcChannel,
    /// The way to backup-svc; none where it does not run.
    pub backup: Option<RpcChannel>,
    /// The way to billing-svc, where there is one.
    pub billing: Option<RpcChannel>,
    /// Signs what the service says in the name of its users, and verifies what it is told.
    pub actor_key: ActorKey,
    /// The secrets of webhooks are made of it.
    pub secrets_key: Key,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub sources: SourcePolicy,
    pub story: StoryConfig,
    pub codeforge: CodeForgeConfig,
    pub worker: WorkerConfig,
}

/// Why the service could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("the story database is not ready")]
    Database(#[from] DbError),
    #[error("the bus is not ready")]
    Bus(#[from] BusError),
    #[error("a graph is broken")]
    Graph(#[from] GraphError),
    #[error("no client for calls to the outside can be made")]
    Outgoing(#[from] reqwest::Error),
    #[error("codeforge.toolchain is on, and can't be used on this machine")]
    Toolchain(#[from] SandboxError),
}

/// The service, built but not running.
pub struct StoryService {
    /// Stories and Runs; refuses calls without a signed actor.
    pub routes: Routes,
    pub worker: StoryWorker,
}

impl StoryService {
    /// Wires everything. Needs a database that is up to date and a tokio runtime; starts no work on runs.
    ///
    /// # Errors
    /// An engine that does not answer, a mistake in a graph, or a sandbox that is wanted and can't be had.
    pub async fn build(deps: Deps) -> Result<Self, BuildError> {
        let clock = Arc::clone(&deps.clock);
        let now: Now = Arc::new(move || clock.now());
        let engine = Engine {
            store: Arc::new(SqlRuns::new(deps.db.clone())),
            notify: Arc::new(BusNotify::start(&deps.bus).await),
            spill: Arc::new(BlobSpill(deps.blobs.clone())),
            now,
        };

        let outgoing = Outgoing::new(deps.sources.allow_private)?;
        let toolchain = prepare_toolchain(&deps.codeforge.toolchain).await?;
        let graphs = graphs(&deps, &engine, &outgoing, toolchain)?;
        engine.notify.declare_queues(&graphs.names()).await?;

        Ok(Self {
            worker: worker(&deps, &engine, graphs, &outgoing),
            routes: routes(deps, &engine, outgoing),
        })
    }
}

/// What both roles share of the graph engine.
struct Engine {
    store: Arc<SqlRuns>,
    notify: Arc<BusNotify>,
    spill: Arc<BlobSpill>,
    now: Now,
}

impl Engine {
    fn runs(&self) -> flow::Runs {
        flow::Runs::new(
            Arc::clone(&self.store) as _,
            Arc::clone(&self.notify) as _,
            Some(Arc::clone(&self.spill) as _),
            Arc::clone(&self.now),
        )
        .with_trace(propagation::current_trace)
    }
}

fn project_exports(deps: &Deps, files: &ProjectFiles, outgoing: &Outgoing) -> ProjectExportsRpc {
    let github = GithubClient {
        outgoing: outgoing.clone(),
        base: deps.story.github_api_url.clone(),
        clock: Arc::clone(&deps.clock),
    };

    ProjectExportsRpc {
        exports: GithubExports {
            files: files.clone(),
            github: github.clone(),
        },
        imports: GithubImports {
            files: files.clone(),
            github,
        },
    }
}

fn routes(deps: Deps, engine: &Engine, outgoing: Outgoing) -> Routes {
    let runs = engine.runs();
    let (workflows, items) = (workflows(&deps, engine), items(&deps));
    let files = project_files(&deps);
    let exports = project_exports(&deps, &files, &outgoing);
    let students = students(&deps, files.clone());
    let stories = stories(&deps, engine);
    let owners = Owners {
        store: OwnerStore::new(deps.db.clone()),
        runs: runs.clone(),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    };

    let jobs = jobs(&deps, engine);
    let definitions = workflows.definitions.clone();
    let assistants = Assistants {
        definitions: definitions.clone(),
        ids: Arc::clone(&deps.ids),
    };
    let threads = threads(&deps, engine, &outgoing);
    let schedules = Schedules {
        db: deps.db.clone(),
        threads: threads.clone(),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    };

    let webhooks = Webhooks {
        db: deps.db.clone(),
        outgoing,
        key: deps.secrets_key,
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    };

    let watched = RunsDeps {
        runs,
        log: Arc::clone(&engine.store) as _,
        db: deps.db,
        attempts: stories.attempts.clone(),
        bus: deps.bus,
        clock: Arc::clone(&deps.clock),
        ids: deps.ids,
    };
    let runs = RunsDomain::new(watched, &deps.story);
    let books = Books {
        stories: stories.clone(),
        knowledge: deps.knowledge,
        blobs: deps.blobs,
    };
    let responses = Responses {
        db: books.stories.db.clone(),
        blobs: books.blobs.clone(),
        engine: engine.runs(),
        runs: runs.clone(),
        ids: Arc::clone(&books.stories.ids),
    };
    let webhooks = WebhooksRpc(webhooks);
    let routes = Routes::new(StoriesServer::new(StoriesRpc(stories)))
        .add_service(BooksServer::new(BooksRpc(books)).max_decoding_message_size(MANUSCRIPT_MESSAGE_BYTES))
        .add_service(
            ResponsesServer::new(ResponsesRpc(responses)).max_decoding_message_size(RESPONSE_MESSAGE_BYTES),
        )
        .add_service(RunsServer::new(RunsRpc(runs.clone())))
        .add_service(ThreadsServer::new(ThreadsRpc {
            threads,
            runs: runs.clone(),
        }))
        .add_service(AssistantsServer::new(AssistantsRpc(assistants)))
        .add_service(WorkflowsServer::new(WorkflowsRpc { workflows, runs }))
        .add_service(WorkflowDefinitionsServer::new(WorkflowDefinitionsRpc(
            definitions,
        )))
        .add_service(WorkflowSchedulesServer::new(SchedulesRpc(schedules)))
        .add_service(ItemsServer::new(ItemsRpc(items)))
        .add_service(ProjectsServer::new(ProjectsRpc(files.projects.clone())))
        .add_service(ProjectExportsServer::new(exports))
        .add_service(ProjectGitServer::new(ProjectGitRpc(ProjectGit::new(
            files.clone(),
        ))))
        .add_service(ProjectFilesServer::new(ProjectFilesRpc(files)))
        .add_service(WebhooksServer::new(webhooks.clone()))
        .add_service(WebhookEventsServer::new(webhooks))
        .add_service(JobsServer::new(JobsRpc(jobs)))
        .add_service(StudentsServer::new(StudentsRpc(students)))
        .add_service(StoryOwnersServer::new(OwnersRpc(owners)));

    guard(routes, deps.actor_key, deps.clock)
}

fn stories(deps: &Deps, engine: &Engine) -> Stories {
    let runs = engine.runs();
    let attempts = Attempts {
        db: deps.db.clone(),
        runs: runs.clone(),
        tables: STORIES,
    };

    Stories {
        db: deps.db.clone(),
        runs,
        attempts,
        policy: Arc::new(deps.sources.clone()),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    }
}

fn jobs(deps: &Deps, engine: &Engine) -> Jobs {
    let runs = engine.runs();
    let attempts = Attempts {
        db: deps.db.clone(),
        runs: runs.clone(),
        tables: JOBS,
    };

    Jobs {
        db: deps.db.clone(),
        runs,
        attempts,
        files: project_files(deps),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    }
}

fn items(deps: &Deps) -> Items {
    Items {
        db: deps.db.clone(),
        clock: Arc::clone(&deps.clock),
    }
}

fn project_files(deps: &Deps) -> ProjectFiles {
    ProjectFiles {
        projects: Projects {
            db: deps.db.clone(),
            bus: deps.bus.clone(),
            clock: Arc::clone(&deps.clock),
            ids: Arc::clone(&deps.ids),
        },
    }
}

fn students(deps: &Deps, files: ProjectFiles) -> Students {
    let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
    Students {
        files,
        agents: Agents::new(deps.agents.clone(), caller, *deps.story.hard_limit_seconds),
    }
}

fn threads(deps: &Deps, engine: &Engine, outgoing: &Outgoing) -> Threads {
    Threads {
        workflows: workflows(deps, engine),
        outgoing: outgoing.clone(),
    }
}

fn workflows(deps: &Deps, engine: &Engine) -> Workflows {
    Workflows {
        db: deps.db.clone(),
        runs: engine.runs(),
        definitions: WorkflowDefinitions {
            db: deps.db.clone(),
            clock: Arc::clone(&deps.clock),
        },
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
    }
}

/// What runs the projects of agents, where the operator allows it.
async fn prepare_toolchain(config: &ToolchainConfig) -> Result<Option<Arc<Toolchain>>, SandboxError> {
    match config.enabled {
        true => {
            let toolchain = Toolchain::prepare(config.modules.clone(), &config.limits()).await?;
            Ok(Some(Arc::new(toolchain)))
        }
        false => Ok(None),
    }
}

fn graphs(
    deps: &Deps,
    engine: &Engine,
    outgoing: &Outgoing,
    toolchain: Option<Arc<Toolchain>>,
) -> Result<Graphs, BuildError> {
    let caller = Caller::new(deps.actor_key.clone(), Arc::clone(&deps.clock));
    let (workflow_caller, forge_caller, response_caller) = (caller.clone(), caller.clone(), caller.clone());
    let tools = code_story::Tools {
        agents: Agents::new(
            deps.agents.clone(),
            caller.clone(),
            *deps.story.hard_limit_seconds,
        ),
        db: deps.db.clone(),
        config: deps.story.clone(),
        clock: Arc::clone(&deps.clock),
    };

    let books = fiction::Tools {
        agents: tools.agents.clone(),
        db: deps.db.clone(),
        knowledge: deps.knowledge.clone(),
        config: deps.story.clone(),
        clock: Arc::clone(&deps.clock),
    };

    let deletion = account_deletion::Tools {
        owners: OwnerStore::new(deps.db.clone()),
        runs: engine.runs(),
        blobs: deps.blobs.clone(),
        knowledge: deps.knowledge.clone(),
        accounts: Accounts {
            agents: deps.agents.clone(),
            auth: deps.auth.clone(),
            backup: deps.backup.clone(),
            billing: deps.billing.clone(),
            caller,
        },
    };

    let story_deletion = story_deletion::Tools {
        owners: OwnerStore::new(deps.db.clone()),
        runs: engine.runs(),
        blobs: deps.blobs.clone(),
        knowledge: deps.knowledge.clone(),
    };

    let nodes = Arc::new(workflow::Tools {
        agents: Agents::new(
            deps.agents.clone(),
            workflow_caller,
            *deps.story.hard_limit_seconds,
        ),
        outgoing: outgoing.clone(),
        items: items(deps),
        stories: stories(deps, engine),
        clock: Arc::clone(&deps.clock),
    });

    let forge = code_pipeline::Tools {
        agents: Agents::new(deps.agents.clone(), forge_caller, *deps.story.hard_limit_seconds),
        jobs: jobs(deps, engine),
        config: deps.codeforge.clone(),
        story: deps.story.clone(),
        clock: Arc::clone(&deps.clock),
        toolchain,
    };

    let answering = response::Tools {
        models: Models::new(deps.agents.clone(), response_caller),
        story: deps.story.clone(),
    };

    let graphs = Graphs::new()
        .with(response::graph(answering)?)?
        .with(agent_job::graph(forge.clone())?)?
        .with(code_pipeline::graph(forge)?)?
        .with(code_story::graph(tools)?)?
        .with(fiction::graph(books)?)?
        .with(account_deletion::graph(deletion)?)?
        .with(story_deletion::graph(story_deletion)?)?
        .with_family(workflow::WORKFLOW, move |state| workflow::graph(state, &nodes))?;
    Ok(graphs)
}

fn worker(deps: &Deps, engine: &Engine, graphs: Graphs, outgoing: &Outgoing) -> StoryWorker {
    let work = WorkerDeps {
        store: Arc::clone(&engine.store) as _,
        notify: Arc::clone(&engine.notify) as _,
        spill: Some(Arc::clone(&engine.spill) as _),
        now: Arc::clone(&engine.now),
        graphs,
    };

    let name = format!("story-{}-{}", std::process::id(), deps.ids.id().simple());
    let webhooks = WebhookDispatcher {
        db: deps.db.clone(),
        outgoing: outgoing.clone(),
        key: deps.secrets_key.clone(),
        clock: Arc::clone(&deps.clock),
        ids: Arc::clone(&deps.ids),
        poll: deps.worker.poll(),
    };
    let threads = threads(deps, engine, outgoing);
    let schedules = ScheduleTicker {
        db: deps.db.clone(),
        threads: threads.clone(),
        clock: Arc::clone(&deps.clock),
        poll: deps.worker.poll(),
    };
    let run_webhooks = RunWebhooks {
        threads: threads.clone(),
        poll: deps.worker.poll(),
    };
    let thread_sweeper = ThreadSweeper {
        threads: threads.clone(),
        poll: deps.worker.poll(),
    };
    let threads = ThreadDispatcher {
        threads,
        poll: deps.worker.poll(),
    };
    StoryWorker {
        items: items(deps),
        schedules,
        threads,
        thread_sweeper,
        webhooks,
        run_webhooks,
        engine: Worker::new(work, deps.worker.engine(name)).in_spans(worker::begin_span),
        gauges: Gauges::new(deps.db.clone()),
        clock: Arc::clone(&deps.clock),
    }
}
