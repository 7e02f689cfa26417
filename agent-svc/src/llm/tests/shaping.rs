//! Structured output: asked for natively or in words, enforced in any case, repaired or refused.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::llm::testing::{Answer, End, Ending, Script};

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Chapter {
    title: String,
    #[schemars(range(min = 1, max = 600))]
    seconds: u32,
}

const GOOD: &str = r#"{"title": "The house", "seconds": 60}"#;
const BAD: &str = r#"{"title": "The house", "seconds": 6000}"#;

async fn ask(rig: &Rig) -> (Result<(Chapter, Vec<Usage>), LlmError>, Vec<Event>) {
    let mut events = Vec::new();
    let reply = rig
        .gateway
        .structured(&call(), request(), None, &mut events)
        .await;
    (reply, events)
}

fn chapter() -> Chapter {
    Chapter {
        title: "The house".to_owned(),
        seconds: 60,
    }
}

#[tokio::test]
async fn every_provider_is_held_to_the_schema_in_its_own_way() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([Script::say(GOOD)]);

        let (reply, _) = ask(&rig).await;
        let (value, usage) = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!((value, usage.len()), (chapter(), 1), "{name}");

        let body = rig.fake().asked()[0].body.clone();
        let schema = match rig.fake().kind() {
            ProviderKind::OpenAi | ProviderKind::Compatible => {
                assert_eq!(body["response_format"]["json_schema"]["strict"], true, "{name}");
                body["response_format"]["json_schema"]["schema"].clone()
            }
            ProviderKind::Anthropic => {
                assert_eq!(body["output_config"]["format"]["type"], "json_schema", "{name}");
                body["output_config"]["format"]["schema"].clone()
            }
            ProviderKind::Gemini => {
                assert_eq!(
                    body["generationConfig"]["responseMimeType"], "application/json",
                    "{name}"
                );
                body["generationConfig"]["responseJsonSchema"].clone()
            }
        };

        assert_eq!(
            schema["required"],
            json!(["title", "seconds"]),
            "{name}: {schema}"
        );
        assert_eq!(
            schema["properties"]["seconds"].get("maximum"),
            None,
            "{name}: {schema}"
        );
        assert!(
            !body.to_string().contains("nothing else: no"),
            "{name}: the prompt does not repeat it"
        );
    }
}

#[tokio::test]
async fn a_server_without_structured_output_reads_the_schema_in_the_prompt() {
    for kind in KINDS {
        let rig = Rig::with(&[kind], |config| {
            config.providers.values_mut().for_each(|p| p.json_schema = false)
        })
        .await;
        rig.fake().will([Script::say(&format!("```json\n{GOOD}\n```"))]);

        let (value, _) = ask(&rig).await.0.expect("a value");
        assert_eq!(value, chapter(), "{kind:?}");

        let body = rig.fake().asked()[0].body.to_string();
        assert!(
            body.contains("Speak plainly.") && body.contains("valid under the JSON Schema"),
            "{kind:?}: {body}"
        );

        for native in ["response_format", "output_config", "responseJsonSchema"] {
            assert!(!body.contains(native), "{kind:?}: {body}");
        }
    }
}

#[tokio::test]
async fn a_broken_answer_is_shown_its_errors_and_corrected() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([
            Script::say("I would say a minute."),
            Script::say(BAD),
            Script::say(GOOD),
        ]);

        let (reply, events) = ask(&rig).await;
        let (value, usage) = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!((value, usage.len()), (chapter(), 3), "{name}");
        assert_eq!(shown(&events), GOOD, "{name}");

        let bodies: Vec<String> = rig
            .fake()
            .asked()
            .iter()
            .map(|asked| asked.body.to_string())
            .collect();

        assert!(
            bodies[1].contains("I would say a minute."),
            "{name}: it sees its own words"
        );
        assert!(
            bodies[1].contains("the answer is not JSON"),
            "{name}: {}",
            bodies[1]
        );
        assert!(
            bodies[2].contains("/seconds: 6000 is greater than the maximum of 600"),
            "{name}: {}",
            bodies[2]
        );
    }
}

#[tokio::test]
async fn an_answer_that_stays_broken_is_an_error_after_two_repairs() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake().otherwise(|_| Script::say(BAD));

    match ask(&rig).await.0 {
        Err(LlmError::InvalidOutput { model, problems }) => {
            assert_eq!(model, "p0/m");
            assert!(
                problems[0].starts_with("/seconds") && !problems[0].contains("6000"),
                "{problems:?}"
            );
        }
        other => panic!("{other:?}"),
    }

    assert_eq!(rig.fake().asked().len(), 1 + REPAIRS);
}

#[tokio::test]
async fn an_answer_that_did_not_fit_gets_more_room_once() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([
            Answer::new(r#"{"title": "The"#).finish(Ending::Length).into(),
            Script::say(GOOD),
        ]);

        let (reply, events) = ask(&rig).await;
        assert_eq!(
            reply.unwrap_or_else(|error| panic!("{name}: {error:?}")).0,
            chapter(),
            "{name}"
        );
        assert_eq!(shown(&events), GOOD, "{name}");

        let room = |index: usize| {
            let body = rig.fake().asked()[index].body.clone();
            body.pointer("/max_tokens")
                .or(body.pointer("/generationConfig/maxOutputTokens"))
                .cloned()
        };

        assert_eq!(
            (room(0), room(1)),
            (Some(json!(1_000)), Some(json!(2_000))),
            "{name}"
        );

        rig.fake()
            .otherwise(|_| Answer::new("{").finish(Ending::Length).into());

        let (reply, _) = ask(&rig).await;
        assert!(
            matches!(
                reply,
                Err(LlmError::Truncated {
                    max_tokens: 2_000,
                    ..
                })
            ),
            "{name}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn a_cut_answer_that_happens_to_be_valid_json_is_not_taken() {
    for (name, rig) in Rig::each_streaming().await {
        rig.fake().otherwise(|_| Answer::new(GOOD).end(End::Stops).into());
        let (reply, _) = ask(&rig).await;
        assert!(
            matches!(reply, Err(LlmError::Unavailable { .. })),
            "{name}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_not_repaired() {
    let rig = Rig::new(&[ProviderKind::OpenAi]).await;
    rig.fake()
        .will([Answer::new("No.").finish(Ending::Blocked).into()]);
    let (reply, _) = ask(&rig).await;
    assert!(matches!(reply, Err(LlmError::Refused { .. })), "{reply:?}");
    assert_eq!(rig.fake().asked().len(), 1);
}

struct Clock;

#[async_trait]
impl ToolBox for Clock {
    fn specs(&self) -> Vec<ToolSpec> {
        let schema = json!({"type": "object", "properties": {}});
        vec![ToolSpec {
            name: "length".to_owned(),
            description: "How long it may be.".to_owned(),
            schema,
        }]
    }

    async fn run(&self, _call: &ToolCall) -> Result<Value, String> {
        Ok(json!(60))
    }
}

#[tokio::test]
async fn tools_may_be_used_before_the_structured_answer() {
    for (name, rig) in Rig::each().await {
        rig.fake().will([
            Answer::new("").call("length", json!({})).into(),
            Script::say(GOOD),
        ]);

        let reply = rig
            .gateway
            .structured::<Chapter>(&call(), request(), Some(&Clock), &mut Silent)
            .await;
        let (value, usage) = reply.unwrap_or_else(|error| panic!("{name}: {error:?}"));

        assert_eq!((value, usage.len()), (chapter(), 2), "{name}");

        // Gemini takes no schema beside tools, so it reads it in the prompt.
        let body = rig.fake().asked()[0].body.to_string();
        assert_eq!(
            body.contains("valid under the JSON Schema"),
            rig.fake().kind() == ProviderKind::Gemini,
            "{name}"
        );
    }
}
