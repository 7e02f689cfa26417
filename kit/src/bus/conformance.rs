//! What every bus engine promises.

use std::time::Duration;

use bytes::Bytes;

use super::{Batch, Bus, Consumer, Delivery};

/// How long anything may take before it counts as stuck.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Runs all of it. Names are drawn at random, as an engine may be shared with others.
pub(super) async fn suite(bus: &Bus) {
    an_event_goes_to_all_who_are_subscribed_in_order_and_to_nobody_else(bus).await;
    a_topic_that_was_left_can_be_subscribed_to_again(bus).await;
    work_that_was_put_in_before_anybody_consumed_is_there(bus).await;
    each_piece_of_work_goes_to_one_consumer(bus).await;
    work_that_was_not_settled_goes_to_another_consumer(bus).await;
    a_consumer_without_room_leaves_the_work_to_others(bus).await;

    bus.check().await.expect("reachable");
}

pub(super) fn name(of: &str) -> String {
    format!("test.{of}.{}", crate::ids::random_id().simple())
}

fn message(text: &'static str) -> Delivery {
    Delivery::Message(Bytes::from(text))
}

pub(super) async fn enqueue<const N: usize>(bus: &Bus, queue: &str, work: [&'static str; N]) {
    let work = work.map(Bytes::from).to_vec();
    bus.enqueue(queue, work).await.expect("kept");
}

/// Everything that the consumer gets until it has so many messages, all of it settled.
async fn take(consumer: &mut Consumer, count: usize) -> Vec<Bytes> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let mut batch = next(consumer).await;
        taken.append(&mut batch.messages);
        batch.settle();
    }

    taken
}

/// The next batch, soon.
pub(super) async fn next(consumer: &mut Consumer) -> Batch {
    let next = tokio::time::timeout(PATIENCE, consumer.next()).await;
    next.expect("in time").expect("the bus is there")
}

/// Settles what comes until this does: what was settled a moment before something went wrong may come again.
pub(super) async fn take_until(consumer: &mut Consumer, text: &'static str) {
    loop {
        let batch = next(consumer).await;
        let found = batch.messages.contains(&Bytes::from(text));
        batch.settle();
        if found {
            return;
        }
    }
}

async fn an_event_goes_to_all_who_are_subscribed_in_order_and_to_nobody_else(bus: &Bus) {
    let (topic, elsewhere) = (name("topic"), name("topic"));
    bus.publish(&topic, Bytes::from("nobody hears"))
        .await
        .expect("published");

    let mut a = bus.subscribe(&topic).await;
    let mut b = bus.subscribe(&topic).await;
    let mut other = bus.subscribe(&elsewhere).await;

    for text in ["one", "two"] {
        bus.publish(&topic, Bytes::from(text)).await.expect("published");
    }
    bus.publish(&elsewhere, Bytes::from("elsewhere"))
        .await
        .expect("published");

    for subscription in [&mut a, &mut b] {
        assert_eq!(subscription.next().await, Some(message("one")));
        assert_eq!(subscription.next().await, Some(message("two")));
    }
    assert_eq!(other.next().await, Some(message("elsewhere")));
}

async fn a_topic_that_was_left_can_be_subscribed_to_again(bus: &Bus) {
    let topic = name("topic");
    for text in ["one", "two", "three"] {
        let mut subscription = bus.subscribe(&topic).await;
        bus.publish(&topic, Bytes::from(text)).await.expect("published");

        assert_eq!(subscription.next().await, Some(message(text)));
    }
}

async fn work_that_was_put_in_before_anybody_consumed_is_there(bus: &Bus) {
    let queue = name("queue");
    bus.declare(&queue).await.expect("declared");
    enqueue(bus, &queue, ["one", "two"]).await;

    let taken = take(&mut bus.consume(&queue), 2).await;

    assert_eq!(taken, ["one", "two"].map(Bytes::from));
}

async fn each_piece_of_work_goes_to_one_consumer(bus: &Bus) {
    let queue = name("queue");
    let (mut a, mut b) = (bus.consume(&queue), bus.consume(&queue));
    let all = ["1", "2", "3", "4", "5", "6"];
    enqueue(bus, &queue, all).await;

    let mut taken = Vec::new();
    while taken.len() < all.len() {
        let mut batch = tokio::select! {
            batch = a.next() => batch.expect("the bus is there"),
            batch = b.next() => batch.expect("the bus is there"),
        };
        taken.append(&mut batch.messages);
        batch.settle();
    }

    taken.sort();
    assert_eq!(taken, all.map(Bytes::from));
}

async fn work_that_was_not_settled_goes_to_another_consumer(bus: &Bus) {
    let queue = name("queue");
    enqueue(bus, &queue, ["one"]).await;

    let mut first = bus.consume(&queue);
    let batch = next(&mut first).await;
    assert_eq!(batch.messages, ["one"].map(Bytes::from));
    drop(batch);
    let batch = next(&mut first).await;
    assert_eq!(
        batch.messages,
        ["one"].map(Bytes::from),
        "whoever drops it may get it again"
    );
    drop((batch, first));

    let taken = take(&mut bus.consume(&queue), 1).await;

    assert_eq!(taken, ["one"].map(Bytes::from));
}

async fn a_consumer_without_room_leaves_the_work_to_others(bus: &Bus) {
    let queue = name("queue");
    let mut full = bus.consume(&queue);
    enqueue(bus, &queue, ["one"]).await;
    let batch = next(&mut full).await;
    full.set_room(false);
    batch.settle();

    let mut other = bus.consume(&queue);
    for text in ["two", "three", "four"] {
        enqueue(bus, &queue, [text]).await;
        assert_eq!(take(&mut other, 1).await, [Bytes::from(text)]);
    }

    drop(other);
    full.set_room(true);
    enqueue(bus, &queue, ["five"]).await;

    take_until(&mut full, "five").await;
}
