//! `saga.v1.Billing`.

use kit::{actor::Tier, into_status, rpc::actor_of};
use proto::v1::{
    self, CheckFeatureRequest, CheckFeatureResponse, GetEntitlementsRequest, GetRateLimitRequest,
    GetRateLimitResponse, ListPlansRequest, ListPlansResponse, Plan, billing_server::Billing,
};
use tonic::{Request, Response, Status};

use crate::domain::entitlements::{EntitlementBook, Entitlements};

pub(crate) struct BillingRpc {
    pub(crate) entitlements: EntitlementBook,
}

#[tonic::async_trait]
impl Billing for BillingRpc {
    async fn get_entitlements(
        &self,
        request: Request<GetEntitlementsRequest>,
    ) -> Result<Response<v1::Entitlements>, Status> {
        let actor = actor_of(&request)?;
        let found = self.entitlements.find(&actor).await.map_err(into_status)?;

        Ok(Response::new(encode_entitlements(&found)))
    }

    async fn check_feature(
        &self,
        request: Request<CheckFeatureRequest>,
    ) -> Result<Response<CheckFeatureResponse>, Status> {
        let actor = actor_of(&request)?;
        let feature = &request.get_ref().feature;
        let checked = self.entitlements.check_feature(&actor, feature).await;
        let (allowed, least) = checked.map_err(into_status)?;

        Ok(Response::new(CheckFeatureResponse {
            allowed,
            least_tier: least.map(|tier| tier.to_string()),
        }))
    }

    async fn get_rate_limit(
        &self,
        request: Request<GetRateLimitRequest>,
    ) -> Result<Response<GetRateLimitResponse>, Status> {
        let actor = actor_of(&request)?;
        let found = self.entitlements.find(&actor).await.map_err(into_status)?;

        Ok(Response::new(GetRateLimitResponse {
            tier: found.tier.to_string(),
            sold: found.sold,
            requests_per_minute: found.rate_limit(),
        }))
    }

    async fn list_plans(
        &self,
        request: Request<ListPlansRequest>,
    ) -> Result<Response<ListPlansResponse>, Status> {
        actor_of(&request)?;
        let plans = self.entitlements.list_plans().iter().map(encode_plan).collect();

        Ok(Response::new(ListPlansResponse { plans }))
    }
}

fn encode_plan(contains: &Entitlements) -> Plan {
    Plan {
        contains: Some(encode_entitlements(contains)),
        for_sale: contains.sold && contains.tier > Tier::Free,
    }
}

fn encode_entitlements(found: &Entitlements) -> v1::Entitlements {
    let contents = &found.contents;
    let features = contents.features.iter();

    v1::Entitlements {
        tier: found.tier.to_string(),
        version: found.version,
        sold: found.sold,
        requests_per_minute: contents.requests_per_minute,
        seats: found.seats,
        agents: contents.agents,
        providers: contents.providers,
        backup_bytes: contents.backup_bytes(),
        tokens_per_month: contents.tokens_per_month,
        features: features.map(|feature| feature.as_str().to_owned()).collect(),
    }
}
