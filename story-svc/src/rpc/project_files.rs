//! `saga.v1.ProjectFiles`.

use std::pin::Pin;

use futures::Stream;
use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::project_files_server::ProjectFiles;
use tonic::{Request, Response, Status};

use super::convert;
use crate::domain::project::{FileLanguage, FileVersion, ProjectFile, Revision};
use crate::domain::project_files::{self as domain, RawFile};

/// Files that are read at once for a list with contents.
const AT_ONCE: usize = 20;

pub(crate) struct ProjectFilesRpc(pub(crate) domain::ProjectFiles);

#[tonic::async_trait]
impl ProjectFiles for ProjectFilesRpc {
    type ListFilesStream = Pin<Box<dyn Stream<Item = Result<v1::ProjectFile, Status>> + Send>>;
    type GetArchiveStream = Pin<Box<dyn Stream<Item = Result<v1::ArchivePiece, Status>> + Send>>;

    async fn list_files(
        &self,
        request: Request<v1::ListFilesRequest>,
    ) -> Result<Response<Self::ListFilesStream>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let listed = self.0.list(owner, &message.project_id, message.revision).await;
        let (_, mut files) = listed.map_err(into_status)?;
        let domain = self.0.clone();

        let files = async_stream::try_stream! {
            for some in files.chunks_mut(AT_ONCE) {
                if message.with_content {
                    domain.fill(owner, some).await.map_err(into_status)?;
                }
                for file in some {
                    yield encode(file.clone());
                }
            }
        };

        Ok(Response::new(Box::pin(files)))
    }

    async fn get_file(
        &self,
        request: Request<v1::GetFileRequest>,
    ) -> Result<Response<v1::ProjectFile>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let found = self.0.get(owner, &message.project_id, &message.path).await;
        found.map(encode).map(Response::new).map_err(into_status)
    }

    async fn put_file(
        &self,
        request: Request<v1::PutFileRequest>,
    ) -> Result<Response<v1::PutFileResponse>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let raw = RawFile {
            path: message.path,
            content: Some(message.content),
            language: Some(message.language),
        };
        let (file, created) = self
            .0
            .put(owner, &message.project_id, raw)
            .await
            .map_err(into_status)?;

        Ok(Response::new(v1::PutFileResponse {
            file: Some(encode(file)),
            created,
        }))
    }

    async fn update_file(
        &self,
        request: Request<v1::UpdateFileRequest>,
    ) -> Result<Response<v1::ProjectFile>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let raw = RawFile {
            path: message.path,
            content: message.content,
            language: message.language,
        };
        let updated = self.0.update(owner, &message.project_id, raw).await;
        updated.map(encode).map(Response::new).map_err(into_status)
    }

    async fn delete_file(
        &self,
        request: Request<v1::GetFileRequest>,
    ) -> Result<Response<v1::DeleteFileResponse>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let deleted = self.0.delete(owner, &message.project_id, &message.path).await;
        deleted.map_err(into_status)?;
        Ok(Response::new(v1::DeleteFileResponse {}))
    }

    async fn list_file_versions(
        &self,
        request: Request<v1::GetFileRequest>,
    ) -> Result<Response<v1::ListFileVersionsResponse>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let listed = self
            .0
            .list_versions(owner, &message.project_id, &message.path)
            .await;
        let versions = listed.map_err(into_status)?.into_iter();
        Ok(Response::new(v1::ListFileVersionsResponse {
            versions: versions.map(|version| encode_version(version, None)).collect(),
        }))
    }

    async fn get_file_version(
        &self,
        request: Request<v1::GetFileVersionRequest>,
    ) -> Result<Response<v1::FileVersion>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let place = (message.path.as_str(), message.version);
        let found = self.0.get_version(owner, &message.project_id, place).await;
        let (version, content) = found.map_err(into_status)?;
        Ok(Response::new(encode_version(version, content)))
    }

    async fn diff_file_versions(
        &self,
        request: Request<v1::DiffFileVersionsRequest>,
    ) -> Result<Response<v1::FileDiff>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let between = (message.from, message.to);
        let compared = self
            .0
            .diff(owner, &message.project_id, &message.path, between)
            .await;
        let diff = compared.map_err(into_status)?;

        Ok(Response::new(v1::FileDiff {
            path: diff.path,
            from: diff.from,
            to: diff.to,
            added_lines: diff.added_lines,
            removed_lines: diff.removed_lines,
            unified: diff.unified,
        }))
    }

    async fn restore_file_version(
        &self,
        request: Request<v1::GetFileVersionRequest>,
    ) -> Result<Response<v1::ProjectFile>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let place = (message.path.as_str(), message.version);
        let restored = self.0.restore(owner, &message.project_id, place).await;
        restored.map(encode).map(Response::new).map_err(into_status)
    }

    async fn list_revisions(
        &self,
        request: Request<v1::ListRevisionsRequest>,
    ) -> Result<Response<v1::ListRevisionsResponse>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let wanted = (message.before, message.limit);
        let listed = self.0.list_revisions(owner, &message.project_id, wanted).await;
        let revisions = listed.map_err(into_status)?.into_iter();
        Ok(Response::new(v1::ListRevisionsResponse {
            revisions: revisions.map(encode_revision).collect(),
        }))
    }

    async fn get_archive(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<Self::GetArchiveStream>, Status> {
        let owner = actor_of(&request)?.user_id;
        let begun = self.0.archive(owner, &request.into_inner().id).await;
        let mut archive = begun.map_err(into_status)?;
        let pieces = async_stream::stream! {
            while let Some(piece) = archive.next().await {
                yield piece.map(|data| v1::ArchivePiece { data: data.into() }).map_err(into_status);
            }
        };

        Ok(Response::new(Box::pin(pieces)))
    }
}

fn encode(file: ProjectFile) -> v1::ProjectFile {
    v1::ProjectFile {
        id: file.id.to_string(),
        project_id: file.project_id.to_string(),
        path: file.path,
        content: file.content,
        language: file.language.map_or("text", FileLanguage::as_str).to_owned(),
        version: file.version,
        origin: file.origin.as_str().to_owned(),
        bytes: file.bytes,
        digest: file.digest,
        created_at: Some(convert::timestamp(file.created_at)),
        updated_at: Some(convert::timestamp(file.updated_at)),
    }
}

fn encode_version(version: FileVersion, content: Option<String>) -> v1::FileVersion {
    v1::FileVersion {
        path: version.path,
        version: version.version,
        revision: version.revision,
        language: version.language.as_str().to_owned(),
        bytes: version.bytes,
        deleted: version.digest.is_none(),
        digest: version.digest.unwrap_or_default(),
        message: version.message,
        created_at: Some(convert::timestamp(version.created_at)),
        content,
    }
}

fn encode_revision(revision: Revision) -> v1::Revision {
    v1::Revision {
        number: revision.number,
        message: revision.message,
        author_name: revision.author.name,
        author_email: revision.author.email,
        created_at: Some(convert::timestamp(revision.created_at)),
        paths: revision.paths,
    }
}
