//! `saga.v1.ProjectExports`.

use kit::into_status;
use kit::rpc::actor_of;
use proto::v1;
use proto::v1::project_exports_server::ProjectExports;
use tonic::{Request, Response, Status};

use crate::domain::github_export::{ExportRequest, GithubExports};
use crate::domain::github_import::{GithubImports, ImportRequest};

pub(crate) struct ProjectExportsRpc {
    pub(crate) exports: GithubExports,
    pub(crate) imports: GithubImports,
}

#[tonic::async_trait]
impl ProjectExports for ProjectExportsRpc {
    async fn export_to_github(
        &self,
        request: Request<v1::ExportToGithubRequest>,
    ) -> Result<Response<v1::GithubExport>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let asked = ExportRequest {
            repo_name: message.repo_name,
            owner: message.owner,
            description: message.description,
            private: message.private,
            token: message.github_token.into(),
            branch: message.branch,
            pull_request: message.pull_request,
            message: message.message,
            overwrite: message.overwrite,
        };
        let exported = self.exports.export(owner, &message.project_id, asked).await;
        let export = exported.map_err(into_status)?;

        Ok(Response::new(v1::GithubExport {
            repo_url: export.repo_url,
            clone_url: export.clone_url,
            commit_sha: export.commit_sha,
            branch: export.branch,
            files_exported: export.files_exported,
            files_sent: export.files_sent,
            pull_request_url: export.pull_request_url,
        }))
    }

    async fn import_from_github(
        &self,
        request: Request<v1::ImportFromGithubRequest>,
    ) -> Result<Response<v1::GithubImport>, Status> {
        let owner = actor_of(&request)?.user_id;
        let message = request.into_inner();
        let asked = ImportRequest {
            repo_name: message.repo_name,
            owner: message.owner,
            token: message.github_token.into(),
            branch: message.branch,
        };
        let imported = self.imports.import(owner, &message.project_id, asked).await;
        let import = imported.map_err(into_status)?;

        let left_out = import.left_out.told.into_iter();
        Ok(Response::new(v1::GithubImport {
            repo_url: import.repo_url,
            branch: import.branch,
            commit_sha: import.commit_sha,
            revision: import.revision,
            files_imported: import.files_imported,
            left_out: left_out
                .map(|(path, reason)| v1::FileLeftOut { path, reason })
                .collect(),
            files_left_out: import.left_out.count,
        }))
    }
}
