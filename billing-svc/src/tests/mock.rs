//! Our requests before Stripe's own mock, which checks them against Stripe's OpenAPI file. Runs where
//! `SAGA_TEST_STRIPE_API` names one.

use secrecy::SecretString;
use url::Url;

use crate::stripe::{CheckoutOrder, Stripe};

#[tokio::test]
async fn stripes_own_mock_accepts_every_request_that_we_send() {
    let Ok(base) = std::env::var("SAGA_TEST_STRIPE_API") else {
        return;
    };
    let base = Url::parse(&base).expect("a URL");
    let stripe = Stripe::open(base, SecretString::from("sk_test_saga")).expect("a client");

    let customer = stripe
        .create_customer("00000000-0000-0000-0000-000000000001")
        .await
        .unwrap();
    let order = CheckoutOrder {
        customer: &customer.id,
        price: "price_1",
        seats: 3,
        user_id: "00000000-0000-0000-0000-000000000001",
        tier: "team",
        return_url: "https://saga.example/",
    };
    assert!(
        stripe
            .create_checkout(&order, "key-1")
            .await
            .unwrap()
            .url
            .is_some()
    );
    let portal = stripe
        .create_portal(&customer.id, "https://saga.example/", "key-2")
        .await;
    assert!(portal.unwrap().url.is_some());

    let listed = stripe.list_subscriptions(&customer.id).await.unwrap();
    let found = stripe.find_subscription("sub_1").await.unwrap();
    assert!(!listed.is_empty() && !found.item_id().is_empty());
    stripe.cancel_at_period_end("sub_1", "key-3").await.unwrap();
    stripe
        .change_seats(("sub_1", found.item_id()), 4, "key-4")
        .await
        .unwrap();
    stripe.cancel_now("sub_1", "key-5").await.unwrap();
    stripe.delete_customer(&customer.id).await.unwrap();
}
