//! What every bus engine promises, and what the in-process one adds.

use super::*;

fn message(text: &'static str) -> Delivery {
    Delivery::Message(Bytes::from_static(text.as_bytes()))
}

/// What every engine promises.
async fn conforms(bus: Bus) {
    bus.publish("run.1", Bytes::from_static(b"nobody hears"))
        .await
        .expect("published");

    let mut a = bus.subscribe("run.1").await.expect("subscribed");
    let mut b = bus.subscribe("run.1").await.expect("subscribed");
    let mut other = bus.subscribe("run.2").await.expect("subscribed");

    for text in ["one", "two"] {
        bus.publish("run.1", Bytes::from(text)).await.expect("published");
    }

    bus.publish("run.2", Bytes::from_static(b"elsewhere"))
        .await
        .expect("published");

    for subscription in [&mut a, &mut b] {
        assert_eq!(subscription.next().await, Some(message("one")));
        assert_eq!(subscription.next().await, Some(message("two")));
    }

    assert_eq!(other.next().await, Some(message("elsewhere")));

    bus.check().await.expect("reachable");
}

#[tokio::test]
async fn the_in_process_engine_conforms() {
    conforms(Bus::in_process(16)).await;
}

#[tokio::test]
async fn a_slow_subscriber_is_told_how_much_it_missed_and_goes_on() {
    let bus = Bus::in_process(2);
    let mut slow = bus.subscribe("t").await.expect("subscribed");
    for text in ["1", "2", "3", "4", "5"] {
        bus.publish("t", Bytes::from(text)).await.expect("published");
    }
    assert_eq!(slow.next().await, Some(Delivery::Lagged(3)));
    assert_eq!(slow.next().await, Some(message("4")));
    assert_eq!(slow.next().await, Some(message("5")));
}

#[tokio::test]
async fn the_last_subscriber_takes_the_topic_with_it() {
    let engine = InProcess {
        topics: Arc::default(),
        capacity: 4,
    };
    let topics = Arc::clone(&engine.topics);
    let first = engine.subscribe("t").await.expect("subscribed");
    let second = engine.subscribe("t").await.expect("subscribed");

    drop(first);
    assert_eq!(locked(&topics).len(), 1);

    drop(second);
    assert!(locked(&topics).is_empty());
}

#[tokio::test]
async fn a_subscription_ends_with_its_bus() {
    let bus = Bus::in_process(4);
    let mut subscription = bus.subscribe("t").await.expect("subscribed");
    drop(bus);
    assert_eq!(subscription.next().await, None);
}
