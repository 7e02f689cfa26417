//! Bad input: every field that can be wrong is named with what was expected, and nothing is begun.

use kit::error::ErrorKind;

use super::*;

const URL: &str = "http://127.0.0.1/ada/engine";

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn intent() -> Value {
    json!({
        "repo_url": URL, "repo_owner": "ada", "repo_name": "engine", "focus_areas": [], "technical_depth": "beginner",
        "style": "podcast", "duration_minutes": 5,
    })
}

fn outline() -> Value {
    json!({"title": "T", "summary": "S", "chapters": [{"title": "A", "purpose": "P", "files": [], "target_seconds": 60}]})
}

/// `input` with one field changed; a dotted path reaches into objects.
fn with(mut input: Value, field: &str, value: Value) -> Value {
    let mut place = &mut input;
    for part in field.split('.') {
        place = match part.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[part],
        };
    }

    *place = value;

    input
}

async fn refused(rig: &Rig, agent: &str, input: &Value, field: &str) {
    let Err(problem) = rig.run(agent, input).await else {
        panic!("{agent} took {input}")
    };
    assert_eq!(problem.kind, ErrorKind::InvalidArgument, "{input}: {problem:?}");

    let fields: Vec<&str> = problem
        .fields
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();

    assert!(
        fields.contains(&field),
        "{input}: {field} is not among {fields:?}"
    );
    assert!(
        problem
            .fields
            .iter()
            .all(|violation| !violation.expected.is_empty()),
        "{problem:?}"
    );
}

#[tokio::test]
async fn every_wrong_field_of_the_intent_is_named() {
    let rig = Rig::new().await;
    let good = json!({"repo_url": URL});
    let long = "x".repeat(8_001);
    let many: Vec<String> = (0..11).map(|n| format!("topic {n}")).collect();
    let rows = [
        ("repo_url", json!("")),
        ("repo_url", json!(5)),
        ("repo_url", json!("not a url")),
        ("repo_url", json!("https://169.254.169.254/a/b")),
        ("repo_url", json!("ext::sh -c id")),
        ("repo_url", json!("ssh://git@127.0.0.1/a/b")),
        ("repo_url", json!("http://user:secret@127.0.0.1/a/b")),
        ("repo_url", json!("http://127.0.0.1/a/b\r\nX: y")),
        ("repo_url", json!("--upload-pack=touch")),
        ("message", json!("   ")),
        ("message", json!("a\u{0}b")),
        ("message", json!(long)),
        ("style", json!("opera")),
        ("style", json!(1)),
        ("duration_minutes", json!(7)),
        ("duration_minutes", json!("5")),
        ("voice", json!("rachel")),
        ("focus_areas", json!("routing")),
        ("focus_areas", json!(many)),
        ("technical_depth", json!("guru")),
        ("colour", json!("red")),
    ];
    for (field, value) in rows {
        refused(&rig, "codestory.intent", &with(good.clone(), field, value), field).await;
    }

    refused(
        &rig,
        "codestory.intent",
        &with(good.clone(), "focus_areas", json!([""])),
        "focus_areas.0",
    )
    .await;
    refused(&rig, "codestory.intent", &json!({}), "repo_url").await;
    refused(&rig, "codestory.intent", &json!([good]), "input").await;
    refused(
        &rig,
        "codestory.analyzer",
        &json!({"repo_url": "https://10.0.0.1/a/b"}),
        "repo_url",
    )
    .await;

    refused(
        &rig,
        "codestory.analyzer",
        &json!({"repo_url": URL, "depth": 1}),
        "depth",
    )
    .await;

    assert!(rig.git.requests().is_empty(), "nothing was fetched");
}

#[tokio::test]
async fn every_wrong_field_of_the_architect_is_named() {
    let rig = Rig::new().await;
    let plan = json!({"task": "outline", "intent": intent(), "analysis_key": "analysis/h/o/r/c.v1.json.zst"});
    let mut write = plan.clone();
    write["task"] = json!("chapter");
    write["outline"] = outline();
    write["index"] = json!(0);
    write["voice"] = json!("Drew");

    for (field, value) in [
        ("task", json!("sing")),
        ("task", Value::Null),
        ("analysis_key", json!("../../etc/passwd")),
        ("analysis_key", json!("stories/x/audio.mp3")),
        ("intent", json!("all of it")),
        ("intent.style", json!("opera")),
        ("intent.duration_minutes", json!(0)),
        ("intent.technical_depth", Value::Null),
        ("intent.colour", json!("red")),
        ("colour", json!("red")),
    ] {
        refused(
            &rig,
            "codestory.architect",
            &with(plan.clone(), field, value),
            field,
        )
        .await;
    }

    for (field, value) in [
        ("index", json!(-1)),
        ("index", json!(1.5)),
        ("index", json!(1)),
        ("voice", json!("Nobody")),
        ("outline", json!([])),
        ("outline.chapters.0.target_seconds", json!("60")),
        ("outline.chapters.0.title", Value::Null),
    ] {
        refused(
            &rig,
            "codestory.architect",
            &with(write.clone(), field, value),
            field,
        )
        .await;
    }

    let script = json!({"task": "script", "outline": outline(), "chapters": []});
    refused(&rig, "codestory.architect", &script, "chapters").await;

    let gone = rig.run("codestory.architect", &plan).await.unwrap_err();
    assert_eq!(
        (gone.kind, gone.reason.as_str()),
        (ErrorKind::FailedPrecondition, "WORK_MISSING")
    );
}

#[tokio::test]
async fn every_wrong_field_of_the_voice_is_named() {
    let rig = Rig::new().await;
    let chunk = json!({"task": "chunk", "text": "Hello.", "voice": "Drew", "index": 0});
    for (field, value) in [
        ("text", json!("")),
        ("text", json!("…")),
        ("text", json!(7)),
        ("text", json!("x".repeat(10_001))),
        ("voice", json!("Nobody")),
        ("index", json!("first")),
        ("speed", json!(2)),
    ] {
        refused(&rig, "codestory.voice", &with(chunk.clone(), field, value), field).await;
    }

    refused(
        &rig,
        "codestory.voice",
        &json!({"task": "cut", "voice": "Drew"}),
        "text",
    )
    .await;

    let join = json!({
        "task": "concatenate", "story_id": id(1), "run_id": id(2), "chapters": [{"title": "A", "chunks": [format!("audio/chunks/{}.mp3", "0".repeat(64))]}],
    });
    for (field, value) in [
        ("story_id", json!("../..")),
        ("run_id", json!(2)),
        ("chapters", json!([])),
        ("chapters.0.chunks", json!([])),
        ("chapters.0.chunks.0", json!("keys/actor")),
    ] {
        refused(&rig, "codestory.voice", &with(join.clone(), field, value), field).await;
    }

    let cover = json!({
        "task": "cover", "story_id": id(1), "run_id": id(2), "analysis_key": "analysis/a.json.zst", "title": "T", "style": "podcast",
    });
    for (field, value) in [
        ("title", json!("")),
        ("style", json!("opera")),
        ("analysis_key", json!("x")),
    ] {
        refused(&rig, "codestory.voice", &with(cover.clone(), field, value), field).await;
    }

    let text = json!({"text": "Hello.", "duration_seconds": 1.0});
    let transcript = json!({
        "task": "transcript", "story_id": id(1), "run_id": id(2), "title": "T",
        "chapters": [{"title": "A", "content": "Hello.", "timestamp_start": 0.0, "duration_seconds": 1.0, "chunks": [text]}],
    });

    for (field, value) in [
        ("title", Value::Null),
        ("chapters.0.timestamp_start", json!(-1.0)),
        ("chapters.0.duration_seconds", json!("long")),
        ("chapters.0.chunks.0.text", Value::Null),
        ("chapters.0.chunks.0.duration_seconds", json!(-0.5)),
    ] {
        refused(
            &rig,
            "codestory.voice",
            &with(transcript.clone(), field, value),
            field,
        )
        .await;
    }
}

#[tokio::test]
async fn a_call_that_is_no_call_is_refused_before_anything_is_begun() {
    let rig = Rig::new().await;
    let run = async |name: &str, input: &str, run_id: &str| {
        let request = RunAgentRequest {
            name: name.to_owned(),
            input: input.to_owned(),
            run_id: run_id.to_owned(),
            of_caller: true,
        };

        let refused = rig
            .client
            .clone()
            .run_agent(rig.request(request))
            .await
            .map(drop)
            .unwrap_err();

        Problem::from_status(&refused)
    };
    let unknown = run("codestory.poet", "{}", "").await;

    assert_eq!(
        (unknown.kind, unknown.reason.as_str()),
        (ErrorKind::NotFound, "AGENT_NOT_FOUND")
    );

    let no_json = run("codestory.intent", "{\"repo_url\": ", "").await;
    assert_eq!(
        (no_json.kind, no_json.fields[0].field.as_str()),
        (ErrorKind::InvalidArgument, "input")
    );

    let bad_run = run("codestory.intent", "{}", "../x").await;
    assert_eq!(bad_run.fields[0].field, "run_id");
}
