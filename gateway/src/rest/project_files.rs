//! The files of projects over REST. A file's path is one segment of the address with its slashes as `%2F`; what comes with
//! slashes is rewritten before it is routed (`layers/file_paths.rs`).

use axum::{
    Json as Answer,
    extract::{Path, rejection::PathRejection},
};
use http::StatusCode;
use proto::v1::{
    DiffFileVersionsRequest, GetFileRequest, GetFileVersionRequest, ListFilesRequest, PutFileRequest,
    UpdateFileRequest,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{answers::Invalid, projects::parse_project_id};
use crate::{
    error::{ApiError, ErrorBody},
    extract::{Door, Json, Query, Switch, VersionNumber},
    operation::project_files::{
        DeleteFile, DiffFileVersions, GetFile, GetFileVersion, ListFileVersions, ListFiles, PutFile,
        RestoreFileVersion, UpdateFile,
    },
    view::{
        accounts::Done,
        projects::{
            FileDiffView, FileVersionList, FileVersionView, ProjectFileLanguage, ProjectFileList,
            ProjectFileView,
        },
    },
};

type FilePlace = Result<Path<(String, String)>, PathRejection>;
type VersionPlace = Result<Path<(String, String, String)>, PathRejection>;

fn parse_file_place(place: FilePlace) -> Result<GetFileRequest, ApiError> {
    let Path((id, path)) = place.map_err(|_| ApiError::not_found("There is no such file."))?;

    Ok(GetFileRequest {
        project_id: parse_project_id(Ok(Path(id)))?,
        path,
    })
}

fn parse_version_place(place: VersionPlace) -> Result<GetFileVersionRequest, ApiError> {
    let unknown = || ApiError::not_found("There is no such version.");
    let Path((id, path, version)) = place.map_err(|_| unknown())?;

    Ok(GetFileVersionRequest {
        project_id: parse_project_id(Ok(Path(id)))?,
        path,
        version: version.parse().map_err(|_| unknown())?,
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FilesQuery {
    /// Whether contents come along. Default: true.
    #[param(value_type = Option<bool>)]
    content: Option<Switch>,
    /// As the files were at this revision. Default: the newest.
    #[param(value_type = Option<u32>, minimum = 1)]
    revision: Option<VersionNumber>,
}

/// All files of a project by path, with the scaffold that the server makes.
#[utoipa::path(get, path = "/v1/projects/{id}/files", tag = "projects",
    params(("id" = String, Path, description = "Project id"), FilesQuery),
    responses(
        (status = 200, description = "The files", body = ProjectFileList),
        (status = 404, description = "No such project of yours, or revision of it", body = ErrorBody),
        Invalid))]
pub(crate) async fn list_files(
    door: Door<ListFiles>,
    id: Result<Path<String>, PathRejection>,
    Query(query): Query<FilesQuery>,
) -> Result<Answer<ProjectFileList>, ApiError> {
    let project_id = parse_project_id(id)?;
    let request = ListFilesRequest {
        project_id: project_id.clone(),
        with_content: query.content.is_none_or(|content| content.0),
        revision: query.revision.map(|revision| revision.0),
    };
    let files = door.perform(ListFiles(request)).await?;

    Ok(Answer(ProjectFileList {
        project_id,
        count: files.len(),
        files: files.into_iter().map(ProjectFileView::from).collect(),
    }))
}

/// A file to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "path": "src/App.tsx", "content": "export const App = () => <h1>Hello</h1>\n", "language": "tsx" }))]
pub(crate) struct CreateFileBody {
    /// 5 to 500 characters of `a-z A-Z 0-9 / _ - .`, below `src/`, without `..`.
    path: String,
    /// At most 100,000 bytes.
    content: String,
    /// typescript, javascript, jsx, tsx, css or html.
    language: ProjectFileLanguage,
}

/// Write a file: it is created, or gets its next version. The same content again changes nothing.
#[utoipa::path(post, path = "/v1/projects/{id}/files", tag = "projects", request_body = CreateFileBody,
    params(("id" = String, Path, description = "Project id")),
    responses(
        (status = 200, description = "The file was there; this is it now", body = ProjectFileView),
        (status = 201, description = "The file was created", body = ProjectFileView),
        (status = 400, description = "Not JSON; a path of the scaffold, or one that another file stands in the way of", body = ErrorBody),
        (status = 404, description = "No such project of yours", body = ErrorBody),
        Invalid))]
pub(crate) async fn put_file(
    door: Door<PutFile>,
    id: Result<Path<String>, PathRejection>,
    Json(body): Json<CreateFileBody>,
) -> Result<(StatusCode, Answer<ProjectFileView>), ApiError> {
    let request = PutFileRequest {
        project_id: parse_project_id(id)?,
        path: body.path,
        content: body.content,
        language: body.language.as_str().to_owned(),
    };
    let written = door.perform(PutFile(request)).await?;
    let status = match written.created {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };

    Ok((status, Answer(written.file.unwrap_or_default().into())))
}

/// One file with its content.
#[utoipa::path(get, path = "/v1/projects/{id}/files/{path}", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file")),
    responses(
        (status = 200, description = "The file", body = ProjectFileView),
        (status = 404, description = "No such project of yours, or file in it", body = ErrorBody)))]
pub(crate) async fn get_file(
    door: Door<GetFile>,
    place: FilePlace,
) -> Result<Answer<ProjectFileView>, ApiError> {
    let file = door.perform(GetFile(parse_file_place(place)?)).await?;
    Ok(Answer(file.into()))
}

/// What to change of a file: at least one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "content": "export const App = () => <h1>Hi</h1>\n" }))]
pub(crate) struct UpdateFileBody {
    /// At most 100,000 bytes.
    content: Option<String>,
    /// As for a new file, or json or markdown.
    #[schema(inline)]
    language: Option<ProjectFileLanguage>,
}

/// Change a file that is there.
#[utoipa::path(put, path = "/v1/projects/{id}/files/{path}", tag = "projects", request_body = UpdateFileBody,
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file")),
    responses(
        (status = 200, description = "The file", body = ProjectFileView),
        (status = 400, description = "Not JSON, or the file is part of the scaffold", body = ErrorBody),
        (status = 404, description = "No such project of yours, or file in it", body = ErrorBody),
        Invalid))]
pub(crate) async fn update_file(
    door: Door<UpdateFile>,
    place: FilePlace,
    Json(body): Json<UpdateFileBody>,
) -> Result<Answer<ProjectFileView>, ApiError> {
    let GetFileRequest { project_id, path } = parse_file_place(place)?;
    let request = UpdateFileRequest {
        project_id,
        path,
        content: body.content,
        language: body.language.map(|language| language.as_str().to_owned()),
    };
    let file = door.perform(UpdateFile(request)).await?;

    Ok(Answer(file.into()))
}

/// Delete a file. Its versions stay, and can be restored.
#[utoipa::path(delete, path = "/v1/projects/{id}/files/{path}", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file")),
    responses(
        (status = 200, description = "It is deleted", body = Done),
        (status = 400, description = "The file is part of the scaffold", body = ErrorBody),
        (status = 404, description = "No such project of yours, or file in it", body = ErrorBody)))]
pub(crate) async fn delete_file(door: Door<DeleteFile>, place: FilePlace) -> Result<Answer<Done>, ApiError> {
    door.perform(DeleteFile(parse_file_place(place)?)).await?;
    Ok(Answer(Done::YES))
}

/// The versions of a file, newest first; also of one that was deleted.
#[utoipa::path(get, path = "/v1/projects/{id}/files/{path}/versions", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file")),
    responses(
        (status = 200, description = "At most 1000", body = FileVersionList),
        (status = 404, description = "No such project of yours, or file in it", body = ErrorBody)))]
pub(crate) async fn list_file_versions(
    door: Door<ListFileVersions>,
    place: FilePlace,
) -> Result<Answer<FileVersionList>, ApiError> {
    let place = parse_file_place(place)?;
    let list = door.perform(ListFileVersions(place.clone())).await?;

    Ok(Answer(FileVersionList {
        project_id: place.project_id,
        path: place.path,
        count: list.versions.len(),
        versions: list.versions.into_iter().map(FileVersionView::from).collect(),
    }))
}

/// One version of a file with its content.
#[utoipa::path(get, path = "/v1/projects/{id}/files/{path}/versions/{version}", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file"),
        ("version" = u32, Path, description = "Its number")),
    responses(
        (status = 200, description = "The version", body = FileVersionView),
        (status = 404, description = "No such version", body = ErrorBody)))]
pub(crate) async fn get_file_version(
    door: Door<GetFileVersion>,
    place: VersionPlace,
) -> Result<Answer<FileVersionView>, ApiError> {
    let version = door.perform(GetFileVersion(parse_version_place(place)?)).await?;
    Ok(Answer(version.into()))
}

/// Make an older version the newest one.
#[utoipa::path(post, path = "/v1/projects/{id}/files/{path}/versions/{version}/restore", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file"),
        ("version" = u32, Path, description = "Its number")),
    responses(
        (status = 200, description = "The file as it is now", body = ProjectFileView),
        (status = 404, description = "No such version", body = ErrorBody),
        Invalid))]
pub(crate) async fn restore_file_version(
    door: Door<RestoreFileVersion>,
    place: VersionPlace,
) -> Result<Answer<ProjectFileView>, ApiError> {
    let file = door
        .perform(RestoreFileVersion(parse_version_place(place)?))
        .await?;
    Ok(Answer(file.into()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DiffQuery {
    /// Number of the older version.
    #[param(value_type = u32, minimum = 1)]
    from: VersionNumber,
    /// Number of the other one. Default: the newest.
    #[param(value_type = Option<u32>, minimum = 1)]
    to: Option<VersionNumber>,
}

/// What differs between two versions of a file.
#[utoipa::path(get, path = "/v1/projects/{id}/files/{path}/diff", tag = "projects",
    params(("id" = String, Path, description = "Project id"), ("path" = String, Path, description = "Path of the file"), DiffQuery),
    responses(
        (status = 200, description = "In the unified format", body = FileDiffView),
        (status = 404, description = "No such version", body = ErrorBody),
        Invalid))]
pub(crate) async fn diff_file_versions(
    door: Door<DiffFileVersions>,
    place: FilePlace,
    Query(query): Query<DiffQuery>,
) -> Result<Answer<FileDiffView>, ApiError> {
    let GetFileRequest { project_id, path } = parse_file_place(place)?;
    let request = DiffFileVersionsRequest {
        project_id,
        path,
        from: query.from.0,
        to: query.to.map(|version| version.0),
    };
    let diff = door.perform(DiffFileVersions(request)).await?;

    Ok(Answer(diff.into()))
}
