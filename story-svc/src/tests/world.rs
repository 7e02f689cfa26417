//! The service with everything around it: a database, a bus, blobs, agents, and a clock that the test moves.

use std::sync::Arc;
use std::time::Duration;

use kit::actor::{Actor, ActorKey, Tier};
use kit::blobs::{Blobs, BlobsConfig};
use kit::bus::Bus;
use kit::clock::ManualClock;
use kit::db::Db;
use kit::db::testing::each_engine;
use kit::error::Problem;
use kit::ids::{SystemIds, random_id};
use kit::rpc::{Caller, RequestId, RpcChannel, guard};
use kit::secrets::Key;
use kit::sources::SourcePolicy;
use proto::v1::accounts_server::AccountsServer;
use proto::v1::agents_server::AgentsServer;
use proto::v1::billing_owners_server::BillingOwnersServer;
use proto::v1::items_client::ItemsClient;
use proto::v1::project_files_client::ProjectFilesClient;
use proto::v1::projects_client::ProjectsClient;
use proto::v1::runs_client::RunsClient;
use proto::v1::stories_client::StoriesClient;
use proto::v1::story_owners_client::StoryOwnersClient;
use proto::v1::usage_owners_server::UsageOwnersServer;
use proto::v1::webhook_events_client::WebhookEventsClient;
use proto::v1::webhooks_client::WebhooksClient;
use proto::v1::workflow_definitions_client::WorkflowDefinitionsClient;
use proto::v1::workflow_schedules_client::WorkflowSchedulesClient;
use proto::v1::workflows_client::WorkflowsClient;
use proto::v1::{
    BatchGetRunsRequest, BatchGetStoriesRequest, BatchGetStoriesResponse, CancelRunRequest,
    CancelStoryRequest, CreateCodeStoryRequest, GetRunRequest, GetStoryRequest, ListStoriesRequest,
    ListStoriesResponse, RestartStoryRequest, Run, RunEvent, RunStatus, Story, Style, Voice, WatchRunRequest,
};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Request, Status, Streaming};

use super::agents::ScriptedAgents;
use super::elsewhere::Elsewhere;
use crate::knowledge::Knowledge;
use crate::{CodeForgeConfig, Deps, MIGRATIONS, StoryConfig, StoryService, ToolchainConfig, WorkerConfig};

/// Longer than anything here takes; only a broken test waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// A call's deadline; the clock of actors stands still.
const CALL: Duration = Duration::from_secs(30);

pub(super) struct World {
    pub(super) agents: ScriptedAgents,
    pub(super) elsewhere: Elsewhere,
    pub(super) clock: ManualClock,
    pub(super) db: Db,
    pub(super) blobs: Blobs,
    pub(super) knowledge: Knowledge,
    pub(super) bus: Bus,
    key: ActorKey,
    channel: RpcChannel,
    /// Whether addresses of this machine may be called.
    allow_private: bool,
    _folder: tempfile::TempDir,
}

/// Runs the test on each database engine.
pub(super) async fn each_world<F, Fut>(test: F)
where
    F: Fn(Arc<World>) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| async {
        let world = World::new(db).await;
        tokio::time::timeout(PATIENCE, test(Arc::new(world)))
            .await
            .expect("the test hangs");
    })
    .await;
}

/// The same, where addresses of this machine may be called.
pub(super) async fn each_private_world<F, Fut>(test: F)
where
    F: Fn(Arc<World>) -> Fut,
    Fut: Future<Output = ()>,
{
    each_engine(&MIGRATIONS, |db| async {
        let knowledge = Knowledge::in_tables(&db);
        let world = World::build(db, knowledge, true).await;
        tokio::time::timeout(PATIENCE, test(Arc::new(world)))
            .await
            .expect("the test hangs");
    })
    .await;
}

impl World {
    pub(super) async fn new(db: Db) -> Self {
        let knowledge = Knowledge::in_tables(&db);
        Self::with_knowledge(db, knowledge).await
    }

    pub(super) async fn with_knowledge(db: Db, knowledge: Knowledge) -> Self {
        Self::build(db, knowledge, false).await
    }

    async fn build(db: Db, knowledge: Knowledge, allow_private: bool) -> Self {
        db.migrate(&MIGRATIONS).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = BlobsConfig {
            endpoint: String::new(),
            region: String::new(),
            bucket: "saga".to_owned(),
            access_key_id: "".into(),
            secret_access_key: "".into(),
            path_style: false,
            encryption: kit::blobs::BlobEncryption::default(),
            kms_key_id: String::new(),
        };

        let mut world = Self {
            agents: ScriptedAgents::new(),
            elsewhere: Elsewhere::default(),
            clock: ManualClock::default(),
            db,
            blobs: Blobs::open(&config, folder.path()).await.unwrap(),
            knowledge,
            bus: Bus::in_process(1024),
            key: ActorKey::new(Key::random()),
            channel: RpcChannel::local(Routes::default()),
            allow_private,
            _folder: folder,
        };

        world.channel = RpcChannel::local(world.service().await.routes);
        world
    }

    /// The service built once more, as another process would.
    async fn service(&self) -> StoryService {
        self.service_on(self.bus.clone()).await
    }

    async fn service_on(&self, bus: Bus) -> StoryService {
        self.service_where(bus, self.allow_private).await
    }

    async fn service_where(&self, bus: Bus, allow_private: bool) -> StoryService {
        let agents = Routes::new(AgentsServer::new(self.agents.clone()));
        let agents = agents.add_service(UsageOwnersServer::new(self.elsewhere.clone()));
        let agents = RpcChannel::local(guard(agents, self.key.clone(), self.clock.shared()));
        let auth = Routes::new(AccountsServer::new(self.elsewhere.clone()));
        let auth = RpcChannel::local(guard(auth, self.key.clone(), self.clock.shared()));
        let billing = Routes::new(BillingOwnersServer::new(self.elsewhere.clone()));
        let billing = RpcChannel::local(guard(billing, self.key.clone(), self.clock.shared()));
        let deps = Deps {
            db: self.db.clone(),
            blobs: self.blobs.clone(),
            knowledge: self.knowledge.clone(),
            bus,
            agents,
            auth,
            backup: None,
            billing: Some(billing),
            actor_key: self.key.clone(),
            secrets_key: Key::from_bytes("secrets", vec![7; 32]).unwrap(),
            clock: self.clock.shared(),
            ids: SystemIds::shared(),
            sources: SourcePolicy {
                allow_hosts: vec!["github.com".to_owned()],
                allow_private,
                allow_local: false,
            },
            story: StoryConfig {
                max_retries: 2,
                retry_delay_seconds: kit::config::Seconds::new(60),
                soft_limit_seconds: kit::config::Seconds::new(3300),
                hard_limit_seconds: kit::config::Seconds::new(3600),
                chapters_at_once: 2,
                chunks_at_once: 2,
                watch_poll_milliseconds: 100,
                github_api_url: "https://api.github.com".to_owned(),
            },
            codeforge: CodeForgeConfig {
                agent_timeout_seconds: kit::config::Seconds::new(300),
                soft_limit_seconds: kit::config::Seconds::new(360),
                hard_limit_seconds: kit::config::Seconds::new(420),
                max_iterations: 5,
                answer_hours: 24,
                toolchain: ToolchainConfig {
                    enabled: false,
                    modules: std::path::PathBuf::new(),
                    seconds: kit::config::Seconds::new(1),
                    memory_megabytes: 1,
                    processes: 1,
                    output_kilobytes: 1,
                    folder_megabytes: 1,
                    at_once: 1,
                },
            },
            worker: WorkerConfig {
                concurrency: 4,
                slots_per_account: 4,
                slots_for_guests: 4,
                lease_seconds: kit::config::Seconds::new(10),
                poll_milliseconds: 20,
                shutdown_grace_seconds: kit::config::Seconds::new(5),
                keep_checkpoints: 20,
                history_hours: 24,
            },
        };

        StoryService::build(deps).await.unwrap()
    }

    /// A worker that works until it is aborted or dropped.
    pub(super) async fn worker(&self) -> Working {
        Self::work(self.service().await)
    }

    /// One whose news and nudges reach nobody.
    pub(super) async fn worker_on_another_bus(&self) -> Working {
        Self::work(self.service_on(Bus::in_process(16)).await)
    }

    /// One that calls no address of this machine.
    pub(super) async fn public_worker(&self) -> Working {
        Self::work(self.service_where(self.bus.clone(), false).await)
    }

    fn work(service: StoryService) -> Working {
        let never = CancellationToken::new();
        Working(tokio::spawn(service.worker.run(never.clone(), never)))
    }

    pub(super) fn user(self: &Arc<Self>) -> Person {
        self.person(Actor::user(random_id(), Tier::Pro))
    }

    pub(super) fn guest(self: &Arc<Self>) -> Person {
        self.person(Actor::guest(random_id()))
    }

    pub(super) fn person(self: &Arc<Self>, actor: Actor) -> Person {
        Person {
            world: Arc::clone(self),
            actor,
        }
    }

    /// One of our own services, on behalf of nobody.
    pub(super) fn service_caller(self: &Arc<Self>) -> Person {
        let mut actor = Actor::user(random_id(), Tier::Free);
        actor.scopes = vec!["service".to_owned()];
        self.person(actor)
    }

    pub(super) fn unsigned(&self) -> StoriesClient<RpcChannel> {
        StoriesClient::new(self.channel.clone())
    }
}

/// A running worker.
pub(super) struct Working(JoinHandle<()>);

impl Working {
    /// As a crash would: nothing is handed back.
    pub(super) async fn crash(mut self) {
        self.0.abort();
        let _ = (&mut self.0).await;
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Someone who calls the service.
#[derive(Clone)]
pub(super) struct Person {
    world: Arc<World>,
    pub(super) actor: Actor,
}

impl Person {
    fn says<T>(&self, message: T) -> Request<T> {
        let caller = Caller::new(self.world.key.clone(), self.world.clock.shared());
        caller.request(&self.actor, &RequestId::random(), CALL, message)
    }

    pub(super) fn stories(&self) -> StoriesClient<RpcChannel> {
        StoriesClient::new(self.world.channel.clone())
    }

    pub(super) fn blobs(&self) -> &Blobs {
        &self.world.blobs
    }

    pub(super) fn channel(&self) -> RpcChannel {
        self.world.channel.clone()
    }

    pub(super) fn runs(&self) -> RunsClient<RpcChannel> {
        RunsClient::new(self.world.channel.clone())
    }

    pub(super) fn owners(&self) -> StoryOwnersClient<RpcChannel> {
        StoryOwnersClient::new(self.world.channel.clone())
    }

    pub(super) fn workflows(&self) -> WorkflowsClient<RpcChannel> {
        WorkflowsClient::new(self.world.channel.clone())
    }

    pub(super) fn webhooks(&self) -> WebhooksClient<RpcChannel> {
        WebhooksClient::new(self.world.channel.clone())
    }

    pub(super) fn webhook_events(&self) -> WebhookEventsClient<RpcChannel> {
        WebhookEventsClient::new(self.world.channel.clone())
    }

    pub(super) fn schedules(&self) -> WorkflowSchedulesClient<RpcChannel> {
        WorkflowSchedulesClient::new(self.world.channel.clone())
    }

    pub(super) fn items(&self) -> ItemsClient<RpcChannel> {
        ItemsClient::new(self.world.channel.clone())
    }

    pub(super) fn projects(&self) -> ProjectsClient<RpcChannel> {
        ProjectsClient::new(self.channel())
    }

    pub(super) fn files(&self) -> ProjectFilesClient<RpcChannel> {
        ProjectFilesClient::new(self.channel())
    }

    pub(super) fn definitions(&self) -> WorkflowDefinitionsClient<RpcChannel> {
        WorkflowDefinitionsClient::new(self.world.channel.clone())
    }

    pub(super) async fn create(&self, request: CreateCodeStoryRequest) -> Result<Story, Status> {
        self.stories()
            .create_code_story(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn get(&self, id: &str) -> Result<Story, Status> {
        let request = GetStoryRequest { id: id.to_owned() };
        self.stories()
            .get_story(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn list(&self, request: ListStoriesRequest) -> Result<ListStoriesResponse, Status> {
        self.stories()
            .list_stories(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn batch(
        &self,
        request: BatchGetStoriesRequest,
    ) -> Result<BatchGetStoriesResponse, Status> {
        self.stories()
            .batch_get_stories(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn restart(&self, id: &str, key: &str) -> Result<Story, Status> {
        let request = RestartStoryRequest {
            id: id.to_owned(),
            idempotency_key: Some(key.to_owned()).filter(|key| !key.is_empty()),
            worker_share: None,
        };
        self.stories()
            .restart_story(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn cancel(&self, id: &str) -> Result<Story, Status> {
        let request = CancelStoryRequest { id: id.to_owned() };
        self.stories()
            .cancel_story(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn run(&self, id: &str) -> Result<Run, Status> {
        let request = GetRunRequest { id: id.to_owned() };
        self.runs()
            .get_run(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    pub(super) async fn batch_runs(&self, ids: Vec<String>) -> Result<Vec<Run>, Status> {
        let request = BatchGetRunsRequest { ids };
        let response = self.runs().batch_get_runs(self.says(request)).await?;
        Ok(response.into_inner().runs)
    }

    pub(super) async fn cancel_run(&self, id: &str) -> Result<Run, Status> {
        let request = CancelRunRequest { id: id.to_owned() };
        self.runs()
            .cancel_run(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    /// Any other call of the Runs service.
    pub(super) fn ask<T>(&self, message: T) -> Request<T> {
        self.says(message)
    }

    pub(super) async fn watch(&self, run: &str, after: u64) -> Result<Streaming<RunEvent>, Status> {
        let request = WatchRunRequest {
            id: run.to_owned(),
            after,
        };
        self.runs()
            .watch_run(self.says(request))
            .await
            .map(tonic::Response::into_inner)
    }

    /// Every event after `after` until the run has ended; live deltas are left out.
    pub(super) async fn watch_to_end(&self, run: &str, after: u64) -> Vec<RunEvent> {
        let mut stream = self.watch(run, after).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.message().await.unwrap() {
            if event.number > 0 {
                events.push(event);
            }
        }
        events
    }

    /// Waits until the run shows this phase and at least this progress.
    pub(super) async fn reaches(&self, story: &Story, phase: &str, progress: u64) {
        let mut stream = self.watch(&story.run_id, 0).await.unwrap();
        while let Some(event) = stream.message().await.unwrap() {
            let shown = data(&event);
            if event.kind == "status" && shown["phase"] == phase && whole(&shown["progress"]) >= progress {
                return;
            }
        }

        panic!("the run ended before {phase} {progress}");
    }

    /// Waits until the story's current run has ended.
    pub(super) async fn finished(&self, story: &Story) -> Story {
        self.watch_to_end(&story.run_id, 0).await;
        self.get(&story.id).await.unwrap()
    }
}

/// A request that is fine.
pub(super) fn request() -> CreateCodeStoryRequest {
    CreateCodeStoryRequest {
        repo_url: "https://github.com/expressjs/express".to_owned(),
        style: Style::Documentary.into(),
        duration_minutes: Some(5),
        voice: Voice::Rachel.into(),
        ..CreateCodeStoryRequest::default()
    }
}

pub(super) fn data(event: &RunEvent) -> Value {
    serde_json::from_str(&event.data).unwrap()
}

/// The contract's own lines of the log: whatever the agents say in between is left out.
pub(super) fn log_lines(events: &[RunEvent]) -> Vec<(String, String, String, Value)> {
    let logs = events.iter().filter(|event| event.kind == "log").map(data);

    logs.filter(|log| log["agent_name"] != "Agent")
        .map(|log| {
            let text = |key: &str| log[key].as_str().unwrap().to_owned();
            (
                text("agent_name"),
                text("action"),
                text("level"),
                log["details"].clone(),
            )
        })
        .collect()
}

/// (status, or the phase of what runs; progress) of the `status` events.
pub(super) fn statuses(events: &[RunEvent]) -> Vec<(String, u64)> {
    let statuses = events.iter().filter(|event| event.kind == "status").map(data);
    statuses
        .map(|shown| {
            let name = match shown["status"].as_str().unwrap() {
                "running" => &shown["phase"],
                _ => &shown["status"],
            };
            (name.as_str().unwrap().to_owned(), whole(&shown["progress"]))
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn whole(progress: &Value) -> u64 {
    progress.as_f64().unwrap().round() as u64
}

pub(super) fn status(story: &Story) -> RunStatus {
    RunStatus::try_from(story.status).unwrap()
}

pub(super) fn problem(status: &Status) -> (tonic::Code, String) {
    (status.code(), Problem::from_status(status).reason)
}

/// The fields at fault, in order.
pub(super) fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), tonic::Code::InvalidArgument, "{status:?}");
    Problem::from_status(status)
        .fields
        .into_iter()
        .map(|fault| fault.field)
        .collect()
}
