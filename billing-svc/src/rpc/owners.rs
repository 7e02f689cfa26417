//! `saga.v1.BillingOwners`.

use kit::{into_status, rpc::actor_of};
use proto::v1::{DeleteBillingRequest, DeleteBillingResponse, billing_owners_server::BillingOwners};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{clients::SERVICE, domain::leaving::Leaving, error::BillingError};

pub(crate) struct OwnersRpc {
    pub(crate) leaving: Leaving,
}

#[tonic::async_trait]
impl BillingOwners for OwnersRpc {
    async fn delete_billing(
        &self,
        request: Request<DeleteBillingRequest>,
    ) -> Result<Response<DeleteBillingResponse>, Status> {
        if !actor_of(&request)?.has_scope(SERVICE) {
            return Err(into_status(BillingError::Denied));
        }
        let user = Uuid::try_parse(&request.get_ref().user_id)
            .map_err(|_| into_status(BillingError::invalid("user_id", "a UUID")))?;
        self.leaving.delete_user(user).await.map_err(into_status)?;

        Ok(Response::new(DeleteBillingResponse {}))
    }
}
