//! Fetching from a loopback server, well-behaved and not.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::time::{Duration, Instant};

use kit::{error::ServiceError, sources::RepoUrl};
use repo::checkout::TreeFileKind;
use tempfile::TempDir;

use super::{
    testing::{Fixture, GitServer, Misbehaviour},
    *,
};

struct Bench {
    server: GitServer,
    folder: TempDir,
    limits: FetchLimits,
    hosts: Vec<String>,
}

impl Bench {
    async fn new() -> Self {
        let limits = FetchLimits {
            max_bytes: 8 * 1024 * 1024,
            max_object_bytes: 64 * 1024 * 1024,
            max_unpacked_bytes: 256 * 1024 * 1024,
            timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(5),
        };

        let folder = TempDir::new().expect("a folder");
        Self {
            server: GitServer::start().await,
            folder,
            limits,
            hosts: vec!["127.0.0.1".into()],
        }
    }

    fn policy(&self) -> SourcePolicy {
        SourcePolicy {
            allow_hosts: self.hosts.clone(),
            allow_private: true,
            allow_local: true,
        }
    }

    fn source(&self) -> Source {
        Source::new(
            self.policy(),
            self.limits.clone(),
            self.folder.path().join("scratch"),
        )
    }

    fn url(&self, path: &str) -> RepoUrl {
        RepoUrl::parse(&self.server.url(path), &self.policy()).expect("an allowed URL")
    }

    async fn fetch(&self, path: &str) -> Result<Checkout, SourceError> {
        self.source()
            .fetch(&self.url(path), &CancellationToken::new())
            .await
    }

    fn scratch_is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path().join("scratch"))
            .is_ok_and(|mut entries| entries.next().is_none())
    }
}

fn engine() -> Fixture {
    Fixture::new()
        .file("README.md", "# Engine\n")
        .commit("Begin")
        .file("src/main.rs", "fn main() {}\n")
        .file("src/deep/er/still.rs", "pub fn still() {}\n")
        .commit("Add a program")
        .tag("v0.1.0")
}

fn paths(checkout: &Checkout) -> Vec<String> {
    checkout
        .list()
        .expect("a tree")
        .files
        .into_iter()
        .map(|file| file.path)
        .collect()
}

#[tokio::test]
async fn a_repository_is_fetched_with_its_history_and_tags() {
    let bench = Bench::new().await;
    bench.server.publish("ada/engine", &engine());

    let checkout = bench.fetch("ada/engine").await.expect("a checkout");
    assert_eq!(
        paths(&checkout),
        ["README.md", "src/deep/er/still.rs", "src/main.rs"]
    );
    assert_eq!(checkout.head.commit, engine().head().expect("a head"));
    assert_eq!(checkout.head.branch.as_deref(), Some("main"));
    assert_eq!(checkout.shallow, None);

    let reader = checkout.reader();
    let main = checkout.list().expect("a tree").files.pop().expect("a file");

    assert_eq!(reader.read(main.id).expect("its content"), b"fn main() {}\n");
    assert_eq!(reader.size(main.id), Some(13));

    let commits = reader
        .repository()
        .rev_walk([checkout.head.commit])
        .all()
        .expect("a walk")
        .count();

    assert_eq!(commits, 2);
    assert!(reader.repository().find_reference("refs/tags/v0.1.0").is_ok());

    drop(checkout);
    assert!(
        bench.scratch_is_empty(),
        "what was fetched is deleted with its checkout"
    );
}

#[tokio::test]
async fn head_is_learned_without_fetching() {
    let bench = Bench::new().await;
    bench.server.publish("ada/engine", &engine().branch("trunk"));

    let head = bench
        .source()
        .head(&bench.url("ada/engine"), &CancellationToken::new())
        .await
        .expect("a head");

    assert_eq!(Some(head.commit), engine().head());
    assert_eq!(head.branch.as_deref(), Some("trunk"));
    assert_eq!(bench.server.requests(), ["GET ada/engine", "ls-refs ada/engine"]);
    assert!(bench.scratch_is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_repository_is_said() {
    let bench = Bench::new().await;
    bench.server.publish("a/empty", &Fixture::new());

    for (name, how) in [
        ("a/private", Misbehaviour::RequireAuth),
        ("a/page", Misbehaviour::NotGit),
        ("a/garbage", Misbehaviour::Garbage),
        ("a/down", Misbehaviour::Status("503 Service Unavailable")),
        ("a/loop", Misbehaviour::RedirectLoop),
    ] {
        bench.server.misbehave(name, how);
    }

    for (path, reason) in [
        ("a/missing", "REPO_NOT_FOUND"),
        ("a/empty", "REPO_EMPTY"),
        ("a/private", "REPO_PRIVATE"),
        ("a/page", "REPO_NOT_GIT"),
        ("a/garbage", "REPO_PROTOCOL"),
        ("a/down", "REPO_HOST_FAILED"),
        ("a/loop", "REPO_REDIRECTS"),
    ] {
        let err = bench.fetch(path).await.expect_err(path);
        assert_eq!(err.reason(), reason, "{path}: {err:?}");
        assert_eq!(err.fields()[0].field, "repo_url", "{path}");

        let err = bench
            .source()
            .head(&bench.url(path), &CancellationToken::new())
            .await
            .expect_err(path);

        assert_eq!(err.reason(), reason, "{path}: {err:?}");
    }

    assert!(bench.scratch_is_empty());
}

#[tokio::test]
async fn a_head_that_names_no_branch_leads_to_the_only_one() {
    let bench = Bench::new().await;
    bench
        .server
        .publish("a/moved", &engine().branch("develop").missing_head("main"));

    let cancel = CancellationToken::new();
    let head = bench
        .source()
        .head(&bench.url("a/moved"), &cancel)
        .await
        .expect("a head");
    assert_eq!(
        (Some(head.commit), head.branch.as_deref()),
        (engine().head(), Some("develop"))
    );

    let checkout = bench.fetch("a/moved").await.expect("a checkout");
    assert_eq!(checkout.head, head);
    assert_eq!(paths(&checkout).len(), 3);
}

#[tokio::test]
async fn a_cut_connection_is_told_from_a_bad_repository() {
    let bench = Bench::new().await;
    let big = "x".repeat(200_000);
    bench
        .server
        .publish("a/cut", &engine().file("big.txt", &big).commit("Grow"));
    bench.server.misbehave("a/cut", Misbehaviour::CutAfter(60_000));

    let err = bench.fetch("a/cut").await.expect_err("a cut");
    assert_eq!(err.reason(), "REPO_CONNECTION_CUT", "{err:?}");
    assert!(err.is_transient());
}

#[tokio::test]
async fn a_server_that_stays_silent_is_left_after_the_idle_limit() {
    let mut bench = Bench::new().await;
    bench.limits.idle_timeout = Duration::from_millis(200);
    bench.server.misbehave("a/silent", Misbehaviour::Silent);
    bench.server.publish("a/later", &engine());
    bench
        .server
        .misbehave("a/later", Misbehaviour::SilentAfterAdvertisement);

    for path in ["a/silent", "a/later"] {
        let err = bench.fetch(path).await.expect_err(path);
        assert_eq!(err.reason(), "REPO_HOST_STALLED", "{err:?}");
    }
}

#[tokio::test]
async fn a_fetch_ends_at_its_time_limit() {
    let mut bench = Bench::new().await;
    bench.limits.timeout = Duration::from_millis(300);
    bench.limits.max_bytes = u64::MAX;
    bench.server.publish("a/endless", &engine());
    bench.server.misbehave("a/endless", Misbehaviour::EndlessPack);
    let err = bench.fetch("a/endless").await.expect_err("no end");
    assert_eq!(err.reason(), "REPO_FETCH_TIMEOUT", "{err:?}");
}

#[tokio::test]
async fn cancelling_answers_within_a_second() {
    let bench = Bench::new().await;
    bench.server.publish("a/endless", &engine());
    bench.server.misbehave("a/endless", Misbehaviour::EndlessPack);
    bench.server.misbehave("a/silent", Misbehaviour::Silent);

    for path in ["a/endless", "a/silent"] {
        let cancel = CancellationToken::new();
        let (source, url) = (bench.source(), bench.url(path));
        let fetch = tokio::spawn({
            let cancel = cancel.clone();
            async move { source.fetch(&url, &cancel).await }
        });

        while !bench.server.requests().iter().any(|asked| asked.ends_with(path)) {
            tokio::task::yield_now().await;
        }

        let asked = Instant::now();
        cancel.cancel();

        let err = fetch.await.expect("no panic").expect_err("cancelled");
        assert_eq!(err.reason(), "CANCELLED");
        assert!(asked.elapsed() < Duration::from_secs(1), "{path}");
    }
}

#[tokio::test]
async fn a_history_beyond_the_limit_is_cut_to_the_newest_commit() {
    let mut bench = Bench::new().await;
    let mut fixture = Fixture::new();
    for round in 0..8 {
        let text: String = (0..20_000).map(|n| format!("{round} {n}\n")).collect();
        fixture = fixture.file("data.txt", &text).commit(&format!("Round {round}"));
    }

    bench.server.publish("a/long", &fixture);
    bench.limits.max_bytes = 400_000;

    let checkout = bench.fetch("a/long").await.expect("the newest commit");
    assert!(
        checkout
            .shallow
            .as_deref()
            .is_some_and(|why| why.contains("history")),
        "{:?}",
        checkout.shallow
    );
    assert_eq!(paths(&checkout), ["data.txt"]);

    bench.limits.max_bytes = 4_000;

    let err = bench.fetch("a/long").await.expect_err("too large");
    assert_eq!(err.reason(), "REPO_TOO_LARGE", "{err:?}");
}

#[tokio::test]
async fn an_object_that_inflates_beyond_its_limit_is_not_unpacked() {
    let mut bench = Bench::new().await;
    bench.limits.max_object_bytes = 1024 * 1024;
    bench.server.publish(
        "a/bomb",
        &engine().file("bomb.txt", &"0".repeat(3 << 20)).commit("Bomb"),
    );

    let err = bench.fetch("a/bomb").await.expect_err("too large an object");
    assert!(matches!(err, SourceError::ObjectTooLarge { .. }), "{err:?}");
    assert_eq!(err.reason(), "REPO_TOO_LARGE");
}

#[tokio::test]
async fn a_pack_that_unpacks_beyond_its_limit_is_refused_with_the_limit_named() {
    let mut bench = Bench::new().await;
    bench.limits.max_unpacked_bytes = 2 << 20;
    let mut fixture = engine();
    for number in 0..4u8 {
        let text = char::from(b'a' + number).to_string().repeat(1 << 20);
        fixture = fixture.file(&format!("{number}.txt"), &text);
    }
    bench.server.publish("a/swollen", &fixture.commit("Swell"));

    let err = bench.fetch("a/swollen").await.expect_err("too large a pack");
    assert!(
        matches!(err, SourceError::UnpacksTooLarge { limit } if limit == 2 << 20),
        "{err:?}"
    );
    assert_eq!(err.reason(), "REPO_TOO_LARGE");
    assert!(err.to_string().contains("2 MiB"), "{err}");
    assert!(bench.scratch_is_empty());
}

#[tokio::test]
async fn differences_count_with_what_they_stand_for() {
    let mut bench = Bench::new().await;
    bench.limits.max_unpacked_bytes = 32 << 20;
    // Each of two objects says "a thousand times the same block": 27 KiB of pack stand for 40 MB of files.
    let fixture = engine().bytes("block", &[b'x'; 20_000]).commit("Begin a block");
    let block = fixture.id_of("block");
    let swollen = fixture
        .difference("one.txt", block, 20_000, 1_000)
        .difference("two.txt", block, 20_000, 1_000)
        .commit("Swell");
    bench.server.publish("a/differences", &swollen);

    let err = bench.fetch("a/differences").await.expect_err("too large a pack");
    assert!(matches!(err, SourceError::UnpacksTooLarge { .. }), "{err:?}");
}

#[tokio::test]
async fn what_a_killed_process_left_is_swept_and_the_rest_stays() {
    let bench = Bench::new().await;
    let scratch = bench.folder.path().join("scratch");
    for name in ["fetch-old", "fetch-young"] {
        std::fs::create_dir_all(scratch.join(name).join("objects")).expect("a folder");
    }

    let long_ago = std::time::SystemTime::now() - Duration::from_secs(14 * 86_400);
    let old = std::fs::File::open(scratch.join("fetch-old")).expect("the folder");
    old.set_modified(long_ago).expect("an older time");
    bench.source().sweep();

    assert!(!scratch.join("fetch-old").exists() && scratch.join("fetch-young").exists());
}

#[tokio::test]
async fn a_redirect_is_followed_to_an_allowed_host_only() {
    let mut bench = Bench::new().await;
    bench.server.publish("ada/engine", &engine());
    bench.server.misbehave(
        "old/name",
        Misbehaviour::RedirectTo(bench.server.url("ada/engine")),
    );

    let checkout = bench.fetch("old/name").await.expect("the renamed repository");
    assert_eq!(paths(&checkout).len(), 3);

    let other = GitServer::start().await;
    other.publish("ada/engine", &engine());
    bench.hosts = vec![bench.server.address().to_string()];

    for target in [
        other.url("ada/engine"),
        "http://169.254.169.254/latest/meta-data".into(),
        "http://localhost/ada/engine".into(),
        "file:///etc".into(),
        "ftp://127.0.0.1/x".into(),
    ] {
        bench
            .server
            .misbehave("old/name", Misbehaviour::RedirectTo(target.clone()));
        let err = bench.fetch("old/name").await.expect_err(&target);
        assert!(matches!(err, SourceError::Refused(_)), "{target}: {err:?}");
    }

    assert!(other.requests().is_empty(), "the other host was never asked");
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let mut bench = Bench::new().await;
    bench.hosts = vec!["nowhere.invalid".into()];

    let url = RepoUrl::parse("https://nowhere.invalid/a/b", &bench.policy()).expect("allowed");
    let err = bench
        .source()
        .fetch(&url, &CancellationToken::new())
        .await
        .expect_err("unknown");

    assert_eq!(err.reason(), "REPO_HOST_NOT_FOUND", "{err:?}");
    assert!(err.to_string().contains("nowhere.invalid"));
}

#[tokio::test]
async fn nobody_listening_is_told_from_an_unknown_host() {
    let bench = Bench::new().await;
    let url = bench.url("a/b");
    let source = bench.source();

    drop(bench.server);

    let err = loop {
        // The listener closes when its task ends, which is soon.
        let err = source
            .fetch(&url, &CancellationToken::new())
            .await
            .expect_err("nobody there");
        if err.reason() != "REPO_NOT_FOUND" && err.reason() != "REPO_CONNECTION_CUT" {
            break err;
        }
    };

    assert_eq!(err.reason(), "REPO_HOST_UNREACHABLE", "{err:?}");
}

#[tokio::test]
async fn a_local_repository_is_read_in_place() {
    let bench = Bench::new().await;
    let folder = bench.folder.path().join("engine");
    engine().write_to(&folder);

    let url = RepoUrl::parse(&format!("file://{}", folder.display()), &bench.policy()).expect("local");
    let checkout = bench
        .source()
        .fetch(&url, &CancellationToken::new())
        .await
        .expect("a checkout");

    assert_eq!(paths(&checkout).len(), 3);

    drop(checkout);
    assert!(
        folder.join("HEAD").exists(),
        "a local repository is never deleted"
    );

    let plain = bench.folder.path().join("plain");
    std::fs::create_dir(&plain).expect("a folder");
    std::fs::write(plain.join("main.rs"), "fn main() {}").expect("a file");

    let url = RepoUrl::parse(&format!("file://{}", plain.display()), &bench.policy()).expect("local");
    let err = bench
        .source()
        .fetch(&url, &CancellationToken::new())
        .await
        .expect_err("not a repository");

    assert_eq!(err.reason(), "REPO_NOT_GIT");
}

#[tokio::test]
async fn links_and_submodules_are_listed_but_never_followed() {
    let bench = Bench::new().await;
    let fixture = Fixture::new()
        .symlink("passwords", "../../../../etc/passwd")
        .submodule("vendor/other")
        .executable("run.sh", "#!/bin/sh\n")
        .commit("Begin");
    bench.server.publish("a/links", &fixture);

    let checkout = bench.fetch("a/links").await.expect("a checkout");
    let kinds: Vec<_> = checkout
        .list()
        .expect("a tree")
        .files
        .iter()
        .map(|file| file.kind)
        .collect();

    assert_eq!(
        kinds,
        [
            TreeFileKind::Symlink,
            TreeFileKind::Executable,
            TreeFileKind::Submodule
        ]
    );

    let link = &checkout.list().expect("a tree").files[0];
    assert_eq!(
        checkout.reader().read(link.id).expect("its text"),
        b"../../../../etc/passwd"
    );
}
