//! Agents go by what billing-svc says a tier contains.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use proto::v1::billing_server::{Billing, BillingServer};
use proto::v1::{
    CheckFeatureRequest, CheckFeatureResponse, Entitlements, GetEntitlementsRequest, GetRateLimitRequest,
    GetRateLimitResponse, ListAgentsRequest, ListPlansRequest, ListPlansResponse, Plan,
};
use tonic::Response;
use tonic::service::Routes;

use super::*;

/// A billing-svc that sells the contract's tiers, or others.
#[derive(Default)]
pub(crate) struct Shop {
    asked: AtomicUsize,
    away: AtomicBool,
    sells_nothing: AtomicBool,
    /// Assistants that Free has here; 0: as the contract has it.
    free_agents: AtomicUsize,
}

impl Shop {
    /// The way to it, for callers who sign with this key.
    pub(crate) fn open(self: &Arc<Self>, key: &ActorKey) -> RpcChannel {
        let routes = Routes::new(BillingServer::new(Counter(Arc::clone(self))));
        RpcChannel::local(kit::rpc::guard(routes, key.clone(), SystemClock::shared()))
    }

    fn describe(&self, tier: Tier) -> Entitlements {
        let sold = !self.sells_nothing.load(Ordering::SeqCst);
        let free_agents = match self.free_agents.load(Ordering::SeqCst) {
            0 => 3,
            other => u32::try_from(other).expect("few"),
        };
        let is_capped = sold && tier == Tier::Free;

        Entitlements {
            tier: tier.to_string(),
            sold,
            agents: is_capped.then_some(free_agents),
            providers: is_capped.then_some(1),
            features: match is_capped {
                true => Vec::new(),
                false => vec!["analytics".to_owned()],
            },
            ..Entitlements::default()
        }
    }
}

struct Counter(Arc<Shop>);

#[tonic::async_trait]
impl Billing for Counter {
    async fn get_entitlements(
        &self,
        request: tonic::Request<GetEntitlementsRequest>,
    ) -> Result<Response<Entitlements>, Status> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        if self.0.away.load(Ordering::SeqCst) {
            return Err(Status::unavailable("away"));
        }

        let actor = kit::rpc::actor_of(&request)?;
        Ok(Response::new(self.0.describe(actor.tier)))
    }

    async fn list_plans(
        &self,
        _: tonic::Request<ListPlansRequest>,
    ) -> Result<Response<ListPlansResponse>, Status> {
        let tiers = [Tier::Free, Tier::Pro, Tier::Power, Tier::Team];
        let plans = tiers.map(|tier| Plan {
            contains: Some(self.0.describe(tier)),
            for_sale: true,
        });
        Ok(Response::new(ListPlansResponse { plans: plans.into() }))
    }

    async fn check_feature(
        &self,
        _: tonic::Request<CheckFeatureRequest>,
    ) -> Result<Response<CheckFeatureResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn get_rate_limit(
        &self,
        _: tonic::Request<GetRateLimitRequest>,
    ) -> Result<Response<GetRateLimitResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

/// A service beside a shop, and no model.
pub(super) async fn selling_rig() -> (Rig, Arc<Shop>) {
    let shop = Arc::new(Shop::default());
    let (channel, is_there) = RpcChannel::later();
    let rig = Rig::build(|_| {}, Some(channel)).await;
    is_there.is(shop.open(&rig.key));

    (rig, shop)
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}

async fn refusal(rig: &Rig, agent: &str) -> Option<Problem> {
    rig.run(agent, &message("show my metrics")).await.err()
}

async fn list_assistants(rig: &Rig) -> Vec<String> {
    let listed = rig
        .client
        .clone()
        .list_agents(rig.request(ListAgentsRequest {}))
        .await;
    let names = listed.expect("a list").into_inner().agents.into_iter();

    names
        .map(|agent| agent.name)
        .filter(|name| name.starts_with("adiuva."))
        .collect()
}

#[tokio::test]
async fn free_has_three_agents_and_the_fourth_is_refused_by_its_name_and_the_least_tier() {
    let (mut rig, shop) = selling_rig().await;
    assert_eq!(
        list_assistants(&rig).await,
        ["adiuva.calendar", "adiuva.email", "adiuva.task"]
    );
    assert!(refusal(&rig, "adiuva.email").await.is_none());

    let refused = refusal(&rig, "adiuva.analytics").await.expect("it is for Pro");
    assert_eq!(refused.reason, "FEATURE_NOT_AVAILABLE");
    let missing = refused.missing_feature.as_deref().expect("what is missing");
    assert_eq!(
        (missing.feature.as_str(), missing.least_tier),
        ("adiuva.analytics", Some(Tier::Pro))
    );
    assert!(
        refused.message.contains("adiuva.analytics") && refused.message.contains("pro"),
        "{}",
        refused.message
    );
    assert_eq!(shop.asked.load(Ordering::SeqCst), 1, "an answer is remembered");

    // Another tier is another answer, at once.
    rig.actor = Actor::user(USER, Tier::Pro);
    assert!(refusal(&rig, "adiuva.analytics").await.is_none());
    assert_eq!(list_assistants(&rig).await.len(), 4);
}

#[tokio::test]
async fn what_a_shop_sells_counts_and_not_what_the_contract_has() {
    let (rig, shop) = selling_rig().await;
    shop.free_agents.store(2, Ordering::SeqCst);

    let refused = refusal(&rig, "adiuva.email")
        .await
        .expect("it is the third of two");
    assert!(refused.message.contains("pro"), "{}", refused.message);
    assert!(refusal(&rig, "adiuva.calendar").await.is_none());
}

#[tokio::test]
async fn where_nothing_is_sold_nobody_is_capped() {
    let (rig, shop) = selling_rig().await;
    shop.sells_nothing.store(true, Ordering::SeqCst);

    assert!(refusal(&rig, "adiuva.analytics").await.is_none());
    assert_eq!(list_assistants(&rig).await.len(), 4);
}

#[tokio::test]
async fn while_billing_is_away_the_contract_counts() {
    let (rig, shop) = selling_rig().await;
    shop.away.store(true, Ordering::SeqCst);

    assert!(refusal(&rig, "adiuva.task").await.is_none());
    let refused = refusal(&rig, "adiuva.analytics").await.expect("it is for Pro");
    assert_eq!(refused.reason, "FEATURE_NOT_AVAILABLE");
}
