//! Buying, changing and ending a subscription.

use std::sync::atomic::Ordering;

use kit::{
    Problem,
    actor::{Actor, Tier},
    ids::random_id,
};
use proto::v1::{
    CancelSubscriptionRequest, ChangeSeatsRequest, CreateCheckoutRequest, CreatePortalRequest,
    DeleteBillingRequest, GetEntitlementsRequest, GetSubscriptionRequest, Subscription,
    billing_client::BillingClient, billing_owners_client::BillingOwnersClient,
};
use serde_json::json;
use tonic::{Code, Status};

use super::world::{World, each_world, not_selling, selling};

fn ada() -> Actor {
    Actor::user(random_id(), Tier::Free)
}

fn reason(refused: &Status) -> String {
    Problem::from_status(refused).reason
}

impl World {
    async fn checkout(&self, actor: &Actor, tier: &str, seats: Option<u32>) -> Result<String, Status> {
        let tier = tier.to_owned();
        let mut client = self.subscriptions(actor);
        let begun = client
            .create_checkout(CreateCheckoutRequest { tier, seats })
            .await;
        begun.map(|answer| answer.into_inner().url)
    }

    pub(super) async fn subscription(&self, actor: &Actor) -> Option<Subscription> {
        let found = self
            .subscriptions(actor)
            .get_subscription(GetSubscriptionRequest {})
            .await;
        found.expect("an answer").into_inner().subscription
    }

    /// Buys, pays, and Stripe says so.
    pub(super) async fn buy(&self, actor: &Actor, tier: &str, seats: u32) -> String {
        self.checkout(actor, tier, Some(seats)).await.expect("a page");
        let customer = self
            .stripe
            .find_customer(&actor.user_id.to_string())
            .expect("a customer");
        let id = self
            .stripe
            .add_subscription(&customer, &format!("price_{tier}"), seats);
        let event = json!({ "id": format!("evt_{}", random_id()), "type": "checkout.session.completed", "livemode": false,
            "data": { "object": { "object": "checkout.session", "customer": customer, "subscription": id } } });
        self.send(&event).await.expect("it is taken");
        self.work().await;
        id
    }
}

#[tokio::test]
async fn a_subscription_is_bought_on_a_page_of_stripes_and_changes_the_tier() {
    each_world(selling(), |world| async move {
        let ada = ada();
        assert_eq!(world.subscription(&ada).await, None);
        let page = world.checkout(&ada, "pro", None).await.unwrap();
        assert!(page.starts_with("https://checkout.stripe.test/"), "{page}");
        assert_eq!(world.subscription(&ada).await, None, "nothing is paid yet");

        world.buy(&ada, "pro", 1).await;
        let bought = world.subscription(&ada).await.unwrap();
        assert_eq!((bought.tier.as_str(), bought.status.as_str()), ("pro", "active"));
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("pro"));
        assert_eq!(world.stripe.count_customers(), 1, "one customer, however often");
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_bought_is_refused_with_its_reason() {
    each_world(selling(), |world| async move {
        let ada = ada();
        for (tier, seats, field) in [
            ("free", None, "tier"),
            ("gold", None, "tier"),
            ("", None, "tier"),
            ("team", Some(0), "seats"),
            ("team", Some(1_001), "seats"),
            ("pro", Some(2), "seats"),
        ] {
            let refused = world.checkout(&ada, tier, seats).await.unwrap_err();
            assert_eq!(
                Problem::from_status(&refused).fields[0].field,
                field,
                "{tier} {seats:?}"
            );
        }

        let guest = Actor::guest(random_id());
        let refused = world.checkout(&guest, "pro", None).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);

        world.buy(&ada, "pro", 1).await;
        let refused = world.checkout(&ada, "power", None).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::AlreadyExists, "SUBSCRIPTION_EXISTS")
        );
    })
    .await;
}

#[tokio::test]
async fn a_tier_without_a_price_is_not_for_sale() {
    let mut config = selling();
    config.prices.power = String::new();
    each_world(config, |world| async move {
        let refused = world.checkout(&ada(), "power", None).await.unwrap_err();
        assert_eq!(reason(&refused), "TIER_NOT_FOR_SALE");
    })
    .await;
}

#[tokio::test]
async fn while_stripe_is_away_nothing_is_half_made_and_it_is_said_when_to_come_back() {
    each_world(selling(), |world| async move {
        let ada = ada();
        world.stripe.set_away(true);
        let refused = world.checkout(&ada, "pro", None).await.unwrap_err();
        let problem = Problem::from_status(&refused);
        assert_eq!(
            (refused.code(), problem.reason.as_str()),
            (Code::Unavailable, "STRIPE_UNAVAILABLE")
        );
        assert!(problem.retry_after.is_some());
        assert_eq!(world.stripe.count_customers(), 0);

        world.stripe.set_away(false);
        world.buy(&ada, "pro", 1).await;
        assert!(world.subscription(&ada).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_subscription_ends_with_what_is_paid_for_or_now() {
    each_world(selling(), |world| async move {
        let ada = ada();
        let id = world.buy(&ada, "power", 1).await;
        let mut client = world.subscriptions(&ada);

        for _ in 0..2 {
            let told = client
                .cancel_subscription(CancelSubscriptionRequest { immediately: false })
                .await;
            let told = told.unwrap().into_inner();
            assert!(told.cancel_at_period_end && told.status == "active");
        }
        assert_eq!(
            world.auth.tier(&ada.user_id.to_string()).as_deref(),
            Some("power")
        );

        let told = client
            .cancel_subscription(CancelSubscriptionRequest { immediately: true })
            .await;
        assert_eq!(told.unwrap().into_inner().status, "canceled");
        assert_eq!(world.stripe.find(&id).unwrap()["status"], "canceled");
        assert_eq!(
            world.auth.tier(&ada.user_id.to_string()).as_deref(),
            Some("free"),
            "at once"
        );

        assert_eq!(world.subscription(&ada).await, None);
        let refused = client
            .cancel_subscription(CancelSubscriptionRequest { immediately: true })
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "NO_SUBSCRIPTION");
    })
    .await;
}

#[tokio::test]
async fn seats_of_a_team_are_changed_at_once_and_nobody_elses() {
    each_world(selling(), |world| async move {
        let (ada, ben) = (ada(), self::ada());
        world.buy(&ada, "team", 3).await;
        let told = world
            .subscriptions(&ada)
            .change_seats(ChangeSeatsRequest { seats: 8 })
            .await;
        assert_eq!(told.unwrap().into_inner().seats, 8);

        let team = Actor {
            tier: Tier::Team,
            ..ada.clone()
        };
        let mut billing = BillingClient::new(world.calling(&team));
        let found = billing
            .get_entitlements(GetEntitlementsRequest {})
            .await
            .unwrap()
            .into_inner();
        assert_eq!(found.seats, 8);

        let refused = world
            .subscriptions(&ada)
            .change_seats(ChangeSeatsRequest { seats: 0 })
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
        world.buy(&ben, "pro", 1).await;
        let refused = world
            .subscriptions(&ben)
            .change_seats(ChangeSeatsRequest { seats: 2 })
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "NO_SEATS");
    })
    .await;
}

#[tokio::test]
async fn the_portal_is_for_who_has_bought_something() {
    each_world(selling(), |world| async move {
        let ada = ada();
        let refused = world
            .subscriptions(&ada)
            .create_portal(CreatePortalRequest {})
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "NO_CUSTOMER");

        world.buy(&ada, "pro", 1).await;
        let page = world
            .subscriptions(&ada)
            .create_portal(CreatePortalRequest {})
            .await;
        assert!(
            page.unwrap()
                .into_inner()
                .url
                .starts_with("https://billing.stripe.test/")
        );
    })
    .await;
}

#[tokio::test]
async fn no_subscription_of_somebody_else_is_seen_or_ended() {
    each_world(selling(), |world| async move {
        let (ada, eve) = (ada(), self::ada());
        world.buy(&ada, "pro", 1).await;

        assert_eq!(world.subscription(&eve).await, None);
        let refused = world
            .subscriptions(&eve)
            .cancel_subscription(CancelSubscriptionRequest { immediately: true })
            .await;
        assert_eq!(reason(&refused.unwrap_err()), "NO_SUBSCRIPTION");
        assert_eq!(world.subscription(&ada).await.unwrap().status, "active");
    })
    .await;
}

#[tokio::test]
async fn while_auth_svc_is_away_a_tier_waits_and_is_told_later() {
    each_world(selling(), |world| async move {
        let ada = ada();
        world.auth.away.store(true, Ordering::SeqCst);
        world.buy(&ada, "pro", 1).await;
        assert_eq!(world.auth.tier(&ada.user_id.to_string()), None);

        world.auth.away.store(false, Ordering::SeqCst);
        world.clock.advance(std::time::Duration::from_secs(60));
        world.work().await;
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("pro"));
    })
    .await;
}

#[tokio::test]
async fn what_is_past_due_keeps_its_tier_for_seven_days() {
    each_world(selling(), |world| async move {
        let ada = ada();
        let id = world.buy(&ada, "pro", 1).await;
        world.stripe.set(&id, "status", json!("past_due"));
        let event = json!({ "id": "evt_due", "type": "invoice.payment_failed", "livemode": false,
            "data": { "object": { "id": "in_1", "customer": world.stripe.find_customer(&ada.user_id.to_string()) } } });
        world.send(&event).await.unwrap();
        world.work().await;

        let due = world.subscription(&ada).await.unwrap();
        assert!(due.status == "past_due" && due.grace_until.is_some());
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("pro"));

        // Looked at again, the days do not begin anew.
        world.clock.advance(std::time::Duration::from_secs(6 * 86_400));
        world.send(&json!({ "id": "evt_due_2", "type": "invoice.payment_failed", "livemode": false,
            "data": { "object": { "id": "in_2", "customer": world.stripe.find_customer(&ada.user_id.to_string()) } } }))
            .await
            .unwrap();
        world.work().await;
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("pro"));

        world.clock.advance(std::time::Duration::from_secs(86_400));
        world.work().await;
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("free"));
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_pays_no_more_and_only_services_say_so() {
    each_world(selling(), |world| async move {
        let ada = ada();
        let id = world.buy(&ada, "pro", 1).await;
        let request = || DeleteBillingRequest {
            user_id: ada.user_id.to_string(),
        };
        let refused = BillingOwnersClient::new(world.calling(&ada))
            .delete_billing(request())
            .await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);

        let service = Actor {
            scopes: vec!["service".to_owned()],
            ..ada.clone()
        };
        for _ in 0..2 {
            BillingOwnersClient::new(world.calling(&service))
                .delete_billing(request())
                .await
                .unwrap();
        }
        assert_eq!(world.stripe.find(&id).unwrap()["status"], "canceled");
        assert_eq!(
            (world.stripe.count_customers(), world.subscription(&ada).await),
            (0, None)
        );
    })
    .await;
}

#[tokio::test]
async fn where_nothing_is_sold_nobody_has_a_subscription_and_the_rest_says_so() {
    each_world(not_selling(), |world| async move {
        let ada = ada();
        assert_eq!(world.subscription(&ada).await, None);
        let refused = world.checkout(&ada, "pro", None).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unimplemented, "BILLING_OFF")
        );
        let refused = world
            .send(&json!({ "id": "evt_1", "type": "x" }))
            .await
            .unwrap_err();
        assert_eq!(reason(&refused), "BILLING_OFF");
        assert!(world.stripe.list_asked().is_empty());
    })
    .await;
}
