//! Mutations: what reaches the services, and how a wrong input is refused.

use kit::{ErrorKind, FieldViolation, Problem};
use proto::v1::{self as pb, RunStatus, run_agent_event::Event};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Desk;

#[tokio::test]
async fn generating_hands_the_services_the_whole_wish_and_answers_with_the_story() {
    let desk = Desk::new();
    let mutation = "mutation Generate($input: GenerateStoryInput!) { generateStory(input: $input) { story { id status } } }";
    let input = json!({ "repoUrl": "https://github.com/o/r", "style": "TUTORIAL", "durationMinutes": 15,
        "voice": "BELLA", "focusAreas": ["routing"], "technicalDepth": "ADVANCED", "idempotencyKey": "once" });
    let response = desk.run(mutation, json!({ "input": input })).await;
    let story = json!({ "id": Uuid::from_u128(1), "status": "PENDING" });

    assert_eq!(
        response,
        json!({ "data": { "generateStory": { "story": story } } })
    );

    let bare = json!({ "input": { "repoUrl": "https://github.com/o/r" } });
    desk.run(mutation, bare).await;

    let mut created = std::mem::take(&mut desk.world.lock().created);
    let shares: Vec<_> = created
        .iter_mut()
        .map(|request| request.worker_share.take())
        .collect();

    assert!(
        shares[0].is_some() && shares[0] == shares[1],
        "guests of one network have one share"
    );

    let expected = pb::CreateCodeStoryRequest {
        repo_url: "https://github.com/o/r".into(),
        style: pb::Style::Tutorial.into(),
        duration_minutes: Some(15),
        voice: pb::Voice::Bella.into(),
        focus_areas: vec!["routing".into()],
        technical_depth: pb::TechnicalDepth::Advanced.into(),
        idempotency_key: Some("once".into()),
        worker_share: None,
    };

    let defaults = pb::CreateCodeStoryRequest {
        repo_url: "https://github.com/o/r".into(),
        ..Default::default()
    };

    assert_eq!(created, [expected, defaults]);
}

#[tokio::test]
async fn a_story_that_is_asked_for_twice_under_a_condition_is_made_once() {
    let desk = Desk::new();
    let mutations = [
        "mutation($input: GenerateStoryInput!) { generateStory(input: $input) { story { id } }
            ... @include(if: true) { generateStory(input: $input) { story { status } } } }",
        "mutation($input: GenerateStoryInput!, $yes: Boolean = true) {
            generateStory(input: $input) @include(if: $yes) { story { id } } ...Status @skip(if: false) ...Status }
            fragment Status on Mutation { generateStory(input: $input) { story { status } } }",
    ];

    for (made, mutation) in mutations.into_iter().enumerate() {
        let input = json!({ "input": { "repoUrl": "https://github.com/o/r" } });
        let response = desk.run(mutation, input).await;
        let story = json!({ "id": Uuid::from_u128(1), "status": "PENDING" });

        assert_eq!(
            response["data"],
            json!({ "generateStory": { "story": story } }),
            "{response}"
        );
        assert_eq!(desk.world.lock().created.len(), made + 1);
    }
}

#[tokio::test]
async fn what_the_engine_refuses_of_an_input_has_the_shape_of_what_a_service_refuses() {
    let desk = Desk::new();
    let mutation = "mutation($wish: GenerateStoryInput!) { generateStory(input: $wish) { story { id } } }";
    let by_variable = desk.run(mutation, json!({ "wish": { "repoUrl": "not a url at all" } }));
    let literal = r#"mutation { generateStory(input: { repoUrl: "not a url at all" }) { story { id } } }"#;

    let fields = [FieldViolation::new("repo_url", "an https URL")].to_vec();
    let refused = Problem::invalid("INVALID_FIELDS", "repo_url: an https URL", fields);

    let mut told = vec![by_variable.await, desk.run(literal, json!({})).await];
    desk.world.lock().refusal = Some(refused);
    let right =
        r#"mutation { generateStory(input: { repoUrl: "https://github.com/o/r" }) { story { id } } }"#;
    told.push(desk.run(right, json!({})).await);

    for response in told {
        let extensions = &response["errors"][0]["extensions"];
        assert!(extensions["code"].is_string(), "{response}");
        assert_eq!(extensions["field"], "input.repoUrl", "{response}");

        let field = extensions["fields"][0].as_object().expect("a field");
        assert_eq!(
            field.keys().collect::<Vec<_>>(),
            ["field", "message", "type"],
            "{response}"
        );
        assert_eq!(
            (&field["field"], &field["type"]),
            (&json!("input.repoUrl"), &json!("value_error"))
        );
    }
    assert!(desk.world.lock().created.is_empty());
}

#[tokio::test]
async fn a_refused_field_has_the_name_that_the_caller_wrote() {
    let desk = Desk::new();
    let fields = ["repo_url", "focus_areas.2", "technical_depth"]
        .map(|field| FieldViolation::new(field, "something else"))
        .to_vec();
    desk.world.lock().refusal = Some(Problem::invalid(
        "INVALID_FIELDS",
        "repo_url: something else",
        fields,
    ));

    let mutation =
        r#"mutation { made: generateStory(input: { repoUrl: "http://10.0.0.1/x" }) { story { id } } }"#;
    let (error, data) = desk.error(mutation).await;

    assert_eq!(desk.told(&error), "VALIDATION_ERROR INVALID_FIELDS input.repoUrl");
    assert_eq!(error["message"], "`input.repoUrl`: something else");
    assert_eq!(
        (error["path"].clone(), data),
        (json!(["made"]), json!({ "made": null }))
    );

    let named: Vec<_> = error["extensions"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["field"].as_str().unwrap())
        .collect();

    assert_eq!(
        named,
        ["input.repoUrl", "input.focusAreas.2", "input.technicalDepth"]
    );
}

#[tokio::test]
async fn what_no_story_can_have_is_refused_before_any_service_is_asked() {
    let desk = Desk::new();
    let long = "k".repeat(256);
    let rows = [
        ("durationMinutes: 0", "input.durationMinutes"),
        ("durationMinutes: 7", "input.durationMinutes"),
        ("durationMinutes: -5", "input.durationMinutes"),
        ("durationMinutes: 2147483647", "input.durationMinutes"),
        ("idempotencyKey: \"\"", "input.idempotencyKey"),
        ("idempotencyKey: \"a\\nb\"", "input.idempotencyKey"),
        (&format!("idempotencyKey: \"{long}\""), "input.idempotencyKey"),
    ];
    for (part, field) in rows {
        let mutation = format!(
            "mutation {{ generateStory(input: {{ repoUrl: \"https://github.com/o/r\", {part} }}) {{ story {{ id }} }} }}"
        );
        assert_eq!(
            desk.refusal(&mutation).await,
            format!("VALIDATION_ERROR INVALID_FIELDS {field}"),
            "{part}"
        );
    }

    for (field, answer) in [
        ("restartStory", "story"),
        ("cancelStory", "story"),
        ("cancelRun", "run"),
        ("shareStory", "story"),
        ("unshareStory", "story"),
    ] {
        let id = "urn:uuid:7d444840-9dc0-41d1-b245-5ffdce74fad2";
        let mutation = format!("mutation {{ {field}(input: {{ id: \"{id}\" }}) {{ {answer} {{ id }} }} }}");
        assert_eq!(
            desk.refusal(&mutation).await,
            "VALIDATION_ERROR INVALID_FIELDS input.id"
        );
    }

    assert_eq!(desk.world.calls(), 0);
}

#[tokio::test]
async fn stories_and_runs_are_restarted_and_cancelled() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    let mutation = format!(
        "mutation {{ restartStory(input: {{ id: \"{0}\", idempotencyKey: \"again\" }}) {{ story {{ id }} }}
        cancelStory(input: {{ id: \"{0}\" }}) {{ story {{ id }} }} cancelRun(input: {{ id: \"{1}\" }}) {{ run {{ id }} }} }}",
        story.id, story.run_id
    );

    let (of_story, of_run) = (
        json!({ "story": { "id": story.id } }),
        json!({ "run": { "id": story.run_id } }),
    );

    assert_eq!(
        desk.data(&mutation).await,
        json!({ "restartStory": of_story, "cancelStory": of_story, "cancelRun": of_run })
    );

    let restarted = desk.world.lock().restarted.pop().unwrap();
    assert_eq!(
        (restarted.id, restarted.idempotency_key),
        (story.id, Some("again".to_owned()))
    );

    let missing = Uuid::from_u128(77);
    let mutation = format!("mutation {{ cancelStory(input: {{ id: \"{missing}\" }}) {{ story {{ id }} }} }}");

    assert_eq!(
        desk.refusal(&mutation).await,
        "RESOURCE_NOT_FOUND STORY_NOT_FOUND"
    );
}

#[tokio::test]
async fn stories_are_named_shared_by_a_link_and_deleted() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Completed);

    let mutation = format!(
        "mutation {{ renameStory(input: {{ id: \"{0}\", title: \"My routers\" }}) {{ story {{ title share {{ token }} }} }}
        shareStory(input: {{ id: \"{0}\" }}) {{ story {{ share {{ token url createdAt }} }} }} }}",
        story.id
    );
    let done = desk.data(&mutation).await;
    let token = format!("token-of-{}", story.id);
    assert_eq!(
        done["renameStory"]["story"],
        json!({ "title": "My routers", "share": null })
    );
    assert_eq!(
        done["shareStory"]["story"]["share"],
        json!({ "token": token, "url": format!("https://saga.example/#/shared/{token}"),
            "createdAt": "2026-01-01T12:00:00Z" })
    );

    let shared = format!("{{ sharedStory(token: \"{token}\") {{ id title share {{ token }} }} }}");
    assert_eq!(
        desk.data(&shared).await["sharedStory"],
        json!({ "id": story.id, "title": "My routers", "share": null }),
        "the link is its owner's to see"
    );

    let mutation = format!(
        "mutation {{ unshareStory(input: {{ id: \"{0}\" }}) {{ story {{ share {{ token }} }} }} }}",
        story.id
    );
    assert_eq!(
        desk.data(&mutation).await["unshareStory"]["story"]["share"],
        Value::Null
    );
    assert_eq!(desk.data(&shared).await["sharedStory"], Value::Null);

    let delete = format!(
        "mutation {{ deleteStory(input: {{ id: \"{}\" }}) {{ deletedStoryId }} }}",
        story.id
    );
    assert_eq!(
        desk.data(&delete).await["deleteStory"],
        json!({ "deletedStoryId": story.id })
    );
    assert_eq!(desk.refusal(&delete).await, "RESOURCE_NOT_FOUND STORY_NOT_FOUND");
}

#[tokio::test]
async fn a_run_is_answered_and_forked_with_what_was_sent() {
    let desk = Desk::new();
    let run = desk.world.story(1, RunStatus::WaitingForInput).run_id;
    let mutation = "mutation ($id: ID!, $answer: JSON!) {
        answerRun(input: { id: $id, answer: $answer }) { run { id status } }
        forkRun(input: { id: $id, step: 3 }) { run { id } } }";
    let answer = json!({ "way": ["left", 1, null] });
    let response = desk.run(mutation, json!({ "id": run, "answer": answer })).await;

    assert_eq!(
        response["data"],
        json!({ "answerRun": { "run": { "id": run, "status": "WAITING_FOR_INPUT" } }, "forkRun": { "run": { "id": run } } })
    );
    let answered = desk.world.lock().answered.pop().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&answered.answer).unwrap(), answer);
    assert_eq!(desk.world.lock().forked.pop().unwrap().step, 3);

    let refused = format!("mutation {{ forkRun(input: {{ id: \"{run}\", step: -1 }}) {{ run {{ id }} }} }}");
    assert_eq!(
        desk.refusal(&refused).await,
        "VALIDATION_ERROR INVALID_FIELDS input.step"
    );
}

const CHAT: &str = "mutation Chat($message: String!) { chatIntent(input: { message: $message,
    repoUrl: \"https://github.com/o/r\" }) { message intent { focusAreas technicalDepth style suggestedDuration } } }";

fn output() -> Event {
    let intent = json!({ "repo_url": "https://github.com/o/r", "repo_owner": "o", "repo_name": "r",
        "focus_areas": ["routing"], "technical_depth": "beginner", "style": "podcast", "duration_minutes": 20 });
    Event::Output(pb::AgentOutput {
        output: json!({ "intent": intent, "message": "The router it is." }).to_string(),
        offline: true,
    })
}

#[tokio::test]
async fn a_chat_message_is_understood_and_answered_whole() {
    let desk = Desk::new();
    let delta = Event::Delta(pb::AgentDelta { text: "The".into() });
    desk.world.lock().agent = vec![Ok(delta), Ok(output())];

    let response = desk.run(CHAT, json!({ "message": "What about routing?" })).await;
    let expected = json!({ "message": "The router it is.", "intent": { "focusAreas": ["routing"],
        "technicalDepth": "BEGINNER", "style": "PODCAST", "suggestedDuration": 20 } });

    assert_eq!(response, json!({ "data": { "chatIntent": expected } }));

    let (agent, input) = desk.world.lock().agent_inputs.pop().unwrap();
    assert_eq!(agent, "codestory.intent");

    let sent =
        json!({ "repo_url": "https://github.com/o/r", "message": "What about routing?", "focus_areas": [] });
    assert_eq!(serde_json::from_str::<Value>(&input).unwrap(), sent);
}

#[tokio::test]
async fn a_chat_that_fails_says_so_in_typed_errors() {
    let desk = Desk::new();
    let refusal = async |message: &str| {
        let response = desk.run(CHAT, json!({ "message": message })).await;
        desk.told(&response["errors"][0])
    };
    for message in ["", "  \n", &"x".repeat(8_001), "a\0b"] {
        assert_eq!(
            refusal(message).await,
            "VALIDATION_ERROR INVALID_FIELDS input.message"
        );
    }

    assert_eq!(desk.world.calls(), 0);

    let field = vec![FieldViolation::new("repo_url", "an allowed host")];
    let wrong = Problem::invalid("BAD_INPUT", "repo_url: an allowed host", field);
    desk.world.lock().agent = vec![Err(wrong)];

    assert_eq!(refusal("x").await, "VALIDATION_ERROR BAD_INPUT input.repoUrl");

    desk.world.lock().agent = vec![Err(Problem::new(ErrorKind::Unavailable, "MODEL_DOWN", "Later."))];
    assert_eq!(refusal("x").await, "EXTERNAL_SERVICE_ERROR MODEL_DOWN");
    assert_eq!(
        refusal("x").await,
        "AGENT_EXECUTION_ERROR",
        "a stream without an output"
    );

    let shapeless = Event::Output(pb::AgentOutput {
        output: "{\"secret\":1}".into(),
        offline: false,
    });
    desk.world.lock().agent = vec![Ok(shapeless)];

    assert_eq!(refusal("x").await, "AGENT_EXECUTION_ERROR");
}
