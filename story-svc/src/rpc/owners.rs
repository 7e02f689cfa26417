//! `saga.v1.StoryOwners`.

use kit::into_status;
use kit::rpc::{actor_of, request_id_of};
use proto::v1::story_owners_server::StoryOwners;
use proto::v1::{ClaimStoriesResponse, OwnerRequest, StartDeletionResponse};
use tonic::{Request, Response, Status};

use crate::domain::owners::Owners;

pub(crate) struct OwnersRpc(pub(crate) Owners);

#[tonic::async_trait]
impl StoryOwners for OwnersRpc {
    async fn claim_stories(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<ClaimStoriesResponse>, Status> {
        let actor = actor_of(&request)?;
        let claimed = self.0.claim(&actor, &request.get_ref().user_id).await;
        let stories = claimed.map_err(into_status)?;
        Ok(Response::new(ClaimStoriesResponse { stories }))
    }

    async fn start_deletion(
        &self,
        request: Request<OwnerRequest>,
    ) -> Result<Response<StartDeletionResponse>, Status> {
        let (actor, request_id) = (actor_of(&request)?, request_id_of(&request));
        let started = self
            .0
            .start_deletion(&actor, &request_id, &request.get_ref().user_id)
            .await;
        let run_id = started.map_err(into_status)?.to_string();
        Ok(Response::new(StartDeletionResponse { run_id }))
    }
}
