//! Whole analyses: from a published fixture to the facts, through the same door as the product.

#![expect(clippy::disallowed_methods, reason = "a test ends with its tasks")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, http::StatusCode, routing::get};
use kit::{
    blobs::{Blobs, BlobsConfig},
    clock::SystemClock,
    error::ServiceError,
    sources::{RepoUrl, SourcePolicy},
};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use repo::analysis::REDACTED;
use repo::analysis::model::*;

use super::*;
use crate::source::testing::{Fixture, GitServer, Misbehaviour};

struct Bench {
    server: GitServer,
    folder: TempDir,
    blobs: Blobs,
    config: AnalysisConfig,
}

impl Bench {
    async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let config = BlobsConfig {
            endpoint: String::new(),
            region: String::new(),
            bucket: "saga".into(),
            access_key_id: SecretString::default(),
            secret_access_key: SecretString::default(),
            path_style: true,
            encryption: kit::blobs::BlobEncryption::default(),
            kms_key_id: String::new(),
        };
        let blobs = Blobs::open(&config, folder.path()).await.expect("a blob store");
        let config = AnalysisConfig {
            max_bytes: 64 << 20,
            max_unpacked_bytes: 256 << 20,
            fetch_timeout_seconds: 30,
            idle_timeout_seconds: 10,
            max_files: 2_000,
            max_file_bytes: 64 * 1024,
            max_total_bytes: 64 << 20,
            parse_timeout_milliseconds: 5_000,
            max_commits: 1_000,
            threads: 2,
            github_api_url: String::new(),
            github_token: SecretString::default(),
            github_timeout_seconds: 3,
        };

        Self {
            server: GitServer::start().await,
            folder,
            blobs,
            config,
        }
    }

    fn policy(&self) -> SourcePolicy {
        SourcePolicy {
            allow_hosts: vec!["127.0.0.1".into()],
            allow_private: true,
            allow_local: true,
        }
    }

    fn analyzer(&self) -> Analyzer {
        Analyzer::new(
            self.policy(),
            self.config.clone(),
            self.blobs.clone(),
            self.folder.path(),
            SystemClock::shared(),
        )
    }

    async fn analyze(&self, path: &str) -> Result<Analyzed, AnalyzeError> {
        let url = RepoUrl::parse(&self.server.url(path), &self.policy()).expect("an allowed URL");
        self.analyzer()
            .analyze(&url, Arc::new(|_: &str| {}), &CancellationToken::new())
            .await
    }

    async fn of(&self, fixture: &Fixture) -> Analysis {
        self.server.publish("ada/loom", fixture);
        self.analyze("ada/loom").await.expect("an analysis").analysis
    }
}

const MIT: &str = "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software … The above copyright notice and this permission notice shall be included …";

/// A small service in Rust with most of what an analysis looks for.
fn loom() -> Fixture {
    Fixture::new()
        .at("2023-11-05T09:00:00Z")
        .file("README.md", "# Loom\n\nLoom weaves patterns of cards and serves them over HTTP. It is quick.\n\n## Features\n\n- Fast looms for everyone\n- Patterns that never repeat\n")
        .file("Cargo.toml", "[package]\nname = \"loom\"\nversion = \"0.2.0\"\ndescription = \"Weaves patterns of cards.\"\nlicense = \"MIT\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\nsqlx = \"0.9\"\n\n[dev-dependencies]\ntempfile = \"3\"\n")
        .file("Cargo.lock", "version = 4\n")
        .file("LICENSE", MIT)
        .file(".gitignore", "/target\n*.tmp\n")
        .file("notes.tmp", "forced in\n")
        .file("src/main.rs", "//! The program: it reads its settings and serves.\n\nuse crate::api::router;\n\nfn main() { let _ = std::env::var(\"LOOM_PORT\"); router(); }\n")
        .file("src/api.rs", "//! Answers requests about patterns.\n\nuse crate::store::Store;\n\n/// Builds the routes of the service.\npub fn router() -> Router {\n    /* TODO more routes */\n    Router::new().route(\"/patterns\", get(list).post(create)).route(\"/patterns/{id}\", get(show))\n}\n")
        .commit("Weave the first pattern")
        .author("Grace Hopper", "grace@example.org")
        .at("2024-02-01T10:00:00Z")
        .file("src/store.rs", "//! Keeps patterns in the database.\n\n/// Where patterns are kept.\npub struct Store { pool: Pool }\n\nimpl Store {\n    /// Finds a pattern by its name.\n    pub async fn find(&self, name: &str) -> Option<Pattern> { None }\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn a_stored_pattern_is_found_again() {}\n}\n")
        .file("migrations/0001_patterns.sql", "CREATE TABLE patterns (id INTEGER);\n")
        .file(".github/workflows/ci.yml", "name: Checks\non: push\n")
        .file("Dockerfile", "FROM rust:1.90 AS build\nFROM debian:13\n")
        .file("docs/architecture.md", "# Architecture\n\nThree layers, one after the other.\n")
        .commit("Keep patterns in a database")
        .tag("v0.2.0")
        .author("dependabot[bot]", "support@github.com")
        .file("Cargo.lock", "version = 4\n# more\n")
        .commit("Bump a dependency")
}

#[tokio::test]
async fn a_service_is_understood() {
    let bench = Bench::new().await;
    let analysis = bench.of(&loom()).await;

    assert_eq!(
        (analysis.repo.owner.as_str(), analysis.repo.name.as_str()),
        ("ada", "loom")
    );
    assert_eq!(
        analysis.repo.description.as_deref(),
        Some("Weaves patterns of cards.")
    );
    assert_eq!(analysis.repo.default_branch.as_deref(), Some("main"));
    assert_eq!(
        analysis.kind,
        ProjectKind::Service,
        "{:?}",
        analysis.kind_evidence
    );
    assert_eq!(analysis.languages[0].name, "Rust");
    assert_eq!(
        analysis.licence.as_ref().map(|licence| licence.spdx.as_str()),
        Some("MIT")
    );

    let readme = analysis.readme.as_ref().expect("a README");
    assert_eq!(readme.title.as_deref(), Some("Loom"));
    assert_eq!(readme.highlights.len(), 2);

    let routes: Vec<_> = analysis
        .routes
        .iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();

    assert_eq!(routes, ["GET /patterns", "POST /patterns", "GET /patterns/{id}"]);

    let dependencies: Vec<_> = analysis
        .dependencies
        .iter()
        .map(|found| (found.name.as_str(), found.category))
        .collect();

    assert_eq!(dependencies[0], ("axum", Some(DependencyCategory::WebFramework)));
    assert!(analysis.definitions.iter().any(|found| found.name == "find"
        && found.is_async
        && found.doc.as_deref() == Some("Finds a pattern by its name.")));
    assert_eq!(
        analysis.tests.examples[0].sentence,
        "A stored pattern is found again"
    );
    assert_eq!(analysis.entry_points[0].path, "src/main.rs");
    assert_eq!(analysis.environment_variables, ["LOOM_PORT"]);
    assert_eq!(analysis.todos.todo, 1);
    assert_eq!(analysis.ci[0].name.as_deref(), Some("Checks"));
    assert_eq!(analysis.containers[0].images, ["rust:1.90", "debian:13"]);
    assert_eq!(analysis.docs[0].title.as_deref(), Some("Architecture"));

    for pattern in ["HTTP interface", "Database", "Migrations", "Containers"] {
        let found = analysis
            .architecture_patterns
            .iter()
            .find(|found| found.name == pattern);
        assert!(found.is_some_and(|found| !found.evidence.is_empty()), "{pattern}");
    }

    assert!(analysis.complexity.score > 0.0 && analysis.complexity.score < 0.5);
    assert!(
        analysis
            .key_files
            .iter()
            .any(|file| file.path == "src/main.rs" && file.excerpt.contains("fn main"))
    );
    assert!(analysis.notes.is_empty(), "{:?}", analysis.notes);
}

#[tokio::test]
async fn history_tells_age_people_and_pace_but_no_addresses() {
    let bench = Bench::new().await;
    let fixture = loom()
        .file(".mailmap", "Grace Brewster Hopper <grace@example.org>\n")
        .author("G. Hopper", "grace@example.org")
        .at("2024-04-20T10:00:00Z")
        .file("src/store.rs", "// new\n")
        .commit("Store less")
        .merge("Merge branch 'less'");
    let analysis = bench.of(&fixture).await;
    let history = analysis.history.as_ref().expect("a history");

    assert_eq!(history.commits, 5);
    assert_eq!(history.first_at.to_rfc3339(), "2023-11-05T09:00:00+00:00");
    assert_eq!((history.bot_commits, history.merge_commits), (1, 1));

    let people: Vec<_> = history
        .contributors
        .iter()
        .map(|person| (person.name.as_str(), person.commits))
        .collect();

    assert_eq!(people, [("Grace Brewster Hopper", 3), ("Ada Lovelace", 1)]);
    assert_eq!(history.pace.len(), 12);
    assert_eq!(
        history
            .pace
            .last()
            .map(|month| (month.month.as_str(), month.commits)),
        Some(("2024-04", 2))
    );

    assert_eq!(
        history.years.iter().map(|year| year.commits).collect::<Vec<_>>(),
        [1, 4]
    );
    assert_eq!(
        history.recent_subjects,
        [
            "Store less",
            "Keep patterns in a database",
            "Weave the first pattern"
        ]
    );
    assert_eq!(history.tags[0].name, "v0.2.0");
    assert!(history.tags[0].at.is_some());

    let json = serde_json::to_string(&analysis).expect("JSON");
    assert!(!json.contains("grace@example.org") && !json.contains("ada@example.org"));
}

#[tokio::test]
async fn files_are_left_out_for_the_right_reasons() {
    let bench = Bench::new().await;
    let fixture = loom()
        .file("vendor/other/lib.rs", "fn x() {}\n")
        .bytes("logo.png", b"\x89PNG\r\n\x1a\n\0\0")
        .bytes("data.unknown", b"a\0b\0c")
        .file("big.json", &format!("[{}1]", "1,".repeat(60_000)))
        .bytes("old.py", b"# caf\xe9\nprint('ol\xe9')\n")
        .symlink("escape", "../../../../etc/passwd")
        .submodule("modules/other")
        .commit("Add the rest");
    let analysis = bench.of(&fixture).await;
    let skipped = |reason: SkipReason| {
        let found = analysis
            .files_skipped
            .iter()
            .find(|skipped| skipped.reason == reason);
        found
            .map(|skipped| skipped.examples.join(" "))
            .unwrap_or_default()
    };

    assert_eq!(skipped(SkipReason::Vendored), "vendor/other/lib.rs");
    assert_eq!(skipped(SkipReason::Binary), "data.unknown logo.png");
    assert_eq!(skipped(SkipReason::TooLarge), "big.json");
    assert_eq!(skipped(SkipReason::Symlink), "escape");
    assert_eq!(skipped(SkipReason::Submodule), "modules/other");
    assert!(
        analysis.tree.iter().any(|entry| entry.path == "notes.tmp"),
        "tracked, whatever the rules say"
    );
    assert_eq!(skipped(SkipReason::Generated), "Cargo.lock");

    let left_out: u64 = analysis.files_skipped.iter().map(|skipped| skipped.files).sum();
    assert_eq!(analysis.files_analyzed + left_out, analysis.files_total);
    assert!(
        analysis
            .languages
            .iter()
            .any(|language| language.name == "Python"),
        "text that is not UTF-8 is read"
    );

    assert!(
        !serde_json::to_string(&analysis).expect("JSON").contains("root:"),
        "nothing outside the tree is read"
    );
}

#[tokio::test]
async fn no_secret_leaves_the_analyser() {
    let bench = Bench::new().await;
    // In pieces, so that no scanner takes this file for a leak.
    let token = ["ghp", "_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"].concat();
    let key = [
        "-----BEGIN ",
        "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END ",
        "PRIVATE KEY-----",
    ]
    .concat();

    let url = "postgres://loom:Sup3rS3cretPw@db/loom";
    let fixture = loom()
        .file("README.md", &format!("# Loom\n\nUse the token {token} to sign in to everything here.\n\nOr connect to {url} directly, it works well.\n"))
        .file("src/main.rs", &format!("//! Connects with {token} always.\n\n/// Uses {token} for it.\npub fn connect() {{ let password = \"hunter2hunter2\"; }}\nconst KEY: &str = \"{key}\";\nfn main() {{}}\n"))
        .file("package.json", &format!("{{\"name\":\"loom\",\"description\":\"Signs in with {token} nicely.\"}}"))
        .file(".github/workflows/ci.yml", &format!("name: Checks {token}\n"))
        .file("docs/guide.md", &format!("# Guide {token}\n\nThe database is at {url} for everybody.\n"))
        .commit(&format!("Sign in with {token}"));
    let analysis = bench.of(&fixture).await;
    let json = serde_json::to_string(&analysis).expect("JSON");
    let result = serde_json::to_string(&analysis.result()).expect("JSON");

    for text in [&json, &result] {
        for secret in [
            token.as_str(),
            "Sup3rS3cretPw",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
            "hunter2hunter2",
        ] {
            assert!(
                !text.contains(secret),
                "{secret} in {}",
                &text[text.find(secret).unwrap_or(0).saturating_sub(200)..][..200]
            );
        }

        assert!(text.contains(REDACTED));
    }

    assert!(
        analysis.redactions.values().sum::<u64>() >= 8,
        "{:?}",
        analysis.redactions
    );
}

#[tokio::test]
async fn a_commit_is_analysed_once() {
    let bench = Bench::new().await;
    bench.server.publish("ada/loom", &loom());

    let first = bench.analyze("ada/loom").await.expect("an analysis");
    assert!(!first.cached);
    assert!(
        first.key.starts_with("analysis/127.0.0.1/ada/loom/")
            && first.key.ends_with(&format!(".v{VERSION}.json.zst")),
        "{}",
        first.key
    );

    let asked = bench.server.requests().len();
    let again = bench.analyze("ada/loom").await.expect("the same analysis");

    assert!(again.cached);
    assert_eq!(again.analysis, first.analysis);
    assert_eq!(
        bench.server.requests()[asked..],
        ["GET ada/loom", "ls-refs ada/loom"],
        "nothing was fetched again"
    );
    assert_eq!(
        bench.analyzer().load(&first.key).await.expect("loaded"),
        Some(first.analysis)
    );

    bench.server.publish(
        "ada/loom",
        &loom().file("src/new.rs", "fn x() {}\n").commit("More"),
    );

    assert!(!bench.analyze("ada/loom").await.expect("a new analysis").cached);

    bench
        .blobs
        .put(&first.key, "not an analysis".into(), "application/zstd")
        .await
        .expect("stored");

    assert_eq!(
        bench.analyzer().load(&first.key).await.expect("loaded"),
        None,
        "a damaged cache is no analysis"
    );
}

#[tokio::test]
async fn the_same_commit_gives_the_same_analysis() {
    let (one, two) = (Bench::new().await, Bench::new().await);
    let (mut first, mut second) = (one.of(&loom()).await, two.of(&loom()).await);
    first.repo.url.clear();
    second.repo.url.clear();
    assert_eq!(first, second);
}

#[tokio::test]
async fn odd_repositories_give_honest_analyses() {
    let bench = Bench::new().await;
    let binary = bench
        .of(&Fixture::new()
            .bytes("a.bin", &[0; 64])
            .bytes("b.png", &[1, 0])
            .commit("Binary"))
        .await;

    assert_eq!((binary.kind, binary.files_analyzed), (ProjectKind::Opaque, 0));
    assert!(!binary.notes.is_empty() && binary.modules.is_empty());

    let prose = bench
        .of(&Fixture::new()
            .file("README.md", &"A long page of words about looms.\n\n".repeat(50))
            .commit("Write"))
        .await;

    assert_eq!(prose.kind, ProjectKind::Documentation);

    let bare = bench.of(&Fixture::new().commit("An empty tree")).await;
    assert_eq!((bare.files_total, bare.complexity.score), (0, 0.0));

    let tiny = bench
        .of(&Fixture::new().file("run.py", "print('hello')\n").commit("Hello"))
        .await;
    assert_eq!(tiny.history.as_ref().map(|history| history.commits), Some(1));
    assert_eq!(
        bench.analyze("no/thing").await.expect_err("missing").reason(),
        "REPO_NOT_FOUND"
    );

    bench.server.publish("ada/empty", &Fixture::new());
    assert_eq!(
        bench.analyze("ada/empty").await.expect_err("empty").reason(),
        "REPO_EMPTY"
    );
}

#[tokio::test]
async fn malformed_manifests_are_noted() {
    let bench = Bench::new().await;
    let fixture = loom()
        .file("Cargo.toml", "[package\nname=")
        .file("package.json", "{")
        .file("pom.xml", "<a></b>")
        .commit("Break");
    let analysis = bench.of(&fixture).await;

    assert_eq!(
        analysis
            .manifests
            .iter()
            .filter(|manifest| manifest.problem.is_some())
            .count(),
        3
    );
    assert_eq!(analysis.notes.len(), 3, "{:?}", analysis.notes);
    assert!(analysis.files_analyzed > 5);
}

#[tokio::test]
async fn a_repository_beyond_the_limits_is_read_in_part_and_says_so() {
    let mut bench = Bench::new().await;
    bench.config.max_files = 5;

    let analysis = bench.of(&loom()).await;
    assert_eq!(analysis.files_analyzed, 5);
    assert!(
        analysis
            .notes
            .iter()
            .any(|note| note.contains("larger than one analysis")),
        "{:?}",
        analysis.notes
    );

    assert!(
        analysis.readme.is_some(),
        "the files nearest to the root are read first"
    );
}

#[tokio::test]
async fn the_contracts_result_has_its_eight_fields() {
    let bench = Bench::new().await;
    let analysis = bench.of(&loom()).await;
    let result = serde_json::to_value(analysis.result()).expect("JSON");
    let mut fields: Vec<&str> = result
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();

    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "architecture_patterns",
            "complexity_score",
            "dependencies",
            "file_structure",
            "key_files",
            "repo_metadata",
            "suggested_chapters",
            "tech_stack"
        ]
    );
    assert_eq!(result["repo_metadata"]["full_name"], "ada/loom");
    assert!(
        result["key_files"]["src/main.rs"]
            .as_str()
            .is_some_and(|text| text.contains("fn main"))
    );
    assert!(
        result["tech_stack"]
            .as_array()
            .is_some_and(|stack| stack.contains(&"Rust".into()))
    );

    let schema = serde_json::to_value(schemars::schema_for!(Analysis)).expect("a schema");
    let checker = jsonschema::validator_for(&schema).expect("a valid schema");

    assert!(checker.is_valid(&serde_json::to_value(&analysis).expect("JSON")));
}

#[tokio::test]
async fn progress_is_told_in_sentences() {
    let bench = Bench::new().await;
    bench.server.publish("ada/loom", &loom());

    let url = RepoUrl::parse(&bench.server.url("ada/loom"), &bench.policy()).expect("an allowed URL");
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&told);
    let progress = move |sentence: &str| kept.lock().expect("a lock").push(sentence.to_owned());
    bench
        .analyzer()
        .analyze(&url, Arc::new(progress), &CancellationToken::new())
        .await
        .expect("an analysis");

    let told = told.lock().expect("a lock");
    assert_eq!(
        told.first().map(String::as_str),
        Some("Asking for the newest commit")
    );
    assert!(
        told.contains(&"Fetching ada/loom".to_owned()) && told.len() >= 6,
        "{told:?}"
    );
}

#[tokio::test]
async fn cancelling_an_analysis_answers_within_a_second() {
    let bench = Bench::new().await;
    bench.server.publish("ada/loom", &loom());
    bench
        .server
        .misbehave("ada/loom", Misbehaviour::SilentAfterAdvertisement);

    let url = RepoUrl::parse(&bench.server.url("ada/loom"), &bench.policy()).expect("an allowed URL");
    let cancel = CancellationToken::new();
    let task = tokio::spawn({
        let (analyzer, cancel) = (bench.analyzer(), cancel.clone());
        async move { analyzer.analyze(&url, Arc::new(|_: &str| {}), &cancel).await }
    });
    while bench.server.requests().is_empty() {
        tokio::task::yield_now().await;
    }

    let asked = Instant::now();
    cancel.cancel();

    assert_eq!(
        task.await.expect("no panic").expect_err("cancelled").reason(),
        "CANCELLED"
    );
    assert!(asked.elapsed() < Duration::from_secs(1));
}

/// GitHub's API, as far as it is asked.
async fn fake_github(status: StatusCode, wait: bool) -> String {
    let repository = serde_json::json!({
        "stargazers_count": 1200, "forks_count": 30, "open_issues_count": 4, "topics": ["looms"], "archived": false,
        "description": "Weaves :sparkles: patterns", "homepage": "", "created_at": "2020-01-01T00:00:00Z"
    });

    let contributors = || async {
        let link = "<https://api/x?per_page=1&anon=true&page=2>; rel=\"next\", <https://api/x?per_page=1&anon=true&page=57>; rel=\"last\"";
        ([("link", link)], Json(serde_json::json!([{"login": "ada"}])))
    };

    let app = Router::new()
        .route(
            "/repos/ada/loom",
            get(move || async move {
                if wait {
                    std::future::pending::<()>().await;
                }
                (status, Json(repository))
            }),
        )
        .route(
            "/repos/ada/loom/languages",
            get(|| async { Json(serde_json::json!({"Rust": 9000})) }),
        )
        .route("/repos/ada/loom/contributors", get(contributors));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");

    tokio::spawn(async move { axum::serve(listener, app).await });

    format!("http://{address}")
}

#[tokio::test]
async fn github_metadata_is_read_when_it_comes_in_time() {
    let mut config = Bench::new().await.config;
    config.github_api_url = fake_github(StatusCode::OK, false).await;

    let metadata = github::Github::new(&config)
        .expect("a client")
        .metadata("ada", "loom")
        .await
        .expect("metadata");

    assert_eq!(
        (metadata.stars, metadata.forks, metadata.contributors),
        (1200, 30, Some(57))
    );
    assert_eq!(metadata.description.as_deref(), Some("Weaves patterns"));
    assert_eq!(
        (metadata.homepage, metadata.languages.get("Rust")),
        (None, Some(&9000))
    );

    config.github_api_url = fake_github(StatusCode::FORBIDDEN, false).await;
    assert_eq!(
        github::Github::new(&config)
            .expect("a client")
            .metadata("ada", "loom")
            .await,
        None
    );

    config.github_api_url = fake_github(StatusCode::OK, true).await;
    config.github_timeout_seconds = 1;

    assert_eq!(
        github::Github::new(&config)
            .expect("a client")
            .metadata("ada", "loom")
            .await,
        None
    );

    config.github_api_url.clear();
    assert!(github::Github::new(&config).is_none());
}
