//! Projects and their files: each change a revision and a version, nothing lost, each owner's alone.

use std::io::{Cursor, Read};

use futures::{StreamExt, TryStreamExt};
use proto::v1::project_exports_client::ProjectExportsClient;
use proto::v1::{
    CreateProjectRequest, DiffFileVersionsRequest, ExportToGithubRequest, FileVersion, GetFileRequest,
    GetFileVersionRequest, GetProjectRequest, ImportFromGithubRequest, ListFilesRequest, ListProjectsRequest,
    ListProjectsResponse, ListRevisionsRequest, Project, ProjectFile, PutFileRequest, PutFileResponse,
    UpdateFileRequest, UpdateProjectRequest,
};
use tonic::{Code, Status};

use super::world::{Person, each_world, fields, problem};

impl Person {
    async fn project(&self, title: &str) -> Result<Project, Status> {
        let request = CreateProjectRequest {
            title: title.to_owned(),
            description: "Keeps them".to_owned(),
            ..CreateProjectRequest::default()
        };
        Ok(self
            .projects()
            .create_project(self.ask(request))
            .await?
            .into_inner())
    }

    async fn list_projects(&self, request: ListProjectsRequest) -> Result<ListProjectsResponse, Status> {
        Ok(self
            .projects()
            .list_projects(self.ask(request))
            .await?
            .into_inner())
    }

    async fn write(&self, project: &Project, path: &str, content: &str) -> Result<PutFileResponse, Status> {
        let request = PutFileRequest {
            project_id: project.id.clone(),
            path: path.to_owned(),
            content: content.to_owned(),
            language: "typescript".to_owned(),
        };
        Ok(self.files().put_file(self.ask(request)).await?.into_inner())
    }

    async fn file(&self, project: &Project, path: &str) -> Result<ProjectFile, Status> {
        Ok(self
            .files()
            .get_file(self.ask(place(project, path)))
            .await?
            .into_inner())
    }

    async fn remove(&self, project: &Project, path: &str) -> Result<(), Status> {
        self.files()
            .delete_file(self.ask(place(project, path)))
            .await
            .map(drop)
    }

    async fn list_files(&self, project: &Project, revision: Option<u32>) -> Result<Vec<ProjectFile>, Status> {
        let request = ListFilesRequest {
            project_id: project.id.clone(),
            with_content: true,
            revision,
        };
        self.files()
            .list_files(self.ask(request))
            .await?
            .into_inner()
            .try_collect()
            .await
    }

    async fn list_versions(&self, project: &Project, path: &str) -> Vec<FileVersion> {
        let listed = self
            .files()
            .list_file_versions(self.ask(place(project, path)))
            .await;
        listed.unwrap().into_inner().versions
    }

    async fn now(&self, project: &Project) -> Project {
        let request = GetProjectRequest {
            id: project.id.clone(),
        };
        self.projects()
            .get_project(self.ask(request))
            .await
            .unwrap()
            .into_inner()
    }
}

fn place(project: &Project, path: &str) -> GetFileRequest {
    GetFileRequest {
        project_id: project.id.clone(),
        path: path.to_owned(),
    }
}

fn version(project: &Project, path: &str, version: u32) -> GetFileVersionRequest {
    GetFileVersionRequest {
        project_id: project.id.clone(),
        path: path.to_owned(),
        version,
    }
}

fn paths(files: &[ProjectFile], origin: &str) -> Vec<String> {
    let of_origin = files.iter().filter(|file| file.origin == origin);
    of_origin.map(|file| file.path.clone()).collect()
}

#[tokio::test]
async fn a_project_begins_with_a_scaffold_and_says_what_is_wrong_with_all_fields() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("  Recipes  ").await.unwrap();
        assert_eq!(
            (project.title.as_str(), project.mode.as_str()),
            ("Recipes", "builder")
        );
        assert_eq!((project.status.as_str(), project.revision), ("planning", 1));
        let files = user.list_files(&project, None).await.unwrap();
        assert_eq!(paths(&files, "scaffold"), scaffold::PATHS);
        assert!(files.iter().all(|file| file.content.is_some()));

        let bad = CreateProjectRequest {
            title: "  x ".to_owned(),
            description: "x".repeat(1001),
            mode: "teacher".to_owned(),
            tech_stack: vec!["x".to_owned(); 11],
        };
        let refused = user.projects().create_project(user.ask(bad)).await.unwrap_err();
        assert_eq!(fields(&refused), ["title", "description", "mode", "tech_stack"]);
    })
    .await;
}

#[tokio::test]
async fn projects_are_listed_in_pages_and_archived_ones_only_when_asked_for() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        other.project("Not yours").await.unwrap();
        let mut made = Vec::new();
        for number in 0..5 {
            made.push(user.project(&format!("Project {number}")).await.unwrap());
            world.clock.advance(std::time::Duration::from_secs(1));
        }
        let archived = GetProjectRequest {
            id: made[2].id.clone(),
        };
        let gone = user.projects().archive_project(user.ask(archived)).await.unwrap();
        assert_eq!(gone.into_inner().status, "archived");

        let page = |page| ListProjectsRequest {
            page_size: Some(2),
            page: Some(page),
            ..ListProjectsRequest::default()
        };
        let first = user.list_projects(page(1)).await.unwrap();
        let titles = |list: &ListProjectsResponse| -> Vec<String> {
            list.projects
                .iter()
                .map(|project| project.title.clone())
                .collect()
        };
        assert_eq!(
            (titles(&first), first.total),
            (vec!["Project 4".to_owned(), "Project 3".to_owned()], 4)
        );
        let second = user.list_projects(page(2)).await.unwrap();
        assert_eq!(titles(&second), ["Project 1", "Project 0"]);
        assert!(second.next_page_token.is_empty());
        let after = ListProjectsRequest {
            page_token: Some(first.page_tokens[0].clone()),
            page_size: Some(1),
            ..ListProjectsRequest::default()
        };
        assert_eq!(titles(&user.list_projects(after).await.unwrap()), ["Project 3"]);
        let before = ListProjectsRequest {
            page_token: Some(second.page_tokens[0].clone()),
            page_size: Some(1),
            backward: true,
            ..ListProjectsRequest::default()
        };
        assert_eq!(titles(&user.list_projects(before).await.unwrap()), ["Project 3"]);
        let of_status = ListProjectsRequest {
            status: "archived".to_owned(),
            ..ListProjectsRequest::default()
        };
        assert_eq!(
            titles(&user.list_projects(of_status).await.unwrap()),
            ["Project 2"]
        );

        let bad = ListProjectsRequest {
            page_size: Some(101),
            page: Some(0),
            mode: "x".to_owned(),
            status: "y".to_owned(),
            ..ListProjectsRequest::default()
        };
        let refused = user.list_projects(bad).await.unwrap_err();
        assert_eq!(fields(&refused), ["page_size", "page", "mode", "status"]);
    })
    .await;
}

#[tokio::test]
async fn each_change_of_a_file_is_a_version_and_a_revision_and_can_be_restored() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        assert!(
            user.write(&project, "src/a.ts", "one\ntwo\n")
                .await
                .unwrap()
                .created
        );
        let again = user.write(&project, "src/a.ts", "one\ntwo\n").await.unwrap();
        assert!(!again.created);
        assert_eq!(again.file.unwrap().version, 1, "nothing differs");
        user.write(&project, "src/a.ts", "one\n2\n").await.unwrap();
        user.remove(&project, "src/a.ts").await.unwrap();
        assert_eq!(
            user.file(&project, "src/a.ts").await.unwrap_err().code(),
            Code::NotFound
        );

        let versions = user.list_versions(&project, "src/a.ts").await;
        let told: Vec<_> = versions
            .iter()
            .map(|one| (one.version, one.revision, one.deleted))
            .collect();
        assert_eq!(told, [(3, 4, true), (2, 3, false), (1, 2, false)]);
        let refused = user
            .files()
            .restore_file_version(user.ask(version(&project, "src/a.ts", 3)))
            .await;
        assert_eq!(fields(&refused.unwrap_err()), ["version"]);
        let restored = user
            .files()
            .restore_file_version(user.ask(version(&project, "src/a.ts", 1)))
            .await;
        let restored = restored.unwrap().into_inner();
        assert_eq!(
            (restored.version, restored.content.as_deref()),
            (4, Some("one\ntwo\n"))
        );
        let old = user
            .files()
            .get_file_version(user.ask(version(&project, "src/a.ts", 2)))
            .await;
        assert_eq!(old.unwrap().into_inner().content.as_deref(), Some("one\n2\n"));
        let none = user
            .files()
            .get_file_version(user.ask(version(&project, "src/a.ts", 9)))
            .await;
        assert_eq!(
            problem(&none.unwrap_err()),
            (Code::NotFound, "FILE_VERSION_NOT_FOUND".to_owned())
        );

        let diff = DiffFileVersionsRequest {
            project_id: project.id.clone(),
            path: "src/a.ts".to_owned(),
            from: 2,
            to: None,
        };
        let diff = user
            .files()
            .diff_file_versions(user.ask(diff))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((diff.to, diff.added_lines, diff.removed_lines), (4, 1, 1));
        assert!(diff.unified.contains("-2\n+two\n"), "{}", diff.unified);

        let revisions = ListRevisionsRequest {
            project_id: project.id.clone(),
            before: None,
            limit: None,
        };
        let revisions = user
            .files()
            .list_revisions(user.ask(revisions))
            .await
            .unwrap()
            .into_inner()
            .revisions;
        let messages: Vec<_> = revisions.iter().map(|one| one.message.as_str()).collect();
        let expected = [
            "Restore src/a.ts as in version 1",
            "Delete src/a.ts",
            "Write src/a.ts",
            "Write src/a.ts",
            "Create the project",
        ];
        assert_eq!(messages, expected);
        assert_eq!(revisions[0].paths, ["src/a.ts"]);
        for (revision, there) in [
            (1, vec![]),
            (2, vec!["src/a.ts"]),
            (4, vec![]),
            (5, vec!["src/a.ts"]),
        ] {
            let files = user.list_files(&project, Some(revision)).await.unwrap();
            assert_eq!(paths(&files, "source"), there, "at {revision}");
        }
        assert_eq!(
            user.list_files(&project, Some(6)).await.unwrap_err().code(),
            Code::NotFound
        );
    })
    .await;
}

#[tokio::test]
async fn what_no_project_can_hold_is_refused_and_changes_nothing() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        user.write(&project, "src/App.tsx", "x").await.unwrap();

        let long = format!("src/{}", "a".repeat(5000));
        for path in [
            "../a.ts",
            "/src/a.ts",
            "src\\a.ts",
            "src/%2e%2e/a",
            ".git/config",
            ".github/workflows/a.yml",
            "src/a\0b",
            &long,
        ] {
            let refused = user.write(&project, path, "x").await.unwrap_err();
            assert_eq!(fields(&refused), ["path"], "{path:?}");
        }
        for (path, reason) in [
            ("package.json", "SCAFFOLD_FILE"),
            ("README.md", "SCAFFOLD_FILE"),
            ("src/app.tsx", "PATH_TAKEN"),
            ("src/App.tsx/b.ts", "PATH_TAKEN"),
        ] {
            let refused = user.write(&project, path, "x").await.unwrap_err();
            assert_eq!(
                problem(&refused),
                (Code::InvalidArgument, reason.to_owned()),
                "{path}"
            );
            assert!(
                fields(&refused).is_empty() && refused.message().contains(path),
                "{refused:?}"
            );
        }
        let refused = user.remove(&project, "index.html").await.unwrap_err();
        assert_eq!(problem(&refused).1, "SCAFFOLD_FILE");
        let large = user
            .write(&project, "src/b.ts", &"x".repeat(100_001))
            .await
            .unwrap_err();
        assert_eq!(fields(&large), ["content"]);
        assert!(
            user.write(&project, "src/b.ts", &"x".repeat(100_000))
                .await
                .is_ok()
        );
        assert_eq!(
            fields(&user.write(&project, "src/c.ts", "\0").await.unwrap_err()),
            ["content"]
        );

        let update = UpdateFileRequest {
            project_id: project.id.clone(),
            path: "src/b.ts".to_owned(),
            content: None,
            language: Some("markdown".to_owned()),
        };
        let updated = user
            .files()
            .update_file(user.ask(update))
            .await
            .unwrap()
            .into_inner();
        assert_eq!((updated.language.as_str(), updated.version), ("markdown", 2));
        assert_eq!(user.now(&project).await.revision, 4);
    })
    .await;
}

#[tokio::test]
async fn an_archived_project_is_read_and_not_written_until_it_is_taken_up_again() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        let update = |status: &str| UpdateProjectRequest {
            id: project.id.clone(),
            status: Some(status.to_owned()),
            ..UpdateProjectRequest::default()
        };
        user.projects()
            .update_project(user.ask(update("archived")))
            .await
            .unwrap();
        let refused = user.write(&project, "src/a.ts", "x").await.unwrap_err();
        assert_eq!(
            problem(&refused),
            (Code::FailedPrecondition, "PROJECT_ARCHIVED".to_owned())
        );
        assert!(user.list_files(&project, None).await.is_ok());
        user.projects()
            .update_project(user.ask(update("in-progress")))
            .await
            .unwrap();
        user.write(&project, "src/a.ts", "x").await.unwrap();

        let nothing = UpdateProjectRequest {
            id: project.id.clone(),
            ..UpdateProjectRequest::default()
        };
        let refused = user
            .projects()
            .update_project(user.ask(nothing))
            .await
            .unwrap_err();
        assert_eq!(fields(&refused), ["title"]);
        let renamed = UpdateProjectRequest {
            id: project.id.clone(),
            title: Some("Cook <b>book</b>".to_owned()),
            ..UpdateProjectRequest::default()
        };
        user.projects().update_project(user.ask(renamed)).await.unwrap();
        let page = user.file(&project, "index.html").await.unwrap();
        assert!(
            page.content.unwrap().contains("Cook &lt;b&gt;book"),
            "the scaffold follows the title"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_or_changes_what_somebody_else_owns() {
    each_world(|world| async move {
        let (user, other) = (world.user(), world.user());
        let project = user.project("Recipes").await.unwrap();
        user.write(&project, "src/a.ts", "secret").await.unwrap();

        let get = || GetProjectRequest {
            id: project.id.clone(),
        };
        let refusals = [
            other.projects().get_project(other.ask(get())).await.unwrap_err(),
            other
                .projects()
                .archive_project(other.ask(get()))
                .await
                .unwrap_err(),
            other
                .projects()
                .watch_project(other.ask(get()))
                .await
                .unwrap_err(),
            other.files().get_archive(other.ask(get())).await.unwrap_err(),
            other.file(&project, "src/a.ts").await.unwrap_err(),
            other.file(&project, "package.json").await.unwrap_err(),
            other.write(&project, "src/a.ts", "mine").await.unwrap_err(),
            other.remove(&project, "src/a.ts").await.unwrap_err(),
            other.list_files(&project, None).await.unwrap_err(),
            {
                let update = UpdateProjectRequest {
                    id: project.id.clone(),
                    title: Some("Mine now".to_owned()),
                    ..UpdateProjectRequest::default()
                };
                let asked = other.projects().update_project(other.ask(update)).await;
                asked.unwrap_err()
            },
            {
                let update = UpdateFileRequest {
                    project_id: project.id.clone(),
                    path: "src/a.ts".to_owned(),
                    content: Some("mine".to_owned()),
                    language: None,
                };
                other.files().update_file(other.ask(update)).await.unwrap_err()
            },
            {
                let export = ExportToGithubRequest {
                    project_id: project.id.clone(),
                    repo_name: "stolen".to_owned(),
                    github_token: "x".to_owned(),
                    ..ExportToGithubRequest::default()
                };
                let mut exports = ProjectExportsClient::new(other.channel());
                let asked = exports.export_to_github(other.ask(export)).await;
                asked.unwrap_err()
            },
            {
                let import = ImportFromGithubRequest {
                    project_id: project.id.clone(),
                    repo_name: "mine".to_owned(),
                    github_token: "x".to_owned(),
                    ..ImportFromGithubRequest::default()
                };
                let mut exports = ProjectExportsClient::new(other.channel());
                let asked = exports.import_from_github(other.ask(import)).await;
                asked.unwrap_err()
            },
            {
                let place = place(&project, "src/a.ts");
                let asked = other.files().list_file_versions(other.ask(place)).await;
                asked.unwrap_err()
            },
            {
                let version = version(&project, "src/a.ts", 1);
                let asked = other.files().get_file_version(other.ask(version)).await;
                asked.unwrap_err()
            },
            {
                let version = version(&project, "src/a.ts", 1);
                let asked = other.files().restore_file_version(other.ask(version)).await;
                asked.unwrap_err()
            },
            {
                let diff = DiffFileVersionsRequest {
                    project_id: project.id.clone(),
                    path: "src/a.ts".to_owned(),
                    from: 1,
                    to: None,
                };
                let asked = other.files().diff_file_versions(other.ask(diff)).await;
                asked.unwrap_err()
            },
            {
                let list = ListRevisionsRequest {
                    project_id: project.id.clone(),
                    before: None,
                    limit: None,
                };
                other.files().list_revisions(other.ask(list)).await.unwrap_err()
            },
        ];
        for refused in refusals {
            assert_eq!(
                problem(&refused),
                (Code::NotFound, "PROJECT_NOT_FOUND".to_owned())
            );
        }
        assert_eq!(
            user.file(&project, "src/a.ts").await.unwrap().content.as_deref(),
            Some("secret")
        );
    })
    .await;
}

#[tokio::test]
async fn writers_at_the_same_time_lose_nothing() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        let writes = (0..20).map(|number| {
            let (user, project) = (user.clone(), project.clone());
            async move {
                user.write(&project, &format!("src/f{}.ts", number % 5), &number.to_string())
                    .await
            }
        });
        let written = futures::future::join_all(writes).await;

        assert!(written.iter().all(Result::is_ok), "{written:?}");
        assert_eq!(user.now(&project).await.revision, 21);
        for number in 0..5 {
            assert_eq!(
                user.list_versions(&project, &format!("src/f{number}.ts"))
                    .await
                    .len(),
                4
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_archive_has_every_file_and_the_same_bytes_each_time() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        for number in 0..45 {
            user.write(
                &project,
                &format!("src/f{number}.ts"),
                &format!("export const n = {number}\n"),
            )
            .await
            .unwrap();
        }
        let archive = || async {
            let get = GetProjectRequest {
                id: project.id.clone(),
            };
            let pieces = user
                .files()
                .get_archive(user.ask(get))
                .await
                .unwrap()
                .into_inner();
            pieces
                .try_fold(Vec::new(), |mut all, piece| async move {
                    all.extend(piece.data);
                    Ok(all)
                })
                .await
                .unwrap()
        };

        let bytes = archive().await;
        assert_eq!(bytes, archive().await);
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(zip.len(), 45 + scaffold::PATHS.len());
        let mut text = String::new();
        zip.by_name("src/f44.ts")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "export const n = 44\n");
        assert!(zip.by_name("package-lock.json").is_ok());
    })
    .await;
}

#[tokio::test]
async fn whoever_watches_a_project_sees_it_change() {
    each_world(|world| async move {
        let user = world.user();
        let project = user.project("Recipes").await.unwrap();
        let get = GetProjectRequest {
            id: project.id.clone(),
        };
        let mut seen = user
            .projects()
            .watch_project(user.ask(get))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(seen.next().await.unwrap().unwrap().revision, 1);
        user.write(&project, "src/a.ts", "x").await.unwrap();
        assert_eq!(seen.next().await.unwrap().unwrap().revision, 2);
    })
    .await;
}
