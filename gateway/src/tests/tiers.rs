//! What a tier has not is refused in one way at every door: 403 with the code, the feature and the least tier that has it.

use kit::{Problem, actor::Tier, error::MissingFeature};
use serde_json::{Value, json};

use super::harness::{Answer, Door};

/// The next call of a service finds that the caller's tier has not that.
fn lack(door: &Door, feature: &str, least_tier: Option<Tier>) {
    let missing = MissingFeature {
        feature: feature.to_owned(),
        least_tier,
    };
    door.world.lock().refusal = Some(Problem::not_in_tier(missing, "Upgrade to have it."));
}

async fn generate(door: &Door) -> Answer {
    door.post(
        "/api/stories/generate",
        &json!({ "repoUrl": "https://github.com/o/r" }),
    )
    .await
}

#[tokio::test]
async fn rest_tells_the_code_the_feature_and_the_least_tier_beside_the_words() {
    let door = Door::open().await;
    lack(&door, "codestory.voice", Some(Tier::Power));
    let refused = generate(&door).await;
    assert_eq!(refused.status, 403);
    let mut body = refused.json();
    body["request_id"].take();
    let words = "Upgrade to have it.";
    assert_eq!(
        body,
        json!({
            "error": "FEATURE_NOT_AVAILABLE", "code": "feature_not_available", "feature": "codestory.voice",
            "least_tier": "power", "message": words, "detail": words,
            "details": { "reason": "FEATURE_NOT_AVAILABLE" }, "request_id": null,
        })
    );

    lack(&door, "teleportation", None);
    let body = generate(&door).await.json();
    assert_eq!(
        (&body["feature"], body.get("least_tier")),
        (&json!("teleportation"), None)
    );
}

#[tokio::test]
async fn graphql_tells_them_as_extensions() {
    let door = Door::open().await;
    lack(&door, "codestory.voice", Some(Tier::Power));
    let query = json!({ "query": "{ stories(first: 1) { totalCount } }" });
    let told = door.post("/graphql", &query).await.json();
    let extensions = &told["errors"][0]["extensions"];
    let known: Vec<&Value> = ["code", "reason", "feature", "leastTier"]
        .map(|key| &extensions[key])
        .into();
    assert_eq!(
        known,
        [
            "FEATURE_NOT_AVAILABLE",
            "FEATURE_NOT_AVAILABLE",
            "codestory.voice",
            "power"
        ],
        "{told}"
    );
}

#[tokio::test]
async fn several_runs_are_begun_by_one_request_where_the_tier_has_batch() {
    let door = Door::open().await;
    let person = door.world.account(Tier::Free);
    door.world.lock().lacking = Some("batch");
    let request = door
        .http
        .post(door.url("/langgraph/runs/batch"))
        .bearer_auth(&person.token);
    let refused = Answer::of(request.json(&json!([{ "assistant_id": "code_story", "input": {} }]))).await;

    assert_eq!(refused.status, 403, "{refused:?}");
    let body = refused.json();
    assert_eq!(
        [&body["code"], &body["feature"], &body["least_tier"]],
        ["feature_not_available", "batch", "pro"]
    );
}
