//! Jobs of CodeForge's agents, offline: an idea becomes a project over REST and GraphQL, its events in CodeForge's words, questions,
//! cancelling, a process that dies, and what is refused.

use futures::StreamExt;
use serde_json::{Value, json};

use crate::harness::{
    client::{Answer, Client},
    people::{Person, graphql},
    saga::{DataFolder, Launch},
    wait,
};

const IDEA: &str = "An app to keep my recipes with ingredients, cooking time and a rating. I want to search them and print a recipe.";
/// Nothing to keep: research asks.
const VAGUE: &str = "Something nice";
const NOBODY: &str = "7d444840-9dc0-41d1-b245-5ffdce74fad2";

async fn project(door: &Client, person: &Person) -> String {
    let made = person
        .post(door, "/v1/projects/", json!({ "title": "Recipe box" }))
        .await;
    assert!(made.status.is_success(), "{}", made.body);
    made.body["id"].as_str().expect("an id").to_owned()
}

fn id_of(begun: &Answer) -> String {
    assert_eq!(begun.status.as_u16(), 200, "{}", begun.body);
    assert_eq!(begun.body["status"], "queued", "{}", begun.body);
    begun.body["job_id"].as_str().expect("an id").to_owned()
}

async fn pipeline(door: &Client, person: &Person, project: &str, idea: &str) -> String {
    let body = json!({ "project_id": project, "input_context": { "user_idea": idea } });
    let begun = person.post(door, "/v1/run-pipeline", body).await;
    assert_eq!(begun.body["estimated_time"], "10-15 minutes");
    id_of(&begun)
}

async fn job_in(door: &Client, person: &Person, id: &str, wanted: &str) -> Value {
    wait::until(&format!("job {id} to be {wanted}"), || async {
        let job = person.get(door, &format!("/v1/jobs/{id}")).await;
        assert_eq!(job.status.as_u16(), 200, "{}", job.body);
        let status = job.body["status"].as_str().expect("a status");
        let over = matches!(status, "completed" | "failed" | "cancelled");
        assert!(!over || status == wanted, "it is {status}: {}", job.body["error"]);
        (status == wanted).then(|| job.body.clone())
    })
    .await
}

/// An event of a stream: its id, its name and its data.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: String,
    name: String,
    data: Value,
}

/// The events after one, until the stream ends or one has this name.
async fn listen(door: &Client, person: &Person, base: &str, job: &str, last: &str, until: &str) -> Vec<Told> {
    let mut request = door
        .http()
        .get(format!("{base}/v1/jobs/{job}/stream"))
        .bearer_auth(&person.access);
    if !last.is_empty() {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.expect("an answer");
    if response.status().as_u16() == 204 {
        return Vec::new();
    }
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["x-accel-buffering"], "no");

    let (mut stream, mut text, mut told) = (response.bytes_stream(), String::new(), Vec::new());
    let reading = async {
        while let Some(Ok(bytes)) = stream.next().await {
            text.push_str(std::str::from_utf8(&bytes).expect("UTF-8"));
            while let Some((block, rest)) = text.split_once("\n\n") {
                let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let event = line("event: ").map(|name| Told {
                    id: line("id: ").expect("an id").to_owned(),
                    name: name.to_owned(),
                    data: serde_json::from_str(line("data: ").expect("data")).expect("JSON"),
                });
                text = rest.to_owned();
                let Some(event) = event else { continue };
                let last = event.name == until;
                told.push(event);
                if last {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(wait::PATIENCE, reading)
        .await
        .expect("the stream goes on");

    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idea_becomes_a_whole_project_and_its_events_go_on_where_they_were_cut() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let project = project(&door, &ada).await;
    let job = pipeline(&door, &ada, &project, IDEA).await;

    let first = listen(&door, &ada, saga.base(), &job, "", "progress").await;
    assert_eq!(first.len(), 1);
    assert_eq!(
        first[0].data,
        json!({ "job_id": job, "status": "queued", "progress": 0.0 })
    );
    let rest = listen(&door, &ada, saga.base(), &job, &first[0].id, "").await;
    let end = rest.last().expect("an end");
    assert_eq!(end.name, "complete", "{rest:?}");
    assert_eq!(
        (&end.data["status"], &end.data["progress"]),
        (&json!("completed"), &json!(100.0))
    );
    assert!(rest.iter().all(|told| told.id != first[0].id));
    assert!(
        listen(&door, &ada, saga.base(), &job, &end.id, "")
            .await
            .is_empty(),
        "there is nothing more"
    );

    let done = job_in(&door, &ada, &job, "completed").await;
    assert_eq!(
        (&done["agent_type"], &done["project_id"], &done["error"]),
        (&json!("pipeline"), &json!(project), &Value::Null)
    );
    let made = &done["result"];
    assert_eq!(*made, end.data["result"]);
    assert_eq!(
        (&made["qa"]["passed"], &made["qa"]["score"], &made["offline"]),
        (&json!(true), &json!(100), &json!(true))
    );

    let files = ada.get(&door, &format!("/v1/projects/{project}/files")).await;
    let paths: Vec<&str> = files.body["files"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["path"].as_str())
        .collect();
    for file in made["code"]["files"].as_array().expect("files") {
        let path = file["file_path"].as_str().expect("a path");
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    let now = ada.get(&door, &format!("/v1/projects/{project}")).await;
    assert_eq!(now.body["status"], "completed", "{}", now.body);

    let list = ada
        .get(&door, &format!("/v1/jobs/{project}/list?page_size=1"))
        .await;
    assert_eq!(
        (&list.body["total"], &list.body["has_more"], &list.body["page"]),
        (&json!(1), &json!(false), &json!(1)),
        "{}",
        list.body
    );
    assert_eq!(list.body["jobs"][0]["job_id"], json!(job));
    assert_eq!(list.body["jobs"][0]["result"], Value::Null);

    let ended = ada
        .post(&door, &format!("/v1/jobs/{job}/cancel"), Value::Null)
        .await;
    assert_eq!(
        (ended.status.as_u16(), &ended.body["error"]),
        (400, &json!("VALIDATION_ERROR"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_asks_goes_on_with_the_answers_though_the_process_died_meanwhile() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let project = project(&door, &ada).await;
    let job = pipeline(&door, &ada, &project, VAGUE).await;

    let told = listen(&door, &ada, saga.base(), &job, "", "waiting").await;
    let waiting = told.last().expect("a question").clone();
    assert_eq!(waiting.data["status"], "waiting_for_input");
    let asked = job_in(&door, &ada, &job, "waiting_for_input").await["result"].clone();
    assert_eq!(asked, waiting.data["result"]);
    let question = asked["questions"][0]["question"].as_str().expect("a question");

    saga.kill().await;
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    for (answers, status) in [
        (json!([{ "What else?": "Nothing" }]), 422),
        (json!([{ "a": "b", "c": "d" }]), 422),
        (json!([{ question: 5 }]), 422),
        (json!([]), 422),
    ] {
        let refused = ada
            .post(&door, "/v1/clarify", json!({ "job_id": job, "answers": answers }))
            .await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.body);
    }

    let answer = json!({ "job_id": job, "answers": [{ question: "recipes" }] });
    let goes_on = ada.post(&door, "/v1/clarify", answer.clone()).await;
    assert_eq!(
        (goes_on.status.as_u16(), &goes_on.body["job_id"]),
        (200, &json!(job)),
        "{}",
        goes_on.body
    );
    let rest = listen(&door, &ada, saga.base(), &job, &waiting.id, "").await;
    assert_eq!(
        rest.last().map(|end| end.name.as_str()),
        Some("complete"),
        "{rest:?}"
    );

    let done = job_in(&door, &ada, &job, "completed").await;
    assert_eq!(done["result"]["qa"]["passed"], true);
    let late = ada.post(&door, "/v1/clarify", answer).await;
    assert_eq!(
        (late.status.as_u16(), &late.body["error"]),
        (409, &json!("CONFLICT"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_begins_watches_answers_and_cancels_jobs() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let project = project(&door, &ada).await;
    let ask = async |query: String| {
        let answer = graphql(&door, Some(&ada.access), &query).await;
        assert!(answer.body.get("errors").is_none(), "{}", answer.body);
        answer.body["data"].clone()
    };

    let begun = ask(format!(
        "mutation {{ runPipeline(input: {{ projectId: \"{project}\", context: {{ user_idea: \"{VAGUE}\" }} }}) \
         {{ job {{ id status agentType }} }} }}"
    ))
    .await;
    let job = &begun["runPipeline"]["job"];
    assert_eq!(
        (&job["status"], &job["agentType"]),
        (&json!("QUEUED"), &json!("pipeline"))
    );
    let id = job["id"].as_str().expect("an id");
    job_in(&door, &ada, id, "waiting_for_input").await;

    let waiting = ask(format!(
        "{{ job(id: \"{id}\") {{ status questions {{ question why options }} result }} }}"
    ))
    .await;
    assert_eq!(waiting["job"]["result"], Value::Null);
    let question = waiting["job"]["questions"][0]["question"]
        .as_str()
        .expect("a question");
    let goes_on = ask(format!(
        "mutation {{ clarifyJob(input: {{ id: \"{id}\", answers: [{{ question: \"{question}\", answer: \"recipes\" }}] }}) \
         {{ job {{ id }} }} }}"
    ))
    .await;
    assert_eq!(goes_on["clarifyJob"]["job"]["id"], id);
    job_in(&door, &ada, id, "completed").await;
    let done = ask(format!(
        "{{ job(id: \"{id}\") {{ status progress result completedAt }} }}"
    ))
    .await;
    assert_eq!(done["job"]["result"]["qa"]["passed"], true);

    let begun = ask(format!(
        "mutation {{ runAgent(input: {{ projectId: \"{project}\", agentType: RESEARCH, context: {{ user_idea: \"{VAGUE}\" }} }}) \
         {{ job {{ id }} }} }}"
    ))
    .await;
    let id = begun["runAgent"]["job"]["id"].as_str().expect("an id");
    job_in(&door, &ada, id, "waiting_for_input").await;
    ask(format!(
        "mutation {{ cancelJob(input: {{ id: \"{id}\" }}) {{ job {{ id }} }} }}"
    ))
    .await;
    job_in(&door, &ada, id, "cancelled").await;
    let told = listen(&door, &ada, saga.base(), id, "", "").await;
    assert_eq!(
        told.last().map(|end| end.name.as_str()),
        Some("cancelled"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_its_owners_alone() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let project = project(&door, &ada).await;
    let job = pipeline(&door, &ada, &project, VAGUE).await;

    let start = json!({ "project_id": project, "agent_type": "research", "input_context": "x" });
    let answers = json!([{ "a": "b" }]);
    for (method, path, body) in [
        ("GET", format!("/v1/jobs/{job}"), None),
        ("GET", format!("/v1/jobs/{job}/stream"), None),
        ("GET", format!("/v1/jobs/{project}/list"), None),
        ("POST", format!("/v1/jobs/{job}/cancel"), None),
        (
            "POST",
            format!("/v1/agents/jobs/{job}/respond"),
            Some(json!({ "answers": answers })),
        ),
        (
            "POST",
            "/v1/clarify".to_owned(),
            Some(json!({ "job_id": job, "answers": answers })),
        ),
        (
            "POST",
            format!("/v1/projects/{project}/files/src/a.ts/refactor"),
            Some(json!({ "selected_code": "a", "instruction": "rename a to b" })),
        ),
        ("POST", "/v1/run-agent".to_owned(), Some(start.clone())),
        (
            "POST",
            "/v1/run-pipeline".to_owned(),
            Some(json!({ "project_id": project, "input_context": "x" })),
        ),
    ] {
        let answer = eve.call(&door, method, &path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["error"], "RESOURCE_NOT_FOUND");
    }
    let guest = Person::guest(&door).await;
    assert_eq!(
        guest.post(&door, "/v1/run-agent", start).await.status.as_u16(),
        403
    );

    let found = graphql(
        &door,
        Some(&eve.access),
        &format!("{{ job(id: \"{job}\") {{ id }} }}"),
    )
    .await;
    assert_eq!(found.body["data"]["job"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_of_a_file_is_written_anew_and_into_the_project_only_when_that_is_wanted() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let project = project(&door, &ada).await;
    let file = json!({ "path": "src/sum.ts", "content": "let total = 1;\nshow(total);\n", "language": "typescript" });
    let files = format!("/v1/projects/{project}/files");
    let put = ada.post(&door, &files, file).await;
    assert_eq!(put.status.as_u16(), 201, "{}", put.body);

    let one = format!("{files}/src/sum.ts");
    let body =
        json!({ "selected_code": "let total = 1;\nshow(total);", "instruction": "rename total to sum" });
    let shown = ada.post(&door, &format!("{one}/refactor"), body.clone()).await;
    assert_eq!(
        (
            shown.status.as_u16(),
            &shown.body["refactored_code"],
            &shown.body["applied"]
        ),
        (200, &json!("let sum = 1;\nshow(sum);"), &json!(false)),
        "{}",
        shown.body
    );
    let before = ada.get(&door, &one).await;
    assert_eq!(
        before.body["content"], "let total = 1;\nshow(total);\n",
        "{}",
        before.body
    );

    let applied = ada.post(&door, &format!("{one}/refactor?apply=true"), body).await;
    assert_eq!(applied.body["version"], json!(2), "{}", applied.body);
    let after = ada.get(&door, &one).await;
    assert_eq!(after.body["content"], applied.body["full_file_content"]);

    for (path, body, status, field) in [
        (
            &one,
            json!({ "selected_code": "gone", "instruction": "rename a to b" }),
            422,
            "selected_code",
        ),
        (
            &one,
            json!({ "selected_code": "sum", "instruction": "make it beautiful" }),
            422,
            "instruction",
        ),
        (
            &one,
            json!({ "selected_code": "sum", "instruction": "x" }),
            422,
            "instruction",
        ),
        (
            &format!("{files}/package.json"),
            json!({ "selected_code": "a", "instruction": "rename a to b" }),
            400,
            "",
        ),
        (
            &format!("{files}/src/gone.ts"),
            json!({ "selected_code": "a", "instruction": "rename a to b" }),
            404,
            "",
        ),
    ] {
        let refused = ada.post(&door, &format!("{path}/refactor"), body).await;
        assert_eq!(refused.status.as_u16(), status, "{path}: {}", refused.body);
        if !field.is_empty() {
            assert_eq!(
                refused.body["details"]["errors"][0]["field"], field,
                "{}",
                refused.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_agent_could_work_with_is_refused_by_its_fields() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let project = project(&door, &ada).await;
    let many: Value = (0..11).map(|at| (at.to_string(), json!(at))).collect();

    for (body, status, field) in [
        (json!({ "project_id": project }), 422, "agent_type"),
        (
            json!({ "project_id": project, "agent_type": "wizard" }),
            422,
            "agent_type",
        ),
        (
            json!({ "project_id": "x", "agent_type": "research" }),
            422,
            "project_id",
        ),
        (
            json!({ "project_id": project, "agent_type": "research", "hurry": true }),
            422,
            "hurry",
        ),
        (
            json!({ "project_id": project, "agent_type": "research", "input_context": many }),
            422,
            "input_context",
        ),
        (
            json!({ "project_id": project, "agent_type": "research", "input_context": "x".repeat(50_001) }),
            422,
            "input_context",
        ),
        (
            json!({ "project_id": project, "agent_type": "research", "input_context": { "user_idea": "???" } }),
            422,
            "input_context.user_idea",
        ),
        (
            json!({ "project_id": project, "agent_type": "code", "input_context": { "requirements": { "app_name": 5 } } }),
            422,
            "input_context.requirements",
        ),
        (json!({ "project_id": NOBODY, "agent_type": "research" }), 404, ""),
    ] {
        let refused = ada.post(&door, "/v1/run-agent", body).await;
        assert_eq!(refused.status.as_u16(), status, "{field}: {}", refused.body);
        let named = &refused.body["details"]["errors"][0]["field"];
        assert!(
            field.is_empty() || named.as_str().is_some_and(|named| named.starts_with(field)),
            "{field}: {}",
            refused.body
        );
    }

    // Words in another language, contradictions, and markup that must neither run nor break anything.
    for idea in [
        "Ich möchte eine App, mit der ich meine Pflanzen verwalten kann und die mich ans Gießen erinnert.",
        "A list of books. Nobody can add books. Everybody can add books. Books can't be deleted, but delete books.",
        "An app to keep notes </script><script>alert(1)</script> {{7*7}} ${process.env} `rm -rf /` with a title",
    ] {
        let job = pipeline(&door, &ada, &project, idea).await;
        let ended = wait::until("the job to come to something", || async {
            let job = ada.get(&door, &format!("/v1/jobs/{job}")).await.body;
            let status = job["status"].as_str().expect("a status").to_owned();
            (!matches!(status.as_str(), "queued" | "running")).then_some(job)
        })
        .await;
        match ended["status"].as_str() {
            Some("completed") => {
                let made = &ended["result"];
                assert_eq!(made["qa"]["passed"], true, "{}", made["qa"]);
                assert!(!made["code"].to_string().contains("<script>alert"), "{idea}");
            }
            Some("waiting_for_input") => {
                ada.post(
                    &door,
                    &format!("/v1/jobs/{}/cancel", ended["job_id"].as_str().expect("an id")),
                    Value::Null,
                )
                .await;
            }
            other => panic!("{idea} came to {other:?}: {ended}"),
        }
    }
}
