//! The doors between services, each role a process of its own: no rpc answers without a signed actor, and none does for a
//! user what is for services, or what is somebody else's.

use std::{collections::BTreeSet, fs, path::Path};

use kit::{
    actor::{Actor, ActorKey, Tier},
    clock::SystemClock,
    ids::random_id,
    rpc::{Caller, RequestId, RpcChannel},
    secrets::Key,
};
use proto::v1::{
    AnswerRunRequest, ForkRunRequest, ListCheckpointsRequest, OwnerRequest, runs_client::RunsClient,
    usage_owners_client::UsageOwnersClient,
};
use tonic::Code;

use crate::harness::{
    client::Client,
    elevenlabs::ElevenLabs,
    people::{Person, graphql},
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
};

/// Known to the processes and to the test.
const ACTOR_KEY: &str = "a key of this test for actors, long enough";

pub(super) async fn role(
    data: &DataFolder,
    voice: &ElevenLabs,
    role: &str,
    services: &[(&str, &Saga)],
) -> Saga {
    let mut launch = Launch::new(data)
        .set("SAGA_RPC__LISTEN", "127.0.0.1:0")
        .set("SAGA_KEYS__ACTOR_KEY", ACTOR_KEY)
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .argument("serve")
        .argument("--role")
        .argument(role);
    for (name, process) in services {
        let place = format!("rpc.services.{name}={}", process.place("gRPC"));
        launch = launch.argument("--set").argument(place);
    }

    launch.serve().await
}

/// `saga.v1.Service/Method` of every rpc.
pub(crate) fn methods() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto/saga/v1");
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a text");
        let mut service = "";

        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("service ") {
                service = rest.split([' ', '{']).next().expect("a name");
            }
            if let Some(rest) = line.strip_prefix("rpc ") {
                let name = rest.split('(').next().expect("a name").trim();
                found.insert(format!("saga.v1.{service}/{name}"));
            }
        }
    }

    found
}

/// The gRPC code that an empty message is answered with.
async fn code(http: &reqwest::Client, place: &str, method: &str, actor: Option<&str>) -> String {
    let mut request = http
        .post(format!("{place}/{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(actor) = actor {
        request = request.header("saga-actor", actor);
    }

    let answer = request
        .body(vec![0; 5])
        .send()
        .await
        .expect("the service answers");

    let code = answer
        .headers()
        .get("grpc-status")
        .and_then(|code| code.to_str().ok());

    code.map_or_else(|| format!("HTTP {}", answer.status()), str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rpc_answers_without_a_signed_actor() {
    let (data, voice) = (DataFolder::new(), ElevenLabs::start_with(0).await);
    let agent = role(&data, &voice, "agent", &[]).await;
    let story = role(&data, &voice, "story", &[("agent", &agent)]).await;
    let auth = role(&data, &voice, "auth", &[("story", &story)]).await;
    let backup = role(&data, &voice, "backup", &[]).await;
    let billing = role(&data, &voice, "billing", &[]).await;
    let http = reqwest::Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .expect("a client");

    for method in methods() {
        let service = method.split(['.', '/']).nth(2).expect("a service");
        let process = match service {
            "Agents" | "Chats" | "LanguageModels" | "UsageOwners" | "Voices" => &agent,
            "BackupOwners" | "Backups" | "ResticRepositories" | "ResumableUploads" => &backup,
            "Billing" | "BillingOperators" | "BillingOwners" | "Spending" | "Subscriptions" => &billing,
            "Assistants"
            | "Books"
            | "Items"
            | "ProjectExports"
            | "Jobs"
            | "ProjectFiles"
            | "ProjectGit"
            | "Projects"
            | "Responses"
            | "Runs"
            | "Stories"
            | "StoryOwners"
            | "Threads"
            | "WebhookEvents"
            | "Students"
            | "Webhooks"
            | "WorkflowDefinitions"
            | "WorkflowSchedules"
            | "Workflows" => &story,
            _ => &auth,
        };

        for actor in [None, Some("e30.e30"), Some("nonsense")] {
            let told = code(&http, &process.place("gRPC"), &method, actor).await;
            assert_eq!(
                told,
                (Code::Unauthenticated as i32).to_string(),
                "{method} with {actor:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_of_somebody_else_is_steered() {
    let (data, voice, repositories) = (
        DataFolder::new(),
        ElevenLabs::start_with(0).await,
        Repositories::start().await,
    );
    let agent = role(&data, &voice, "agent", &[]).await;
    let story = role(&data, &voice, "story", &[("agent", &agent)]).await;
    let auth = role(&data, &voice, "auth", &[("story", &story)]).await;
    let behind = [("auth", &auth), ("story", &story), ("agent", &agent)];
    let gateway = role(&data, &voice, "gateway", &behind).await;
    let door = Client::of(&gateway);
    let ada = Person::register(&door, "ada").await;
    let made = ada.generate(&door, &repositories.sample()).await;
    let told = graphql(
        &door,
        Some(&ada.access),
        &format!(r#"{{ story(id: "{made}") {{ run {{ id }} }} }}"#),
    )
    .await;

    let run = told.body["data"]["story"]["run"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", told.body))
        .to_owned();

    let key = Key::from_text("actor_key", &ACTOR_KEY.into()).expect("a key");
    let caller = Caller::new(ActorKey::new(key), SystemClock::shared());
    let eve = Actor::user(random_id(), Tier::Team);
    let channel = |process: &Saga| RpcChannel::remote(&process.place("gRPC"), None).expect("an address");
    let mut runs = RunsClient::new(channel(&story));
    let request_id = RequestId::random();
    let answer = AnswerRunRequest {
        id: run.clone(),
        answer: "{}".to_owned(),
    };

    let answer = runs
        .answer_run(caller.request_without_deadline(&eve, &request_id, answer))
        .await
        .map(drop);
    let list = ListCheckpointsRequest { run_id: run.clone() };
    let list = runs
        .list_checkpoints(caller.request_without_deadline(&eve, &request_id, list))
        .await
        .map(drop);
    let fork = ForkRunRequest { run_id: run, step: 0 };
    let fork = runs
        .fork_run(caller.request_without_deadline(&eve, &request_id, fork))
        .await
        .map(drop);
    for refused in [answer, list, fork] {
        assert_eq!(refused.expect_err("it is hers").code(), Code::NotFound);
    }

    let mut usage = UsageOwnersClient::new(channel(&agent));
    let owner = OwnerRequest {
        user_id: ada.id.clone(),
    };
    let refused = usage
        .delete_usage(caller.request_without_deadline(&eve, &request_id, owner))
        .await;

    assert_eq!(
        refused.expect_err("that is for services").code(),
        Code::PermissionDenied
    );
}
