//! Stories as steps of workflows: told once, waited for, and told again in another way when a person wants to.

use std::time::Duration;

use proto::v1::{CreateWorkflowRequest, ListStoriesRequest, Workflow, WorkflowStatus};
use serde_json::{Value, json};

use super::super::world::{Person, World, each_world};
use super::{parsed, status};

const REPOSITORY: &str = "https://github.com/expressjs/express";

/// Lets time pass until the workflow stands there: whoever waits for a story looks every two seconds.
async fn pass_until(world: &World, user: &Person, id: &str, wanted: WorkflowStatus) -> Workflow {
    loop {
        let workflow = user.workflow(id).await.unwrap();
        if status(&workflow) == wanted {
            return workflow;
        }
        let over = status(&workflow) == WorkflowStatus::Failed;
        assert!(!over, "it failed: {:?}", workflow.error_message);
        world.clock.advance(Duration::from_secs(2));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn story_ids(user: &Person) -> Vec<String> {
    let list = user.list(ListStoriesRequest::default()).await.unwrap();
    list.stories.into_iter().map(|story| story.id).collect()
}

#[tokio::test]
async fn the_type_code_story_tells_a_story_and_tells_it_again_when_its_reviewer_wants_to() {
    each_world(|world| async move {
        let user = world.user();
        let made = user
            .make_with(CreateWorkflowRequest {
                workflow_type: "code_story".to_owned(),
                config: json!({ "style": "tutorial", "review": true }).to_string(),
                ..CreateWorkflowRequest::default()
            })
            .await
            .unwrap();
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "repo_url": REPOSITORY }))
            .await
            .unwrap();

        let asked = pass_until(&world, &user, &made.id, WorkflowStatus::Interrupted).await;
        let first: Value = serde_json::from_str(asked.questions[0].value.as_ref().unwrap()).unwrap();
        let told = user.get(first["id"].as_str().unwrap()).await.unwrap();
        let code = told.code().unwrap();
        assert_eq!(
            code.style().as_str_name(),
            "STYLE_TUTORIAL",
            "what it was made with"
        );
        assert_eq!(code.repo_name, "expressjs/express");

        let again = json!({ "verdict": "again", "style": "podcast" });
        user.answer(&made.id, None, Some(&again)).await.unwrap();
        let asked = loop {
            let asked = pass_until(&world, &user, &made.id, WorkflowStatus::Interrupted).await;
            if !asked.questions[0]
                .value
                .as_ref()
                .unwrap()
                .contains(first["id"].as_str().unwrap())
            {
                break asked;
            }
        };
        let second: Value = serde_json::from_str(asked.questions[0].value.as_ref().unwrap()).unwrap();
        let told = user.get(second["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(told.code().unwrap().style().as_str_name(), "STYLE_PODCAST");

        user.answer(&made.id, None, Some(&json!({ "verdict": "accept" })))
            .await
            .unwrap();
        let done = pass_until(&world, &user, &made.id, WorkflowStatus::Completed).await;
        assert_eq!(parsed(done.output.as_ref())["story_id"], second["id"]);
        assert_eq!(story_ids(&user).await.len(), 2, "each was made once");
    })
    .await;
}

#[tokio::test]
async fn a_fan_out_has_a_story_told_of_each_repository() {
    each_world(|world| async move {
        let user = world.user();
        let source = r#"
nodes:
  each: { type: fan_out, items: input.repositories, do: tell }
  tell: { type: story, request: { repo_url: "${item}", duration_minutes: 5 }, output: told }
output: "${values.told.map(story, story.id)}"
"#;
        user.define("tell_all", source).await.unwrap();
        let made = user.make("tell_all").await;
        let _worker = world.worker().await;
        let repositories = json!(["https://github.com/a/one", "https://github.com/a/two"]);
        user.execute(&made.id, &json!({ "repositories": repositories }))
            .await
            .unwrap();

        let done = pass_until(&world, &user, &made.id, WorkflowStatus::Completed).await;
        let mut told: Vec<String> = serde_json::from_value(parsed(done.output.as_ref())).unwrap();
        let mut known = story_ids(&user).await;
        told.sort();
        known.sort();
        assert_eq!(told, known);
        assert_eq!(known.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_no_story_has_fails_with_its_fields() {
    each_world(|world| async move {
        let user = world.user();
        let source = r#"
nodes:
  tell: { type: story, request: { repo_url: "ftp://x", style: "loud", duration_minutes: 7, tone: "dry" } }
"#;
        user.define("wrong", source).await.unwrap();
        let made = user.make("wrong").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({})).await.unwrap();

        let failed = user.stands_failed(&made.id).await;
        for field in ["repo_url", "style", "duration_minutes", "tone"] {
            assert!(
                failed.contains(&format!("`request.{field}` expected")),
                "{field}: {failed}"
            );
        }
        assert!(story_ids(&user).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_fan_out_that_wants_too_many_stories_tells_none() {
    each_world(|world| async move {
        let user = world.user();
        let source = r#"
nodes:
  each: { type: fan_out, items: input.repositories, do: tell }
  tell: { type: story, request: { repo_url: "${item}" } }
"#;
        user.define("too_many", source).await.unwrap();
        let made = user.make("too_many").await;
        let _worker = world.worker().await;
        let repositories: Vec<_> = (0..21)
            .map(|number| format!("https://github.com/a/r{number}"))
            .collect();
        user.execute(&made.id, &json!({ "repositories": repositories }))
            .await
            .unwrap();

        assert!(
            user.stands_failed(&made.id)
                .await
                .contains("more than 20 stories")
        );
        assert!(story_ids(&user).await.is_empty());
    })
    .await;
}
