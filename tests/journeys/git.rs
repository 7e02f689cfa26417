//! A project as a git remote: stock git clones it, pushes to it and pulls what came by other ways; and it is its owner's alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::harness::{
    client::Client,
    people::{Person, bearing, graphql, with},
    saga::{DataFolder, Launch, Saga},
};

/// A platform, somebody with a project, and a folder to work in.
struct Desk {
    _saga: Saga,
    door: Client,
    ada: Person,
    base: String,
    project: String,
    key: String,
    folder: TempDir,
}

impl Desk {
    async fn open() -> Self {
        let saga = Launch::new(&DataFolder::new()).serve().await;
        let door = Client::of(&saga);
        let ada = Person::register(&door, "ada").await;
        let made = ada
            .post(&door, "/v1/projects/", json!({ "title": "Recipes" }))
            .await;
        let id = made.body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", made.body));
        let key = make_key(&door, &ada, &["projects:read", "projects:write"]).await;

        Self {
            base: saga.base().to_owned(),
            project: format!("/v1/projects/{id}"),
            _saga: saga,
            door,
            ada,
            key,
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// With an API key as the password.
    fn url(&self, project: &str, key: &str) -> String {
        let place = self.base.strip_prefix("http://").expect("http");

        format!("http://anybody:{key}@{place}{project}/git")
    }

    async fn git(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new("git");
        command
            .current_dir(folder)
            .args(arguments)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("NO_PROXY", "127.0.0.1")
            .kill_on_drop(true);
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Grace")
                .env(format!("GIT_{who}_EMAIL"), "grace@example.org");
        }

        let limit = Duration::from_secs(300);
        let output = tokio::time::timeout(limit, command.output())
            .await
            .expect("git ends");
        output.expect("git is installed")
    }

    /// What a command says that has to work.
    async fn succeed(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.git(folder, arguments).await;
        let told = text(&output);
        assert!(output.status.success(), "git {arguments:?}: {told}");

        told.trim().to_owned()
    }

    /// What a command says that must not work.
    async fn fail(&self, folder: &Path, arguments: &[&str]) -> String {
        let output = self.git(folder, arguments).await;
        let told = text(&output);
        assert!(!output.status.success(), "git {arguments:?}: {told}");

        told
    }

    async fn clone_to(&self, name: &str) -> PathBuf {
        let url = self.url(&self.project, &self.key);
        self.succeed(self.folder.path(), &["clone", "-q", &url, name])
            .await;

        self.folder.path().join(name)
    }

    async fn commit(&self, work: &Path, path: &str, content: &str, message: &str) {
        let file = work.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, content).expect("written");
        self.succeed(work, &["add", "-A"]).await;
        self.succeed(work, &["commit", "-q", "-m", message]).await;
    }

    async fn write(&self, path: &str, content: &str) {
        let body = json!({ "path": path, "content": content, "language": "typescript" });
        let written = self
            .ada
            .post(&self.door, &format!("{}/files", self.project), body)
            .await;
        assert!(written.status.is_success(), "{}", written.body);
    }

    async fn file(&self, path: &str) -> Value {
        let place = format!("{}/files/{path}", self.project);
        self.ada.get(&self.door, &place).await.body
    }
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

async fn make_key(door: &Client, person: &Person, scopes: &[&str]) -> String {
    let body = json!({ "name": "git", "scopes": scopes });
    let made = person.post(door, "/api/v1/api-keys", body).await;

    made.body["key"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", made.body))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_git_clones_pushes_and_pulls_what_came_by_other_ways() {
    let desk = Desk::open().await;
    desk.write("src/web.ts", "export const web = 1;\n").await;
    let work = desk.clone_to("work").await;
    desk.succeed(&work, &["fsck", "--strict", "--full"]).await;
    let files = desk.succeed(&work, &["ls-files"]).await;
    assert!(
        files.contains("package.json") && files.contains("src/web.ts"),
        "{files}"
    );

    desk.commit(&work, "src/one.ts", "export const one = 1;\r\n", "Add one")
        .await;
    desk.commit(
        &work,
        "src/two.ts",
        "  export const two = 2;  ",
        "Add two\n\nIn more words.",
    )
    .await;
    desk.succeed(&work, &["push", "-q"]).await;
    assert_eq!(desk.succeed(&work, &["pull"]).await, "Already up to date.");

    // As it was pushed, to the last space.
    assert_eq!(
        desk.file("src/one.ts").await["content"],
        "export const one = 1;\r\n"
    );
    assert_eq!(
        desk.file("src/two.ts").await["content"],
        "  export const two = 2;  "
    );
    let id = desk.project.rsplit('/').next().expect("an id");
    let asked =
        format!("{{ project(id: \"{id}\") {{ revisions(limit: 2) {{ message authorName paths }} }} }}");
    let told = graphql(&desk.door, Some(&desk.ada.access), &asked).await.body;
    assert_eq!(
        told["data"]["project"]["revisions"],
        json!([
            { "message": "Add two\n\nIn more words.", "authorName": "Grace", "paths": ["src/two.ts"] },
            { "message": "Add one", "authorName": "Grace", "paths": ["src/one.ts"] }
        ]),
        "{told}"
    );

    // What is written by other ways comes as commits.
    desk.write("src/web.ts", "export const web = 2;\n").await;
    desk.commit(&work, "src/three.ts", "3\n", "Add three").await;
    let refused = desk.fail(&work, &["push"]).await;
    assert!(refused.contains("fetch first"), "{refused}");
    desk.succeed(&work, &["pull", "-q", "--no-rebase", "--no-edit"])
        .await;
    desk.succeed(&work, &["push", "-q"]).await;
    assert_eq!(
        fs::read_to_string(work.join("src/web.ts")).expect("read"),
        "export const web = 2;\n"
    );
    assert_eq!(desk.file("src/three.ts").await["content"], "3\n");

    let other = desk.clone_to("other").await;
    let newest = desk.succeed(&work, &["rev-parse", "HEAD"]).await;
    assert_eq!(desk.succeed(&other, &["rev-parse", "HEAD"]).await, newest);
    desk.succeed(&other, &["fsck", "--strict", "--full"]).await;
    desk.succeed(&other, &["rm", "-q", "src/one.ts"]).await;
    desk.succeed(&other, &["commit", "-q", "-m", "Remove one"]).await;
    desk.succeed(&other, &["push", "-q"]).await;
    assert_eq!(desk.file("src/one.ts").await["error"], "RESOURCE_NOT_FOUND");

    // The page is the scaffold's, and names where an app begins.
    desk.commit(&other, "src/main.tsx", "console.log(1);\n", "Begin")
        .await;
    let told = text(&desk.git(&other, &["push"]).await);
    assert!(told.contains("main -> main"), "{told}");
    desk.succeed(&other, &["pull", "-q"]).await;
    desk.succeed(&other, &["fsck", "--strict", "--full"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_project_cannot_keep_is_refused_in_the_words_of_git() {
    let desk = Desk::open().await;
    let work = desk.clone_to("work").await;
    desk.commit(&work, "src/a.ts", "a\n", "Add a").await;
    desk.succeed(&work, &["push", "-q"]).await;
    let kept = desk.succeed(&work, &["rev-parse", "HEAD"]).await;

    desk.succeed(&work, &["commit", "-q", "--amend", "-m", "Rewritten"])
        .await;
    let refused = desk.fail(&work, &["push", "--force"]).await;
    assert!(refused.contains("(non-fast-forward)"), "{refused}");
    desk.succeed(&work, &["reset", "-q", "--hard", &kept]).await;

    for (path, content, reason) in [
        (
            "package.json",
            "{}\n".to_owned(),
            "package.json: it belongs to the scaffold",
        ),
        (
            "lib/a.ts",
            "a\n".to_owned(),
            "lib/a.ts: only what is below src/ can be pushed",
        ),
        (
            "src/b.py",
            "a\n".to_owned(),
            "src/b.py: expected a name that ends in .ts",
        ),
        (
            "src/b c.ts",
            "a\n".to_owned(),
            "src/b c.ts: expected letters, digits",
        ),
        (
            "src/.github/x.ts",
            "a\n".to_owned(),
            "src/.github/x.ts: expected a path without",
        ),
        (
            "src/b.ts",
            "a".repeat(100_001),
            "src/b.ts: expected at most 100000 bytes",
        ),
        (
            "src/A.ts",
            "a\n".to_owned(),
            "the same name but for upper and lower case",
        ),
    ] {
        desk.commit(&work, path, &content, "Something").await;
        let refused = desk.fail(&work, &["push"]).await;
        assert!(
            refused.contains("[remote rejected] main -> main"),
            "{path}: {refused}"
        );
        assert!(refused.contains(reason), "{path}: {refused}");
        desk.succeed(&work, &["reset", "-q", "--hard", &kept]).await;
    }
    for arguments in [
        ["push", "origin", "HEAD:refs/heads/other"],
        ["push", "origin", ":main"],
    ] {
        let refused = desk.fail(&work, &arguments).await;
        assert!(refused.contains("[remote rejected]"), "{refused}");
    }

    desk.ada.call(&desk.door, "DELETE", &desk.project, None).await;
    desk.commit(&work, "src/b.ts", "b\n", "Too late").await;
    let refused = desk.fail(&work, &["push"]).await;
    assert!(refused.contains("is archived"), "{refused}");
    let other = desk.clone_to("other").await;
    assert_eq!(desk.succeed(&other, &["rev-parse", "HEAD"]).await, kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_a_remote_of_its_owner_alone() {
    let desk = Desk::open().await;
    let (door, home) = (&desk.door, desk.folder.path());
    let eve = Person::register(door, "eve").await;
    let hers = make_key(door, &eve, &["projects:write", "projects:read"]).await;
    let refused = desk
        .fail(home, &["clone", &desk.url(&desk.project, &hers), "eves"])
        .await;
    assert!(refused.contains("not found"), "{refused}");
    let nowhere = "/v1/projects/7d444840-9dc0-41d1-b245-5ffdce74fad2";
    for project in [nowhere, "/v1/projects/none"] {
        let refused = desk
            .fail(home, &["clone", &desk.url(project, &desk.key), "none"])
            .await;
        assert!(refused.contains("not found"), "{refused}");
    }

    let other = make_key(door, &desk.ada, &["stories:read"]).await;
    let refused = desk
        .fail(home, &["clone", &desk.url(&desk.project, &other), "other"])
        .await;
    assert!(refused.contains("403"), "{refused}");
    let refused = desk
        .fail(home, &["clone", &desk.url(&desk.project, "saga_wrong"), "wrong"])
        .await;
    assert!(refused.contains("Authentication failed"), "{refused}");

    let reads = make_key(door, &desk.ada, &["projects:read"]).await;
    let url = desk.url(&desk.project, &reads);
    desk.succeed(home, &["clone", "-q", &url, "work"]).await;
    let work = home.join("work");
    desk.commit(&work, "src/a.ts", "a\n", "Add a").await;
    let refused = desk.fail(&work, &["push"]).await;
    assert!(refused.contains("403"), "{refused}");

    // Who shows nothing is asked for a password, and who speaks no git is told so.
    let refs = format!("{}/git/info/refs", desk.project);
    let asked = with(door, &[], "GET", &format!("{refs}?service=git-upload-pack"), None).await;
    assert_eq!(asked.status, 401, "{}", asked.body);
    let how = asked.headers["www-authenticate"].to_str().expect("text");
    assert!(how.starts_with("Basic "), "{how}");
    let old = bearing(door, &desk.key, "GET", &refs, None).await;
    assert_eq!(old.status, 400, "{}", old.body);
    for place in ["git-upload-pack", "git-receive-pack"] {
        let path = format!("{}/git/{place}", desk.project);
        let told = bearing(door, &desk.key, "POST", &path, Some(json!({ "no": "git" }))).await;
        assert_eq!(told.status, 400, "{}", told.body);
        assert_eq!(told.body["details"]["reason"], "GIT_REQUEST", "{}", told.body);
    }
}
