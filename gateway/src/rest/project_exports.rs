//! Projects on their way out, and in, over REST.

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use proto::v1::{ExportToGithubRequest, ImportFromGithubRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{answers::Invalid, projects::parse_project_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, SecretJson},
    operation::project_exports::{ExportToGithub, ImportFromGithub},
    view::projects::{GithubExportView, GithubImportView},
};

/// Where a project goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "repo_name": "recipes", "github_token": "github_pat_…", "private": true }))]
pub(crate) struct ExportToGithubBody {
    /// 1 to 100 letters, digits, dots, hyphens and underscores, a letter or digit first. A repository of that name is gone on with.
    #[serde(alias = "repoName")]
    repo_name: String,
    /// Used for this request and kept nowhere. It needs write access to contents; to administration for a new repository; to pull requests
    /// for one.
    #[serde(alias = "githubToken")]
    github_token: String,
    /// Of a new repository: at most 350 characters.
    #[serde(default)]
    description: String,
    /// Whether a new repository is private. Default: true.
    private: Option<bool>,
    /// The account or organisation that has it. Default: whose token it is.
    #[serde(default)]
    owner: String,
    /// Default: the repository's default branch, which is `main` in a new one. One that is not there begins at the default branch.
    #[serde(default)]
    branch: String,
    /// Open a pull request from `branch` into the default branch. Default: false.
    #[serde(default, alias = "pullRequest")]
    pull_request: bool,
    /// Of the commit: at most 1000 characters.
    #[serde(default)]
    message: String,
    /// Write over files that others put under the project's paths or changed since the last export; they stay in the history. Default: false,
    /// and such files stop the export by their names.
    #[serde(default)]
    overwrite: bool,
}

/// Export a project to GitHub, or once more what has changed.
///
/// The repository is created when there is none. The commit goes on from the branch's head and keeps what others put there; the branch is
/// moved last and never by force, so an export that breaks off changes nothing. The same state again makes no commit. Files that others put
/// under the project's paths, or changed since the last export, stop it unless `overwrite` says so, or a pull request begins a branch of its own.
#[utoipa::path(post, path = "/v1/projects/{id}/export/github", tag = "projects", request_body = ExportToGithubBody,
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The commit", body = GithubExportView),
        (status = 400, description = "Not JSON, the project has no files yet, or GitHub refuses", body = ErrorBody),
        (status = 404, description = "No such project of yours, or nothing at GitHub that the token may see", body = ErrorBody),
        (status = 409, description = "Somebody else moved the branch meanwhile, changed files that were exported, or has files under the project's paths, which are named", body = ErrorBody),
        Invalid))]
pub(crate) async fn export_to_github(
    door: Door<ExportToGithub>,
    id: Result<Path<String>, PathRejection>,
    SecretJson(body): SecretJson<ExportToGithubBody>,
) -> Result<Answer<GithubExportView>, ApiError> {
    let request = ExportToGithubRequest {
        project_id: parse_project_id(id)?,
        repo_name: body.repo_name,
        owner: body.owner,
        description: body.description,
        private: body.private.unwrap_or(true),
        github_token: body.github_token,
        branch: body.branch,
        pull_request: body.pull_request,
        message: body.message,
        overwrite: body.overwrite,
    };
    let export = door.perform(ExportToGithub(request)).await?;

    Ok(Answer(export.into()))
}

/// Where a project's files come from.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "repo_name": "recipes", "github_token": "github_pat_…" }))]
pub(crate) struct ImportFromGithubBody {
    /// 1 to 100 letters, digits, dots, hyphens and underscores, a letter or digit first.
    #[serde(alias = "repoName")]
    repo_name: String,
    /// Used for this request and kept nowhere. It needs read access to contents.
    #[serde(alias = "githubToken")]
    github_token: String,
    /// The account or organisation that has it. Default: whose token it is.
    #[serde(default)]
    owner: String,
    /// Default: the repository's default branch.
    #[serde(default)]
    branch: String,
}

/// Import a project's files from GitHub.
///
/// The files below `src/` at the branch's head become the project's, as one revision; what else the project has stays. What a project can't
/// have (other folders and endings, links, submodules, more than 100,000 bytes, no text) is named with the reason and left out. An export
/// to the same repository goes on from there.
#[utoipa::path(post, path = "/v1/projects/{id}/import/github", tag = "projects", request_body = ImportFromGithubBody,
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "What came, and what did not", body = GithubImportView),
        (status = 400, description = "Not JSON, more than a project can have, or GitHub refuses", body = ErrorBody),
        (status = 404, description = "No such project of yours, or nothing at GitHub that the token may see", body = ErrorBody),
        (status = 409, description = "The project is archived", body = ErrorBody),
        Invalid))]
pub(crate) async fn import_from_github(
    door: Door<ImportFromGithub>,
    id: Result<Path<String>, PathRejection>,
    SecretJson(body): SecretJson<ImportFromGithubBody>,
) -> Result<Answer<GithubImportView>, ApiError> {
    let request = ImportFromGithubRequest {
        project_id: parse_project_id(id)?,
        repo_name: body.repo_name,
        owner: body.owner,
        github_token: body.github_token,
        branch: body.branch,
    };
    let import = door.perform(ImportFromGithub(request)).await?;

    Ok(Answer(import.into()))
}
