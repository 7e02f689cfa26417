//! What each tier contains, for whom.

use kit::{
    actor::{Actor, Tier},
    clock::Clock,
    ids::random_id,
};
use proto::v1::{
    CheckFeatureRequest, Entitlements, GetEntitlementsRequest, GetRateLimitRequest, GetRateLimitResponse,
    ListPlansRequest, billing_client::BillingClient,
};
use tonic::Code;

use super::world::{World, each_world, not_selling, selling};
use crate::{
    BillingConfig,
    store::customers::{self, Customer, TierColumn},
};

impl World {
    async fn entitlements(&self, actor: &Actor) -> Entitlements {
        let mut client = BillingClient::new(self.calling(actor));
        let found = client.get_entitlements(GetEntitlementsRequest {}).await;
        found.expect("entitlements").into_inner()
    }

    async fn check(&self, actor: &Actor, feature: &str) -> (bool, Option<String>) {
        let mut client = BillingClient::new(self.calling(actor));
        let feature = feature.to_owned();
        let checked = client.check_feature(CheckFeatureRequest { feature }).await;
        let checked = checked.expect("an answer").into_inner();
        (checked.allowed, checked.least_tier)
    }

    async fn rate_limit(&self, actor: &Actor) -> GetRateLimitResponse {
        let mut client = BillingClient::new(self.calling(actor));
        let found = client.get_rate_limit(GetRateLimitRequest {}).await;
        found.expect("a number").into_inner()
    }

    async fn has_bought(&self, actor: &Actor, tier_version: i32, seats: i32) {
        let customer = Customer {
            user_id: actor.user_id,
            tier: TierColumn(actor.tier),
            tier_version,
            seats,
            stripe_customer_id: None,
            revision: 0,
            updated_at: self.clock.now(),
        };
        customers::insert_customer(&self.db.system(), &customer)
            .await
            .unwrap();
    }
}

/// The compiled-in tiers with a second version, in which pro has less.
fn two_versions(folder: &tempfile::TempDir) -> BillingConfig {
    let first = include_str!("../../../deploy/config/tiers.toml");
    let second = first
        .replace("number = 1", "number = 2")
        .replace("backup_gb = 5\n", "backup_gb = 2\n");
    let second = &second[second.find("[[versions]]").unwrap()..];
    let file = folder.path().join("tiers.toml");
    std::fs::write(&file, format!("{first}\n{second}")).unwrap();

    BillingConfig {
        tiers_file: file,
        ..selling()
    }
}

#[tokio::test]
async fn a_tier_is_what_the_actor_carries_and_its_contents_are_the_contracts() {
    each_world(selling(), |world| async move {
        let free = world.entitlements(&Actor::user(random_id(), Tier::Free)).await;
        assert!(free.sold);
        assert_eq!(
            (free.agents, free.backup_bytes, free.tokens_per_month),
            (Some(3), Some(0), Some(100_000))
        );

        let team = world.entitlements(&Actor::user(random_id(), Tier::Team)).await;
        assert_eq!(
            (team.requests_per_minute, team.seats, team.backup_bytes),
            (200, 1, None)
        );
        assert_eq!(team.features, ["analytics", "backup", "batch", "sso"]);
    })
    .await;
}

#[tokio::test]
async fn a_feature_that_a_tier_has_not_names_the_least_that_has_it() {
    each_world(selling(), |world| async move {
        let free = Actor::user(random_id(), Tier::Free);
        assert_eq!(
            world.check(&free, "backup").await,
            (false, Some("pro".to_owned()))
        );
        assert_eq!(
            world.check(&free, "byok").await,
            (false, Some("power".to_owned()))
        );

        let power = Actor::user(random_id(), Tier::Power);
        assert_eq!(
            world.check(&power, "byok").await,
            (true, Some("power".to_owned()))
        );
        // As written: what a tier does not name it has not, though a smaller one has it.
        let team = Actor::user(random_id(), Tier::Team);
        assert!(!world.check(&team, "byok").await.0);
    })
    .await;
}

#[tokio::test]
async fn a_feature_that_is_none_is_refused_by_name() {
    each_world(selling(), |world| async move {
        let actor = Actor::user(random_id(), Tier::Team);
        let mut client = BillingClient::new(world.calling(&actor));
        for feature in ["", "BATCH", "teleportation"] {
            let feature = feature.to_owned();
            let refused = client
                .check_feature(CheckFeatureRequest { feature })
                .await
                .unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert_eq!(kit::Problem::from_status(&refused).fields[0].field, "feature");
        }
    })
    .await;
}

#[tokio::test]
async fn who_bought_a_version_keeps_it_and_others_have_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    each_world(two_versions(&folder), |world| async move {
        let (old, new) = (
            Actor::user(random_id(), Tier::Pro),
            Actor::user(random_id(), Tier::Pro),
        );
        world.has_bought(&old, 1, 1).await;

        let gb = |bytes: Option<u64>| bytes.unwrap() >> 30;
        let kept = world.entitlements(&old).await;
        assert_eq!((kept.version, gb(kept.backup_bytes)), (1, 5));
        let given = world.entitlements(&new).await;
        assert_eq!((given.version, gb(given.backup_bytes)), (2, 2));

        // An operator gave another tier since: what was bought says nothing about it.
        let raised = Actor {
            tier: Tier::Power,
            ..old
        };
        assert_eq!(world.entitlements(&raised).await.version, 2);
    })
    .await;
}

#[tokio::test]
async fn seats_are_those_that_were_bought() {
    each_world(selling(), |world| async move {
        let team = Actor::user(random_id(), Tier::Team);
        world.has_bought(&team, 1, 7).await;
        assert_eq!(world.entitlements(&team).await.seats, 7);

        // All seats together; a guest has what Free has.
        let rate = world.rate_limit(&team).await;
        assert_eq!(
            (rate.tier.as_str(), rate.sold, rate.requests_per_minute),
            ("team", true, 1_400)
        );
        let rate = world.rate_limit(&Actor::guest(random_id())).await;
        assert_eq!((rate.tier.as_str(), rate.requests_per_minute), ("free", 20));
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_sold_nobody_is_capped() {
    each_world(not_selling(), |world| async move {
        let free = Actor::user(random_id(), Tier::Free);
        let found = world.entitlements(&free).await;

        assert!(!found.sold);
        assert_eq!(
            (
                found.agents,
                found.providers,
                found.backup_bytes,
                found.tokens_per_month
            ),
            (None, None, None, None)
        );
        assert!(world.check(&free, "sso").await.0);
        assert_eq!(found.tier, "free");
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_sold_everybody_has_at_least_the_tier_that_is_configured() {
    let config = BillingConfig {
        tier_when_not_sold: Tier::Power,
        ..not_selling()
    };
    each_world(config, |world| async move {
        let found = world.entitlements(&Actor::user(random_id(), Tier::Free)).await;
        assert_eq!((found.tier.as_str(), found.requests_per_minute), ("power", 120));

        // Who was given more keeps it.
        let found = world.entitlements(&Actor::user(random_id(), Tier::Team)).await;
        assert_eq!(found.tier, "team");
    })
    .await;
}

#[tokio::test]
async fn what_may_be_bought_is_listed_from_least_to_most() {
    each_world(selling(), |world| async move {
        let mut client = BillingClient::new(world.calling(&Actor::guest(random_id())));
        let plans = client
            .list_plans(ListPlansRequest {})
            .await
            .unwrap()
            .into_inner()
            .plans;
        let told: Vec<_> = plans
            .iter()
            .map(|plan| (plan.contains.as_ref().unwrap().tier.as_str(), plan.for_sale))
            .collect();

        assert_eq!(
            told,
            [("free", false), ("pro", true), ("power", true), ("team", true)]
        );
    })
    .await;
}
