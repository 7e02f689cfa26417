//! Billing-svc as far as the door asks it by itself: how often somebody may ask, and whether they may at all.

use kit::rpc::actor_of;
use proto::v1::{self as pb, billing_server::Billing};
use tonic::{Request, Response, Status};

use super::World;

#[tonic::async_trait]
impl Billing for World {
    async fn get_entitlements(
        &self,
        _request: Request<pb::GetEntitlementsRequest>,
    ) -> Result<Response<pb::Entitlements>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    /// Everybody has everything but what a test takes away.
    async fn check_feature(
        &self,
        request: Request<pb::CheckFeatureRequest>,
    ) -> Result<Response<pb::CheckFeatureResponse>, Status> {
        let lacking = self.lock().lacking;

        Ok(Response::new(pb::CheckFeatureResponse {
            allowed: lacking != Some(request.get_ref().feature.as_str()),
            least_tier: Some("pro".to_owned()),
        }))
    }

    async fn list_plans(
        &self,
        _request: Request<pb::ListPlansRequest>,
    ) -> Result<Response<pb::ListPlansResponse>, Status> {
        Err(Status::unimplemented("not scripted"))
    }

    /// What a test has sold to everybody; without it there is no billing.
    async fn get_rate_limit(
        &self,
        request: Request<pb::GetRateLimitRequest>,
    ) -> Result<Response<pb::GetRateLimitResponse>, Status> {
        let tier = actor_of(&request)?.tier;
        let mut state = self.lock();
        state.rates_asked += 1;
        let rate = state
            .rate
            .ok_or_else(|| Status::unavailable("there is no billing"))?;

        Ok(Response::new(pb::GetRateLimitResponse {
            tier: tier.to_string(),
            sold: rate > 0,
            requests_per_minute: rate,
        }))
    }
}
