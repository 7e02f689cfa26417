//! Schedules over REST and GraphQL: made, previewed, changed, and their owner's alone.

use serde_json::json;

use crate::harness::{
    client::Client,
    people::{Person, graphql},
    saga::{DataFolder, Launch},
    wait,
};

const SCHEDULES: &str = "/api/v1/workflow-schedules";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_is_its_owners_alone() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let body = json!({
        "name": "Morning", "cron": "30 8 * * 1-5", "time_zone": "Europe/Berlin", "workflow_type": "research",
        "config": { "review": false },
        "user_input": { "question": "What changed?", "documents": [{ "text": "The lease changed hands in May." }] }
    });
    let refused = ada
        .post(
            &door,
            SCHEDULES,
            json!({ "name": "x", "cron": "* * * * * *", "workflow_type": "research" }),
        )
        .await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.body);
    let made = ada.post(&door, SCHEDULES, body.clone()).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    let one = format!("{SCHEDULES}/{}", made.body["id"].as_str().expect("an id"));

    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(json!({ "enabled": false }))),
        ("DELETE", None),
    ] {
        let answer = eve.call(&door, method, &one, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method}: {}", answer.body);
    }
    let guest = Person::guest(&door).await;
    assert_eq!(guest.post(&door, SCHEDULES, body).await.status.as_u16(), 403);
    assert_eq!(eve.get(&door, SCHEDULES).await.body, json!([]));

    let off = ada
        .call(&door, "PATCH", &one, Some(json!({ "enabled": false })))
        .await;
    assert_eq!(
        (&off.body["enabled"], &off.body["next_at"]),
        (&json!(false), &json!([]))
    );
    let preview = ada
        .get(
            &door,
            &format!("{SCHEDULES}/preview?cron=0%208%20*%20*%20*&time_zone=Asia/Tokyo&count=3"),
        )
        .await;
    assert_eq!(
        preview.body["next_at"].as_array().map(Vec::len),
        Some(3),
        "{}",
        preview.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_graphql_schedules_begins_within_its_minute() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let source = json!({ "source": { "nodes": { "one": { "type": "transform", "value": "${input.n}" } } } });
    ada.call(&door, "PUT", "/api/v1/workflow-definitions/one", Some(source))
        .await;
    let made = graphql(
        &door,
        Some(&ada.access),
        "mutation { createWorkflowSchedule(input: { name: \"Each minute\", cron: \"* * * * *\", workflowType: \"one\", \
         userInput: { n: 7 } }) { schedule { id nextAt userInput missedRuns } } }",
    )
    .await;
    let schedule = &made.body["data"]["createWorkflowSchedule"]["schedule"];
    assert_eq!(schedule["userInput"], json!({ "n": 7 }), "{}", made.body);

    let path = format!("{SCHEDULES}/{}", schedule["id"].as_str().expect("an id"));
    let begun = wait::until("the minute", || async {
        let known = ada.get(&door, &path).await;
        known.body["last_workflow_id"].as_str().map(str::to_owned)
    })
    .await;
    let workflow = ada.get(&door, &format!("/api/v1/workflows/{begun}")).await;
    assert_eq!(workflow.body["name"], "Each minute", "{}", workflow.body);
}
