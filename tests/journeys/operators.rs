//! The operator's commands on the data of a platform that runs, and of one that does not.

use serde_json::{Value, json};

use crate::harness::saga::{DataFolder, Launch};

async fn run(data: &DataFolder, arguments: &[&str]) -> (Option<i32>, String, String) {
    let launch = arguments
        .iter()
        .fold(Launch::new(data), |launch, argument| launch.argument(*argument));
    let output = launch.command().output().await.expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// What a command that succeeds prints.
async fn ok(data: &DataFolder, arguments: &[&str]) -> String {
    let (code, stdout, stderr) = run(data, arguments).await;
    assert_eq!(code, Some(0), "{arguments:?}: {stdout}\n{stderr}");
    stdout
}

async fn json_of(data: &DataFolder, arguments: &[&str]) -> Value {
    let printed = ok(data, arguments).await;
    serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{arguments:?} printed {printed}"))
}

fn lines(printed: &str) -> Vec<Value> {
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_and_the_log_says_so_on_a_platform_without_users() {
    let data = DataFolder::new();
    assert_eq!(json_of(&data, &["user", "list", "--json"]).await, json!([]));
    assert!(ok(&data, &["user", "list"]).await.starts_with("ID"));

    let kids = |jwks: Value| -> Vec<Value> {
        let keys = jwks["keys"].as_array().expect("keys").clone();
        keys.into_iter().map(|key| key["kid"].clone()).collect()
    };
    let first = kids(json_of(&data, &["key", "rotate", "--json"]).await);
    let second = kids(json_of(&data, &["key", "rotate", "--json"]).await);

    assert_eq!((first.len(), second.len()), (3, 4));
    assert!(
        first.iter().all(|kid| second.contains(kid)),
        "what was published stays published"
    );

    let events = lines(&ok(&data, &["audit", "export"]).await);
    let acts: Vec<_> = events
        .iter()
        .map(|event| event["action"].as_str().unwrap_or_default())
        .collect();

    assert_eq!(
        acts,
        [
            "users_listed",
            "users_listed",
            "keys_rotated",
            "keys_rotated",
            "audit_exported"
        ]
    );
    for event in &events {
        let agent = event["user_agent"].as_str().unwrap_or_default();
        assert_eq!(event["actor"], "operator");
        assert!(agent.starts_with("saga command line, "), "which person: {event}");
    }

    let (code, _, stderr) = run(&data, &["user", "show", "nobody"]).await;
    assert_eq!(
        (code, stderr.trim()),
        (Some(1), "error: There is no user nobody.")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_finds_a_user_sets_the_tier_makes_a_token_and_disables() {
    let data = DataFolder::new();
    let saga = Launch::new(&data).argument("serve").serve().await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("{}{path}", saga.base());
    let register =
        json!({ "email": "ada@example.org", "password": "an unusual sentence", "username": "ada" });
    let answer = http
        .post(url("/api/v1/auth/register"))
        .json(&register)
        .send()
        .await
        .expect("an answer");

    assert!(answer.status().is_success(), "{}", answer.status());

    let set = json_of(&data, &["user", "set-tier", "ADA", "power", "--json"]).await;
    assert_eq!(
        (set["tier"].as_str(), set["username"].as_str()),
        (Some("power"), Some("ada"))
    );

    let shown = json_of(&data, &["user", "show", "ada@example.org", "--json"]).await;
    assert_eq!(shown, json_of(&data, &["user", "list", "--json"]).await[0]);
    assert!(ok(&data, &["user", "show", "ada"]).await.contains("power"));

    let token = ok(&data, &["token", "ada", "--minutes", "60"]).await;
    let me = |token: String| {
        let request = http.get(url("/api/v1/auth/me")).bearer_auth(token);
        async move { request.send().await.expect("an answer") }
    };
    let known: Value = me(token.trim().to_owned()).await.json().await.expect("JSON");

    assert_eq!(
        (known["id"].as_str(), known["tier"].as_str()),
        (shown["id"].as_str(), Some("power"))
    );

    ok(&data, &["user", "disable", "ada"]).await;

    let login = json!({ "identifier": "ada", "password": "an unusual sentence" });
    let refused = http
        .post(url("/api/v1/auth/login"))
        .json(&login)
        .send()
        .await
        .expect("an answer");

    assert_eq!(refused.status(), 401);

    ok(&data, &["user", "enable", "ada"]).await;

    let signed_in = http
        .post(url("/api/v1/auth/login"))
        .json(&login)
        .send()
        .await
        .expect("an answer");

    assert!(signed_in.status().is_success());

    let exported = ok(&data, &["audit", "export"]).await;
    let acts: Vec<_> = lines(&exported)
        .iter()
        .map(|event| event["action"].as_str().unwrap_or_default().to_owned())
        .collect();

    assert_eq!(
        acts,
        [
            "register",
            "user_read",
            "tier_set",
            "user_read",
            "users_listed",
            "user_read",
            "user_read",
            "token_minted",
            "user_read",
            "user_disabled",
            "login_failed",
            "user_read",
            "user_enabled",
            "login",
            "audit_exported"
        ]
    );
    assert!(!exported.contains("unusual") && !exported.contains(token.trim()));
    assert_eq!(saga.stop().await, Some(0));
}
