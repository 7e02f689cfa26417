//! `saga.v1.ResumableUploads`.

use std::sync::Arc;

use kit::{into_status, shutdown::Shutdown};
use proto::v1::{
    self, CreateResumableUploadRequest, DeleteResumableUploadRequest, DeleteResumableUploadResponse,
    GetResumableUploadRequest, UploadPiece, resumable_uploads_server, upload_piece::Piece,
};
use tonic::{Request, Response, Status, Streaming};

use super::{
    backups,
    convert::{encode_answer, encode_time, finish_upload, open_request, read_bytes, read_head},
};
use crate::{
    domain::resumable::{AppendInput, ResumableInput, ResumableUploads},
    error::BackupError,
    store::resumable::ResumableUpload,
};

pub(crate) struct ResumableRpc {
    pub(crate) uploads: Arc<ResumableUploads>,
    pub(crate) shutdown: Shutdown,
}

#[tonic::async_trait]
impl resumable_uploads_server::ResumableUploads for ResumableRpc {
    async fn create_resumable_upload(
        &self,
        request: Request<CreateResumableUploadRequest>,
    ) -> Result<Response<v1::ResumableUpload>, Status> {
        let (context, message) = open_request(request)?;
        let input = ResumableInput {
            length: message.length,
            partial: message.partial,
            joins: message.joins,
            backup: backups::decode(message.backup.unwrap_or_default()),
        };
        let uploads = Arc::clone(&self.uploads);
        let create = async move { uploads.create(&context, input).await };

        encode_answer(finish_upload(&self.shutdown, create).await, encode)
    }

    async fn get_resumable_upload(
        &self,
        request: Request<GetResumableUploadRequest>,
    ) -> Result<Response<v1::ResumableUpload>, Status> {
        let (context, message) = open_request(request)?;
        let uploads = Arc::clone(&self.uploads);
        let get = async move { uploads.get(&context, &message.id).await };

        encode_answer(finish_upload(&self.shutdown, get).await, encode)
    }

    async fn append_to_resumable_upload(
        &self,
        request: Request<Streaming<UploadPiece>>,
    ) -> Result<Response<v1::ResumableUpload>, Status> {
        let (context, mut pieces) = open_request(request)?;
        let Some(Piece::Append(head)) = read_head(&mut pieces).await? else {
            return Err(into_status(BackupError::invalid("append", "as the first piece")));
        };

        let input = AppendInput {
            id: head.id,
            offset: head.offset,
            checksum: head.checksum,
        };
        let uploads = Arc::clone(&self.uploads);
        let append = async move { uploads.append(&context, input, read_bytes(pieces)).await };

        encode_answer(finish_upload(&self.shutdown, append).await, encode)
    }

    async fn delete_resumable_upload(
        &self,
        request: Request<DeleteResumableUploadRequest>,
    ) -> Result<Response<DeleteResumableUploadResponse>, Status> {
        let (context, message) = open_request(request)?;
        let deleted = self.uploads.delete(&context, &message.id).await;

        encode_answer(deleted, |()| DeleteResumableUploadResponse {})
    }
}

fn encode(upload: ResumableUpload) -> v1::ResumableUpload {
    v1::ResumableUpload {
        id: upload.id.to_string(),
        length: u64::try_from(upload.length).unwrap_or_default(),
        offset: u64::try_from(upload.received).unwrap_or_default(),
        partial: upload.partial,
        joins: upload.joins.iter().map(ToString::to_string).collect(),
        expires_at: Some(encode_time(upload.expires_at)),
    }
}
