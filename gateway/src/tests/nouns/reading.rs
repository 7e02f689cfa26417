//! Queries: what they show, what they refuse, and in which words.

use kit::{ErrorKind, Problem, health::Phase};
use proto::v1::{self as pb, RunStatus};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Desk;
use crate::graphql::query::stories::STORY_HEADLINE_FIELDS;
use crate::tests::fakes::log;

const CHAPTERS: &str = r#"[{"title":"One","content":"Once.","code_examples":[{"code":"x"}],"files":["a.rs"],
    "claims":[{"text":"Once.","file":"a.rs","line":7}],"duration_seconds":61,"timestamp_start":0}]"#;

/// A story that is done.
fn finished(desk: &Desk, id: u128) -> pb::Story {
    let asked = desk.world.story(id, RunStatus::Completed);
    let request = pb::CodeRequest {
        voice: pb::Voice::Drew.into(),
        focus_areas: vec!["routing".into()],
        technical_depth: pb::TechnicalDepth::Advanced.into(),
        ..asked.code().unwrap().clone()
    };
    let made = pb::CodeResult {
        audio_key: "s/a.mp3".into(),
        audio_chunk_keys: vec!["s/1.mp3".into()],
        cover_key: "s/c.svg".into(),
        transcript_key: "s/t.md".into(),
        captions_key: "s/c.vtt".into(),
        chapters: Some(CHAPTERS.into()),
        duration_seconds: 61.4,
    };
    let story = pb::Story {
        title: "The story of r".into(),
        progress: 100.0,
        offline: true,
        request: Some(pb::story::Request::Code(request)),
        result: Some(pb::story::Result::CodeResult(made)),
        ..asked
    };

    desk.world.lock().stories.insert(story.id.clone(), story.clone());

    story
}

#[tokio::test]
async fn a_finished_story_shows_everything_that_rest_shows_and_more() {
    let desk = Desk::new();
    let story = finished(&desk, 1);
    let query = format!(
        "{{ story(id: \"{}\") {{ id kind title repoUrl repoName status progress style voice focusAreas technicalDepth
        durationMinutes durationSeconds audioUrl audioChunks coverUrl transcriptUrl captionsUrl
        chapters {{ title content codeExamples files claims {{ text file line }} durationSeconds timestampStart }}
        errorMessage offline createdAt updatedAt run {{ id graph status }} }} }}",
        story.id
    );

    let url = |key: &str, extension: &str| {
        format!("https://saga.example/media/{}", desk.signer.sign(key, extension))
    };
    let expected = json!({
        "id": story.id, "kind": "CODE", "title": "The story of r", "repoUrl": "https://github.com/o/r",
        "repoName": "o/r", "status": "COMPLETED", "progress": 100, "style": "DOCUMENTARY", "voice": "DREW",
        "focusAreas": ["routing"], "technicalDepth": "ADVANCED", "durationMinutes": 5, "durationSeconds": 61,
        "audioUrl": url("s/a.mp3", "mp3"), "audioChunks": [url("s/1.mp3", "mp3")], "coverUrl": url("s/c.svg", "svg"),
        "transcriptUrl": url("s/t.md", "md"), "captionsUrl": url("s/c.vtt", "vtt"),
        "chapters": [{ "title": "One", "content": "Once.", "codeExamples": [{ "code": "x" }], "files": ["a.rs"],
            "claims": [{ "text": "Once.", "file": "a.rs", "line": 7 }],
            "durationSeconds": 61, "timestampStart": 0 }],
        "errorMessage": null, "offline": true,
        "createdAt": "2026-01-01T12:00:00Z", "updatedAt": "2026-01-01T12:00:01Z",
        "run": { "id": story.run_id, "graph": "code_story", "status": "COMPLETED" },
    });

    assert_eq!(desk.data(&query).await["story"], expected);
}

#[tokio::test]
async fn nothing_half_made_is_shown() {
    let desk = Desk::new();
    let story = finished(&desk, 1);
    let shown = |status: RunStatus| {
        let story = pb::Story {
            status: status.into(),
            phase: "synthesizing".into(),
            progress: 99.9,
            ..story.clone()
        };
        desk.world.lock().stories.insert(story.id.clone(), story);
    };

    let query = format!(
        "{{ story(id: \"{}\") {{ status progress audioUrl audioChunks chapters {{ title }} durationSeconds errorMessage }} }}",
        story.id
    );
    shown(RunStatus::Running);

    let half = json!({ "status": "SYNTHESIZING", "progress": 99, "audioUrl": null, "audioChunks": [],
        "chapters": [], "durationSeconds": null, "errorMessage": null });
    assert_eq!(desk.data(&query).await["story"], half);

    shown(RunStatus::Cancelled);

    let cancelled = desk.data(&query).await;
    assert_eq!(
        (&cancelled["story"]["status"], &cancelled["story"]["errorMessage"]),
        (&json!("CANCELLED"), &json!("cancelled"))
    );
}

#[tokio::test]
async fn what_may_not_be_seen_is_null_and_no_error() {
    let desk = Desk::new();
    let query = format!(
        "{{ story(id: \"{0}\") {{ id }} run(id: \"{0}\") {{ id }} agent(name: \"x\") {{ name }} }}",
        Uuid::from_u128(9)
    );

    assert_eq!(
        desk.data(&query).await,
        json!({ "story": null, "run": null, "agent": null })
    );
}

#[tokio::test]
async fn a_malformed_id_is_refused() {
    let desk = Desk::new();
    for field in ["story", "run"] {
        for id in ["", "x", "7d444840-9dc0-41d1-b245-5ffdce74fad"] {
            let query = format!("{{ {field}(id: \"{id}\") {{ id }} }}");
            assert_eq!(
                desk.refusal(&query).await,
                "VALIDATION_ERROR INVALID_FIELDS id",
                "{query}"
            );

            // By the name that the type of ids had before, too.
            for ty in ["ID", "UUID"] {
                let query = format!("query One($id: {ty}!) {{ {field}(id: $id) {{ id }} }}");
                let response = desk.run(&query, json!({ "id": id })).await;
                assert_eq!(
                    desk.told(&response["errors"][0]),
                    "VALIDATION_ERROR INVALID_FIELDS id"
                );
            }
        }

        // Some write ids in other ways, but no id of ours is written so.
        let query = format!("{{ {field}(id: \"{{7d444840-9dc0-41d1-b245-5ffdce74fad2}}\") {{ id }} }}");
        assert_eq!(desk.refusal(&query).await, "VALIDATION_ERROR INVALID_FIELDS id");

        let (error, data) = desk.error(&query).await;
        assert_eq!((&error["path"], &data[field]), (&json!([field]), &Value::Null));
    }

    assert_eq!(desk.world.calls(), 0);
}

#[tokio::test]
async fn a_list_comes_in_pages_forward_without_gap_or_repetition() {
    let desk = Desk::new();
    for id in 0..5 {
        desk.world.story(id, RunStatus::Completed);
    }

    for field in ["stories", "runs"] {
        let (mut after, mut ids, mut turns) = (String::new(), Vec::new(), 0);
        loop {
            let query = format!(
                "{{ {field}(first: 2{after}) {{ edges {{ cursor node {{ id }} }} nodes {{ id }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            let page = desk.data(&query).await[field].clone();
            let (edges, info) = (page["edges"].as_array().unwrap(), &page["pageInfo"]);
            ids.extend(
                edges
                    .iter()
                    .map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()),
            );

            let nodes: Vec<_> = edges.iter().map(|edge| edge["node"].clone()).collect();
            assert_eq!(page["nodes"], Value::from(nodes));
            assert_eq!(info["startCursor"], edges[0]["cursor"]);
            assert_eq!(info["endCursor"], edges[edges.len() - 1]["cursor"]);
            assert_eq!(info["hasPreviousPage"], turns > 0);

            turns += 1;

            if info["hasNextPage"] == false {
                break;
            }

            after = format!(", after: {}", info["endCursor"]);
        }

        assert_eq!((ids.len(), turns), (5, 3), "{field}");

        ids.sort();
        ids.dedup();

        assert_eq!(ids.len(), 5);
    }

    let empty = Desk::new()
        .data("{ stories { edges { cursor } pageInfo { hasNextPage endCursor } } }")
        .await;
    assert_eq!(
        empty["stories"],
        json!({ "edges": [], "pageInfo": { "hasNextPage": false, "endCursor": null } })
    );
}

#[tokio::test]
async fn rows_are_the_same_however_they_are_asked_for() {
    let desk = Desk::new();
    (0..3).for_each(|id| drop(desk.world.story(id, RunStatus::Running)));

    let leaves = "__typename id name: repoName status voice progress audioUrl chunks: audioChunks focusAreas updatedAt";
    let read =
        async |rows: String| desk.data(&format!("{{ stories {{ {rows} }} }}")).await["stories"].clone();
    let plain = read(format!(
        "edges {{ __typename at: cursor node {{ {leaves} }} }} nodes {{ {leaves} }}"
    ))
    .await;

    // A fragment, or anything below a field, makes all rows take the common way.
    let [slow, below] = [
        format!(
            "edges {{ ... {{ __typename at: cursor node {{ {leaves} }} }} }} nodes {{ ... {{ {leaves} }} }}"
        ),
        format!(
            "edges {{ __typename at: cursor node {{ {leaves} run {{ id }} }} }} nodes {{ {leaves} run {{ id }} }}"
        ),
    ];

    assert_eq!(plain["edges"][0]["__typename"], "StoryEdge");
    assert_eq!(plain["edges"][0]["node"]["__typename"], "Story");
    assert_eq!(plain, read(slow).await);

    let mut below = read(below).await;
    for place in 0..3 {
        let run = below["edges"][place]["node"]
            .as_object_mut()
            .unwrap()
            .remove("run");
        assert!(run.unwrap()["id"].is_string());
        below["nodes"][place].as_object_mut().unwrap().remove("run");
    }

    assert_eq!(plain, below);

    let twice = read("edges { node { id } node { id status } cursor cursor }".to_owned()).await;
    let once = read("edges { node { id status } cursor }".to_owned()).await;

    assert_eq!(twice, once);
}

#[tokio::test]
async fn a_page_has_1_to_100_rows_and_20_when_nobody_says() {
    let desk = Desk::new();
    for field in ["stories", "runs"] {
        for first in ["0", "101", "-1", "1000", "-2147483648"] {
            let query = format!("{{ {field}(first: {first}) {{ edges {{ cursor }} }} }}");
            assert_eq!(
                desk.refusal(&query).await,
                "VALIDATION_ERROR INVALID_FIELDS first",
                "{query}"
            );
        }

        for first in ["1", "100"] {
            desk.data(&format!("{{ {field}(first: {first}) {{ edges {{ cursor }} }} }}"))
                .await;
        }

        let (error, _) = desk
            .error(&format!(
                "{{ {field}(after: \"nonsense\") {{ edges {{ cursor }} }} }}"
            ))
            .await;

        assert_eq!(error["extensions"]["field"], "after");
        assert_eq!(
            error["message"],
            "`after`: expected the cursor of a row of this list, in this order"
        );
    }

    desk.data("{ stories { edges { cursor } } }").await;

    let sizes: Vec<_> = desk
        .world
        .lock()
        .listed
        .iter()
        .map(|page| page.page_size.unwrap())
        .collect();

    assert_eq!(sizes, [1, 100, 20]);
}

#[tokio::test]
async fn a_list_that_shows_headlines_reads_no_more_and_says_the_same() {
    let desk = Desk::new();
    desk.world.story(1, RunStatus::Completed);
    desk.world.story(2, RunStatus::Failed);

    for field in STORY_HEADLINE_FIELDS {
        let field = match *field {
            "share" => "share { token createdAt }",
            plain => plain,
        };
        let lists = [
            format!("{{ stories {{ nodes {{ {field} }} }} }}"),
            format!(
                "{{ stories {{ rows: edges {{ story: node {{ ...F }} }} }} }} fragment F on Story {{ {field} }}"
            ),
        ];
        for list in lists {
            let headlines = desk.data(&list).await;
            assert!(desk.world.lock().listed.pop().unwrap().headlines, "{list}");

            let more = list.replace(field, &format!("{field} repoUrl"));
            let mut whole = desk.data(&more).await;
            assert!(!desk.world.lock().listed.pop().unwrap().headlines, "{more}");

            leave_out("repoUrl", &mut whole);
            assert_eq!(headlines, whole, "{list}");
        }
    }
}

fn leave_out(key: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove(key);
            fields.values_mut().for_each(|value| leave_out(key, value));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| leave_out(key, value)),
        _ => {}
    }
}

#[tokio::test]
async fn lists_are_filtered_by_kind_and_status() {
    let desk = Desk::new();
    desk.data("{ stories(kind: CODE, runStatus: WAITING_FOR_INPUT, first: 3) { edges { cursor } } }")
        .await;

    let asked = desk.world.lock().listed.pop().unwrap();
    assert_eq!(
        (asked.kind(), asked.status(), asked.page_size.unwrap()),
        (pb::StoryKind::Code, RunStatus::WaitingForInput, 3)
    );

    desk.world.story(1, RunStatus::Completed);

    let queued = desk.world.story(2, RunStatus::Queued);
    let runs = desk
        .data("{ runs(status: QUEUED) { nodes { id status lastEvent progress phase question } } }")
        .await;
    let run = json!({ "id": queued.run_id, "status": "QUEUED", "lastEvent": 0, "progress": 0.0, "phase": null,
        "question": null });

    assert_eq!(runs["runs"]["nodes"], json!([run]));
}

#[tokio::test]
async fn agents_are_listed_and_found_by_name() {
    let desk = Desk::new();
    desk.world.lock().agents.push(pb::Agent {
        name: "codestory.intent".into(),
        description: "Understands wishes.".into(),
        least_tier: "pro".into(),
        input_schema: r#"{"type":"object"}"#.into(),
        output_schema: String::new(),
    });

    let fields = "name description leastTier inputSchema outputSchema";
    let query = format!("{{ agents {{ {fields} }} agent(name: \"codestory.intent\") {{ {fields} }} }}");
    let agent = json!({ "name": "codestory.intent", "description": "Understands wishes.", "leastTier": "PRO",
        "inputSchema": { "type": "object" }, "outputSchema": null });

    assert_eq!(
        desk.data(&query).await,
        json!({ "agents": [agent], "agent": agent })
    );
}

#[tokio::test]
async fn who_asks_and_how_the_platform_is_are_told() {
    let desk = Desk::new();
    let query = "{ me { id isGuest tier } health { status service dependencies { name up } } }";
    let expected = |status: &str| {
        json!({ "me": { "id": desk.asker.call.actor.user_id, "isGuest": true, "tier": "FREE" },
            "health": { "status": status, "service": "saga", "dependencies": [] } })
    };

    assert_eq!(desk.data(query).await, expected("HEALTHY"));

    desk.health.set_phase(Phase::Stopping);
    assert_eq!(desk.data(query).await, expected("DEGRADED"));
}

#[tokio::test]
async fn every_kind_of_failure_has_the_code_that_rest_has_and_nothing_internal() {
    let desk = Desk::new();
    let mut told = Vec::new();
    for kind in ErrorKind::ALL {
        desk.world.lock().refusal = Some(Problem::new(kind, "A_REASON", "What a client may read."));
        let (error, _) = desk.error("{ stories { edges { cursor } } }").await;
        assert_eq!(error["message"], "What a client may read.");
        told.push(format!("{kind:?} {}", desk.told(&error)));
    }

    expect_test::expect![[r#"
        InvalidArgument VALIDATION_ERROR A_REASON
        Unauthenticated AUTHENTICATION_ERROR A_REASON
        PermissionDenied PERMISSION_DENIED A_REASON
        NotFound RESOURCE_NOT_FOUND A_REASON
        AlreadyExists CONFLICT A_REASON
        FailedPrecondition VALIDATION_ERROR A_REASON
        Aborted CONFLICT A_REASON
        ResourceExhausted RATE_LIMIT_EXCEEDED A_REASON
        DeadlineExceeded TIMEOUT A_REASON
        Unavailable EXTERNAL_SERVICE_ERROR A_REASON
        Unimplemented NOT_AVAILABLE_HERE A_REASON
        Internal INTERNAL_ERROR A_REASON"#]]
    .assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn a_retry_time_is_told() {
    let desk = Desk::new();
    let mut problem = Problem::new(ErrorKind::ResourceExhausted, "SLOW_DOWN", "Too fast.");
    problem.retry_after = Some(std::time::Duration::from_secs(7));
    desk.world.lock().refusal = Some(problem);
    let (error, _) = desk.error("{ agents { name } }").await;
    assert_eq!(error["extensions"]["retryAfter"], 7);
}

#[tokio::test]
async fn a_service_that_is_down_takes_only_its_own_part_of_a_nullable_answer() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.lock().refusal = Some(Problem::new(ErrorKind::Unavailable, "DOWN", "Not now."));
    let query = format!("{{ story(id: \"{}\") {{ id }} me {{ tier }} }}", story.id);
    let (error, data) = desk.error(&query).await;
    assert_eq!(desk.told(&error), "EXTERNAL_SERVICE_ERROR DOWN");
    assert_eq!(data, json!({ "story": null, "me": { "tier": "FREE" } }));
}

#[tokio::test]
async fn a_list_is_filtered_by_the_status_that_its_stories_show() {
    let desk = Desk::new();
    let rows = [
        (RunStatus::Queued, "", "PENDING"),
        (RunStatus::Running, "", "ANALYZING"),
        (RunStatus::Running, "generating", "GENERATING"),
        (RunStatus::WaitingForInput, "synthesizing", "SYNTHESIZING"),
        (RunStatus::Cancelling, "analyzing", "ANALYZING"),
        (RunStatus::Completed, "synthesizing", "COMPLETED"),
        (RunStatus::Failed, "generating", "FAILED"),
        (RunStatus::Cancelled, "generating", "CANCELLED"),
    ];
    for (run, phase, shown) in rows {
        let story = pb::Story {
            phase: phase.into(),
            ..desk.world.story(1, run)
        };
        desk.world.lock().stories.insert(story.id.clone(), story);

        let query = format!("{{ stories(status: {shown}) {{ nodes {{ status }} }} }}");
        let told = desk.data(&query).await;
        assert_eq!(told["stories"]["nodes"][0]["status"], shown);

        // What was asked of the service lets this story pass.
        let asked = desk.world.lock().listed.pop().unwrap();
        let of_phase = asked.phases.is_empty() || asked.phases.iter().any(|one| one == phase);
        assert!(
            asked.statuses.contains(&run.into())
                && of_phase
                && !asked.phases_not.iter().any(|one| one == phase),
            "{shown}: {asked:?}"
        );
    }

    let both = "{ stories(status: FAILED, runStatus: FAILED) { nodes { id } } }";
    assert_eq!(
        desk.refusal(both).await,
        "VALIDATION_ERROR INVALID_FIELDS runStatus"
    );
}

#[tokio::test]
async fn a_list_is_searched_ordered_counted_and_read_from_its_end() {
    let desk = Desk::new();
    (0..3).for_each(|id| drop(desk.world.story(id, RunStatus::Completed)));

    let query = "{ stories(search: \"Two words\", orderBy: { field: UPDATED_AT, direction: ASC }, last: 2) {
        totalCount pageInfo { hasNextPage hasPreviousPage } nodes { id } } }";
    let told = desk.data(query).await["stories"].clone();
    assert_eq!(told["totalCount"], 3);
    assert_eq!(told["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(
        told["pageInfo"],
        json!({ "hasNextPage": false, "hasPreviousPage": true })
    );

    let asked = desk.world.lock().listed.pop().unwrap();
    assert_eq!(
        (asked.search.as_str(), asked.order(), asked.page_size),
        ("Two words", pb::StoryOrder::FirstChanged, Some(2))
    );
    assert!(asked.backward && asked.with_total);

    // Counting is done for whoever asks for it.
    desk.data("{ stories { nodes { id } } runs { totalCount } }")
        .await;
    assert!(!desk.world.lock().listed.pop().unwrap().with_total);
    assert!(desk.world.lock().listed_runs.pop().unwrap().with_total);

    for (arguments, field) in [
        ("last: 0", "last"),
        ("last: 101", "last"),
        ("before: \"1\"", "before"),
        ("last: 1, after: \"1\"", "after"),
    ] {
        for list in ["stories", "runs"] {
            let query = format!("{{ {list}({arguments}) {{ nodes {{ id }} }} }}");
            assert_eq!(
                desk.refusal(&query).await,
                format!("VALIDATION_ERROR INVALID_FIELDS {field}")
            );
        }
    }
    let (error, _) = desk
        .error("{ stories(last: 1, before: \"x\") { nodes { id } } }")
        .await;
    assert_eq!(error["extensions"]["field"], "before");
}

#[tokio::test]
async fn whatever_has_an_id_is_found_by_it_alone() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Completed);
    let me = desk.asker.call.actor.user_id;

    let query =
        "query ($id: ID!) { node(id: $id) { __typename id ... on Story { repoName } ... on Run { graph } } }";
    let found = async |id: &str| {
        let response = desk.run(query, json!({ "id": id })).await;
        assert_eq!(response.get("errors"), None, "{response:#}");
        response["data"]["node"].clone()
    };
    assert_eq!(
        found(&story.id).await,
        json!({ "__typename": "Story", "id": story.id, "repoName": "o/r" })
    );
    assert_eq!(
        found(&story.run_id).await,
        json!({ "__typename": "Run", "id": story.run_id, "graph": "code_story" })
    );
    assert_eq!(
        found(&me.to_string()).await,
        json!({ "__typename": "Viewer", "id": me })
    );
    for nothing in [Uuid::from_u128(9).to_string(), "x".to_owned(), String::new()] {
        assert_eq!(found(&nothing).await, Value::Null, "{nothing:?}");
    }

    let query = format!(
        "{{ nodes(ids: [\"{0}\", \"x\", \"{1}\", \"{0}\"]) {{ id ... on Story {{ status }} }} }}",
        story.id, story.run_id
    );
    let before = desk.world.calls();
    let shown = json!({ "id": story.id, "status": "COMPLETED" });
    assert_eq!(
        desk.data(&query).await["nodes"],
        json!([shown, null, { "id": story.run_id }, shown])
    );
    assert_eq!(desk.world.calls() - before, 2, "one batch of each kind");

    let many = vec!["\"x\""; 21].join(", ");
    let query = format!("{{ nodes(ids: [{many}]) {{ id }} }}");
    assert_eq!(desk.refusal(&query).await, "VALIDATION_ERROR INVALID_FIELDS ids");
}

#[tokio::test]
async fn a_story_shows_its_attempts_and_a_run_its_events_and_its_checkpoints() {
    let desk = Desk::new();
    let story = desk.world.story(1, RunStatus::Running);
    desk.world.story(2, RunStatus::Running);
    desk.world.tell(&story.run_id, (1..=5).map(log));

    let query = format!(
        "{{ story(id: \"{}\") {{ runs {{ totalCount nodes {{ id percent checkpoints {{ step next createdAt }} }} }} }} }}",
        story.id
    );
    let checkpoints = json!([
        { "step": 1, "next": ["write"], "createdAt": "2026-01-01T12:00:00Z" },
        { "step": 0, "next": ["analyze"], "createdAt": "2026-01-01T12:00:00Z" },
    ]);
    assert_eq!(
        desk.data(&query).await["story"]["runs"],
        json!({ "totalCount": 1, "nodes": [{ "id": story.run_id, "percent": 0, "checkpoints": checkpoints }] })
    );

    let events = async |arguments: &str| {
        let query = format!(
            "{{ run(id: \"{}\") {{ events({arguments}) {{ totalCount edges {{ cursor node {{ number cursor }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}",
            story.run_id
        );
        let page = desk.data(&query).await["run"]["events"].clone();
        assert_eq!(page["totalCount"], 5);
        let edges = page["edges"].as_array().unwrap();
        for edge in edges {
            assert_eq!(edge["cursor"], edge["node"]["cursor"], "one cursor everywhere");
        }
        let numbers: Vec<_> = edges
            .iter()
            .map(|edge| edge["node"]["number"].as_u64().unwrap())
            .collect();
        (numbers, page["pageInfo"].clone())
    };

    let (first, info) = events("first: 2").await;
    assert_eq!(
        (first, &info["hasNextPage"], &info["hasPreviousPage"]),
        (vec![1, 2], &json!(true), &json!(false))
    );
    let (next, info) = events(&format!("first: 3, after: {}", info["endCursor"])).await;
    assert_eq!((next, &info["hasNextPage"]), (vec![3, 4, 5], &json!(false)));
    let (last, info) = events("last: 2").await;
    assert_eq!((last, &info["hasPreviousPage"]), (vec![4, 5], &json!(true)));
    let (back, info) = events(&format!("last: 9, before: {}", info["startCursor"])).await;
    assert_eq!((back, &info["hasPreviousPage"]), (vec![1, 2, 3], &json!(false)));

    for (arguments, field) in [("after: \"x\"", "after"), ("last: 1, before: \"x\"", "before")] {
        let query = format!(
            "{{ run(id: \"{}\") {{ events({arguments}) {{ edges {{ cursor }} }} }} }}",
            story.run_id
        );
        assert_eq!(
            desk.refusal(&query).await,
            format!("VALIDATION_ERROR INVALID_FIELDS {field}")
        );
    }
}

#[tokio::test]
async fn every_code_of_an_error_is_told() {
    let desk = Desk::new();
    let codes = desk.data("{ errorCodes }").await["errorCodes"].clone();
    let codes: Vec<_> = codes
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();

    for code in [
        "VALIDATION_ERROR",
        "QUERY_TOO_COMPLEX",
        "GRAPHQL_PARSE_FAILED",
        "TOO_SLOW",
    ] {
        assert!(codes.contains(&code), "{code}");
    }
}
