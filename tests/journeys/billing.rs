//! A tier bought through the public door: Stripe is played at its HTTP boundary, and what it sends is signed as it signs.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    routing::{get, post},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::harness::{
    client::Client,
    people::{Person, graphql},
    saga::{DataFolder, Launch},
    wait,
};

const SECRET: &str = "whsec_of_this_test";
const PLAN: &str =
    "{ viewer { tier plan { tier sold agents features } subscription { tier status seats } } }";

/// The subscriptions that Stripe has, of its only customer.
type Sold = Arc<Mutex<Vec<Value>>>;

async fn play_stripe() -> (String, Sold) {
    let sold = Sold::default();
    let listed = Arc::clone(&sold);
    let list = move || {
        let data = listed.lock().expect("not poisoned").clone();
        async move { Json(json!({ "object": "list", "data": data, "has_more": false })) }
    };
    let router = Router::new()
        .route("/v1/customers", post(|| async { Json(json!({ "id": "cus_1" })) }))
        .route(
            "/v1/checkout/sessions",
            post(|| async { Json(json!({ "url": "https://checkout.stripe.test/1" })) }),
        )
        .route("/v1/subscriptions", get(list));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });

    (base, sold)
}

/// HMAC-SHA256, by its definition.
fn sign(body: &[u8], seconds: i64) -> String {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block
            .iter_mut()
            .zip(SECRET.bytes())
            .for_each(|(byte, key)| *byte ^= key);
        block
    };
    let signed = [seconds.to_string().as_bytes(), b".", body].concat();
    let inner = Sha256::digest([&pad(0x36)[..], &signed].concat());
    let outer = Sha256::digest([&pad(0x5c)[..], &inner].concat());

    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The status of what is answered to an event.
async fn send(door: &Client, base: &str, body: &str, age: i64) -> u16 {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    let seconds = i64::try_from(now.as_secs()).expect("a time") - age;
    let answer = door
        .http()
        .post(format!("{base}/api/v1/billing/webhook"))
        .header(
            "stripe-signature",
            format!("t={seconds},v1={}", sign(body.as_bytes(), seconds)),
        )
        .body(body.to_owned())
        .send()
        .await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tier_is_bought_and_what_was_bought_is_seen_at_every_door() {
    let (stripe, sold) = play_stripe().await;
    let saga = Launch::new(&DataFolder::new())
        .set("STRIPE_SECRET_KEY", "sk_test_of_this_test")
        .set("STRIPE_WEBHOOK_SECRET", SECRET)
        .set("SAGA_BILLING__STRIPE_URL", stripe)
        .set("SAGA_BILLING__PRICES__TEAM", "price_team")
        .serve()
        .await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;
    let told = graphql(&door, Some(&ada.access), PLAN).await.body["data"]["viewer"].clone();
    assert_eq!(
        told["plan"],
        json!({ "tier": "FREE", "sold": true, "agents": 3, "features": [] })
    );
    assert_eq!(told["subscription"], Value::Null);

    let order = json!({ "tier": "team", "seats": 3 });
    let page = ada.post(&door, "/api/v1/billing/checkout", order).await;
    assert_eq!(
        page.body,
        json!({ "checkout_url": "https://checkout.stripe.test/1" })
    );
    let refused = ada
        .post(&door, "/api/v1/billing/checkout", json!({ "tier": "gold" }))
        .await;
    assert_eq!(
        (
            refused.status.as_u16(),
            &refused.body["details"]["errors"][0]["field"]
        ),
        (422, &json!("tier"))
    );

    sold.lock().expect("not poisoned").push(json!({
        "id": "sub_1", "customer": "cus_1", "status": "active", "created": 1_767_000_000,
        "items": { "data": [{ "id": "si_1", "quantity": 3, "price": { "id": "price_team" } }] },
    }));
    let event = r#"{"id":"evt_1","type":"checkout.session.completed","livemode":false,"data":{"object":{"customer":"cus_1"}}}"#;
    assert_eq!(send(&door, saga.base(), event, 301).await, 400, "too old");
    assert_eq!(send(&door, saga.base(), "{}", 0).await, 400, "no event");
    assert_eq!(send(&door, saga.base(), event, 0).await, 200);
    assert_eq!(send(&door, saga.base(), event, 0).await, 200, "once more");

    wait::until("the tier is felt", || async {
        let told = graphql(&door, Some(&ada.access), PLAN).await.body["data"]["viewer"].clone();
        (told["tier"] == json!("TEAM") && told["subscription"]["seats"] == json!(3)).then_some(())
    })
    .await;
    let bought = ada.get(&door, "/api/v1/billing/subscription").await.body;
    assert_eq!(
        (&bought["tier"], &bought["status"]),
        (&json!("team"), &json!("active"))
    );
    assert_eq!(ada.me(&door).await["tier"], json!("team"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_sold_every_door_says_so_and_nobody_is_capped() {
    let saga = Launch::new(&DataFolder::new()).serve().await;
    let door = Client::of(&saga);
    let ada = Person::register(&door, "ada").await;

    let none = ada.get(&door, "/api/v1/billing/subscription").await;
    assert_eq!((none.status.as_u16(), none.body), (200, Value::Null));
    for (method, path, body) in [
        ("POST", "checkout", Some(json!({ "tier": "pro" }))),
        ("POST", "portal", None),
        ("PATCH", "subscription", Some(json!({ "seats": 2 }))),
        ("DELETE", "subscription", None),
    ] {
        let refused = ada
            .call(&door, method, &format!("/api/v1/billing/{path}"), body)
            .await;
        assert_eq!(refused.status.as_u16(), 501, "{method} {path}: {}", refused.body);
        assert_eq!(refused.body["details"]["reason"], json!("BILLING_OFF"));
    }
    assert_eq!(send(&door, saga.base(), "{}", 0).await, 501);

    let told = graphql(&door, Some(&ada.access), PLAN).await.body["data"]["viewer"].clone();
    let features = json!(["analytics", "backup", "batch", "byok", "sso"]);
    assert_eq!(
        told["plan"],
        json!({ "tier": "FREE", "sold": false, "agents": null, "features": features })
    );
}
