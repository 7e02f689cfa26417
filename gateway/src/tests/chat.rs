//! Chat intent: one object, SSE or NDJSON; what fails before the first word has its status, later failures are told in
//! the stream.

use kit::{ErrorKind, FieldViolation, Problem};
use proto::v1::{AgentDelta, AgentLog, AgentOutput, AgentUsage, run_agent_event::Event};
use serde_json::{Value, json};

use super::harness::{Answer, Door};

const INTENT: &str = "/api/chat/intent";

fn output() -> Event {
    let output = json!({
        "intent": {
            "repo_url": "https://github.com/o/r", "repo_owner": "o", "repo_name": "r", "focus_areas": ["routing"],
            "technical_depth": "intermediate", "style": "tutorial", "duration_minutes": 10, "custom_instructions": null
        },
        "message": "I'll focus on the router."
    });

    Event::Output(AgentOutput {
        output: output.to_string(),
        offline: true,
    })
}

fn told() -> Value {
    json!({
        "intent": {
            "focusAreas": ["routing"], "technicalDepth": "intermediate", "style": "tutorial", "suggestedDuration": 10
        },
        "message": "I'll focus on the router."
    })
}

fn delta(text: &str) -> Event {
    Event::Delta(AgentDelta { text: text.into() })
}

fn log() -> Event {
    let details = r#"{"owner":"o"}"#.to_owned();
    Event::Log(AgentLog {
        agent_name: "Intent".into(),
        action: "Parsing".into(),
        details,
        level: "info".into(),
    })
}

async fn ask(door: &Door, accept: &str, script: Vec<Result<Event, Problem>>) -> Answer {
    door.world.lock().agent = script;

    let body = json!({ "message": "How does routing work?", "repoUrl": "https://github.com/o/r" });
    Answer::of(
        door.http
            .post(door.url(INTENT))
            .header("accept", accept)
            .json(&body),
    )
    .await
}

#[tokio::test]
async fn the_intent_is_one_json_object_sent_in_chunks() {
    let door = Door::open().await;
    let answer = ask(&door, "*/*", vec![Ok(log()), Ok(delta("I'll ")), Ok(output())]).await;

    assert_eq!((answer.status.as_u16(), answer.json()), (200, told()));
    assert_eq!(
        (answer.header("content-type"), answer.header("transfer-encoding")),
        ("application/json", "chunked")
    );

    let (name, input) = door.world.lock().agent_inputs.remove(0);
    let input: Value = serde_json::from_str(&input).unwrap();
    let asked = json!({ "repo_url": "https://github.com/o/r", "message": "How does routing work?", "focus_areas": [] });

    assert_eq!((name.as_str(), input), ("codestory.intent", asked));
}

#[tokio::test]
async fn as_an_event_stream_it_is_told_while_it_is_thought() {
    let door = Door::open().await;
    let usage = Event::Usage(AgentUsage {
        provider: "secret".into(),
        ..AgentUsage::default()
    });

    let script = vec![
        Ok(log()),
        Ok(usage),
        Ok(delta("I'll ")),
        Ok(delta("focus\n")),
        Ok(output()),
    ];
    let answer = ask(&door, "text/event-stream", script).await;

    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "text/event-stream")
    );

    let text = answer.text();
    let events: Vec<_> = text
        .split_terminator("\n\n")
        .map(|event| event.split_once('\n').unwrap())
        .collect();
    let names: Vec<_> = events.iter().map(|(name, _)| *name).collect();

    assert_eq!(
        names,
        ["event: log", "event: token", "event: token", "event: final"]
    );
    assert_eq!(events[2].1, r#"data: {"text":"focus\n"}"#);

    let last: Value = serde_json::from_str(events[3].1.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(last, told());
}

#[tokio::test]
async fn an_agent_that_does_not_think_aloud_says_its_answer_in_one_piece() {
    let door = Door::open().await;
    let answer = ask(&door, "application/x-ndjson", vec![Ok(output())]).await;

    assert_eq!(answer.header("content-type"), "application/x-ndjson");

    let text = answer.text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let token = json!({ "type": "token", "data": { "text": "I'll focus on the router." } });

    assert_eq!(lines, [token, json!({ "type": "final", "data": told() })]);
}

#[tokio::test]
async fn a_refusal_before_the_first_word_has_its_status_in_every_form() {
    let door = Door::open().await;

    for accept in ["*/*", "text/event-stream", "application/x-ndjson"] {
        let fields = vec![FieldViolation::new("repo_url", "expected an https URL")];
        let problem = Problem::invalid("REPO_URL", "Not a repository.", fields);
        let answer = ask(&door, accept, vec![Err(problem.clone())]).await;

        assert_eq!(
            answer.refusal(),
            "422 VALIDATION_ERROR [repoUrl value_error]",
            "{accept}"
        );

        door.world.lock().refusal = Some(problem);

        let answer = ask(&door, accept, Vec::new()).await;
        assert_eq!(
            answer.refusal(),
            "422 VALIDATION_ERROR [repoUrl value_error]",
            "{accept}"
        );
    }
}

#[tokio::test]
async fn an_agent_that_breaks_off_is_an_agent_error() {
    let door = Door::open().await;
    let broken = || Problem::new(ErrorKind::Internal, "X", "secret cause");

    for script in [
        vec![Ok(delta("I'll "))],
        vec![Ok(delta("I'll ")), Err(broken())],
        vec![Ok(Event::Output(AgentOutput {
            output: "{\"half\":".into(),
            offline: false,
        }))],
    ] {
        let answer = ask(&door, "application/json", script.clone()).await;
        assert_eq!(answer.refusal(), "500 AGENT_EXECUTION_ERROR");
        assert_eq!(answer.json()["details"]["agent"], "codestory.intent");

        let answer = ask(&door, "text/event-stream", script).await;
        let text = answer.text();
        let last = text.split_terminator("\n\n").last().unwrap();
        let data = last.strip_prefix("event: error\ndata: ").expect(last);
        let data: Value = serde_json::from_str(data).unwrap();

        assert_eq!(data["error"], "AGENT_EXECUTION_ERROR");
        assert_eq!(data["request_id"], answer.header("x-request-id"));
    }
}

#[tokio::test]
async fn a_message_must_say_something_and_not_too_much() {
    let door = Door::open().await;
    let send = |message: String| {
        door.world.lock().agent = vec![Ok(output())];
        let body = json!({ "message": message, "repo_url": "https://github.com/o/r" });
        let door = &door;
        async move { door.post(INTENT, &body).await }
    };
    for message in ["", " \n\t", &"x".repeat(8_001)] {
        assert_eq!(
            send(message.to_owned()).await.refusal(),
            "422 VALIDATION_ERROR [message value_error]"
        );
    }

    assert_eq!(send("é".repeat(8_000)).await.status, 200);

    let rows = [
        (
            json!({ "message": "m" }),
            "422 VALIDATION_ERROR [repoUrl missing]",
        ),
        (
            json!({ "repoUrl": "u" }),
            "422 VALIDATION_ERROR [message missing]",
        ),
        (
            json!({ "message": 1, "repoUrl": "u" }),
            "422 VALIDATION_ERROR [message type_error]",
        ),
        (
            json!({ "message": "m", "repoUrl": "u", "x": 1 }),
            "422 VALIDATION_ERROR [x unknown_field]",
        ),
        (
            json!({ "message": "a\u{0}", "repoUrl": "u" }),
            "422 VALIDATION_ERROR [message value_error]",
        ),
    ];

    for (body, told) in rows {
        assert_eq!(door.post(INTENT, &body).await.refusal(), told, "{body}");
    }
}
