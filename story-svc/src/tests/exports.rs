//! Projects go to GitHub: again and again, on top of what is there, and never half.

use std::sync::Arc;
use std::time::Duration;

use kit::actor::{Actor, Tier};
use kit::error::{ErrorKind, ServiceError};
use kit::ids::{SystemIds, random_id};
use uuid::Uuid;

use super::github::{Fault, Github};
use super::world::{World, each_private_world};
use crate::StoryError;
use crate::clients::github::GithubClient;
use crate::clients::outgoing::Outgoing;
use crate::domain::github_export::{ExportRequest, GithubExport, GithubExports};
use crate::domain::github_import::{GithubImport, GithubImports, ImportRequest};
use crate::domain::project::{FileChange, RevisionDraft};
use crate::domain::project_files::ProjectFiles;
use crate::domain::projects::{ProjectSpecs, Projects, RawProject};

/// A project and the way of its owner to a GitHub.
struct Exporter {
    exports: GithubExports,
    owner: Uuid,
    project: Uuid,
}

impl Exporter {
    async fn begin(world: &World, github: &Github) -> Self {
        let files = ProjectFiles {
            projects: Projects {
                db: world.db.clone(),
                bus: world.bus.clone(),
                clock: world.clock.shared(),
                ids: SystemIds::shared(),
            },
        };
        let exports = GithubExports {
            files,
            github: GithubClient {
                outgoing: Outgoing::new(true).unwrap(),
                base: github.base.clone(),
                clock: world.clock.shared(),
            },
        };
        let actor = Actor::user(random_id(), Tier::Free);
        let raw = RawProject {
            title: "Recipes".to_owned(),
            ..RawProject::default()
        };
        let project = exports.files.projects.create(&actor, raw).await.unwrap();

        Self {
            exports,
            owner: actor.user_id,
            project: project.id,
        }
    }

    async fn write(&self, path: &str, content: Option<&str>) {
        let draft = RevisionDraft {
            message: "Change".to_owned(),
            changes: vec![FileChange {
                path: path.to_owned(),
                content: content.map(str::to_owned),
                language: None,
            }],
            ..RevisionDraft::default()
        };
        let written =
            self.exports
                .files
                .write_files(self.owner, self.project, draft, ProjectSpecs::default());
        written.await.unwrap();
    }

    async fn export(&self, change: impl FnOnce(&mut ExportRequest)) -> Result<GithubExport, StoryError> {
        let mut request = ExportRequest {
            repo_name: "recipes".to_owned(),
            owner: String::new(),
            description: String::new(),
            private: true,
            token: "good-token".into(),
            branch: String::new(),
            pull_request: false,
            message: String::new(),
            overwrite: false,
        };
        change(&mut request);
        self.exports
            .export(self.owner, &self.project.to_string(), request)
            .await
    }
}

impl Exporter {
    async fn import(&self, change: impl FnOnce(&mut ImportRequest)) -> Result<GithubImport, StoryError> {
        let mut request = ImportRequest {
            repo_name: "recipes".to_owned(),
            owner: String::new(),
            token: "good-token".into(),
            branch: String::new(),
        };
        change(&mut request);
        let imports = GithubImports {
            files: self.exports.files.clone(),
            github: self.exports.github.clone(),
        };

        imports
            .import(self.owner, &self.project.to_string(), request)
            .await
    }
}

async fn with_github<F, Fut>(test: F)
where
    F: Fn(Arc<World>, Arc<Github>, Arc<Exporter>) -> Fut,
    Fut: Future<Output = ()>,
{
    each_private_world(|world| async {
        let github = Arc::new(Github::start().await);
        let exporter = Arc::new(Exporter::begin(&world, &github).await);
        test(world, github, exporter).await;
    })
    .await;
}

#[tokio::test]
async fn a_project_is_exported_again_and_again_with_only_what_changed() {
    with_github(|_, github, ada| async move {
        let empty = ada.export(|_| {}).await.unwrap_err();
        assert_eq!(empty.reason(), "PROJECT_EMPTY");

        ada.write("src/App.tsx", Some("one\n")).await;
        ada.write("src/b.ts", Some("b\n")).await;
        let first = ada.export(|_| {}).await.unwrap();
        assert_eq!(
            (first.branch.as_str(), first.files_exported, first.files_sent),
            ("main", 9, 9)
        );
        assert_eq!(github.git("recipes", &["show", "main:src/App.tsx"]), "one");
        assert_eq!(github.git("recipes", &["rev-parse", "main"]), first.commit_sha);
        github.git("recipes", &["fsck", "--strict"]);
        assert_eq!(
            github.git("recipes", &["rev-list", "--count", "main"]),
            "2",
            "on top of the first commit"
        );

        github.take_calls();
        let same = ada.export(|_| {}).await.unwrap();
        assert_eq!((same.commit_sha, same.files_sent), (first.commit_sha, 0));
        assert!(
            github.take_calls().iter().all(|call| call.starts_with("GET")),
            "nothing is written for nothing"
        );

        ada.write("src/App.tsx", Some("two\n")).await;
        ada.write("src/b.ts", None).await;
        let next = ada
            .export(|request| request.message = "Second".to_owned())
            .await
            .unwrap();
        assert_eq!(next.files_sent, 1);
        assert_eq!(
            github.git("recipes", &["log", "-1", "--format=%s", "main"]),
            "Second"
        );
        let names = github.git("recipes", &["ls-tree", "-r", "--name-only", "main", "src"]);
        assert_eq!(names, "src/App.tsx", "what the project has no more is gone");
    })
    .await;
}

#[tokio::test]
async fn somebodys_work_stays_below_and_beside_what_is_exported() {
    with_github(|_, github, ada| async move {
        github.make("recipes", Some(("LICENSE", "mine\n")));
        ada.write("src/App.tsx", Some("one\n")).await;
        ada.export(|_| {}).await.unwrap();
        github.commit("recipes", "main", "docs.md", "theirs\n");
        ada.write("src/App.tsx", Some("two\n")).await;
        ada.export(|_| {}).await.unwrap();
        for (path, content) in [("LICENSE", "mine"), ("docs.md", "theirs"), ("src/App.tsx", "two")] {
            assert_eq!(github.git("recipes", &["show", &format!("main:{path}")]), content);
        }
        assert_eq!(
            github.git("recipes", &["rev-list", "--max-parents=0", "--count", "main"]),
            "1"
        );

        ada.write("src/App.tsx", Some("three\n")).await;
        let pull = ada
            .export(|request| {
                request.branch = "saga/next".to_owned();
                request.pull_request = true;
            })
            .await
            .unwrap();
        assert!(pull.pull_request_url.unwrap().ends_with("/pull/saga/next"));
        assert_eq!(github.git("recipes", &["show", "saga/next:src/App.tsx"]), "three");
        assert_eq!(github.git("recipes", &["show", "main:src/App.tsx"]), "two");

        github.make("bare", None);
        let begun = ada
            .export(|request| request.repo_name = "bare".to_owned())
            .await
            .unwrap();
        assert_eq!(github.git("bare", &["rev-parse", "main"]), begun.commit_sha);
    })
    .await;
}

#[tokio::test]
async fn what_others_changed_in_an_exported_file_is_not_written_over() {
    with_github(|_, github, ada| async move {
        ada.write("src/App.tsx", Some("one\n")).await;
        ada.write("src/b.ts", Some("b\n")).await;
        ada.export(|_| {}).await.unwrap();
        github.commit("recipes", "main", "src/App.tsx", "theirs\n");
        let theirs = github.git("recipes", &["rev-parse", "main"]);

        ada.write("src/App.tsx", Some("two\n")).await;
        let refused = ada.export(|_| {}).await.unwrap_err();
        assert_eq!(refused.reason(), "GITHUB_FILES_CHANGED");
        assert!(refused.to_string().contains("src/App.tsx"), "{refused}");
        assert_eq!(github.git("recipes", &["rev-parse", "main"]), theirs);

        let offered = |request: &mut ExportRequest| {
            request.branch = "saga/next".to_owned();
            request.pull_request = true;
        };
        ada.export(offered).await.unwrap();
        assert_eq!(github.git("recipes", &["show", "main:src/App.tsx"]), "theirs");
        assert_eq!(github.git("recipes", &["show", "saga/next:src/App.tsx"]), "two");

        ada.write("src/App.tsx", Some("theirs\n")).await;
        ada.write("src/b.ts", Some("c\n")).await;
        ada.export(|_| {}).await.unwrap();
        assert_eq!(github.git("recipes", &["show", "main:src/b.ts"]), "c");
    })
    .await;
}

#[tokio::test]
async fn a_first_export_writes_over_nobodys_work_unless_it_is_asked_to() {
    with_github(|_, github, ada| async move {
        github.make("recipes", Some(("src/App.tsx", "theirs\n")));
        github.commit("recipes", "main", "package.json", "{}\n");
        let theirs = github.git("recipes", &["rev-parse", "main"]);
        ada.write("src/App.tsx", Some("ours\n")).await;

        github.take_calls();
        let refused = ada.export(|_| {}).await.unwrap_err();
        let told = refused.to_string();
        assert_eq!(refused.reason(), "GITHUB_FILES_EXIST");
        assert_eq!(refused.kind(), ErrorKind::Aborted);
        assert!(told.contains("package.json, src/App.tsx"), "{told}");
        assert!(
            github.take_calls().iter().all(|call| call.starts_with("GET")),
            "nothing was written"
        );

        let offered = ada
            .export(|request| {
                request.branch = "saga/first".to_owned();
                request.pull_request = true;
            })
            .await
            .unwrap();
        assert!(offered.pull_request_url.is_some());
        assert_eq!(github.git("recipes", &["rev-parse", "main"]), theirs);

        ada.export(|request| request.overwrite = true).await.unwrap();
        assert_eq!(github.git("recipes", &["show", "main:src/App.tsx"]), "ours");
        let before = format!("{theirs}:src/App.tsx");
        assert_eq!(
            github.git("recipes", &["show", &before]),
            "theirs",
            "it stays in the history"
        );
        github.git("recipes", &["merge-base", "--is-ancestor", &theirs, "main"]);
        ada.write("src/App.tsx", Some("again\n")).await;
        ada.export(|_| {}).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_below_src_is_imported_and_an_export_goes_on_from_there() {
    with_github(|_, github, ada| async move {
        github.make("recipes", Some(("src/App.tsx", "theirs\n")));
        for (path, content) in [
            ("src/lib/a.ts", "export {};\n"),
            ("README.md", "# Theirs\n"),
            ("src/picture.svg", "<svg/>"),
            ("src/big.ts", &"x".repeat(100_001)),
            (".github/workflows/ci.yml", "on: push\n"),
        ] {
            github.commit("recipes", "main", path, content);
        }
        ada.write("src/mine.ts", Some("mine\n")).await;

        let import = ada.import(|_| {}).await.unwrap();
        assert_eq!(import.files_imported, 2);
        assert_eq!(import.commit_sha, github.git("recipes", &["rev-parse", "main"]));
        let left_out: Vec<&str> = import
            .left_out
            .told
            .iter()
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(
            (left_out, import.left_out.count),
            (
                vec![
                    ".github/workflows/ci.yml",
                    "README.md",
                    "src/big.ts",
                    "src/picture.svg"
                ],
                4
            )
        );
        let id = ada.project.to_string();
        for (path, content) in [("src/App.tsx", "theirs\n"), ("src/mine.ts", "mine\n")] {
            let file = ada.exports.files.get(ada.owner, &id, path).await.unwrap();
            assert_eq!(file.content.as_deref(), Some(content));
        }
        let again = ada.import(|_| {}).await.unwrap();
        assert_eq!(
            again.revision, import.revision,
            "the same state again is no revision"
        );

        ada.write("src/App.tsx", Some("ours\n")).await;
        ada.export(|_| {}).await.unwrap();
        assert_eq!(github.git("recipes", &["show", "main:src/App.tsx"]), "ours");
        assert_eq!(
            github.git("recipes", &["show", "main:README.md"]),
            "# Theirs",
            "it is theirs"
        );
    })
    .await;
}

#[tokio::test]
async fn an_import_that_github_refuses_or_cuts_writes_nothing() {
    with_github(|_, github, ada| async move {
        let missing = ada.import(|_| {}).await.unwrap_err();
        assert_eq!(missing.reason(), "GITHUB_NOT_FOUND");
        github.make("recipes", Some(("src/App.tsx", "theirs\n")));
        let missing = ada.import(|request| request.branch = "gone".to_owned()).await;
        assert_eq!(missing.unwrap_err().reason(), "GITHUB_NOT_FOUND");

        for (at, status, reason) in [
            ("GET git/blobs", 0, "GITHUB_UNAVAILABLE"),
            ("GET git/trees", 502, "GITHUB_UNAVAILABLE"),
            ("GET git/commits", 403, "GITHUB_FORBIDDEN"),
            ("GET user", 401, "GITHUB_TOKEN_REFUSED"),
        ] {
            github.fail(Fault {
                at,
                status,
                headers: vec![],
                after: 0,
            });
            let refused = ada.import(|_| {}).await.unwrap_err();
            assert_eq!(refused.reason(), reason, "{at}");
            assert!(!format!("{refused:?} {refused}").contains("good-token"));
        }
        let project = ada
            .exports
            .files
            .projects
            .get(ada.owner, &ada.project.to_string())
            .await;
        assert_eq!(project.unwrap().revision, 1, "nothing was written");
        let wrong = ada
            .import(|request| {
                request.repo_name = "../x".to_owned();
                request.owner = "a/b".to_owned();
                request.token = "a b".into();
                request.branch = "a..b".to_owned();
            })
            .await
            .unwrap_err();
        let fields: Vec<_> = wrong.fields().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["repo_name", "owner", "github_token", "branch"]);
    })
    .await;
}

#[tokio::test]
async fn an_export_that_broke_off_after_the_repository_was_made_goes_on() {
    with_github(|_, github, ada| async move {
        ada.write("src/App.tsx", Some("ours\n")).await;
        github.make("bare", None);
        for name in ["recipes", "bare"] {
            let named = |request: &mut ExportRequest| request.repo_name = name.to_owned();
            github.fail(Fault {
                at: "POST git/trees",
                status: 502,
                headers: vec![],
                after: 0,
            });
            let cut = ada.export(named).await.unwrap_err();
            assert_eq!(cut.reason(), "GITHUB_UNAVAILABLE");

            github.recover();
            ada.export(named).await.unwrap();
            assert_eq!(github.git(name, &["show", "main:src/App.tsx"]), "ours");
        }
    })
    .await;
}

#[tokio::test]
async fn whatever_github_refuses_the_branch_is_where_it_was() {
    with_github(|_, github, ada| async move {
        ada.write("src/App.tsx", Some("one\n")).await;
        ada.export(|_| {}).await.unwrap();
        let before = github.git("recipes", &["rev-parse", "main"]);
        ada.write("src/App.tsx", Some("two\n")).await;
        ada.write("src/b.ts", Some("b\n")).await;

        for (at, status, headers, after, reason) in [
            (
                "POST git/blobs",
                403,
                vec![("x-ratelimit-remaining", "0")],
                0,
                "GITHUB_RATE_LIMITED",
            ),
            (
                "POST git/blobs",
                403,
                vec![("retry-after", "7")],
                1,
                "GITHUB_RATE_LIMITED",
            ),
            ("POST git/blobs", 403, vec![], 0, "GITHUB_FORBIDDEN"),
            ("POST git/blobs", 502, vec![], 1, "GITHUB_UNAVAILABLE"),
            ("POST git/blobs", 0, vec![], 0, "GITHUB_UNAVAILABLE"),
            ("POST git/trees", 422, vec![], 0, "GITHUB_REFUSED"),
            ("POST git/trees", 409, vec![], 0, "GITHUB_CONFLICT"),
            ("POST git/commits", 0, vec![], 0, "GITHUB_UNAVAILABLE"),
            ("PATCH git/refs", 409, vec![], 0, "GITHUB_CONFLICT"),
            ("PATCH git/refs", 500, vec![], 0, "GITHUB_UNAVAILABLE"),
            ("GET user", 401, vec![], 0, "GITHUB_TOKEN_REFUSED"),
        ] {
            github.fail(Fault {
                at,
                status,
                headers: headers.clone(),
                after,
            });
            let refused = ada.export(|_| {}).await.unwrap_err();
            assert_eq!(refused.reason(), reason, "{at} {status}");
            assert!(!format!("{refused:?} {refused}").contains("good-token"));
            if headers.contains(&("retry-after", "7")) {
                assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
            }
            assert_eq!(
                github.git("recipes", &["rev-parse", "main"]),
                before,
                "{at} {status}"
            );
        }

        github.recover();
        let wrong = ada
            .export(|request| request.token = "another".into())
            .await
            .unwrap_err();
        assert_eq!(
            (wrong.reason(), wrong.fields()[0].field.as_str()),
            ("GITHUB_TOKEN_REFUSED", "github_token")
        );
        ada.export(|_| {}).await.unwrap();
        assert_eq!(
            github.git("recipes", &["show", "main:src/b.ts"]),
            "b",
            "and then it goes on"
        );
    })
    .await;
}

#[tokio::test]
async fn what_can_be_no_repository_branch_or_token_is_not_sent() {
    with_github(|_, github, ada| async move {
        ada.write("src/App.tsx", Some("one\n")).await;
        github.take_calls();
        let refused = ada
            .export(|request| {
                request.repo_name = "../x".to_owned();
                request.owner = "a/b".to_owned();
                request.description = "x".repeat(351);
                request.token = "a\r\nb".into();
                request.branch = "a..b".to_owned();
                request.message = "x".repeat(1001);
            })
            .await
            .unwrap_err();
        let fields: Vec<_> = refused.fields().into_iter().map(|fault| fault.field).collect();
        assert_eq!(
            fields,
            [
                "repo_name",
                "owner",
                "github_token",
                "branch",
                "description",
                "message"
            ]
        );
        assert!(github.take_calls().is_empty());
    })
    .await;
}
