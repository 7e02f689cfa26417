//! `saga.v1.ResticRepositories`.

use std::sync::Arc;

use kit::{into_status, shutdown::Shutdown};
use proto::v1::{
    self, CreateResticRepositoryRequest, CreateResticRepositoryResponse, DeleteResticObjectRequest,
    DeleteResticObjectResponse, DeleteResticRepositoryRequest, DeleteResticRepositoryResponse,
    GetResticObjectRequest, ListResticObjectsRequest, ListResticObjectsResponse, ResticObjectKey,
    UploadPiece, restic_repositories_server, upload_piece::Piece,
};
use tonic::{Request, Response, Status, Streaming};

use super::convert::{encode_answer, encode_time, finish_upload, open_request, read_bytes, read_head};
use crate::{
    domain::restic::{RawName, ResticRepositories},
    error::BackupError,
    store::restic::ResticObject,
};

pub(crate) struct ResticRpc {
    pub(crate) repositories: Arc<ResticRepositories>,
    pub(crate) shutdown: Shutdown,
}

#[tonic::async_trait]
impl restic_repositories_server::ResticRepositories for ResticRpc {
    async fn create_restic_repository(
        &self,
        request: Request<CreateResticRepositoryRequest>,
    ) -> Result<Response<CreateResticRepositoryResponse>, Status> {
        let (context, message) = open_request(request)?;
        let created = self.repositories.create(&context, &message.repository).await;

        encode_answer(created, |()| CreateResticRepositoryResponse {})
    }

    async fn delete_restic_repository(
        &self,
        request: Request<DeleteResticRepositoryRequest>,
    ) -> Result<Response<DeleteResticRepositoryResponse>, Status> {
        let (context, message) = open_request(request)?;
        let deleted = self.repositories.delete(&context, &message.repository).await;

        encode_answer(deleted, |()| DeleteResticRepositoryResponse {})
    }

    async fn upload_restic_object(
        &self,
        request: Request<Streaming<UploadPiece>>,
    ) -> Result<Response<v1::ResticObject>, Status> {
        let (context, mut pieces) = open_request(request)?;
        let Some(Piece::ResticObject(head)) = read_head(&mut pieces).await? else {
            let first = BackupError::invalid("restic_object", "as the first piece");
            return Err(into_status(first));
        };

        let repositories = Arc::clone(&self.repositories);
        let upload = async move {
            let name = decode(head.key);
            repositories
                .upload(&context, name, head.length, read_bytes(pieces))
                .await
        };

        encode_answer(finish_upload(&self.shutdown, upload).await, encode)
    }

    async fn get_restic_object(
        &self,
        request: Request<GetResticObjectRequest>,
    ) -> Result<Response<v1::ResticObject>, Status> {
        let (context, message) = open_request(request)?;
        encode_answer(self.repositories.get(&context, decode(message.key)).await, encode)
    }

    async fn list_restic_objects(
        &self,
        request: Request<ListResticObjectsRequest>,
    ) -> Result<Response<ListResticObjectsResponse>, Status> {
        let (context, message) = open_request(request)?;
        let after = RawName {
            repository: message.repository,
            kind: message.kind,
            name: message.after,
        };
        let listed = self.repositories.list(&context, after).await;

        encode_answer(listed, |objects| ListResticObjectsResponse {
            objects: objects.into_iter().map(encode).collect(),
        })
    }

    async fn delete_restic_object(
        &self,
        request: Request<DeleteResticObjectRequest>,
    ) -> Result<Response<DeleteResticObjectResponse>, Status> {
        let (context, message) = open_request(request)?;
        let deleted = self
            .repositories
            .delete_object(&context, decode(message.key))
            .await;

        encode_answer(deleted, |()| DeleteResticObjectResponse {})
    }
}

fn decode(key: Option<ResticObjectKey>) -> RawName {
    let key = key.unwrap_or_default();
    RawName {
        repository: key.repository,
        kind: key.kind,
        name: key.name,
    }
}

fn encode(object: ResticObject) -> v1::ResticObject {
    v1::ResticObject {
        name: object.name,
        size_bytes: u64::try_from(object.size_bytes).unwrap_or_default(),
        s3_key: object.s3_key,
        created_at: Some(encode_time(object.created_at)),
    }
}
