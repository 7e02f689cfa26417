//! Projects over REST and GraphQL: written file by file with a history, downloaded whole, and their owner's alone.

use serde_json::{Value, json};

use crate::harness::{
    client::Client,
    people::{Person, bearing, graphql},
    saga::{DataFolder, Launch},
};

const PROJECTS: &str = "/v1/projects";

async fn create(door: &Client, person: &Person, title: &str) -> String {
    let made = person
        .post(
            door,
            "/v1/projects/",
            json!({ "title": title, "tech_stack": ["React"] }),
        )
        .await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    format!("{PROJECTS}/{}", made.body["id"].as_str().expect("an id"))
}

fn file(path: &str, content: &str) -> Value {
    json!({ "path": path, "content": content, "language": "tsx" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_written_read_compared_restored_and_downloaded() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let one = create(&door, &ada, "  Recipes ").await;
    let project = ada.get(&door, &one).await.body;
    assert_eq!(
        (&project["title"], &project["mode"], &project["status"]),
        (&json!("Recipes"), &json!("builder"), &json!("planning"))
    );

    let files = format!("{one}/files");
    let made = ada.post(&door, &files, file("src/App.tsx", "one\ntwo\n")).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.body);
    let again = ada.post(&door, &files, file("src/App.tsx", "one\n2\n")).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["version"]),
        (200, &json!(2)),
        "{}",
        again.body
    );
    let app = format!("{files}/src/App.tsx");
    let encoded = ada.get(&door, &format!("{files}/src%2FApp.tsx")).await;
    assert_eq!(encoded.body["content"], "one\n2\n", "{}", encoded.body);
    let updated = ada
        .call(&door, "PUT", &app, Some(json!({ "language": "markdown" })))
        .await;
    assert_eq!(updated.body["language"], "markdown", "{}", updated.body);
    let diff = ada.get(&door, &format!("{app}/diff?from=1&to=2")).await;
    assert_eq!(
        (&diff.body["added_lines"], &diff.body["removed_lines"]),
        (&json!(1), &json!(1)),
        "{}",
        diff.body
    );
    assert_eq!(ada.call(&door, "DELETE", &app, None).await.status.as_u16(), 200);
    assert_eq!(ada.get(&door, &app).await.status.as_u16(), 404);
    let versions = ada.get(&door, &format!("{app}/versions")).await;
    assert_eq!(versions.body["count"], 4, "{}", versions.body);
    let first = ada.get(&door, &format!("{app}/versions/1")).await;
    assert_eq!(first.body["content"], "one\ntwo\n", "{}", first.body);
    let restored = ada
        .post(&door, &format!("{app}/versions/1/restore"), json!({}))
        .await;
    assert_eq!(restored.body["content"], "one\ntwo\n", "{}", restored.body);

    let listed = ada.get(&door, &files).await.body;
    let lock = listed["files"].as_array().expect("files").iter();
    let scaffold: Vec<_> = lock.filter(|file| file["origin"] == "scaffold").collect();
    assert_eq!(
        (listed["count"].as_u64(), scaffold.len()),
        (Some(8), 7),
        "{listed}"
    );
    assert!(listed["files"][0]["content"].is_string());
    let zip = ada.get(&door, &format!("{one}/archive")).await;
    assert_eq!(
        (
            zip.status.as_u16(),
            &zip.headers["content-type"] == "application/zip"
        ),
        (200, true)
    );
    let text = zip.body.as_str().expect("bytes");
    assert!(text.starts_with("PK") && text.contains("src/App.tsx") && text.contains("package-lock.json"));

    let id = one.rsplit('/').next().expect("an id");
    let asked = format!(
        "{{ project(id: \"{id}\") {{ title mode status revision files {{ path origin content }} \
         file(path: \"src/App.tsx\") {{ version versions {{ version deleted content }} diff(from: 2) {{ unified }} }} \
         revisions(limit: 2) {{ number message paths }} }} projects(first: 1, mode: BUILDER) {{ totalCount nodes {{ id }} }} }}"
    );
    let told = graphql(&door, Some(&ada.access), &asked).await.body;
    let project = &told["data"]["project"];
    assert_eq!(project["mode"], "BUILDER", "{told}");
    assert_eq!(project["files"].as_array().map(Vec::len), Some(8), "{told}");
    assert_eq!(project["file"]["versions"][0]["content"], "one\ntwo\n", "{told}");
    assert_eq!(project["revisions"][0]["paths"], json!(["src/App.tsx"]), "{told}");
    assert_eq!(told["data"]["projects"]["totalCount"], 1, "{told}");

    let gone = ada.call(&door, "DELETE", &one, None).await;
    assert_eq!(gone.body["status"], "archived", "{}", gone.body);
    assert_eq!(ada.get(&door, PROJECTS).await.body["total"], 0);
    let archived = ada
        .get(&door, &format!("{PROJECTS}/?status=archived&page_size=1"))
        .await;
    assert_eq!(
        (&archived.body["total"], &archived.body["has_more"]),
        (&json!(1), &json!(false)),
        "{}",
        archived.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_project_can_be_or_hold_is_refused_by_name() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    for (body, field) in [
        (json!({ "title": "ab" }), "title"),
        (json!({ "title": "   ab   " }), "title"),
        (
            json!({ "title": "abc", "description": "x".repeat(1001) }),
            "description",
        ),
        (json!({ "title": "abc", "mode": "teacher" }), "mode"),
        (
            json!({ "title": "abc", "tech_stack": vec!["x"; 11] }),
            "tech_stack",
        ),
        (json!({ "title": "abc", "owner": "eve" }), "owner"),
        (json!({}), "title"),
    ] {
        let refused = ada.post(&door, PROJECTS, body).await;
        let told = &refused.body["details"]["errors"][0]["field"];
        assert_eq!(
            (refused.status.as_u16(), told),
            (422, &json!(field)),
            "{}",
            refused.body
        );
        assert_eq!(refused.body["error"], "VALIDATION_ERROR");
    }
    for query in ["page=0", "page_size=0", "page_size=51", "mode=x", "status=gone"] {
        let refused = ada.get(&door, &format!("{PROJECTS}?{query}")).await;
        assert_eq!(refused.status.as_u16(), 422, "{query}: {}", refused.body);
    }

    let one = create(&door, &ada, "Recipes").await;
    let files = format!("{one}/files");
    ada.post(&door, &files, file("src/App.tsx", "x")).await;
    let long = format!("src/{}", "a".repeat(5000));
    for path in [
        "../etc/passwd",
        "src/../../x.ts",
        "/src/a.ts",
        "src\\a.ts",
        "src/%2e%2e/a.ts",
        ".git/config",
        "src/.git/config",
        ".github/workflows/ci.yml",
        "src/a\u{0}.ts",
        "lib/a.ts",
        long.as_str(),
    ] {
        let refused = ada.post(&door, &files, file(path, "x")).await;
        let told = &refused.body["details"]["errors"][0]["field"];
        assert_eq!(
            (refused.status.as_u16(), told),
            (422, &json!("path")),
            "{path:?}: {}",
            refused.body
        );
    }
    for path in ["package.json", "src/app.tsx", "src/App.tsx/a.ts"] {
        let refused = ada.post(&door, &files, file(path, "x")).await;
        assert_eq!(refused.status.as_u16(), 400, "{}", refused.body);
        let message = refused.body["message"].as_str().expect("a message");
        assert!(
            message.contains(path) && refused.body["error"] == "VALIDATION_ERROR",
            "{}",
            refused.body
        );
    }
    let scaffold = format!("{files}/package.json");
    let put = ada
        .call(&door, "PUT", &scaffold, Some(json!({ "content": "{}" })))
        .await;
    assert_eq!(
        (put.status.as_u16(), &put.body["error"]),
        (400, &json!("VALIDATION_ERROR")),
        "{}",
        put.body
    );
    assert_eq!(
        ada.call(&door, "DELETE", &scaffold, None).await.status.as_u16(),
        400
    );
    let large = ada
        .post(&door, &files, file("src/b.ts", &"x".repeat(100_001)))
        .await;
    assert_eq!(
        large.body["details"]["errors"][0]["field"], "content",
        "{}",
        large.body
    );
    let json_file = json!({ "path": "src/a.json", "content": "{}", "language": "json" });
    assert_eq!(ada.post(&door, &files, json_file).await.status.as_u16(), 422);
    let nothing = ada.call(&door, "PUT", &one, Some(json!({}))).await;
    assert_eq!(nothing.status.as_u16(), 422, "{}", nothing.body);
    assert_eq!(
        ada.get(&door, &one).await.body["revision"],
        2,
        "nothing of it was written"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_and_its_files_are_their_owners_alone() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let (ada, eve) = (
        Person::register(&door, "ada").await,
        Person::register(&door, "eve").await,
    );
    let one = create(&door, &ada, "Recipes").await;
    let app = format!("{one}/files/src/App.tsx");
    ada.post(&door, &format!("{one}/files"), file("src/App.tsx", "secret"))
        .await;

    for (method, path, body) in [
        ("GET", one.clone(), None),
        ("PUT", one.clone(), Some(json!({ "title": "Mine" }))),
        ("DELETE", one.clone(), None),
        ("GET", format!("{one}/revisions"), None),
        ("GET", format!("{one}/archive"), None),
        (
            "POST",
            format!("{one}/export/github"),
            Some(json!({ "repo_name": "stolen", "github_token": "x" })),
        ),
        (
            "POST",
            format!("{one}/import/github"),
            Some(json!({ "repo_name": "mine", "github_token": "x" })),
        ),
        ("GET", format!("{one}/files"), None),
        ("POST", format!("{one}/files"), Some(file("src/App.tsx", "mine"))),
        ("GET", app.clone(), None),
        ("PUT", app.clone(), Some(json!({ "content": "mine" }))),
        ("DELETE", app.clone(), None),
        ("GET", format!("{app}/versions"), None),
        ("GET", format!("{app}/versions/1"), None),
        ("POST", format!("{app}/versions/1/restore"), Some(json!({}))),
        ("GET", format!("{app}/diff?from=1"), None),
    ] {
        let answer = eve.call(&door, method, &path, body).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["error"], "RESOURCE_NOT_FOUND");
    }
    let id = one.rsplit('/').next().expect("an id");
    let told = graphql(
        &door,
        Some(&eve.access),
        &format!("{{ project(id: \"{id}\") {{ title }} }}"),
    )
    .await;
    assert_eq!(told.body["data"]["project"], Value::Null, "{}", told.body);
    assert_eq!(eve.get(&door, PROJECTS).await.body["total"], 0);
    let guest = Person::guest(&door).await;
    assert_eq!(guest.get(&door, PROJECTS).await.status.as_u16(), 403);

    let key = ada
        .post(
            &door,
            "/api/v1/api-keys",
            json!({ "name": "reader", "scopes": ["projects:read"] }),
        )
        .await;
    let key = key.body["key"].as_str().expect("a key").to_owned();
    assert_eq!(
        bearing(&door, &key, "GET", &app, None).await.body["content"],
        "secret"
    );
    let refused = bearing(&door, &key, "DELETE", &app, None).await;
    assert_eq!(refused.status.as_u16(), 403, "{}", refused.body);
    assert_eq!(ada.get(&door, &app).await.body["content"], "secret");
}
