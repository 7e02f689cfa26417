//! The service through its in-process channel, with real parts: a git server on loopback, the offline author, the local
//! voice, a database and blobs on disk. Model providers are faked at the HTTP boundary.

mod adiuva;
mod chats;
mod codeforge;
mod completions;
pub(crate) mod entitlements;
mod input;
mod lekh;
mod models;
mod offline;
mod own_keys;
mod plugins;
mod teaching;

use std::time::Duration;

use kit::actor::{Actor, Tier};
use kit::blobs::BlobsConfig;
use kit::clock::{ManualClock, SystemClock};
use kit::db::testing::config as database_config;
use kit::error::Problem;
use kit::ids::SystemIds;
use kit::rpc::{Caller, RequestId, RpcChannel};
use kit::secrets::Key;
use proto::v1::agents_client::AgentsClient;
use proto::v1::run_agent_event::Event;
use proto::v1::{AgentLog, AgentUsage, RunAgentEvent, RunAgentRequest};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::{Status, Streaming};
use uuid::Uuid;

use super::*;
use crate::source::testing::{Fixture, GitServer};

const RUN: &str = "00000000-0000-0000-0000-0000000000aa";
const USER: Uuid = Uuid::from_u128(7);

/// The sections of the embedded configuration that this crate reads; the others are not looked at.
#[derive(Deserialize)]
struct Embedded {
    analysis: analysis::AnalysisConfig,
    models: llm::ModelsConfig,
    voice: voice::VoiceConfig,
}

pub(crate) fn embedded() -> AgentConfig {
    let text = include_str!("../../deploy/config/saga.toml");
    let Embedded {
        analysis,
        models,
        voice,
    } = toml::from_str(text).expect("the embedded configuration");

    AgentConfig {
        plugins: Default::default(),
        analysis,
        models,
        voice,
    }
}

/// One running service.
struct Rig {
    /// What callers of this service, and whom it calls, sign with.
    key: ActorKey,
    client: AgentsClient<RpcChannel>,
    service: AgentService,
    blobs: Blobs,
    caller: Caller,
    actor: Actor,
    git: GitServer,
    _folder: TempDir,
}

/// Everything that one run said.
#[derive(Debug, Default)]
struct Said {
    logs: Vec<AgentLog>,
    text: String,
    usage: Vec<AgentUsage>,
    output: Value,
    offline: bool,
}

impl Rig {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut AgentConfig)) -> Self {
        Self::build(change, None).await
    }

    async fn build(change: impl FnOnce(&mut AgentConfig), billing: Option<RpcChannel>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = embedded();
        config.analysis.github_api_url = String::new();
        change(&mut config);

        let (clock, key) = (SystemClock::shared(), ActorKey::new(Key::random()));
        let git = GitServer::start().await;
        let deps = Deps {
            db: open_db(&folder).await,
            blobs: open_blobs(&folder).await,
            actor_key: key.clone(),
            clock: clock.clone(),
            ids: SystemIds::shared(),
            sources: SourcePolicy {
                allow_hosts: vec!["127.0.0.1".to_owned()],
                allow_private: true,
                allow_local: true,
            },
            data_dir: folder.path().to_owned(),
            config,
            health: Health::new(),
            billing,
        };
        let blobs = deps.blobs.clone();
        let service = AgentService::build(deps).await.expect("a service");

        Self {
            key: key.clone(),
            client: AgentsClient::new(RpcChannel::local(service.routes.clone())),
            service,
            blobs,
            caller: Caller::new(key, clock),
            actor: Actor::user(USER, Tier::Free),
            git,
            _folder: folder,
        }
    }

    fn request<T>(&self, message: T) -> tonic::Request<T> {
        self.caller.request(
            &self.actor,
            &RequestId::random(),
            Duration::from_secs(120),
            message,
        )
    }

    async fn start(&self, agent: &str, input: &Value) -> Result<Streaming<RunAgentEvent>, Status> {
        let request = RunAgentRequest {
            name: agent.to_owned(),
            input: input.to_string(),
            run_id: RUN.to_owned(),
            of_caller: false,
        };

        Ok(self
            .client
            .clone()
            .run_agent(self.request(request))
            .await?
            .into_inner())
    }

    async fn run(&self, agent: &str, input: &Value) -> Result<Said, Problem> {
        let problem = |status: Status| Problem::from_status(&status);
        let mut stream = self.start(agent, input).await.map_err(problem)?;
        let mut said = Said::default();
        let mut outputs = 0;

        while let Some(event) = stream.message().await.map_err(problem)? {
            assert_eq!(outputs, 0, "nothing comes after the output");

            match event.event.expect("an event") {
                Event::Log(log) => said.logs.push(log),
                Event::Delta(delta) => said.text.push_str(&delta.text),
                Event::Usage(usage) => said.usage.push(usage),
                Event::Output(output) => {
                    outputs += 1;
                    said.output = serde_json::from_str(&output.output).expect("JSON");
                    said.offline = output.offline;
                }
            }
        }

        assert_eq!(outputs, 1, "a stream ends with one output");

        Ok(said)
    }

    async fn must(&self, agent: &str, input: &Value) -> Said {
        self.run(agent, input)
            .await
            .unwrap_or_else(|problem| panic!("{agent}: {problem:?}"))
    }

    async fn blob(&self, key: &str) -> bytes::Bytes {
        let blob = self
            .blobs
            .get(key, None)
            .await
            .expect("an answer")
            .unwrap_or_else(|| panic!("no blob {key}"));
        blob.bytes().await.expect("its bytes")
    }

    /// Serves the fixture and analyses it: its intent and its analysis key.
    async fn analysed(&self, fixture: &Fixture) -> (Value, String) {
        self.git.publish("ada/engine", fixture);

        let url = self.git.url("ada/engine");
        let intent = self
            .must(
                "codestory.intent",
                &json!({"repo_url": url, "duration_minutes": 5}),
            )
            .await;

        let analysed = self
            .must("codestory.analyzer", &json!({"repo_url": url, "focus_areas": []}))
            .await;
        let key = analysed.output["analysis_key"]
            .as_str()
            .expect("a key")
            .to_owned();

        (intent.output["intent"].clone(), key)
    }
}

async fn open_db(folder: &TempDir) -> Db {
    let config = database_config("");
    let db = Db::open(&config, folder.path(), DATABASE).await.expect("SQLite");
    db.migrate(&crate::MIGRATIONS).await.expect("tables");
    db
}

pub(crate) async fn open_blobs(folder: &TempDir) -> Blobs {
    let config = BlobsConfig {
        endpoint: String::new(),
        region: String::new(),
        bucket: "saga".to_owned(),
        access_key_id: "".into(),
        secret_access_key: "".into(),
        path_style: true,
        encryption: kit::blobs::BlobEncryption::default(),
        kms_key_id: String::new(),
    };

    Blobs::open(&config, folder.path())
        .await
        .expect("a folder for blobs")
}

fn actions(said: &Said) -> Vec<String> {
    said.logs
        .iter()
        .map(|log| format!("{}: {}", log.agent_name, log.action))
        .collect()
}

/// A small library with a bit of everything.
fn engine() -> Fixture {
    let part = |name: &str, doc: &str| {
        format!(
            "//! {doc}\n\n/// Begins the {name} and keeps what it makes.\npub fn begin_{name}(count: u32) -> u32 {{\n    count + 1\n}}\n\n/// What the {name} holds.\npub struct {name}Store {{ pub items: Vec<u32> }}\n"
        )
    };

    Fixture::new()
        .file("README.md", "# Engine\n\nEngine weaves numbers into patterns, as a loom weaves flowers and leaves.\n\n## Features\n\n- Weaves without a break\n- Mends torn threads\n")
        .file("Cargo.toml", "[package]\nname = \"engine\"\nversion = \"0.3.0\"\ndescription = \"Weaves numbers into patterns.\"\nlicense = \"MIT\"\n\n[dependencies]\nserde = \"1\"\ntokio = \"1\"\naxum = \"0.8\"\n")
        .file("LICENSE", "MIT License\n\nPermission is hereby granted, free of charge\n")
        .file("src/main.rs", "//! Starts the loom and waits for cards.\nmod loom;\nmod cards;\nmod store;\n\nfn main() {\n    loom::begin_loom(1);\n}\n")
        .file("src/loom.rs", &part("loom", "The loom: turns cards into cloth, row by row."))
        .file("src/cards.rs", &part("cards", "Reads punched cards and checks every hole."))
        .file("src/store.rs", &part("store", "Keeps finished cloth on shelves until it is called for."))
        .file("tests/weaving.rs", "#[test]\nfn a_torn_thread_is_mended() {}\n\n#[test]\nfn an_empty_card_weaves_nothing() {}\n")
        .commit("Begin the engine")
        .author("Charles Babbage", "charles@example.org")
        .file("docs/loom.md", "# The loom\n\nHow the loom works, in long words.\n")
        .commit("Describe the loom")
}

/// The same JSON with the fields of every object by name, whatever order the library keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: std::collections::BTreeMap<_, _> = fields.iter().collect();
            Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn a_call_without_a_signed_actor_is_refused() {
    let rig = Rig::new().await;
    let refused = rig
        .client
        .clone()
        .list_agents(proto::v1::ListAgentsRequest {})
        .await
        .unwrap_err();

    assert_eq!(refused.code(), tonic::Code::Unauthenticated);

    let other = Caller::new(ActorKey::new(Key::random()), ManualClock::default().shared());
    let forged =
        other.request_without_deadline(&rig.actor, &RequestId::random(), proto::v1::ListAgentsRequest {});

    assert_eq!(
        rig.client.clone().list_agents(forged).await.unwrap_err().code(),
        tonic::Code::Unauthenticated
    );
}

#[tokio::test]
async fn the_registry_lists_whom_callers_may_run_and_has_the_schemas_of_all() {
    let rig = Rig::new().await;
    let list = rig
        .client
        .clone()
        .list_agents(rig.request(proto::v1::ListAgentsRequest {}))
        .await
        .unwrap()
        .into_inner();

    let get = async |name: &str| {
        let request = proto::v1::GetAgentRequest {
            name: name.to_owned(),
        };
        rig.client.clone().get_agent(rig.request(request)).await
    };

    // It works for products' own graphs only.
    let mut agents = list.agents;
    assert!(agents.iter().all(|agent| agent.name != "codestory.voice"));
    agents.push(get("voice").await.unwrap().into_inner());

    let mut told = String::new();
    for agent in &agents {
        for schema in [&agent.input_schema, &agent.output_schema] {
            let schema: Value = serde_json::from_str(schema).unwrap();
            jsonschema::validator_for(&schema).unwrap();
        }
        told.push_str(&format!(
            "{} ({}): {}\n",
            agent.name, agent.least_tier, agent.description
        ));
    }

    expect_test::expect![[r#"
        adiuva.analytics (pro): Analytics: computes metrics, reports and trends.
        adiuva.calendar (free): Calendar: lists events, finds conflicts and proposes other times.
        adiuva.email (free): Email: classifies mails, finds what they ask for and drafts answers; by their heads, never their bodies.
        adiuva.task (free): Tasks: creates, updates, lists and suggests tasks.
        codeforge.code (free): Code: writes the files of an app, or one piece of a file anew.
        codeforge.pedagogy (free): Pedagogy: answers a learner with a question and a hint, or lays out a decision.
        codeforge.qa (free): QA: checks the code of an app and scores what it finds.
        codeforge.research (free): Research: turns an idea into requirements, or asks what it leaves open.
        codeforge.roadmap (free): Roadmap: plans what there is to learn for a project, in order.
        codeforge.wireframe (free): Wireframe: designs the pages and components of an app.
        codestory.analyzer (free): Repo Analyzer: learns the facts of a repository at its newest commit.
        codestory.architect (free): Story Architect: plans the story of a repository and writes its chapters.
        codestory.intent (free): Intent: understands what a listener wants to hear about a repository.
        lekh.architect (free): Architect: plans a book from a prompt, or asks its author what the prompt leaves open.
        lekh.character_smith (free): Character smith: makes the people, places, things and facts of a planned book.
        lekh.continuity (free): Continuity: finds where a book contradicts itself.
        lekh.prose_weaver (free): Prose weaver: writes one scene of a planned book, with the ledger of what it changed.
        lekh.reader (free): Reader: finds the people and facts of an imported manuscript.
        codestory.voice (free): Voice Director: turns a written story into audio, with a cover and a transcript.
    "#]]
    .assert_eq(&told);

    let schemas = agents.iter().map(|agent| {
        let read = |text: &str| sorted(&serde_json::from_str(text).unwrap());
        json!({"name": agent.name, "input": read(&agent.input_schema), "output": read(&agent.output_schema)})
    });
    let schemas = serde_json::to_string_pretty(&sorted(&schemas.collect())).unwrap();
    expect_test::expect_file!["tests/schemas.json"].assert_eq(&(schemas + "\n"));

    assert_eq!(get("nobody").await.unwrap_err().code(), tonic::Code::NotFound);
}
