//! Uploads that go on where they broke off: begun, looked up, gone on with, given up.

use proto::v1::{
    CreateResumableUploadRequest, DeleteResumableUploadRequest, GetResumableUploadRequest, ResumableAppend,
    ResumableUpload, upload_piece::Piece,
};
use tonic::Status;

use super::{
    Operation, Price, Service,
    backups::stream_pieces,
    caller_kind::{AccountHolder, Visitor},
};
use crate::{
    extract::UploadBody,
    identity::{AppendBackups, RequestContext, Unscoped},
    services::Services,
};

/// Says what can be done here.
pub(crate) struct DescribeUploads;

impl Operation for DescribeUploads {
    type Caller = Visitor;
    type Scope = Unscoped;
    type Output = ();

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, _: &Services, _: &RequestContext) -> Result<(), Status> {
        Ok(())
    }
}

pub(crate) struct CreateUpload(pub(crate) CreateResumableUploadRequest);

impl Operation for CreateUpload {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ResumableUpload;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ResumableUpload, Status> {
        let created = services
            .resumable_uploads(context)
            .create_resumable_upload(self.0)
            .await?;

        Ok(created.into_inner())
    }
}

pub(crate) struct GetUpload(pub(crate) String);

impl Operation for GetUpload {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ResumableUpload;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ResumableUpload, Status> {
        let request = GetResumableUploadRequest { id: self.0 };
        let upload = services
            .resumable_uploads(context)
            .get_resumable_upload(request)
            .await?;

        Ok(upload.into_inner())
    }
}

pub(crate) struct AppendToUpload {
    pub(crate) head: ResumableAppend,
    pub(crate) body: UploadBody,
}

impl Operation for AppendToUpload {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ResumableUpload;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ResumableUpload, Status> {
        let pieces = stream_pieces(Piece::Append(self.head), self.body.clone());
        let appended = services
            .resumable_uploads(context)
            .append_to_resumable_upload(pieces)
            .await;
        if appended.is_err() {
            self.body.discard_rest().await;
        }

        Ok(appended?.into_inner())
    }
}

pub(crate) struct DeleteUpload(pub(crate) String);

impl Operation for DeleteUpload {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ();

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = DeleteResumableUploadRequest { id: self.0 };
        services
            .resumable_uploads(context)
            .delete_resumable_upload(request)
            .await
            .map(drop)
    }
}
