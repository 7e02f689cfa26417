//! What Stripe sends: believed, kept once, worked off in whatever order, lost or doubled.

use kit::{
    Problem,
    actor::{Actor, Tier},
    clock::Clock,
    ids::random_id,
};
use proto::v1::{
    ListStripeEventsRequest, ReconcileCustomersRequest, ReplayStripeEventRequest, StripeEvent,
    billing_operators_client::BillingOperatorsClient,
};
use serde_json::{Value, json};
use tonic::Code;

use super::world::{World, each_world, selling};
use crate::store::customers::{self, Customer, TierColumn};

impl World {
    fn operators(&self) -> BillingOperatorsClient<kit::rpc::Calling> {
        let mut actor = Actor::user(random_id(), Tier::Free);
        actor.scopes = vec!["operator".to_owned()];
        BillingOperatorsClient::new(self.calling(&actor))
    }

    async fn list(&self) -> Vec<StripeEvent> {
        let request = ListStripeEventsRequest {
            state: None,
            page_size: Some(1_000),
        };
        let listed = self.operators().list_stripe_events(request).await;
        listed.expect("a list").into_inner().events
    }

    /// Somebody whom Stripe knows.
    async fn known(&self) -> (Actor, String) {
        let actor = Actor::user(random_id(), Tier::Free);
        let customer = self.stripe.add_customer(&actor.user_id.to_string());
        let row = Customer {
            user_id: actor.user_id,
            tier: TierColumn(Tier::Free),
            tier_version: 1,
            seats: 1,
            stripe_customer_id: Some(customer.clone()),
            revision: 0,
            updated_at: self.clock.now(),
        };
        customers::insert_customer(&self.db.system(), &row)
            .await
            .expect("a row");
        (actor, customer)
    }
}

fn about(id: &str, kind: &str, customer: &str) -> Value {
    json!({ "id": id, "object": "event", "type": kind, "livemode": false, "data": { "object": { "customer": customer } } })
}

#[tokio::test]
async fn what_stripe_did_not_sign_or_signed_too_long_ago_is_refused_in_one_way() {
    each_world(selling(), |world| async move {
        let body = about("evt_1", "x", "cus_1").to_string().into_bytes();
        let now = world.clock.now().timestamp();
        let sign = |secret: &str, at: i64| crate::stripe::testing::sign(secret, at, &body);
        let right = sign("whsec_test", now);

        for signature in [
            String::new(),
            format!("t={now},v0={right}"),
            format!("t={now},v1={}", sign("whsec_other", now)),
            format!("t={},v1={}", now - 301, sign("whsec_test", now - 301)),
        ] {
            let refused = world.send_signed(body.clone(), signature).await.unwrap_err();
            let problem = Problem::from_status(&refused);
            assert_eq!(
                (refused.code(), problem.reason.as_str()),
                (Code::InvalidArgument, "SIGNATURE_INVALID")
            );
        }
        assert!(world.list().await.is_empty());

        let several = format!("t={now},v1={},v1={right}", sign("whsec_other", now));
        world.send_signed(body.clone(), several).await.unwrap();
        let no_event = world.send(&json!({ "hello": 1 })).await.unwrap_err();
        assert_eq!(Problem::from_status(&no_event).reason, "EVENT_INVALID");
    })
    .await;
}

#[tokio::test]
async fn an_event_that_comes_twenty_times_at_once_is_worked_off_once() {
    each_world(selling(), |world| async move {
        let (actor, customer) = world.known().await;
        world.stripe.add_subscription(&customer, "price_pro", 1);
        let event = about("evt_1", "customer.subscription.created", &customer);
        let sent = futures::future::join_all((0..20).map(|_| world.send(&event))).await;
        assert!(sent.iter().all(Result::is_ok));

        world.work().await;
        world.work().await;
        let listed = world.list().await;
        assert_eq!(
            (listed.len(), listed[0].state.as_str(), listed[0].attempts),
            (1, "done", 1)
        );
        let looks = world.stripe.list_asked();
        assert_eq!(
            looks.iter().filter(|asked| *asked == "GET subscriptions").count(),
            1
        );
        assert_eq!(
            world.auth.tier(&actor.user_id.to_string()).as_deref(),
            Some("pro")
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_not_for_us_is_taken_and_passed_over() {
    each_world(selling(), |world| async move {
        let live = json!({ "id": "evt_live", "type": "customer.updated", "livemode": true,
            "data": { "object": { "object": "customer", "id": "cus_9" } } });
        world.send(&live).await.unwrap();
        world.send(&about("evt_other", "customer.subscription.updated", "cus_unknown")).await.unwrap();
        world.send(&json!({ "id": "evt_new", "type": "never.seen.before" })).await.unwrap();
        let thin = json!({ "id": "evt_thin", "object": "v2.core.event", "type": "v1.customer.subscription.updated",
            "livemode": false, "related_object": { "id": "sub_unknown", "type": "subscription" } });
        world.send(&thin).await.unwrap();
        let large = json!({ "id": "evt_large", "type": "x", "data": { "object": { "text": "a".repeat(256 * 1024) } } });
        world.send(&large).await.unwrap();
        world.work().await;

        let listed = world.list().await;
        assert_eq!(listed.len(), 5);
        assert!(listed.iter().all(|event| event.state == "ignored"), "{listed:?}");
    })
    .await;
}

#[tokio::test]
async fn a_thin_event_is_as_good_as_a_snapshot() {
    each_world(selling(), |world| async move {
        let (actor, customer) = world.known().await;
        let id = world.stripe.add_subscription(&customer, "price_team", 4);
        let thin = json!({ "id": "evt_thin", "object": "v2.core.event", "type": "v1.customer.subscription.created",
            "livemode": false, "related_object": { "id": id, "type": "subscription" } });
        world.send(&thin).await.unwrap();
        world.work().await;

        assert_eq!(world.subscription(&actor).await.unwrap().seats, 4);
    })
    .await;
}

#[tokio::test]
async fn while_stripe_is_away_events_wait_and_an_operator_sees_and_replays_them() {
    each_world(selling(), |world| async move {
        let (actor, customer) = world.known().await;
        world.stripe.add_subscription(&customer, "price_pro", 1);
        world.stripe.set_away(true);
        world
            .send(&about("evt_1", "customer.subscription.created", &customer))
            .await
            .unwrap();
        world.work().await;
        let waiting = &world.list().await[0];
        assert_eq!(waiting.state, "waiting");
        assert!(waiting.error.as_deref().unwrap().contains("503"), "{waiting:?}");

        world.stripe.set_away(false);
        let replay = ReplayStripeEventRequest {
            id: "evt_1".to_owned(),
        };
        let replayed = world
            .operators()
            .replay_stripe_event(replay)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(replayed.state, "done");
        assert_eq!(world.subscription(&actor).await.unwrap().tier, "pro");

        let unknown = ReplayStripeEventRequest {
            id: "evt_9".to_owned(),
        };
        assert_eq!(
            world
                .operators()
                .replay_stripe_event(unknown)
                .await
                .unwrap_err()
                .code(),
            Code::NotFound
        );
        let mut anybody = BillingOperatorsClient::new(world.calling(&actor));
        let listing = anybody
            .list_stripe_events(ListStripeEventsRequest::default())
            .await;
        assert_eq!(listing.unwrap_err().code(), Code::PermissionDenied);
    })
    .await;
}

#[tokio::test]
async fn what_no_event_told_is_found_when_all_customers_are_compared() {
    each_world(selling(), |world| async move {
        let (ada, hers) = world.known().await;
        world.stripe.add_subscription(&hers, "price_pro", 1);
        let (bob, _) = world.known().await;
        let (_, gone) = world.known().await;
        world.stripe.forget_customer(&gone);

        let pass = world.reconcile_everybody().await.expect("Stripe answers");
        assert_eq!((pass.customers, pass.changed, pass.failed), (3, 1, 0));
        assert_eq!(world.subscription(&ada).await.unwrap().tier, "pro");
        assert_eq!(world.auth.tier(&ada.user_id.to_string()).as_deref(), Some("pro"));
        assert_eq!(world.subscription(&bob).await, None);
        let again = world.reconcile_everybody().await.expect("Stripe answers");
        assert_eq!((again.customers, again.changed), (3, 0));

        world.stripe.set_away(true);
        assert!(world.reconcile_everybody().await.is_err());
        assert_eq!(world.subscription(&ada).await.unwrap().tier, "pro");
    })
    .await;
}

/// One change of a subscription's life at Stripe, and what Stripe says of it.
const LIFE: [(&str, &str); 9] = [
    ("checkout.session.completed", "trialing"),
    ("customer.subscription.created", "active"),
    ("invoice.paid", "seats"),
    ("customer.subscription.updated", "price"),
    ("invoice.payment_failed", "past_due"),
    ("invoice.paid", "active"),
    ("customer.subscription.updated", "ending"),
    ("customer.subscription.updated", "staying"),
    ("customer.subscription.deleted", "canceled"),
];

/// Lives that each run of the tests goes through; `SAGA_TEST_LIVES` asks for more.
const LIVES: u64 = 600;
/// Lives at one seller: all of Stripe's books are searched for each look at a customer, so many small ones are sooner done than a
/// large one.
const LIVES_TOGETHER: usize = 200;

#[tokio::test]
async fn whatever_the_order_the_losses_and_the_doubles_of_events_our_rows_end_as_stripes_are() {
    let lives = std::env::var("SAGA_TEST_LIVES")
        .ok()
        .and_then(|lives| lives.parse().ok());
    let lives: u64 = lives.unwrap_or(LIVES);

    let mut rest = 0..lives;
    while !rest.is_empty() {
        let together: Vec<_> = rest.by_ref().take(LIVES_TOGETHER).collect();
        each_world(selling(), |world| {
            let together = together.clone();
            async move {
                for seed in together {
                    live(&world, seed).await;
                }
            }
        })
        .await;
    }
}

async fn live(world: &World, seed: u64) {
    let mut chance = fastrand::Rng::with_seed(seed);
    let (actor, customer) = world.known().await;
    let id = world.stripe.add_subscription(&customer, "price_pro", 1);
    // A life may end after any of its changes.
    let length = chance.usize(1..=LIFE.len());
    let mut waiting = Vec::new();
    let mut heard = std::collections::BTreeSet::new();
    let mut is_up_to_date = false;

    for (at, (kind, change)) in LIFE[..length].iter().enumerate() {
        match *change {
            "seats" => world.stripe.set_item(&id, "quantity", json!(chance.u32(1..9))),
            "price" => world.stripe.set_item(&id, "price", json!({ "id": "price_team" })),
            "ending" => world.stripe.set(&id, "cancel_at_period_end", json!(true)),
            "staying" => world.stripe.set(&id, "cancel_at_period_end", json!(false)),
            status => world.stripe.set(&id, "status", json!(status)),
        }
        let copies = [0, 1, 1, 2, 3][chance.usize(..5)];
        waiting.extend((0..copies).map(|_| (at, *kind)));
        chance.shuffle(&mut waiting);

        is_up_to_date = false;
        let rest = chance.usize(..=waiting.len());
        let rest = if at + 1 == length { 0 } else { rest };
        for (at, kind) in waiting.split_off(rest) {
            let event = about(&format!("evt_{seed}_{at}"), kind, &customer);
            world.send(&event).await.expect("it is taken");
            is_up_to_date |= heard.insert(at);
        }
        if chance.bool() {
            world.work().await;
        }
    }

    world.work().await;
    // Nothing new came after the last change: what Stripe could never deliver an operator makes good.
    if !is_up_to_date {
        let request = ReconcileCustomersRequest {
            customer_id: Some(customer),
        };
        world
            .operators()
            .reconcile_customers(request)
            .await
            .expect("equal");
    }

    let theirs = world.stripe.find(&id).expect("it is there");
    let tier = match theirs["status"].as_str() {
        Some("canceled") => "free",
        _ if theirs["items"]["data"][0]["price"]["id"] == "price_team" => "team",
        _ => "pro",
    };
    let ours = world.subscription(&actor).await;
    match tier {
        "free" => assert_eq!(ours, None, "seed {seed}"),
        _ => {
            let ours = ours.unwrap_or_else(|| panic!("seed {seed}: there is none"));
            assert_eq!(ours.tier, tier, "seed {seed}");
            assert_eq!(
                Some(ours.status.as_str()),
                theirs["status"].as_str(),
                "seed {seed}"
            );
            assert_eq!(
                json!(ours.cancel_at_period_end),
                theirs["cancel_at_period_end"],
                "seed {seed}"
            );
            assert_eq!(
                json!(ours.seats),
                theirs["items"]["data"][0]["quantity"],
                "seed {seed}"
            );
        }
    }
    let told = world.auth.tier(&actor.user_id.to_string());
    assert_eq!(told.as_deref().unwrap_or("free"), tier, "seed {seed}");
}
