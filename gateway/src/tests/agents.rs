//! Agents by REST and GraphQL: which there are, what they take and give, and one at work for whoever asks.

use kit::{ErrorKind, FieldViolation, Problem};
use proto::v1::{Agent, AgentDelta, AgentOutput, AgentUsage, run_agent_event::Event};
use serde_json::{Value, json};

use super::harness::{Answer, Door};

fn intent() -> Agent {
    Agent {
        name: "codestory.intent".into(),
        description: "Understands.".into(),
        least_tier: "free".into(),
        input_schema: r#"{"type":"object"}"#.into(),
        output_schema: r#"{"type":"object","required":["words"]}"#.into(),
    }
}

fn work() -> Vec<Result<Event, Problem>> {
    let usage = || AgentUsage {
        input_tokens: 10,
        output_tokens: 4,
        cost_micro_usd: 7,
        ..AgentUsage::default()
    };
    let output = AgentOutput {
        output: r#"{"words":"done"}"#.into(),
        offline: false,
    };

    vec![
        Ok(Event::Delta(AgentDelta { text: "do".into() })),
        Ok(Event::Usage(usage())),
        Ok(Event::Usage(usage())),
        Ok(Event::Output(output)),
    ]
}

async fn execute(door: &Door, accept: &str, body: &Value) -> Answer {
    let url = door.url("/api/v1/agents/intent/execute");
    Answer::of(door.http.post(url).header("accept", accept).json(body)).await
}

async fn execute_by_graphql(door: &Door) -> Value {
    let query = "mutation { executeAgent(input: { type: \"intent\", input: { a_b: 1 } }) {
        output offline usage { inputTokens outputTokens costMicroUsd } } }";
    let request = door
        .http
        .post(door.url("/graphql"))
        .json(&json!({ "query": query }));

    Answer::of(request).await.json()
}

#[tokio::test]
async fn agents_are_listed_and_say_what_they_take_and_give() {
    let door = Door::open().await;
    door.world.lock().agents = vec![intent()];

    let listed = door.get("/api/v1/agents").await.json();
    let item = json!({ "type": "codestory.intent", "description": "Understands.", "least_tier": "free" });
    assert_eq!(listed, json!([item]));

    let schemas = door.get("/api/v1/agents/codestory.intent/schema").await.json();
    assert_eq!(
        schemas,
        json!({ "type": "codestory.intent", "input_schema": { "type": "object" },
            "output_schema": { "type": "object", "required": ["words"] } })
    );
    let unknown = door.get("/api/v1/agents/nobody/schema").await;
    assert_eq!(unknown.status.as_u16(), 404, "{}", unknown.text());
}

#[tokio::test]
async fn an_agent_does_a_task_and_says_what_it_took() {
    let door = Door::open().await;
    let made = json!({ "output": { "words": "done" }, "offline": false,
        "usage": { "input_tokens": 20, "output_tokens": 8, "cost_micro_usd": 14 } });

    door.world.lock().agent = work();
    let answer = execute(&door, "*/*", &json!({ "input": { "a_b": 1 } })).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, made.clone()));
    let asked = door.world.lock().agent_inputs.pop();
    assert_eq!(asked, Some(("intent".to_owned(), r#"{"a_b":1}"#.to_owned())));

    door.world.lock().agent = work();
    let told = execute(&door, "text/event-stream", &json!({ "input": {} }))
        .await
        .text();
    assert!(
        told.starts_with("event: token\ndata: {\"text\":\"do\"}\n\n"),
        "{told}"
    );
    assert!(
        told.contains(&format!("event: final\ndata: {made}\n\n")),
        "{told}"
    );

    door.world.lock().agent = work();
    let made = json!({ "output": { "words": "done" }, "offline": false,
        "usage": { "inputTokens": 20, "outputTokens": 8, "costMicroUsd": 14 } });
    assert_eq!(execute_by_graphql(&door).await["data"]["executeAgent"], made);
}

#[tokio::test]
async fn a_task_that_does_not_fit_is_refused_by_the_path_of_its_field() {
    let door = Door::open().await;
    for (body, field) in [
        (json!({}), "input"),
        (json!({ "input": {}, "extra": 1 }), "extra"),
        (json!([]), ""),
    ] {
        let answer = execute(&door, "*/*", &body).await;
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.json()["details"]["errors"][0]["field"].as_str()
            ),
            (422, Some(field)),
            "{}",
            answer.text()
        );
    }

    let wrong = || {
        let fields = vec![
            FieldViolation::new("a_b", "a text"),
            FieldViolation::new("input", "x"),
        ];
        Problem::invalid("AGENT_INPUT_INVALID", "No.", fields)
    };
    door.world.lock().refusal = Some(wrong());
    let answer = execute(&door, "*/*", &json!({ "input": { "a_b": 1 } })).await;
    let errors = answer.json()["details"]["errors"].clone();
    assert_eq!(
        (answer.status.as_u16(), &errors[0]["field"], &errors[1]["field"]),
        (422, &json!("input.a_b"), &json!("input"))
    );

    door.world.lock().refusal = Some(wrong());
    let refused = execute_by_graphql(&door).await["errors"][0]["extensions"].clone();
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_ERROR"), &json!("input.input.a_b"))
    );
}

#[tokio::test]
async fn an_output_that_does_not_fit_its_schema_is_a_clear_error() {
    let door = Door::open().await;
    let mut unfit = Problem::new(ErrorKind::Unavailable, "AGENT_OUTPUT_INVALID", "It does not fit.");
    unfit.fields = vec![FieldViolation::new("output.words", "required: text")];

    door.world.lock().agent = vec![Err(unfit)];
    let answer = execute(&door, "*/*", &json!({ "input": {} })).await;
    let details = answer.json()["details"].clone();
    assert_eq!(
        (
            answer.status.as_u16(),
            &details["reason"],
            &details["errors"][0]["field"]
        ),
        (503, &json!("AGENT_OUTPUT_INVALID"), &json!("output.words"))
    );

    let silent = execute(&door, "*/*", &json!({ "input": {} })).await;
    assert_eq!(
        (silent.status.as_u16(), &silent.json()["details"]["agent"]),
        (500, &json!("intent"))
    );
}
