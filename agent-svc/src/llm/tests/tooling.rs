//! Tools: the loop, its bound, and what each provider must get back.

use async_trait::async_trait;
use serde_json::json;

use super::*;
use crate::llm::testing::{Answer, Script};

struct Weather;

#[async_trait]
impl ToolBox for Weather {
    fn specs(&self) -> Vec<ToolSpec> {
        vec![ToolSpec {
            name: "weather".to_owned(),
            description: "The weather of a place.".to_owned(),
            schema: json!({"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}),
        }]
    }

    async fn run(&self, call: &ToolCall) -> Result<Value, String> {
        match call.arguments["place"].as_str() {
            Some("Oslo") => Ok(json!({"sky": "clear"})),
            _ => Err("no such place".to_owned()),
        }
    }
}

async fn run(rig: &Rig) -> (Result<Reply, LlmError>, Vec<Event>) {
    let mut events = Vec::new();
    let reply = rig
        .gateway
        .run_tools(&call(), request(), &Weather, &mut events)
        .await;
    (reply, events)
}

fn asks(place: &str) -> Script {
    Answer::new("Let me look.")
        .call("weather", json!({"place": place}))
        .into()
}

#[tokio::test]
async fn a_tool_runs_and_the_model_reads_its_result() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([asks("Oslo"), Script::say("It is clear.")]);

        let (reply, events) = run(&rig).await;
        let reply = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!(reply.text(), "It is clear.", "{name}");
        assert_eq!(shown(&events), "It is clear.", "{name}");
        assert_eq!(reply.usage.len(), 2, "{name}");

        let second = rig.fake().asked()[1].body.clone();
        let result = match rig.fake().kind() {
            ProviderKind::OpenAi | ProviderKind::Compatible => {
                assert_eq!(
                    second["messages"][2]["tool_calls"][0]["function"]["arguments"],
                    r#"{"place":"Oslo"}"#
                );
                assert_eq!(second["messages"][3]["tool_call_id"], "call_0", "{name}");
                second["messages"][3]["content"].clone()
            }
            ProviderKind::Anthropic => {
                assert_eq!(
                    second["messages"][1]["content"][1]["input"],
                    json!({"place": "Oslo"}),
                    "{name}"
                );
                assert_eq!(
                    second["messages"][2]["content"][0]["tool_use_id"], "toolu_0",
                    "{name}"
                );

                second["messages"][2]["content"][0]["content"].clone()
            }
            ProviderKind::Gemini => {
                assert_eq!(
                    second["contents"][1]["parts"][1]["functionCall"]["args"],
                    json!({"place": "Oslo"}),
                    "{name}"
                );
                let response = &second["contents"][2]["parts"][0]["functionResponse"];
                assert_eq!(response["name"], "weather", "{name}");
                response["response"]["content"].clone()
            }
        };

        assert_eq!(result, r#"{"sky":"clear"}"#, "{name}");
    }
}

#[tokio::test]
async fn a_failing_or_unknown_tool_is_told_to_the_model() {
    for (name, rig) in Rig::each_streaming().await {
        let unknown = Answer::new("").call("stocks", json!({})).into();
        rig.fake()
            .will([asks("Atlantis"), unknown, Script::say("I do not know.")]);

        let (reply, _) = run(&rig).await;
        assert_eq!(
            reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).text(),
            "I do not know.",
            "{name}"
        );

        let bodies: Vec<String> = rig
            .fake()
            .asked()
            .iter()
            .map(|asked| asked.body.to_string())
            .collect();

        assert!(
            bodies[1].contains("Error: no such place"),
            "{name}: {}",
            bodies[1]
        );
        assert!(
            bodies[2].contains("there is no tool stocks; there are weather"),
            "{name}: {}",
            bodies[2]
        );
    }
}

#[tokio::test]
async fn signed_thoughts_go_back_to_the_model_that_had_them() {
    for streaming in [true, false] {
        let rig = Rig::with(&[ProviderKind::Anthropic], |config| {
            config
                .providers
                .values_mut()
                .for_each(|provider| provider.streaming = streaming);
            config.catalog.values_mut().for_each(|model| {
                model.thinking_budget_tokens = 2_000;
                model.max_tokens = 4_000;
            });
        })
        .await;

        let first = Answer::new("")
            .thinking("Where?")
            .call("weather", json!({"place": "Oslo"}));
        rig.fake().will([first.into(), Script::say("It is clear.")]);
        run(&rig).await.0.expect("an answer");

        let turn = &rig.fake().asked()[1].body["messages"][1]["content"];
        assert_eq!(
            turn[0],
            json!({"type": "thinking", "thinking": "Where?", "signature": "c2lnbmVk"}),
            "{turn}"
        );
        assert_eq!(turn[1]["type"], "tool_use", "{turn}");
    }
}

#[tokio::test]
async fn another_model_that_takes_over_gets_no_thoughts_that_it_did_not_sign() {
    let rig = Rig::new(&[ProviderKind::Anthropic, ProviderKind::Gemini]).await;
    let first = Answer::new("")
        .thinking("Where?")
        .call("weather", json!({"place": "Oslo"}));
    rig.fakes[0].will([first.into()]);
    rig.fakes[0].otherwise(|_| Script::status(529));
    rig.fakes[1].will([asks("Oslo"), Script::say("It is clear.")]);

    let reply = run(&rig).await.0.expect("an answer");
    assert_eq!(reply.model, "p1/m");
    assert_eq!(rig.fakes[0].asked().len(), 4, "the conversation does not go back");

    let body = rig.fakes[1].asked()[0].body.to_string();
    assert!(!body.contains("c2lnbmVk") && !body.contains("Where?"), "{body}");
    assert!(
        body.contains("functionCall") && body.contains("functionResponse"),
        "{body}"
    );
}

#[tokio::test]
async fn after_five_rounds_the_model_must_answer() {
    for (name, rig) in Rig::each_streaming().await {
        rig.fake().will((0..TOOL_ROUNDS).map(|_| asks("Oslo")));
        rig.fake().will([Script::say("Enough.")]);

        let (reply, _) = run(&rig).await;
        assert_eq!(
            reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).text(),
            "Enough.",
            "{name}"
        );

        let last = rig.fake().asked()[TOOL_ROUNDS].body.clone();
        let closed = match rig.fake().kind() {
            ProviderKind::OpenAi | ProviderKind::Compatible => last["tool_choice"] == "none",
            ProviderKind::Anthropic => last["tool_choice"]["type"] == "none",
            ProviderKind::Gemini => last["toolConfig"]["functionCallingConfig"]["mode"] == "NONE",
        };

        assert!(closed, "{name}: {last}");
    }
}

#[tokio::test]
async fn a_model_that_never_stops_calling_tools_is_an_error() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().otherwise(|_| asks("Oslo"));

    let (reply, _) = run(&rig).await;
    assert!(
        matches!(
            reply,
            Err(LlmError::ToolLoop {
                rounds: TOOL_ROUNDS,
                ..
            })
        ),
        "{reply:?}"
    );
    assert_eq!(rig.fake().asked().len(), TOOL_ROUNDS + 1);
}
