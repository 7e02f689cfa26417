//! restic's repositories: made, filled, read, listed, pruned, deleted.

use proto::v1::{
    CreateResticRepositoryRequest, DeleteResticObjectRequest, DeleteResticRepositoryRequest,
    GetResticObjectRequest, ListResticObjectsRequest, NewResticObject, ResticObject, ResticObjectKey,
    upload_piece::Piece,
};
use tonic::Status;

use super::{Operation, Price, Service, backups::stream_pieces, caller_kind::AccountHolder};
use crate::{
    extract::UploadBody,
    identity::{AppendBackups, ReadBackups, RequestContext, WriteBackups},
    services::Services,
};

/// Objects in one page of the service's list.
const PAGE: usize = 10_000;

pub(crate) struct CreateResticRepository(pub(crate) String);

impl Operation for CreateResticRepository {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ();

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = CreateResticRepositoryRequest { repository: self.0 };
        services
            .restic(context)
            .create_restic_repository(request)
            .await
            .map(drop)
    }
}

pub(crate) struct DeleteResticRepository(pub(crate) String);

impl Operation for DeleteResticRepository {
    type Caller = AccountHolder;
    type Scope = WriteBackups;
    type Output = ();

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = DeleteResticRepositoryRequest { repository: self.0 };
        services
            .restic(context)
            .delete_restic_repository(request)
            .await
            .map(drop)
    }
}

pub(crate) struct UploadResticObject {
    pub(crate) key: ResticObjectKey,
    pub(crate) body: UploadBody,
}

impl Operation for UploadResticObject {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ResticObject;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ResticObject, Status> {
        let head = NewResticObject {
            key: Some(self.key),
            length: self.body.declared,
        };
        let pieces = stream_pieces(Piece::ResticObject(head), self.body.clone());
        let uploaded = services
            .restic_uploads(context)
            .upload_restic_object(pieces)
            .await;
        // Of what is there already nothing was read.
        self.body.discard_rest().await;

        Ok(uploaded?.into_inner())
    }
}

pub(crate) struct GetResticObject(pub(crate) ResticObjectKey);

impl Operation for GetResticObject {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = ResticObject;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<ResticObject, Status> {
        let request = GetResticObjectRequest { key: Some(self.0) };
        let object = services.restic(context).get_restic_object(request).await?;

        Ok(object.into_inner())
    }
}

/// All of one kind, by name.
pub(crate) struct ListResticObjects {
    pub(crate) repository: String,
    pub(crate) kind: String,
}

impl Operation for ListResticObjects {
    type Caller = AccountHolder;
    type Scope = ReadBackups;
    type Output = Vec<ResticObject>;

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<Self::Output, Status> {
        let mut all = Vec::new();
        loop {
            let request = ListResticObjectsRequest {
                repository: self.repository.clone(),
                kind: self.kind.clone(),
                after: all
                    .last()
                    .map(|last: &ResticObject| last.name.clone())
                    .unwrap_or_default(),
            };
            let page = services.restic(context).list_restic_objects(request).await?;
            let page = page.into_inner().objects;
            let more = page.len() >= PAGE;
            all.extend(page);

            if !more {
                return Ok(all);
            }
        }
    }
}

/// Of locks by whoever may add; of all else by whoever may delete. The service knows which.
pub(crate) struct DeleteResticObject(pub(crate) ResticObjectKey);

impl Operation for DeleteResticObject {
    type Caller = AccountHolder;
    type Scope = AppendBackups;
    type Output = ();

    const SERVICE: Service = Service::Backup;
    const PRICE: Price = Price::TRANSFER;

    async fn perform(self, services: &Services, context: &RequestContext) -> Result<(), Status> {
        let request = DeleteResticObjectRequest { key: Some(self.0) };
        services
            .restic(context)
            .delete_restic_object(request)
            .await
            .map(drop)
    }
}
