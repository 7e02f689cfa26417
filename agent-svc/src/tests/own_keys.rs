//! Keys that callers bring, to chats and to conversations of their own: which provider is asked with them, whom it costs, and whose key it was when it is refused.

use proto::v1::answer_piece::Piece;
use proto::v1::language_models_client::LanguageModelsClient;
use proto::v1::{CompleteChatRequest, PromptMessage, ProviderKey};

use super::chats::for_whom;
use super::*;
use crate::llm::ProviderKind;
use crate::llm::testing::{FakeProvider, KEY, Script};

/// A service without any key of its own, whose OpenAI is a fake.
async fn keyless() -> (Rig, FakeProvider) {
    let fake = FakeProvider::start(ProviderKind::OpenAi).await;
    let rig = Rig::with(|config| {
        let provider = config.models.providers.get_mut("openai").expect("a provider");
        provider.base_url = fake.base_url();
    })
    .await;

    (rig, fake)
}

fn key(provider: &str, key: &str) -> Option<ProviderKey> {
    Some(ProviderKey {
        provider: provider.to_owned(),
        key: key.to_owned(),
    })
}

fn message() -> Value {
    json!({ "message": "remind me to call Anna" })
}

#[tokio::test]
async fn a_callers_key_asks_its_provider_for_that_chat_alone_and_costs_this_server_nothing() {
    let (rig, fake) = keyless().await;
    fake.will([for_whom(&["task"]), Script::say("I propose to call Anna.")]);

    let answered = rig
        .chat_by(&message(), key("openai", KEY))
        .await
        .expect("an answer");
    assert_eq!(answered.response(), "I propose to call Anna.");
    assert!(!answered.answer.as_ref().expect("an answer").offline);
    assert_eq!(fake.asked().len(), 2);

    rig.service.flush().await;
    let since = chrono::DateTime::UNIX_EPOCH;
    let spent = rig.service.usage.totals(USER, since).await.expect("the books");
    assert!(
        !spent.is_empty() && spent.iter().all(|row| row.cost_micro_usd == 0),
        "{spent:?}"
    );

    let later = rig.chat_by(&message(), None).await.expect("an answer");
    assert!(
        later.answer.expect("an answer").offline,
        "the key went with its chat"
    );
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn a_key_that_its_provider_refuses_is_said_to_be_the_callers_and_is_not_repeated() {
    let (rig, _fake) = keyless().await;
    let refused = rig
        .chat_by(&message(), key("openai", "sk-canary"))
        .await
        .expect_err("it is no key");

    assert_eq!(refused.fields[0].field, "provider_key");
    assert!(
        refused.message.contains("yours") && refused.message.contains("openai"),
        "{refused}"
    );
    assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
}

#[tokio::test]
async fn a_provider_that_takes_no_keys_is_refused_with_the_names_of_those_that_do() {
    let (rig, _fake) = keyless().await;
    for unknown in ["nobody", "compatible", ""] {
        let refused = rig
            .chat_by(&message(), key(unknown, KEY))
            .await
            .expect_err("nobody takes it");
        assert_eq!(refused.fields[0].field, "provider", "{unknown}");
        assert!(
            refused.fields[0].expected.contains("anthropic, gemini, openai"),
            "{refused:?}"
        );
    }
}

/// A conversation of a caller's own.
async fn complete(rig: &Rig, model: &str, provider_key: Option<ProviderKey>) -> Result<String, Problem> {
    let request = CompleteChatRequest {
        model: model.to_owned(),
        messages: vec![PromptMessage {
            role: "user".to_owned(),
            text: "Hello".to_owned(),
            ..PromptMessage::default()
        }],
        choices: 1,
        provider_key,
        ..CompleteChatRequest::default()
    };
    let problem = |status: Status| Problem::from_status(&status);
    let mut models = LanguageModelsClient::new(RpcChannel::local(rig.service.routes.clone()));
    let answer = models.complete_chat(rig.request(request)).await;

    let mut pieces = answer.map_err(problem)?.into_inner();
    let mut text = String::new();
    while let Some(piece) = pieces.message().await.map_err(problem)? {
        if let Some(Piece::Delta(words)) = piece.piece {
            text.push_str(&words);
        }
    }
    Ok(text)
}

#[tokio::test]
async fn a_conversation_of_ones_own_takes_a_key_as_well_for_the_model_that_is_named() {
    let (rig, fake) = keyless().await;
    fake.will([Script::say("Hello, Ada."), Script::say("Hello again.")]);
    let answered = complete(&rig, "saga", key("openai", KEY)).await;
    assert_eq!(answered.expect("an answer"), "Hello, Ada.");
    let answered = complete(&rig, "openai/gpt-4o", key("openai", KEY)).await;
    assert_eq!(answered.expect("an answer"), "Hello again.");
    assert_eq!(fake.asked()[1].body["model"], "gpt-4o");

    rig.service.flush().await;
    let since = chrono::DateTime::UNIX_EPOCH;
    let spent = rig.service.usage.totals(USER, since).await.expect("the books");
    assert!(
        !spent.is_empty() && spent.iter().all(|row| row.cost_micro_usd == 0),
        "{spent:?}"
    );

    let elsewhere = complete(&rig, "openai/gpt-4o", key("anthropic", KEY)).await;
    assert_eq!(elsewhere.expect_err("not there").fields[0].field, "provider");
    let unknown = complete(&rig, "nobody/nothing", key("openai", KEY)).await;
    assert_eq!(unknown.expect_err("no such model").reason, "MODEL_UNKNOWN");

    let refused = complete(&rig, "saga", key("openai", "sk-canary")).await;
    let refused = refused.expect_err("it is no key");
    assert_eq!(refused.fields[0].field, "provider_key");
    assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
}
