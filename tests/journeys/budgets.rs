//! A budget set at the public door: what a model's provider counted is in the usage, and what would pass the budget never
//! reaches the provider, which is played at its HTTP boundary.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{
    client::{Answer, Client},
    database::open_sqlite,
    people::{Person, graphql},
    saga::{DataFolder, Launch, Saga},
    wait,
};

/// A model that never answers as it is asked to, so that each task is a first call and two repairs. 400 of its 1,000 input tokens are
/// from its cache.
async fn play_openai() -> (String, Arc<AtomicUsize>) {
    play_slow_openai(Arc::default()).await
}

/// The same, which answers nobody while it is silent.
async fn play_slow_openai(silent: Arc<AtomicBool>) -> (String, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::default());
    let counted = Arc::clone(&asked);
    let answer = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let silent = silent.load(Ordering::Relaxed);
        let message = json!({ "role": "assistant", "content": "Hello.", "refusal": null });
        let usage = json!({ "prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100,
            "prompt_tokens_details": { "cached_tokens": 400 } });
        async move {
            if silent {
                std::future::pending::<()>().await;
            }
            Json(
                json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
                "choices": [{ "index": 0, "message": message, "finish_reason": "stop" }], "usage": usage }),
            )
        }
    };
    let router = Router::new().route("/v1/chat/completions", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/v1/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    (base, asked)
}

async fn serve(data: &DataFolder, base: &str) -> Saga {
    Launch::new(data)
        .set("OPENAI_API_KEY", "sk-of-this-test")
        .set("OPENAI_BASE_URL", base)
        .set("SAGA_MODELS__PROVIDERS__OPENAI__STREAMING", "false")
        .set("SAGA_BILLING__SWEEP_SECONDS", "1")
        .serve()
        .await
}

async fn execute(door: &Client, person: &Person) -> Answer {
    let input = json!({ "repo_url": "https://127.0.0.1/a/b", "message": "How does routing work?" });
    let body = json!({ "input": input });
    person
        .post(door, "/api/v1/agents/codestory.intent/execute", body)
        .await
}

async fn ask(door: &Client, person: &Person, query: &str) -> Value {
    let told = graphql(door, Some(&person.access), query).await.body;
    assert!(told["errors"].is_null(), "{told}");
    told["data"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_pass_a_budget_never_reaches_the_provider_and_what_did_is_in_the_usage() {
    let (base, asked) = play_openai().await;
    let saga = serve(&DataFolder::new(), &base).await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;

    let told = execute(&door, &ada).await;
    assert_eq!(asked.load(Ordering::Relaxed), 3, "{} {}", told.status, told.body);
    let usage = "{ viewer { usage { calls tokensUsed tokenLimit costMicroUsd models { model cachedInputTokens } } } }";
    let told = ask(&door, &ada, usage).await;
    // 600 × 2.5 + 400 × 1.25 + 100 × 10 millionths, three times.
    let expected = json!({ "calls": 3.0, "tokensUsed": 3_300.0, "tokenLimit": null, "costMicroUsd": 9_000.0,
        "models": [{ "model": "gpt-4o", "cachedInputTokens": 1_200.0 }] });
    assert_eq!(told["viewer"]["usage"], expected);

    let create = "mutation { createBudget(input: { unit: TOKENS, amount: 3400 }) { budget { id used hard alertedPercent } } }";
    let made = ask(&door, &ada, create).await;
    let budget = &made["createBudget"]["budget"];
    assert_eq!(
        (&budget["used"], &budget["hard"]),
        (&json!(3_300.0), &json!(true))
    );

    let refused = execute(&door, &ada).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.body["error"], "BUDGET_EXHAUSTED");
    assert_eq!(
        (&refused.body["limit"], &refused.body["used"]),
        (&json!(3_400), &json!(3_300))
    );
    assert!(refused.body["reset"].is_i64() && refused.headers.contains_key("retry-after"));
    assert_eq!(asked.load(Ordering::Relaxed), 3, "nobody was asked");

    let listed = ask(
        &door,
        &ada,
        "{ viewer { budgets { id used own alertedPercent } } }",
    )
    .await;
    let expected = json!([{ "id": budget["id"], "used": 3_300.0, "own": true, "alertedPercent": 100 }]);
    assert_eq!(listed["viewer"]["budgets"], expected);

    let id = budget["id"].as_str().expect("an id");
    let delete = format!(r#"mutation {{ deleteBudget(input: {{ id: "{id}" }}) {{ deletedBudgetId }} }}"#);
    ask(&door, &ada, &delete).await;
    execute(&door, &ada).await;
    assert_eq!(asked.load(Ordering::Relaxed), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_process_had_reserved_is_free_again_and_nobody_pays_for_it() {
    let (silent, data) = (Arc::new(AtomicBool::new(true)), DataFolder::new());
    let (base, asked) = play_slow_openai(Arc::clone(&silent)).await;
    let saga = serve(&data, &base).await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let create = "mutation { createBudget(input: { unit: TOKENS, amount: 9000000 }) { budget { id } } }";
    ask(&door, &ada, create).await;

    let path = format!("{}/api/v1/agents/codestory.intent/execute", saga.base());
    let call = door.http().post(path).bearer_auth(&ada.access);
    let body =
        json!({ "input": { "repo_url": "https://127.0.0.1/a/b", "message": "How does routing work?" } });
    let calling = tokio::spawn(call.json(&body).send());
    wait::until("the provider to be asked", || async {
        (asked.load(Ordering::Relaxed) == 1).then_some(())
    })
    .await;
    saga.kill().await;
    assert!(calling.await.expect("it ends").is_err(), "nobody answers");

    // Its time is over; nobody waits a minute for that here.
    let pool = open_sqlite(&data, "billing").await;
    let ended = sqlx::query("UPDATE spend_reservations SET expires_at = reserved_at")
        .execute(&pool)
        .await;
    assert_eq!(ended.expect("a row").rows_affected(), 1);
    let held =
        "SELECT (SELECT COUNT(*) FROM spend_reservations) + (SELECT SUM(reserved) FROM budget_counters)";
    let count = async |sql: &'static str| {
        sqlx::query_scalar::<_, i64>(sql)
            .fetch_one(&pool)
            .await
            .expect("a number")
    };
    assert!(count(held).await > 1);

    silent.store(false, Ordering::Relaxed);
    let saga = serve(&data, &base).await;
    wait::until("what was held to be free", || async {
        (count(held).await == 0).then_some(())
    })
    .await;
    assert_eq!(count("SELECT COUNT(*) FROM spend_ledger").await, 0);
    pool.close().await;

    let door = Client::of(&saga);
    execute(&door, &ada).await;
    let told = ask(&door, &ada, "{ viewer { usage { calls } budgets { used } } }").await;
    assert_eq!(
        told["viewer"],
        json!({ "usage": { "calls": 3.0 }, "budgets": [{ "used": 3_300.0 }] })
    );
}
