//! What is refused, with which status and which field.

use serde_json::json;

use super::*;
use crate::tests::world::{fields, problem};

#[tokio::test]
async fn every_wrong_field_of_a_workflow_is_named() {
    each_world(|world| async move {
        let user = world.user();
        let unknown = CreateWorkflowRequest {
            workflow_type: "poem".to_owned(),
            ..CreateWorkflowRequest::default()
        };
        assert_eq!(
            fields(&user.make_with(unknown).await.unwrap_err()),
            ["workflow_type"]
        );

        let wrong = CreateWorkflowRequest {
            workflow_type: "research".to_owned(),
            config: json!({ "review": "yes", "more": 1 }).to_string(),
            name: Some(String::new()),
            priority: Some(1000),
            concurrency_key: Some("a b".to_owned()),
            keep_last: Some(0),
            ttl_seconds: Some(1),
            ..CreateWorkflowRequest::default()
        };
        let mut named = fields(&user.make_with(wrong).await.unwrap_err());
        named.sort();
        assert_eq!(
            named,
            [
                "concurrency_key",
                "config",
                "config.review",
                "keep_last",
                "name",
                "priority",
                "ttl_seconds"
            ]
        );

        let large = CreateWorkflowRequest {
            workflow_type: "research".to_owned(),
            config: format!("{{\"x\":\"{}\"}}", "x".repeat(1024 * 1024)),
            ..CreateWorkflowRequest::default()
        };
        assert!(fields(&user.make_with(large).await.unwrap_err()).contains(&"config".to_owned()));

        let made = user.make("research").await;
        let missing = user
            .execute(&made.id, &json!({ "question": "Why?" }))
            .await
            .unwrap_err();
        assert_eq!(fields(&missing), ["user_input"]);
        let wrong = json!({ "question": "Why?", "documents": [{ "text": 1 }] });
        assert_eq!(
            fields(&user.execute(&made.id, &wrong).await.unwrap_err()),
            ["user_input.documents.0.text"]
        );
        let nothing = user.answer(&made.id, None, Some(&json!(1))).await.unwrap_err();
        assert_eq!(problem(&nothing).1, "QUESTION_CLOSED");
    })
    .await;
}

#[tokio::test]
async fn a_definition_is_refused_with_its_mistakes_and_versions_only_grow() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let refused = user
            .define(
                "bad",
                "nodes: { a: { type: transform, value: '${nope.x}', next: gone } }",
            )
            .await;
        assert_eq!(fields(&refused.unwrap_err()), ["nodes.a.next", "nodes.a.value"]);
        assert_eq!(
            fields(&user.define("Bad name", THREE_STEPS).await.unwrap_err()),
            ["name"]
        );
        let taken = user.define("research", THREE_STEPS).await.unwrap_err();
        assert_eq!(problem(&taken).1, "TYPE_IS_BUILT_IN");

        assert_eq!(user.define("steps", THREE_STEPS).await.unwrap(), 1);
        assert_eq!(
            user.define("steps", THREE_STEPS).await.unwrap(),
            1,
            "the same is the same"
        );
        assert_eq!(user.define("steps", HALVES).await.unwrap(), 2);
        let request = CreateWorkflowRequest {
            workflow_type: "steps".to_owned(),
            ..CreateWorkflowRequest::default()
        };
        assert_eq!(
            fields(&other.make_with(request).await.unwrap_err()),
            ["workflow_type"]
        );

        let own = "nodes: { again: { type: workflow, definition: own } }";
        assert_eq!(
            fields(&user.define("own", own).await.unwrap_err()),
            ["nodes.again.definition"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_call_to_this_network_fails_its_node_and_tells_nothing() {
    each_world(|world| async move {
        let user = world.user();
        user.define(
            "call",
            "nodes: { call: { type: http, url: 'https://127.0.0.1/${input.x}' } }",
        )
        .await
        .unwrap();
        let made = user.make("call").await;
        let _worker = world.worker().await;
        user.execute(&made.id, &json!({ "x": 1 })).await.unwrap();
        let failed = user.stands(&made.id, WorkflowStatus::Failed).await;
        assert_eq!(
            failed.error_message.as_deref(),
            Some("127.0.0.1 is not an address of the public internet, and is not called.")
        );
    })
    .await;
}
