//! The files of projects: read, written, compared, restored, and all of them at once.

use futures::TryStreamExt;
use proto::v1::{
    ArchivePiece, DeleteFileResponse, DiffFileVersionsRequest, FileDiff, FileVersion, GetFileRequest,
    GetFileVersionRequest, GetProjectRequest, ListFileVersionsResponse, ListFilesRequest,
    ListRevisionsRequest, ListRevisionsResponse, ProjectFile, PutFileRequest, PutFileResponse,
    UpdateFileRequest,
};
use tonic::{Status, Streaming};

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadProjects, RequestContext, WriteProjects},
    services::Services,
};

rpc_operations! {
    /// With its content.
    GetFile(GetFileRequest) -> ProjectFile: project_files.get_file,
        AccountHolder, ReadProjects, Price::STANDARD, Field::None;
    PutFile(PutFileRequest) -> PutFileResponse: project_files.put_file,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("putProjectFile");
    UpdateFile(UpdateFileRequest) -> ProjectFile: project_files.update_file,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("updateProjectFile");
    DeleteFile(GetFileRequest) -> DeleteFileResponse: project_files.delete_file,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("deleteProjectFile");
    /// Newest first.
    ListFileVersions(GetFileRequest) -> ListFileVersionsResponse: project_files.list_file_versions,
        AccountHolder, ReadProjects, Price::STANDARD, Field::None;
    GetFileVersion(GetFileVersionRequest) -> FileVersion: project_files.get_file_version,
        AccountHolder, ReadProjects, Price::STANDARD, Field::None;
    DiffFileVersions(DiffFileVersionsRequest) -> FileDiff: project_files.diff_file_versions,
        AccountHolder, ReadProjects, Price::STANDARD, Field::None;
    RestoreFileVersion(GetFileVersionRequest) -> ProjectFile: project_files.restore_file_version,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("restoreProjectFile");
    /// Newest first.
    ListRevisions(ListRevisionsRequest) -> ListRevisionsResponse: project_files.list_revisions,
        AccountHolder, ReadProjects, Price::STANDARD, Field::None;
}

/// All files of a project, by path: at most 10 MiB.
pub(crate) struct ListFiles(pub(crate) ListFilesRequest);

impl Operation for ListFiles {
    type Caller = AccountHolder;
    type Scope = ReadProjects;
    type Output = Vec<ProjectFile>;

    const SERVICE: Service = Service::Story;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Vec<ProjectFile>, Status> {
        let files = services.project_files(context).list_files(self.0).await?;
        files.into_inner().try_collect().await
    }
}

/// A zip of all files, as it is made.
pub(crate) struct GetArchive(pub(crate) GetProjectRequest);

impl Operation for GetArchive {
    type Caller = AccountHolder;
    type Scope = ReadProjects;
    type Output = Streaming<ArchivePiece>;

    const SERVICE: Service = Service::Story;

    async fn perform(
        self,
        services: &Services,
        context: &RequestContext,
    ) -> Result<Streaming<ArchivePiece>, Status> {
        let pieces = services.downloaded_files(context).get_archive(self.0).await?;
        Ok(pieces.into_inner())
    }
}
