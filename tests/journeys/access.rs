//! Who may do what: everything that needs an account refuses who has none, and nobody sees or changes what is somebody
//! else's. `coverage.rs` counts on these tables to be whole.

use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;

use crate::harness::{
    client::{Answer, Client},
    elevenlabs::ElevenLabs,
    people::{PASSWORD, Person, bearing, graphql, with},
    repositories::Repositories,
    saga::{DataFolder, Launch, Saga},
};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// What needs an account or at least a guest's session, wherever guests are allowed.
fn needs_somebody() -> Vec<(&'static str, String, Option<Value>)> {
    let password = json!({ "current_password": PASSWORD, "new_password": "another unusual sentence" });

    [
        ("GET", "/api/v1/auth/me", None),
        ("DELETE", "/api/v1/auth/me", Some(json!({ "password": PASSWORD }))),
        ("POST", "/api/v1/auth/logout", None),
        (
            "POST",
            "/api/v1/auth/email",
            Some(json!({ "email": "eve@example.org", "password": PASSWORD })),
        ),
        ("POST", "/api/v1/auth/password", Some(password)),
        ("GET", "/api/v1/sessions", None),
        ("DELETE", "/api/v1/sessions/{id}", None),
        ("GET", "/api/v1/api-keys", None),
        ("POST", "/api/v1/api-keys", Some(json!({ "name": "k" }))),
        ("DELETE", "/api/v1/api-keys/{id}", None),
        ("POST", "/api/v1/api-keys/{id}/regenerate", None),
        ("POST", "/api/v1/chat", Some(json!({ "message": "a" }))),
        ("GET", "/api/v1/plans/playbook", None),
        ("GET", "/api/v1/plans/playbook/daily-agenda", None),
        ("POST", "/api/v1/plans/templates/task.draft", Some(json!({}))),
        ("GET", "/v1/profiles", None),
        ("POST", "/v1/profiles", Some(json!({ "username": "eve" }))),
        ("PUT", "/v1/profiles", Some(json!({ "username": "eve" }))),
        ("GET", "/v1/profiles/me", None),
        ("PUT", "/v1/profiles/me", Some(json!({ "username": "eve" }))),
        ("GET", "/api/v1/audit", None),
        ("PUT", "/api/v1/backup", None),
        ("POST", "/api/v1/backup/restic/r?create=true", None),
        ("DELETE", "/api/v1/backup/restic/r", None),
        ("POST", "/api/v1/backup/tus", None),
        ("PATCH", "/api/v1/backup/tus/{id}", None),
        ("DELETE", "/api/v1/backup/tus/{id}", None),
        ("GET", "/api/v1/backup/restic/r/config", None),
        ("POST", "/api/v1/backup/restic/r/config", None),
        ("GET", "/api/v1/backup/restic/r/data", None),
        ("GET", "/api/v1/backup/restic/r/data/a", None),
        ("POST", "/api/v1/backup/restic/r/data/a", None),
        ("DELETE", "/api/v1/backup/restic/r/data/a", None),
        ("GET", "/api/v1/backup", None),
        ("GET", "/api/v1/backup/history", None),
        ("GET", "/api/v1/backup/quota", None),
        ("GET", "/api/v1/backup/devices", None),
        ("GET", "/api/v1/backup/retention", None),
        ("PUT", "/api/v1/backup/retention", Some(json!({}))),
        ("POST", "/api/v1/backup/retention/preview", Some(json!({}))),
        ("GET", "/api/v1/backup/{id}", None),
        ("DELETE", "/api/v1/backup/{id}", None),
        ("POST", "/api/stories", Some(json!({ "prompt": "A letter." }))),
        ("GET", "/api/v1/workflows", None),
        (
            "POST",
            "/api/v1/workflows",
            Some(json!({ "workflow_type": "research" })),
        ),
        (
            "GET",
            "/v1/projects/{id}/git/info/refs?service=git-upload-pack",
            None,
        ),
        ("POST", "/v1/projects/{id}/git/git-upload-pack", None),
        ("POST", "/v1/projects/{id}/git/git-receive-pack", None),
        ("GET", "/api/v1/workflows/types", None),
        (
            "POST",
            "/api/v1/workflows/fork",
            Some(json!({ "source_id": NOBODY })),
        ),
        ("POST", "/api/v1/workflows/import", Some(json!({}))),
        ("GET", "/api/v1/workflows/{id}", None),
        ("PUT", "/api/v1/workflows/{id}", Some(json!({ "name": "n" }))),
        ("DELETE", "/api/v1/workflows/{id}", None),
        ("POST", "/api/v1/workflows/{id}/execute", Some(json!({}))),
        (
            "POST",
            "/api/v1/workflows/{id}/interrupt",
            Some(json!({ "action": "pause" })),
        ),
        ("POST", "/api/v1/workflows/{id}/resume", None),
        ("POST", "/api/v1/workflows/{id}/cancel", None),
        ("GET", "/api/v1/workflows/{id}/export", None),
        ("POST", "/api/v1/workflows/{id}/share", None),
        ("GET", "/api/v1/workflows/{id}/events", None),
        (
            "PUT",
            "/api/v1/workflow-definitions/x",
            Some(json!({ "source": {} })),
        ),
    ]
    .into_iter()
    .map(|(method, path, body)| (method, path.replace("{id}", NOBODY), body))
    .collect()
}

/// What guests may do where they are allowed, and nobody without an account elsewhere.
fn needs_a_guest_at_least() -> Vec<(&'static str, String, Option<Value>)> {
    let generate = json!({ "repoUrl": "https://github.com/a/b" });
    let chat = json!({ "message": "Tell me about it", "repoUrl": "https://github.com/a/b" });

    [
        ("GET", "/api/stories", None),
        ("POST", "/api/stories/generate", Some(generate)),
        ("GET", "/api/stories/{id}/book", None),
        ("GET", "/api/stories/{id}/chapters/1", None),
        ("GET", "/api/stories/{id}/export", None),
        ("GET", "/api/stories/{id}/ledger?fact=f", None),
        ("POST", "/api/stories/{id}/respond", Some(json!({ "answer": 1 }))),
        (
            "POST",
            "/api/stories/{id}/continue",
            Some(json!({ "prompt": "p" })),
        ),
        ("POST", "/api/stories/{id}/chapters/1/rewrite", None),
        (
            "POST",
            "/api/stories/{id}/rewrite",
            Some(json!({ "scenes": ["s"] })),
        ),
        ("PUT", "/api/stories/{id}/facts/f", Some(json!({ "object": "o" }))),
        ("POST", "/api/stories/{id}/undo", None),
        (
            "PUT",
            "/api/stories/{id}/findings/f",
            Some(json!({ "intended": true })),
        ),
        ("POST", "/api/stories/{id}/narrate", None),
        ("GET", "/api/stories/{id}", None),
        ("POST", "/api/stories/{id}/restart", None),
        ("POST", "/api/stories/{id}/cancel", None),
        ("PATCH", "/api/stories/{id}", Some(json!({ "title": "t" }))),
        ("POST", "/api/stories/{id}/share", None),
        ("DELETE", "/api/stories/{id}/share", None),
        ("DELETE", "/api/stories/{id}", None),
        ("DELETE", "/api/stories?ids={id}", None),
        ("POST", "/api/stories/delete", Some(json!([NOBODY]))),
        ("GET", "/api/stories/{id}/events", None),
        ("POST", "/api/chat/intent", Some(chat)),
        ("GET", "/api/v1/agents", None),
        ("GET", "/api/v1/agents/intent/schema", None),
        (
            "POST",
            "/api/v1/agents/intent/execute",
            Some(json!({ "input": {} })),
        ),
    ]
    .into_iter()
    .map(|(method, path, body)| (method, path.replace("{id}", NOBODY), body))
    .collect()
}

/// GraphQL root fields that need somebody, as an operation on the thing with this id.
fn fields(id: &str) -> Vec<(&'static str, String)> {
    let generate =
        r#"mutation { generateStory(input: { repoUrl: "https://github.com/a/b" }) { story { id } } }"#;
    let chat = r#"mutation { chatIntent(input: { message: "Tell me", repoUrl: "https://github.com/a/b" }) { message } }"#;
    let change_email = r#"mutation { changeEmail(input: { email: "eve@example.org" }) { user { id } } }"#;
    let change_password =
        r#"mutation { changePassword(input: { newPassword: "another unusual sentence" }) { user { id } } }"#;
    let delete = "mutation { deleteAccount(input: {}) { accepted } }";
    let change = |name: &str, shows: &str| {
        format!(r#"mutation {{ {name}(input: {{ id: "{id}" }}) {{ {shows} {{ id }} }} }}"#)
    };

    vec![
        ("story", format!(r#"{{ story(id: "{id}") {{ id }} }}"#)),
        ("stories", "{ stories { edges { node { id } } } }".to_owned()),
        ("run", format!(r#"{{ run(id: "{id}") {{ id }} }}"#)),
        ("runs", "{ runs { edges { node { id } } } }".to_owned()),
        ("agents", "{ agents { name } }".to_owned()),
        (
            "agent",
            r#"{ agent(name: "codestory.intent") { name } }"#.to_owned(),
        ),
        ("generateStory", generate.to_owned()),
        (
            "deleteBackup",
            format!(r#"mutation {{ deleteBackup(input: {{ id: "{id}" }}) {{ deletedBackupId }} }}"#),
        ),
        ("chatIntent", chat.to_owned()),
        (
            "executeAgent",
            r#"mutation { executeAgent(input: { type: "intent", input: {} }) { offline } }"#.to_owned(),
        ),
        ("restartStory", change("restartStory", "story")),
        ("cancelStory", change("cancelStory", "story")),
        ("shareStory", change("shareStory", "story")),
        ("unshareStory", change("unshareStory", "story")),
        (
            "renameStory",
            format!(
                r#"mutation {{ renameStory(input: {{ id: "{id}", title: "t" }}) {{ story {{ id }} }} }}"#
            ),
        ),
        (
            "deleteStory",
            format!(r#"mutation {{ deleteStory(input: {{ id: "{id}" }}) {{ deletedStoryId }} }}"#),
        ),
        (
            "beginStory",
            r#"mutation { beginStory(input: { prompt: "A letter." }) { story { id } } }"#.to_owned(),
        ),
        (
            "importStory",
            r##"mutation { importStory(input: { text: "# One\n\nA letter came." }) { story { id } } }"##
                .to_owned(),
        ),
        (
            "answerStory",
            format!(r#"mutation {{ answerStory(input: {{ id: "{id}", answer: 1 }}) {{ story {{ id }} }} }}"#),
        ),
        (
            "continueStory",
            format!(
                r#"mutation {{ continueStory(input: {{ id: "{id}", prompt: "More." }}) {{ story {{ id }} }} }}"#
            ),
        ),
        (
            "rewriteScenes",
            format!(
                r#"mutation {{ rewriteScenes(input: {{ id: "{id}", chapter: 1 }}) {{ story {{ id }} }} }}"#
            ),
        ),
        (
            "changeFact",
            format!(
                r#"mutation {{ changeFact(input: {{ id: "{id}", fact: "f", object: "x" }}) {{ story {{ id }} }} }}"#
            ),
        ),
        (
            "undoChange",
            format!(r#"mutation {{ undoChange(input: {{ id: "{id}" }}) {{ story {{ id }} }} }}"#),
        ),
        (
            "waiveFinding",
            format!(
                r#"mutation {{ waiveFinding(input: {{ id: "{id}", finding: "f", intended: true }}) {{ findings {{ key }} }} }}"#
            ),
        ),
        (
            "narrateStory",
            format!(r#"mutation {{ narrateStory(input: {{ id: "{id}" }}) {{ story {{ id }} }} }}"#),
        ),
        ("node", format!(r#"{{ node(id: "{id}") {{ id }} }}"#)),
        ("nodes", format!(r#"{{ nodes(ids: ["{id}"]) {{ id }} }}"#)),
        ("cancelRun", change("cancelRun", "run")),
        (
            "answerRun",
            format!(r#"mutation {{ answerRun(input: {{ id: "{id}", answer: 1 }}) {{ run {{ id }} }} }}"#),
        ),
        (
            "forkRun",
            format!(r#"mutation {{ forkRun(input: {{ id: "{id}", step: 0 }}) {{ run {{ id }} }} }}"#),
        ),
        ("profile", "{ profile { id } }".to_owned()),
        ("sessions", "{ sessions { id } }".to_owned()),
        ("apiKeys", "{ apiKeys { id } }".to_owned()),
        ("auditEvents", "{ auditEvents { nodes { id } } }".to_owned()),
        (
            "logout",
            "mutation { logout(input: {}) { revokedSessionIds } }".to_owned(),
        ),
        ("changeEmail", change_email.to_owned()),
        ("changePassword", change_password.to_owned()),
        ("deleteAccount", delete.to_owned()),
        (
            "updateProfile",
            r#"mutation { updateProfile(input: { username: "eve" }) { profile { id } } }"#.to_owned(),
        ),
        (
            "createApiKey",
            r#"mutation { createApiKey(input: { name: "k" }) { key } }"#.to_owned(),
        ),
        ("revokeApiKey", change("revokeApiKey", "apiKey")),
        ("regenerateApiKey", change("regenerateApiKey", "apiKey")),
        (
            "revokeSession",
            format!(r#"mutation {{ revokeSession(input: {{ id: "{id}" }}) {{ revokedSessionIds }} }}"#),
        ),
        (
            "runEvents",
            format!(r#"subscription {{ runEvents(id: "{id}") {{ __typename }} }}"#),
        ),
        (
            "storyEvents",
            format!(r#"subscription {{ storyEvents(id: "{id}") {{ __typename }} }}"#),
        ),
        (
            "storyProgress",
            format!(r#"subscription {{ storyProgress(id: "{id}") {{ __typename }} }}"#),
        ),
    ]
}

/// Answers of subscriptions come as a stream, which these are read as.
async fn operation(door: &Client, credential: Option<&str>, query: &str) -> (u16, String) {
    let header = credential.map(|credential| format!("Bearer {credential}"));
    let mut headers = vec![];
    if query.starts_with("subscription") {
        headers.push(("accept", "text/event-stream"));
    }

    headers.extend(header.as_deref().map(|header| ("authorization", header)));

    let answer = with(
        door,
        &headers,
        "POST",
        "/graphql",
        Some(json!({ "query": query })),
    )
    .await;

    (answer.status.as_u16(), answer.body.to_string().replace('\\', ""))
}

/// Whether a WebSocket for progress is refused: at the handshake, or by its first message.
async fn socket_refuses(saga: &Saga, path: &str) -> bool {
    let Ok((mut socket, _)) = connect_async(saga.websocket(path)).await else {
        return true;
    };
    let first = socket.next().await;
    match first {
        Some(Ok(message)) if message.is_text() => message.to_string().contains("error"),
        _ => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_needs_an_account_refuses_who_has_none() {
    let open = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&open);
    for (method, path, body) in needs_somebody() {
        let answer = with(&door, &[], method, &path, body).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["error"], "AUTHENTICATION_ERROR", "{method} {path}");
    }

    let closed = Launch::new(&DataFolder::new())
        .set("SAGA_GATEWAY__ALLOW_ANONYMOUS", "false")
        .serve()
        .await;
    let door = Client::of(&closed);
    for (method, path, body) in needs_somebody().into_iter().chain(needs_a_guest_at_least()) {
        for credential in [None, Some("nonsense")] {
            let answer = match credential {
                None => with(&door, &[], method, &path, body.clone()).await,
                Some(credential) => bearing(&door, credential, method, &path, body.clone()).await,
            };

            assert_eq!(
                answer.status, 401,
                "{method} {path} with {credential:?}: {}",
                answer.body
            );
        }
    }

    for path in [
        format!("/ws/stories/{NOBODY}"),
        format!("/ws/stories/{NOBODY}/progress"),
    ] {
        assert!(socket_refuses(&closed, &path).await, "{path}");
    }

    for (name, query) in fields(NOBODY) {
        let (_, told) = operation(&door, None, &query).await;
        assert!(
            told.contains("AUTHENTICATION_ERROR") || told.contains("UNAUTHENTICATED"),
            "{name}: {told}"
        );
    }

    for path in ["/health", "/.well-known/jwks.json", "/openapi.json"] {
        assert_eq!(door.get(path).await.status, 200, "{path} is for everybody");
    }
}

/// What a refusal says, without the id that was asked for.
fn words(answer: &Answer) -> String {
    let message = answer.body["message"].as_str().unwrap_or_default();
    message
        .split_whitespace()
        .filter(|word| word.len() < 36)
        .collect()
}

/// Two people on a platform where stories wait for their voice, and a story of the first.
async fn two() -> (Saga, Client, [Person; 2], String, ElevenLabs, Repositories) {
    let (voice, repositories) = (ElevenLabs::start_with(0).await, Repositories::start().await);
    let saga = Launch::new(&DataFolder::new())
        .set("ELEVENLABS_API_KEY", "a-test-key")
        .set("SAGA_VOICE__ELEVENLABS_BASE_URL", voice.base())
        .serve()
        .await;
    let door = Client::of(&saga);
    let people = [
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    ];
    let story = people[0].generate(&door, &repositories.sample()).await;

    (saga, door, people, story, voice, repositories)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_or_changes_what_is_somebody_elses() {
    let (saga, door, [ada, eve], story, _voice, _repositories) = two().await;
    let key = ada
        .post(&door, "/api/v1/api-keys", json!({ "name": "k" }))
        .await
        .body;
    let session = ada.get(&door, "/api/v1/sessions").await.body[0]["id"].clone();
    let id = |value: &Value| value.as_str().expect("an id").to_owned();
    let theirs = [
        ("GET", format!("/api/stories/{story}")),
        ("GET", format!("/api/stories/{story}/events")),
        ("POST", format!("/api/stories/{story}/restart")),
        ("POST", format!("/api/stories/{story}/cancel")),
        ("POST", format!("/api/stories/{story}/share")),
        ("DELETE", format!("/api/stories/{story}/share")),
        ("DELETE", format!("/api/stories/{story}")),
        ("GET", format!("/api/stories/{story}/book")),
        ("GET", format!("/api/stories/{story}/chapters/1")),
        ("GET", format!("/api/stories/{story}/export")),
        ("GET", format!("/api/stories/{story}/ledger?fact=f")),
        ("POST", format!("/api/stories/{story}/chapters/1/rewrite")),
        ("POST", format!("/api/stories/{story}/undo")),
        ("POST", format!("/api/stories/{story}/narrate")),
        ("DELETE", format!("/api/v1/sessions/{}", id(&session))),
        ("DELETE", format!("/api/v1/api-keys/{}", id(&key["id"]))),
        ("POST", format!("/api/v1/api-keys/{}/regenerate", id(&key["id"]))),
    ];

    for (method, path) in &theirs {
        let answer = eve.call(&door, method, path, None).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);

        // As of something that does not exist.
        let nowhere = path
            .replace(&story, NOBODY)
            .replace(&id(&session), NOBODY)
            .replace(&id(&key["id"]), NOBODY);
        let unknown = eve.call(&door, method, &nowhere, None).await;

        assert_eq!(
            (unknown.status, words(&unknown)),
            (answer.status, words(&answer)),
            "{path}"
        );
    }

    for path in [
        format!("/ws/stories/{story}"),
        format!("/ws/stories/{story}/progress"),
    ] {
        assert!(socket_refuses(&saga, &path).await, "{path}");
    }

    for (name, hers) in [
        ("revokeSession", &session),
        ("revokeApiKey", &key["id"]),
        ("regenerateApiKey", &key["id"]),
    ] {
        let asked = fields(&id(hers));
        let (_, query) = asked.iter().find(|(field, _)| *field == name).expect("a field");
        let (_, told) = operation(&door, Some(&eve.access), query).await;
        assert!(told.contains("RESOURCE_NOT_FOUND"), "{name}: {told}");
    }

    let told = graphql(
        &door,
        Some(&ada.access),
        &format!(r#"{{ story(id: "{story}") {{ run {{ id }} }} }}"#),
    )
    .await;

    let run = told.body["data"]["story"]["run"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", told.body))
        .to_owned();
    for (name, query) in fields(&story).into_iter().chain(fields(&run)) {
        let needs_run = ["run", "cancelRun", "answerRun", "forkRun", "runEvents"].contains(&name);
        let needs_story = [
            "story",
            "restartStory",
            "cancelStory",
            "renameStory",
            "shareStory",
            "unshareStory",
            "deleteStory",
            "answerStory",
            "continueStory",
            "rewriteScenes",
            "changeFact",
            "undoChange",
            "waiveFinding",
            "narrateStory",
            "storyEvents",
            "storyProgress",
        ]
        .contains(&name);
        let needs_either = ["node", "nodes"].contains(&name);
        if needs_either || (needs_run && query.contains(&run)) || (needs_story && query.contains(&story)) {
            let (_, told) = operation(&door, Some(&eve.access), &query).await;
            let hidden = told.contains("RESOURCE_NOT_FOUND")
                || told.contains(&format!(r#""{name}":null"#))
                || told.contains(r#""nodes":[null]"#);
            assert!(hidden, "{name}: {told}");
        }
    }

    for path in [
        "/api/stories?kind=all",
        "/api/v1/api-keys",
        "/api/v1/sessions",
        "/api/v1/audit",
        "/v1/profiles",
        "/api/v1/auth/me",
    ] {
        let told = eve.get(&door, path).await.body.to_string();
        for hers in [&story, &ada.id, &id(&session), &id(&key["id"])] {
            assert!(!told.contains(hers.as_str()), "{path} tells of {hers}: {told}");
        }
    }

    for query in [
        "{ stories { edges { node { id } } } }",
        "{ runs { edges { node { id } } } }",
        "{ me { id account { id } } }",
        "{ profile { id } }",
        "{ sessions { id } }",
        "{ apiKeys { id } }",
        "{ auditEvents { nodes { id } } }",
    ] {
        let (_, told) = operation(&door, Some(&eve.access), query).await;
        assert!(
            ![&story, &run, &ada.id, &id(&session), &id(&key["id"])]
                .iter()
                .any(|hers| told.contains(hers.as_str())),
            "{query}: {told}"
        );
    }

    // And nothing of hers has changed.
    assert_eq!(ada.standing(&door).await, 200);
    assert_eq!(
        bearing(
            &door,
            key["key"].as_str().expect("a key"),
            "GET",
            "/api/stories",
            None
        )
        .await
        .status,
        200
    );

    let mine = ada.get(&door, &format!("/api/stories/{story}")).await;
    assert_ne!(mine.body["status"], "failed", "{}", mine.body);
}
