//! What a bad link and a crash of the broker do, and do not do.

use super::*;
use crate::servers::Proxy;

/// A bus that reaches the broker through a proxy.
async fn through_a_proxy(url: &str) -> (Bus, Proxy) {
    let (proxy, through) = Proxy::start_before(url).await;
    (open(&through).await.expect("RabbitMQ answers"), proxy)
}

/// Spoils the link, sees that the bus says so, mends it, and sees that work and events go on.
async fn survives(spoil: impl Fn(&Proxy)) {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let (bus, proxy) = through_a_proxy(&server.url).await;
    let (queue, topic) = (name("fault"), name("fault"));
    let mut consumer = bus.consume(&queue);
    let mut events = bus.subscribe(&topic).await;
    enqueue(&bus, &queue, ["one"]).await;
    next(&mut consumer).await.settle();

    spoil(&proxy);
    until(async || bus.check().await.is_err()).await;
    proxy.pass();
    until(async || bus.check().await.is_ok()).await;

    enqueue(&bus, &queue, ["two"]).await;
    take_until(&mut consumer, "two").await;
    until(async || bus.publish(&topic, Bytes::from("after")).await.is_ok()).await;
    let heard = tokio::time::timeout(PATIENCE, events.next())
        .await
        .expect("in time");
    assert!(heard.is_some());

    delete(&server.url, &queue).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_stalls_makes_the_bus_unready_and_nothing_is_stuck_afterwards() {
    survives(Proxy::stall).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_refused_makes_the_bus_unready_and_comes_back() {
    survives(Proxy::refuse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_cut_after_some_bytes_again_and_again_makes_the_bus_unready_and_comes_back() {
    survives(|proxy| proxy.cut_after(300)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_are_told_that_they_lagged_when_a_dropped_link_is_back() {
    let Some(server) = RABBITMQ.lend().await else {
        return;
    };
    let (bus, proxy) = through_a_proxy(&server.url).await;
    let topic = name("dropped");
    let mut events = bus.subscribe(&topic).await;

    proxy.drop_all();

    let heard = tokio::time::timeout(PATIENCE, events.next())
        .await
        .expect("in time");
    assert_eq!(heard, Some(Delivery::Lagged));
    bus.publish(&topic, Bytes::from("after"))
        .await
        .expect("published");
    assert_eq!(events.next().await, Some(Delivery::Message(Bytes::from("after"))));
}

/// The queue is declared just before the crash, which is when RabbitMQ 3.10 loses its leader for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_and_started_again_takes_and_gives_work_again() {
    let Some(server) = RABBITMQ.seize().await else {
        return;
    };
    let bus = open(&server.url).await.expect("RabbitMQ answers");
    let queue = name("killed");
    bus.declare(&queue).await.expect("declared");

    server.kill().await;
    until(async || bus.check().await.is_err()).await;
    server.restart().await;
    until(async || bus.check().await.is_ok()).await;

    let mut consumer = bus.consume(&queue);
    until(async || bus.enqueue(&queue, vec![Bytes::from("after")]).await.is_ok()).await;
    take_until(&mut consumer, "after").await;
    drop(consumer);

    delete(&server.url, &queue).await;
}
