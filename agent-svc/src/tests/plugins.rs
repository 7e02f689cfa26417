//! Plug-ins through the service: among the agents, run by its routes, and answering chats by a model.

use proto::v1::{GetAgentRequest, ListAgentsRequest};

use super::chats::for_whom;
use super::models::with_provider;
use super::*;
use crate::llm::ProviderKind;
use crate::llm::testing::{Answer as Words, FakeProvider, Script};

const MANIFEST: &str = r#"name = "crm.leads"
description = "Leads: writes down who may buy."
least_tier = "pro"
prompts = ["prompt.md"]

[[tools]]
name = "create_lead"
description = "Proposes a new lead for the list of leads."
action = "create_record"
table = "leads"

[tools.parameters]
type = "object"
required = ["company"]
additionalProperties = false
properties.company = { type = "string", minLength = 1, description = "Who may buy." }
"#;
const PROMPT: &str =
    "You look after the leads of a shop that sells bicycles, and never promise a discount to anybody.";

/// A service with one plug-in, and with a model when there is a fake.
async fn rig_with(fake: Option<&FakeProvider>) -> Rig {
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = folder.path().join("leads");
    std::fs::create_dir(&plugin).expect("a folder");
    std::fs::write(plugin.join("agent.toml"), MANIFEST).expect("written");
    std::fs::write(plugin.join("prompt.md"), PROMPT).expect("written");

    let mut rig = Rig::with(|config| {
        config.plugins.plugins_dir = folder.path().to_owned();
        if let Some(fake) = fake {
            with_provider(config, fake);
        }
    })
    .await;
    rig.actor = Actor::user(USER, Tier::Pro);
    rig
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}

#[tokio::test]
async fn a_plugin_is_listed_and_described_like_every_agent_and_is_for_its_tier() {
    let mut rig = rig_with(None).await;
    let names = |answer: proto::v1::ListAgentsResponse| -> Vec<String> {
        answer.agents.into_iter().map(|agent| agent.name).collect()
    };
    let listed = rig
        .client
        .clone()
        .list_agents(rig.request(ListAgentsRequest {}))
        .await;
    assert!(names(listed.expect("a list").into_inner()).contains(&"crm.leads".to_owned()));

    let name = "leads".to_owned();
    let described = rig
        .client
        .clone()
        .get_agent(rig.request(GetAgentRequest { name }))
        .await;
    let described = described.expect("an agent").into_inner();
    assert_eq!(
        (described.name.as_str(), described.least_tier.as_str()),
        ("crm.leads", "pro")
    );
    assert!(
        described.input_schema.contains("message"),
        "{}",
        described.input_schema
    );

    rig.actor = Actor::user(USER, Tier::Free);
    let refused = rig.run("crm.leads", &message("write Acme down")).await;
    assert_eq!(
        refused.expect_err("it is for Pro").reason,
        "FEATURE_NOT_AVAILABLE"
    );
}

#[tokio::test]
async fn without_a_model_a_plugin_says_that_there_is_none() {
    let rig = rig_with(None).await;
    let refused = rig.run("crm.leads", &message("write Acme down")).await;
    assert_eq!(
        refused.expect_err("nobody speaks for it").reason,
        "MODEL_NOT_CONFIGURED"
    );

    let refused = rig.chat_by(&message("crm.leads: write Acme down"), None).await;
    assert_eq!(
        refused.expect_err("nobody speaks for it").reason,
        "MODEL_NOT_CONFIGURED"
    );

    let own = rig
        .chat_by(&message("remind me to call Anna"), None)
        .await
        .expect("an answer");
    assert!(own.answer.expect("an answer").offline, "the others go on working");
}

#[tokio::test]
async fn a_chat_reaches_a_plugin_whose_tools_propose_what_fits_their_schema() {
    let fake = FakeProvider::start(ProviderKind::Anthropic).await;
    let rig = rig_with(Some(&fake)).await;
    fake.will([
        for_whom(&["crm.leads"]),
        Words::new("")
            .call("create_lead", json!({ "company": "" }))
            .into(),
        Words::new("")
            .call("create_lead", json!({ "company": "Acme" }))
            .into(),
        Script::say(&format!("I propose Acme. {PROMPT} Is that all?")),
    ]);

    let chatted = rig
        .chat_by(&message("Acme wants bicycles"), None)
        .await
        .expect("an answer");
    assert_eq!(
        chatted.actions(),
        json!([{ "type": "create_record", "table": "leads", "data": { "company": "Acme" } }])
    );
    let said = chatted.response();
    assert!(
        said.contains("I propose Acme") && said.contains("Is that all?"),
        "{said}"
    );
    assert!(!said.contains("bicycles"), "its prompt stays here: {said}");

    let asked = fake.asked();
    assert!(
        asked[0].body.to_string().contains("crm.leads"),
        "the classifier knows it"
    );
    assert!(
        asked[1].body.to_string().contains("leads of a shop"),
        "its prompt is told"
    );
    assert!(
        asked[2].body.to_string().contains("company"),
        "the model is shown what was wrong"
    );
}

#[tokio::test]
async fn a_plugin_is_run_by_its_route_with_a_model() {
    let fake = FakeProvider::start(ProviderKind::Anthropic).await;
    let rig = rig_with(Some(&fake)).await;
    fake.will([
        Words::new("")
            .call("create_lead", json!({ "company": "Acme" }))
            .into(),
        Script::say(&format!("I propose Acme. {}", PROMPT.to_uppercase())),
    ]);

    let output = rig
        .must("crm.leads", &message("Acme wants bicycles"))
        .await
        .output;
    let said = output["response"].as_str().expect("an answer");
    assert!(
        said.contains("I propose Acme.") && !said.contains("BICYCLES"),
        "{said}"
    );
    assert_eq!(output["actions"][0]["data"]["company"], "Acme");
}
