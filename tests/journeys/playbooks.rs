//! Playbooks over the public door: the reference client in TypeScript, which is shorter than a hundred lines, fetches them, runs them on
//! its own data and asks what their steps ask; it gets the server's own result for a hundred contexts.

use std::convert::Infallible;

use assistant::plans::{answer_template, evaluate_plan, list_playbooks};
use chrono::{DateTime, NaiveDate, Utc};
use kit::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use self::contexts::{CONTEXTS, draw_context};
use super::backups::set_tier;
use crate::harness::{
    client::Client,
    node,
    people::Person,
    saga::{DataFolder, Launch},
};

#[path = "../../agent-svc/assistant/tests/client/contexts.rs"]
mod contexts;

/// What the server makes of every playbook for one context.
fn evaluate_all(context: &Value, today: NaiveDate, now: DateTime<Utc>) -> Vec<Value> {
    let profile = context["user_profile"].as_object().cloned().unwrap_or_default();
    let evaluate = |playbook: assistant::plans::Playbook| {
        let evaluated = evaluate_plan(&playbook.plan, context, today, |asked| {
            let answer = answer_template(asked.template, &asked.variables, asked.data, &profile, now);
            Ok::<_, Infallible>(answer)
        });
        let evaluated = evaluated.expect("a playbook runs");

        json!({
            "id": playbook.plan.id,
            "results": evaluated.results,
            "actions": evaluated.actions,
            "response": evaluated.response,
        })
    };

    list_playbooks().into_iter().map(evaluate).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_a_hundred_lines_gets_the_servers_own_result_for_a_hundred_contexts() {
    let (data, folder) = (DataFolder::new(), tempfile::tempdir().expect("a folder"));
    let saga = Launch::new(&data).serve().await;
    let door = Client::of(&saga);
    Person::register(&door, "ada").await;
    set_tier(&data, "ada", "power").await;
    let ada = Person::login(&door, "ada").await;

    let before = SystemClock.now();
    let today = before.date_naive();
    let contexts: Vec<Value> = (0..CONTEXTS).map(|seed| draw_context(seed, today)).collect();
    let told: Vec<Value> = contexts
        .iter()
        .map(|context| json!({ "context": context, "today": today }))
        .collect();
    let write = std::fs::write(folder.path().join("contexts.json"), json!(told).to_string());
    write.expect("written");

    let place = folder.path().to_string_lossy();
    if !node::run("playbook_door.mjs", &[saga.base(), &ada.access, &place]).await {
        return;
    }
    let outcomes = std::fs::read(folder.path().join("outcomes.json")).expect("it wrote them");
    let outcomes: Vec<Value> = serde_json::from_slice(&outcomes).expect("JSON");
    let after = SystemClock.now();

    let mut outcomes = outcomes.iter();
    for (seed, context) in contexts.iter().enumerate() {
        // Two, because a day may have begun meanwhile where the user is.
        let expected = [before, after].map(|now| evaluate_all(context, today, now));
        for (first, second) in expected[0].iter().zip(&expected[1]) {
            let outcome = outcomes.next().expect("one of each");
            assert!(
                outcome == first || outcome == second,
                "{seed}: {outcome:#} instead of {first:#}"
            );
        }
    }
    assert!(outcomes.next().is_none(), "nothing beside");
}
